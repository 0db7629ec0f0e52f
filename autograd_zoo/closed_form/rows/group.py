"""Rows of the group family: Sum, Max and Switch."""

import numpy as np

from ..formula import Formula
from ..notation import Array, col, hadamard, row, uncol, unrow
from .build import TABLE_ROW, rows
from .samples import Sample, vectors


def _tied(k: int) -> Sample:
    """A sampler of vectors whose maximum occurs k times."""

    def sample(rng: np.random.Generator) -> tuple[Array, ...]:
        x = rng.uniform(-2.0, 1.0, n := k + int(rng.integers(4)))
        return (np.where(rng.permutation(n) < k, 1.5, x),)

    return sample


def _max_dx(g: Array, y: Array, x: Array) -> Array:
    return np.array([g if x_i == y else 0.0 for x_i in x])


def _max_dx_shared(g: Array, y: Array, x: Array) -> Array:
    k = sum(x_i == y for x_i in x)
    return np.array([1 / k * g if x_i == y else 0.0 for x_i in x])


_DX = r"∂L/∂{x_i}=\begin{cases}∂L/∂{y}&\;\;\text{if }i\text{ was maximal}\\0&\;\;\text{if otherwise}\end{cases}"
_DX_SHARED = (
    r"∂L/∂{x_i}=\begin{cases}\frac{1}{k}∂L/∂{y}&\;\;\text{if }i"
    r"\text{ was one of }k\text{ maximal}\\0&\;\;\text{if otherwise}\end{cases}"
)
_sum = rows("group.sum", f"{TABLE_ROW} Sum", vectors(1))
_TIES = tuple({"sample": _tied(k), "smooth": False} for k in (2, 3))
_max = rows("group.max", f"{TABLE_ROW} Max", _tied(1), spread=_TIES)
_switch = rows("group.switch", f"{TABLE_ROW} Switch", vectors(2))

FORMULAS: tuple[Formula, ...] = (
    _sum.y(r"y=\sum x_i", lambda x: sum(x_i for x_i in x)),
    _sum.dx(r"∂L/∂{\vec{x}}=∂L/∂{y}\vec{1}^T", lambda g, y, x: unrow(g * col(np.ones(len(x))).T)),
    _max.y(r"y=max\{x_i\}", lambda x: max(x_i for x_i in x)),
    _max.dx(
        _DX,
        _max_dx,
        corrected_latex=_DX_SHARED,
        mended=_max_dx_shared,
        note="For a unique maximum. A tie has an entry of its own.",
    ),
    _max["dx.ties"](
        _DX,
        _max_dx,
        corrected_latex=_DX_SHARED,
        readings={"f": lambda g, y, x: np.eye(len(x))[np.argmax(x)] * g},
        repairs={"∂L/∂y → ∂L/∂y / k": _max_dx_shared},
        sample=_tied(2),
        spread=({"sample": _tied(3)}, {"sample": _tied(4)}),
        smooth=False,
        note=(
            "On a tie of k the formula gives ∂L/∂y k times, which no subgradient does. Compared with the mean of the k "
            "subgradients of one winner each, as tapes share it; differences are no evidence at a kink."
        ),
    ),
    _switch.y(r"\vec{y}=\vec{s}\odot\vec{x}", lambda x, s: uncol(hadamard(col(s), col(x)))),
    _switch.dx(r"∂L/∂{\vec{x}}=∂L/∂{\vec{y}}\odot\vec{s}^T", lambda g, y, x, s: unrow(hadamard(row(g), col(s).T))),
    _switch.ds(
        r"∂L/∂{\vec{s}}=∂L/∂{\vec{y}}\odot\vec{x}^T",
        lambda g, y, x, s: unrow(hadamard(row(g), col(x).T)),
        place="Not printed; beside table row Switch, backward-pass",
    ),
)
