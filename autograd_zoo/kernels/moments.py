"""What normalizations that are recorded operation by operation take their statistics by, in blocks in the cache.

The statistics of float32 are in float64. None stands for what is laid out otherwise, or has not the room.
"""

from __future__ import annotations

import math
from collections.abc import Callable

import numpy as np

from ..closed_form.moments import Axes
from ..closed_form.notation import Array, Maybe
from . import twins
from .memory import empty, scratch
from .statistics import SHORT as SHORT
from .statistics import blocks, dots, sums

ROOM = 1e-30, 1e30  # means of squares that float32 has computed without over- and underflow


def laid(x: Array, axes: Axes) -> Maybe:
    """A view (A, B, 1, P) of floats x, many and in one piece, whose means over `axes` are those over A and P."""
    if not isinstance(x, np.ndarray) or x.dtype.char not in "fd" or x.size < twins.FEW or not x.flags.c_contiguous:
        return None
    n, axes = x.ndim, tuple(sorted(axis % x.ndim for axis in axes))
    if axes == tuple(range(n - len(axes), n)):
        return x.reshape(1, -1, 1, math.prod(x.shape[n - len(axes) :]))
    others = [axis for axis in range(n) if axis not in axes]
    if len(others) != 1:
        return None
    return x.reshape(math.prod(x.shape[: others[0]]), x.shape[others[0]], 1, -1)


def pooled(v: Array, count: int) -> Array:
    """The mean over all but b of what are sums of runs, in float64: (1, B, 1)."""
    return v.sum((0, 2), dtype=np.float64, keepdims=True) / count


def means(x: Array, axes: Axes, mean: Callable[[Array, int], Array]) -> Maybe:
    """What `mean` finds over `axes`, in float64, given runs of x and how many numbers each of its results is of."""
    runs = laid(x, axes)
    if runs is None:
        return None
    count, found = x.size // runs.shape[1], np.empty((1, runs.shape[1], 1))

    def step(block: slice) -> None:
        found[:, block] = mean(runs[:, block], count)

    blocks(step, runs)
    return found.reshape(reduced(x, axes))


def level(x: Array, axes: Axes) -> Maybe:
    """The mean over `axes`, in float64: a float32 near it, and the mean of what x is more than that."""

    def mean(some: Array, count: int) -> Array:
        near, first = pooled(sums(some), count).astype(x.dtype), some[:1, :, :1, 0]
        near = np.where(np.abs(first - near) < 1e-3 * np.abs(near), first, near)  # equal elements are their mean
        rest = np.subtract(some, near[..., None], out=scratch("deviation", some.shape, x.dtype))
        return near + pooled(sums(rest), count)

    found = means(x, axes, mean)
    return found if found is not None and np.isfinite(found).all() else None


def mean_square(x: Array, axes: Axes) -> Maybe:
    """The mean of x² over `axes`, in float64."""
    found = means(x, axes, lambda some, count: pooled(dots(some, some), count))
    return found if found is not None and ROOM[0] < found.min() and found.max() < ROOM[1] else None


def deviation(x: Array, mu: Array) -> Maybe:
    """x − μ in float32: what that has not of a μ in float64 is subtracted afterwards."""
    runs = stretched(x, mu)
    if runs is None:
        return None
    y = empty(x.shape, x.dtype)
    found, mean = y.reshape(runs.shape), mu.reshape(1, -1, 1, 1)
    near = mean.astype(x.dtype)
    rest = (mean - near).astype(x.dtype)

    def step(block: slice) -> None:
        np.subtract(runs[:, block], near[:, block], out=found[:, block])
        np.subtract(found[:, block], rest[:, block], out=found[:, block])

    blocks(step, runs)
    return y


def total(g: Array, like: Array, shortest: int = 1) -> Maybe:
    """Σ g over the elements that have one number of `like` in common, in its dtype; None if their runs are shorter."""
    runs = stretched(g, like)
    if runs is None or runs.shape[3] < shortest:
        return None
    found = np.empty((1, runs.shape[1], 1))

    def step(block: slice) -> None:
        found[:, block] = pooled(sums(runs[:, block]), 1)

    blocks(step, runs)
    return found.reshape(like.shape).astype(like.dtype)


def dotted(g: Array, x: Array, like: Array) -> Maybe:
    """Σ g x over the elements that have one number of `like` in common, in its dtype; None also if it is not finite."""
    runs, others = stretched(g, like), stretched(x, like)
    if runs is None or others is None or runs.shape != others.shape or runs.shape[3] < SHORT or g.dtype != x.dtype:
        return None
    found = np.empty((1, runs.shape[1], 1))

    def step(block: slice) -> None:
        found[:, block] = pooled(dots(runs[:, block], others[:, block]), 1)

    blocks(step, runs)
    return found.reshape(like.shape).astype(like.dtype) if np.isfinite(found).all() else None


def add_multiple(total: Array, x: Array, factor: Array) -> bool:
    """Add x times a factor, which is stretched over it, to `total`, in place; whether they are laid out for that."""
    runs, sums = stretched(x, factor), stretched(total, factor)
    if runs is None or sums is None or runs.shape != sums.shape or not x.dtype == total.dtype == factor.dtype:
        return False
    factors = factor.reshape(1, -1, 1, 1)

    def step(block: slice) -> None:
        more = np.multiply(runs[:, block], factors[:, block], out=scratch("more", runs[:, block].shape, x.dtype))
        np.add(sums[:, block], more, out=sums[:, block])

    blocks(step, runs)
    return True


def stretched(x: Array, like: Array) -> Maybe:
    """`laid` over the axes that `like`, broadcast against x, has not."""
    if not isinstance(x, np.ndarray) or not isinstance(like, np.ndarray) or not 0 < like.ndim <= x.ndim:
        return None
    shape = (1,) * (x.ndim - like.ndim) + like.shape
    axes = tuple(axis for axis, n in enumerate(shape) if n == 1)
    return laid(x, axes) if shape == reduced(x, axes) else None


def reduced(x: Array, axes: Axes) -> tuple[int, ...]:
    """The shape of x with length 1 along `axes`."""
    axes = tuple(axis % x.ndim for axis in axes)
    return tuple(1 if axis in axes else n for axis, n in enumerate(x.shape))
