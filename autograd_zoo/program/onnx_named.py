"""ONNX's own operators for the functions of modules: each row takes the function's arguments."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Any

import numpy as np

from .names import operations

if TYPE_CHECKING:
    from .onnx_graph import Graph

Row = Callable[..., Any]


def named(graph: Graph) -> dict[str, Row]:
    """The rows by the names of the calls."""
    return pointwise(graph) | products(graph) | normalizations(graph) | attentions(graph)


def writer(graph: Graph) -> Row:
    """Writes one operator, with the value that the function has at the recorded inputs."""
    known = operations()

    def write(
        name: str, operator: str, inputs: list[Any], arrays: tuple[Any, ...], params: Any, **attributes: Any
    ) -> Any:
        value = known[name](*(None if a is None else a.array for a in arrays), **params)
        return graph.emit(operator, graph.promoted(*inputs), value, **attributes)

    return write


def pointwise(graph: Graph) -> dict[str, Row]:
    """Activations."""
    write = writer(graph)

    def prelu(x: Any, a: Any, *, axis: int = 1) -> Any:
        slopes = graph.reshape(a, [-1 if k == axis % x.ndim else 1 for k in range(x.ndim)]) if a.array.size > 1 else a
        return write("nn.prelu", "PRelu", [x, slopes], (x, a), {"axis": axis})

    def alike(name: str, operator: str) -> Row:
        return lambda x: write(name, operator, [x], (x,), {})

    return {
        "nn.relu": alike("nn.relu", "Relu"),
        "nn.selu": alike("nn.selu", "Selu"),
        "nn.sigmoid": alike("nn.sigmoid", "Sigmoid"),
        "nn.softplus": alike("nn.softplus", "Softplus"),
        "nn.tanh": alike("nn.tanh", "Tanh"),
        "nn.relu6": lambda x: write("nn.relu6", "Clip", [x, np.asarray(0, x.dtype), np.asarray(6, x.dtype)], (x,), {}),
        "nn.leaky_relu": lambda x, negative_slope=0.01: write(
            "nn.leaky_relu", "LeakyRelu", [x], (x,), {"negative_slope": negative_slope}, alpha=float(negative_slope)
        ),
        "nn.elu": lambda x, alpha=1.0: write("nn.elu", "Elu", [x], (x,), {"alpha": alpha}, alpha=float(alpha)),
        "nn.gelu": lambda x, approximate="none": write(
            "nn.gelu", "Gelu", [x], (x,), {"approximate": approximate}, approximate=approximate
        ),
        "nn.softmax": lambda x, axis=-1: write("nn.softmax", "Softmax", [x], (x,), {"axis": axis}, axis=axis),
        "nn.log_softmax": lambda x, axis=-1: write(
            "nn.log_softmax", "LogSoftmax", [x], (x,), {"axis": axis}, axis=axis
        ),
        "nn.prelu": prelu,
    }


def products(graph: Graph) -> dict[str, Row]:
    """Matrix products, convolutions and pooling."""
    write = writer(graph)

    def conv(x: Any, W: Any, b: Any = None, **params: Any) -> Any:
        seen = W
        if params.get("true_convolution"):
            for axis in range(2, W.ndim):
                seen = graph.flip(seen, axis)
        given = [x, seen] if b is None else [x, seen, b]
        return write("nn.conv", "Conv", given, (x, W, b), params, **convolved(params))

    def conv_transpose(x: Any, W: Any, b: Any = None, **params: Any) -> Any:
        given = [x, W] if b is None else [x, W, b]
        pads = [(p, p) for p in params["padding"]]
        more = {"output_padding": list(params["output_padding"])}
        return write(
            "nn.conv_transpose",
            "ConvTranspose",
            given,
            (x, W, b),
            params,
            **convolved({**params, "padding": pads}),
            **more,
        )

    def separable_conv(x: Any, w1: Any, w2: Any, b: Any = None, **params: Any) -> Any:
        k = w1.ndim - 1
        depthwise = conv(x, graph.expanded(w1, (1,)), groups=w1.shape[0], **params)
        once = {"stride": (1,) * k, "padding": ((0, 0),) * k, "dilation": (1,) * k, "groups": 1}
        return conv(depthwise, graph.expanded(w2, tuple(range(2, 2 + k))), b, **once)

    def max_pool(x: Any, **params: Any) -> Any:
        return write("nn.max_pool", "MaxPool", [x], (x,), params, **pooled(params), dilations=list(params["dilation"]))

    def avg_pool(x: Any, **params: Any) -> Any:
        count = int(params["count_include_pad"])
        return write("nn.avg_pool", "AveragePool", [x], (x,), params, **pooled(params), count_include_pad=count)

    def linear(x: Any, W: Any, b: Any = None) -> Any:
        if x.ndim == 2:
            given = [x, W] if b is None else [x, W, b]
            return write("nn.linear", "Gemm", given, (x, W, b), {}, transB=1)
        y = graph.matmul(x, graph.permute_dims(W, (1, 0)))
        return y if b is None else graph.add(y, b)

    def global_avg_pool(x: Any, *, axis: Any, keepdims: bool) -> Any:
        return graph.mean(x, axis=tuple(a % x.ndim for a in axis), keepdims=keepdims)

    return {
        "nn.linear": linear,
        "nn.conv": conv,
        "nn.conv_transpose": conv_transpose,
        "nn.separable_conv": separable_conv,
        "nn.max_pool": max_pool,
        "nn.avg_pool": avg_pool,
        "nn.global_avg_pool": global_avg_pool,
    }


def normalizations(graph: Graph) -> dict[str, Row]:
    """Normalizations."""
    write = writer(graph)

    def layer_norm(x: Any, gamma: Any = None, beta: Any = None, *, axes: Any = -1, eps: float = 1e-5) -> Any:
        inside = sorted(a % x.ndim for a in ((axes,) if isinstance(axes, int) else axes))
        if inside == list(range(inside[0], x.ndim)):
            scale = graph.asarray(np.ones([x.shape[a] for a in inside], x.dtype)) if gamma is None else gamma
            given = [x, scale] if beta is None else [x, scale, beta]
            params = {"axes": tuple(inside), "eps": eps}
            return write(
                "nn.layer_norm", "LayerNormalization", given, (x, gamma, beta), params, axis=inside[0], epsilon=eps
            )
        deviation = x - graph.mean(x, tuple(inside), True)
        y = deviation / graph.sqrt(graph.mean(deviation * deviation, tuple(inside), True) + eps)
        laid = [n if k in inside else 1 for k, n in enumerate(x.shape)]
        y = y if gamma is None else y * graph.reshape(gamma, laid)
        return y if beta is None else y + graph.reshape(beta, laid)

    def by_channel(name: str, operator: str, more: Callable[[Any], dict[str, Any]]) -> Row:
        def row(x: Any, gamma: Any, beta: Any, *statistics: Any, **params: Any) -> Any:
            C = x.shape[1]
            scale = graph.asarray(np.ones(C, x.dtype)) if gamma is None else gamma
            bias = graph.asarray(np.zeros(C, x.dtype)) if beta is None else beta
            moments = [graph.astype(s, x.dtype) for s in statistics]
            return write(
                name, operator, [x, scale, bias, *moments], (x, gamma, beta, *statistics), params,
                epsilon=params["eps"], **more(params),
            )  # fmt: skip

        return row

    return {
        "nn.layer_norm": layer_norm,
        "nn.batch_norm_inference": by_channel("nn.batch_norm_inference", "BatchNormalization", lambda _: {}),
        "nn.instance_norm": by_channel("nn.instance_norm", "InstanceNormalization", lambda _: {}),
        "nn.group_norm": by_channel("nn.group_norm", "GroupNormalization", lambda p: {"num_groups": p["groups"]}),
    }


def attentions(graph: Graph) -> dict[str, Row]:
    """Attention by dot products."""

    def softmax(S: Any, mask: Any = None, *, causal: bool = False) -> Any:
        e = np.exp(S.array - np.max(S.array, axis=-1, keepdims=True))
        if mask is None and not causal:
            return graph.emit("Softmax", [S], e / np.sum(e, axis=-1, keepdims=True), axis=-1)
        allowed = graph.asarray(np.tri(*S.shape[-2:], dtype=bool) if causal else np.True_)
        if mask is not None and mask.dtype != bool:
            finite = graph.not_equal(mask, np.asarray(-np.inf, mask.dtype))
            S = S + graph.where(finite, graph.astype(mask, S.dtype), np.asarray(0, S.dtype))
            mask = finite
        allowed = allowed if mask is None else graph.logical_and(allowed, mask)
        nothing = graph.logical_not(graph.any(allowed, -1, True)) if allowed.ndim else graph.logical_not(allowed)
        A = softmax(graph.where(graph.logical_or(allowed, nothing), S, np.asarray(-np.inf, S.dtype)))
        return graph.where(allowed, A, np.asarray(0, S.dtype))

    def weights(Q: Any, K: Any, mask: Any = None, *, causal: bool = False) -> Any:
        turned = graph.permute_dims(K, (*range(K.ndim - 2), K.ndim - 1, K.ndim - 2))
        return softmax(graph.matmul(Q, turned) / float(Q.shape[-1]) ** 0.5, mask, causal=causal)

    def attention(
        Q: Any, K: Any, V: Any, mask: Any = None, D: Any = None, *, causal: bool = False, q: float = 0.0
    ) -> Any:
        A = weights(Q, K, mask, causal=causal)
        return graph.matmul(A if D is None else D * A / (1.0 - q), V)

    return {
        "nn.masked_softmax": softmax,
        "nn.dot_product_weights": weights,
        "nn.scaled_dot_product_attention": attention,
    }


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
    return {
        "kernel_shape": list(params["kernel_size"]),
        "strides": list(params["stride"]),
        "pads": [*params["padding"]] * 2,
        "ceil_mode": int(params["ceil_mode"]),
    }
