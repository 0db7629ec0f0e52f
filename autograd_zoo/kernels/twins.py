"""The table of kernels, by the closed forms whose twins they are."""

from __future__ import annotations

import os
from collections.abc import Callable, Mapping
from functools import cache, wraps
from importlib.util import find_spec
from typing import Any

TWINS: dict[Callable[..., Any], Callable[..., Any]] = {}
FEW = 1 << 12  # elements of x: of fewer the calls cost more than the memory


@cache
def compiled() -> Mapping[Callable[..., Any], Callable[..., Any]]:
    """The compiled twins by their closed forms: none without numba, or where AUTOGRAD_ZOO_COMPILED=0 asks for none."""
    if os.environ.get("AUTOGRAD_ZOO_COMPILED") == "0" or find_spec("numba") is None:
        return {}
    try:
        from .compiled import COMPILED
    except ImportError:  # a numba that does not know this NumPy
        return {}
    return COMPILED


def quickest(form: Callable[..., Any], kernel: Callable[..., Any]) -> Callable[..., Any]:
    """The compiled twin of `form`, and the kernel for what it leaves."""

    def run(*args: Any, **params: Any) -> Any:
        twin = compiled().get(form)
        found = None if twin is None else twin(*args, **params)
        return kernel(*args, **params) if found is None else found

    return run


def twin_of(form: Callable[..., Any]) -> Callable[[Callable[..., Any]], Callable[..., Any]]:
    """Make the decorated function the kernel of `form`, and let the form do what is not float32 or float64, or small.

    The first argument tells: x, or the cotangent of a gradient. A gradient that is to use what the forward pass kept
    has a keyword argument `kept`, which is None where the form computed the forward pass: then so does the form.
    """

    def register(kernel: Callable[..., Any]) -> Callable[..., Any]:
        keeps, run = "kept" in (kernel.__kwdefaults__ or {}), quickest(form, kernel)

        @wraps(kernel)
        def choose(x: Any, *args: Any, **params: Any) -> Any:
            unknown = keeps and params.get("kept") is None
            if x.size < FEW or x.dtype.char not in "fd" or unknown:
                params.pop("kept", None)
                return form(x, *args, **params)
            return run(x, *args, **params)

        choose.keeps = keeps  # type: ignore[attr-defined]
        TWINS[form] = choose
        return choose

    return register
