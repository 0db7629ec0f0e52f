"""What can be drawn: results, a module with sample inputs, a specimen's name, an exception that ended a pass."""

from __future__ import annotations

import copy
import inspect
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from .style import clean
from .trace import is_tensor, results

NOT_DRAWN = (
    "expected a Tensor, a list of Tensors, a Tape, a module with inputs, a specimen's name or an exception, got "
)


@dataclass(frozen=True)
class Failure:
    """Where a forward pass ended: what was asked for, of what, in which module call, and what was said."""

    op: str
    arguments: tuple[Any, ...]  # Tensors and arrays
    scope: Any
    message: str


@dataclass(frozen=True)
class Source:
    """The Tensors whose history is drawn, and where the pass failed, if it did."""

    results: list[Any]
    failure: Failure | None = None


def find(y: Any, inputs: Sequence[Any] = ()) -> Source:
    """The Tensors that `y` stands for, or an error that says what to pass."""
    if isinstance(y, BaseException):
        _no_inputs(inputs, "an exception")
        return _failed(y)
    if isinstance(y, str):
        _no_inputs(inputs, "the name of a specimen")
        return Source(results(_specimen(y)))
    if callable(y) and (inputs or hasattr(y, "named_parameters")):
        if not inputs:
            name = clean(type(y).__name__)
            raise TypeError(f"a {name} is drawn with sample inputs: draw({name.lower()}, x), or call it and draw that")
        return _called(y, inputs)
    _no_inputs(inputs, f"a {clean(type(y).__name__)}")
    return Source(results(y))


def _no_inputs(inputs: Sequence[Any], what: str) -> None:
    if inputs:
        raise TypeError(f"inputs go with a module or a function; {what} is drawn without, got {len(inputs)} more")


def _specimen(name: str) -> Any:
    """What a specimen of the zoo records for its sample inputs."""
    import autograd_zoo as az

    specimens = az.zoo.BY_NAME
    if name not in specimens:
        try:
            found = az.zoo.find([name])
        except KeyError as error:
            raise ValueError(error.args[0]) from None
        raise ValueError(f"{name!r} is a family: name one of {', '.join(repr(s.name) for s in found)}")
    return specimens[name].record().y


def _called(module: Any, inputs: Sequence[Any]) -> Source:
    """What a module makes of inputs. A copy of it runs: statistics and random generators stay as they are."""
    import autograd_zoo as az

    try:
        names = [p.name for p in inspect.signature(getattr(module, "forward", module)).parameters.values()]
    except (TypeError, ValueError):
        names = []
    given = [
        az.Tensor(x, name=names[k] if k < len(names) else None)
        if isinstance(x, np.ndarray) and x.dtype.kind == "f"
        else x
        for k, x in enumerate(inputs)
    ]
    try:
        y = copy.deepcopy(module)(*given) if hasattr(module, "named_parameters") else module(*given)
    except Exception as error:
        return _failed(error)
    return Source(results(y))


def _failed(error: BaseException) -> Source:
    """The history of what the failing operation was given."""
    found: Failure | None = None
    scope = None
    trace = error.__traceback__
    while trace is not None:
        frame = trace.tb_frame
        known = frame.f_locals
        if frame.f_code.co_name == "__call__" and hasattr(known.get("inside"), "scope"):  # of a module
            scope = known["inside"].scope
        arguments = tuple(_arguments(frame.f_code, known))
        op = next((known[word] for word in ("ufunc", "op") if callable(known.get(word))), None)
        if any(map(is_tensor, arguments)) and (op is not None or not frame.f_code.co_name.startswith("_")):
            name = getattr(op, "__name__", None) or _caller(frame.f_code.co_name, known)
            found = Failure(name, arguments, scope, str(error) or type(error).__name__)
        trace = trace.tb_next
    if found is None:
        raise error
    tensors = [x for x in found.arguments if is_tensor(x)]
    return Source(list({id(t): t for t in tensors}.values()), found)


def _caller(name: str, known: Mapping[str, Any]) -> str:
    """What a function is called in the picture: a module's pass by its class."""
    return type(known["self"]).__name__ if name in ("forward", "__call__") and "self" in known else name


def _arguments(code: Any, known: Mapping[str, Any]) -> Iterator[Any]:
    """The Tensors and arrays among the arguments of a call, also in tuples and lists."""
    n = code.co_argcount + code.co_kwonlyargcount + bool(code.co_flags & inspect.CO_VARARGS)
    for name in code.co_varnames[:n]:
        value = known.get(name)
        for x in value if isinstance(value, (tuple, list)) else (value,):
            if is_tensor(x) or isinstance(x, np.ndarray):
                yield x
