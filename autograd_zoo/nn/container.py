"""Containers of modules and parameters, one after the other, by name or number; layers that compute nothing."""

from __future__ import annotations

import math
from collections.abc import ItemsView, Iterable, Iterator, KeysView, Mapping, ValuesView
from typing import Any, Self

import numpy as np

from ..engine.rules import label
from ..engine.values import array
from .module import Module, Parameter, require


class _Layers(Module):
    """What is a list of layers: `model[i]` is the i-th."""

    _holds = "layers"
    layers: list[Any]

    def __getitem__(self, i: int) -> Any:
        return self.layers[i]

    def __len__(self) -> int:
        return len(self.layers)


class Sequential(_Layers):
    """Modules applied one after the other; `model[i]` is the i-th."""

    def __init__(self, *layers: Any) -> None:
        wrong = [layer for layer in layers if not callable(layer) or isinstance(layer, type)]
        if wrong:
            hint = f": write {label(wrong[0])}(...), which makes a module" if isinstance(wrong[0], type) else ""
            raise TypeError(f"Sequential takes modules or functions, got {wrong[0]!r}{hint}")
        self.layers = list(layers)

    def forward(self, x: Any) -> Any:
        """Apply every layer in turn."""
        for layer in self.layers:
            x = layer(x)
        return x


class ModuleList(_Layers):
    """A list of modules whose parameters are found; it has no forward pass of its own."""

    def __init__(self, modules: Iterable[Module] = ()) -> None:
        self.layers = list(modules)

    def append(self, module: Module) -> Self:
        """Add a module at the end."""
        self.layers.append(module)
        return self

    def __iter__(self) -> Iterator[Module]:
        return iter(self.layers)


class ModuleDict(Module):
    """Modules by name, whose parameters are found; it has no forward pass of its own.

    >>> import autograd_zoo as az
    >>> heads = az.nn.ModuleDict({"mean": az.nn.Linear(4, 1), "spread": az.nn.Linear(4, 1, bias=False)})
    >>> [name for name, p in heads.named_parameters()]
    ['mean.W', 'mean.b', 'spread.W']
    """

    _holds = "layers"

    def __init__(self, modules: Mapping[str, Module] | Iterable[tuple[str, Module]] = ()) -> None:
        self.layers: dict[str, Module] = {}
        self.update(modules)

    def update(self, modules: Mapping[str, Module] | Iterable[tuple[str, Module]]) -> None:
        """Take over modules by their names; those that are there already are replaced."""
        for name, module in dict(modules).items():
            self[name] = module

    def __setitem__(self, name: str, module: Module) -> None:
        if not isinstance(name, str) or not name or "." in name:
            raise ValueError(f"a name in a ModuleDict is a text without a dot, got {name!r}")
        if not isinstance(module, Module):
            raise TypeError(f"a ModuleDict holds modules; {name!r} is a {label(type(module))}")
        self.layers[name] = module

    def __getitem__(self, name: str) -> Module:
        return self.layers[name]

    def __delitem__(self, name: str) -> None:
        del self.layers[name]

    def __contains__(self, name: object) -> bool:
        return name in self.layers

    def __len__(self) -> int:
        return len(self.layers)

    def __iter__(self) -> Iterator[str]:
        return iter(self.layers)

    def keys(self) -> KeysView[str]:
        """The names."""
        return self.layers.keys()

    def values(self) -> ValuesView[Module]:
        """The modules."""
        return self.layers.values()

    def items(self) -> ItemsView[str, Module]:
        """Names and modules."""
        return self.layers.items()


class ParameterList(Module):
    """Parameters by number, which are found; what is no parameter yet becomes one.

    >>> import autograd_zoo as az
    >>> scales = az.nn.ParameterList([[1.0, 2.0], [3.0]])
    >>> [name for name, p in scales.named_parameters()]
    ['0', '1']
    """

    _holds = "elements"

    def __init__(self, values: Iterable[Any] = ()) -> None:
        if not isinstance(values, Iterable):
            raise TypeError(f"a ParameterList is made of several values, got a {type(values).__name__}: write [value]")
        self.elements: list[Parameter] = []
        self.extend(values)

    def append(self, value: Any) -> Self:
        """Add a parameter at the end."""
        self.elements.append(_parameter(value))
        return self

    def extend(self, values: Iterable[Any]) -> Self:
        """Add parameters at the end."""
        self.elements.extend(map(_parameter, values))
        return self

    def __getitem__(self, i: int) -> Parameter:
        return self.elements[i]

    def __setitem__(self, i: int, value: Any) -> None:
        self.elements[i] = _parameter(value)

    def __len__(self) -> int:
        return len(self.elements)

    def __iter__(self) -> Iterator[Parameter]:
        return iter(self.elements)

    def extra_repr(self) -> str:
        """The shapes."""
        return ", ".join(str(p.shape) for p in self.elements)


def _parameter(value: Any) -> Parameter:
    return value if isinstance(value, Parameter) else Parameter(value)


class Identity(Module):
    """y = x; arguments that it is made with say nothing."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        pass

    def forward(self, x: Any) -> Any:
        """Give back the input."""
        return x


class Flatten(Module):
    """The axes from `start_axis` to `end_axis` as one; those before, by default the batch, stay.

    Shapes: x (..., n₁, ..., nₖ, ...), the result (..., n₁ ⋯ nₖ, ...).
    Raises: ValueError where x has no such axes.
    """

    def __init__(self, start_axis: int = 1, end_axis: int = -1) -> None:
        self.start_axis, self.end_axis = start_axis, end_axis

    def forward(self, x: Any) -> Any:
        """Reshape the input."""
        shape = np.shape(x) or (1,)
        first, last = (axis + len(shape) if axis < 0 else axis for axis in (self.start_axis, self.end_axis))
        there = 0 <= first <= last < len(shape)
        require(there, f"x of shape {np.shape(x)} has no axes {self.start_axis} to {self.end_axis} to flatten")
        flat = math.prod(shape[first : last + 1])
        return np.reshape(x if hasattr(x, "reshape") else array(x), (*shape[:first], flat, *shape[last + 1 :]))
