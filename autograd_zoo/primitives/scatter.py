"""Adding at an index, the mate of reading there: an element that is read twice gets both gradients."""

from __future__ import annotations

import math
from typing import Any

import numpy as np

from ..engine.at import getitem
from ..engine.primitive import primitive
from ..engine.rules import RULES, defvjp
from ..engine.values import known_finite

SIMPLE = (int, np.integer, slice, type(None), type(...), np.bool)


def simple(index: Any) -> bool:
    """Whether no element can be meant twice: integers, slices and masks, but no arrays of integers."""
    parts = index if isinstance(index, tuple) else (index,)
    return all(isinstance(i, SIMPLE) or (isinstance(i, np.ndarray) and i.dtype.kind == "b") for i in parts)


def places(index: Any, shape: tuple[int, ...]) -> Any:
    """The flat number of each element that `index` selects from an array of a `shape`."""
    if grid(index, shape):
        steps = [math.prod(shape[axis + 1 :]) for axis in range(len(shape))]
        terms = sorted((i * step for i, step in zip(index, steps, strict=True)), key=np.size)
        return sum(terms[1:], terms[0])
    return np.asarray(np.arange(math.prod(shape)).reshape(shape)[index])


def grid(index: Any, shape: tuple[int, ...]) -> bool:
    """Whether `index` has for every axis an array of numbers from 0, all with as many axes."""
    return (
        isinstance(index, tuple)
        and len(index) == len(shape)
        and all(isinstance(i, np.ndarray) and i.dtype.kind == "i" and i.ndim == len(shape) for i in index)
        and all(i.size and 0 <= i.min() for i in index)
    )


def one_each(index: Any, shape: tuple[int, ...]) -> bool:
    """Whether `index` takes at most one element from each line along one axis, so that none is meant twice."""
    if not grid(index, shape):
        return False
    every = np.ogrid[tuple(slice(n) for n in shape)]
    others = [axis for axis, (i, all_) in enumerate(zip(index, every, strict=True)) if not np.array_equal(i, all_)]
    return len(others) < 2 and all(index[axis].shape[axis] == 1 for axis in others)


def rows(index: Any, n: int) -> Any:
    """The numbers from 0 of the rows, of n, that an array of integers selects; None if `index` is something else."""
    if isinstance(index, tuple) and len(index) == 1:
        (index,) = index
    if not isinstance(index, np.ndarray) or index.dtype.kind not in "iu":
        return None
    at = np.ravel(index).astype(np.intp, copy=False)
    return np.where(at < 0, at + n, at)


@primitive
def scatter_add(g: Any, *, index: Any, shape: tuple[int, ...]) -> Any:
    """Zeros of a `shape`, with g added at `index`: what is read twice gets both gradients. The mate of x[index]."""
    if simple(index):
        z = np.zeros(shape, g.dtype)
        z[index] = g
        return z
    if one_each(index, shape):
        z = np.zeros(math.prod(shape), g.dtype)
        z[places(index, shape).ravel()] = np.ravel(g)
        return z.reshape(shape)
    at = rows(index, shape[0])
    if at is not None and wide(len(at), shape[0], math.prod(shape[1:])):
        return added_rows(np.reshape(g, (len(at), *shape[1:])), at, shape[0])
    # Counting with weights is several times quicker than np.add.at; it adds in float64.
    at, n = places(index, shape).ravel(), math.prod(shape)
    if g.dtype.kind == "c":
        total = np.bincount(at, np.ravel(g.real), n) + 1j * np.bincount(at, np.ravel(g.imag), n)
    else:
        total = np.bincount(at, np.ravel(g), n)
    return total.reshape(shape).astype(g.dtype, copy=False)


def wide(k: int, n: int, width: int) -> bool:
    """Whether k rows of a `width` are added to n sooner row by row than element by element."""
    return 64 * k < (k + n) * width


OFTEN = 16  # a row that is met more often is summed by itself, in float64


def added_rows(g: Any, at: Any, n: int) -> Any:
    """Zeros (n, ...), with row k of g added to row at[k] for each k: those met first, those met again, and so on."""
    z = np.zeros((n, *g.shape[1:]), g.dtype)
    order = np.argsort(at, kind="stable")
    place = at[order]
    first = np.flatnonzero(np.diff(place, prepend=-1))
    count = np.diff(first, append=len(at))
    by = np.argsort(-count, kind="stable")
    first, count = first[by], count[by]
    often = np.count_nonzero(count > OFTEN)
    for start, times in zip(first[:often], count[:often], strict=True):
        same = g[order[start : start + times]]
        z[place[start]] = np.add.reduce(same, axis=0, dtype=np.result_type(same, np.float64))
    first, count = first[often:], count[often:]
    total = g[order[first]]
    for k in range(1, int(count.max(initial=1))):
        more = np.count_nonzero(count > k)
        total[:more] += g[order[first[:more] + k]]
    z[place[first]] = total
    return z


def add_at(total: Any, g: Any, x: Any, *, index: Any) -> bool:
    """Add g to an array `total` at an index, unless that may mean an element twice."""
    if fits := type(total) is np.ndarray and simple(index) and not known_finite(total):
        total[index] += g
    return fits


defvjp(getitem, lambda g, y, x, index: scatter_add(g, index=index, shape=x.shape), reach="cut")
RULES[getitem].into = add_at
defvjp(scatter_add, lambda g, y, x, index, shape: g[index], reach="cut")
