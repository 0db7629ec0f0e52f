"""Rows of the linear family: the fully connected layer.

∂L/∂W is printed in numerator layout, (in, out): a transcription ends with a transpose back to W's own (out, in).
"""

import numpy as np

from autograd_zoo.closed_form import linear
from autograd_zoo.closed_form.formula import Formula
from autograd_zoo.closed_form.notation import Array, col, row, uncol, unrow
from autograd_zoo.closed_form.rows.samples import away_from_zero, size


def _layer(rng: np.random.Generator) -> tuple[Array, ...]:
    """Draw x, W and b with more outputs than inputs or fewer, never as many: a lost transpose then does not fit."""
    m = size(rng)
    n = m + int(rng.choice([-1, 1]))
    return away_from_zero(rng, m), away_from_zero(rng, n, m), away_from_zero(rng, n)


FORMULAS: tuple[Formula, ...] = (
    Formula(
        id="linear.linear.y",
        specimen="linear",
        quantity="y",
        place="Linear modules, FC, forward-pass",
        latex=r"\vec{y}=W\vec{x}+\vec{b}",
        printed=lambda x, W, b: uncol(W @ col(x) + col(b)),
        corrected=linear.linear,
        sample=_layer,
        source="document",
    ),
    Formula(
        id="linear.linear.dx",
        specimen="linear",
        quantity="dx",
        place="Linear modules, FC, backward-pass",
        latex=r"\frac{\partial{L}}{\partial{\vec{x}}}=\frac{\partial{L}}{\partial{\vec{y}}}W",
        printed=lambda g, y, x, W, b: unrow(row(g) @ W),
        corrected=linear.linear_dx,
        forward=linear.linear,
        sample=_layer,
        source="document",
    ),
    Formula(
        id="linear.linear.dW.kronecker",
        specimen="linear",
        quantity="dW",
        place="Linear modules, FC, parameter-pass, first equality",
        latex=r"\frac{\partial{L}}{\partial{W}}=\frac{\partial{L}}{\partial{\vec{y}}}(I\otimes\vec{x})",
        printed=lambda g, y, x, W, b: (row(g) @ np.kron(np.eye(len(g)), col(x))).T,
        corrected=linear.linear_dW,
        corrected_latex=(
            r"vec(\frac{\partial{L}}{\partial{W}})^T=\frac{\partial{L}}{\partial{\vec{y}}}(I\otimes\vec{x}^T)"
        ),
        forward=linear.linear,
        readings={
            "x stands for its transpose": lambda g, y, x, W, b: (row(g) @ np.kron(np.eye(len(g)), col(x).T)).T,
            "the product lists the elements of W": lambda g, y, x, W, b: unrow(
                row(g) @ np.kron(np.eye(len(g)), col(x))
            ).reshape(W.shape),
            "x stands for its transpose, and the product lists the columns of W": lambda g, y, x, W, b: unrow(
                row(g) @ np.kron(np.eye(len(g)), col(x).T)
            ).reshape(W.shape, order="F"),
        },
        mended=lambda g, y, x, W, b: unrow(row(g) @ np.kron(np.eye(len(g)), col(x).T)).reshape(W.shape),
        sample=_layer,
        source="document",
        note=(
            "Two repairs: I ⊗ x has in·out rows, so the row ∂L/∂y cannot multiply it; and with xᵀ the product is a row "
            "of in·out numbers, not the matrix ∂L/∂W but its elements, row by row of W, which are the columns of the "
            "printed layout."
        ),
    ),
    Formula(
        id="linear.linear.dW.product",
        specimen="linear",
        quantity="dW",
        place="Linear modules, FC, parameter-pass, second equality",
        latex=r"\frac{\partial{L}}{\partial{W}}=\vec{x}\frac{\partial{L}}{\partial{\vec{y}}}",
        printed=lambda g, y, x, W, b: (col(x) @ row(g)).T,
        corrected=linear.linear_dW,
        forward=linear.linear,
        sample=_layer,
        source="document",
        note="The final transpose is the declared layout: numerator layout makes ∂L/∂W an (in, out) matrix.",
    ),
    Formula(
        id="linear.linear.db",
        specimen="linear",
        quantity="db",
        place="Linear modules, FC, parameter-pass",
        latex=r"\frac{\partial{L}}{\partial{\vec{b}}}=\frac{\partial{L}}{\partial{\vec{y}}}",
        printed=lambda g, y, x, W, b: unrow(row(g)),
        corrected=linear.linear_db,
        forward=linear.linear,
        sample=_layer,
        source="document",
    ),
)
