"""Where a floor's arrays lie: its own, which each step writes over, or results that nobody else holds.

Both are 64-byte aligned. `kept` is a floor's own in either case; `result` makes the difference. A fresh result is not
had from the system each time either, since its pages cost more than a pass over them: memory goes to a next result
once nobody holds the last one, or a view of it.
"""

from __future__ import annotations

import math
import sys
from collections.abc import Callable
from functools import cache
from typing import Any, TypeVar

import numpy as np
from numpy.typing import DTypeLike

from autograd_zoo.kernels import threads

Array = np.ndarray[Any, Any]
T = TypeVar("T")
F = np.float32
BLOCK = 1 << 16  # elements that stay in a core's second cache
LONG = 1 << 22  # ... and of a call on one of two threads, where the hand-over of the interpreter costs more


def aligned(shape: tuple[int, ...], dtype: DTypeLike = F) -> Array:
    """An array that starts on a cache line; its memory is that of its base."""
    dtype = np.dtype(dtype)
    size = math.prod(shape) * dtype.itemsize
    raw = np.empty(size + 64, np.uint8)
    start = -raw.ctypes.data % 64
    return raw[start : start + size].view(dtype).reshape(shape)


class Memory:
    """Arrays by name, made once."""

    def __init__(self) -> None:
        self.arrays: dict[Any, Any] = {}

    def kept(self, name: str, shape: tuple[int, ...], dtype: DTypeLike = F) -> Array:
        """An array that holds what was last written to it."""
        key = name, shape
        if key not in self.arrays:
            self.arrays[key] = aligned(shape, dtype)
        found: Array = self.arrays[key]
        return found

    def result(self, name: str, shape: tuple[int, ...], dtype: DTypeLike = F) -> Array:
        """An array for a result."""
        return self.kept(name, shape, dtype)


class _Fresh(Memory):
    def result(self, name: str, shape: tuple[int, ...], dtype: DTypeLike = F) -> Array:
        bases = self.arrays.setdefault(("results", shape, np.dtype(dtype)), [])
        for base in bases:
            if sys.getrefcount(base) == ALONE:
                return _within(base, shape, dtype)
        found = aligned(shape, dtype)
        bases.append(found.base)
        return found


def _within(base: Array, shape: tuple[int, ...], dtype: DTypeLike) -> Array:
    start = -base.ctypes.data % 64
    return base[start : base.size - 64 + start].view(dtype).reshape(shape)


def _alone() -> int:
    bases = [np.empty(1)]
    for base in bases:
        return sys.getrefcount(base)
    raise AssertionError


ALONE = _alone()  # references to an array that a list holds, while a loop looks at it
KEPT: Callable[[], Memory] = Memory
FRESH: Callable[[], Memory] = _Fresh


@cache
def _worker() -> threads.Second:
    return threads.Second("autograd_zoo-kernel-floor")


def split(part: Callable[[int, int], T], n: int, two: bool = True) -> list[T]:
    """The results of part(start, stop) over range(n), half of it on a second thread."""
    if not two or n < 2 or threads.CORES < 2:
        return [part(0, n)]
    other = _worker().submit(part, n // 2, n)
    return [part(0, n // 2), other.result()]


def blocks(f: Callable[[slice, str], T], n: int, width: int, two: bool = True) -> list[T]:
    """The results of f(rows, thread) over blocks of the rows of an (n, width) array, on two threads or on one."""
    step = rows_a_block(width, two)

    def part(start: int, stop: int) -> list[T]:
        thread = "second" if start else "first"
        return [f(slice(i, min(i + step, stop)), thread) for i in range(start, stop, step)]

    return [result for results in split(part, n, two) for result in results]


def rows_a_block(width: int, two: bool = True) -> int:
    return max(1, (LONG if two and threads.CORES > 1 else BLOCK) // width)
