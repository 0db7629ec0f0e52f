"""Programs as ONNX.

`operators="named"` puts ONNX's own operators (Conv, Relu, LayerNormalization) where a module's function has one, see
`onnx_named`; "composed" writes what was recorded.
"""

from __future__ import annotations

import os
from typing import Any, Literal

from .data import Recorded
from .onnx_batch import symbolic
from .onnx_write import assembled, written


def export(
    program: Recorded,
    path: str | os.PathLike[str] | None = None,
    *,
    operators: Literal["named", "composed"] = "named",
    batch: str | None = None,
    functions: bool = True,
    weights: bool = True,
    name: str = "program",
) -> Any:
    """`program` as an ONNX model, whose inputs are the examples and what f was given, and its outputs the results.

    Parameters
    ----------
    program : Program
    path : path, optional
        where to write it too
    operators : "named" or "composed"
    batch : str, optional
        a name for the length of the first axis of the first example (and of those of the same length), which is then
        free. The function is recorded again at other lengths, and the numbers that depend on it are written as such
    functions : bool
        whether each call of a module is one node, which calls a function of the model: a viewer shows the tree of
        modules. Otherwise all nodes stand side by side, and have the path of their module as metadata, "scope"
    weights : bool
        whether the model holds the parameters and what modules keep; otherwise they are inputs too
    name : str
        of the graph

    Returns
    -------
    onnx.ModelProto
        in which all results of floats are nan where a condition does not hold that the library checked while f was
        recorded, such as that labels are in range

    Raises
    ------
    RecordError
        for an operation that has no row; with `batch`, for a function whose structure depends on that length
    ValueError
        for other `operators`
    ImportError
        without the package onnx, which the extra "onnx" brings
    """
    if operators not in ("named", "composed"):
        raise ValueError(f'operators must be "named" or "composed", got {operators!r}')
    if batch is None:
        model = assembled(written(program, operators, weights), name, {}, functions)
    else:
        model = symbolic(program, operators, weights, name, batch, functions)
    if path is not None:
        import onnx

        onnx.save(model, path)
    return model
