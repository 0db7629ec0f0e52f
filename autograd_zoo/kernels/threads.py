"""Two threads for long work: NumPy lets go of the interpreter in a ufunc or a product, so halves run side by side.

Long calls alone gain: each hand-over of the interpreter costs tens of microseconds, and a thread that waits for it
misses it where the other one asks again sooner than that. So the blocks of a kernel are larger than a core's own cache.

A thread that another one wakes is often put on the core of that one, while others are idle, and then gains nothing: the
second thread is kept off the core on which its caller is, where the system can be told so.
"""

from __future__ import annotations

import ctypes
import os
from collections.abc import Callable
from concurrent.futures import Future, ThreadPoolExecutor
from contextvars import copy_context
from threading import current_thread, get_native_id
from typing import Any, TypeVar

from .memory import done

T = TypeVar("T")
LONG = 1 << 18  # elements: of fewer the second thread costs more than it does
NAME = "autograd_zoo-kernel"
try:
    CORES = len(os.sched_getaffinity(0))
    _core: Callable[[], int] = ctypes.CDLL(None).sched_getcpu
except (AttributeError, OSError):  # not on Linux, or with another library than glibc
    CORES = os.cpu_count() or 1
    _core = int  # the same one always


class Second:
    """A thread beside that of its caller, on another core than that is on when it gives work to it."""

    def __init__(self, name: str) -> None:
        self._pool = ThreadPoolExecutor(1, name)
        self._thread = self._pool.submit(get_native_id).result()
        self._off = -1

    def submit(self, part: Callable[..., T], *args: Any) -> Future[T]:
        """Call `part(*args)` there."""
        core = _core()
        if core != self._off:
            self._off = core
            keep_off(self._thread, core)
        return self._pool.submit(part, *args)


def keep_off(thread: int, core: int) -> None:
    """Let a thread run on all cores of the caller's but this one, if there are others, and the system lets us."""
    try:
        allowed = os.sched_getaffinity(0)
        os.sched_setaffinity(thread, allowed - {core} or allowed)
    except (AttributeError, OSError):
        pass


def _last(part: Callable[[int, int], T], start: int, stop: int) -> T:
    try:
        return part(start, stop)
    finally:
        done()


_workers: dict[int, Second] = {}  # the one thread beside the caller's, by process: a fork has none of them


def halves(part: Callable[[int, int], T], n: int, size: int) -> list[T]:
    """The results of `part(start, stop)` over range(n): of one call, or of one for each half, side by side.

    `size` is how many elements it takes in all. The halves may not need each other's results.

    >>> sum(halves(lambda start, stop: sum(range(start, stop)), 10, size=1))
    45
    """
    if size < LONG or n < 2 or CORES < 2 or current_thread().name.startswith(NAME):
        return [part(0, n)]
    worker = _workers.get(os.getpid())
    if worker is None:
        worker = _workers.setdefault(os.getpid(), Second(NAME))
    other = worker.submit(copy_context().run, _last, part, n // 2, n)
    try:
        first = part(0, n // 2)
    finally:
        second = other.result()  # also after Ctrl-C: it writes into arrays that would go elsewhere
    return [first, second]
