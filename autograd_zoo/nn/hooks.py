"""Hooks: functions that see what a module is called with and what it gives, each time."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from .module import Module

Hook = Callable[["Module", tuple[Any, ...], Any], Any]


class Handle:
    """What a hook is taken away by: `handle.remove()`, or the end of a `with` block."""

    def __init__(self, module: Module, hook: Hook) -> None:
        if not callable(hook):
            raise TypeError(f"a hook is a function of a module, its arguments and y, got a {type(hook).__name__}")
        self._module, self._hook = module, (hook,)  # a tuple of its own: the same hook may be registered twice
        module._forward_hooks = (*module._forward_hooks, self._hook)

    def remove(self) -> None:
        """Take the hook away; a second time there is nothing to do."""
        self._module._forward_hooks = tuple(h for h in self._module._forward_hooks if h is not self._hook)

    def __enter__(self) -> Handle:
        return self

    def __exit__(self, *error: object) -> None:
        self.remove()


def told(module: Module, args: tuple[Any, ...], y: Any) -> Any:
    """The result, after each of the module's hooks has seen it, and has put another in its place if it gave one."""
    for (hook,) in module._forward_hooks:
        new = hook(module, args, y)
        y = y if new is None else new
    return y
