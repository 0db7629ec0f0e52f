"""Transcriptions of recurrent formulas: a formula is written for one time step, and judged at all of them.

A formula is a function of a `Step`, which has true values for everything on its right-hand side: columns for vectors,
rows for their gradients, `h1` for h_{t+1}. So each formula is judged by itself, and no error travels through time.
Many formulas take the meaning of diag(·) as an argument, since it is what their readings differ in.
"""

import re
from collections.abc import Callable, Mapping
from functools import partial
from types import SimpleNamespace
from typing import Any, TypeAlias

import numpy as np

from ..notation import Array, col, diag, keep_diagonal, row, unrow
from .assumptions import DIAGONAL, SUMMED
from .samples import size

Step: TypeAlias = SimpleNamespace
Steps: TypeAlias = Callable[..., list[Step]]
"""The steps t = 0..T−1 of a recorded pass, from the arguments of a transcription."""
Diag: TypeAlias = Callable[[Array], Array]
Transcription: TypeAlias = Callable[..., Array]

ONE_STEP = f"{DIAGONAL}, and t is one step, the last one"
EVERY_STEP = f"{DIAGONAL}, and {SUMMED}: t"


def sequence(states: int, gates: int, biases: int = 0) -> Callable[[np.random.Generator], tuple[Array, ...]]:
    """A sampler of x (T, D), of initial states (H,), of W (H, H) and U (H, D) for each gate, and of biases (H,).

    There are at least three steps, so that some have steps before and after them, and D is not H.
    """

    def sample(rng: np.random.Generator) -> tuple[Array, ...]:
        T, H = int(rng.integers(3, 5)), size(rng)
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


def each_with_diag(
    of: Steps, formula: Callable[..., Array], last: Callable[[Step], Array] | None = None
) -> dict[str, Any]:
    """`printed` and `readings` of a gradient at every step, whose formula takes diag."""
    printed, reading = (each(of, partial(formula, diag=meaning), last=last) for meaning in (diag, keep_diagonal))
    return {"printed": printed, "readings": {DIAGONAL: reading}}


def one_step_with_diag(of: Steps, formula: Callable[..., Array]) -> dict[str, Any]:
    """`printed` and `readings` of a parameter's gradient that is printed for one step, and takes diag."""
    kept = partial(formula, diag=keep_diagonal)
    return {
        "printed": total(of, partial(formula, diag=diag), since=-1),
        "readings": {ONE_STEP: total(of, kept, since=-1), EVERY_STEP: total(of, kept)},
    }


def pointwise(latex: str) -> str:
    r"""A formula with the diagonals that are meant: diag of 1 − v ⊙ v and of v ⊙ (1 − v), which are vectors.

    >>> print(pointwise(r"diag(I-\vec{c}_t\vec{c}_t^T)W_c+diag(\vec{z}_t(\vec{1}-\vec{z}_t)^T)W_z"))
    diag(\vec{1}-\vec{c}_t\odot\vec{c}_t)W_c+diag(\vec{z}_t\odot(\vec{1}-\vec{z}_t))W_z
    """
    latex = re.sub(r"I-(\\vec\{\w\}_\w)\1\^T", r"\\vec{1}-\1\\odot\1", latex)
    return re.sub(r"(\\vec\{\w\}_\w)\(\\vec\{1\}-\1\)\^T", r"\1\\odot(\\vec{1}-\1)", latex)
