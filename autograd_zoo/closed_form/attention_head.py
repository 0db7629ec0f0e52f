"""Attention with one head, scaled dot-product and additive, as plain NumPy functions.

A gradient has a rule's signature `(g, y, *inputs, **params)` with g = ∂L/∂y. Queries qᵢ, keys kⱼ and values vⱼ are the
rows of Q, K and V; batch axes lead, and gradients of parameters are summed over them. The weight Aᵢⱼ says how much of
vⱼ goes into yᵢ. A `mask` is boolean, true where query i may see key j, or numbers added to the scores, −∞ where it may
not; it broadcasts to the scores. `causal` lets query i see the keys j ≤ i only. A query that may see no key has weights
0. The switches D drop weights with probability q, as in drop-out. (v without an index is a parameter, not a value.)
"""

import math
from collections import namedtuple
from typing import Any

import numpy as np

from . import activation, linear
from .notation import Array, Maybe
from .protocol import named
from .regularization import dropout

__all__ = [
    "additive_attention",
    "additive_attention_gradients",
    "scaled_dot_product_attention",
    "scaled_dot_product_attention_gradients",
]


def masked_softmax(S: Array, mask: Maybe = None, *, causal: bool = False) -> Array:
    """Aᵢⱼ = exp(Sᵢⱼ)/Σⱼ' exp(Sᵢⱼ') over the keys j' that query i may see; 0 for the others

    Shapes: S (..., T, S), `mask` what broadcasts to it; the result as S.
    Raises: by the module, ValueError for a mask that does not fit, or holds integers.
    Source: attention.scaled_dot_product_attention.y.

    >>> masked_softmax(np.zeros((2, 2)), np.array([[True, True], [False, False]]))
    array([[0.5, 0.5],
           [0. , 0. ]])
    """
    if mask is None and not causal:
        return activation.softmax(S)
    allowed: Any = np.tri(*S.shape[-2:], dtype=np.bool) if causal else True
    if mask is not None and mask.dtype == bool:
        allowed = np.logical_and(allowed, mask)
    elif mask is not None:
        finite = np.not_equal(mask, -math.inf)
        allowed = np.logical_and(allowed, finite)
        S = S + np.where(finite, mask if mask.dtype == S.dtype else mask.astype(S.dtype), 0.0)
    nothing = ~np.any(allowed, axis=-1, keepdims=True)  # then everything takes part, and is zeroed: never 0/0
    return np.where(allowed, activation.softmax(np.where(allowed | nothing, S, -math.inf)), 0.0)


def softmax_dS(A: Array, dA: Array) -> Array:
    """∂L/∂Sᵢⱼ = sᵢⱼ − Aᵢⱼ Σⱼ' sᵢⱼ', where sᵢⱼ = Aᵢⱼ ∂L/∂Aᵢⱼ."""
    s = A * dA
    return s - A * np.sum(s, axis=-1, keepdims=True)


def transposed(m: Array) -> Array:
    return np.swapaxes(m, -1, -2)


def of_broadcast(d: Array, x: Maybe) -> Maybe:
    """∂L/∂x for x that was broadcast to the scores, from d, that of each score; None where x is no number."""
    if x is None or x.dtype == bool:
        return None
    d = np.sum(d, axis=tuple(range(d.ndim - x.ndim)))
    return np.sum(d, axis=tuple(axis for axis in range(x.ndim) if x.shape[axis] == 1), keepdims=True)


# ---- scaled dot-product attention -------------------------------------------------------------------------------


def scaled_dot_product_attention(
    Q: Array, K: Array, V: Array, mask: Maybe = None, D: Maybe = None, *, causal: bool = False, q: float = 0.0
) -> Array:
    """yᵢ = Σⱼ Aᵢⱼ vⱼ, where Aᵢⱼ = exp(Sᵢⱼ)/Σⱼ' exp(Sᵢⱼ') over the keys that query i may see, and Sᵢⱼ = qᵢᵀkⱼ/√d

    Shapes: Q (..., T, d), K (..., S, d), V (..., S, e), with equal leading axes; `mask` and the switches D, which drop
    weights with probability q, broadcast to (..., T, S); the result (..., T, e).
    Raises: by the module, ValueError for shapes that do not fit, integers, or nothing to attend to.
    Source: attention.scaled_dot_product_attention.y; Vaswani et al., Attention Is All You Need, NeurIPS 2017.

    >>> scaled_dot_product_attention(np.zeros((1, 4)), np.zeros((2, 4)), np.array([[1.0], [3.0]]))
    array([[2.]])
    """
    A = dot_product_weights(Q, K, mask, causal=causal)
    return (A if D is None else dropout(A, D, q=q)) @ V


