"""One gradient out of all: `Part(lstm_gradients, "W_f")` is ∂L/∂W_f, as a closed form with a rule's signature.

Where the gradients of a module share their work, such as backpropagation through time, one function gives all of them,
as fields of a NamedTuple. Within `sharing()` it runs once for a sample, whichever of its parts are asked for.
"""

from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass
from functools import wraps
from inspect import signature
from typing import Any

import numpy as np

from .notation import Array

MOST = 64
_memory: ContextVar[dict[Any, Any] | None] = ContextVar("memory", default=None)


@contextmanager
def sharing() -> Iterator[None]:
    """Compute what is `shared` once for the same arguments; nothing of it is kept afterwards."""
    token = _memory.set({} if (outer := _memory.get()) is None else outer)
    try:
        yield
    finally:
        _memory.reset(token)


def shared(f: Callable[..., Any]) -> Callable[..., Any]:
    """f, which within `sharing()` remembers its last results by the numbers in its arguments."""

    @wraps(f)
    def call(*arguments: Any, **params: Any) -> Any:
        memory = _memory.get()
        if memory is None:
            return f(*arguments, **params)
        key = f, *map(_content, arguments), *((name, _content(params[name])) for name in sorted(params))
        if key not in memory:
            if len(memory) >= MOST:
                del memory[next(iter(memory))]  # the oldest
            memory[key] = f(*arguments, **params)
        return memory[key]

    return call


def _content(x: Any) -> Any:
    return (x.dtype.str, x.shape, x.tobytes()) if isinstance(x, np.ndarray) else repr(x)


@dataclass(frozen=True)
class Part:
    """∂L/∂name out of all gradients: (g, y, *inputs, **params) -> the field `name` of what `gradients` gives."""

    gradients: Callable[..., Any]
    name: str

    def __call__(self, g: Array, y: Array, *inputs: Array, **params: Any) -> Array:
        """What the field holds."""
        return getattr(shared(self.gradients)(g, y, *inputs, **params), self.name)


def no_name(module: str, forms: Mapping[str, Any], name: str) -> AttributeError:
    """The error for a name that a family does not have; of `lstm_dx` and `lstm_backward` it says what to write."""
    message = f"module {module!r} has no attribute {name!r}"
    for form in [joint.removesuffix("_gradients") for joint in forms if joint.endswith("_gradients")]:
        joint = f"{form}_gradients"
        field = name.removeprefix(f"{form}_d")
        if name == f"{form}_backward":
            return AttributeError(f"{message}: write {joint}, which gives all gradients at once")
        if field != name and field in getattr(signature(forms[joint]).return_annotation, "_fields", ()):
            return AttributeError(f"{message}: write {joint}(g, y, *inputs).{field}, one of all gradients at once")
    return AttributeError(message)
