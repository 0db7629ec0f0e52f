"""Where the attributes of a module stand, through lists, tuples and dicts, and what the places are called.

They are called as one writes them: what `model.blocks[3].attn` is stands at `blocks.3.attn`, though a ModuleList holds
its modules in an attribute. Files from before say `blocks.layers.3.attn`.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING, Any

from ..engine.rules import label
from ..engine.text import printable

if TYPE_CHECKING:
    from .module import Module


def places(module: Module, *, once: bool = False) -> Iterator[tuple[str, Any, Any]]:
    """Where the public attributes of a module, and the elements of lists, tuples and dicts, stand: path, owner, key.

    The paths are those of now, or those that there were `once`.
    """
    stack: list[tuple[str, Any, Any]] = [
        ("" if key == module._holds and not once else key, vars(module), key)
        for key in reversed(vars(module))
        if not key.startswith("_")
    ]
    while stack:
        path, owner, key = stack.pop()
        value = owner[key]
        if isinstance(value, (list, tuple, dict)):
            keys = value if isinstance(value, dict) else range(len(value))
            stack.extend((joined(path, k), value, k) for k in reversed(keys))
        else:
            yield path, owner, key


def items(module: Module) -> Iterator[tuple[str, Any]]:
    """The values at these places, by path: `layers.0`; of a Sequential `0`."""
    return ((path, owner[key]) for path, owner, key in places(module))


def joined(path: str, key: object) -> str:
    """The path of what is inside of what has a path, which may be none."""
    return f"{path}.{key}" if path else str(key)


def former(module: Module) -> dict[str, str]:
    """What the places in a module and in all inside it are called, by what they were once called."""
    found: dict[str, str] = {}
    stack = [("", "", module)]
    seen: set[int] = set()
    while stack:  # in the order of named_modules: a module in two places is called by the same one
        old, new, outer = stack.pop()
        if id(outer) in seen:
            continue
        seen.add(id(outer))
        inside = []
        for (before, owner, key), (path, *_) in zip(places(outer, once=True), places(outer), strict=True):
            names = joined(old, before), joined(new, path)
            found[names[0]] = names[1]
            if hasattr(owner[key], "named_modules"):
                inside.append((*names, owner[key]))
        stack.extend(reversed(inside))
    return found


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
