"""Rows of attention with several heads. The document has the heading Multi-Head Self-Attention: the formulas are ours.

Transcriptions take one sequence, vector by vector, and head by head.
"""

from collections.abc import Callable
from typing import Any

import numpy as np

from .. import attention
from ..formula import Formula
from ..notation import Array, col, row, uncol, unrow
from ..parts import Part
from .attention_head import dot_product, dot_product_dK, dot_product_dQ, dV, mean_of_values
from .build import rows
from .claims import claim
from .samples import away_from_zero

PLACE = "Not printed; beside the heading Multi-Head Self-Attention"
LAYOUT = "The final transpose is the declared layout: numerator layout transposes the gradient by a matrix."
HEADS = 3
E = 6


def _sequences(rng: np.random.Generator) -> tuple[Array, ...]:
    """Queries, keys and values of lengths that all differ, and the parameters."""
    T, S = 2, 4
    lengths = {"Q": E - 1, "K": E + 1, "V": E + 2}
    Q, K, V = (away_from_zero(rng, T if name == "Q" else S, n) for name, n in lengths.items())
    weights = (away_from_zero(rng, E, n) / n for n in (*lengths.values(), E))
    return Q, K, V, *weights, *(away_from_zero(rng, E) for _ in range(4))


def _sequence(rng: np.random.Generator) -> tuple[Array, ...]:
    """One sequence, and the parameters."""
    weights = (away_from_zero(rng, E, E) / E for _ in range(4))
    return away_from_zero(rng, 4, E), *weights, *(away_from_zero(rng, E) for _ in range(4))


def _projected(X: Array, W: Array, b: Array) -> list[Array]:
    """W x + b for each vector x of X, cut into heads."""
    return np.split(np.array([uncol(W @ col(x) + col(b)) for x in X]), HEADS, axis=1)


class _Heads:
    """The projections of one sequence, head by head, and what the heads give side by side."""

    def __init__(self, Q: Array, K: Array, V: Array, *parameters: Array) -> None:
        W_q, W_k, W_v, self.W_o, b_q, b_k, b_v, self.b_o = parameters
        self.q, self.k, self.v = _projected(Q, W_q, b_q), _projected(K, W_k, b_k), _projected(V, W_v, b_v)
        self.A = [dot_product(q, k) for q, k in zip(self.q, self.k, strict=True)]
        self.o = np.hstack([mean_of_values(A, v) for A, v in zip(self.A, self.v, strict=True)])

    def y(self) -> Array:
        """yᵢ = W_o oᵢ + b_o."""
        return np.array([uncol(self.W_o @ col(o) + col(self.b_o)) for o in self.o])

    def back(self, rule: Callable[..., Array], g: Array) -> Array:
        """The gradients that a head's rule gives for ∂L/∂oᵢ = ∂L/∂yᵢ W_o, side by side."""
        do = np.split(np.array([unrow(row(line) @ self.W_o) for line in g]), HEADS, axis=1)
        parts = zip(do, self.q, self.k, self.v, strict=True)
        return np.hstack([rule(do_h, None, q, k, v) for do_h, q, k, v in parts])


def _dV_of_head(g: Array, y: Array, Q: Array, K: Array, V: Array) -> Array:
    return dV(g, dot_product(Q, K))


def _by_input(rule: Callable[..., Array], W: int) -> Callable[..., Array]:
    """The transcription of ∂L/∂x = ∂L/∂q W, W being the input number `W`."""
    return lambda g, y, *inputs, **params: np.array([unrow(row(d) @ inputs[W]) for d in _Heads(*inputs).back(rule, g)])


def _by_weight(rule: Callable[..., Array], x: int) -> Callable[..., Array]:
    """The transcription of ∂L/∂W = Σ x ∂L/∂q, the vectors x being those of the input number `x`."""
    return lambda g, y, *inputs, **params: (
        sum(col(v) @ row(d) for v, d in zip(inputs[x], _Heads(*inputs).back(rule, g), strict=True)).T
    )


def _by_bias(rule: Callable[..., Array]) -> Callable[..., Array]:
    """The transcription of ∂L/∂b = Σ ∂L/∂q."""
    return lambda g, y, *inputs, **params: unrow(sum(row(d) for d in _Heads(*inputs).back(rule, g)))


def _self_dx(g: Array, y: Array, x: Array, *parameters: Array, **params: Any) -> Array:
    inputs = (x, x, x, *parameters)
    return sum(
        _by_input(rule, W)(g, y, *inputs) for rule, W in ((dot_product_dQ, 3), (dot_product_dK, 4), (_dV_of_head, 5))
    )


def _backwards(rng: np.random.Generator) -> tuple[Array, ...]:
    """What `_sequences` draws, with g and y before it."""
    inputs = _sequences(rng)
    y = attention.multi_head_attention(*inputs, num_heads=HEADS)
    return away_from_zero(rng, *y.shape), y, *inputs


_several = rows("attention.multi_head_attention", PLACE, _sequences, num_heads=HEADS)
_self = rows("attention.multi_head_self_attention", PLACE, _sequence, num_heads=HEADS)

# ---- the gradients by the projections, in one head --------------------------------------------------------------

