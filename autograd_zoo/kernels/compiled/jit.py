"""How loops are compiled, and the table of the functions that run them."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import Any, TypeVar, cast

import numba
import numpy as np

from ...closed_form.notation import Array, Maybe
from ..memory import finished

COMPILED: dict[Callable[..., Any] | str, Callable[..., Any]] = {}
NOTHING = cast(float, np.float32(0))  # a sum of v · 0 tells whether every v is finite, at next to no cost
F = TypeVar("F", bound=Callable[..., Any])
# NaN and ∞ keep their meaning, and steps their order, but for sums.
_HOW: dict[str, Any] = {"nogil": True, "error_model": "numpy", "fastmath": {"contract", "nsz"}}
_SUMS: dict[str, Any] = {**_HOW, "fastmath": {"contract", "nsz", "reassoc"}}


def loop(function: F) -> F:
    """Compile a function of arrays when it is first called, and keep it on disk where that can be written.

    What it calls must be `inner` or `inline`: a loop that comes from the disk cannot be compiled into another.
    """
    return kept(function, **_HOW)


def summing(function: F) -> F:
    """The same with sums in any order, so several terms at once.

    So is every + and − in it: what has an order, as (x − μ) − rest, stands in an `inline`, or is lost where x is large.
    """
    return kept(function, **_SUMS)


def exact(function: F) -> F:
    """The same, but each step is rounded as NumPy rounds it."""
    return kept(function, nogil=True, error_model="numpy")


def kept(function: F, **how: Any) -> F:
    """Compile a function, and keep it on disk."""
    try:
        return cast(F, numba.njit(cache=True, **how)(function))
    except RuntimeError:  # no place for a cache
        return cast(F, numba.njit(**how)(function))


def inner(function: F) -> F:
    """Compile a loop into each loop that calls it, with sums in any order, as in `summing`."""
    return cast(F, numba.njit(forceinline=True, **_SUMS)(function))


@inner
def zero_of(row: Array) -> float:
    """0 if each number of a row is finite, and else NaN."""
    told = NOTHING
    for j in range(row.size):
        told += row[j] * NOTHING
    return told


def noted(array: Array, told: Iterable[float | None]) -> None:
    """Note that an array is finished, and finite where loops told a 0 of all parts of it."""
    finished(array, [number == 0 for number in told])


def inline(function: F) -> F:
    """Compile a function of numbers into each loop that calls it, its steps in the order that is written."""
    return cast(F, numba.njit(forceinline=True, nogil=True, error_model="numpy", fastmath={"contract"})(function))


def compiled_twin(form: Callable[..., Any] | str, *, nan: bool = False) -> Callable[[F], F]:
    """Enter the decorated function in the table as the compiled twin of `form`, or of a part of a kernel, by name.

    With `nan` a gradient is NaN where the result is, and it never leaves the work to the kernel.
    """

    def register(function: F) -> F:
        COMPILED[form] = function
        function.nan = nan  # type: ignore[attr-defined]
        return function

    return register


def plain(*arrays: Maybe) -> bool:
    """Whether loops take these arrays: contiguous, and all of one dtype."""
    given = [a for a in arrays if a is not None]
    return all([a.flags.c_contiguous and a.dtype == given[0].dtype for a in given])


def read(x: Array, *shape: int) -> Array:
    """X as a loop reads it, in a shape: read-only, so that one compiled loop serves all arrays, writeable or not."""
    view = np.reshape(x, shape)
    view = view.view() if view is x else view
    view.flags.writeable = False
    return view
