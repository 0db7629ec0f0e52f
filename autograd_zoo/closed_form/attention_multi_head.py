"""Attention with several heads, as plain NumPy functions: the input is projected, cut into heads, and projected back.

A gradient has a rule's signature `(g, y, *inputs, **params)` with g = ∂L/∂y; masks and drop-out are those of
`attention_head`. Gradients of parameters are summed over the batch, and come in the parameter's own layout.
"""

from typing import Any, NamedTuple

import numpy as np

from . import linear
from .attention_head import (
    scaled_dot_product_attention,
    scaled_dot_product_attention_dK,
    scaled_dot_product_attention_dQ,
    scaled_dot_product_attention_dV,
    scaled_dot_product_attention_gradients,
)
from .notation import Array

__all__ = [
    "multi_head_attention",
    "multi_head_attention_dK",
    "multi_head_attention_dQ",
    "multi_head_attention_dV",
    "multi_head_attention_dW_k",
    "multi_head_attention_dW_o",
    "multi_head_attention_dW_q",
    "multi_head_attention_dW_v",
    "multi_head_attention_db_k",
    "multi_head_attention_db_o",
    "multi_head_attention_db_q",
    "multi_head_attention_db_v",
    "multi_head_attention_gradients",
    "multi_head_self_attention",
    "multi_head_self_attention_dx",
]


class MultiHeadGradients(NamedTuple):
    """The gradients of `multi_head_attention`, but that by b_k, which is 0."""

    Q: Array
    K: Array
    V: Array
    W_q: Array
    W_k: Array
    W_v: Array
    W_o: Array
    b_q: Array
    b_v: Array
    b_o: Array


class _MultiHead(NamedTuple):
    """The inputs of multi-head attention."""

    Q: Array
    K: Array
    V: Array
    W_q: Array
    W_k: Array
    W_v: Array
    W_o: Array
    b_q: Array | None = None
    b_k: Array | None = None
    b_v: Array | None = None
    b_o: Array | None = None
    mask: Array | None = None
    D: Array | None = None

    def heads(self, num_heads: int) -> tuple[Array, ...]:
        """W_q Q + b_q and its like for K and V, cut into heads; and what masks and drops the weights."""
        q, k, v = (
            cut(linear.linear(x, W, b), num_heads)
            for x, W, b in ((self.Q, self.W_q, self.b_q), (self.K, self.W_k, self.b_k), (self.V, self.W_v, self.b_v))
        )
        return q, k, v, self.mask, self.D

    def o(self, *, num_heads: int, **params: Any) -> Array:
        """The results of all heads, side by side."""
        return joined(scaled_dot_product_attention(*self.heads(num_heads), **params))

    def back(self, rule: Any, g: Array, *, num_heads: int, **params: Any) -> Array:
        """The gradient by W_q Q + b_q, or its like, for the rule of a head's Q, or its like."""
        heads = self.heads(num_heads)
        do = cut(linear.linear_dx(g, None, None, self.W_o), num_heads)
        return joined(rule(do, None, *heads, **params))


