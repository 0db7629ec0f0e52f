"""ONNX's own operators for recurrent networks over whole sequences; see `onnx_named`."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

if TYPE_CHECKING:
    from .onnx_graph import Graph


def sequence(x: Any, *_: Any, **__: Any) -> bool:
    """Whether x is a batch of sequences (T, N, D)."""
    return bool(x.ndim == 3)


def _joined(graph: Graph, parts: list[Any]) -> Any:
    """Matrices one below the other, (1, gates · H, ...): the directions come first."""
    return graph.expanded(parts[0] if len(parts) == 1 else graph.concat(parts, 0), (0,))


def _run(graph: Graph, operator: str, y: Any, x: Any, h0: Any, W: Any, U: Any, b: Any, **settings: Any) -> Any:
    """A node over a sequence; y (T, N, H), the operator has an axis of directions in between."""
    H = y.shape[-1]
    given = [x, _joined(graph, U), _joined(graph, W), _joined(graph, b)]
    given = [*graph.promoted(*given, graph.expanded(h0, (0,)))]
    states = graph.emit(operator, [*given[:4], None, given[4]], y[:, None], hidden_size=H, **settings)
    return graph.emit("Squeeze", [states, np.array([1], np.int64)], y)


def gru(graph: Graph, y: Any, x: Any, h0: Any, *weights: Any, reset_after: bool) -> Any:
    """GRU, whose z is our 1 − z: the other sign before the logistic function. Its gates are z, r and c."""
    W_c, U_c, W_z, U_z, W_r, U_r, *biases = weights
    nothing = graph.asarray(np.zeros(y.shape[-1], y.dtype))
    b_c, b_z, b_r, b_h = (nothing if b is None else b for b in (*biases, *[None] * (4 - len(biases))))
    W, U = [graph.negative(W_z), W_r, W_c], [graph.negative(U_z), U_r, U_c]
    b = [graph.negative(b_z), b_r, b_c, nothing, nothing, b_h]
    return _run(graph, "GRU", y, x, h0, W, U, b, linear_before_reset=int(reset_after))


def simple_rnn(graph: Graph, y: Any, x: Any, h0: Any, W: Any, U: Any, V: Any = None, b: Any = None) -> Any:
    """RNN."""
    nothing = graph.asarray(np.zeros(y.shape[-1], y.dtype))
    return _run(graph, "RNN", y, x, h0, [W], [U], [nothing if b is None else b, nothing])
