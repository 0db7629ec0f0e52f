"""Attention with one head, scaled dot-product and additive, as plain NumPy functions.

A gradient has a rule's signature `(g, y, *inputs, **params)` with g = ∂L/∂y. Queries qᵢ, keys kⱼ and values vⱼ are the
rows of Q, K and V; batch axes lead, and gradients of parameters are summed over them. The weight Aᵢⱼ says how much of
vⱼ goes into yᵢ. A `mask` is boolean, true where query i may see key j, or numbers added to the scores, −∞ where it may
not; it broadcasts to the scores. `causal` lets query i see the keys j ≤ i only. A query that may see no key has weights
0. The switches D drop weights with probability q, as in drop-out. (v without an index is a parameter, not a value.)
"""

import math
from typing import Any, NamedTuple

import numpy as np

from . import linear
from .notation import Array, Maybe

__all__ = [
    "additive_attention",
    "additive_attention_gradients",
    "scaled_dot_product_attention",
    "scaled_dot_product_attention_gradients",
]


def softmax(S: Array, mask: Maybe, causal: bool) -> Array:
    """Aᵢⱼ = exp(Sᵢⱼ)/Σⱼ' exp(Sᵢⱼ') over the keys that query i may see, shifted so that exp cannot overflow."""
    if mask is not None:
        S = np.where(mask, S, -math.inf) if mask.dtype == bool else S + mask
    if causal:
        S = np.where(np.tri(*S.shape[-2:], dtype=np.bool), S, -math.inf)
    top = np.max(S, axis=-1, keepdims=True)
    e = np.exp(S - np.where(top == -math.inf, 0.0, top))
    total = np.sum(e, axis=-1, keepdims=True)
    return e / np.where(total == 0, 1.0, total)


def softmax_dS(A: Array, dA: Array) -> Array:
    """∂L/∂Sᵢⱼ = sᵢⱼ − Aᵢⱼ Σⱼ' sᵢⱼ', where sᵢⱼ = Aᵢⱼ ∂L/∂Aᵢⱼ."""
    s = A * dA
    return s - A * np.sum(s, axis=-1, keepdims=True)


def transposed(m: Array) -> Array:
    return np.swapaxes(m, -1, -2)


def _given(d: Array, x: Maybe) -> Maybe:
    """∂L/∂x for x that was broadcast to the scores, from d, that of each score; None where x is no number."""
    if x is None or x.dtype == bool:
        return None
    d = np.sum(d, axis=tuple(range(d.ndim - x.ndim)))
    return np.sum(d, axis=tuple(axis for axis in range(x.ndim) if x.shape[axis] == 1), keepdims=True)


# ---- scaled dot-product attention -------------------------------------------------------------------------------


def scaled_dot_product_attention(
    Q: Array, K: Array, V: Array, mask: Maybe = None, D: Maybe = None, *, causal: bool = False, q: float = 0.0
) -> Array:
    """yᵢ = Σⱼ Aᵢⱼ vⱼ, where Aᵢⱼ = exp(Sᵢⱼ)/Σⱼ' exp(Sᵢⱼ') and Sᵢⱼ = qᵢᵀkⱼ/√d

    Shapes: Q (..., T, d), K (..., S, d), V (..., S, e), mask and D (..., T, S), the result (..., T, e).
    Source: attention.scaled_dot_product_attention.y, after Vaswani et al. 2017.

    >>> scaled_dot_product_attention(np.zeros((1, 4)), np.zeros((2, 4)), np.array([[1.0], [3.0]]))
    array([[2.]])
    """
    A, kept = _dot_product(Q, K, mask, D, causal=causal, q=q)
    return np.matmul(kept * A, V)


class DotProductGradients(NamedTuple):
    """The gradients of `scaled_dot_product_attention`."""

    Q: Array
    K: Array
    V: Array
    mask: Maybe
    D: Maybe


def scaled_dot_product_attention_gradients(
    g: Array, y: Array, Q: Array, K: Array, V: Array, mask: Maybe = None, D: Maybe = None, **params: Any
) -> DotProductGradients:
    """∂L/∂qᵢ = 1/√d Σⱼ ∂L/∂Sᵢⱼ kⱼᵀ, ∂L/∂kⱼ = 1/√d Σᵢ ∂L/∂Sᵢⱼ qᵢᵀ and ∂L/∂vⱼ = Σᵢ Aᵢⱼ ∂L/∂yᵢ, from one softmax

    ∂L/∂Sᵢⱼ = sᵢⱼ − Aᵢⱼ Σⱼ' sᵢⱼ', where sᵢⱼ = Aᵢⱼ ∂L/∂yᵢ vⱼ; an added mask gets it too, and D gets A ⊙ ∂L/∂A.

    Shapes: g and y (..., T, e), the others and the results as in `scaled_dot_product_attention`.
    Source: attention.scaled_dot_product_attention.dQ and its like.
    """
    A, kept = _dot_product(Q, K, mask, D, **params)
    dkept = np.matmul(g, transposed(V))
    dS = softmax_dS(A, kept * dkept)
    scaled = dS / math.sqrt(Q.shape[-1])
    return DotProductGradients(
        np.matmul(scaled, K),
        np.matmul(transposed(scaled), Q),
        np.matmul(transposed(kept * A), g),
        _given(dS, mask),
        _given(A * dkept / (1.0 - params.get("q", 0.0)), D),
    )


