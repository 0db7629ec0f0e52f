"""Rows of the regularization family: Drop-out."""

import numpy as np

from ..formula import Formula
from ..notation import Array, col, hadamard, row, uncol, unrow
from .build import rows
from .samples import away_from_zero, size


def _vector_and_mask(rng: np.random.Generator) -> tuple[Array, ...]:
    n = size(rng)
    return away_from_zero(rng, n), np.where(rng.random(n) < 0.25, 0.0, 1.0)


_dropout = rows("regularization", "dropout", "Parameter-free modules, table row Drop-out", _vector_and_mask, q=0.25)

FORMULAS: tuple[Formula, ...] = (
    _dropout(
        "y",
        r"\vec{y}=\frac{1}{1-q}\vec{D}\odot\vec{x}\\\text{where }\vec{D}\text{ is the drop-out swith vector}",
        lambda x, D, q: uncol(1 / (1 - q) * hadamard(col(D), col(x))),
        note="q is not explained; that 1/(1 − q) rescales what is kept makes it the probability of a zero in D.",
    ),
    _dropout(
        "dx",
        r"∂L/∂{\vec{x}}=\frac{1}{1-q}∂L/∂{\vec{y}}\odot\vec{D}^T",
        lambda g, y, x, D, q: unrow(1 / (1 - q) * hadamard(row(g), col(D).T)),
    ),
)
