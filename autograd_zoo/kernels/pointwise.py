"""How a kernel goes over arrays element by element: in runs that stay in a core's cache, on two threads."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np

from ..closed_form.notation import Array
from .memory import LARGE, empty, finished
from .statistics import finite
from .threads import halves

BLOCK = 1 << 19  # elements of a run: they stay in the cache, and each step is long for two threads; with others, half
_SIGNED = {4: np.dtype(np.int32), 8: np.dtype(np.int64)}


def pointwise(
    step: Callable[..., None], *arrays: Array, results: int = 1, temporaries: int = 0, looked: bool = False
) -> Any:
    """What `step(*inputs, *results, *temporaries)` fills, run after run: an array, or a tuple of as many as `results`.

    All have the shape and dtype of the first array. `step` gets equal runs of each, as vectors. The first result is
    `looked` at while it is in the cache, or else who asks later whether it is finite reads all of it again.
    """
    shape, dtype = np.shape(arrays[0]), arrays[0].dtype
    found = [empty(shape, dtype) for _ in range(results)]
    flat = [vector(a) for a in (*arrays, *found)]
    size = found[0].size
    block = min(BLOCK // 2 if temporaries else BLOCK, max(size, 1))
    first = flat[len(arrays)]
    looked = looked or found[0].nbytes < LARGE  # of a small one nothing is noted

    def part(start: int, stop: int) -> bool:
        spare, good = empty((temporaries, block), dtype) if temporaries else (), looked
        for i in range(start, stop, block):
            j = min(i + block, stop)
            step(*[a[i:j] for a in flat], *[a[: j - i] for a in spare])
            good = good and finite(first[i:j])
        return good

    finished(found[0], halves(part, size, size))
    return found[0] if results == 1 else tuple(found)


def vector(a: Array) -> Array:
    """The elements of a in a row: a view if a is contiguous, or one number everywhere, as the gradient of a sum is."""
    a = np.asarray(a)
    if a.flags.c_contiguous:
        return a.reshape(-1)
    if a.size > 1 and not any(a.strides):
        return np.broadcast_to(a[(0,) * a.ndim], a.size)
    return np.ravel(a)


def bits(a: Array) -> Array:
    """The same memory as integers with a sign."""
    return a.view(_SIGNED[a.itemsize])


def number(dtype: Any, value: float) -> int:
    """The bits of `value` as a float of a `dtype`."""
    return int(bits(np.array(value, dtype)))


def positive(a: Array, out: Array) -> Array:
    """All bits of `out` where the float a is positive or nan, and none where it is 0. The a have no other sign."""
    np.negative(bits(a), out=out)
    return np.right_shift(out, 8 * a.itemsize - 1, out=out)
