"""The examples that a function is recorded on: floats are leaves, other arrays are given, all else is fixed."""

from __future__ import annotations

import inspect
from collections.abc import Callable, Sequence
from typing import Any

import numpy as np

from ..engine.rules import label
from ..engine.tensor import Tensor
from .traced import RecordError, Value

Tree = Any  # an array, or a tuple, list or dict of trees


def mapped(f: Callable[[str, Any], Any], name: str, tree: Tree) -> Tree:
    """The tree of f(name, x) for each x in a tree, by its name: `state[0]`, `batch.labels`."""
    if type(tree) in (tuple, list):
        return type(tree)(mapped(f, f"{name}[{i}]", x) for i, x in enumerate(tree))
    if type(tree) is dict:
        return {key: mapped(f, f"{name}.{key}" if name else str(key), x) for key, x in tree.items()}
    return f(name, tree)


def listed(tree: Tree) -> Tree:
    """The tree with lists of nothing but numbers as arrays: `[[1.0, 2.0], [3.0, 4.0]]`."""
    if type(tree) is dict:
        return {key: listed(x) for key, x in tree.items()}
    if type(tree) is tuple:
        return tuple(map(listed, tree))
    return np.array(tree) if type(tree) is list and tree and _numbers(tree) else tree


def _numbers(x: Any) -> bool:
    return all(map(_numbers, x)) if isinstance(x, list) else isinstance(x, (bool, int, float, np.generic))


class Arguments:
    """The examples of a recording, by name, as arrays; `call` makes the arguments of a call of them."""

    def __init__(self, f: Callable[..., Any], examples: Sequence[Any], names: Sequence[str] | None) -> None:
        self.trees = [
            (name, mapped(_example, name, listed(x)))
            for name, x in zip(_names(f, examples, names), examples, strict=True)
        ]

    def call(self, leaf: Callable[[str, Any], Any], plain: Callable[[str, Any], Any]) -> list[Any]:
        """The arguments: `leaf(name, array)` for floats, `plain(name, array)` for other arrays."""

        def argument(name: str, x: Any) -> Any:
            if not isinstance(x, np.ndarray):
                return x
            return leaf(name, x) if x.dtype.kind == "f" else plain(name, x)

        return [mapped(argument, name, tree) for name, tree in self.trees]

    def resized(self, n: int, alone: bool) -> list[Any]:
        """The examples with n along the first axis: of the first one (`alone`), and of those as long as that."""
        length: list[int] = []

        def longer(name: str, x: Any) -> Any:
            if not isinstance(x, np.ndarray) or not x.ndim or (length and (alone or len(x) != length[0])):
                return x
            length.append(len(x))
            return np.resize(x, (n, *x.shape[1:]))

        return [mapped(longer, name, tree) for name, tree in self.trees]


def _example(name: str, x: Any) -> Any:
    """An example as an array, or as it is."""
    if isinstance(x, Tensor):
        return np.asarray(x._array)
    if isinstance(x, Value):
        raise RecordError(f"the example {name} belongs to a recording that is still running; pass its array")
    if not isinstance(x, (np.ndarray, np.generic, float)):
        return x
    array = np.array(x)
    if array.dtype.kind not in "fiub":
        raise TypeError(f"the example {name} must hold real numbers, got {array.dtype}")
    return array


def _names(f: Callable[..., Any], examples: Sequence[Any], names: Sequence[str] | None) -> list[str]:
    """One name an example, as it was asked, or as the parameters of f are called."""
    if names is not None:
        if len(names) != len(examples) or len(set(names)) < len(names):
            raise ValueError(
                f"names= must be one name for each of {len(examples)} examples, all different; got {names!r}"
            )
        return list(names)
    try:
        parameters = list(inspect.signature(getattr(f, "forward", f)).parameters.values())
    except (TypeError, ValueError):
        parameters = []
    found = [p.name for p in parameters if p.kind in (p.POSITIONAL_ONLY, p.POSITIONAL_OR_KEYWORD)][: len(examples)]
    return found + [f"x{i}" for i in range(len(found), len(examples))]


def results_of(y: Any) -> dict[str, Any]:
    """The results of a function by their names."""
    found: dict[str, Any] = {}

    def add(name: str, x: Any) -> Any:
        if x is not None:
            if (name or "y") in found:
                raise TypeError(f"a recorded function returns two results that are called {name}: name them apart")
            found[name or "y"] = x
        return x

    mapped(add, "", y)
    for name, x in found.items():
        if not isinstance(x, (Tensor, Value, np.ndarray, np.generic, float, int)):
            raise TypeError(f"a recorded function returns Tensors and arrays; {name} is a {label(type(x))}")
    if not found:
        raise TypeError("a recorded function returns Tensors or arrays, got nothing")
    return found
