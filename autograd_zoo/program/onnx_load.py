"""ONNX models as modules: a published model is opened, drawn and differentiated, operator by operator."""

from __future__ import annotations

import os
from collections.abc import Callable, Mapping, Sequence
from typing import Any

import numpy as np

from .. import nn
from ..primitives.elementwise import erf
from .traced import RecordError

Row = Callable[..., Any]


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


def _axes(x: Any, axes: Any, keepdims: int) -> dict[str, Any]:
    found = None if axes is None else tuple(int(a) for a in np.ravel(_plain(axes)))
    return {"axis": found, "keepdims": bool(keepdims)}


def _plain(x: Any) -> Any:
    return np.asarray(x.data if hasattr(x, "saved") else x)


def _reduced(f: Any) -> Row:
    return lambda x, axes=None, *, keepdims=1, noop_with_empty_axes=0, **old: f(
        x, **_axes(x, old.get("axes", axes), keepdims)
    )


def _pads(pads: Sequence[int] | None, k: int) -> Any:
    return [(0, 0)] * k if not pads else list(zip(pads[:k], pads[k:], strict=True))


def _window(
    k: int, even: str = "", *, strides: Any = None, pads: Any = None, auto_pad: bytes = b"NOTSET"
) -> dict[str, Any]:
    """The stride and padding of each axis; of what `even` names, which pads as much before as after."""
    if auto_pad not in (b"NOTSET", b"VALID"):
        raise RecordError(f"auto_pad={auto_pad.decode()} is not read; export the model with pads")
    padding = _pads(pads, k)
    if even and any(before != after for before, after in padding):
        raise RecordError(f"{even} with pads {list(pads)} that differ before and after is not read")
    return {"stride": tuple(strides or (1,) * k), "padding": tuple(p for p, _ in padding) if even else padding}


def _conv(
    x: Any, W: Any, b: Any = None, *, dilations: Any = None, group: int = 1, kernel_shape: Any = None, **window: Any
) -> Any:
    k = np.ndim(W) - 2
    return nn.conv(x, W, b, dilation=tuple(dilations or (1,) * k), groups=group, **_window(k, **window))


def _conv_transpose(
    x: Any, W: Any, b: Any = None, *, output_padding: Any = None, dilations: Any = None, group: int = 1, **window: Any
) -> Any:
    k = np.ndim(W) - 2
    window.pop("kernel_shape", None)
    extra, dilation = tuple(output_padding or (0,) * k), tuple(dilations or (1,) * k)
    around = _window(k, "ConvTranspose", **window)
    return nn.conv_transpose(x, W, b, output_padding=extra, dilation=dilation, groups=group, **around)


def _pooled(f: Any, **more: Any) -> Row:
    def row(x: Any, *, kernel_shape: Any, ceil_mode: int = 0, storage_order: int = 0, **others: Any) -> Any:
        window = {name: others[name] for name in ("strides", "pads", "auto_pad") if name in others}
        around = _window(len(kernel_shape), "a pooling", **window)
        given = {word: convert(others.get(name, default)) for name, (word, convert, default) in more.items()}
        return f(x, kernel_size=tuple(kernel_shape), ceil_mode=bool(ceil_mode), **around, **given)

    return row


def _gemm(
    A: Any, B: Any, C: Any = None, *, alpha: float = 1.0, beta: float = 1.0, transA: int = 0, transB: int = 0
) -> Any:
    A, B = (np.swapaxes(A, -1, -2) if transA else A), (np.swapaxes(B, -1, -2) if transB else B)
    y = A @ B if alpha == 1.0 else alpha * (A @ B)
    return y if C is None else y + (C if beta == 1.0 else beta * C)


def _slice(x: Any, starts: Any, ends: Any, axes: Any = None, steps: Any = None) -> Any:
    starts, ends = np.ravel(starts), np.ravel(ends)
    where = range(len(starts)) if axes is None else np.ravel(axes)
    strides = np.ones(len(starts), int) if steps is None else np.ravel(steps)
    index: list[Any] = [slice(None)] * np.ndim(x)
    for a, start, end, step in zip(where, starts, ends, strides, strict=True):
        n = np.shape(x)[a]
        last = None if end < -n or (step < 0 and end <= -n - 1) else int(end)
        index[int(a)] = slice(int(start), last, int(step))
    return x[tuple(index)]


def _reshape(x: Any, shape: Any, *, allowzero: int = 0) -> Any:
    lengths = [int(n) for n in np.ravel(shape)]
    return np.reshape(x, [np.shape(x)[k] if n == 0 and not allowzero else n for k, n in enumerate(lengths)])


def _norm(axes: Callable[[Any], Any]) -> Row:
    def row(x: Any, scale: Any, bias: Any = None, *, axis: int = -1, epsilon: float = 1e-5, stash_type: int = 1) -> Any:
        return nn.layer_norm(x, scale, bias, axes=tuple(range(axis % np.ndim(x), np.ndim(x))), eps=epsilon)

    return row


def _cast(x: Any, *, to: int, saturate: int = 1) -> Any:
    from onnx import helper

    dtype = helper.tensor_dtype_to_np_dtype(to)
    return x.astype(dtype) if hasattr(x, "saved") and dtype.kind == "f" else _plain(x).astype(dtype)


def _batch_norm(
    x: Any,
    scale: Any,
    bias: Any,
    mean: Any,
    var: Any,
    *,
    epsilon: float = 1e-5,
    momentum: float = 0.9,
    training_mode: int = 0,
) -> Any:
    if training_mode:
        raise RecordError("BatchNormalization with training_mode=1 is not read; export the model for evaluation")
    return nn.batch_norm_inference(x, scale, bias, mean, var, eps=epsilon)


