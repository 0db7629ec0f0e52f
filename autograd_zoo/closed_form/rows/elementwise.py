"""Rows of the element-wise family: Add and Multiply."""

from autograd_zoo.closed_form import elementwise
from autograd_zoo.closed_form.formula import Formula
from autograd_zoo.closed_form.notation import col, hadamard, row, uncol, unrow
from autograd_zoo.closed_form.rows.assumptions import ORIENTATION
from autograd_zoo.closed_form.rows.samples import vectors

FORMULAS: tuple[Formula, ...] = (
    Formula(
        id="elementwise.add.y",
        specimen="add",
        quantity="y",
        place="Parameter-free modules, table row Add, forward-pass",
        latex=r"\vec{y} = \vec{a} \oplus \vec{b}",
        printed=lambda a, b: uncol(col(a) + col(b)),
        corrected=elementwise.add,
        sample=vectors(2),
        source="document",
        note="⊕ is not explained; the row's heading, element-wise Add, leaves only one meaning.",
    ),
    Formula(
        id="elementwise.add.da",
        specimen="add",
        quantity="da",
        place="Parameter-free modules, table row Add, backward-pass",
        latex=r"\frac{\partial{L}}{\partial{\vec{a}}} = \frac{\partial{L}}{\partial\vec{y}}",
        printed=lambda g, y, a, b: unrow(row(g)),
        corrected=elementwise.add_da,
        forward=elementwise.add,
        sample=vectors(2),
        source="document",
    ),
    Formula(
        id="elementwise.add.db",
        specimen="add",
        quantity="db",
        place="Not printed; beside table row Add, backward-pass",
        latex=r"\frac{\partial{L}}{\partial{\vec{b}}} = \frac{\partial{L}}{\partial\vec{y}}",
        printed=lambda g, y, a, b: unrow(row(g)),
        corrected=elementwise.add_db,
        forward=elementwise.add,
        sample=vectors(2),
        source="ours",
    ),
    Formula(
        id="elementwise.multiply.y",
        specimen="multiply",
        quantity="y",
        place="Parameter-free modules, table row Multiply, forward-pass",
        latex=r"\vec{y}=\vec{a}\odot\vec{b}",
        printed=lambda a, b: uncol(hadamard(col(a), col(b))),
        corrected=elementwise.multiply,
        sample=vectors(2),
        source="document",
    ),
    Formula(
        id="elementwise.multiply.da",
        specimen="multiply",
        quantity="da",
        place="Parameter-free modules, table row Multiply, backward-pass",
        latex=r"\frac{\partial{L}}{\partial{\vec{a}}}=\frac{\partial{L}}{\partial{\vec{y}}}\odot\vec{b}",
        printed=lambda g, y, a, b: unrow(hadamard(row(g), col(b))),
        corrected=elementwise.multiply_da,
        corrected_latex=r"\frac{\partial{L}}{\partial{\vec{a}}}=\frac{\partial{L}}{\partial{\vec{y}}}\odot\vec{b}^T",
        forward=elementwise.multiply,
        readings={ORIENTATION: lambda g, y, a, b: unrow(hadamard(row(g), col(b).T))},
        sample=vectors(2),
        source="document",
        note="A row ⊙ a column is not defined. Switch and Drop-out, the same product, print the transpose.",
    ),
    Formula(
        id="elementwise.multiply.db",
        specimen="multiply",
        quantity="db",
        place="Not printed; beside table row Multiply, backward-pass",
        latex=r"\frac{\partial{L}}{\partial{\vec{b}}}=\frac{\partial{L}}{\partial{\vec{y}}}\odot\vec{a}^T",
        printed=lambda g, y, a, b: unrow(hadamard(row(g), col(a).T)),
        corrected=elementwise.multiply_db,
        forward=elementwise.multiply,
        sample=vectors(2),
        source="ours",
    ),
)
