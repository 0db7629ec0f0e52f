"""The table of kernels, by the closed forms whose twins they are."""

from __future__ import annotations

from collections.abc import Callable
from functools import wraps
from typing import Any

import numpy as np

TWINS: dict[Callable[..., Any], Callable[..., Any]] = {}
FEW = 1 << 12  # elements of x: of fewer the calls cost more than the memory


def quick(form: Callable[..., Any]) -> Callable[..., Any]:
    """The closed form of a gradient as the rule of a primitive: for large arrays by its kernel."""
    kernel = TWINS[form]

    @wraps(form)
    def rule(g: Any, y: Any, *inputs: Any, **params: Any) -> Any:
        if type(g) is np.ndarray and g.size >= FEW and type(y) is np.ndarray and y.dtype == g.dtype:
            return kernel(g, y, *inputs, **params)
        return form(g, y, *inputs, **params)

    return rule


def twin_of(form: Callable[..., Any]) -> Callable[[Callable[..., Any]], Callable[..., Any]]:
    """Make the decorated function the kernel of `form`, and let the form do what is not float32 or float64, or small.

    The first argument tells: x, or the cotangent of a gradient. A gradient that is to use what the forward pass kept
    has a keyword argument `kept`, which is None where the form computed the forward pass: that tells then.
    """

    def register(kernel: Callable[..., Any]) -> Callable[..., Any]:
        keeps = "kept" in (kernel.__kwdefaults__ or {})

        @wraps(kernel)
        def choose(x: Any, *args: Any, **params: Any) -> Any:
            by_kernel = params.get("kept") is not None if keeps else x.size >= FEW and x.dtype.char in "fd"
            if by_kernel:
                return kernel(x, *args, **params)
            params.pop("kept", None)
            return form(x, *args, **params)

        choose.keeps = keeps  # type: ignore[attr-defined]
        TWINS[form] = choose
        return choose

    return register
