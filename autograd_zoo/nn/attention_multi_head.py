"""Attention with several heads: each sees its own projection of queries, keys and values."""

from __future__ import annotations

import math
from functools import partial
from typing import Any

import numpy as np

from ..engine.tensor import Tensor
from ..engine.values import array, unmasked
from .attention import dot_product_weights, require_sequences, scaled_dot_product_attention, switches
from .attention_options import attend, extended, extended_mask, heads
from .init import generator, glorot_uniform, zeros
from .linear import linear
from .module import Module, Parameter, named, require
from .regularization import Dropout


def multi_head_attention(
    Q: Any, K: Any, V: Any,
    W_q: Any, W_k: Any, W_v: Any, W_o: Any,
    b_q: Any = None, b_k: Any = None, b_v: Any = None, b_o: Any = None,
    mask: Any = None, D: Any = None,
    *, num_heads: int, causal: bool = False, q: float = 0.0,
) -> Any:  # fmt: skip
    """yᵢ = W_o oᵢ + b_o, where o joins what the heads give for their parts of W_q Qᵢ + b_q, W_k Kⱼ + b_k, W_v Vⱼ + b_v

    Shapes: Q (..., T, ·), K and V (..., S, ·), with equal leading axes; W_q, W_k and W_v (E, ·), b_q, b_k and b_v (E,)
    or None, W_o (F, E), b_o (F,) or None; `mask` and the switches D, which drop weights with probability q, broadcast
    to (..., num_heads, T, S); y (..., T, F).
    Raises: ValueError for shapes that do not fit, integers, or nothing to attend to.
    Source: attention.multi_head_attention.y; Vaswani et al., Attention Is All You Need, NeurIPS 2017.

    >>> import numpy as np, autograd_zoo as az
    >>> x, I = np.array([[1.0, 2.0], [3.0, 4.0]]), np.eye(2)
    >>> az.nn.multi_head_attention(x, x, x, 0.0 * I, I, I, I, num_heads=2)
    array([[2., 3.],
           [2., 3.]])
    """
    require_sequences("multi_head_attention", Q, K, V)
    parts = {"h_q": (Q, W_q, b_q), "h_k": (K, W_k, b_k), "h_v": (V, W_v, b_v)}
    h_q, h_k, h_v = (named(_heads(x, W, b, num_heads), name) for name, (x, W, b) in parts.items())
    o = np.swapaxes(scaled_dot_product_attention(h_q, h_k, h_v, mask, D, causal=causal, q=q), -2, -3)
    return linear(named(np.reshape(o, (*np.shape(o)[:-2], -1)), "o"), W_o, b_o)


