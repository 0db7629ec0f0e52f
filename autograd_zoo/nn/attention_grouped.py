"""Attention in which groups of heads share keys and values, and positions that turn queries and keys."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from typing import Any

import numpy as np

from ..engine.values import array, unmasked
from .attention import switches
from .attention_multi_head import joint_mask
from .attention_options import attend, heads
from .init import generator, glorot_uniform, zeros
from .linear import linear
from .module import Module, Parameter, require
from .normalization import floats
from .regularization import Dropout


def rotary_positions(x: Any, positions: Any = None, *, base: float = 10000.0, interleaved: bool = True) -> Any:
    """y_(2k) + i y_(2k+1) = exp(i t base^(−2k/E)) (x_(2k) + i x_(2k+1)) for each position t: pairs of numbers, turned

    Then qᵀk of two vectors depends on how far they are apart, and not on where they are. Without `interleaved` the k-th
    pair is (x_k, x_(E/2+k)), as in GPT-NeoX and Llama.
    Shapes: x (..., T, E) with an even E, `positions` (T,), by default 0..T−1, or (..., T); y as x.
    Raises: ValueError for an odd E, and for positions that do not fit.
    Source: Su et al., RoFormer: Enhanced Transformer with Rotary Position Embedding, 2021.

    >>> rotary_positions(np.array([[1.0, 0.0], [1.0, 0.0]])).round(3)
    array([[1.   , 0.   ],
           [0.54 , 0.841]])
    """
    x = floats("rotary_positions: x", x)
    require(x.ndim >= 2 and x.shape[-1] % 2 == 0, f"rotary_positions: x of shape {x.shape} must be (..., T, even E)")
    *_, T, E = x.shape
    require(base > 0.0, f"rotary_positions: base must be larger than 0, got {base!r}")
    t = np.arange(T) if positions is None else array(unmasked(positions))
    require(
        t.dtype.kind in "iuf"
        and t.ndim < x.ndim
        and t.shape[-1:] == (T,)
        and all(n in (1, m) for n, m in zip(t.shape[::-1], x.shape[-2::-1], strict=False)),
        f"rotary_positions: positions {t.dtype}{list(t.shape)} do not fit x {x.shape}: they must be numbers, ({T},) or "
        f"(..., {T})",
    )
    angles = t[..., None] * base ** (-np.arange(0, E, 2) / E)
    cos, sin = (f(angles).astype(x.dtype) for f in (np.cos, np.sin))
    a, b = (x[..., ::2], x[..., 1::2]) if interleaved else (x[..., : E // 2], x[..., E // 2 :])
    turned = (a * cos - b * sin, a * sin + b * cos)
    if not interleaved:
        return np.concatenate(turned, axis=-1)
    return np.reshape(np.stack(turned, axis=-1), x.shape)


class RotaryPositions(Module):
    """Pairs of numbers, turned by an angle that grows with the position; see `rotary_positions`."""

    def __init__(self, base: float = 10000.0, interleaved: bool = True) -> None:
        self.base, self.interleaved = base, interleaved

    def forward(self, x: Any, positions: Any = None) -> Any:
        """Turn x (..., T, E)."""
        return rotary_positions(x, positions, base=self.base, interleaved=self.interleaved)


class GroupedQueryAttention(Module):
    """Attention with several heads, of which groups share keys and values; see `multi_head_attention`.

    With as many groups as heads it is `MultiHeadAttention`, and with one all heads share them. Sequences are (N, T, E).

    Source: Ainslie et al., GQA: Training Generalized Multi-Query Transformer Models from Multi-Head Checkpoints, 2023.

    Parameters
    ----------
    embed_dim : int
        E, the length of a vector
    num_heads : int
        must divide E
    num_groups : int
        must divide the number of heads
    dropout : float
        the probability that a weight is dropped while training
    bias : bool
        without it there are no b_q, b_k, b_v, b_o
    rotary : RotaryPositions, or a function, optional
        turns queries and keys (N, heads, T, E / num_heads) by their positions
    rng : numpy.random.Generator, optional
        draws the matrices, Glorot's, and what is dropped

    Attributes
    ----------
    W_q, W_k, W_v, W_o : Parameters, shapes (E, E), (G, E), (G, E), (E, E) with G = num_groups · E / num_heads
    b_q, b_k, b_v, b_o : Parameters, shapes (E,), (G,), (G,), (E,), or None

    Examples
    --------
    >>> import numpy as np, autograd_zoo as az
    >>> attention = az.nn.GroupedQueryAttention(8, 4, 2, rotary=az.nn.RotaryPositions(), rng=np.random.default_rng(0))
    >>> attention(np.ones((3, 5, 8)), causal=True).shape, attention.W_k.shape
    ((3, 5, 8), (4, 8))
    """

    def __init__(
        self, embed_dim: int, num_heads: int, num_groups: int,
        dropout: float = 0.0, bias: bool = True,
        *, rotary: Callable[[Any], Any] | None = None, rng: np.random.Generator | None = None, dtype: Any = None,
    ) -> None:  # fmt: skip
        self.embed_dim, self.num_heads, self.num_groups = E, _, _ = embed_dim, num_heads, num_groups
        if E % num_heads or num_heads % num_groups:
            raise ValueError(
                f"GroupedQueryAttention: num_groups={num_groups} must divide num_heads={num_heads}, and this "
                f"embed_dim={embed_dim}"
            )
        if isinstance(rotary, RotaryPositions) and E // num_heads % 2:
            raise ValueError(
                f"GroupedQueryAttention: rotary turns pairs, and the heads have embed_dim / num_heads = "
                f"{E // num_heads} numbers, an odd one"
            )
        G = E // num_heads * num_groups
        rng = generator(rng)
        draw = partial(glorot_uniform, rng=rng, dtype=dtype)
        self.W_q, self.W_k, self.W_v, self.W_o = (Parameter(draw((n, E))) for n in (E, G, G, E))
        biases = (Parameter(zeros(n, dtype=dtype)) if bias else None for n in (E, G, G, E))
        self.b_q, self.b_k, self.b_v, self.b_o = biases
        self.rotary = rotary
        self.dropout, self.rng = Dropout(dropout, rng=rng).q, rng

    def forward(
        self, Q: Any, K: Any = None, V: Any = None,
        *, key_padding_mask: Any = None, attn_mask: Any = None, causal: bool = False,
    ) -> Any:  # fmt: skip
        """Attend from Q (N, T, E) to K, by default Q, and take the values V (N, S, E), by default K.

        The masks are those of `MultiHeadAttention`.
        """
        K = Q if K is None else K
        V = K if V is None else V
        for name, x in {"Q": Q, "K": K, "V": V}.items():
            fits = np.ndim(x) == 3 and np.shape(x)[-1] == self.embed_dim
            require(fits, f"{name} has shape {np.shape(x)}, and must be (N, T, {self.embed_dim})")
        require(
            len(Q) == len(K) and np.shape(K)[:2] == np.shape(V)[:2],
            f"Q {np.shape(Q)}, K {np.shape(K)} and V {np.shape(V)} must have the same N, and K and V the same length S",
        )
        scores = (len(Q), self.num_heads, np.shape(Q)[1], np.shape(K)[1])
        q = heads(linear(Q, self.W_q, self.b_q), self.num_heads)
        k = heads(linear(K, self.W_k, self.b_k), self.num_groups)
        v = heads(linear(V, self.W_v, self.b_v), self.num_groups)
        if self.rotary is not None:
            q, k = self.rotary(q), self.rotary(k)
        each = self.num_heads // self.num_groups
        k, v = (np.repeat(x, each, axis=1) if each > 1 else x for x in (k, v))
        mask = joint_mask(key_padding_mask, attn_mask, scores)
        return attend(q, k, v, self.W_o, self.b_o, mask, switches(self, scores, Q), self.dropout, causal)
