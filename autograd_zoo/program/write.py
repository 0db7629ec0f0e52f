"""Writing down what was recorded: Tensors and traced values become numbered instructions."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from operator import attrgetter
from typing import Any

import numpy as np

from ..engine.names import Names
from ..engine.tensor import Tensor
from .data import Call, Frame, Guard, Input, Instruction, Ref
from .names import name_of
from .program import Program
from .trace import Trace, unique
from .traced import RecordError, Value, identity

Node = Tensor | Value


def written(
    leaves: Sequence[Tensor],
    given: Sequence[Value],
    kept: Collection[Node],
    results: Mapping[str, Any],
    trace: Trace,
    lines: Mapping[int, str],
) -> Program:
    """The program of `results`. What they do not need is left out; leaves, what is given, and guards are kept."""
    outputs = {name: y if isinstance(y, Node) else Value(y, identity, (y,)) for name, y in results.items()}
    nodes = behind([*outputs.values(), *(v for v, _ in trace.guards)], {*leaves, *given}, trace)
    aliases = {x: source for x in nodes if (source := source_of(x, trace)) is not None}
    nodes = [x for x in nodes if x not in aliases]
    number = {x: k for k, x in enumerate([*leaves, *given, *nodes])}
    for x, source in aliases.items():  # in the order in which they were made
        number[x] = number[source]
    functions: dict[str, Callable[..., Any]] = {}
    held = frozenset(kept)
    called = [*leaf_names(leaves, trace), *(v.name for v in given)]
    if twice := [name for name in called if called.count(name) > 1]:
        raise RecordError(f"two inputs are called {twice[0]!r}: give one of them another name (names=, az.given)")
    names, calls = leaf_names(leaves, trace), Names(())

    def data(v: Any) -> Any:
        if isinstance(v, Node):
            return Ref(number[v])
        if isinstance(v, slice):
            return slice(data(v.start), data(v.stop), data(v.step))
        return tuple(map(data, v)) if isinstance(v, (tuple, list)) else v

    def instruction(x: Node) -> Instruction:
        op, args, params = call_of(x, trace)
        name = name_of(op)
        if ":" in name:
            functions[name] = op
        return Instruction(
            number=number[x],
            op=name,
            args=tuple(map(data, args)),
            params={key: data(v) for key, v in params.items()},
            shape=x.shape,
            dtype=str(x.dtype),
            name=(x.name or "") if isinstance(x, Tensor) else "",
            scope=calls.of(x.scope).path if x.scope is not None else "",
            line=lines.get(x.order, ""),
        )

    def frames() -> dict[str, Frame]:
        found: dict[str, Frame] = {}
        for x in nodes:
            around = ""
            for scope in x.scope.chain() if x.scope is not None else ():
                path = calls.of(scope).path
                kind = scope.label if isinstance(scope.label, str) else type(scope.label).__name__
                found.setdefault(path, Frame(kind, around))
                around = path
        return found

    def call(y: Node, op: Any, args: Any, params: Any) -> Call:
        return Call(number[y], name_of(op), tuple(map(data, args)), {key: data(v) for key, v in params.items()})

    return Program(
        leaves=tuple(
            Input(number[t], name, np.asarray(t._array), t in held) for t, name in zip(leaves, names, strict=True)
        ),
        given=tuple(Input(number[v], v.name, np.asarray(v.value), v in held) for v in given),
        instructions=tuple(map(instruction, nodes)),
        outputs={name: number[y] for name, y in outputs.items()},
        guards=tuple(Guard(number[v], truth) for v, truth in trace.guards),
        calls=tuple(
            call(y, *made) for y, made in trace.calls.items() if y in number and all(x in number for x in parts(made))
        ),
        frames=frames(),
        functions=functions,
    )


def call_of(x: Node, trace: Trace) -> tuple[Callable[..., Any], Sequence[Any], Mapping[str, Any]]:
    """The call that made a node; a leaf that f made itself is the value that it was made of."""
    if isinstance(x, Value) and x.op is not None:
        return x.op, x.args, x.params
    if isinstance(x, Value):  # an input
        return identity, (), {}
    if x.op is None:
        return identity, (trace.leaves.get(x, np.asarray(x._array)),), {}
    return x.op, [s if t is None else t for t, s in zip(x.inputs, x.saved, strict=True)], x.params


def source_of(x: Node, trace: Trace) -> Node | None:
    """What a node is the same as: the plain value of a Tensor, or a leaf that f made of a value."""
    op, args, _ = call_of(x, trace)
    return args[0] if op is identity and args and isinstance(args[0], Node) else None


def behind(results: Sequence[Node], known: set[Node], trace: Trace) -> list[Node]:
    """The nodes from which `results` were computed, without the `known` ones, in an order that can be run."""
    found: dict[Node, None] = {}
    todo = list(results)
    while todo:
        v = todo.pop()
        if v not in known and v not in found:
            found[v] = None
            todo += parts(call_of(v, trace))
    return sorted(found, key=attrgetter("order"))


def parts(v: Any) -> Iterator[Node]:
    """The nodes in an argument."""
    if isinstance(v, Node):
        yield v
    elif isinstance(v, (tuple, list)):
        for x in v:
            yield from parts(x)
    elif isinstance(v, Mapping):
        yield from parts(tuple(v.values()))
    elif isinstance(v, slice):
        yield from parts((v.start, v.stop, v.step))


def leaf_names(leaves: Sequence[Tensor], trace: Trace) -> list[str]:
    """What leaves are called: parameters by their paths in the modules that were called first. No two are the same."""
    roots = [module for module, path in trace.modules.items() if not path]
    paths = {p: path for module in reversed(roots) for path, p in module.named_parameters()}
    found: list[str] = []
    for t in leaves:
        found.append(unique(paths.get(t) or t.name or "leaf", found))
    return found
