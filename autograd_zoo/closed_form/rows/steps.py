"""Transcriptions of recurrent formulas: a formula is written for one time step, and judged at all of them.

A formula is a function of a `Step`, which has true values for everything on its right-hand side: columns for vectors,
rows for their gradients, `h1` for h_{t+1}. So each formula is judged by itself, and no error travels through time.
Many formulas take the letters of a reading.
"""

import re
from collections.abc import Callable, Mapping
from types import SimpleNamespace
from typing import Any, TypeAlias

import numpy as np

from ..notation import Array, col, diag, hadamard, row, unrow
from .build import DIAG, Transcription, read
from .samples import Sample, size

Step: TypeAlias = SimpleNamespace
Steps: TypeAlias = Callable[..., list[Step]]
"""The steps t = 0..T−1 of a recorded pass, from the arguments of a transcription."""

MENDED = "*"
"""In the place of letters: the formula as corrected."""


def sequence(states: int, gates: int, biases: int = 0, steps: int | None = None) -> Sample:
    """A sampler of x (T, D), of initial states (H,), of W (H, H) and U (H, D) for each gate, and of biases (H,).

    There are three steps or four, unless `steps` says how many, and D is not H.
    """

    def sample(rng: np.random.Generator) -> tuple[Array, ...]:
        T, H = steps or int(rng.integers(3, 5)), size(rng)
        D = H + int(rng.choice([-1, 1, 2]))
        shapes = [(T, D), *[(H,)] * states, *[(H, H), (H, D)] * gates, *[(H,)] * biases]
        return tuple(0.8 * rng.standard_normal(shape) for shape in shapes)

    return sample


def laid_out(columns: Mapping[str, Array], rows: Mapping[str, Array], constants: Mapping[str, Array]) -> list[Step]:
    """Lay arrays of values at t = 0, 1, ... out as steps: "h" becomes h, and h1, the next value.

    There are as many steps as values, or one less than values for states, which alone have a next value at each step.
    """
    laid = [(name, [col(v) for v in values]) for name, values in columns.items()]
    laid += [(name, [row(v) for v in values]) for name, values in rows.items()]
    count = min(len(values) for _, values in laid)
    return [
        Step(
            **constants,
            **{name: values[t] for name, values in laid},
            **{f"{name}1": values[t + 1] for name, values in laid if len(values) > count},
        )
        for t in range(count)
    ]


def each(
    of: Steps,
    formula: Callable[[Step], Array],
    layout: Callable[[Array], Array] = unrow,
    last: Callable[[Step], Array] | None = None,
) -> Transcription:
    """Transcribe a formula for a vector at t = 0..T−1; `last` gives its true value at t = T from the last step."""

    def transcription(*arguments: Array, **params: Any) -> Array:
        steps = of(*arguments, **params)
        values = [formula(step) for step in steps] + ([] if last is None else [last(steps[-1])])
        return np.stack([layout(value) for value in values])

    return transcription


def total(
    of: Steps, formula: Callable[[Step], Array], layout: Callable[[Array], Array] = np.transpose, since: int = 0
) -> Transcription:
    """Transcribe a parameter's gradient: a sum over the steps from `since` on, brought to the parameter's layout."""
    return lambda *arguments, **params: layout(sum(formula(step) for step in of(*arguments, **params)[since:]))


def slope(v: Array, letters: str, tanh: bool = True) -> Array:
    """diag(I − vvᵀ), or of v(1 − v)ᵀ for a sigmoid, by letters; or corrected, with the vectors that are meant."""
    if letters == MENDED:
        return diag(1 - hadamard(v, v) if tanh else hadamard(v, 1 - v))
    return DIAG["D" if "D" in letters else ""](np.eye(len(v)) - v @ v.T if tanh else v @ (1 - v).T)


def each_read(
    of: Steps,
    letters: str,
    formula: Callable[[Step, str], Array],
    *others: str,
    last: Callable[[Step], Array] | None = None,
) -> dict[str, Any]:
    """`printed`, `readings` and `mended` of a gradient at every step, whose formula takes letters."""

    def by(letters: str) -> Transcription:
        return each(of, lambda s: formula(s, letters), last=last)

    return {**read(letters, by, *others), "mended": by(MENDED)}


def summed_read(of: Steps, formula: Callable[[Step, str], Array]) -> dict[str, Any]:
    """The same of a parameter's gradient that is printed for one step, the last one without the letter S."""

    def by(letters: str) -> Transcription:
        return total(of, lambda s: formula(s, letters), since=0 if "S" in letters or letters == MENDED else -1)

    return {**read("DS", by), "mended": by(MENDED)}


def either(a: Array, b: Array, letters: str) -> Array:
    """a ⊙ b: by O whether b lies or stands; corrected, of a row and bᵀ; and else of equal shapes alone."""
    return hadamard(a, b.T if letters == MENDED else np.reshape(b, a.shape) if "O" in letters else b)


def pointwise(latex: str) -> str:
    r"""A formula with the diagonals that are meant: diag of 1 − v ⊙ v and of v ⊙ (1 − v), which are vectors.

    >>> print(pointwise(r"diag(I-\vec{c}_t\vec{c}_t^T)W_c+diag(\vec{z}_t(\vec{1}-\vec{z}_t)^T)W_z"))
    diag(\vec{1}-\vec{c}_t\odot\vec{c}_t)W_c+diag(\vec{z}_t\odot(\vec{1}-\vec{z}_t))W_z
    """
    latex = re.sub(r"I-(\\vec\{\w\}_\w)\1\^T", r"\\vec{1}-\1\\odot\1", latex)
    return re.sub(r"(\\vec\{\w\}_\w)\(\\vec\{1\}-\1\)\^T", r"\1\\odot(\\vec{1}-\1)", latex)
