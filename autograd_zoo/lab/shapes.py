"""Gradients of a wrong shape: what they would be, were an axis summed, kept, or exchanged."""

from __future__ import annotations

from itertools import combinations

import numpy as np

from ..engine.tensor import Array
from .trials import Trial

CLOSE = 1e-6


def misshapen(trial: Trial, rows: Array) -> tuple[str, str]:
    """The kind and the sentence for gradients of another shape than the input's."""
    truth, got, wanted = trial.truth, rows.shape[1:], trial.x.shape
    head = f"The gradient has the shape {got}, and must have that of {trial.by}, {wanted}"
    if _too_many(rows, truth):
        return (
            "batch sum",
            f"{head}. Summed over its further axes it would be right: a sum over what uses it is missing.",
        )
    for how, reduce in (("summed", np.sum), ("averaged", np.mean)):
        if trial.by == trial.specimen.inputs[0] and _too_few(rows, truth, reduce, trial.batch + 1):
            return "batch sum", f"{head}. It is {how} over samples that have each a gradient of their own."
    if sorted(got) == sorted(wanted) and got != wanted and _exchanged(rows, truth):
        return "transposed", f"{head}. The gradient is transposed."
    return "shape", f"{head}."


def _same(a: Array, b: Array) -> bool:
    return a.shape == b.shape and bool((np.abs(a - b) <= CLOSE * np.abs(b).max(initial=0.0)).all())


def _axes(ndim: int) -> list[tuple[int, ...]]:
    return [axes for k in range(1, ndim) for axes in combinations(range(1, ndim), k)]


def _too_many(rows: Array, truth: Array) -> bool:
    """Whether a sum over some axes is right; axes of length 1 are no sum."""
    return any(
        rows.size > truth.size and _same(np.sum(rows, axis=axes).reshape(truth.shape), truth)
        for axes in _axes(rows.ndim)
        if np.prod([rows.shape[a] for a in axes]) * truth.size == rows.size
    )


def _too_few(rows: Array, truth: Array, reduce: object, batch: int) -> bool:
    """Whether it is the sum, or the mean, over some axes, that of the samples among them, but not over all."""
    return any(
        rows.size < truth.size and _same(rows.reshape(less.shape), less)
        for axes in _axes(truth.ndim)
        if batch in axes and len(axes) < truth.ndim - 1
        if (less := reduce(truth, axis=axes)).size == rows.size  # type: ignore[operator]
    )


def _exchanged(rows: Array, truth: Array) -> bool:
    return any(_same(np.swapaxes(rows, a, b), truth) for a, b in combinations(range(1, rows.ndim), 2))
