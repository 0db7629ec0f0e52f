"""Writing ONNX: the portable rows are run under a namespace whose functions write nodes instead of computing."""

from __future__ import annotations

import warnings
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import partial, reduce
from typing import Any

import numpy as np

from ..closed_form import special
from ..primitives.contraction import letters
from .data import Call, Guard, Input, Instruction, Recorded, Ref, refs
from .lacking import WHY, because
from .onnx_functions import DOMAIN, Folded, Frames
from .onnx_graph import Graph, Node
from .onnx_named import NAMED, chosen
from .portable import Rows, missing
from .replay import UNTOLD
from .traced import RecordError

CHECKS = "checks"  # the name of what makes results nan where a condition does not hold
IR = {21: 10}  # the version of the format that goes with one of the operators; later ones have 11


class OnnxRows(Rows):
    """The portable rows, for the namespace of a graph."""

    def __call__(self, name: str) -> Any:
        return None if name in WHY["onnx"] else super().__call__(name)

    def einsum(self, *xs: Any, subscripts: str, optimize: Any = False) -> Any:
        terms, out = letters(subscripts, tuple(x.ndim for x in xs))
        return self.xp.einsum(f"{','.join(terms)}->{out}", *xs)

    def erf(self, x: Node) -> Any:
        """ONNX Runtime computes it in float32; in float64 the package's own series is written."""
        if x.dtype == np.float64:
            return special.erf(x, self.xp)
        return self.xp.emit("Erf", [x], special.erf(x.array))

    def mean(self, x: Node, axis: Any = None, dtype: Any = None, keepdims: bool = False) -> Any:
        return self.xp.mean(self.xp.astype(x, self.fraction(x, dtype)), axis=axis, keepdims=keepdims)


@dataclass
class Written:
    """The nodes of a program, with its inputs and results."""

    graph: Graph
    inputs: list[tuple[str, Any]]
    outputs: list[tuple[str, Any]]
    frames: Frames


def written(program: Recorded, operators: str, weights: bool, sharing: bool = True) -> Written:
    """The nodes of a program."""
    graph = Graph(sharing)
    rows = OnnxRows(graph, graph.asarray)
    names = program.names()
    every = (*program.leaves, *program.given)
    inside = [x for x in every if x.kept and weights]
    guards = free_guards(program, inside)
    outside = [x for x in every if not (x.kept and weights)]
    graph.initializers += [graph.onnx.numpy_helper.from_array(np.array(x.value), names[x.number]) for x in inside]
    inputs = [(names[x.number], np.asarray(x.value)) for x in outside]
    known: dict[int, Any] = {x.number: Node(graph, names[x.number], x.value) for x in every}

    def value(v: Any) -> Any:
        if isinstance(v, Ref):
            return known[v.number]
        if isinstance(v, tuple):
            return tuple(map(value, v))
        return slice(*map(value, (v.start, v.stop, v.step))) if isinstance(v, slice) else v

    def argument(v: Any) -> Any:
        return graph.asarray(v) if isinstance(v, (np.ndarray, np.generic)) else value(v)

    calls = chosen(program) if operators == "named" else {}
    made = {i.number: i for i in program.instructions}
    for i in needed(program, calls, {*program.outputs.values(), *(guard.number for guard in guards)}):
        graph.scope = made[i.number].scope if i.number in made else ""
        row = rows(i.op)
        if isinstance(i, Call):
            row = partial(NAMED[i.op].write, graph, np.zeros(made[i.number].shape, made[i.number].dtype))
        lacks = row and missing(row, i.params)
        if row is None or lacks:
            what = f"{i.op} with {lacks}" if lacks else i.op + because(i.op, "onnx")
            raise RecordError(f"ONNX has no row for {what}" + (f" ({i.line})" if isinstance(i, Instruction) else ""))
        try:
            known[i.number] = row(*map(argument, i.args), **{key: value(v) for key, v in i.params.items()})
        except AttributeError as error:  # the row takes a function that a graph has not
            raise RecordError(f"ONNX has no operator for {i.op}: it would need {error}") from error
    graph.scope = CHECKS
    ok = holding(graph, [(known[g.number], g.truth) for g in guards])
    results = {label: graph.asarray(known[number]) for label, number in program.outputs.items()}
    if ok is not None and not any(y.dtype.kind == "f" for y in results.values()):
        warnings.warn(UNTOLD, RuntimeWarning, stacklevel=4)
    outputs, taken = [], {names[x.number] for x in every}
    for label, node in results.items():
        if ok is not None and node.dtype.kind == "f":
            graph.scope = CHECKS
            node = graph.where(ok, node, np.asarray(np.nan, node.dtype))
        graph.scope = ""
        graph.emit("Identity", [node], node.array)
        graph.nodes[-1].output[0] = f"{label}.next" if label in taken else label
        outputs.append((graph.nodes[-1].output[0], node.array))
    frames = {
        scope: [(program.frames[path].kind, path) for path in program.chain(scope) if path in program.frames]
        for scope in {i.scope for i in program.instructions}
    }
    return Written(graph, inputs, outputs, {**frames, CHECKS: [(CHECKS, CHECKS)]})


