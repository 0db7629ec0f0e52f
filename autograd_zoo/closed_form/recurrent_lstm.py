"""LSTM: forward pass and backpropagation through time, as plain NumPy functions.

A sequence is (T, ..., D), time first, then the batch: x_0..x_{T−1} go in, and each x_t makes h_{t+1} and C_{t+1} of h_t
and C_t. The result carries both. The inputs of a function are, in this order, x, h0, C0, then W (H, H) and U (H, D) of
the forget, input, output and cell gate, then their biases (H,), or None.
"""

from collections import namedtuple

import numpy as np

from .activation import sigmoid
from .linear import linear, linear_db, linear_dW
from .notation import Array, Maybe
from .sequences import check_state, states, with_biases

__all__ = [
    "LSTMGates", "LSTMGradients", "LSTMStep",
    "lstm", "lstm_C", "lstm_G", "lstm_cell", "lstm_cell_gradients", "lstm_f", "lstm_gradients", "lstm_i", "lstm_o",
    "lstm_steps",
]  # fmt: skip


class LSTMStep(namedtuple("LSTMStep", "f i o G C h")):
    """The gates f_t, i_t, o_t, G_t of one time step and the states C_{t+1}, h_{t+1} that it makes."""


class LSTMGates(namedtuple("LSTMGates", "f i o G")):
    """One array for each gate, such as its gradient."""


def lstm_cell(x: Array, h: Array, C: Array, *weights: Maybe) -> LSTMStep:
    """C_{t+1} = f_t ⊙ C_t + i_t ⊙ G_t and h_{t+1} = o_t ⊙ tanh(C_{t+1}), where

    f_t = σ(W_f h_t + U_f x_t + b_f), i_t = σ(W_i h_t + U_i x_t + b_i), o_t = σ(W_o h_t + U_o x_t + b_o) and
    G_t = tanh(W_g h_t + U_g x_t + b_g)

    Shapes: x (..., D), h and C (..., H), the weights as in `lstm`, each field of the result (..., H). All steps at once
    are a batch too.
    Source: recurrent.lstm.f, .i, .o, .G, .C and .y.
    """
    W_f, U_f, W_i, U_i, W_o, U_o, W_g, U_g, b_f, b_i, b_o, b_g = with_biases(weights, 12)
    f = sigmoid(linear(h, W_f) + linear(x, U_f, b_f))
    i = sigmoid(linear(h, W_i) + linear(x, U_i, b_i))
    o = sigmoid(linear(h, W_o) + linear(x, U_o, b_o))
    G = np.tanh(linear(h, W_g) + linear(x, U_g, b_g))
    C = f * C + i * G
    return LSTMStep(f, i, o, G, C, o * np.tanh(C))


def lstm_cell_gradients(dh: Array, dC: Array, step: LSTMStep, C: Array) -> LSTMGates:
    """∂L/∂f_t = ∂L/∂C_{t+1} ⊙ C_tᵀ, ∂L/∂i_t = ∂L/∂C_{t+1} ⊙ G_tᵀ, ∂L/∂G_t = ∂L/∂C_{t+1} ⊙ i_tᵀ, and

    ∂L/∂o_t = ∂L/∂h_{t+1} ⊙ tanh(C_{t+1})ᵀ

    Shapes: dh = ∂L/∂h_{t+1}, dC = ∂L/∂C_{t+1}, C = C_t and each gradient (..., H).
    Source: recurrent.lstm.df, .di, .dG and .do, printed without the transpose.
    """
    return LSTMGates(f=dC * C, i=dC * step.G, o=dh * np.tanh(step.C), G=dC * step.i)


def lstm(
    x: Array, h0: Array, C0: Array,
    W_f: Array, U_f: Array, W_i: Array, U_i: Array, W_o: Array, U_o: Array, W_g: Array, U_g: Array,
    b_f: Maybe = None, b_i: Maybe = None, b_o: Maybe = None, b_g: Maybe = None,
) -> Array:  # fmt: skip
    """h_{t+1} = o_t ⊙ tanh(C_{t+1}), where C_{t+1} = f_t ⊙ C_t + i_t ⊙ G_t, for all steps of a sequence

    Shapes: x (T, ..., D), h0 and C0 (..., H), the result (2, T, ..., H): h_1..h_T, then C_1..C_T.
    Raises: ValueError where h0 or C0 is not one state for each sample.
    Source: recurrent.lstm.y.

    >>> x, state, W, U = np.ones((3, 2)), np.zeros(1), np.ones((1, 1)), np.ones((1, 2))
    >>> h, C = lstm(x, state, state, W, U, W, U, W, U, W, U)
    >>> h[:, 0], C[:, 0]
    (array([0.60828342, 0.87263736, 0.93525428]), array([0.84911268, 1.71219742, 2.56099867]))
    """
    check_state("h0", h0, x, W_f)
    check_state("C0", C0, x, W_f)
    h, C = [h0], [C0]
    for x_t in x:
        step = lstm_cell(x_t, h[-1], C[-1], W_f, U_f, W_i, U_i, W_o, U_o, W_g, U_g, b_f, b_i, b_o, b_g)
        h.append(step.h)
        C.append(step.C)
    return np.stack([np.stack(h), np.stack(C)])[:, 1:]


def lstm_steps(y: Array, x: Array, h0: Array, C0: Array, *weights: Array) -> LSTMStep:
    """The gates and states of all steps, (T, ..., H) each, from the result y of `lstm`, without a loop."""
    h, C = states(h0, y[0]), states(C0, y[1])
    return lstm_cell(x, h[:-1], C[:-1], *weights)