def _dot_product(
    Q: Array, K: Array, mask: Maybe, D: Maybe, *, causal: bool = False, q: float = 0.0
) -> tuple[Array, Array]:
    """The weights A, and the factors 1/(1 − q) D by which drop-out multiplies them."""
    A = softmax(np.matmul(Q, transposed(K)) / math.sqrt(Q.shape[-1]), mask, causal)
    return A, 1.0 if D is None else D / (1.0 - q)


# ---- additive attention -----------------------------------------------------------------------------------------


def additive_attention(
    Q: Array, K: Array, V: Array, W: Array, U: Array, v: Array, mask: Maybe = None, *, causal: bool = False
) -> Array:
    """yᵢ = Σⱼ Aᵢⱼ vⱼ, where Aᵢⱼ = exp(Sᵢⱼ)/Σⱼ' exp(Sᵢⱼ'), Sᵢⱼ = vᵀhᵢⱼ and hᵢⱼ = tanh(W qᵢ + U kⱼ)

    Shapes: Q (..., T, m), K (..., S, n), V (..., S, e), W (h, m), U (h, n), v (h,), mask (..., T, S), the result
    (..., T, e).
    Source: attention.additive_attention.y, after Bahdanau, Cho and Bengio 2015.
    """
    _, A = _additive(Q, K, W, U, v, mask, causal=causal)
    return np.matmul(A, V)


class AdditiveGradients(NamedTuple):
    """The gradients of `additive_attention`."""

    Q: Array
    K: Array
    V: Array
    W: Array
    U: Array
    v: Array
    mask: Maybe


def additive_attention_gradients(
    g: Array, y: Array, Q: Array, K: Array, V: Array, W: Array, U: Array, v: Array, mask: Maybe = None, **params: Any
) -> AdditiveGradients:
    """∂L/∂qᵢ = Σⱼ δᵢⱼ W, ∂L/∂kⱼ = Σᵢ δᵢⱼ U, ∂L/∂vⱼ = Σᵢ Aᵢⱼ ∂L/∂yᵢ and, summed over the batch, ∂L/∂W = (Σᵢⱼ qᵢ δᵢⱼ)ᵀ,

    ∂L/∂U = (Σᵢⱼ kⱼ δᵢⱼ)ᵀ and ∂L/∂v = Σᵢⱼ ∂L/∂Sᵢⱼ hᵢⱼᵀ, where δᵢⱼ = ∂L/∂Sᵢⱼ (v ⊙ (1 − hᵢⱼ ⊙ hᵢⱼ))ᵀ arrives at
    W qᵢ + U kⱼ, with ∂L/∂Sᵢⱼ as in dot-product attention; an added mask gets it too.

    Shapes: g and y (..., T, e), the others and the results as in `additive_attention`.
    Source: attention.additive_attention.dQ and its like, in numerator layout.
    """
    h, A = _additive(Q, K, W, U, v, mask, **params)
    dS = softmax_dS(A, np.matmul(g, transposed(V)))
    delta = np.expand_dims(dS, -1) * v * (1.0 - h * h)
    of_queries, of_keys = np.sum(delta, axis=-2), np.sum(delta, axis=-3)
    return AdditiveGradients(
        np.matmul(of_queries, W),
        np.matmul(of_keys, U),
        np.matmul(transposed(A), g),
        linear.linear_dW(of_queries, y, Q, W),
        linear.linear_dW(of_keys, y, K, U),
        np.tensordot(dS, h, dS.ndim),
        _given(dS, mask),
    )


def _additive(
    Q: Array, K: Array, W: Array, U: Array, v: Array, mask: Maybe = None, *, causal: bool = False
) -> tuple[Array, Array]:
    """hᵢⱼ = tanh(W qᵢ + U kⱼ), shape (..., T, S, h), and the weights A."""
    h = np.tanh(np.expand_dims(linear.linear(Q, W), -2) + np.expand_dims(linear.linear(K, U), -3))
    return h, softmax(np.matmul(h, v), mask, causal)
