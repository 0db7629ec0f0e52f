"""Attention with several heads, as plain NumPy functions: the input is projected, cut into heads, and projected back.

A gradient has a rule's signature `(g, y, *inputs, **params)` with g = ∂L/∂y; masks and drop-out are those of
`attention_head`. Gradients of parameters are summed over the batch, and come in the parameter's own layout.
"""

from typing import Any, NamedTuple

import numpy as np

from . import linear
from .attention_head import scaled_dot_product_attention, scaled_dot_product_attention_gradients
from .notation import Array, Maybe

__all__ = [
    "multi_head_attention",
    "multi_head_attention_gradients",
    "multi_head_self_attention",
    "multi_head_self_attention_dx",
]


class MultiHead(NamedTuple):
    """One array for each input of `multi_head_attention`, such as its gradient; None where there is none."""

    Q: Array
    K: Array
    V: Array
    W_q: Array
    W_k: Array
    W_v: Array
    W_o: Array
    b_q: Maybe = None
    b_k: Maybe = None
    b_v: Maybe = None
    b_o: Maybe = None
    mask: Maybe = None
    D: Maybe = None


def _heads(p: MultiHead, num_heads: int) -> tuple[Array, ...]:
    """W_q Q + b_q and its like for K and V, cut into heads; and what masks and drops the weights."""
    projections = ((p.Q, p.W_q, p.b_q), (p.K, p.W_k, p.b_k), (p.V, p.W_v, p.b_v))
    q, k, v = (cut(linear.linear(x, W, b), num_heads) for x, W, b in projections)
    return q, k, v, p.mask, p.D


def cut(x: Array, num_heads: int) -> Array:
    """Cut the last axis into heads: (..., T, E) to (..., num_heads, T, E/num_heads)."""
    *batch, T, E = x.shape
    return np.swapaxes(np.reshape(x, (*batch, T, num_heads, E // num_heads)), -2, -3)


def joined(x: Array) -> Array:
    """Join heads again: (..., H, T, d) to (..., T, H d)."""
    *batch, H, T, d = x.shape
    return np.reshape(np.swapaxes(x, -2, -3), (*batch, T, H * d))


def multi_head_attention(
    Q: Array, K: Array, V: Array,
    W_q: Array, W_k: Array, W_v: Array, W_o: Array,
    b_q: Maybe = None, b_k: Maybe = None, b_v: Maybe = None, b_o: Maybe = None,
    mask: Maybe = None, D: Maybe = None,
    *, num_heads: int, causal: bool = False, q: float = 0.0,
) -> Array:  # fmt: skip
    """yᵢ = W_o oᵢ + b_o, where o joins what the heads give for their parts of W_q Qᵢ + b_q, W_k Kⱼ + b_k, W_v Vⱼ + b_v

    Shapes: Q (..., T, ·), K and V (..., S, ·), W_q, W_k and W_v (E, ·), W_o (F, E), b_q, b_k and b_v (E,), b_o (F,),
    mask and D (..., num_heads, T, S), the result (..., T, F); num_heads divides E.
    Source: attention.multi_head_attention.y, after Vaswani et al. 2017.
    """
    p = MultiHead(Q, K, V, W_q, W_k, W_v, W_o, b_q, b_k, b_v, b_o, mask, D)
    o = scaled_dot_product_attention(*_heads(p, num_heads), causal=causal, q=q)
    return linear.linear(joined(o), W_o, b_o)


def multi_head_attention_gradients(g: Array, y: Array, *inputs: Array, num_heads: int, **params: Any) -> MultiHead:
    """∂L/∂Qᵢ = ∂L/∂qᵢ W_q, ∂L/∂W_q = (Σᵢ Qᵢ ∂L/∂qᵢ)ᵀ and ∂L/∂b_q = Σᵢ ∂L/∂qᵢ, and their like for K and V, where

    the heads of ∂L/∂qᵢ are those of their attention for ∂L/∂oᵢ = ∂L/∂yᵢ W_o; ∂L/∂W_o = (Σᵢ oᵢ ∂L/∂yᵢ)ᵀ, ∂L/∂b_o =
    Σᵢ ∂L/∂yᵢ. As b_k adds qᵢᵀb_k/√d to every score of query i, which a softmax does not see, ∂L/∂b_k = Σⱼ ∂L/∂kⱼ = 0.

    Shapes: g and y (..., T, F), the inputs and the results as in `multi_head_attention`.
    Source: attention.multi_head_attention.dQ and its like, in numerator layout.
    """
    p = MultiHead(*inputs)
    heads = _heads(p, num_heads)
    o = scaled_dot_product_attention(*heads, **params)
    do = cut(linear.linear_dx(g, y, joined(o), p.W_o), num_heads)
    *projected, dmask, dD = scaled_dot_product_attention_gradients(do, o, *heads, **params)
    dq, dk, dv = map(joined, projected)
    return MultiHead(
        Q=linear.linear_dx(dq, y, p.Q, p.W_q),
        K=linear.linear_dx(dk, y, p.K, p.W_k),
        V=linear.linear_dx(dv, y, p.V, p.W_v),
        W_q=linear.linear_dW(dq, y, p.Q, p.W_q),
        W_k=linear.linear_dW(dk, y, p.K, p.W_k),
        W_v=linear.linear_dW(dv, y, p.V, p.W_v),
        W_o=linear.linear_dW(g, y, joined(o), p.W_o),
        b_q=linear.linear_db(dq, y, p.Q, p.W_q),
        b_k=np.zeros_like(p.W_k[:, 0]),
        b_v=linear.linear_db(dv, y, p.V, p.W_v),
        b_o=linear.linear_db(g, y, joined(o), p.W_o),
        mask=dmask,
        D=dD,
    )


def multi_head_self_attention(x: Array, *parameters: Array, **params: Any) -> Array:
    """Multi-head attention with Q = K = V = x

    Shapes: x and the result (..., T, E), the parameters and params those of `multi_head_attention`.
    Source: attention.multi_head_self_attention.y.
    """
    return multi_head_attention(x, x, x, *parameters, **params)


def multi_head_self_attention_dx(g: Array, y: Array, x: Array, *parameters: Array, **params: Any) -> Array:
    """∂L/∂x = ∂L/∂Q + ∂L/∂K + ∂L/∂V

    Shapes: g, y, x and the result (..., T, E), the parameters and params those of `multi_head_attention`.
    Source: attention.multi_head_self_attention.dx.
    """
    d = multi_head_attention_gradients(g, y, x, x, x, *parameters, **params)
    return d.Q + d.K + d.V
