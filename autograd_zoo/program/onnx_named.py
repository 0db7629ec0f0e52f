"""ONNX's own operators for the functions of modules, as data: which one, how it is written, and what it fits.

ONNX Runtime computes many operators in float32 alone (`IN_FLOAT32`), and the settings of all, such as ε, are numbers of
float32. In float64 what these stand for is spelled out, and not cast to float32, which would lose digits.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np

from ..nn.spatial import spread
from .data import Call, Recorded, Ref
from .onnx_norm import batch_norm, by_channel, groups, layer_norm, plain, rms_norm, trailing
from .onnx_recurrent import gru, sequence, simple_rnn

if TYPE_CHECKING:
    from .onnx_graph import Graph

IN_FLOAT32 = frozenset(  # what ONNX Runtime 1.32 has no kernel for in float64, whatever the version of the operators
    "LeakyRelu Elu Selu Celu Softplus Softsign Mish HardSigmoid HardSwish Gelu PRelu Erf Conv ConvTranspose "
    "AveragePool GlobalAveragePool InstanceNormalization LSTM GRU RNN".split()
)


class Kind(NamedTuple):
    """What is known of an argument before anything is written."""

    shape: tuple[int, ...]
    dtype: np.dtype[Any]

    @property
    def ndim(self) -> int:
        """Number of axes."""
        return len(self.shape)


def always(*_: Any, **__: Any) -> bool:
    """It fits whatever the function takes."""
    return True


class Own(NamedTuple):
    """An operator of ONNX that is a function of a module, or, if it is not `alone`, the main part of it."""

    operator: str
    write: Callable[..., Any]
    """`(graph, y, *arguments, **params) -> node`; y is an array of the result's shape and dtype,"""
    fits: Callable[..., bool] = always
    """... and `(*kinds, **params)` says whether the arguments are what the operator takes."""
    alone: bool = True


def chosen(program: Recorded) -> dict[int, Call]:
    """The calls of a program that are written as operators, by the numbers of their results."""
    kinds = {x.number: Kind(x.shape, x.dtype) for x in (*program.leaves, *program.given)}
    kinds |= {i.number: Kind(i.shape, np.dtype(i.dtype)) for i in program.instructions if i.dtype != "object"}

    def kind(v: Any) -> Any:
        return kinds[v.number] if isinstance(v, Ref) else v

    def fits(call: Call) -> bool:
        own = NAMED.get(call.op)
        if own is None or call.number not in kinds:
            return False
        numbers = [v for v in call.params.values() if isinstance(v, float)]
        narrow = own.operator in IN_FLOAT32 or any(float(np.float32(v)) != v for v in numbers)
        if kinds[call.number].dtype == np.float64 and narrow:  # attributes are in float32 too
            return False
        return own.fits(*map(kind, call.args), **{key: kind(v) for key, v in call.params.items()})

    return {call.number: call for call in program.calls if fits(call)}


# ---- activations -----------------------------------------------------------------------------------------------------


def pointwise(operator: str, settings: Callable[..., Mapping[str, Any]] = lambda **params: params) -> Own:
    """An operator of one array, with the settings that it has for the function's."""
    return Own(operator, lambda graph, y, x, **params: graph.emit(operator, [x], y, **settings(**params)))


def slope(name: str) -> Callable[..., Mapping[str, Any]]:
    """ONNX's alpha for the argument of a name."""
    return lambda **params: {"alpha": float(params[name])}


def _prelu(graph: Graph, y: Any, x: Any, a: Any, *, axis: int) -> Any:
    slopes = graph.reshape(a, [-1 if k == axis % x.ndim else 1 for k in range(x.ndim)]) if a.array.size > 1 else a
    return graph.emit("PRelu", graph.promoted(x, slopes), y)


def _relu6(graph: Graph, y: Any, x: Any) -> Any:
    return graph.emit("Clip", [x, np.asarray(0, x.dtype), np.asarray(6, x.dtype)], y)


