"""How loops are compiled, and the table of the functions that run them."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, TypeVar

import numba
import numpy as np

from ...closed_form.notation import Array, Maybe

COMPILED: dict[Callable[..., Any], Callable[..., Any]] = {}
F = TypeVar("F", bound=Callable[..., Any])
# NaN and ∞ keep their meaning.
_HOW: dict[str, Any] = {
    "nogil": True,
    "error_model": "numpy",
    "fastmath": {"reassoc", "contract", "nsz"},
}


def loop(function: F) -> F:
    """Compile a function of arrays when it is first called, and keep it on disk where that can be written."""
    try:
        return numba.njit(cache=True, **_HOW)(function)  # type: ignore[no-any-return]
    except RuntimeError:  # no place for a cache
        return numba.njit(**_HOW)(function)  # type: ignore[no-any-return]


def inline(function: F) -> F:
    """Compile a function of numbers into each loop that calls it."""
    return numba.njit(inline="always", **_HOW)(function)  # type: ignore[no-any-return]


def compiled_twin(form: Callable[..., Any]) -> Callable[[F], F]:
    """Enter the decorated function in the table as the compiled twin of `form`."""

    def register(function: F) -> F:
        COMPILED[form] = function
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
