"""Rows of the regularization family: Drop-out."""

import numpy as np

from ..formula import Formula
from ..notation import Array, col, hadamard, row, uncol, unrow
from .build import read, rows
from .samples import away_from_zero, size


def _vector_and_mask(rng: np.random.Generator) -> tuple[Array, ...]:
    n = size(rng)
    return away_from_zero(rng, n), np.where(rng.random(n) < 0.25, 0.0, 1.0)


def _scale(q: float, letters: str) -> float:
    """1/(1 − q), where q drops, by the letter Q, or keeps, by k; else it has no value."""
    return 1 / (1 - {"Q": q, "k": 1 - q}.get(letters, np.nan))


_Q = r"P(D_i=0)=q"
_dropout = rows("regularization.dropout", "Parameter-free modules, table row Drop-out", _vector_and_mask, q=0.25)

FORMULAS: tuple[Formula, ...] = (
    _dropout.y(
        r"\vec{y}=\frac{1}{1-q}\vec{D}\odot\vec{x}\\\text{where }\vec{D}\text{ is the drop-out swith vector}",
        corrected_latex=rf"\vec{{y}}=\frac{{1}}{{1-q}}\vec{{D}}\odot\vec{{x}}\qquad {_Q}",
        **read("Q", lambda letters: lambda x, D, q: uncol(_scale(q, letters) * hadamard(col(D), col(x))), "k"),
        mended=lambda x, D, q: np.array([x_i * D_i / (1 - q) for x_i, D_i in zip(x, D, strict=True)]),
        note="q is not explained; that 1/(1 − q) rescales what is kept makes it the probability of a zero in D.",
    ),
    _dropout.dx(
        r"∂L/∂{\vec{x}}=\frac{1}{1-q}∂L/∂{\vec{y}}\odot\vec{D}^T",
        corrected_latex=rf"∂L/∂{{\vec{{x}}}}=\frac{{1}}{{1-q}}∂L/∂{{\vec{{y}}}}\odot\vec{{D}}^T\qquad {_Q}",
        **read("Q", lambda letters: lambda g, y, x, D, q: unrow(_scale(q, letters) * hadamard(row(g), col(D).T)), "k"),
        mended=lambda g, y, x, D, q: np.array([g_i * D_i / (1 - q) for g_i, D_i in zip(g, D, strict=True)]),
        note="As in the forward pass.",
    ),
)