ACTIVATIONS = {
    "nn.relu": pointwise("Relu"),
    "nn.selu": pointwise("Selu"),
    "nn.sigmoid": pointwise("Sigmoid"),
    "nn.softplus": pointwise("Softplus"),
    "nn.softsign": pointwise("Softsign"),
    "nn.tanh": pointwise("Tanh"),
    "nn.mish": pointwise("Mish"),
    "nn.hardswish": pointwise("HardSwish"),
    "nn.hardsigmoid": pointwise("HardSigmoid", lambda: {"alpha": 1.0 / 6.0, "beta": 0.5}),
    "nn.leaky_relu": pointwise("LeakyRelu", slope("negative_slope")),
    "nn.elu": pointwise("Elu", slope("alpha")),
    "nn.celu": pointwise("Celu", slope("alpha")),
    "nn.gelu": pointwise("Gelu"),
    "nn.softmax": pointwise("Softmax"),
    "nn.log_softmax": pointwise("LogSoftmax"),
    "nn.relu6": Own("Clip", _relu6),
    "nn.prelu": Own("PRelu", _prelu),
    "nn.silu": Own("Sigmoid", lambda graph, y, x: x * graph.emit("Sigmoid", [x], y), alone=False),
}
ACTIVATIONS["nn.celu"] = ACTIVATIONS["nn.celu"]._replace(fits=lambda x, **_: x.dtype == np.float32)


# ---- products, groups and pooling ------------------------------------------------------------------------------------


def convolved(params: Any) -> dict[str, Any]:
    """The attributes of a convolution."""
    return {
        "strides": list(params["stride"]),
        "pads": [before for before, _ in params["padding"]] + [after for _, after in params["padding"]],
        "dilations": list(params["dilation"]),
        "group": params["groups"],
    }


def pooled(params: Any) -> dict[str, Any]:
    """The attributes of a pooling."""
    size = params["kernel_size"]
    stride = size if params["stride"] is None else params["stride"]
    return {
        "kernel_shape": list(size),
        "strides": list(spread(stride, len(size), "stride")),
        "pads": [*spread(params["padding"], len(size), "padding", 0)] * 2,
        "ceil_mode": int(params["ceil_mode"]),
    }


def _given(graph: Graph, *arrays: Any) -> Any:
    return graph.promoted(*(a for a in arrays if a is not None))


def _conv(graph: Graph, y: Any, x: Any, W: Any, b: Any = None, **params: Any) -> Any:
    if params.get("true_convolution"):
        for axis in range(2, W.ndim):
            W = graph.flip(W, axis)
    return graph.emit("Conv", _given(graph, x, W, b), y, **convolved(params))


def _conv_transpose(graph: Graph, y: Any, x: Any, W: Any, b: Any = None, **params: Any) -> Any:
    settings = convolved({**params, "padding": [(p, p) for p in params["padding"]]})
    extra = list(params["output_padding"])
    return graph.emit("ConvTranspose", _given(graph, x, W, b), y, **settings, output_padding=extra)


def _separable(graph: Graph, y: Any, x: Any, w1: Any, w2: Any, b: Any = None, **params: Any) -> Any:
    k = w1.ndim - 1
    between = np.empty((x.shape[0], w1.shape[0], *y.shape[2:]), y.dtype)
    depthwise = _conv(graph, between, x, graph.expanded(w1, (1,)), groups=w1.shape[0], **params)
    once = {"stride": (1,) * k, "padding": ((0, 0),) * k, "dilation": (1,) * k, "groups": 1}
    return _conv(graph, y, depthwise, graph.expanded(w2, tuple(range(2, 2 + k))), b, **once)


def _max_pool(graph: Graph, y: Any, x: Any, **params: Any) -> Any:
    dilations = list(spread(params["dilation"], len(params["kernel_size"]), "dilation"))
    return graph.emit("MaxPool", [x], y, **pooled(params), dilations=dilations)


def _avg_pool(graph: Graph, y: Any, x: Any, **params: Any) -> Any:
    return graph.emit("AveragePool", [x], y, **pooled(params), count_include_pad=int(params["count_include_pad"]))


def _linear(graph: Graph, y: Any, x: Any, W: Any, b: Any = None) -> Any:
    if x.ndim == 2:
        return graph.emit("Gemm", _given(graph, x, W, b), y, transB=1)
    product = graph.matmul(x, graph.permute_dims(W, (1, 0)))
    return product if b is None else graph.add(product, b)


def _global_avg_pool(graph: Graph, y: Any, x: Any, *, axis: Any, keepdims: bool) -> Any:
    inside = tuple(sorted(a % x.ndim for a in np.atleast_1d(axis)))
    if inside != tuple(range(2, x.ndim)) or x.dtype == np.float64:
        return graph.mean(x, axis=inside, keepdims=keepdims)
    pooled = graph.emit("GlobalAveragePool", [x], np.empty((*x.shape[:2], *[1] * (x.ndim - 2)), y.dtype))
    return pooled if keepdims else graph.emit("Flatten", [pooled], y)


