"""ONNX models as modules: a published model is opened, drawn and differentiated, operator by operator."""

from __future__ import annotations

import os
from collections.abc import Mapping
from typing import Any

import numpy as np

from .. import nn
from .onnx_rows import ROWS, Row
from .traced import RecordError


class OnnxModel(nn.Module):
    """A module that computes what an ONNX graph says; its parameters are the graph's arrays of floats.

    Attributes
    ----------
    inputs, outputs : tuples of names
    """

    def __init__(self, graph: Any, rows: Mapping[str, Row]) -> None:
        from onnx import helper, numpy_helper

        arrays = {x.name: np.array(numpy_helper.to_array(x)) for x in graph.initializer}
        floats = {name for name, a in arrays.items() if a.dtype.kind == "f" and a.ndim}
        self.weights = {_attribute(name): nn.Parameter(arrays[name]) for name in sorted(floats)}
        self.parameter_names = {name: _attribute(name) for name in floats}
        self.constants = {name: a for name, a in arrays.items() if name not in floats}
        self.inputs = tuple(x.name for x in graph.input if x.name not in arrays)
        self.outputs = tuple(x.name for x in graph.output)
        self.steps = []
        for node in graph.node:
            if node.op_type not in rows:
                raise RecordError(
                    f"{node.op_type} (node {node.name or node.output[0]!r}) is not among the operators that are read: "
                    f"{', '.join(sorted(rows))}"
                )
            given = {a.name: helper.get_attribute_value(a) for a in node.attribute}
            settings = {k: numpy_helper.to_array(v) if hasattr(v, "raw_data") else v for k, v in given.items()}
            self.steps.append((rows[node.op_type], list(node.input), settings, list(node.output)))

    def forward(self, *arrays: Any) -> Any:
        """The results of the graph, one or a tuple."""
        if len(arrays) != len(self.inputs):
            raise ValueError(f"this graph takes {len(self.inputs)} arrays, {', '.join(self.inputs)}; got {len(arrays)}")
        known: dict[str, Any] = {"": None, **self.constants, **dict(zip(self.inputs, arrays, strict=True))}
        known |= {name: self.weights[key] for name, key in self.parameter_names.items()}
        for row, inputs, settings, outputs in self.steps:
            y = row(*(known[name] for name in inputs), **settings)
            known.update(zip(outputs, y if isinstance(y, tuple) else (y,), strict=False))
        found = tuple(known[name] for name in self.outputs)
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
    return OnnxModel(model.graph, ROWS)


def _attribute(name: str) -> str:
    return "".join(c if c.isalnum() or c == "_" else "_" for c in name)