def free_guards(program: Recorded, fixed: Sequence[Input]) -> list[Guard]:
    """The conditions that depend on more than what the model holds."""
    depend = {x.number for x in (*program.leaves, *program.given)} - {x.number for x in fixed}
    for i in program.instructions:
        if any(n in depend for v in (*i.args, *i.params.values()) for n in refs(v)):
            depend.add(i.number)
    return [guard for guard in program.guards if guard.number in depend]


def holding(graph: Graph, guards: Sequence[tuple[Any, bool]]) -> Any:
    """Whether all that the library checked while recording holds; None if there was nothing."""
    found = [graph.asarray(c) if truth else graph.logical_not(graph.asarray(c)) for c, truth in guards]
    return reduce(graph.logical_and, found) if found else None


def assembled(found: Written, name: str, free: Mapping[str, Mapping[int, str]], functions: bool) -> Any:
    """The model of written nodes; `free` names the axes of inputs and results that have no fixed length."""
    nodes, initializers, made = found.graph.nodes, found.graph.initializers, []
    if functions:
        constants = {node.name for node in found.graph.constants.values()}
        parameters = {x.name: x for x in initializers if x.name not in constants}
        left = [x for x in initializers if x.name in constants]
        folded = Folded(found.graph.onnx, nodes, left, parameters, found.frames, found.graph.version)
        nodes, made = folded.nodes, folded.functions
        initializers = [*parameters.values(), *folded.left]
    helper = found.graph.onnx.helper

    def described(label: str, array: Any) -> Any:
        lengths = [free.get(label, {}).get(k, n) for k, n in enumerate(array.shape)]
        return helper.make_tensor_value_info(label, helper.np_dtype_to_tensor_dtype(array.dtype), lengths)

    used = {label for node in nodes for label in node.input}
    graph = helper.make_graph(
        nodes,
        name,
        [described(*x) for x in found.inputs],
        [described(*x) for x in found.outputs],
        [x for x in initializers if x.name in used],
    )
    version = found.graph.version
    return helper.make_model(
        graph,
        functions=made,
        opset_imports=[helper.make_opsetid("", version), *([helper.make_opsetid(DOMAIN, 1)] if made else [])],
        producer_name="autograd_zoo",
        ir_version=IR.get(version, 11),
    )


def needed(program: Recorded, calls: Mapping[int, Call], wanted: set[int]) -> list[Instruction | Call]:
    """The instructions that the `wanted` values need, in order; a call in the place of those that spell it out."""
    found: list[Instruction | Call] = []
    for instruction in reversed(program.instructions):
        if instruction.number in wanted:
            i = calls.get(instruction.number, instruction)
            found.append(i)
            wanted.update(n for v in (*i.args, *i.params.values()) for n in refs(v))
    return found[::-1]
