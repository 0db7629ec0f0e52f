"""Rows that read and add at places, for any namespace of the array API standard.

At fixed places both are gathering at indices that are worked out from the shapes, so that nothing is written.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from typing import Any

import numpy as np

from ..primitives.windows import windows as numpy_windows


class Places:
    """Rows that `Rows` inherits."""

    xp: Any
    asarray: Callable[[Any], Any]

    def gathered(self, x: Any, places: Any) -> Any:
        """The elements of x at flat places, in the shape of these."""
        flat = self.xp.take(self.xp.reshape(x, (-1,)), self.index(np.ravel(places)), axis=0)
        return self.xp.reshape(flat, np.shape(places))

    def index(self, places: Any) -> Any:
        """Integers as an index of the namespace."""
        return self.asarray(np.ascontiguousarray(places, np.int64)) if isinstance(places, np.ndarray) else places

    def added(self, g: Any, places: Any, size: int) -> Any:
        """A flat array of `size` zeros, with the elements of g added at flat places: for each what comes to it."""
        xp, table = self.xp, sources(np.ravel(places), size)
        flat = xp.concat([xp.reshape(g, (-1,)), xp.zeros((1,), dtype=g.dtype)])
        return xp.sum(xp.reshape(xp.take(flat, self.index(np.ravel(table)), axis=0), table.shape), axis=1)

    def places(self, index: Any, shape: tuple[int, ...]) -> Any:
        """The flat places that an index reads: NumPy's integers, or computed ones."""
        if any(map(traced, index if isinstance(index, tuple) else (index,))):
            return self.flat_place(index, shape)
        return np.asarray(np.arange(math.prod(shape)).reshape(shape)[index])

    def flat_place(self, index: Any, shape: Sequence[int]) -> Any:
        """The flat places of an index with computed integers: one for each axis, broadcast."""
        parts = index if isinstance(index, tuple) else (index,)
        if len(parts) != len(shape) or any(isinstance(i, (slice, type(None), type(...))) for i in parts):
            parts = whole(parts, shape)
        total: Any = 0
        for k, i in enumerate(parts):
            i = i if traced(i) else self.index(np.asarray(i))
            i = self.xp.where(i < 0, i + shape[k], i) if traced(i) else i
            total = total + i * math.prod(shape[k + 1 :])
        return total

    def getitem(self, x: Any, index: Any) -> Any:
        parts = index if isinstance(index, tuple) else (index,)
        shape = tuple(x.shape)
        if any(map(traced, parts)):
            places = self.flat_place(index, shape)
            flat = self.xp.take(self.xp.reshape(x, (-1,)), self.xp.reshape(places, (-1,)), axis=0)
            return self.xp.reshape(flat, tuple(places.shape))
        if any(isinstance(i, (np.ndarray, list, tuple, np.bool_, bool)) for i in parts):
            return self.gathered(x, np.arange(math.prod(shape)).reshape(shape)[index])
        parts = tuple(int(i) if isinstance(i, np.integer) else i for i in parts)
        if ... not in parts and sum(i is not None for i in parts) < len(shape):
            parts = (*parts, ...)
        return x[parts]

    def scatter_add(self, g: Any, index: Any, shape: Any) -> Any:
        parts, shape = index if isinstance(index, tuple) else (index,), tuple(shape)
        if not any(map(traced, parts)):
            places = np.arange(math.prod(shape)).reshape(shape)[index]
            return self.xp.reshape(self.added(g, places, math.prod(shape)), shape)
        return self.hits(g, self.flat_place(index, shape), shape)

    def hits(self, g: Any, places: Any, shape: tuple[int, ...]) -> Any:
        """Zeros, with g added at computed places: each place is compared with all."""
        xp, every = self.xp, self.index(np.arange(math.prod(shape)))
        hit = xp.reshape(places, (-1, 1)) == xp.reshape(every, (1, -1))
        zero = xp.zeros((1, 1), dtype=g.dtype)
        return xp.reshape(xp.sum(xp.where(hit, xp.reshape(g, (-1, 1)), zero), axis=0), shape)

    def take(self, x: Any, indices: Any, axis: Any = None) -> Any:
        if axis is None:
            x, axis = self.xp.reshape(x, (-1,)), 0
        i = indices if traced(indices) else np.asarray(indices)
        lead, tail, middle = tuple(x.shape[: axis % x.ndim]), tuple(x.shape[axis % x.ndim + 1 :]), tuple(i.shape)
        flat = self.xp.take(x, self.xp.reshape(self.index(i), (-1,)), axis=axis)
        return self.xp.reshape(flat, (*lead, *middle, *tail))

    def take_along_axis(self, x: Any, indices: Any, axis: int = -1) -> Any:
        axis, shape = axis % x.ndim, tuple(x.shape)
        grid = np.ogrid[tuple(slice(n) for n in shape)]
        return self.getitem(x, (*grid[:axis], indices, *grid[axis + 1 :]))

    def windows(self, x: Any, size: Any, stride: Any = 1, dilation: Any = 1) -> Any:
        return self.gathered(x, window_places(tuple(x.shape), size, stride, dilation))

    def overlap_add(self, w: Any, *, shape: Any, stride: Any = 1, dilation: Any = 1) -> Any:
        size = tuple(w.shape[len(shape) :])
        places = window_places(tuple(shape), size, stride, dilation)
        return self.xp.reshape(self.added(w, places, math.prod(shape)), tuple(shape))


def traced(i: Any) -> bool:
    """Whether an index is an array of the namespace, which may be known only when it is computed."""
    return not isinstance(i, (int, slice, type(None), type(...), np.ndarray, np.generic, list, tuple))


def whole(parts: Sequence[Any], shape: Sequence[int]) -> tuple[Any, ...]:
    """An index with one integer array for each axis, which broadcast: slices and what is left out are spelled out.

    The computed arrays stand next to each other, so that their axes take the place of theirs.
    """
    if ... in [p for p in parts if p is ...]:
        k = next(k for k, p in enumerate(parts) if p is ...)
        parts = (*parts[:k], *[slice(None)] * (len(shape) - len(parts) + 1), *parts[k + 1 :])
    parts = (*parts, *[slice(None)] * (len(shape) - len(parts)))
    arrays = [k for k, p in enumerate(parts) if not isinstance(p, slice)]
    depth = max(len(parts[k].shape) if traced(parts[k]) else np.ndim(parts[k]) for k in arrays)
    before, after = arrays[0], len(parts) - arrays[-1] - 1
    found = []
    for k, p in enumerate(parts):
        if isinstance(p, slice):
            axis = k if k < arrays[0] else k - (arrays[-1] - arrays[0] + 1) + depth
            line = np.arange(shape[k])[p]
            found.append(line.reshape([-1 if j == axis else 1 for j in range(before + depth + after)]))
        elif traced(p):
            found.append(p[(..., *[None] * after)] if after else p)
        else:
            found.append(np.asarray(p)[(..., *[None] * after)])
    return tuple(found)


def sources(places: Any, size: int) -> Any:
    """For every target the numbers of what goes there, in a row, filled up with the number after the last."""
    order = np.argsort(places, kind="stable")
    target = places[order]
    rank = np.arange(target.size) - np.searchsorted(target, target)
    table = np.full((size, int(rank.max(initial=-1)) + 1), places.size)
    table[target, rank] = order
    return table


def window_places(shape: tuple[int, ...], size: Any, stride: Any, dilation: Any) -> Any:
    """The flat place of each element of the windows of an array of a shape."""
    return numpy_windows(np.arange(math.prod(shape)).reshape(shape), size, stride, dilation)
