"""Modules: parameters, and a forward pass composed of primitives. Each call is noted, so the tape knows its module."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from reprlib import recursive_repr
from textwrap import indent
from typing import Any, NoReturn, Self

import numpy as np

from ..engine.mode import MODE, Mode, Scope
from ..engine.tensor import Array, Tensor
from .arguments import checked


def _in_place(symbol: str) -> Callable[[Parameter, Any], NoReturn]:
    def refuse(self: Parameter, other: Any) -> NoReturn:
        raise TypeError(
            f"p {symbol}= ... would name a new Tensor p and leave the parameter as it is. To change it write "
            f"p.data = p.data {symbol} ..., or let an optimizer: az.optim.SGD(model.parameters(), lr=0.1).step(); to "
            f"compute with it write y = p {symbol} ..."
        )

    return refuse


class Parameter(Tensor):
    """A leaf that a module owns and an optimizer changes; `p -= ...`, which could change nothing, is an error."""

    __slots__ = ()

    __iadd__, __isub__, __imul__, __itruediv__ = map(_in_place, "+-*/")
    __imod__, __ipow__, __imatmul__ = map(_in_place, ("%", "**", "@"))


class Module:
    """A function with parameters. Assign parameters, arrays and other modules to attributes, and write `forward`.

    Parameters are the attributes of type `Parameter`; plain ndarrays (running statistics, frozen parameters) are state
    that is stored but not trained. Both are found, in order of assignment, by walking the attributes, through lists,
    tuples and dicts too. A parameter that is reachable twice is one parameter.

    Examples
    --------
    >>> import numpy as np, autograd_zoo as az
    >>> class Affine(az.nn.Module):
    ...     def __init__(self):
    ...         self.w, self.b = az.nn.Parameter([2.0]), az.nn.Parameter([1.0])
    ...
    ...     def forward(self, x):
    ...         return self.w * x + self.b
    >>> model = Affine()
    >>> model(np.array([3.0])).data
    array([7.])
    >>> [name for name, p in model.named_parameters()]
    ['w', 'b']
    """

    training: bool = True

    def __init_subclass__(cls, **kwargs: Any) -> None:
        super().__init_subclass__(**kwargs)
        if cls.__module__.startswith(__package__) and "__init__" in vars(cls):
            cls.__init__ = checked(cls.__init__)  # type: ignore[method-assign]  # its arguments, by their names

    def __call__(self, *args: Any, **kwargs: Any) -> Any:
        """Run `forward`, noted on the tape as a call of the module."""
        mode = MODE.get()
        scope = Scope(self, mode.scope)
        token = MODE.set(Mode(mode.recording, mode.fused, scope, mode.anomaly, mode.depth))
        try:
            return self.forward(*args, **kwargs)
        finally:
            MODE.reset(token)

    def forward(self, *args: Any, **kwargs: Any) -> Any:
        """What the module computes; call the module itself, so that the tape notes it."""
        raise NotImplementedError(f"{type(self).__name__} must define forward(self, x)")

    # ---- what is inside ----------------------------------------------------------------------------------------

    def named_modules(self) -> Iterator[tuple[str, Module]]:
        """Yield the module itself ("") and all inside it, each once, with the path by which it is first reached."""
        stack: list[tuple[str, Module]] = [("", self)]
        seen: set[int] = set()
        while stack:
            path, module = stack.pop()
            if id(module) not in seen:
                seen.add(id(module))
                yield path, module
                inside = [(f"{path}.{key}" if path else key, m) for key, m in _items(module) if isinstance(m, Module)]
                stack.extend(reversed(inside))

    def modules(self) -> Iterator[Module]:
        """Yield the module itself and all inside it."""
        return (m for _, m in self.named_modules())

    def named_parameters(self) -> Iterator[tuple[str, Parameter]]:
        """The parameters here and inside, each once, by path: `encoder.layers.0.W`."""
        seen: set[Parameter] = set()
        for path, value in self._named_values():
            if isinstance(value, Parameter) and value not in seen:
                seen.add(value)
                yield path, value

    def parameters(self) -> list[Parameter]:
        """The parameters here and inside, each once."""
        return [p for _, p in self.named_parameters()]

    def _named_values(self) -> Iterator[tuple[str, Any]]:
        """Every parameter and array here and inside, by path."""
        for path, module in self.named_modules():
            for key, value in _items(module):
                if isinstance(value, (Parameter, np.ndarray)):
                    yield f"{path}.{key}" if path else key, value

    # ---- state -------------------------------------------------------------------------------------------------

    def state_dict(self) -> dict[str, Array]:
        """A copy of every parameter and array, by path; `az.io.save` writes it to a file."""
        return {path: np.array(v.data if isinstance(v, Tensor) else v) for path, v in self._named_values()}

    def load_state_dict(self, state: Mapping[str, Any]) -> Self:
        """Take over the arrays of `state`; all of them, or, if one does not fit, none.

        Raises
        ------
        ValueError
            naming the missing and the unknown keys, or the first array whose shape or dtype does not fit
        """
        own = dict(self._named_values())
        if own.keys() != state.keys():
            missing, unknown = sorted(own.keys() - state.keys()), sorted(state.keys() - own.keys())
            raise ValueError(
                f"the state does not belong to this {type(self).__name__}: missing {missing}, unknown {unknown}; "
                "nothing was loaded"
            )
        arrays = {path: np.array(value) for path, value in state.items()}
        for path, value in own.items():
            new = arrays[path]
            if new.shape != value.shape or not np.can_cast(new.dtype, value.dtype, "same_kind"):
                raise ValueError(
                    f"{path} is {value.dtype}{list(value.shape)}, the state has {new.dtype}{list(new.shape)}; "
                    "nothing was loaded"
                )
        buffers = [(prefix, *place) for prefix, m in self.named_modules() for place in _assignable(m, np.ndarray)]
        for path, value in own.items():
            if isinstance(value, Parameter):
                value.data = arrays[path].astype(value.dtype)
        for prefix, path, owner, key in buffers:
            owner[key] = arrays[f"{prefix}.{path}" if prefix else path].astype(owner[key].dtype)
        return self

    def train(self, mode: bool = True) -> Self:
        """Set the training mode here and inside: dropout drops, batch statistics are used."""
        for module in self.modules():
            module.training = mode
        return self

    def eval(self) -> Self:
        """Set the evaluation mode here and inside."""
        return self.train(False)

    def freeze(self) -> Self:
        """Make every parameter here and inside a constant: a plain array, which nothing differentiates."""
        places = [(module, *place) for module in self.modules() for place in _assignable(module, Parameter)]
        for module, path, owner, key in places:
            vars(module).setdefault("_frozen", {})[path] = owner[key]
            owner[key] = owner[key].data
        return self

    def unfreeze(self) -> Self:
        """Make what `freeze` froze parameters again: the same objects, so an optimizer that has them goes on."""
        thawed = []
        for module in self.modules():
            frozen = vars(module).get("_frozen", {})
            places = [place for place in _places(module) if place[0] in frozen]
            thawed += [(frozen[path], owner, key) for path, owner, key in places if isinstance(owner[key], np.ndarray)]
        for parameter, owner, key in thawed:
            if parameter.shape != owner[key].shape:
                raise ValueError(
                    f"a parameter of shape {parameter.shape} was frozen where an array of shape {owner[key].shape} "
                    "stands now; assign one of the old shape, and unfreeze again"
                )
        for parameter, owner, key in thawed:
            parameter.data = owner[key].astype(parameter.dtype)
            owner[key] = parameter
        for module in self.modules():
            vars(module).pop("_frozen", None)
        return self

    def zero_grad(self) -> None:
        """Clear the gradients of the parameters."""
        for p in self.parameters():
            p.grad = None

    def extra_repr(self) -> str:
        """The constructor's arguments, for `repr`."""
        return ", ".join(
            f"{k}={v!r}" for k, v in vars(self).items() if isinstance(v, (bool, int, float, str)) and k != "training"
        )

    @recursive_repr("...")
    def __repr__(self) -> str:
        modules = ((key, m) for key, m in _items(self) if isinstance(m, Module))
        inside = [f"  ({key}): {indent(repr(m), '  ').lstrip()}" for key, m in modules]
        body = "\n" + "\n".join(inside) + "\n" if inside else self.extra_repr()
        return f"{type(self).__name__}({body})"


