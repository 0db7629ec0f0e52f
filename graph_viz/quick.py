"""A pause of the garbage collector, for what makes many small objects that stay."""

from __future__ import annotations

import gc
from collections.abc import Callable
from functools import wraps
from typing import Any, TypeVar

F = TypeVar("F", bound=Callable[..., Any])


def uncollected(function: F) -> F:
    """Let the collector of cycles rest while `function` runs: it would search a growing graph again and again."""

    @wraps(function)
    def call(*args: Any, **kwargs: Any) -> Any:
        if not gc.isenabled():
            return function(*args, **kwargs)
        gc.disable()
        try:
            return function(*args, **kwargs)
        finally:
            gc.enable()

    return call  # type: ignore[return-value]  # the same signature as `function`
