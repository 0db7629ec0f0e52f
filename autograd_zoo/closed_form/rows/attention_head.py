"""Rows of attention with one head. The document prints none of these formulas: they are ours, in its notation.

Transcriptions go vector by vector: queries, keys and values are columns, gradients are rows, and ∂L/∂W in numerator
layout is transposed back at the end.
"""

import math
from collections.abc import Callable

import numpy as np

from ..formula import Formula
from ..notation import Array, col, hadamard, row, uncol, unrow
from .build import rows
from .samples import away_from_zero, size

UNDER_ATTENTION = "Not printed; beside Attention, where Q, K and V are introduced"

# ---- what the formulas share ------------------------------------------------------------------------------------


def columns(X: Array) -> list[Array]:
    """The rows of X, one vector each, as columns."""
    return [col(x) for x in X]


def softmax(S: Array) -> Array:
    """Aᵢⱼ = exp(Sᵢⱼ)/Σⱼ' exp(Sᵢⱼ')."""
    return np.array([[math.exp(s) / sum(math.exp(other) for other in line) for s in line] for line in S])


def mean_of_values(A: Array, V: Array) -> Array:
    """The vectors yᵢ = Σⱼ Aᵢⱼ vⱼ as rows."""
    return np.array([uncol(sum(a * v for a, v in zip(line, columns(V), strict=True))) for line in A])


def dS(g: Array, A: Array, V: Array) -> Array:
    """∂L/∂Sᵢⱼ = sᵢⱼ − Aᵢⱼ Σⱼ' sᵢⱼ', where sᵢⱼ = Aᵢⱼ ∂L/∂yᵢ vⱼ."""
    s = np.array([[A[i, j] * (row(g[i]) @ v).item() for j, v in enumerate(columns(V))] for i in range(len(A))])
    return np.array([[s[i, j] - A[i, j] * sum(s[i]) for j in range(len(V))] for i in range(len(A))])


def dV(g: Array, A: Array) -> Array:
    """∂L/∂vⱼ = Σᵢ Aᵢⱼ ∂L/∂yᵢ."""
    return np.array([unrow(sum(A[i, j] * row(g[i]) for i in range(len(g)))) for j in range(A.shape[1])])


_Y = (
    r"\vec{y}_i=\sum\limits_{\forall{j}}A_{ij}\vec{v}_j\text{ where }"
    r"A_{ij}=\frac{e^{S_{ij}}}{\sum\limits_{\forall{j'}}e^{S_{ij'}}}\text{, }"
)
DS = r"∂L/∂{S_{ij}}=s_{ij}-A_{ij}\sum\limits_{\forall{j'}}s_{ij'}\text{, }s_{ij}=A_{ij}∂L/∂{\vec{y}_i}\vec{v}_j"
DV = r"∂L/∂{\vec{v}_j}=\sum\limits_{\forall{i}}A_{ij}∂L/∂{\vec{y}_i}"


# ---- scaled dot-product attention -------------------------------------------------------------------------------


def _triple(rng: np.random.Generator) -> tuple[Array, ...]:
    """Queries, keys and values, of lengths that all differ."""
    d = size(rng)
    T, S = d + 1, d + 2
    return away_from_zero(rng, T, d), away_from_zero(rng, S, d), away_from_zero(rng, S, d + 3)


def dot_product(Q: Array, K: Array) -> Array:
    """The weights A for Sᵢⱼ = qᵢᵀkⱼ/√d."""
    d = Q.shape[1]
    return softmax(np.array([[(q.T @ k).item() / math.sqrt(d) for k in columns(K)] for q in columns(Q)]))


def dot_product_dQ(g: Array, y: Array, Q: Array, K: Array, V: Array) -> Array:
    """∂L/∂qᵢ = 1/√d Σⱼ ∂L/∂Sᵢⱼ kⱼᵀ."""
    s, d = dS(g, dot_product(Q, K), V), Q.shape[1]
    return np.array(
        [unrow(1 / math.sqrt(d) * sum(s[i, j] * col(K[j]).T for j in range(len(K)))) for i in range(len(Q))]
    )


def dot_product_dK(g: Array, y: Array, Q: Array, K: Array, V: Array) -> Array:
    """∂L/∂kⱼ = 1/√d Σᵢ ∂L/∂Sᵢⱼ qᵢᵀ."""
    s, d = dS(g, dot_product(Q, K), V), Q.shape[1]
    return np.array(
        [unrow(1 / math.sqrt(d) * sum(s[i, j] * col(Q[i]).T for i in range(len(Q)))) for j in range(len(K))]
    )


_scaled = rows("attention.scaled_dot_product_attention", UNDER_ATTENTION, _triple)

DOT_PRODUCT = (
    _scaled.y(
        _Y + r"S_{ij}=\frac{\vec{q}_i^T\vec{k}_j}{\sqrt{d}}", lambda Q, K, V: mean_of_values(dot_product(Q, K), V)
    ),
    _scaled.dQ(
        r"∂L/∂{\vec{q}_i}=\frac{1}{\sqrt{d}}\sum\limits_{\forall{j}}∂L/∂{S_{ij}}\vec{k}_j^T\text{ where }" + DS,
        dot_product_dQ,
        note="∂L/∂Sᵢⱼ is the document's softmax, with ∂L/∂Aᵢⱼ = ∂L/∂yᵢ vⱼ.",
    ),
    _scaled.dK(
        r"∂L/∂{\vec{k}_j}=\frac{1}{\sqrt{d}}\sum\limits_{\forall{i}}∂L/∂{S_{ij}}\vec{q}_i^T\text{ where }" + DS,
        dot_product_dK,
    ),
    _scaled.dV(DV, lambda g, y, Q, K, V: dV(g, dot_product(Q, K))),
)