def _heads(x: Any, W: Any, b: Any, num_heads: int) -> Any:
    """Wx + b, cut into heads: (..., num_heads, T, E / num_heads)."""
    y = linear(x, W, b)
    *batch, T, E = np.shape(y)
    require(
        E % num_heads == 0, f"multi_head_attention: {num_heads} heads do not divide the {E} rows of W {np.shape(W)}"
    )
    return np.swapaxes(np.reshape(y, (*batch, T, num_heads, E // num_heads)), -2, -3)


class MultiHeadAttention(Module):
    """yᵢ = W_o oᵢ + b_o, where o joins what the heads return, each for its own projection; see `multi_head_attention`.

    Sequences are (N, T, E). Called with one argument it is self-attention, with two the values are the keys. A query
    that may see no key gets b_o, where PyTorch gives nan.

    Parameters
    ----------
    embed_dim : int
        E, the length of a query and of a result
    num_heads : int
        must divide E
    dropout : float
        the probability that a weight is dropped while training
    bias : bool
        without it there are no b_q, b_k, b_v, b_o
    kdim, vdim : int, optional
        lengths of a key and a value, E by default
    add_bias_kv : bool
        every query sees one more key, which is learned, as is its value
    add_zero_attn : bool
        every query sees one more key that is 0, and so is its value
    rng : numpy.random.Generator, optional
        draws the matrices, Glorot's, and what is dropped

    Attributes
    ----------
    W_q, W_k, W_v, W_o : Parameters, shapes (E, E), (E, kdim), (E, vdim), (E, E)
    b_q, b_k, b_v, b_o : Parameters, shape (E,), or None
    bias_k, bias_v : Parameters, shape (1, 1, E), or None; the learned key and its value, as PyTorch calls them

    Examples
    --------
    >>> import numpy as np, autograd_zoo as az
    >>> attention = az.nn.MultiHeadAttention(8, 2, rng=np.random.default_rng(0))
    >>> x = np.ones((3, 5, 8))
    >>> attention(x, causal=True).shape, attention.weights(x).shape
    ((3, 5, 8), (3, 2, 5, 5))
    """

    add_zero_attn: bool = False

    def __init__(
        self, embed_dim: int, num_heads: int,
        dropout: float = 0.0, bias: bool = True, kdim: int | None = None, vdim: int | None = None,
        *, add_bias_kv: bool = False, add_zero_attn: bool = False, rng: np.random.Generator | None = None,
        dtype: Any = None,
    ) -> None:  # fmt: skip
        self.embed_dim = E = embed_dim
        self.num_heads = num_heads
        if E % self.num_heads:
            raise ValueError(f"MultiHeadAttention: num_heads={num_heads} must divide embed_dim={embed_dim}")
        self.kdim = E if kdim is None else kdim
        self.vdim = E if vdim is None else vdim
        rng = generator(rng)
        draw = partial(glorot_uniform, rng=rng, dtype=dtype)
        self.W_q, self.W_k, self.W_v, self.W_o = (Parameter(draw((E, n))) for n in (E, self.kdim, self.vdim, E))
        self.b_q, self.b_k, self.b_v, self.b_o = (Parameter(zeros(E, dtype=dtype)) if bias else None for _ in range(4))
        self.bias_k, self.bias_v = (Parameter(draw((1, E))[None]) if add_bias_kv else None for _ in range(2))
        if add_zero_attn:
            self.add_zero_attn = add_zero_attn
        self.dropout, self.rng = Dropout(dropout, rng=rng).q, rng

    def forward(
        self, Q: Any, K: Any = None, V: Any = None,
        *, key_padding_mask: Any = None, attn_mask: Any = None, causal: bool = False,
    ) -> Any:  # fmt: skip
        """Attend from Q (N, T, E) to K (N, S, kdim), and take the values V (N, S, vdim).

        Parameters
        ----------
        Q, K, V : Tensors or arrays
            K is Q if not given, and V is K
        key_padding_mask : array of booleans, shape (N, S), optional
            True where a key is padding that no query may see, as in PyTorch
        attn_mask : floats of shape (T, S), (N, T, S) or (N, num_heads, T, S), optional
            added to the scores, −∞ where query i may not see key j. Booleans are refused: PyTorch's modules and its
            functions read them in opposite ways
        causal : bool
            query i sees the keys j ≤ i
        """
        K = Q if K is None else K
        V = K if V is None else V
        shape = self._scores(Q=Q, K=K, V=V)
        if self.bias_k is not None or self.add_zero_attn:
            mask = joint_mask(key_padding_mask, attn_mask, shape)
            return self._extended(Q, K, V, extended_mask(mask, causal, shape, self._more), shape)
        return multi_head_attention(
            Q,
            K,
            V,
            self.W_q,
            self.W_k,
            self.W_v,
            self.W_o,
            self.b_q,
            self.b_k,
            self.b_v,
            self.b_o,
            joint_mask(key_padding_mask, attn_mask, shape),
            switches(self, shape, Q),
            num_heads=self.num_heads,
            causal=causal,
            q=self.dropout,
        )

    def extra_repr(self) -> str:
        """The constructor's arguments, for `repr`; of those that are rare, such as are there."""
        rare = "" if self.b_q is not None else ", bias=False"
        return super().extra_repr() + rare + (", add_bias_kv=True" if self.bias_k is not None else "")

    @property
    def _more(self) -> int:
        """How many keys there are besides those that are given."""
        return (self.bias_k is not None) + self.add_zero_attn

    def _extended(self, Q: Any, K: Any, V: Any, mask: Any, scores: tuple[int, ...]) -> Any:
        """Attend to the keys, the learned one and nothing."""
        k = extended(linear(K, self.W_k, self.b_k), self.bias_k, self.add_zero_attn)
        v = extended(linear(V, self.W_v, self.b_v), self.bias_v, self.add_zero_attn)
        D = switches(self, (*scores[:-1], scores[-1] + self._more), Q)
        q, k, v = (heads(x, self.num_heads) for x in (linear(Q, self.W_q, self.b_q), k, v))
        return attend(q, k, v, self.W_o, self.b_o, mask, D, self.dropout)

    def weights(
        self, Q: Any, K: Any = None, *, key_padding_mask: Any = None, attn_mask: Any = None, causal: bool = False
    ) -> Any:
        """The weights A, shape (N, num_heads, T, S): how much of each value goes where, in each head."""
        K = Q if K is None else K
        scores = self._scores(Q=Q, K=K)
        mask = joint_mask(key_padding_mask, attn_mask, scores)
        q, k = _heads(Q, self.W_q, self.b_q, self.num_heads), linear(K, self.W_k, self.b_k)
        if self._more:
            k, mask = extended(k, self.bias_k, self.add_zero_attn), extended_mask(mask, causal, scores, self._more)
        return dot_product_weights(q, heads(k, self.num_heads), mask, causal=causal and not self._more)

    def _scores(self, **sequences: Any) -> tuple[int, ...]:
        """The shape of the scores, (N, num_heads, T, S), of sequences that fit the module."""
        lengths = {"Q": self.embed_dim, "K": self.kdim, "V": self.vdim}
        for name, x in sequences.items():
            layout = f"(N, {'T' if name == 'Q' else 'S'}, {lengths[name]})"
            require(
                np.ndim(x) == 3 and np.shape(x)[-1] == lengths[name],
                f"{name} has shape {np.shape(x)}, and must be {layout}; a single sequence is {name}[None], and other "
                "lengths of K and V are the arguments kdim and vdim",
            )
        (N, T, _), (_, S, _) = np.shape(sequences["Q"]), np.shape(sequences["K"])
        return N, self.num_heads, T, S


def joint_mask(key_padding_mask: Any, attn_mask: Any, scores: tuple[int, ...]) -> Any:
    """Both masks as one that broadcasts to the scores (N, num_heads, T, S): booleans, or floats to be added."""
    N, _, _, S = scores
    mask = attn_mask if attn_mask is None or isinstance(attn_mask, Tensor) else array(unmasked(attn_mask))
    if mask is not None:
        require(
            mask.dtype.kind == "f",
            f"attn_mask holds {mask.dtype}, and must be floats that are added to the scores (booleans mean opposite "
            "things in PyTorch's modules and functions): write np.where(allowed, 0.0, -np.inf)",
        )
        mask = mask[:, None] if mask.ndim == 3 else mask
        require(
            mask.ndim in (2, 4) and all(n in (1, m) for n, m in zip(mask.shape[::-1], scores[::-1], strict=False)),
            f"attn_mask of shape {np.shape(attn_mask)} does not fit the scores {scores}: it must be (T, S), (N, T, S) "
            "or (N, num_heads, T, S); reshape PyTorch's (N · num_heads, T, S) to the last",
        )
    if key_padding_mask is not None:
        padded = array(unmasked(key_padding_mask))
        require(
            padded.dtype == bool and padded.shape == (N, S),
            f"key_padding_mask is {padded.dtype}{list(padded.shape)}, and must be bool[{N}, {S}], True where a key is "
            "padding: for instance tokens == padding_idx",
        )
        padded = padded[:, None, None]
        mask = ~padded if mask is None else np.where(padded, -math.inf, mask)
    return mask
