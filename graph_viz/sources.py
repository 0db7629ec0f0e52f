"""What can be drawn: results, a module with sample inputs, a specimen's name, an exception that ended a pass."""

from __future__ import annotations

import copy
import inspect
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Any

import numpy as np

from .programs import is_program, steps
from .style import clean
from .summaries import operation
from .trace import Failure, history, is_tensor, results, shown

if TYPE_CHECKING:
    import networkx as nx

    from autograd_zoo.engine.mode import Scope
    from autograd_zoo.engine.tensor import Tensor


NUMBERS = np.ndarray, float, np.floating  # constants that can be called something


@dataclass(frozen=True)
class Source:
    """The Tensors whose history is drawn, and where the pass failed, if it did."""

    results: list[Tensor]
    failure: Failure | None = None
    copies: Mapping[int, object] = field(default_factory=dict)  # what was run instead of something, by its identity


def find(y: object, inputs: Sequence[object] = ()) -> Source:
    """The Tensors that `y` stands for, or an error that says what to pass."""
    if isinstance(y, BaseException):
        _no_inputs(inputs, "an exception")
        return _failed(y)
    if isinstance(y, str):
        _no_inputs(inputs, "the name of a specimen")
        return Source(results(_specimen(y)))
    if is_program(y):
        _no_inputs(inputs, "a program")
        return Source(steps(y))
    if callable(y) and (inputs or is_module(y)):
        if not inputs:
            name = clean(type(y).__name__)
            raise TypeError(f"a {name} is drawn with sample inputs: draw({name.lower()}, x), or call it and draw that")
        return _called(y, inputs)
    _no_inputs(inputs, f"a {clean(type(y).__name__)}")
    return Source(results(y))


def is_module(x: object) -> bool:
    """Whether it is something with parameters that can be called."""
    return callable(x) and hasattr(x, "named_parameters")


def labelled(names: Mapping[str, object], source: Source) -> dict[str, Any]:
    """What is to be called otherwise, of Tensors, modules that were run, arrays, numbers; all else is passed over."""
    there = {name: source.copies.get(id(x), x) for name, x in names.items()}
    return {name: x for name, x in there.items() if is_tensor(x) or is_module(x) or isinstance(x, NUMBERS)}


def unfolded(source: Source) -> tuple[Source, dict[Tensor, Tensor]]:
    """The same with its fused nodes opened, and what stands in the place of Tensors there."""
    import autograd_zoo as az

    tape = az.Tape(*source.results, unfold=True)
    failure, instead = source.failure, tape.instead
    if failure is not None:
        arguments = tuple(instead.get(x, x) if is_tensor(x) else x for x in failure.arguments)
        failure = replace(failure, arguments=arguments)
    return replace(source, results=list(tape.ys), failure=failure), instead


def listed(around: object) -> list[Any]:
    """What is to be in the middle of a picture, as a list."""
    return [] if around is None else list(around) if isinstance(around, (list, tuple, set)) else [around]


def numbers(graph: nx.MultiDiGraph, ys: list[Tensor], around: list[Any]) -> list[int]:
    """The numbers of Tensors in a traced graph, which are given or have these names."""
    rank = {id(t): k for k, t in enumerate(history(ys))} if around else {}
    found: list[int] = []
    for t in around:
        if isinstance(t, str):
            same = [v for v, name in graph.nodes(data="name") if name == t]
            if not same:
                raise ValueError(f"around={t!r}: no Tensor of what is drawn has this name")
            found += same
        elif not is_tensor(t):
            raise TypeError(f"around takes Tensors, or their names, got {clean(type(t).__name__)}")
        elif id(t) not in rank:
            raise ValueError(f"around: {shown(t)} is not behind what is drawn")
        else:
            found.append(rank[id(t)])
    return found


def _no_inputs(inputs: Sequence[object], what: str) -> None:
    if inputs:
        raise TypeError(f"inputs go with a module or a function; {what} is drawn without, got {len(inputs)} more")


def _specimen(name: str) -> Tensor:
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


def _called(module: Callable[..., object], inputs: Sequence[object]) -> Source:
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
    copies: dict[int, Any] = {}
    try:
        y = copy.deepcopy(module, copies)(*given) if is_module(module) else module(*given)
    except Exception as error:
        return replace(_failed(error, _failure(module, given, None, error)), copies=copies)
    return Source(results(y), copies=copies)


def _failed(error: BaseException, around: Failure | None = None) -> Source:
    """The history of what the operation was given that an error, or one that it came from, carries, or one `around`."""
    found = next((failure for e in _causes(error) if (failure := _carried(e))), around)
    tensors = [] if found is None else [x for x in found.arguments if is_tensor(x)]
    if found is None or not tensors:
        raise error
    tensors += _ran(error, found.scope)
    return Source(list({id(t): t for t in tensors}.values()), found)


def _ran(error: BaseException, scope: Scope | None) -> Iterator[Tensor]:
    """What was recorded in a scope before an exception ended it, as far as the code that it ended still holds it."""
    trace = error.__traceback__ if scope is not None else None
    while trace is not None:
        for x in _flat(list(trace.tb_frame.f_locals.values())):
            if is_tensor(x) and x.op is not None and x.inputs and x.scope is not None and scope in x.scope.chain():
                yield x
        trace = trace.tb_next


def _causes(error: BaseException | None) -> Iterator[BaseException]:
    """An exception, and those that it came from."""
    seen: set[int] = set()
    while error is not None and id(error) not in seen:
        seen.add(id(error))
        yield error
        error = error.__cause__ or (None if error.__suppress_context__ else error.__context__)


def _carried(error: BaseException) -> Failure | None:
    """The operation that the engine attached to an exception as it ended it, if it had Tensors."""
    ended: Any = getattr(error, "operation", None)
    if not all(hasattr(ended, name) for name in ("op", "arguments", "scope")):  # somebody's own attribute
        return None
    failure = _failure(ended.op, ended.arguments, ended.scope, error)
    return failure if any(map(is_tensor, failure.arguments)) else None


def _failure(op: object, arguments: Iterable[object], scope: Scope | None, error: BaseException) -> Failure:
    return Failure(operation(op), tuple(_flat(arguments)), scope, str(error) or type(error).__name__)


def _flat(arguments: Iterable[object]) -> Iterator[Any]:
    """The Tensors, arrays and numbers among the arguments of a call, also in tuples and lists."""
    for argument in arguments:
        for x in argument if isinstance(argument, (tuple, list)) else (argument,):
            if is_tensor(x) or isinstance(x, (np.ndarray, np.number, int, float)):
                yield x
