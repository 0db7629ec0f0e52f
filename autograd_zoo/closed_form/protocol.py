"""How closed forms meet what is no array: a function of ours asks its argument who computes it, as NumPy's own do.

So what is given another kind of array, such as one that is recorded on a tape, stays there: NumPy's functions ask it by
`__array_function__`, and so do those that are `dispatched`.
"""

from collections.abc import Callable
from functools import wraps
from typing import Any

import numpy as np

from .notation import Array


def dispatched(function: Callable[..., Any]) -> Callable[..., Any]:
    """The function, which leaves it to its first argument to compute it, if that is no array and can."""

    @wraps(function)
    def call(*args: Any, **params: Any) -> Any:
        x: Any = args[0] if args else next(iter(params.values()), None)
        if isinstance(x, np.ndarray) or not hasattr(x, "__array_function__"):
            return function(*args, **params)
        return x.__array_function__(call, (type(x),), args, params)

    return call


def named(x: Array, name: str) -> Array:
    """X, which is shown by its name in the document if it is one that can bear a name."""
    return x.named(name) if hasattr(x, "named") else x


def some(mask: Any) -> bool:
    """Whether any of a mask holds. Of one that is no array, such as one that is recorded, it must be assumed."""
    return bool(mask.any()) if isinstance(mask, (np.ndarray, np.generic)) else True


def plain(x: Any) -> Any:
    """An array of x, unless it is one of another kind already."""
    return x if hasattr(x, "__array_function__") else np.asarray(x)