# ---- additive attention -----------------------------------------------------------------------------------------


def _additive(rng: np.random.Generator) -> tuple[Array, ...]:
    """Queries, keys and values, and W, U and v, of lengths that all differ."""
    m = size(rng)
    n, h, T, S = m + 1, m + 2, m + 3, m + 4
    Q, K, V = away_from_zero(rng, T, m), away_from_zero(rng, S, n), away_from_zero(rng, S, m + 5)
    return Q, K, V, away_from_zero(rng, h, m), away_from_zero(rng, h, n), away_from_zero(rng, h)


class _Hidden:
    """hᵢⱼ = tanh(W qᵢ + U kⱼ) as columns, and the weights."""

    def __init__(self, Q: Array, K: Array, V: Array, W: Array, U: Array, v: Array) -> None:
        self.q, self.k, self.V, self.W, self.U, self.v = columns(Q), columns(K), V, W, U, col(v)
        self.h = [[np.tanh(W @ q + U @ k) for k in self.k] for q in self.q]
        self.A = softmax(np.array([[(self.v.T @ h).item() for h in line] for line in self.h]))

    def dS(self, g: Array) -> Array:
        """∂L/∂Sᵢⱼ."""
        return dS(g, self.A, self.V)

    def delta(self, g: Array) -> Array:
        """δᵢⱼ = ∂L/∂Sᵢⱼ (v ⊙ (1 − hᵢⱼ ⊙ hᵢⱼ))ᵀ, rows."""
        s = self.dS(g)
        return np.array(
            [
                [s[i, j] * hadamard(self.v, 1 - hadamard(h, h)).T for j, h in enumerate(line)]
                for i, line in enumerate(self.h)
            ]
        )


def _by(formula: Callable[[_Hidden, Array], Array]) -> Callable[..., Array]:
    """The transcription of a gradient from its formula, which is given what is hidden, and ∂L/∂y."""
    return lambda g, y, *inputs: formula(_Hidden(*inputs), g)


DELTA = r"\vec{\delta}_{ij}=∂L/∂{S_{ij}}(\vec{v}\odot(1-\vec{h}_{ij}\odot\vec{h}_{ij}))^T\text{, }" + DS
_LAYOUT = "The final transpose is the declared layout: numerator layout makes ∂L/∂{} an ({}, h) matrix."

_added = rows("attention.additive_attention", UNDER_ATTENTION, _additive)

ADDITIVE = (
    _added.y(
        _Y + r"S_{ij}=\vec{v}^T\vec{h}_{ij}\text{, }\vec{h}_{ij}=\tanh(W\vec{q}_i+U\vec{k}_j)",
        lambda Q, K, V, W, U, v: mean_of_values(_Hidden(Q, K, V, W, U, v).A, V),
    ),
    _added.dQ(
        r"∂L/∂{\vec{q}_i}=\sum\limits_{\forall{j}}\vec{\delta}_{ij}W\text{ where }" + DELTA,
        _by(lambda s, g: np.array([unrow(sum(d @ s.W for d in line)) for line in s.delta(g)])),
        note="δᵢⱼ is the gradient that reaches W qᵢ + U kⱼ, through tanh, whose derivative is 1 − h ⊙ h.",
    ),
    _added.dK(
        r"∂L/∂{\vec{k}_j}=\sum\limits_{\forall{i}}\vec{\delta}_{ij}U\text{ where }" + DELTA,
        _by(lambda s, g: np.array([unrow(sum(d @ s.U for d in line)) for line in np.swapaxes(s.delta(g), 0, 1)])),
    ),
    _added.dV(DV, _by(lambda s, g: dV(g, s.A))),
    _added.dW(
        r"∂L/∂{W}=\sum\limits_{\forall{i,j}}\vec{q}_i\vec{\delta}_{ij}\text{ where }" + DELTA,
        _by(lambda s, g: sum(q @ d for q, line in zip(s.q, s.delta(g), strict=True) for d in line).T),
        note=_LAYOUT.format("W", "m"),
    ),
    _added.dU(
        r"∂L/∂{U}=\sum\limits_{\forall{i,j}}\vec{k}_j\vec{\delta}_{ij}\text{ where }" + DELTA,
        _by(lambda s, g: sum(k @ d for line in s.delta(g) for k, d in zip(s.k, line, strict=True)).T),
        note=_LAYOUT.format("U", "n"),
    ),
    _added.dv(
        r"∂L/∂{\vec{v}}=\sum\limits_{\forall{i,j}}∂L/∂{S_{ij}}\vec{h}_{ij}^T\text{ where }" + DS,
        _by(
            lambda s, g: unrow(
                sum(d * h.T for d_i, h_i in zip(s.dS(g), s.h, strict=True) for d, h in zip(d_i, h_i, strict=True))
            )
        ),
    ),
)

FORMULAS: tuple[Formula, ...] = (*ADDITIVE, *DOT_PRODUCT)
