"""Models for batches of any length: a function is recorded at three lengths, and what differs is fitted.

A number of the graph that is 6 for 2 samples and 9 for 3 is 3 N. The first two recordings give the formula, the third
one proves it.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np

from .data import Recorded
from .onnx_graph import Graph
from .onnx_write import Written, assembled, written
from .traced import RecordError


def symbolic(program: Recorded, operators: str, weights: bool, name: str, batch: str, functions: bool) -> Any:
    """The model of `program` in which the length of the first axis of the first example is free."""
    if program.again is None:
        raise RecordError(
            "batch= needs the function itself, to record it at other lengths: a program from a file has none"
        )
    n = program.leaves[0].shape[0] if program.leaves and program.leaves[0].shape else 0
    if not n:
        raise RecordError("batch= needs a first example with an axis")
    refused: Exception | None = None
    for alone in (True, False):
        try:
            programs = [program, program.again(n + 1, alone), program.again(n + 3, alone)]
        except Exception as error:  # the function does not take it: another example must grow too
            refused = error
            continue
        found = [written(p, operators, weights, sharing=False) for p in programs]
        return fitted(found, [n, n + 1, n + 3], name, batch, functions)
    raise RecordError(f"the function cannot be recorded for {n + 1} samples: {refused}") from refused


def fitted(found: Sequence[Written], lengths: Sequence[int], name: str, batch: str, functions: bool) -> Any:
    """One model of three that were written at three lengths."""
    first = found[0].graph
    if any(kinds(w.graph) != kinds(first) or len(w.graph.initializers) != len(first.initializers) for w in found):
        raise RecordError(
            f"for {lengths[1]} samples the program has other operations than for {lengths[0]}: its structure depends "
            "on the length of the batch (an axis of time that is unrolled?)"
        )
    helper, to_array = first.onnx.helper, first.onnx.numpy_helper.to_array
    fixed, computed = [], []
    for parts in zip(*(list(w.graph.initializers) for w in found), strict=True):
        arrays = [to_array(p) for p in parts]
        if all(np.array_equal(a, arrays[0], equal_nan=True) and a.shape == arrays[0].shape for a in arrays):
            fixed.append(parts[0])
        else:
            computed += formula(first, parts[0].name, arrays, lengths)
    free = {
        label: {k: batch for k, (m, more) in enumerate(zip(a.shape, b.shape, strict=True)) if m != more}
        for (label, a), (_, b) in zip(
            [*found[0].inputs, *found[0].outputs], [*found[1].inputs, *found[1].outputs], strict=True
        )
    }
    label = next(label for label, axes in free.items() if 0 in axes)
    count = [
        helper.make_node("Shape", [label], ["batch_shape"], start=0, end=1),
        helper.make_node("Cast", ["batch_shape"], ["batch_float"], to=helper.np_dtype_to_tensor_dtype(np.dtype(float))),
    ]
    first.nodes[:0] = [*count, *computed]
    first.initializers[:] = fixed + [x for x in first.initializers if x.name.startswith("fit_")]
    return assembled(found[0], name, free, functions)


def formula(graph: Graph, name: str, arrays: Sequence[Any], lengths: Sequence[int]) -> list[Any]:
    """Nodes that compute the constant `name` from the length N: slope · N + start, or factor / N for fractions."""
    helper = graph.onnx.helper
    a, b, proof = arrays
    if a.shape != b.shape or a.shape != proof.shape:
        raise RecordError(
            f"a constant of shape {a.shape} has another shape for another batch: {name} is not written for all"
        )
    n, m, last = lengths

    def constant(value: Any, word: str) -> str:
        graph.initializers.append(graph.onnx.numpy_helper.from_array(np.asarray(value), f"fit_{name}_{word}"))
        return f"fit_{name}_{word}"

    wide, narrow = ("batch_shape", np.int64) if a.dtype.kind in "iu" else ("batch_float", np.float64)
    A, B, C = (x.astype(narrow) for x in arrays) if a.dtype.kind in "iuf" else (None, None, None)
    if A is not None and B is not None and C is not None:
        slope = (B - A) // (m - n) if narrow is np.int64 else (B - A) / (m - n)
        start, factor = A - slope * n, A * n
        if np.allclose(slope * last + start, C, rtol=1e-6, atol=0):
            nodes = [
                helper.make_node("Mul", [wide, constant(slope, "slope")], [f"{name}_product"]),
                helper.make_node("Add", [f"{name}_product", constant(start, "start")], [f"{name}_wide"]),
            ]
        elif np.allclose(factor, B * m, rtol=1e-6) and np.allclose(factor, C * last, rtol=1e-6):
            nodes = [helper.make_node("Div", [constant(factor, "factor"), wide], [f"{name}_wide"])]
        else:
            nodes = []
        if nodes:
            to = helper.np_dtype_to_tensor_dtype(a.dtype)
            return [
                *nodes,
                helper.make_node("Cast", [f"{name}_wide"], [f"{name}_cast"], to=to),
                helper.make_node("Reshape", [f"{name}_cast", constant(np.array(a.shape, np.int64), "shape")], [name]),
            ]
    raise RecordError(f"a constant depends on the length of the batch in another way than a N + b and a / N: {name}")


def kinds(graph: Graph) -> list[str]:
    """The operators of a graph."""
    return [node.op_type for node in graph.nodes]
