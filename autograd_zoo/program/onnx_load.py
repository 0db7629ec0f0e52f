"""ONNX models as modules: a published model is opened, drawn and differentiated, operator by operator."""

from __future__ import annotations

import os
from collections.abc import Iterable, Mapping, Sequence
from functools import partial
from typing import Any, NamedTuple

import numpy as np

from .. import nn
from ..engine.scoped import scope
from .onnx_rows import ROWS, Row
from .traced import RecordError


class OnnxModel(nn.Module):
    """A module that computes what an ONNX graph says; its parameters are the graph's arrays of floats.

    Attributes
    ----------
    inputs, outputs : tuples of names
    """

    def __init__(self, graph: Any, rows: Mapping[str, Row], functions: Sequence[Any] = ()) -> None:
        from onnx import numpy_helper

        arrays = {x.name: np.array(numpy_helper.to_array(x)) for x in graph.initializer}
        floats = {name for name, a in arrays.items() if a.dtype.kind == "f" and a.ndim}
        self.weights = {_attribute(name): nn.Parameter(arrays[name]) for name in sorted(floats)}
        self.parameter_names = {name: _attribute(name) for name in floats}
        self.constants = {name: a for name, a in arrays.items() if name not in floats}
        self.inputs = tuple(x.name for x in graph.input if x.name not in arrays)
        self.outputs = tuple(x.name for x in graph.output)
        self.steps = _steps(graph.node, rows, {(f.domain, f.name): f for f in functions})

    def forward(self, *arrays: Any) -> Any:
        """The results of the graph, one or a tuple."""
        if len(arrays) != len(self.inputs):
            raise ValueError(f"this graph takes {len(self.inputs)} arrays, {', '.join(self.inputs)}; got {len(arrays)}")
        known: dict[str, Any] = {"": None, **self.constants, **dict(zip(self.inputs, arrays, strict=True))}
        known |= {name: self.weights[key] for name, key in self.parameter_names.items()}
        _run(self.steps, known)
        found = tuple(known[name] for name in self.outputs)
        return found[0] if len(found) == 1 else found


class Step(NamedTuple):
    """A node: what it computes, of what, and what the results are called."""

    row: Row
    inputs: Sequence[str]
    settings: Mapping[str, Any]
    outputs: Sequence[str]


def _steps(nodes: Iterable[Any], rows: Mapping[str, Row], functions: Mapping[tuple[str, str], Any]) -> list[Step]:
    """The steps of nodes; one that calls a function of the model has the steps of that."""
    from onnx import helper, numpy_helper

    found = []
    for node in nodes:
        given = {a.name: helper.get_attribute_value(a) for a in node.attribute}
        settings = {k: numpy_helper.to_array(v) if hasattr(v, "raw_data") else v for k, v in given.items()}
        function = functions.get((node.domain, node.op_type))
        if function is not None:
            if given or function.attribute:
                raise RecordError(
                    f"{node.op_type} (node {node.name!r}) is a function with attributes, which is not read"
                )
            inner = _steps(function.node, rows, functions)
            row: Row = partial(_called, inner, tuple(function.input), tuple(function.output), node.name or node.op_type)
        elif node.op_type in rows:
            row = rows[node.op_type]
        else:
            raise RecordError(
                f"{node.op_type} (node {node.name or node.output[0]!r}) is not among the operators that are read: "
                f"{', '.join(sorted(rows))}"
            )
        found.append(Step(row, list(node.input), settings, list(node.output)))
    return found


def _run(steps: Iterable[Step], known: dict[str, Any]) -> None:
    """Compute all steps of what is known by name."""
    for row, inputs, settings, outputs in steps:
        y = row(*(known[name] for name in inputs), **settings)
        known.update(zip(outputs, y if isinstance(y, tuple) else (y,), strict=False))


def _called(steps: Sequence[Step], inputs: Sequence[str], outputs: Sequence[str], name: str, *arrays: Any) -> Any:
    """The results of a function, in a frame of its name."""
    known = {"": None, **dict.fromkeys(inputs), **dict(zip(inputs, arrays, strict=False))}
    with scope(name):
        _run(steps, known)
    found = tuple(known[name] for name in outputs)
    return found[0] if len(found) == 1 else found


def load(path: str | os.PathLike[str]) -> OnnxModel:
    """The ONNX model at `path` as a module.

    Raises
    ------
    RecordError
        for an operator that is not read, which is named
    ImportError
        without the package onnx
    """
    import onnx

    model = onnx.load(path)
    onnx.checker.check_model(model)
    return OnnxModel(model.graph, ROWS, model.functions)


def _attribute(name: str) -> str:
    return "".join(c if c.isalnum() or c == "_" else "_" for c in name)
