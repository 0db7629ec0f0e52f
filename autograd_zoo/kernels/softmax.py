"""Softmax and its logarithm, whole rows at a time in blocks that stay in a core's cache.

A row is shifted by its maximum only where the exponential of some number in the block could be too large or too small.
"""

from __future__ import annotations

import math
from collections.abc import Callable

import numpy as np

from ..closed_form import activation as cf
from ..closed_form import special
from ..closed_form.notation import Array
from . import twins
from .memory import empty, finished, scratch
from .pointwise import BLOCK
from .statistics import finite
from .threads import halves
from .twins import twin_of

TAME = 60.0  # exp(±60) and sums of them are far from the limits of float32


def along(axis: int, step: Callable[..., None], *arrays: Array, looked: bool = False) -> Array:
    """An array like the first one that `step(*parts, out)` fills, part after part: whole rows along their axis 1.

    It is `looked` at while it is in the cache, as in `pointwise`.
    """
    shape, dtype = np.shape(arrays[0]), arrays[0].dtype
    y = empty(shape, dtype)
    if not y.size:
        return y
    k = axis % max(len(shape), 1)
    before, length, after = math.prod(shape[:k]), math.prod(shape[k : k + 1]), math.prod(shape[k + 1 :])
    planes = [np.reshape(a, (before, length, after) if after > 1 else (before, length)) for a in (*arrays, y)]
    columns = before == 1 and after > 1  # these are then what can be split
    few = max(1, BLOCK // max(1, length if columns else length * after))

    def part(start: int, stop: int) -> bool:
        good = looked
        for i in range(start, stop, few):
            some = slice(i, min(i + few, stop))
            parts = [a[:, :, some] if columns else a[some] for a in planes]
            step(*parts)
            good = good and finite(parts[-1])
        return good

    finished(y, halves(part, after if columns else before, y.size))
    return y


def total(a: Array) -> Array:
    """The sums along axis 1, which stays. (A product with ones is three times as quick as a sum along rows.)"""
    if a.ndim == 2:
        return np.vecdot(a, np.ones(a.shape[1], a.dtype))[:, None]
    return np.add.reduce(a, axis=1, keepdims=True)


def shifted(x: Array, out: Array) -> None:
    """x less the largest number of each row, if that is finite"""
    np.subtract(x, special.peak(x, 1), out=out)


@twin_of(cf.softmax)
def softmax(x: Array, *, axis: int = -1) -> Array:
    """yᵢ = exp(xᵢ)/Σₖ exp(xₖ) along `axis`"""

    def step(x: Array, y: Array) -> None:
        if -TAME < np.min(x) and np.max(x) < TAME:  # never of a nan
            np.exp(x, out=y)
        else:
            shifted(x, y)
            np.exp(y, out=y)
        np.multiply(y, 1 / total(y), out=y)

    return along(axis, step, x)


@twin_of(cf.softmax_dx, nan=True)
def softmax_dx(g: Array, y: Array, x: Array, *, axis: int = -1) -> Array:
    """∂L/∂x = y ⊙ (∂L/∂y − Σ sᵢ), where sᵢ = ∂L/∂yᵢ yᵢ"""

    def step(g: Array, y: Array, dx: Array) -> None:
        if g.ndim == 2:
            np.subtract(g, np.vecdot(g, y)[:, None], out=dx)
        else:
            np.multiply(g, y, out=dx)
            np.subtract(g, total(dx), out=dx)
        np.multiply(dx, y, out=dx)

    return along(axis, step, g, y, looked=True)


def logsumexp(x: Array, axis: special.Axis = None, keepdims: bool = False) -> Array:
    """log Σ exp(x) over `axis`, the twin of that in `closed_form.special`: in blocks along the last axis."""
    last = isinstance(axis, int) and isinstance(x, np.ndarray) and x.ndim > 0 and axis % x.ndim == x.ndim - 1
    if not last or x.size < twins.FEW or x.dtype.char not in "fd":
        return special.logsumexp(x, axis, keepdims)
    rows = np.reshape(x, (-1, x.shape[-1]))
    y = np.empty((len(rows), 1), x.dtype)
    few = max(1, BLOCK // x.shape[-1])

    def part(start: int, stop: int) -> None:
        for i in range(start, stop, few):
            some = slice(i, min(i + few, stop))
            m = special.peak(rows[some], 1)
            e = np.subtract(rows[some], m, out=scratch("exponentials", rows[some].shape, x.dtype))
            np.exp(e, out=e)
            np.add(np.log(total(e)), m, out=y[some])

    halves(part, len(rows), x.size)
    return np.reshape(y, (*x.shape[:-1], 1) if keepdims else x.shape[:-1])


@twin_of(cf.log_softmax)
def log_softmax(x: Array, *, axis: int = -1) -> Array:
    """yᵢ = xᵢ − log Σₖ exp(xₖ) along `axis`"""

    def step(x: Array, y: Array) -> None:
        shifted(x, y)
        e = np.exp(y, out=scratch("exponentials", y.shape, y.dtype))
        np.subtract(y, np.log(total(e)), out=y)

    return along(axis, step, x)


@twin_of(cf.log_softmax_dx, nan=True)
def log_softmax_dx(g: Array, y: Array, x: Array, *, axis: int = -1) -> Array:
    """∂L/∂xᵢ = ∂L/∂yᵢ − exp(yᵢ) Σₖ ∂L/∂yₖ"""

    def step(g: Array, y: Array, dx: Array) -> None:
        np.exp(y, out=dx)
        np.multiply(dx, total(g), out=dx)
        np.subtract(g, dx, out=dx)

    return along(axis, step, g, y, looked=True)
