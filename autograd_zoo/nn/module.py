"""Modules: parameters, and a forward pass composed of primitives. Each call is noted, so the tape knows its module."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from textwrap import indent
from typing import TYPE_CHECKING, Any, Self

import numpy as np

from ..engine.assign import ABSENT, assign
from ..engine.errors import carry
from ..engine.mode import MODE, Mode, Scope
from ..engine.rules import label
from ..engine.tensor import Array, Tensor
from ..engine.text import elided, printable
from ..engine.values import TRACE, named_array, stored
from .arguments import checked, of_its_class
from .docstrings import complete
from .hooks import Handle, Hook, told
from .leaves import Parameter as Parameter
from .places import assignable, former, items, joined, places

if TYPE_CHECKING:
    from .summary import Summary

OURS = __package__.partition(".")[0] + "."
DEPTH = 20  # modules inside each other that are printed; what is deeper is elided
_new = object.__new__


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
    _holds: str | None = None  # the attribute in which a container has its elements: paths go without it
    _forward_hooks: tuple[tuple[Hook], ...] = ()

    def __init_subclass__(cls, like: type[Module] | None = None, **kwargs: Any) -> None:
        super().__init_subclass__(**kwargs)
        if cls.__module__.startswith(__package__) and "__init__" in vars(cls):
            cls.__init__ = checked(cls.__init__)  # type: ignore[method-assign]  # its arguments, by their names
        if cls.__module__.startswith(OURS):
            complete(cls, like)

    def __call__(self, *args: Any, **kwargs: Any) -> Any:
        """Run `forward`, noted on the tape as a call of the module."""
        mode = MODE.get()
        inside = _new(Mode)  # Mode(), written out: the call would cost a tenth of the whole
        inside.recording, inside.fused, inside.observer = mode.recording, mode.fused, mode.observer
        inside.depth, inside.without, inside.scope = mode.depth, mode.without, Scope(self, mode.scope)
        if (trace := TRACE.get()) is not None:
            trace.called(self)
        try:
            MODE.set(inside)
            y = self.forward(*args, **kwargs)
            return told(self, args, y) if self._forward_hooks else y
        except Exception as error:
            of_its_class(error, self)
            carry(error, type(self), [*args, *kwargs.values()])
            raise
        finally:
            MODE.set(mode)

    def forward(self, *args: Any, **kwargs: Any) -> Any:
        """What the module computes; call the module itself, so that the tape notes it."""
        raise NotImplementedError(f"{label(type(self))} must define forward(self, x)")

    def register_forward_hook(self, hook: Hook) -> Handle:
        """Call `hook(module, args, y)` after each pass; what it returns, unless None, takes the place of y.

        The handle that is returned takes it away again: `handle.remove()`, or the end of a `with` block.

        >>> import autograd_zoo as az
        >>> layer, seen = az.nn.Linear(3, 2), []
        >>> with layer.register_forward_hook(lambda module, args, y: seen.append(y.shape)):
        ...     y = layer([1.0, 2.0, 3.0])
        >>> seen
        [(2,)]
        """
        return Handle(self, hook)

    def summary(self, *args: Any, depth: int | None = None, **kwargs: Any) -> Summary:
        """Call the module, and show for all inside it the output, the parameters and the multiplications.

        >>> import numpy as np, autograd_zoo as az
        >>> model = az.nn.Sequential(az.nn.Linear(3, 4), az.nn.Tanh(), az.nn.Linear(4, 1))
        >>> print(model.summary(np.zeros((2, 3))))
        module  is a        output  parameters  multiplications
        ───────────────────────────────────────────────────────
        0       Linear      (2, 4)          16               24
        1       Tanh        (2, 4)           0                0
        2       Linear      (2, 1)           5                8
        ───────────────────────────────────────────────────────
        total   Sequential  (2, 1)          21               32
        """
        from .summary import summary

        return summary(self, *args, depth=depth, **kwargs)

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
                inside = [(joined(path, key), m) for key, m in items(module) if isinstance(m, Module)]
                stack.extend(reversed(inside))

    def modules(self) -> Iterator[Module]:
        """Yield the module itself and all inside it."""
        stack, seen = [self], set()
        while stack:  # without paths, which are long where modules are deep
            module = stack.pop()
            if id(module) not in seen:
                seen.add(id(module))
                yield module
                stack.extend(reversed([m for _, m in items(module) if isinstance(m, Module)]))

    def named_parameters(self) -> Iterator[tuple[str, Parameter]]:
        """The parameters here and inside, each once, by path: `encoder.0.W` of `encoder[0].W`."""
        seen: set[Parameter] = set()
        for path, value in self._named_values():
            if isinstance(value, Parameter) and value not in seen:
                seen.add(value)
                yield path, value

    def parameters(self) -> list[Parameter]:
        """The parameters here and inside, each once."""
        return list(dict.fromkeys(v for m in self.modules() for _, v in items(m) if isinstance(v, Parameter)))

    def _named_values(self) -> Iterator[tuple[str, Any]]:
        """Every parameter and array here and inside, by path."""
        for path, module in self.named_modules():
            for key, value in items(module):
                if isinstance(value, (Parameter, np.ndarray)):
                    yield joined(path, key), value

    # ---- state -------------------------------------------------------------------------------------------------

    def state_dict(self) -> dict[str, Array]:
        """A copy of every parameter and array, by path; `az.io.save` writes it to a file.

        Raises
        ------
        ValueError
            naming two different ones that have the same path
        """
        return {path: np.array(v.data if isinstance(v, Tensor) else v) for path, v in self._values().items()}

    def _values(self) -> dict[str, Any]:
        """Every parameter and array here and inside, by path: none is lost."""
        values: dict[str, Any] = {}
        for path, value in self._named_values():
            if values.setdefault(path, value) is not value:
                same = " and ".join(text for other, text in _spelled(self) if other == path)
                raise ValueError(f"{same} have one path, {path!r}, of which a state would lose one: rename a key")
        return values

    def load_state_dict(self, state: Mapping[str, Any]) -> Self:
        """Take over the arrays of `state`; all of them, or, if one does not fit, none.

        An array that stands in two places, as one parameter or buffer of two modules, stays one. Paths as they once
        were, `blocks.layers.0.W` for what is `blocks.0.W`, are read too.

        Raises
        ------
        TypeError
            if it is no dict, or naming what is no array
        ValueError
            naming the missing and the unknown keys, or the first array whose shape or dtype does not fit, or two
            paths of one array for which the state has different ones
        """
        assign(self._loading(state))
        return self

    def _loading(self, state: Mapping[str, Any]) -> list[tuple[Any, Any, Any]]:
        """What `load_state_dict` assigns."""
        own, state = self._values(), stored(state)
        if own.keys() != state.keys():
            now = {path: new for path, new in former(self).items() if new not in state}
            state = {now.get(path, path): value for path, value in state.items()}
        if own.keys() != state.keys():
            missing, unknown = sorted(own.keys() - state.keys()), sorted(state.keys() - own.keys())
            raise ValueError(
                f"the state does not belong to this {label(type(self))}: missing {missing}, unknown {unknown}; "
                "nothing was loaded"
            )
        arrays = {path: named_array(path, value) for path, value in state.items()}
        new: dict[int, tuple[str, Array]] = {}
        for path, value in own.items():
            array = arrays[path]
            if array.shape != value.shape or not np.can_cast(array.dtype, value.dtype, "same_kind"):
                raise ValueError(
                    f"{printable(path)} is {value.dtype}{list(value.shape)}, the state has "
                    f"{array.dtype}{list(array.shape)}; nothing was loaded"
                )
            array = array.astype(value.dtype)
            first, other = new.setdefault(id(value), (path, array))
            if array is not other and array.tobytes() != other.tobytes():
                raise ValueError(
                    f"{first} and {path} are one array of this {type(self).__name__}, and two different ones in the "
                    "state; nothing was loaded"
                )
        buffers = [place for m in self.modules() for place in assignable(m, np.ndarray)]
        parameters = (value for value in own.values() if isinstance(value, Parameter))
        return [
            *((p, "_array", p._fitting(new[id(p)][1])) for p in parameters),
            *((owner, key, new[id(owner[key])][1]) for _, owner, key in buffers),
        ]

    def train(self, mode: bool = True) -> Self:
        """Set the training mode here and inside: dropout drops, batch statistics are used."""
        assign((vars(module), "training", mode) for module in self.modules())
        return self

    def eval(self) -> Self:
        """Set the evaluation mode here and inside."""
        return self.train(False)

    def freeze(self) -> Self:
        """Make every parameter here and inside a constant: a plain array, which nothing differentiates."""
        arrays: dict[Parameter, Array] = {}  # a parameter that stands in two places becomes one array
        changes: list[tuple[Any, Any, Any]] = []
        for module in self.modules():
            found = assignable(module, Parameter)
            frozen = {path: owner[key] for path, owner, key in found}
            changes += [(owner, key, arrays.setdefault(owner[key], owner[key].data)) for _, owner, key in found]
            changes.append((vars(module), "_frozen", {**vars(module).get("_frozen", {}), **frozen}))
        assign(changes)
        return self

    def unfreeze(self) -> Self:
        """Make what `freeze` froze parameters again: the same objects, so an optimizer that has them goes on."""
        data: dict[Parameter, Any] = {}
        changes: list[tuple[Any, Any, Any]] = []
        for module in self.modules():
            frozen = vars(module).get("_frozen", {})
            changes.append((vars(module), "_frozen", ABSENT))
            for path, owner, key in places(module):
                parameter, array = frozen.get(path), owner[key]
                if parameter is None or not isinstance(array, np.ndarray):
                    continue
                if parameter.shape != array.shape:
                    raise ValueError(
                        f"a parameter of shape {parameter.shape} was frozen where an array of shape {array.shape} "
                        "stands now; assign one of the old shape, and unfreeze again"
                    )
                new = parameter._fitting(array.astype(parameter.dtype))
                if data.setdefault(parameter, new) is not new and data[parameter].tobytes() != new.tobytes():
                    raise ValueError(
                        f"one parameter was frozen where {elided(path)} and another place have different arrays now; "
                        "assign one of them to both, and unfreeze again"
                    )
                changes.append((owner, key, parameter))
        assign([*((p, "_array", new) for p, new in data.items()), *changes])
        return self

    def zero_grad(self) -> None:
        """Clear the gradients of the parameters."""
        assign((p, "_grad", None) for p in self.parameters())

    def extra_repr(self) -> str:
        """The constructor's arguments, for `repr`."""
        return ", ".join(
            f"{printable(k)}={v!r}"
            for k, v in vars(self).items()
            if isinstance(v, (bool, int, float, str)) and k != "training"
        )

    def __repr__(self) -> str:
        lines: list[str] = []
        shown: set[int] = set()
        stack: list[tuple[str, str, Module | None]] = [("", "", self)]
        while stack:
            margin, head, m = stack.pop()
            if m is None:
                lines.append(f"{margin})")
            elif m is not self and type(m).__repr__ is not Module.__repr__:
                lines.append(indent(f"{head}{m!r}", margin))
            elif not (inside := [(key, v) for key, v in items(m) if isinstance(v, Module)]):
                lines.append(f"{margin}{head}{label(type(m))}({m.extra_repr()})")
            elif id(m) in shown or len(margin) > 2 * DEPTH:
                lines.append(f"{margin}{head}{label(type(m))}(...)")
            else:
                shown.add(id(m))
                lines.append(f"{margin}{head}{label(type(m))}(")
                stack.append((margin, "", None))
                stack.extend((f"{margin}  ", f"({elided(printable(key))}): ", v) for key, v in reversed(inside))
        return "\n".join(lines)


