"""The Transformer: a stack of encoder layers, a stack of decoder layers, and both together."""

from __future__ import annotations

import copy
from collections.abc import Callable
from typing import Any

import numpy as np

from .init import generator
from .module import Module
from .normalization import LayerNorm
from .transformer import TransformerDecoderLayer, TransformerEncoderLayer


def _copies(layer: Any, count: int) -> list[Any]:
    """The layer, and copies of it, which draw from the same generators."""
    modules = layer.modules() if isinstance(layer, Module) else ()
    rngs = {id(v): v for m in modules for v in vars(m).values() if isinstance(v, np.random.Generator)}
    return [layer, *(copy.deepcopy(layer, dict(rngs)) for _ in range(count - 1))]


class _Stack(Module):
    """What both stacks share: layers, and a norm at the end.

    Parameters
    ----------
    num_layers : int
    norm : Module, optional
        what the result goes through

    Attributes
    ----------
    layers : list of the layers
    norm : Module or None
    """

    def __init__(self, layer: Module, num_layers: int, norm: Module | None) -> None:
        self.layers = _copies(layer, num_layers)
        self.norm = norm

    def _through(self, x: Any, *others: Any, causal: bool) -> Any:
        for layer in self.layers:
            x = layer(x, *others, causal=causal)
        return x if self.norm is None else self.norm(x)


class TransformerEncoder(_Stack):
    """Encoder layers, one after the other, and a norm at the end.

    Source: Vaswani et al., Attention Is All You Need, NeurIPS 2017.

    Parameters
    ----------
    encoder_layer : TransformerEncoderLayer
        the first layer; the others are copies of it, which start as it does
    """

    def __init__(self, encoder_layer: Module, num_layers: int, norm: Module | None = None) -> None:
        super().__init__(encoder_layer, num_layers, norm)

    def forward(self, src: Any, mask: Any = None, src_key_padding_mask: Any = None, *, causal: bool = False) -> Any:
        """Encode the sequences src (N, S, E); the masks are those of `MultiHeadAttention`."""
        return self._through(src, mask, src_key_padding_mask, causal=causal)


class TransformerDecoder(_Stack):
    """Decoder layers, one after the other, and a norm at the end.

    Source: Vaswani et al., Attention Is All You Need, NeurIPS 2017.

    Parameters
    ----------
    decoder_layer : TransformerDecoderLayer
        the first layer; the others are copies of it, which start as it does
    """

    def __init__(self, decoder_layer: Module, num_layers: int, norm: Module | None = None) -> None:
        super().__init__(decoder_layer, num_layers, norm)

    def forward(
        self, tgt: Any, memory: Any,
        tgt_mask: Any = None, memory_mask: Any = None, tgt_key_padding_mask: Any = None,
        memory_key_padding_mask: Any = None,
        *, causal: bool = False,
    ) -> Any:  # fmt: skip
        """Decode the sequences tgt (N, T, E), given memory (N, S, E); `causal` concerns tgt alone."""
        masks = (tgt_mask, memory_mask, tgt_key_padding_mask, memory_key_padding_mask)
        return self._through(tgt, memory, *masks, causal=causal)


class Transformer(Module, like=TransformerEncoderLayer):
    """y = decoder(tgt, encoder(src)), of embedded sequences (N, S, E) and (N, T, E).

    Source: Vaswani et al., Attention Is All You Need, NeurIPS 2017; as in PyTorch both stacks end with a norm.

    Parameters
    ----------
    num_encoder_layers, num_decoder_layers : int

    Attributes
    ----------
    encoder : TransformerEncoder
    decoder : TransformerDecoder

    Examples
    --------
    >>> import numpy as np, autograd_zoo as az
    >>> model = az.nn.Transformer(8, 2, 1, 1, 16, rng=np.random.default_rng(0))
    >>> model(np.ones((3, 7, 8)), np.ones((3, 5, 8)), causal=True).shape
    (3, 5, 8)
    """

    def __init__(
        self, d_model: int = 512, nhead: int = 8, num_encoder_layers: int = 6, num_decoder_layers: int = 6,
        dim_feedforward: int = 2048, dropout: float = 0.1, activation: str | Callable[[Any], Any] = "relu",
        layer_norm_eps: float = 1e-5, norm_first: bool = False, bias: bool = True,
        *, rng: np.random.Generator | None = None, dtype: Any = None,
    ) -> None:  # fmt: skip
        rng = generator(rng)

        def stack(layer: Any, count: int) -> list[Any]:
            options = (dim_feedforward, dropout, activation, layer_norm_eps, norm_first, bias)
            return [layer(d_model, nhead, *options, rng=rng, dtype=dtype) for _ in range(count)]

        def norm() -> LayerNorm:
            return LayerNorm(d_model, layer_norm_eps, bias=bias, dtype=dtype)

        encoders = stack(TransformerEncoderLayer, num_encoder_layers)
        decoders = stack(TransformerDecoderLayer, num_decoder_layers)
        self.encoder = TransformerEncoder(encoders[0], 1, norm())
        self.decoder = TransformerDecoder(decoders[0], 1, norm())
        self.encoder.layers, self.decoder.layers = encoders, decoders  # each of which was drawn

    def forward(
        self, src: Any, tgt: Any,
        src_mask: Any = None, tgt_mask: Any = None, memory_mask: Any = None, src_key_padding_mask: Any = None,
        tgt_key_padding_mask: Any = None, memory_key_padding_mask: Any = None,
        *, causal: bool = False,
    ) -> Any:  # fmt: skip
        """Encode src (N, S, E), and decode tgt (N, T, E); the masks are those of `MultiHeadAttention`.

        `causal` concerns tgt alone: what is decoded sees what was decoded before.
        """
        memory = self.encoder(src, src_mask, src_key_padding_mask)
        masks = (tgt_mask, memory_mask, tgt_key_padding_mask, memory_key_padding_mask)
        return self.decoder(tgt, memory, *masks, causal=causal)