ROWS: dict[str, Row] = {
    "Add": lambda a, b: a + b,
    "Sub": lambda a, b: a - b,
    "Mul": lambda a, b: a * b,
    "Div": lambda a, b: a / b,
    "Pow": lambda a, b: a**b,
    "MatMul": lambda a, b: a @ b,
    "Gemm": _gemm,
    "Neg": np.negative,
    "Abs": np.absolute,
    "Exp": np.exp,
    "Log": np.log,
    "Sqrt": np.sqrt,
    "Reciprocal": np.reciprocal,
    "Erf": erf,
    "Sin": np.sin,
    "Cos": np.cos,
    "Tan": np.tan,
    "Sinh": np.sinh,
    "Cosh": np.cosh,
    "Tanh": np.tanh,
    "Asin": np.arcsin,
    "Acos": np.arccos,
    "Atan": np.arctan,
    "Sign": np.sign,
    "Floor": np.floor,
    "Ceil": np.ceil,
    "Round": np.rint,
    "Identity": lambda x: x,
    "Cast": _cast,
    "Where": np.where,
    "Equal": np.equal,
    "Less": np.less,
    "Greater": np.greater,
    "LessOrEqual": np.less_equal,
    "GreaterOrEqual": np.greater_equal,
    "Not": np.logical_not,
    "And": np.logical_and,
    "Or": np.logical_or,
    "IsNaN": np.isnan,
    "IsInf": np.isinf,
    "Max": lambda *xs: xs[0] if len(xs) == 1 else np.maximum(xs[0], ROWS["Max"](*xs[1:])),
    "Min": lambda *xs: xs[0] if len(xs) == 1 else np.minimum(xs[0], ROWS["Min"](*xs[1:])),
    "ReduceSum": _reduced(np.sum),
    "ReduceMean": _reduced(np.mean),
    "ReduceMax": _reduced(np.max),
    "ReduceMin": _reduced(np.min),
    "ArgMax": lambda x, *, axis=0, keepdims=1, select_last_index=0: np.argmax(x, axis=axis, keepdims=bool(keepdims)),
    "CumSum": lambda x, axis: np.cumsum(x, axis=int(axis)),
    "Reshape": _reshape,
    "Flatten": lambda x, *, axis=1: np.reshape(x, (int(np.prod(np.shape(x)[:axis])), -1)),
    "Transpose": lambda x, *, perm=None: np.transpose(x, perm),
    "Expand": lambda x, shape: np.broadcast_to(x, np.broadcast_shapes(np.shape(x), tuple(int(n) for n in shape))),
    "Unsqueeze": lambda x, axes: np.expand_dims(x, tuple(int(a) for a in np.ravel(axes))),
    "Squeeze": lambda x, axes=None: np.squeeze(x, None if axes is None else tuple(int(a) for a in np.ravel(axes))),
    "Concat": lambda *xs, axis: np.concatenate(xs, axis=axis),
    "Slice": _slice,
    "Gather": lambda x, i, *, axis=0: np.take(x, _plain(i), axis=axis),
    "Shape": lambda x, *, start=0, end=None: np.array(np.shape(x)[start:end]),
    "Constant": lambda **given: next(np.asarray(v) for v in given.values()),
    "ConstantOfShape": lambda shape, *, value=None: np.full(
        shape, 0.0 if value is None else value[0], getattr(value, "dtype", np.float32)
    ),
    "Pad": lambda x, pads, value=0.0, axes=None, *, mode=b"constant": np.pad(
        x,
        _pads([int(n) for n in pads], np.ndim(x)),
        mode=mode.decode(),
        **({"constant_values": float(value or 0.0)} if mode == b"constant" else {}),
    ),
    "Relu": nn.relu,
    "LeakyRelu": lambda x, *, alpha=0.01: nn.leaky_relu(x, negative_slope=alpha),
    "PRelu": lambda x, slope: np.where(np.greater(x, 0), x, slope * x),
    "Elu": lambda x, *, alpha=1.0: nn.elu(x, alpha=alpha),
    "Selu": lambda x: nn.selu(x),
    "Gelu": lambda x, *, approximate=b"none": nn.gelu(x, approximate=approximate.decode()),
    "Sigmoid": nn.sigmoid,
    "Softplus": nn.softplus,
    "HardSigmoid": lambda x, *, alpha=0.2, beta=0.5: np.clip(alpha * x + beta, 0.0, 1.0),
    "HardSwish": lambda x: x * np.clip(x / 6.0 + 0.5, 0.0, 1.0),
    "Clip": lambda x, lo=None, hi=None: x if lo is None and hi is None else np.clip(x, lo, hi),
    "Softmax": lambda x, *, axis=-1: nn.softmax(x, axis=axis),
    "LogSoftmax": lambda x, *, axis=-1: nn.log_softmax(x, axis=axis),
    "Conv": _conv,
    "ConvTranspose": _conv_transpose,
    "MaxPool": _pooled(nn.max_pool, dilations=("dilation", lambda d: tuple(d) if d else 1, None)),
    "AveragePool": _pooled(nn.avg_pool, count_include_pad=("count_include_pad", bool, 0)),
    "GlobalAveragePool": lambda x: np.mean(x, axis=tuple(range(2, np.ndim(x))), keepdims=True),
    "BatchNormalization": _batch_norm,
    "LayerNormalization": _norm(lambda x: x),
    "InstanceNormalization": lambda x, scale, bias, *, epsilon=1e-5: nn.instance_norm(x, scale, bias, eps=epsilon),
    "GroupNormalization": lambda x, scale, bias, *, num_groups, epsilon=1e-5, stash_type=1: nn.group_norm(
        x, scale, bias, groups=num_groups, eps=epsilon
    ),
    "Dropout": lambda x, *_, seed=0: x,
}
