"""What each operator of ONNX is here, by its name: NumPy's functions and those of `nn`, which are differentiated."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

import numpy as np

from .. import nn
from ..engine.tensor import Tensor
from ..nn.recurrent import gru_cell, lstm_cell, simple_rnn_cell
from ..nn.recurrent_unroll import unroll
from ..primitives.elementwise import erf
from .traced import RecordError

Row = Callable[..., Any]


def _axes(x: Any, axes: Any, keepdims: int) -> dict[str, Any]:
    found = None if axes is None else tuple(int(a) for a in np.ravel(_plain(axes)))
    return {"axis": found, "keepdims": bool(keepdims)}


def _plain(x: Any) -> Any:
    return np.asarray(x.data if isinstance(x, Tensor) else x)


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
    return x.astype(dtype) if isinstance(x, Tensor) and dtype.kind == "f" else _plain(x).astype(dtype)


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
    if not training_mode:
        return nn.batch_norm_inference(x, scale, bias, mean, var, eps=epsilon)
    axes = (0, *range(2, np.ndim(x)))
    batch = np.mean(_plain(x), axis=axes), np.var(_plain(x), axis=axes)
    moved = [momentum * old + (1.0 - momentum) * new for old, new in zip((mean, var), batch, strict=True)]
    return nn.batch_norm(x, scale, bias, eps=epsilon), *moved


def _recurrent(
    gates: int, run: Callable[..., Any], states: int = 1, unsupported: tuple[str, ...] = ("activation_alpha", "clip")
) -> Row:
    """A network over a sequence x (T, N, D), one or both directions: Y (T, directions, N, H), and the last states."""

    def row(x: Any, W: Any, R: Any, B: Any = None, lengths: Any = None, *start: Any, **settings: Any) -> Any:
        hidden, direction = settings.pop("hidden_size"), settings.pop("direction", b"forward").decode()
        refused = [name for name in ("activations", "layout", "input_forget", *unsupported) if settings.get(name)]
        if refused or lengths is not None or len(start) > states:
            raise RecordError(f"a recurrent network with {', '.join(refused or ['lengths, or peepholes'])} is not read")
        found, ends = [], []
        for k, backwards in enumerate({"bidirectional": [False, True]}.get(direction, [direction == "reverse"])):
            of = [np.split(a[k], n) for a, n in ((W, gates), (R, gates))]
            bias = [None] * (2 * gates) if B is None else np.split(B[k], 2 * gates)
            begin = [s[k] for s in start if s is not None]
            begin += [np.zeros((np.shape(x)[1], hidden), x.dtype)] * (states - len(begin))
            steps = run(x, begin, *of, bias, backwards, **settings)
            found.append([h for h, *_ in steps])
            ends.append(steps[0 if backwards else -1])
        y = np.stack([np.stack(h) for h in found], axis=1)
        return y, *(np.stack(parts) for parts in zip(*ends, strict=True))

    return row


def _lstm(x: Any, begin: Any, U: Any, W: Any, b: Any, backwards: bool) -> list[Any]:
    order = (2, 0, 1, 3)  # ONNX's gates are i, o, f and g; ours f, i, o and g
    weights = [m for k in order for m in (W[k], U[k])]
    biases = [None if b[k] is None else b[k] + b[4 + k] for k in order]
    return unroll(lambda x_t, state: lstm_cell(x_t, *state, *weights, *biases), x, tuple(begin), reverse=backwards)


def _gru(x: Any, begin: Any, U: Any, W: Any, b: Any, backwards: bool, *, linear_before_reset: int = 0) -> list[Any]:
    (U_z, U_r, U_c), (W_z, W_r, W_c) = U, W
    biases = [None] * 4
    if b[0] is not None:
        biases = [b[2], -(b[0] + b[3]), b[1] + b[4], b[5]]
    weights = (W_c, U_c, -W_z, -U_z, W_r, U_r, *biases)

    def step(x_t: Any, state: Any) -> tuple[Any, ...]:
        return (gru_cell(x_t, *state, *weights, reset_after=bool(linear_before_reset)),)

    return unroll(step, x, tuple(begin), reverse=backwards)


def _rnn(x: Any, begin: Any, U: Any, W: Any, b: Any, backwards: bool) -> list[Any]:
    bias = None if b[0] is None else b[0] + b[1]

    def step(x_t: Any, state: Any) -> tuple[Any, ...]:
        return (simple_rnn_cell(x_t, state[0], W[0], U[0], bias),)

    return unroll(step, x, tuple(begin), reverse=backwards)


def _top_k(x: Any, k: Any, *, axis: int = -1, largest: int = 1, sorted: int = 1) -> Any:
    order = np.argsort(-_plain(x) if largest else _plain(x), axis=axis, kind="stable")
    order = np.take(order, np.arange(int(np.ravel(k)[0])), axis=axis)
    return np.take_along_axis(x, order, axis=axis), order


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
    "Acosh": np.arccosh,
    "Asinh": np.arcsinh,
    "Atanh": np.arctanh,
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
    "Xor": np.logical_xor,
    "Mod": lambda a, b, *, fmod=0: np.fmod(a, b) if fmod else np.remainder(a, b),
    "IsNaN": np.isnan,
    "IsInf": np.isinf,
    "Max": lambda *xs: xs[0] if len(xs) == 1 else np.maximum(xs[0], ROWS["Max"](*xs[1:])),
    "Min": lambda *xs: xs[0] if len(xs) == 1 else np.minimum(xs[0], ROWS["Min"](*xs[1:])),
    "ReduceSum": _reduced(np.sum),
    "ReduceMean": _reduced(np.mean),
    "ReduceMax": _reduced(np.max),
    "ReduceMin": _reduced(np.min),
    "ArgMax": lambda x, *, axis=0, keepdims=1, select_last_index=0: np.argmax(x, axis=axis, keepdims=bool(keepdims)),
    "ArgMin": lambda x, *, axis=0, keepdims=1, select_last_index=0: np.argmin(x, axis=axis, keepdims=bool(keepdims)),
    "ReduceProd": _reduced(np.prod),
    "Einsum": lambda *xs, equation: np.einsum(equation.decode(), *xs),
    "TopK": _top_k,
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
    "Celu": lambda x, *, alpha=1.0: nn.celu(x, alpha=alpha),
    "Mish": nn.mish,
    "Softsign": nn.softsign,
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
    "RMSNormalization": lambda x, scale, *, axis=-1, epsilon=1e-5, stash_type=1: nn.rms_norm(
        x, scale, axes=tuple(range(axis % np.ndim(x), np.ndim(x))), eps=epsilon
    ),
    "LSTM": _recurrent(4, _lstm, 2),
    "GRU": _recurrent(3, _gru),
    "RNN": _recurrent(1, _rnn),
    "InstanceNormalization": lambda x, scale, bias, *, epsilon=1e-5: nn.instance_norm(x, scale, bias, eps=epsilon),
    "GroupNormalization": lambda x, scale, bias, *, num_groups, epsilon=1e-5, stash_type=1: nn.group_norm(
        x, scale, bias, groups=num_groups, eps=epsilon
    ),
    "Dropout": lambda x, *_, seed=0: x,
}