def both(name: str) -> Callable[..., Any]:
    """An operator of two arrays that a graph writes, and promotes."""
    return lambda graph, y, a, b: getattr(graph, name)(a, b)


def over(name: str) -> Callable[..., Any]:
    """A reduction that a graph writes."""
    return lambda graph, y, x, **params: getattr(graph, name)(x, **params)


GROUPS = {
    "nn.add": Own("Add", both("add")),
    "nn.multiply": Own("Mul", both("multiply")),
    "nn.switch": Own("Mul", both("multiply")),
    "nn.sum": Own("ReduceSum", over("sum")),
    "nn.max": Own("ReduceMax", over("max")),
}
PRODUCTS = {
    "nn.linear": Own("Gemm", _linear),
    "nn.conv": Own("Conv", _conv),
    "nn.conv_transpose": Own("ConvTranspose", _conv_transpose),
    "nn.separable_conv": Own("Conv", _separable),
    "nn.max_pool": Own("MaxPool", _max_pool),
    "nn.avg_pool": Own("AveragePool", _avg_pool),
    "nn.global_avg_pool": Own("ReduceMean", _global_avg_pool),
    "nn.embedding": Own(
        "Gather",
        lambda graph, y, W, i, *, padding_idx=None: graph.take(W, i, axis=0),
        lambda W, i, *, padding_idx=None: padding_idx is None,
    ),
}


# ---- attention -------------------------------------------------------------------------------------------------------


def _softmax(graph: Graph, S: Any, mask: Any = None, *, causal: bool = False) -> Any:
    if mask is None and not causal:
        return graph.emit("Softmax", [S], S.array, axis=-1)
    allowed = graph.asarray(np.tri(*S.shape[-2:], dtype=bool) if causal else np.True_)
    if mask is not None and mask.dtype != bool:
        finite = graph.not_equal(mask, np.asarray(-np.inf, mask.dtype))
        S = S + graph.where(finite, graph.astype(mask, S.dtype), np.asarray(0, S.dtype))
        mask = finite
    allowed = allowed if mask is None else graph.logical_and(allowed, mask)
    nothing = graph.logical_not(graph.any(allowed, -1, True)) if allowed.ndim else graph.logical_not(allowed)
    A = _softmax(graph, graph.where(graph.logical_or(allowed, nothing), S, np.asarray(-np.inf, S.dtype)))
    return graph.where(allowed, A, np.asarray(0, S.dtype))


def _weights(graph: Graph, Q: Any, K: Any, mask: Any = None, *, causal: bool = False) -> Any:
    turned = graph.permute_dims(K, (*range(K.ndim - 2), K.ndim - 1, K.ndim - 2))
    return _softmax(graph, graph.matmul(Q, turned) / float(Q.shape[-1]) ** 0.5, mask, causal=causal)


def _attention(
    graph: Graph, y: Any, Q: Any, K: Any, V: Any, mask: Any = None, D: Any = None, *, causal: bool, q: float
) -> Any:
    A = _weights(graph, Q, K, mask, causal=causal)
    return graph.matmul(A if D is None else D * A / (1.0 - q), V)


def unlabelled(f: Callable[..., Any]) -> Callable[..., Any]:
    """A row that works out the result's shape itself."""
    return lambda graph, y, *arguments, **params: f(graph, *arguments, **params)


ATTENTION = {
    "nn.masked_softmax": Own("Softmax", unlabelled(_softmax)),
    "nn.dot_product_weights": Own("Softmax", unlabelled(_weights), alone=False),
    "nn.scaled_dot_product_attention": Own("Softmax", _attention, alone=False),
}


# ---- normalizations and sequences ------------------------------------------------------------------------------------

NORMALIZATIONS = {
    "nn.layer_norm": Own("LayerNormalization", layer_norm),
    "nn.rms_norm": Own("RMSNormalization", rms_norm, trailing),
    "nn.batch_norm": Own("BatchNormalization", batch_norm),
    "nn.batch_norm_inference": Own("BatchNormalization", by_channel("BatchNormalization", plain)),
    "nn.instance_norm": Own("InstanceNormalization", by_channel("InstanceNormalization", plain)),
    "nn.group_norm": Own("GroupNormalization", by_channel("GroupNormalization", groups)),
}
SEQUENCES = {"nn.gru": Own("GRU", gru, sequence), "nn.simple_rnn": Own("RNN", simple_rnn, sequence)}

NAMED: dict[str, Own] = ACTIVATIONS | GROUPS | PRODUCTS | ATTENTION | NORMALIZATIONS | SEQUENCES
