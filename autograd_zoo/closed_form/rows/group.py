"""Rows of the group family: Sum, Max and Switch."""

import numpy as np

from autograd_zoo.closed_form import group
from autograd_zoo.closed_form.formula import Formula
from autograd_zoo.closed_form.notation import Array, col, hadamard, row, uncol, unrow
from autograd_zoo.closed_form.rows.samples import size, vectors


def _two_maxima(rng: np.random.Generator) -> tuple[Array, ...]:
    """Draw a vector whose maximum occurs twice: the one place where readings of the Max row differ."""
    n = size(rng)
    x = rng.uniform(-2.0, 1.0, n)
    return (np.where(rng.permutation(n) < 2, 1.5, x),)


FORMULAS: tuple[Formula, ...] = (
    Formula(
        id="group.sum.y",
        specimen="sum",
        quantity="y",
        place="Parameter-free modules, table row Sum, forward-pass",
        latex=r"y=\sum x_i",
        printed=lambda x: sum(x_i for x_i in x),
        corrected=group.sum,
        sample=vectors(1),
        source="document",
    ),
    Formula(
        id="group.sum.dx",
        specimen="sum",
        quantity="dx",
        place="Parameter-free modules, table row Sum, backward-pass",
        latex=r"\frac{\partial{L}}{\partial{\vec{x}}}=\frac{\partial{L}}{\partial{y}}\vec{1}^T",
        printed=lambda g, y, x: unrow(g * col(np.ones(len(x))).T),
        corrected=group.sum_dx,
        forward=group.sum,
        sample=vectors(1),
        source="document",
    ),
    Formula(
        id="group.max.y",
        specimen="max",
        quantity="y",
        place="Parameter-free modules, table row Max, forward-pass",
        latex=r"y=max\{x_i\}",
        printed=lambda x: max(x_i for x_i in x),
        corrected=group.max,
        sample=_two_maxima,
        source="document",
    ),
    Formula(
        id="group.max.dx",
        specimen="max",
        quantity="dx",
        place="Parameter-free modules, table row Max, backward-pass",
        latex=(
            r"\frac{\partial{L}}{\partial{x_i}}=\begin{cases}\frac{\partial{L}}{\partial{y}}&\;\;\text{if }i"
            r"\text{ was maximal}\\0&\;\;\text{if otherwise}\end{cases}"
        ),
        printed=lambda g, y, x: np.array([g if x_i == y else 0.0 for x_i in x]),
        corrected=group.max_dx,
        corrected_latex=(
            r"\frac{\partial{L}}{\partial{x_i}}=\begin{cases}\frac{1}{k}\frac{\partial{L}}{\partial{y}}&\;\;\text{if }i"
            r"\text{ was one of }k\text{ maximal}\\0&\;\;\text{if otherwise}\end{cases}"
        ),
        forward=group.max,
        readings={
            "only the first of several elements was maximal": lambda g, y, x: np.eye(len(x))[np.argmax(x)] * g,
            "one element alone was maximal; a tie is the mean of the ways to break it": lambda g, y, x: np.mean(
                [np.eye(len(x))[i] * g for i in np.flatnonzero(x == y)], axis=0
            ),
        },
        sample=_two_maxima,
        source="document",
        note=(
            "Exact for a unique maximum. On a tie of k it gives ∂L/∂y k times, which no subgradient does. The first "
            "alone would give a subgradient too; tape and differences share."
        ),
    ),
    Formula(
        id="group.switch.y",
        specimen="switch",
        quantity="y",
        place="Parameter-free modules, table row Switch, forward-pass",
        latex=r"\vec{y}=\vec{s}\odot\vec{x}",
        printed=lambda x, s: uncol(hadamard(col(s), col(x))),
        corrected=group.switch,
        sample=vectors(2),
        source="document",
    ),
    Formula(
        id="group.switch.dx",
        specimen="switch",
        quantity="dx",
        place="Parameter-free modules, table row Switch, backward-pass",
        latex=r"\frac{\partial{L}}{\partial{\vec{x}}}=\frac{\partial{L}}{\partial{\vec{y}}}\odot\vec{s}^T",
        printed=lambda g, y, x, s: unrow(hadamard(row(g), col(s).T)),
        corrected=group.switch_dx,
        forward=group.switch,
        sample=vectors(2),
        source="document",
    ),
    Formula(
        id="group.switch.ds",
        specimen="switch",
        quantity="ds",
        place="Not printed; beside table row Switch, backward-pass",
        latex=r"\frac{\partial{L}}{\partial{\vec{s}}}=\frac{\partial{L}}{\partial{\vec{y}}}\odot\vec{x}^T",
        printed=lambda g, y, x, s: unrow(hadamard(row(g), col(x).T)),
        corrected=group.switch_ds,
        forward=group.switch,
        sample=vectors(2),
        source="ours",
    ),
)
