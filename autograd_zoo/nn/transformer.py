"""The layers of a Transformer: attention and two linear layers, each added to what went in, and normalized."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from typing import Any

import numpy as np

from .activation import gelu, relu
from .attention_multi_head import MultiHeadAttention
from .init import generator
from .linear import Linear
from .module import Module
from .normalization import LayerNorm
from .regularization import Dropout

ACTIVATIONS: dict[str, Callable[[Any], Any]] = {"relu": relu, "gelu": gelu}
Make = Callable[[], Any]


class _Layer(Module):
    """What encoder and decoder layers share: self-attention, two linear layers, and a norm and a drop-out for each.

    Parameters
    ----------
    d_model, nhead : int
        length of a vector, and number of heads
    dim_feedforward : int
        rows of W₁
    dropout : float
        the probability that an element, or a weight of the attention, is dropped while training
    activation : "relu", "gelu", or a function
    layer_norm_eps : float
    norm_first : bool
    bias : bool
    rng : numpy.random.Generator, optional
        draws the parameters, and what is dropped

    Attributes
    ----------
    self_attn : MultiHeadAttention
    linear1, linear2 : Linear
    norm1, norm2 : LayerNorm
    dropout, dropout1, dropout2 : Dropout
    """

    def __init__(
        self, d_model: int, nhead: int,
        dim_feedforward: int = 2048, dropout: float = 0.1, activation: str | Callable[[Any], Any] = "relu",
        layer_norm_eps: float = 1e-5, norm_first: bool = False, bias: bool = True,
        *, rng: np.random.Generator | None = None, dtype: Any = None,
    ) -> None:  # fmt: skip
        if isinstance(activation, str) and activation not in ACTIVATIONS:
            raise ValueError(
                f"{type(self).__name__}: activation must be {' or '.join(map(repr, ACTIVATIONS))}, or a function; "
                f"got {activation!r}"
            )
        rng = generator(rng)
        attention = partial(MultiHeadAttention, d_model, nhead, dropout, bias, rng=rng, dtype=dtype)
        norm = partial(LayerNorm, d_model, layer_norm_eps, bias=bias, dtype=dtype)
        drop = partial(Dropout, dropout, rng=rng)
        self.norm_first = norm_first
        self.activation = ACTIVATIONS[activation] if isinstance(activation, str) else activation
        self.self_attn = attention()
        self.linear1 = Linear(d_model, dim_feedforward, bias, rng=rng, dtype=dtype)
        self.dropout = drop()
        self.linear2 = Linear(dim_feedforward, d_model, bias, rng=rng, dtype=dtype)
        self.norm1, self.norm2 = norm(), norm()
        self.dropout1, self.dropout2 = drop(), drop()
        self._extend(attention, norm, drop)

    def _extend(self, attention: Make, norm: Make, drop: Make) -> None:
        """Make what this kind of layer has besides."""

    def _around(self, x: Any, norm: Module, f: Callable[[Any], Any]) -> Any:
        """x + f(norm(x)), or norm(x + f(x))."""
        return x + f(norm(x)) if self.norm_first else norm(x + f(x))

    def _feed_forward(self, x: Any) -> Any:
        """W₂ activation(W₁ x + b₁) + b₂ for each vector."""
        return self.linear2(self.dropout(self.activation(self.linear1(x))))


class TransformerEncoderLayer(_Layer):
    """Self-attention, then two linear layers for each vector, each added to what went in and normalized.

    y = norm2(z + f(z)), where z = norm1(x + self_attn(x)) and f(z) = W₂ activation(W₁ z + b₁) + b₂; with `norm_first`
    y = z + f(norm2(z)), where z = x + self_attn(norm1(x)).

    Source: Vaswani et al., Attention Is All You Need, NeurIPS 2017; `norm_first`: Xiong et al., On Layer Normalization
    in the Transformer Architecture, ICML 2020.

    Examples
    --------
    >>> import numpy as np, autograd_zoo as az
    >>> layer = az.nn.TransformerEncoderLayer(8, 2, 16, rng=np.random.default_rng(0))
    >>> layer(np.ones((3, 5, 8)), causal=True).shape
    (3, 5, 8)
    """

    def forward(self, src: Any, src_mask: Any = None, src_key_padding_mask: Any = None, *, causal: bool = False) -> Any:
        """Encode the sequences src (N, T, E); the masks are those of `MultiHeadAttention`."""
        masks = {"attn_mask": src_mask, "key_padding_mask": src_key_padding_mask, "causal": causal}
        z = self._around(src, self.norm1, lambda x: self.dropout1(self.self_attn(x, **masks)))
        return self._around(z, self.norm2, lambda x: self.dropout2(self._feed_forward(x)))


class TransformerDecoderLayer(_Layer):
    """Self-attention, attention to the encoder's result, then two linear layers for each vector.

    Each is added to what went in and normalized, as in `TransformerEncoderLayer`, whose parameters it has.

    Source: Vaswani et al., Attention Is All You Need, NeurIPS 2017.

    Attributes
    ----------
    multihead_attn : MultiHeadAttention
        attends to the memory
    norm3 : LayerNorm
    dropout3 : Dropout

    Examples
    --------
    >>> import numpy as np, autograd_zoo as az
    >>> layer = az.nn.TransformerDecoderLayer(8, 2, 16, rng=np.random.default_rng(0))
    >>> layer(np.ones((3, 5, 8)), np.ones((3, 7, 8)), causal=True).shape
    (3, 5, 8)
    """

    def _extend(self, attention: Make, norm: Make, drop: Make) -> None:
        self.multihead_attn, self.norm3, self.dropout3 = attention(), norm(), drop()

    def forward(
        self, tgt: Any, memory: Any,
        tgt_mask: Any = None, memory_mask: Any = None, tgt_key_padding_mask: Any = None,
        memory_key_padding_mask: Any = None,
        *, causal: bool = False,
    ) -> Any:  # fmt: skip
        """Decode the sequences tgt (N, T, E), given the encoder's result memory (N, S, E).

        The masks are those of `MultiHeadAttention`; `causal` concerns tgt alone.
        """
        own = {"attn_mask": tgt_mask, "key_padding_mask": tgt_key_padding_mask, "causal": causal}
        other = {"attn_mask": memory_mask, "key_padding_mask": memory_key_padding_mask}
        x = self._around(tgt, self.norm1, lambda x: self.dropout1(self.self_attn(x, **own)))
        x = self._around(x, self.norm2, lambda x: self.dropout2(self.multihead_attn(x, memory, **other)))
        return self._around(x, self.norm3, lambda x: self.dropout3(self._feed_forward(x)))
