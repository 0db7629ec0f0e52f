"""What must be settled before NumPy and PyTorch are loaded, and what a reader of the numbers has to know about it.

`prepare` fixes the thread counts and takes away what slows BLAS on purpose; nothing here is loaded before it is called.
"""

from __future__ import annotations

import ctypes
import os
import platform
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager, nullcontext
from functools import cache
from importlib.metadata import PackageNotFoundError, version
from importlib.util import find_spec
from typing import Any

SLOWING = ("OPENBLAS_CORETYPE", "OPENBLAS_L2_SIZE")
POOLS = ("OMP", "OPENBLAS", "MKL", "NUMBA")
PACKAGES = ("numpy", "torch", "mygrad", "autograd", "micrograd", "numba", "scipy")
TICK = os.sysconf("SC_CLK_TCK") if hasattr(os, "sysconf") else 100
STAT = "/proc/stat"


def prepare(threads: int, keep: bool = False, fast: bool = True) -> bool:
    """Fix the threads; with `keep` malloc never gives memory back, so that fresh arrays cost no page faults.

    Unless `fast`, numba cannot be imported from here on, and so nothing is compiled. True if malloc keeps memory, which
    glibc's alone can be told.
    """
    if not fast:
        sys.modules["numba"] = None  # type: ignore[assignment]
    for name in SLOWING:
        os.environ.pop(name, None)
    for name in POOLS:
        os.environ[f"{name}_NUM_THREADS"] = str(threads)
    keep = keep and platform.libc_ver()[0] == "glibc"
    if keep:
        for what, value in ((-1, (1 << 31) - 1), (-2, 1 << 28), (-3, (1 << 31) - 1)):  # trim, top pad, mmap
            ctypes.CDLL(None).mallopt(what, value)
    return keep


@cache
def _controller() -> Any:
    if find_spec("threadpoolctl") is None:
        return None
    import numpy  # noqa: F401  (its BLAS must be there to be found)
    from threadpoolctl import ThreadpoolController

    return ThreadpoolController()


@contextmanager
def blas_threads(one: bool) -> Iterator[None]:
    """A block in which NumPy's BLAS has one thread, if `one`, and else what it has."""
    controller = _controller()
    with controller.limit(limits=1, user_api="blas") if one and controller else nullcontext():
        yield


def blas() -> str:
    """NumPy's BLAS, its kernel and its threads."""
    controller = _controller()
    if controller is None:
        return "unknown, threadpoolctl is not installed"
    found = [info for info in controller.select(user_api="blas").info() if "torch" not in info["filepath"]]
    return "; ".join(
        f"{info['internal_api']} {info['version']}, kernel {info.get('architecture')}, {info['num_threads']} threads"
        for info in found
    )


def _processor() -> str:
    try:
        with open("/proc/cpuinfo", encoding="utf-8") as f:
            return next(line.split(":", 1)[1].strip() for line in f if line.startswith("model name"))
    except (OSError, StopIteration):
        return platform.processor() or platform.machine()


def _versions() -> dict[str, str]:
    found = {}
    for package in PACKAGES:
        try:
            found[package] = version(package)
        except PackageNotFoundError:
            continue
    return found


def cores() -> int:
    """Cores that this process may use."""
    return len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1


def description(threads: int, keep: bool) -> dict[str, Any]:
    """Machine, libraries and settings of a run."""
    return {
        "date": time.strftime("%Y-%m-%d", time.gmtime()),
        "processor": _processor(),
        "cores": cores(),
        "threads": threads,
        "BLAS of NumPy": blas(),
        "allocator": "gives no memory back" if keep else "is as it comes",
        "Python": platform.python_version(),
        "versions": _versions(),
    }


def busy() -> float | None:
    """CPU seconds that this machine has spent on everything but this process; None where nobody counts them."""
    try:
        with open(STAT, encoding="ascii") as f:
            user, nice, system, _, _, irq, soft, steal = map(int, f.readline().split()[1:9])
    except (OSError, ValueError):
        return None
    return (user + nice + system + irq + soft + steal) / TICK - time.process_time()