def _spelled(root: Module) -> Iterator[tuple[str, str]]:
    """The places inside, by path, and as one writes them in Python: `Net.heads['a.b']` and `Net.heads['a']['b']`."""
    stack: list[tuple[str, str, Any]] = [("", type(root).__name__, root)]
    seen: set[int] = set()
    while stack:
        path, text, value = stack.pop()
        if isinstance(value, Module) and id(value) not in seen:
            seen.add(id(value))
            attributes = [(k, v) for k, v in vars(value).items() if not k.startswith("_")]
            inside = [("" if k == value._holds else k, f"{text}.{k}", v) for k, v in attributes]
        elif isinstance(value, dict):
            inside = [(k, f"{text}[{k!r}]", v) for k, v in value.items()]
        elif isinstance(value, (list, tuple)):
            inside = [(str(k), f"{text}[{k}]", v) for k, v in enumerate(value)]
        else:
            inside = []
            yield path, text
        stack.extend((path if k == "" else joined(path, k), t, v) for k, t, v in reversed(inside))


def require(fits: bool, message: str | Callable[[], str]) -> None:
    """Raise a ValueError that starts with the path of the running module, unless `fits`.

    What is asked at every step of a sequence gives its message as a function, which costs nothing where it fits.
    """
    if not fits:
        scope, text = MODE.get().scope, message if isinstance(message, str) else message()
        path = "" if scope is None else scope.path()
        raise ValueError(f"{elided(path)}: {text}" if path else text)


def shape_of(x: Any) -> tuple[int, ...]:
    """`np.shape(x)`, which NumPy would ask a Tensor for in a roundabout way."""
    return x.shape if hasattr(x, "shape") else np.shape(x)


def named(x: Any, name: str) -> Any:
    """`x.named(name)` if x is a Tensor; an array has no name."""
    return x.named(name) if isinstance(x, Tensor) else x


def positive(what: str, n: Any) -> int:
    """`n` as an int; a ValueError that says `what` it was meant for, unless it is a whole number of at least 1."""
    if isinstance(n, bool) or not hasattr(n, "__index__") or n < 1:
        raise ValueError(f"{what} must be a positive integer, got {n!r}")
    return int(n)
