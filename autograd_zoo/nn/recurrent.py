"""One time step of SimpleRNN, LSTM and GRU, as functions: they make the state at t + 1 of x_t and the state at t.

Without biases the formulas are the document's. `recurrent_cell` has the cells, which hold the parameters, and
`recurrent_sequence` the modules that run cells over sequences.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np

from .. import closed_form as cf
from ..engine.mode import MODE
from .activation import relu, sigmoid
from .fusion import fused_by
from .linear import linear
from .module import named, require, shape_of

Rule = Callable[..., Any]


def _one_step(backward: Rule, time: int = 0) -> Rule:
    """The gradients of a cell by all its inputs: backpropagation through a sequence of one step.

    `time` is the axis of the steps in y.
    """

    def joint(g: Any, y: Any, x: Any, *others: Any, **params: Any) -> list[Any]:
        dx, *rest = backward(np.expand_dims(g, time), np.expand_dims(y, time), x[None], *others, **params)
        return [dx[0], *rest]

    return joint


def _states(g: Any, y: Any, x: Any, h0: Any, W: Any, U: Any, b: Any = None) -> tuple[Any, ...]:
    """The gradients of a SimpleRNN that returns its states: without the map V."""
    found = cf.recurrent.simple_rnn_gradients(g, y, x, h0, W, U, None, b)
    return found.x, found.h0, found.W, found.U, found.b


def require_fit(name: str, x: Any, W: Any, U: Any, **states: Any) -> None:
    """Require floats x (..., D) and one state (..., H) for each sample, with W (H, H) and U (H, D)."""
    shape, w, u = shape_of(x), shape_of(W), shape_of(U)
    require(
        len(u) == 2 and w == (u[0], u[0]),
        lambda: f"{name}: weights U {u} and W {w} do not fit each other: they must be (H, D) and (H, H)",
    )
    require(
        len(shape) > 0 and shape[-1] == u[1],
        lambda: (
            f"{name}: x of shape {shape} does not fit U {u}, which is (H, D): the last axis of x must be D; reshape x, "
            f"or build the module with input_size={(1, *shape)[-1]}"
        ),
    )
    require(0 not in shape, lambda: f"{name}: x of shape {shape} is empty: leave empty batches out")
    misfits = [key for key, state in states.items() if shape_of(state) != (*shape[:-1], u[0])]
    require(
        not misfits,
        lambda: (
            f"{name}: {misfits[0]} of shape {np.shape(states[misfits[0]])} does not fit x {shape} and W {w}, which is "
            f"(H, H): it must be one state for each sample, shape {(*shape[:-1], u[0])}"
        ),
    )
    kinds = {key: getattr(value, "dtype", np.dtype(float)) for key, value in {"x": x, **states}.items()}
    wrong = [key for key, dtype in kinds.items() if dtype.kind != "f"]
    require(
        not wrong,
        lambda: f"{name}: {wrong[0]} must hold floats, got {kinds[wrong[0]]}: write {wrong[0]}.astype(float)",
    )


@fused_by(joint=_one_step(_states))
def simple_rnn_cell(x: Any, h: Any, W: Any, U: Any, b: Any = None) -> Any:
    """h_{t+1} = tanh(W h_t + U x_t + b)

    Shapes: x (..., D), h and the result (..., H), W (H, H), U (H, D), b (H,) or None.
    Raises: ValueError for shapes that do not fit, integers, or an empty batch.
    Source: recurrent.simple_rnn.h.

    >>> import numpy as np, autograd_zoo as az
    >>> az.nn.simple_rnn_cell(np.array([1.0]), np.array([0.5]), np.array([[2.0]]), np.array([[-1.0]]))
    array([0.])
    """
    require_fit("simple_rnn_cell", x, W, U, h=h)
    return named(np.tanh(linear(h, W) + linear(x, U, b)), "h_t")


def rectified_rnn_cell(x: Any, h: Any, W: Any, U: Any, b: Any = None) -> Any:
    """h_{t+1} = max{0, W h_t + U x_t + b}

    Shapes: x (..., D), h and the result (..., H), W (H, H), U (H, D), b (H,) or None.
    Raises: ValueError for shapes that do not fit, integers, or an empty batch.
    Source: PyTorch's RNNCell with nonlinearity="relu".

    >>> rectified_rnn_cell(np.array([1.0]), np.array([0.5]), np.array([[2.0]]), np.array([[-3.0]]))
    array([0.])
    """
    require_fit("rectified_rnn_cell", x, W, U, h=h)
    return named(relu(linear(h, W) + linear(x, U, b)), "h_t")


def lstm_cell(
    x: Any, h: Any, C: Any,
    W_f: Any, U_f: Any, W_i: Any, U_i: Any, W_o: Any, U_o: Any, W_g: Any, U_g: Any,
    b_f: Any = None, b_i: Any = None, b_o: Any = None, b_g: Any = None,
) -> tuple[Any, Any]:  # fmt: skip
    """C_{t+1} = f_t ⊙ C_t + i_t ⊙ G_t and h_{t+1} = o_t ⊙ tanh(C_{t+1}), where

    f_t = σ(W_f h_t + U_f x_t + b_f), i_t = σ(W_i h_t + U_i x_t + b_i), o_t = σ(W_o h_t + U_o x_t + b_o) and
    G_t = tanh(W_g h_t + U_g x_t + b_g)

    Shapes: x (..., D), h and C (..., H), each W (H, H), U (H, D), b (H,) or None; the result (h_{t+1}, C_{t+1}), each
    (..., H).
    Raises: ValueError for shapes that do not fit, integers, or an empty batch.
    Source: recurrent.lstm.y, recurrent.lstm.C; Hochreiter and Schmidhuber, Long Short-Term Memory, 1997.

    >>> import numpy as np, autograd_zoo as az
    >>> one, W, U = np.ones(1), np.zeros((1, 1)), np.zeros((1, 1))
    >>> az.nn.lstm_cell(one, one, one, W, U, W, U, W, U, W, U)
    (array([0.23105858]), array([0.5]))
    """
    require_fit("lstm_cell", x, W_f, U_f, h=h, C=C)
    inputs = (x, h, C, W_f, U_f, W_i, U_i, W_o, U_o, W_g, U_g, b_f, b_i, b_o, b_g)
    if MODE.get().fused:
        both = _fused_lstm_cell(*inputs)
        return both[0], both[1]
    return _lstm_cell(*inputs)


def _lstm_cell(*inputs: Any) -> tuple[Any, Any]:
    x, h, C, W_f, U_f, W_i, U_i, W_o, U_o, W_g, U_g, b_f, b_i, b_o, b_g = inputs
    f = named(sigmoid(linear(h, W_f) + linear(x, U_f, b_f)), "f_t")
    i = named(sigmoid(linear(h, W_i) + linear(x, U_i, b_i)), "i_t")
    o = named(sigmoid(linear(h, W_o) + linear(x, U_o, b_o)), "o_t")
    G = named(np.tanh(linear(h, W_g) + linear(x, U_g, b_g)), "G_t")
    C = named(f * C + i * G, "C_t")
    return named(o * np.tanh(C), "h_t"), C


@fused_by(joint=_one_step(cf.recurrent.lstm_gradients, time=1))
def _fused_lstm_cell(*inputs: Any) -> Any:
    """Both states in one array, since a node has one value."""
    return np.stack(_lstm_cell(*inputs))


@fused_by(joint=_one_step(cf.recurrent.gru_gradients))
def gru_cell(
    x: Any, h: Any,
    W_c: Any, U_c: Any, W_z: Any, U_z: Any, W_r: Any, U_r: Any,
    b_c: Any = None, b_z: Any = None, b_r: Any = None, b_h: Any = None,
    *, reset_after: bool = False,
) -> Any:  # fmt: skip
    """h_{t+1} = (1 − z_t) ⊙ h_t + z_t ⊙ c_t, where

    z_t = σ(W_z h_t + U_z x_t + b_z), r_t = σ(W_r h_t + U_r x_t + b_r) and
    c_t = tanh(W_c (r_t ⊙ h_t) + b_h + U_c x_t + b_c), or tanh(r_t ⊙ (W_c h_t + b_h) + U_c x_t + b_c) for `reset_after`

    The document resets first, as the paper does. PyTorch resets after, and its z is our 1 − z.

    Shapes: x (..., D), h and the result (..., H), each W (H, H), U (H, D), b (H,) or None.
    Raises: ValueError for shapes that do not fit, integers, or an empty batch.
    Source: recurrent.gru.y, recurrent.gru.c; Cho et al., Learning Phrase Representations using RNN Encoder-Decoder for
    Statistical Machine Translation, EMNLP 2014.

    >>> import numpy as np, autograd_zoo as az
    >>> W, U = np.zeros((1, 1)), np.zeros((1, 1))
    >>> az.nn.gru_cell(np.ones(1), np.ones(1), W, U, W, U, W, U)
    array([0.5])
    """
    require_fit("gru_cell", x, W_c, U_c, h=h)
    z = named(sigmoid(linear(h, W_z) + linear(x, U_z, b_z)), "z_t")
    r = named(sigmoid(linear(h, W_r) + linear(x, U_r, b_r)), "r_t")
    remembered = r * linear(h, W_c, b_h) if reset_after else linear(r * h, W_c, b_h)
    c = named(np.tanh(remembered + linear(x, U_c, b_c)), "c_t")
    return named((1.0 - z) * h + z * c, "h_t")