def lstm_f(*inputs: Array) -> Array:
    """f_t = σ(W_f h_t + U_f x_t + b_f) at t = 0..T−1, (T, ..., H); source: recurrent.lstm.f"""
    return lstm_steps(lstm(*inputs), *inputs).f


def lstm_i(*inputs: Array) -> Array:
    """i_t = σ(W_i h_t + U_i x_t + b_i) at t = 0..T−1, (T, ..., H); source: recurrent.lstm.i"""
    return lstm_steps(lstm(*inputs), *inputs).i


def lstm_o(*inputs: Array) -> Array:
    """o_t = σ(W_o h_t + U_o x_t + b_o) at t = 0..T−1, (T, ..., H); source: recurrent.lstm.o"""
    return lstm_steps(lstm(*inputs), *inputs).o


def lstm_G(*inputs: Array) -> Array:
    """G_t = tanh(W_g h_t + U_g x_t + b_g) at t = 0..T−1, (T, ..., H); source: recurrent.lstm.G"""
    return lstm_steps(lstm(*inputs), *inputs).G


def lstm_C(*inputs: Array) -> Array:
    """C_{t+1} = f_t ⊙ C_t + i_t ⊙ G_t, that is C_0..C_T, (T + 1, ..., H); source: recurrent.lstm.C"""
    return states(inputs[2], lstm(*inputs)[1])


class LSTMGradients(namedtuple("LSTMGradients", "x h0 C0 W_f U_f W_i U_i W_o U_o W_g U_g b_f b_i b_o b_g f i o G C h")):
    """∂L/∂ of each input, in their order, then of the gates at t = 0..T−1 and of the states at t = 0..T."""


def lstm_gradients(g: Array, y: Array, x: Array, h0: Array, C0: Array, *weights: Array) -> LSTMGradients:
    """All gradients, by backpropagation through time: for t = T..0, where k is f, i, o, with weights W_k and U_k,

    ∂L/∂h_t = ∂L/∂G_t diag(1 − G_t ⊙ G_t) W_g + Σ_k ∂L/∂k_t diag(k_t ⊙ (1 − k_t)) W_k + ∂L_t/∂h_t and
    ∂L/∂C_t = ∂L/∂C_{t+1} ⊙ f_tᵀ + ∂L/∂h_t ⊙ o_{t−1}ᵀ diag(1 − tanh(C_t) ⊙ tanh(C_t)) + ∂L_t/∂C_t; no step makes C_0,
    whose second term is not there, and none follows h_T, whose last term is all. Then at all steps at once
    ∂L/∂x_t, which is ∂L/∂h_t with U for W and without its last term,
    ∂L/∂W_k = (Σ_t h_t ∂L/∂k_t diag(k_t ⊙ (1 − k_t)))ᵀ, ∂L/∂W_g = (Σ_t h_t ∂L/∂G_t diag(1 − G_t ⊙ G_t))ᵀ, those of U
    with x_t for h_t, of b with 1, each summed over the batch. For the gates see `lstm_cell_gradients`.

    Shapes: g and y as `lstm` gives them, each gradient as its input, the gates (T, ..., H), the states (T + 1, ..., H).
    Source: recurrent.lstm.dh, .dC, .dx, .dW_f, .dU_f and their like, printed with outer products under diag, for a loss
    that looks at h_t alone, for one step, and transposed; recurrent.lstm.dh0, .dC0, .db_f and its like, ours.
    """
    W_f, U_f, W_i, U_i, W_o, U_o, W_g, U_g = weights[:8]
    steps = lstm_steps(y, x, h0, C0, *weights)
    h, C = states(h0, y[0]), states(C0, y[1])
    dh, dC = np.zeros_like(h), np.zeros_like(C)
    dh[1:], dC[1:] = g
    for t in reversed(range(len(x))):
        step = LSTMStep(*(values[t] for values in steps))
        dC[t + 1] += dh[t + 1] * step.o * (1.0 - np.tanh(step.C) ** 2)
        a = _before(lstm_cell_gradients(dh[t + 1], dC[t + 1], step, C[t]), step)
        dh[t] += a.f @ W_f + a.i @ W_i + a.o @ W_o + a.G @ W_g
        dC[t] += dC[t + 1] * step.f
    gates = lstm_cell_gradients(dh[1:], dC[1:], steps, C[:-1])
    a, of_weights = _before(gates, steps), dict[str, Array]()
    for k, of_k in zip("fiog", a, strict=True):
        of_weights[f"W_{k}"] = linear_dW(of_k, None, h[:-1], W_f)
        of_weights[f"U_{k}"] = linear_dW(of_k, None, x, U_f)
        of_weights[f"b_{k}"] = linear_db(of_k, None, x, U_f)
    dx = a.f @ U_f + a.i @ U_i + a.o @ U_o + a.G @ U_g
    return LSTMGradients(x=dx, h0=dh[0], C0=dC[0], **of_weights, **gates._asdict(), C=dC, h=dh)


def _before(gates: LSTMGates, step: LSTMStep) -> LSTMGates:
    """∂L/∂ of what σ and tanh are applied to, such as ∂L/∂f_t diag(f_t ⊙ (1 − f_t)), from those of the gates."""
    return LSTMGates(
        f=gates.f * step.f * (1.0 - step.f),
        i=gates.i * step.i * (1.0 - step.i),
        o=gates.o * step.o * (1.0 - step.o),
        G=gates.G * (1.0 - step.G * step.G),
    )
