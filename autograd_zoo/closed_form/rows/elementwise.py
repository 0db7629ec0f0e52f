"""Rows of the element-wise family: Add and Multiply."""

import numpy as np

from ..formula import Formula
from ..notation import col, hadamard, row, uncol, unrow
from .build import TABLE_ROW, rows
from .samples import vectors

_add = rows("elementwise.add", f"{TABLE_ROW} Add", vectors(2))
_multiply = rows("elementwise.multiply", f"{TABLE_ROW} Multiply", vectors(2))

FORMULAS: tuple[Formula, ...] = (
    _add.y(
        r"\vec{y} = \vec{a} \oplus \vec{b}",
        lambda a, b: uncol(col(a) + col(b)),
        note="⊕ is not explained; the row's heading, element-wise Add, leaves only one meaning.",
    ),
    _add.da(r"∂L/∂{\vec{a}} = \frac{\partial{L}}{\partial\vec{y}}", lambda g, y, a, b: unrow(row(g))),
    _add.db(
        r"∂L/∂{\vec{b}} = \frac{\partial{L}}{\partial\vec{y}}",
        lambda g, y, a, b: unrow(row(g)),
        place="Not printed; beside table row Add, backward-pass",
    ),
    _multiply.y(r"\vec{y}=\vec{a}\odot\vec{b}", lambda a, b: uncol(hadamard(col(a), col(b)))),
    _multiply.da(
        r"∂L/∂{\vec{a}}=∂L/∂{\vec{y}}\odot\vec{b}",
        lambda g, y, a, b: unrow(hadamard(row(g), col(b))),
        corrected_latex=r"∂L/∂{\vec{a}}=∂L/∂{\vec{y}}\odot\vec{b}^T",
        readings={"O": lambda g, y, a, b: unrow(np.ravel(g) * np.ravel(b)[None])},
        mended=lambda g, y, a, b: unrow(hadamard(row(g), col(b).T)),
        note="A row ⊙ a column is not defined. Switch and Drop-out, the same product, print the transpose.",
    ),
    _multiply.db(
        r"∂L/∂{\vec{b}}=∂L/∂{\vec{y}}\odot\vec{a}^T",
        lambda g, y, a, b: unrow(hadamard(row(g), col(a).T)),
        place="Not printed; beside table row Multiply, backward-pass",
    ),
)
