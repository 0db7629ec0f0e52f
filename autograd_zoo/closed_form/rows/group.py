"""Rows of the group family: Sum, Max and Switch."""

import numpy as np

from ..formula import Formula
from ..notation import Array, col, hadamard, row, uncol, unrow
from .build import rows
from .samples import size, vectors


def _two_maxima(rng: np.random.Generator) -> tuple[Array, ...]:
    """A vector whose maximum occurs twice: the one place where readings of the Max row differ."""
    n = size(rng)
    x = rng.uniform(-2.0, 1.0, n)
    return (np.where(rng.permutation(n) < 2, 1.5, x),)


_TABLE = "Parameter-free modules, table row"
_sum = rows("group", "sum", f"{_TABLE} Sum", vectors(1))
_max = rows("group", "max", f"{_TABLE} Max", _two_maxima)
_switch = rows("group", "switch", f"{_TABLE} Switch", vectors(2))

FORMULAS: tuple[Formula, ...] = (
    _sum("y", r"y=\sum x_i", lambda x: sum(x_i for x_i in x)),
    _sum("dx", r"∂L/∂{\vec{x}}=∂L/∂{y}\vec{1}^T", lambda g, y, x: unrow(g * col(np.ones(len(x))).T)),
    _max("y", r"y=max\{x_i\}", lambda x: max(x_i for x_i in x)),
    _max(
        "dx",
        r"∂L/∂{x_i}=\begin{cases}∂L/∂{y}&\;\;\text{if }i\text{ was maximal}\\0&\;\;\text{if otherwise}\end{cases}",
        lambda g, y, x: np.array([g if x_i == y else 0.0 for x_i in x]),
        corrected_latex=(
            r"∂L/∂{x_i}=\begin{cases}\frac{1}{k}∂L/∂{y}&\;\;\text{if }i"
            r"\text{ was one of }k\text{ maximal}\\0&\;\;\text{if otherwise}\end{cases}"
        ),
        readings={
            "only the first of several elements was maximal": lambda g, y, x: np.eye(len(x))[np.argmax(x)] * g,
            "one element alone was maximal; a tie is the mean of the ways to break it": lambda g, y, x: np.mean(
                [np.eye(len(x))[i] * g for i in np.flatnonzero(x == y)], axis=0
            ),
        },
        note=(
            "Exact for a unique maximum. On a tie of k it gives ∂L/∂y k times, which no subgradient does. The first "
            "alone would give a subgradient too; tape and differences share."
        ),
    ),
    _switch("y", r"\vec{y}=\vec{s}\odot\vec{x}", lambda x, s: uncol(hadamard(col(s), col(x)))),
    _switch("dx", r"∂L/∂{\vec{x}}=∂L/∂{\vec{y}}\odot\vec{s}^T", lambda g, y, x, s: unrow(hadamard(row(g), col(s).T))),
    _switch(
        "ds",
        r"∂L/∂{\vec{s}}=∂L/∂{\vec{y}}\odot\vec{x}^T",
        lambda g, y, x, s: unrow(hadamard(row(g), col(x).T)),
        place="Not printed; beside table row Switch, backward-pass",
    ),
)