_DO = r"∂L/∂{\vec{o}_i}=∂L/∂{\vec{y}_i}W_o"
_DS = (
    r"∂L/∂{S^h_{ij}}=s^h_{ij}-A^h_{ij}\sum\limits_{\forall{j'}}s^h_{ij'}\text{, }"
    r"s^h_{ij}=A^h_{ij}∂L/∂{\vec{o}^h_i}\vec{v}^h_j\text{, }" + _DO
)
WHERE_Q = (
    r"\text{ where }∂L/∂{\vec{q}^h_i}=\frac{1}{\sqrt{d}}\sum\limits_{\forall{j}}"
    r"∂L/∂{S^h_{ij}}{\vec{k}^h_j}^T\text{, }" + _DS
)
WHERE_K = (
    r"\text{ where }∂L/∂{\vec{k}^h_j}=\frac{1}{\sqrt{d}}\sum\limits_{\forall{i}}"
    r"∂L/∂{S^h_{ij}}{\vec{q}^h_i}^T\text{, }" + _DS
)
WHERE_V = r"\text{ where }∂L/∂{\vec{v}^h_j}=\sum\limits_{\forall{i}}A^h_{ij}∂L/∂{\vec{o}^h_i}\text{, }" + _DO

# What is projected, its projection, its index, the gradient by that in LaTeX, and in one head.
_PROJECTIONS = (
    ("Q", "q", "i", WHERE_Q, dot_product_dQ),
    ("K", "k", "j", WHERE_K, dot_product_dK),
    ("V", "v", "j", WHERE_V, _dV_of_head),
)

FORMULAS: tuple[Formula, ...] = (
    _several.y(
        r"\vec{y}_i=W_o\vec{o}_i+\vec{b}_o\text{ where }"
        r"\vec{o}^h_i=\sum\limits_{\forall{j}}A^h_{ij}\vec{v}^h_j\text{, }"
        r"A^h_{ij}=\frac{e^{S^h_{ij}}}{\sum\limits_{\forall{j'}}e^{S^h_{ij'}}}\text{, }"
        r"S^h_{ij}=\frac{{\vec{q}^h_i}^T\vec{k}^h_j}{\sqrt{d}}\text{, }"
        r"\vec{q}_i=W_q\vec{Q}_i+\vec{b}_q\text{, }\vec{k}_j=W_k\vec{K}_j+\vec{b}_k\text{, }"
        r"\vec{v}_j=W_v\vec{V}_j+\vec{b}_v",
        lambda *inputs, **params: _Heads(*inputs).y(),
        note="The index h means the h-th part of a vector that is cut into as many equal parts as there are heads.",
    ),
    *[
        _several[f"d{X}"](rf"∂L/∂{{\vec{{{X}}}_{i}}}=∂L/∂{{\vec{{{x}}}_{i}}}W_{x}{where}", _by_input(rule, 3 + n))
        for n, (X, x, i, where, rule) in enumerate(_PROJECTIONS)
    ],
    *[
        _several[f"dW_{x}"](
            rf"∂L/∂{{W_{x}}}=\sum\limits_{{\forall{{{i}}}}}\vec{{{X}}}_{i}∂L/∂{{\vec{{{x}}}_{i}}}{where}",
            _by_weight(rule, n),
            note=LAYOUT,
        )
        for n, (X, x, i, where, rule) in enumerate(_PROJECTIONS)
    ],
    _several.dW_o(
        r"∂L/∂{W_o}=\sum\limits_{\forall{i}}\vec{o}_i∂L/∂{\vec{y}_i}",
        lambda g, y, *inputs, **params: sum(col(o) @ row(line) for o, line in zip(_Heads(*inputs).o, g, strict=True)).T,
        note=LAYOUT,
    ),
    _several.db_q(r"∂L/∂{\vec{b}_q}=\sum\limits_{\forall{i}}∂L/∂{\vec{q}_i}" + WHERE_Q, _by_bias(dot_product_dQ)),
    _several.db_v(r"∂L/∂{\vec{b}_v}=\sum\limits_{\forall{j}}∂L/∂{\vec{v}_j}" + WHERE_V, _by_bias(_dV_of_head)),
    _several.db_o(
        r"∂L/∂{\vec{b}_o}=\sum\limits_{\forall{i}}∂L/∂{\vec{y}_i}",
        lambda g, y, *inputs, **params: unrow(sum(row(line) for line in g)),
    ),
    _self.y(
        r"\vec{y}_i\text{ of multi-head attention for }Q=K=V=X",
        lambda x, *parameters, **params: _Heads(x, x, x, *parameters).y(),
    ),
    _self.dx(r"∂L/∂{X}=∂L/∂{Q}+∂L/∂{K}+∂L/∂{V}", _self_dx),
    claim(
        PLACE,
        "attention.multi_head_attention.db_k",
        "",
        r"∂L/∂{\vec{b}_k}=\sum\limits_{\forall{j}}∂L/∂{\vec{k}_j}=\vec{0}^T" + WHERE_K,
        printed=_by_bias(dot_product_dK),
        corrected=Part(attention.multi_head_attention_gradients, "b_k"),
        sample=_backwards,
        params={"num_heads": HEADS},
        note="b_k adds one number to all scores of a query, and a softmax does not see that.",
    ),
)
