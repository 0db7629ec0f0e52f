"""Memory that is written again: the pages of a fresh array cost more to get than a pass over it.

`empty` is `np.empty`, except that the memory of a large array, once nobody holds the array or a view of it, goes to the
next one of that size. `scratch` is memory of one thread, for what does not leave a kernel. Both start on a cache line.
"""

from __future__ import annotations

import math
from collections.abc import Iterable
from threading import local
from typing import Any
from weakref import ref

import numpy as np
from numpy.typing import DTypeLike

LARGE = 1 << 16  # bytes: smaller arrays are had for less from NumPy
LINE = 64  # bytes of a cache line
KEPT = 1 << 27  # bytes that wait for a next array, at most

_free: dict[int, list[Block]] = {}
_thread = local()


class Block(np.ndarray[Any, Any]):
    """Bytes that own themselves. NumPy takes the base of a view from its type: so a view of a Lease is based on it."""

    __slots__ = ()


class Lease(np.ndarray[Any, Any]):
    """The bytes of a Block that one array has, while it or a view of it lives; `lent_to` is a weak reference to it.

    `finite` is true once a kernel that filled the array has found all of its elements to be.
    """

    __slots__ = ("block", "finite", "lent_to")

    block: Block
    finite: bool
    lent_to: ref[np.ndarray[Any, Any]]

    def __del__(self, free: dict[int, list[Block]] = _free) -> None:  # a name may be gone when the interpreter ends
        block = getattr(self, "block", None)  # a view of a Lease has none
        if block is not None:
            free.setdefault(block.nbytes, []).append(block)


def empty(shape: tuple[int, ...], dtype: DTypeLike) -> np.ndarray[Any, Any]:
    """A new array, not filled, that nobody else holds.

    >>> a = empty((1000, 1000), np.float32)
    >>> a.shape, a.dtype, a.flags.c_contiguous
    ((1000, 1000), dtype('float32'), True)
    """
    dtype = np.dtype(dtype)
    size = math.prod(shape) * dtype.itemsize
    if size < LARGE:
        return np.empty(shape, dtype)
    try:
        block = _free[size + LINE].pop()
    except (KeyError, IndexError):
        _forget(size)
        block = np.empty(size + LINE, np.uint8).view(Block)
    start = -block.ctypes.data % LINE
    lease = block[start : start + size].view(Lease)
    array: np.ndarray[Any, Any] = np.ndarray(shape, dtype, lease)
    lease.lent_to, lease.block, lease.finite = ref(array), block, False
    return array


def finished(array: np.ndarray[Any, Any], finite: Iterable[Any]) -> None:
    """Note that nothing more is written to an array of `empty`, and if it is finite, which all of its parts say."""
    if isinstance(array.base, Lease) and all(finite):
        array.base.finite = True


def _forget(size: int) -> None:
    """Give back blocks that wait, of sizes that were not asked for, where there are too many beside a new one."""
    waiting = list(_free.items())
    if sum(size * len(blocks) for size, blocks in waiting) + size > KEPT:
        for _, blocks in waiting:
            blocks.clear()


def scratch(name: str, shape: tuple[int, ...], dtype: DTypeLike) -> np.ndarray[Any, Any]:
    """An array of this thread that holds anything; the next call with this name and dtype writes over it."""
    kept, key, size = _thread.__dict__, f"{name} {np.dtype(dtype).char}", math.prod(shape)
    if key not in kept or kept[key].size < size:
        kept[key] = empty((size,), dtype)
    return kept[key][:size].reshape(shape)  # type: ignore[no-any-return]
