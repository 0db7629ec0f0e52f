"""ONNX's own operators for normalizations; see `onnx_named`."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Any

import numpy as np

if TYPE_CHECKING:
    from .onnx_graph import Graph


def inside(x: Any, axes: Any) -> list[int]:
    """The axes from the front, in order."""
    return sorted(a % x.ndim for a in ((axes,) if isinstance(axes, int) else axes))


def trailing(x: Any, *_: Any, axes: Any, **__: Any) -> bool:
    """Whether what is normalized are the last axes."""
    found = inside(x, axes)
    return found == list(range(found[0], x.ndim))


def layer_norm(graph: Graph, y: Any, x: Any, gamma: Any, beta: Any, *, axes: Any, eps: float) -> Any:
    """LayerNormalization over the last axes; over others it is spelled out."""
    over = inside(x, axes)
    if trailing(x, axes=axes):
        scale = graph.asarray(np.ones([x.shape[a] for a in over], x.dtype)) if gamma is None else gamma
        given = [x, scale] if beta is None else [x, scale, beta]
        return graph.emit("LayerNormalization", graph.promoted(*given), y, axis=over[0], epsilon=eps)
    deviation = x - graph.mean(x, tuple(over), True)
    z = deviation / graph.sqrt(graph.mean(deviation * deviation, tuple(over), True) + eps)
    laid = [n if k in over else 1 for k, n in enumerate(x.shape)]
    z = z if gamma is None else z * graph.reshape(gamma, laid)
    return z if beta is None else z + graph.reshape(beta, laid)


def rms_norm(graph: Graph, y: Any, x: Any, gamma: Any, *, axes: Any, eps: float) -> Any:
    """RMSNormalization, an operator since version 23."""
    over = inside(x, axes)
    scale = graph.asarray(np.ones([x.shape[a] for a in over], x.dtype)) if gamma is None else gamma
    graph.version = max(graph.version, 23)
    return graph.emit("RMSNormalization", graph.promoted(x, scale), y, axis=over[0], epsilon=eps)


def _affine(graph: Graph, x: Any, gamma: Any, beta: Any) -> list[Any]:
    C = x.shape[1]
    scale = graph.asarray(np.ones(C, x.dtype)) if gamma is None else gamma
    bias = graph.asarray(np.zeros(C, x.dtype)) if beta is None else beta
    return [x, scale, bias]


def by_channel(operator: str, more: Callable[[Any, Any], dict[str, Any]]) -> Callable[..., Any]:
    """A normalization with a scale and a bias for each channel."""

    def row(graph: Graph, y: Any, x: Any, gamma: Any, beta: Any, *statistics: Any, **params: Any) -> Any:
        moments = [graph.astype(s, x.dtype) for s in statistics]
        given = graph.promoted(*_affine(graph, x, gamma, beta), *moments)
        return graph.emit(operator, given, y, epsilon=params["eps"], **more(params, x.dtype))

    return row


def plain(params: Any, dtype: Any) -> dict[str, Any]:
    """No further settings."""
    return {}


def groups(params: Any, dtype: Any) -> dict[str, Any]:
    """The settings of GroupNormalization, whose statistics are in float32 unless told."""
    return {"num_groups": params["groups"], "stash_type": 11 if dtype == np.float64 else 1}


def batch_norm(graph: Graph, y: Any, x: Any, gamma: Any, beta: Any, *, eps: float) -> Any:
    """BatchNormalization by the batch's own statistics: what it makes of running ones is not used.

    ONNX Runtime may write these over the ones that it is given, so that no other constant must be equal to them.
    """
    unread = (graph.asarray(np.full(x.shape[1], number, x.dtype)) for number in (-0.7321, 0.8319))
    given = graph.promoted(*_affine(graph, x, gamma, beta), *unread)
    return graph.emit("BatchNormalization", given, y, outputs=3, epsilon=eps, training_mode=1)
