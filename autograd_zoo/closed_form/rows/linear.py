"""Rows of the linear family: the fully connected layer.

∂L/∂W is printed in numerator layout, (in, out): a transcription ends with a transpose back to W's own (out, in).
"""

import numpy as np

from ..formula import Formula
from ..notation import Array, col, row, uncol, unrow
from .build import rows
from .samples import away_from_zero, size


def _layer(rng: np.random.Generator) -> tuple[Array, ...]:
    """x, W and b with more outputs than inputs or fewer, never as many: a lost transpose then does not fit."""
    m = size(rng)
    n = m + int(rng.choice([-1, 1]))
    return away_from_zero(rng, m), away_from_zero(rng, n, m), away_from_zero(rng, n)


def _square(rng: np.random.Generator) -> tuple[Array, ...]:
    n = size(rng)
    return away_from_zero(rng, n), away_from_zero(rng, n, n), away_from_zero(rng, n)


_linear = rows("linear", "linear", "Linear modules, FC", _layer, spread=({"sample": _square},))

FORMULAS: tuple[Formula, ...] = (
    _linear.y(r"\vec{y}=W\vec{x}+\vec{b}", lambda x, W, b: uncol(W @ col(x) + col(b))),
    _linear.dx(r"∂L/∂{\vec{x}}=∂L/∂{\vec{y}}W", lambda g, y, x, W, b: unrow(row(g) @ W)),
    _linear["dW.kronecker"](
        r"∂L/∂{W}=∂L/∂{\vec{y}}(I\otimes\vec{x})",
        lambda g, y, x, W, b: (row(g) @ np.kron(np.eye(len(g)), col(x))).T,
        at="parameter-pass, first equality",
        corrected_latex=r"vec(∂L/∂{W})^T=∂L/∂{\vec{y}}(I\otimes\vec{x}^T)",
        repairs={
            "x → xᵀ": lambda g, y, x, W, b: (row(g) @ np.kron(np.eye(len(g)), col(x).T)).T,
            "∂L/∂W → vec(∂L/∂W)ᵀ": lambda g, y, x, W, b: unrow(row(g) @ np.kron(np.eye(len(g)), col(x))).reshape(
                W.shape
            ),
            "x → xᵀ; ∂L/∂W → vec(∂L/∂W)ᵀ, row by row of the layout": lambda g, y, x, W, b: unrow(
                row(g) @ np.kron(np.eye(len(g)), col(x).T)
            ).reshape(W.shape, order="F"),
            "x → xᵀ; ∂L/∂W → vec(∂L/∂W)ᵀ": lambda g, y, x, W, b: unrow(
                row(g) @ np.kron(np.eye(len(g)), col(x).T)
            ).reshape(W.shape),
        },
        note=(
            "Two repairs: I ⊗ x has in·out rows, so the row ∂L/∂y cannot multiply it; and with xᵀ the product is a row "
            "of in·out numbers, not the matrix ∂L/∂W but its elements, row by row of W, which are the columns of the "
            "printed layout."
        ),
    ),
    _linear["dW.product"](
        r"∂L/∂{W}=\vec{x}∂L/∂{\vec{y}}",
        lambda g, y, x, W, b: (col(x) @ row(g)).T,
        at="parameter-pass, second equality",
        note="The final transpose is the declared layout: numerator layout makes ∂L/∂W an (in, out) matrix.",
    ),
    _linear.db(r"∂L/∂{\vec{b}}=∂L/∂{\vec{y}}", lambda g, y, x, W, b: unrow(row(g)), at="parameter-pass"),
)
