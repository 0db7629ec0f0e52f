"""The guard around functions that are not the package's own: they are lent copies, and what they return is copied.

Read-only views would be cheaper, and not enough: `np.add.at` writes through them (NumPy 2.4), `setflags` unlocks them,
and one that is kept can be written to after the call. A copy leaves nothing to reach, and is read-only to say so early.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from functools import wraps
from typing import Any

import numpy as np

from . import writes
from .values import is_tensor

REMEDY = (
    "What it is given is read-only, for the tape needs it too. Write a new array: dx = np.where(x > 0, g, 0) for "
    "dx = g; dx[x <= 0] = 0, and a = a * 2 for a *= 2; or start from a copy: dx = np.array(g), and then dx[...] = ..."
)


def own(function: Callable[..., Any]) -> bool:
    """Whether `function` is the package's own, whatever decorators of NumPy's or ours are around it."""
    while _root(function) in ("autograd_zoo", "numpy") and hasattr(function, "__wrapped__"):
        function = function.__wrapped__
    return _root(function) == "autograd_zoo"


def _root(function: object) -> str:
    """The package in which a function was written; `functools.wraps` may claim another one."""
    name: str = getattr(function, "__globals__", {}).get("__name__", "")
    return name.partition(".")[0]


def forward(function: Callable[..., Any]) -> Callable[..., Any]:
    """`function`, to be recorded: it returns one array of floats."""
    what = _name(function)
    return _guarded(function, what, lambda value, args: taken(value, what, "f"))


def rule(function: Callable[..., Any] | None, what: str) -> Callable[..., Any] | None:
    """`function`, a rule: it returns one cotangent."""

    def accept(value: object, args: Sequence[object]) -> Any:
        if value is None:
            raise TypeError(
                f"{what} returned None: is a `return` missing? It returns the cotangent, an array in the shape of its "
                "input; where that is 0 everywhere give defvjp None in place of the rule, or return np.zeros_like(x)"
            )
        return taken(value, what, "fiub", any(map(is_tensor, args)))

    return function and _guarded(function, what, accept)


def joint(function: Callable[..., Any] | None, what: str) -> Callable[..., Any] | None:
    """`function`, a joint rule: it returns one cotangent for each input, or None where that is zero."""

    def accept(values: object, args: Sequence[object]) -> list[Any]:
        if not isinstance(values, (tuple, list)) or len(values) != len(args) - 2:
            raise TypeError(
                f"{what} must return a tuple of {len(args) - 2} cotangents, one for each input in their order "
                f"(None where it is 0 everywhere); got {described(values)}"
            )
        recorded = any(map(is_tensor, args))
        said = [f"{what}, for input {i}," for i in range(len(values))]
        return [None if v is None else taken(v, w, "fiub", recorded) for v, w in zip(values, said, strict=True)]

    return function and _guarded(function, what, accept)


def _guarded(
    function: Callable[..., Any], what: str, accept: Callable[[object, Sequence[object]], Any]
) -> Callable[..., Any]:
    if own(function):
        return function

    @wraps(function)
    def lending(*args: object, **params: object) -> Any:
        given = [lent(x) for x in args]
        try:
            value = function(*given, **{name: lent(x) for name, x in params.items()})
        except (ValueError, TypeError, BufferError) as error:
            found = writes.written(error, function, given)
            if found is None:
                raise
            where, owners = found
            if not owners:  # another array of the user's, or it cannot be told
                error.add_note(f"({what}, at {where}: if it writes into an argument: {REMEDY})")
                raise
            kind = TypeError if isinstance(error, TypeError) else ValueError
            raise kind(f"{what} writes into {owners}, at {where}. {REMEDY}") from error
        return accept(value, args)

    lending.__name__ = _name(function)
    return lending


def _name(function: object) -> str:
    return getattr(function, "__name__", None) or type(function).__name__


def lent(x: object) -> Any:
    """A read-only copy of an array, also in a tuple or dict; a Tensor, a number or None as it is."""
    if isinstance(x, np.ndarray):
        copy = np.array(x)
        copy.setflags(write=False)
        return copy
    if type(x) is dict:
        return {key: lent(v) for key, v in x.items()}
    return tuple(map(lent, x)) if type(x) is tuple else x


def taken(value: object, what: str, kinds: str, tensors: bool = False) -> Any:
    """What a function returned, as nobody else's array; an error if it is something else than numbers of `kinds`."""
    if tensors and is_tensor(value):
        return value
    masked = isinstance(value, np.ma.MaskedArray)
    array = isinstance(value, (np.ndarray, np.generic)) and not masked and value.dtype.kind in kinds
    if not array and not (isinstance(value, (float, int)) and "i" in kinds):
        expected = "one array of floats" + (", in the shape of its input" if "i" in kinds else ", or NumPy number")
        hint = "; an array has no mask: array.filled(value)" if masked else ""
        if is_tensor(value):
            hint = "; inside it everything is an array: of a Tensor from outside take t.data, or make it an input"
        raise TypeError(f"{what} must return {expected}; got {described(value)}{hint}")
    return np.array(value, value.dtype.newbyteorder("="))[()] if isinstance(value, np.ndarray) else value


def described(value: object) -> str:
    """A value in an error: its type, and its length, or its dtype and shape."""
    name = type(value).__name__
    if isinstance(value, (tuple, list, dict)):
        return f"a {name} of {len(value)}"
    return f"{name} {value.dtype}{list(value.shape)}" if isinstance(value, np.ndarray) else name