def dot_product_weights(Q: Array, K: Array, mask: Maybe, *, causal: bool) -> Array:
    """A = softmax(QKᵀ/√d) over the keys that each query may see."""
    S = named(Q @ transposed(K) / math.sqrt(Q.shape[-1]), "S")
    return named(masked_softmax(S, mask, causal=causal), "A")


class DotProductGradients(namedtuple("DotProductGradients", "Q K V mask D")):
    """The gradients of `scaled_dot_product_attention`."""


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
        of_broadcast(dS, mask),
        of_broadcast(A * dkept / (1.0 - params.get("q", 0.0)), D),
    )


def _dot_product(
    Q: Array, K: Array, mask: Maybe, D: Maybe, *, causal: bool = False, q: float = 0.0
) -> tuple[Array, Array]:
    """The weights A, and the factors 1/(1 − q) D by which drop-out multiplies them."""
    A = dot_product_weights(Q, K, mask, causal=causal)
    return A, 1.0 if D is None else D / (1.0 - q)


# ---- additive attention -----------------------------------------------------------------------------------------


def additive_attention(
    Q: Array, K: Array, V: Array, W: Array, U: Array, v: Array, mask: Maybe = None, *, causal: bool = False
) -> Array:
    """yᵢ = Σⱼ Aᵢⱼ vⱼ, where Aᵢⱼ = exp(Sᵢⱼ)/Σⱼ' exp(Sᵢⱼ'), Sᵢⱼ = vᵀhᵢⱼ and hᵢⱼ = tanh(W qᵢ + U kⱼ)

    Shapes: Q (..., T, m), K (..., S, n), V (..., S, e), with equal leading axes; W (h, m), U (h, n), v (h,); `mask`
    broadcasts to (..., T, S); the result (..., T, e).
    Raises: by the module, ValueError for shapes that do not fit, integers, or nothing to attend to.
    Source: attention.additive_attention.y; Bahdanau, Cho and Bengio, Neural Machine Translation by Jointly Learning to
    Align and Translate, ICLR 2015.

    >>> x, W = np.array([[1.0], [3.0]]), np.zeros((4, 1))
    >>> additive_attention(x, x, x, W, W, np.ones(4))
    array([[2.],
           [2.]])
    """
    _, A = additive_weights(Q, K, W, U, v, mask, causal=causal)
    return A @ V


class AdditiveGradients(namedtuple("AdditiveGradients", "Q K V W U v mask")):
    """The gradients of `additive_attention`."""


def additive_attention_gradients(
    g: Array, y: Array, Q: Array, K: Array, V: Array, W: Array, U: Array, v: Array, mask: Maybe = None, **params: Any
) -> AdditiveGradients:
    """∂L/∂qᵢ = Σⱼ δᵢⱼ W, ∂L/∂kⱼ = Σᵢ δᵢⱼ U, ∂L/∂vⱼ = Σᵢ Aᵢⱼ ∂L/∂yᵢ and, summed over the batch, ∂L/∂W = (Σᵢⱼ qᵢ δᵢⱼ)ᵀ,

    ∂L/∂U = (Σᵢⱼ kⱼ δᵢⱼ)ᵀ and ∂L/∂v = Σᵢⱼ ∂L/∂Sᵢⱼ hᵢⱼᵀ, where δᵢⱼ = ∂L/∂Sᵢⱼ (v ⊙ (1 − hᵢⱼ ⊙ hᵢⱼ))ᵀ arrives at
    W qᵢ + U kⱼ, with ∂L/∂Sᵢⱼ as in dot-product attention; an added mask gets it too.

    Shapes: g and y (..., T, e), the others and the results as in `additive_attention`.
    Source: attention.additive_attention.dQ and its like, in numerator layout.
    """
    h, A = additive_weights(Q, K, W, U, v, mask, **params)
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
        of_broadcast(dS, mask),
    )


def additive_weights(
    Q: Array, K: Array, W: Array, U: Array, v: Array, mask: Maybe = None, *, causal: bool = False
) -> tuple[Array, Array]:
    """hᵢⱼ = tanh(W qᵢ + U kⱼ), shape (..., T, S, h), and the weights A."""
    h = np.tanh(np.expand_dims(linear.linear(Q, W), -2) + np.expand_dims(linear.linear(K, U), -3))
    S = named(named(h, "h") @ v, "S")
    return h, named(masked_softmax(S, mask, causal=causal), "A")