def cut(x: Array, num_heads: int) -> Array:
    """Cut the last axis into heads: (..., T, E) to (..., num_heads, T, E/num_heads)."""
    *batch, T, E = x.shape
    return np.swapaxes(np.reshape(x, (*batch, T, num_heads, E // num_heads)), -2, -3)


def joined(x: Array) -> Array:
    """Join heads again: (..., H, T, d) to (..., T, H d)."""
    *batch, H, T, d = x.shape
    return np.reshape(np.swapaxes(x, -2, -3), (*batch, T, H * d))


def multi_head_attention(
    Q: Array,
    K: Array,
    V: Array,
    W_q: Array,
    W_k: Array,
    W_v: Array,
    W_o: Array,
    b_q: Array | None = None,
    b_k: Array | None = None,
    b_v: Array | None = None,
    b_o: Array | None = None,
    mask: Array | None = None,
    D: Array | None = None,
    *,
    num_heads: int,
    causal: bool = False,
    q: float = 0.0,
) -> Array:
    """yᵢ = W_o oᵢ + b_o, where o joins what the heads give for their parts of W_q Qᵢ + b_q, W_k Kⱼ + b_k, W_v Vⱼ + b_v

    Shapes: Q (..., T, ·), K and V (..., S, ·), W_q, W_k and W_v (E, ·), W_o (F, E), b_q, b_k and b_v (E,), b_o (F,),
    mask and D (..., num_heads, T, S), the result (..., T, F); num_heads divides E.
    Source: attention.multi_head_attention.y, after Vaswani et al. 2017.
    """
    p = _MultiHead(Q, K, V, W_q, W_k, W_v, W_o, b_q, b_k, b_v, b_o, mask, D)
    return linear.linear(p.o(num_heads=num_heads, causal=causal, q=q), W_o, b_o)


def multi_head_attention_dQ(g: Array, y: Array, *inputs: Array, **params: Any) -> Array:
    """∂L/∂Qᵢ = ∂L/∂qᵢ W_q, where the heads of ∂L/∂qᵢ are those of their attention for ∂L/∂oᵢ = ∂L/∂yᵢ W_o

    Shapes: g and y (..., T, F), the inputs as in `multi_head_attention`, the result as Q.
    Source: attention.multi_head_attention.dQ.
    """
    p = _MultiHead(*inputs)
    return linear.linear_dx(p.back(scaled_dot_product_attention_dQ, g, **params), y, p.Q, p.W_q)


def multi_head_attention_dK(g: Array, y: Array, *inputs: Array, **params: Any) -> Array:
    """∂L/∂Kⱼ = ∂L/∂kⱼ W_k, where the heads of ∂L/∂kⱼ are those of their attention for ∂L/∂oᵢ = ∂L/∂yᵢ W_o

    Shapes: g and y (..., T, F), the inputs as in `multi_head_attention`, the result as K.
    Source: attention.multi_head_attention.dK.
    """
    p = _MultiHead(*inputs)
    return linear.linear_dx(p.back(scaled_dot_product_attention_dK, g, **params), y, p.K, p.W_k)


def multi_head_attention_dV(g: Array, y: Array, *inputs: Array, **params: Any) -> Array:
    """∂L/∂Vⱼ = ∂L/∂vⱼ W_v, where the heads of ∂L/∂vⱼ are those of their attention for ∂L/∂oᵢ = ∂L/∂yᵢ W_o

    Shapes: g and y (..., T, F), the inputs as in `multi_head_attention`, the result as V.
    Source: attention.multi_head_attention.dV.
    """
    p = _MultiHead(*inputs)
    return linear.linear_dx(p.back(scaled_dot_product_attention_dV, g, **params), y, p.V, p.W_v)


def multi_head_attention_dW_q(g: Array, y: Array, *inputs: Array, **params: Any) -> Array:
    """∂L/∂W_q = (Σᵢ Qᵢ ∂L/∂qᵢ)ᵀ, with ∂L/∂qᵢ of `multi_head_attention_dQ`

    Shapes: g and y (..., T, F), the inputs as in `multi_head_attention`, the result as W_q.
    Source: attention.multi_head_attention.dW_q, in numerator layout.
    """
    p = _MultiHead(*inputs)
    return linear.linear_dW(p.back(scaled_dot_product_attention_dQ, g, **params), y, p.Q, p.W_q)


def multi_head_attention_dW_k(g: Array, y: Array, *inputs: Array, **params: Any) -> Array:
    """∂L/∂W_k = (Σⱼ Kⱼ ∂L/∂kⱼ)ᵀ, with ∂L/∂kⱼ of `multi_head_attention_dK`

    Shapes: g and y (..., T, F), the inputs as in `multi_head_attention`, the result as W_k.
    Source: attention.multi_head_attention.dW_k, in numerator layout.
    """
    p = _MultiHead(*inputs)
    return linear.linear_dW(p.back(scaled_dot_product_attention_dK, g, **params), y, p.K, p.W_k)


def multi_head_attention_dW_v(g: Array, y: Array, *inputs: Array, **params: Any) -> Array:
    """∂L/∂W_v = (Σⱼ Vⱼ ∂L/∂vⱼ)ᵀ, with ∂L/∂vⱼ of `multi_head_attention_dV`

    Shapes: g and y (..., T, F), the inputs as in `multi_head_attention`, the result as W_v.
    Source: attention.multi_head_attention.dW_v, in numerator layout.
    """
    p = _MultiHead(*inputs)
    return linear.linear_dW(p.back(scaled_dot_product_attention_dV, g, **params), y, p.V, p.W_v)


def multi_head_attention_dW_o(g: Array, y: Array, *inputs: Array, **params: Any) -> Array:
    """∂L/∂W_o = (Σᵢ oᵢ ∂L/∂yᵢ)ᵀ

    Shapes: g and y (..., T, F), the inputs as in `multi_head_attention`, the result as W_o.
    Source: attention.multi_head_attention.dW_o, in numerator layout.
    """
    p = _MultiHead(*inputs)
    return linear.linear_dW(g, y, p.o(**params), p.W_o)


def multi_head_attention_db_q(g: Array, y: Array, *inputs: Array, **params: Any) -> Array:
    """∂L/∂b_q = Σᵢ ∂L/∂qᵢ, with ∂L/∂qᵢ of `multi_head_attention_dQ`

    Shapes: g and y (..., T, F), the inputs as in `multi_head_attention`, the result as b_q.
    Source: attention.multi_head_attention.db_q.
    """
    p = _MultiHead(*inputs)
    return linear.linear_db(p.back(scaled_dot_product_attention_dQ, g, **params), y, p.Q, p.W_q)


def multi_head_attention_db_v(g: Array, y: Array, *inputs: Array, **params: Any) -> Array:
    """∂L/∂b_v = Σⱼ ∂L/∂vⱼ, with ∂L/∂vⱼ of `multi_head_attention_dV`

    Shapes: g and y (..., T, F), the inputs as in `multi_head_attention`, the result as b_v.
    Source: attention.multi_head_attention.db_v.
    """
    p = _MultiHead(*inputs)
    return linear.linear_db(p.back(scaled_dot_product_attention_dV, g, **params), y, p.V, p.W_v)


def multi_head_attention_db_k(g: Array, y: Array, *inputs: Array, **params: Any) -> Array:
    """∂L/∂b_k = Σⱼ ∂L/∂kⱼ = 0: b_k adds qᵢᵀb_k/√d to every score of query i, which a softmax does not see

    Shapes: g and y (..., T, F), the inputs as in `multi_head_attention`, the result as b_k.
    Source: attention.multi_head_attention.db_k.
    """
    p = _MultiHead(*inputs)
    return np.zeros_like(p.b_k)


def multi_head_attention_db_o(g: Array, y: Array, *inputs: Array, **params: Any) -> Array:
    """∂L/∂b_o = Σᵢ ∂L/∂yᵢ

    Shapes: g and y (..., T, F), the inputs as in `multi_head_attention`, the result as b_o.
    Source: attention.multi_head_attention.db_o.
    """
    p = _MultiHead(*inputs)
    return linear.linear_db(g, y, p.Q, p.W_o)


def multi_head_attention_gradients(
    g: Array, y: Array, *inputs: Array, num_heads: int, **params: Any
) -> MultiHeadGradients:
    """All gradients of `multi_head_attention` at once, from one softmax

    Shapes: g and y (..., T, F), the inputs and the results as in `multi_head_attention`.
    Source: attention.multi_head_attention.dQ and its like.
    """
    p = _MultiHead(*inputs)
    heads = p.heads(num_heads)
    o = scaled_dot_product_attention(*heads, **params)
    do = cut(linear.linear_dx(g, y, joined(o), p.W_o), num_heads)
    dq, dk, dv = map(joined, scaled_dot_product_attention_gradients(do, o, *heads, **params)[:3])
    return MultiHeadGradients(
        Q=linear.linear_dx(dq, y, p.Q, p.W_q),
        K=linear.linear_dx(dk, y, p.K, p.W_k),
        V=linear.linear_dx(dv, y, p.V, p.W_v),
        W_q=linear.linear_dW(dq, y, p.Q, p.W_q),
        W_k=linear.linear_dW(dk, y, p.K, p.W_k),
        W_v=linear.linear_dW(dv, y, p.V, p.W_v),
        W_o=linear.linear_dW(g, y, joined(o), p.W_o),
        b_q=linear.linear_db(dq, y, p.Q, p.W_q),
        b_v=linear.linear_db(dv, y, p.V, p.W_v),
        b_o=linear.linear_db(g, y, joined(o), p.W_o),
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
    gradients = (multi_head_attention_dQ, multi_head_attention_dK, multi_head_attention_dV)
    dQ, dK, dV = (rule(g, y, x, x, x, *parameters, **params) for rule in gradients)
    return dQ + dK + dV
