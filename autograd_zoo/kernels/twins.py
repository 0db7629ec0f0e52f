"""The table of kernels, by the closed forms whose twins they are."""

from __future__ import annotations

from collections.abc import Callable
from functools import wraps
from typing import Any

TWINS: dict[Callable[..., Any], Callable[..., Any]] = {}
FEW = 1 << 12  # elements of x: of fewer the calls cost more than the memory


def twin_of(form: Callable[..., Any]) -> Callable[[Callable[..., Any]], Callable[..., Any]]:
    """Make the decorated function the kernel of `form`, and let the form do what is not float32 or float64, or small.

    The first argument tells: x, or the cotangent of a gradient. A gradient that is to use what the forward pass kept
    has a keyword argument `kept`, which is None where the form computed the forward pass: that tells then. One that
    gives the gradients of all inputs may have `wanted`, the numbers of those that are asked for.
    """

    def register(kernel: Callable[..., Any]) -> Callable[..., Any]:
        extra = {"kept", "wanted"}.intersection(kernel.__kwdefaults__ or {})

        @wraps(kernel)
        def choose(x: Any, *args: Any, **params: Any) -> Any:
            by_kernel = params.get("kept") is not None if "kept" in extra else x.size >= FEW and x.dtype.char in "fd"
            if by_kernel:
                return kernel(x, *args, **params)
            return form(x, *args, **{name: value for name, value in params.items() if name not in extra})

        choose.extra = extra  # type: ignore[attr-defined]
        TWINS[form] = choose
        return choose

    return register
