"""Two threads for long work: NumPy lets go of the interpreter in a ufunc or a product, so halves run side by side.

Long calls alone gain: each hand-over of the interpreter costs tens of microseconds, and a thread that waits for it
misses it where the other one asks again sooner than that. So the blocks of a kernel are larger than a core's own cache.
"""

from __future__ import annotations

import os
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from contextvars import copy_context
from threading import current_thread
from typing import Any, TypeVar

T = TypeVar("T")
LONG = 1 << 18  # elements: of fewer the second thread costs more than it does
NAME = "autograd_zoo-kernel"
_workers: dict[int, Any] = {}  # the one thread beside the caller's, by process: a fork has none of them
try:
    CORES = len(os.sched_getaffinity(0))
except AttributeError:  # not on Linux
    CORES = os.cpu_count() or 1


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
        worker = _workers.setdefault(os.getpid(), ThreadPoolExecutor(1, NAME))
    other = worker.submit(copy_context().run, part, n // 2, n)
    try:
        first = part(0, n // 2)
    finally:
        second = other.result()  # also after Ctrl-C: it writes into arrays that would go elsewhere
    return [first, second]