def _places(module: Module) -> Iterator[tuple[str, Any, Any]]:
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


def _items(module: Module) -> Iterator[tuple[str, Any]]:
    """The values at these places, by path: `layers.0`."""
    return ((path, owner[key]) for path, owner, key in _places(module))


def _assignable(module: Module, kind: type | tuple[type, ...]) -> list[tuple[str, Any, Any]]:
    """The places in a module that hold a `kind` of value, all of which can be given another one."""
    places = [(path, owner, key) for path, owner, key in _places(module) if isinstance(owner[key], kind)]
    for path, owner, _ in places:
        if isinstance(owner, tuple):
            raise TypeError(
                f"{type(module).__name__}.{path} stands in a tuple, which cannot be changed: use a list; "
                "nothing was changed"
            )
    return places


def expect(fits: bool, message: str) -> None:
    """Raise a ValueError that starts with the path of the running module, unless `fits`."""
    if not fits:
        scope = MODE.get().scope
        raise ValueError(f"{scope.path()}: {message}" if scope is not None else message)


def named(x: Any, name: str) -> Any:
    """`x.named(name)` if x is a Tensor; an array has no name."""
    return x.named(name) if isinstance(x, Tensor) else x


def positive(what: str, n: Any) -> int:
    """`n` as an int; a ValueError that says `what` it was meant for, unless it is a whole number of at least 1."""
    if isinstance(n, bool) or not hasattr(n, "__index__") or n < 1:
        raise ValueError(f"{what} must be a positive integer, got {n!r}")
    return int(n)


class Sequential(Module):
    """Modules applied one after the other; `model[i]` is the i-th."""

    def __init__(self, *layers: Any) -> None:
        wrong = [layer for layer in layers if not callable(layer)]
        if wrong:
            raise TypeError(f"Sequential takes modules or functions, got {wrong[0]!r}")
        self.layers = list(layers)

    def forward(self, x: Any) -> Any:
        """Apply every layer in turn."""
        for layer in self.layers:
            x = layer(x)
        return x

    def __getitem__(self, i: int) -> Any:
        return self.layers[i]

    def __len__(self) -> int:
        return len(self.layers)


class ModuleList(Module):
    """A list of modules whose parameters are found; it has no forward pass of its own."""

    def __init__(self, modules: Iterable[Module] = ()) -> None:
        self.layers = list(modules)

    def append(self, module: Module) -> Self:
        """Add a module at the end."""
        self.layers.append(module)
        return self

    def __getitem__(self, i: int) -> Any:
        return self.layers[i]

    def __len__(self) -> int:
        return len(self.layers)

    def __iter__(self) -> Iterator[Module]:
        return iter(self.layers)
