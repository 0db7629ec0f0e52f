"""Rows of embeddings and positions. The document prints none of these formulas: they are ours, in its notation."""

import math

import numpy as np

from ..formula import Formula
from ..notation import Array, col, row, uncol
from .attention_head import UNDER_ATTENTION
from .build import rows
from .samples import away_from_zero, size


def _table(rng: np.random.Generator) -> tuple[Array, ...]:
    """W and one index."""
    n = size(rng)
    return away_from_zero(rng, n, n + 1), np.asarray(rng.integers(n))


def _unit(n: int, i: Array) -> Array:
    return col([float(k == i) for k in range(n)])


def _positions(T: int, E: int) -> Array:
    P = np.zeros((T, E))
    for t in range(T):
        for k in range(math.ceil(E / 2)):
            P[t, 2 * k] = math.sin(t / 10000 ** (2 * k / E))
            if 2 * k + 1 < E:
                P[t, 2 * k + 1] = math.cos(t / 10000 ** (2 * k / E))
    return P


P = r"P_{t,2k}=\sin(\frac{t}{10000^{\frac{2k}{E}}})\text{, }P_{t,2k+1}=\cos(\frac{t}{10000^{\frac{2k}{E}}})"

_embedding = rows("attention.embedding", UNDER_ATTENTION, _table)
_encoding = rows(
    "attention.positional_encoding", UNDER_ATTENTION, lambda rng: (away_from_zero(rng, size(rng), size(rng)),)
)

FORMULAS: tuple[Formula, ...] = (
    _embedding.y(
        r"\vec{y}=W^T\vec{e}\text{ where }e_k=\begin{cases}1&\;\;\text{if }k=i\\0&\;\;\text{if otherwise}\end{cases}",
        lambda W, i: uncol(W.T @ _unit(len(W), i)),
    ),
    _embedding.dW(
        r"∂L/∂{W^T}=\vec{e}∂L/∂{\vec{y}}",
        lambda g, y, W, i: _unit(len(W), i) @ row(g),
        note="Numerator layout transposes: the gradient by the transpose of W has the layout of W.",
    ),
    _encoding.y(r"Y=X+P", lambda x: x + _positions(*x.shape)),
    _encoding.P(P, lambda x: _positions(*x.shape)),
    _encoding.dx(r"∂L/∂{X}=∂L/∂{Y}", lambda g, y, x: g),
)
