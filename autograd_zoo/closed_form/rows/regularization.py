"""Rows of the regularization family: Drop-out."""

import numpy as np

from autograd_zoo.closed_form import regularization
from autograd_zoo.closed_form.formula import Formula
from autograd_zoo.closed_form.notation import Array, col, hadamard, row, uncol, unrow
from autograd_zoo.closed_form.rows.samples import away_from_zero, size


def _vector_and_mask(rng: np.random.Generator) -> tuple[Array, ...]:
    n = size(rng)
    return away_from_zero(rng, n), np.where(rng.random(n) < 0.25, 0.0, 1.0)


FORMULAS: tuple[Formula, ...] = (
    Formula(
        id="regularization.dropout.y",
        specimen="dropout",
        quantity="y",
        place="Parameter-free modules, table row Drop-out, forward-pass",
        latex=(r"\vec{y}=\frac{1}{1-q}\vec{D}\odot\vec{x}\\\text{where }\vec{D}\text{ is the drop-out swith vector}"),
        printed=lambda x, D, q: uncol(1 / (1 - q) * hadamard(col(D), col(x))),
        corrected=regularization.dropout,
        sample=_vector_and_mask,
        params={"q": 0.25},
        source="document",
        note="q is not explained; that 1/(1 − q) rescales what is kept makes it the probability of a zero in D.",
    ),
    Formula(
        id="regularization.dropout.dx",
        specimen="dropout",
        quantity="dx",
        place="Parameter-free modules, table row Drop-out, backward-pass",
        latex=r"\frac{\partial{L}}{\partial{\vec{x}}}=\frac{1}{1-q}\frac{\partial{L}}{\partial{\vec{y}}}\odot\vec{D}^T",
        printed=lambda g, y, x, D, q: unrow(1 / (1 - q) * hadamard(row(g), col(D).T)),
        corrected=regularization.dropout_dx,
        forward=regularization.dropout,
        sample=_vector_and_mask,
        params={"q": 0.25},
        source="document",
    ),
)
