"""What the engine asks while a function is run for a recording, and what is learnt from its questions."""

from __future__ import annotations

import inspect
from collections.abc import Callable
from typing import Any

import numpy as np

from ..engine.mode import MODE, switched
from ..engine.tensor import Tensor, next_order, node
from .traced import Value, bare, identity, locked, made


class Run:
    """What the engine asks while a function is run for a recording: this one lets plain values be plain.

    It sees each module before its first call, with what it keeps and draws from, and notes what is given on the way.
    `stepwise`, it wants sequences step after step, and not each as one call.
    """

    def __init__(self, stepwise: bool = False) -> None:
        self.stepwise = stepwise
        self.modules: dict[Any, str] = {}  # each with its path
        self.given_arrays: dict[str, Any] = {}

    def called(self, module: Any) -> None:
        """A module is about to be called; it and those inside it are new, or known."""
        if module not in self.modules:
            for path, inner in module.named_modules():
                if inner not in self.modules:
                    self.modules[inner] = path
                    self.found(inner)

    def found(self, module: Any) -> None:
        """A module was seen for the first time."""

    def given(self, array: Any, name: str) -> Any:
        """An array that f takes from elsewhere; a scope makes its name unique."""
        self.given_arrays[unique(scoped(name), self.given_arrays)] = array
        return array

    def value(self, t: Tensor) -> Any:
        """The plain value of a Tensor."""
        view = np.asarray(t._array).view()
        view.flags.writeable = False
        return view if view.ndim else view[()]

    def detached(self, t: Tensor) -> Tensor:
        """A leaf with the value of a Tensor."""
        return Tensor.leaf(t._array)

    def unrecorded(self, *made: Any) -> Tensor:
        """The result of an operation under `no_grad`: a leaf, with the value that a node would have had."""
        with switched(recording=True):
            t = node(*made)
        return self.detached(t)

    def called_on(self, op: Callable[..., Any], function: Callable[..., Any], args: Any, params: Any) -> Any:
        """A primitive of ours, called on plain values: NumPy does not dispatch it."""
        return function(*args, **params)

    def composed(self, op: Callable[..., Any], function: Callable[..., Any], bound: inspect.BoundArguments) -> Any:
        """A module's function that could be one node, `op`."""
        return function(*bound.args, **bound.kwargs)

    def bare(self, x: Any) -> Any:
        """Arguments as arrays."""
        return x


class Trace(Run):
    """What the engine asks while a program is recorded, and what was learnt."""

    def __init__(self, stepwise: bool = False) -> None:
        super().__init__(stepwise)
        self.order = next_order()  # what was made before is older
        self.guards: list[tuple[Value, bool]] = []
        self.inputs: list[Value] = []
        self.calls: dict[
            Tensor, tuple[Callable[..., Any], Any, Any]
        ] = {}  # results of functions that could be one node
        self.plain: dict[Tensor, Value] = {}
        self.leaves: dict[Tensor, Value] = {}  # leaves that f made on the way, of the values that they hold

    def value(self, t: Tensor) -> Value:
        """The plain value of a Tensor."""
        if t in self.leaves:
            return self.leaves[t]
        return self.plain.setdefault(t, Value(t._array, identity, (t,)))

    def given(self, array: Any, name: str) -> Any:
        """An input of the program."""
        if isinstance(array, (Value, Tensor)):
            return array
        self.inputs.append(Value(locked(array), name=unique(scoped(name), [v.name for v in self.inputs])))
        return self.inputs[-1]

    def detached(self, t: Tensor) -> Tensor:
        """A leaf with the value of a Tensor, which the program computes too."""
        value, leaf = self.value(t), Tensor.leaf(t._array)
        self.leaves[leaf] = value
        return leaf

    def composed(self, op: Callable[..., Any], function: Callable[..., Any], bound: inspect.BoundArguments) -> Any:
        """The same, and that its result is that of one call."""
        y = super().composed(op, function, bound)
        if isinstance(y, Tensor):
            bound.apply_defaults()
            self.calls[y] = (op, bound.args, bound.kwargs)
        return y

    def called_on(self, op: Callable[..., Any], function: Callable[..., Any], args: Any, params: Any) -> Any:
        """The same; where a value is traced, a call that knows itself."""
        given = [part for x in (*args, *params.values()) for part in (x if isinstance(x, tuple) else (x,))]
        if any(isinstance(part, Value) for part in given):
            return made(op, args, params)
        return super().called_on(op, function, args, params)

    def leaf(self, t: Tensor, v: Value) -> Any:
        """The array for a new leaf t that holds v."""
        self.leaves[t] = v
        return v.value

    bare = staticmethod(bare)


def scoped(name: str) -> str:
    """A name with the path of the module that is running."""
    scope = MODE.get().scope
    path = "" if scope is None else scope.path()
    return f"{path}.{name}" if path else name


def unique(name: str, taken: Any) -> str:
    """A name that is not taken."""
    k, found = 0, name
    while found in taken:
        k += 1
        found = f"{name}[{k}]"
    return found
