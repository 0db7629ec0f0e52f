"""Memory that is written again: the pages of a fresh array cost more to get than a pass over it.

`empty` is `np.empty`, except that the memory of a large array, once nobody holds the array or a view of it, goes to a
next one that fits into it. `scratch` is memory of one thread, for what does not leave a kernel, and goes there with its
end. Both start on a cache line.
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
LOOSE = 2  # times what an array needs: in larger blocks it has its place only where there are too many of them
SPARE = 4  # a part, one of so many, of what has been held at a time: so much waits beside that

_BYTES = np.dtype(np.uint8)
_thread = local()


class Block(np.ndarray[Any, Any]):
    """Bytes that own themselves, from `start` on for arrays.

    NumPy takes the base of a view from its type: so a view of a Lease is based on it.
    """

    __slots__ = ("start",)

    start: int


class Pool:
    """Blocks by their sizes that wait for a next array.

    There is no lock: a Lease may end anywhere, in this thread too. Each step is one of a dict or of a list.

    Attributes
    ----------
    waiting : dict
        lists of blocks by their numbers of bytes
    sizes : dict
        the bytes of all blocks that there are, by what they are known by
    most : int
        bytes that were held at a time, when a new block was made, and more where others had to be given back for it
    """

    def __init__(self) -> None:
        self.waiting: dict[int, list[Block]] = {}
        self.sizes: dict[int, tuple[int, ref[Block]]] = {}
        self.most = 0

    def take(self, size: int) -> Block:
        """A block of so many bytes that nobody holds, or of more."""
        try:
            return self.waiting[size].pop()
        except (KeyError, IndexError):
            found = self.fitting(size, LOOSE * size)
            return self.new(size) if found is None else found

    def give(self, block: Block) -> None:
        """Let a block wait."""
        self.waiting.setdefault(block.nbytes, []).append(block)

    def fitting(self, size: int, most: float) -> Block | None:
        """The smallest block that waits of so many bytes and at `most` so many, if there is one."""
        for n in sorted([n for n in list(self.waiting) if size <= n <= most]):
            try:
                return self.waiting[n].pop()
            except IndexError:  # the last one is lent, or was taken meanwhile
                continue
        return None

    def new(self, size: int) -> Block:
        """A new block; or, where too many wait already, a long one. Else some of those are given back for it."""
        wait = sum([n * len(blocks) for n, blocks in list(self.waiting.items())])
        held = sum([n for n, _ in list(self.sizes.values())]) - wait + size
        self.most = max(self.most, held)
        excess = wait - min(KEPT - size, self.most - held + self.most // SPARE)
        if excess > 0:
            larger = self.fitting(size, math.inf)
            if larger is not None:
                return larger
            self.drop(excess)
            self.most += excess // 2  # a step that comes again is not to give back the same ones every time
        block = np.empty(size, _BYTES).view(Block)
        block.start = -block.ctypes.data % LINE
        name = id(block)
        self.sizes[name] = size, ref(block, lambda _: self.sizes.pop(name, None))
        return block

    def drop(self, excess: int) -> None:
        """Give back so many bytes that wait, or more: those of the largest blocks."""
        for n in sorted(list(self.waiting), reverse=True):
            while excess > 0 and self.waiting[n]:
                try:
                    self.waiting[n].pop()
                except IndexError:
                    break
                excess -= n


_pool = Pool()


class Lease(np.ndarray[Any, Any]):
    """The bytes of a Block that one array has, while it or a view of it lives; `lent_to` is a weak reference to it.

    `finite` is true once a kernel that filled the array has found all of its elements to be.
    """

    __slots__ = ("block", "finite", "lent_to")

    block: Block
    finite: bool
    lent_to: ref[np.ndarray[Any, Any]]

    def __del__(self, pool: Pool = _pool) -> None:  # a name may be gone when the interpreter ends
        block = getattr(self, "block", None)  # a view of a Lease has none
        if block is not None:
            pool.give(block)


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
    block = _pool.take(size + LINE)
    lease = Lease((size,), _BYTES, block, block.start)
    array: np.ndarray[Any, Any] = np.ndarray(shape, dtype, lease)
    lease.lent_to, lease.block, lease.finite = ref(array), block, False
    return array


def finished(array: np.ndarray[Any, Any], finite: Iterable[Any]) -> None:
    """Note that nothing more is written to an array of `empty`, and if it is finite, which all of its parts say."""
    if isinstance(array.base, Lease) and all(finite):
        array.base.finite = True


def scratch(name: str, shape: tuple[int, ...], dtype: DTypeLike) -> np.ndarray[Any, Any]:
    """An array of this thread that holds anything; the next call with this name and dtype writes over it."""
    kept, key, size = _thread.__dict__, f"{name} {np.dtype(dtype).char}", math.prod(shape)
    if key not in kept or kept[key].size < size:
        kept[key] = empty((size,), dtype)
    return kept[key][:size].reshape(shape)  # type: ignore[no-any-return]


def done() -> None:
    """A kernel has come to its end, or a half of it on a thread: its `scratch` goes back to the pool."""
    _thread.__dict__.clear()
