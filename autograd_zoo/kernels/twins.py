"""The table of kernels, by the closed forms whose twins they are."""

from __future__ import annotations

import os
from collections.abc import Callable, Mapping
from functools import cache, wraps
from importlib.util import find_spec
from typing import Any

import numpy as np

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


def quick(form: Callable[..., Any], kernel: Callable[..., Any] | None = None) -> Callable[..., Any]:
    """A pure rule of a primitive, or the closed form of a gradient as one: for large arrays by its kernel."""
    kernel = kernel or TWINS[form]

    @wraps(form)
    def rule(g: Any, y: Any, *inputs: Any, **params: Any) -> Any:
        if type(g) is np.ndarray and g.size >= FEW and g.dtype.char in "fd" and inputs[0].dtype == g.dtype:
            return kernel(g, y, *inputs, **params)
        return form(g, y, *inputs, **params)

    return rule


def twin_of(form: Callable[..., Any]) -> Callable[[Callable[..., Any]], Callable[..., Any]]:
    """Make the decorated function the kernel of `form`, and let the form do what is not float32 or float64, or small.

    The first argument tells: x, or the cotangent of a gradient. A gradient that is to use what the forward pass kept
    has a keyword argument `kept`, which is None where the form computed the forward pass: that tells then. One that
    gives the gradients of all inputs may have `wanted`, the numbers of those that are asked for.
    """

    def register(kernel: Callable[..., Any]) -> Callable[..., Any]:
        extra = {"kept", "wanted"}.intersection(kernel.__kwdefaults__ or {})
        run = quickest(form, kernel)

        @wraps(kernel)
        def choose(x: Any, *args: Any, **params: Any) -> Any:
            by_kernel = params.get("kept") is not None if "kept" in extra else x.size >= FEW and x.dtype.char in "fd"
            if by_kernel:
                return run(x, *args, **params)
            return form(x, *args, **{name: value for name, value in params.items() if name not in extra})

        choose.extra = extra  # type: ignore[attr-defined]
        TWINS[form] = choose
        return choose

    return register
