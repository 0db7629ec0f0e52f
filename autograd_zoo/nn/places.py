"""Where the attributes of a module stand, through lists, tuples and dicts."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING, Any

from ..engine.rules import label
from ..engine.text import printable

if TYPE_CHECKING:
    from .module import Module


def places(module: Module) -> Iterator[tuple[str, Any, Any]]:
    """Where the public attributes of a module, and the elements of lists, tuples and dicts, stand: path, owner, key."""
    stack: list[tuple[str, Any, Any]] = [
        (key, vars(module), key) for key in reversed(vars(module)) if not key.startswith("_")
    ]
    while stack:
        path, owner, key = stack.pop()
        value = owner[key]
        if isinstance(value, (list, tuple, dict)):
            keys = value if isinstance(value, dict) else range(len(value))
            stack.extend((f"{path}.{k}", value, k) for k in reversed(keys))
        else:
            yield path, owner, key


def items(module: Module) -> Iterator[tuple[str, Any]]:
    """The values at these places, by path: `layers.0`."""
    return ((path, owner[key]) for path, owner, key in places(module))


def assignable(module: Module, kind: type | tuple[type, ...]) -> list[tuple[str, Any, Any]]:
    """The places in a module that hold a `kind` of value, all of which can be given another one."""
    found = [(path, owner, key) for path, owner, key in places(module) if isinstance(owner[key], kind)]
    for path, owner, _ in found:
        if isinstance(owner, tuple):
            raise TypeError(
                f"{label(type(module))}.{printable(path)} stands in a tuple, which cannot be changed: use a list; "
                "nothing was changed"
            )
    return found
