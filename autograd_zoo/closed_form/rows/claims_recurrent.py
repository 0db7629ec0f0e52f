"""Rows of what the text says of recurrent networks: what is obtained by BPTT, and with which brackets."""

from functools import partial

import numpy as np

from .. import recurrent
from ..formula import Formula
from ..notation import Array
from ..parts import Part, shared
from .claims import claim
from .samples import size
from .steps import sequence


def _rnn(rng: np.random.Generator) -> tuple[Array, ...]:
    x, h0, W, U = sequence(1, 1)(rng)
    V = rng.standard_normal((size(rng), len(h0)))
    return rng.standard_normal((len(x), len(V))), x, h0, W, U, V


def _rnn_run(g: Array, x: Array, h0: Array, W: Array, U: Array, V: Array) -> Array:
    """Run the two printed equations back from τ, with the diagonal matrices that are meant."""
    h = recurrent.simple_rnn_h(x, h0, W, U, V)
    dh = [g[-1] @ V]
    for t in reversed(range(len(x))):
        dh.insert(0, (g[t - 1] @ V if t else 0.0) + dh[0] @ np.diag(1 - h[t + 1] ** 2) @ W)
    return np.stack(dh)


def _rnn_dh(g: Array, *inputs: Array) -> Array:
    return shared(recurrent.simple_rnn_gradients)(g, recurrent.simple_rnn(*inputs), *inputs).h


def _lstm_run(g: Array, *inputs: Array, shift: int) -> Array:
    """Run all printed equations back from the last step, and give ∂L/∂x_t; the loss looks at h_1..h_T.

    By the printed equation of ∂L/∂C_t its factor of ∂L/∂h_t is taken at o_{t+shift} and C_{t+1+shift}, with shift 0.
    """
    x, _h0, C0, W_f, U_f, W_i, U_i, W_o, U_o, W_g, U_g = inputs
    y = recurrent.lstm(*inputs)
    gates, C, T = recurrent.lstm_steps(y, *inputs), np.concatenate([C0[None], y[1]]), len(x)

    def through(t: int) -> Array:
        return gates.o[t] * (1 - np.tanh(C[t + 1]) ** 2)

    dh, dx = g[-1], list[Array]()
    dC = dh * through(T - 1)
    for t in reversed(range(T)):
        f, i, o, G = gates.f[t], gates.i[t], gates.o[t], gates.G[t]
        before = (
            dC * C[t] * f * (1 - f),
            dC * G * i * (1 - i),
            dh * np.tanh(C[t + 1]) * o * (1 - o),
            dC * i * (1 - G * G),
        )
        dx.insert(0, sum(d @ U for d, U in zip(before, (U_f, U_i, U_o, U_g), strict=True)))
        dh = sum(d @ W for d, W in zip(before, (W_f, W_i, W_o, W_g), strict=True)) + (g[t - 1] if t else 0.0)
        dC = dC * f + (dh * through(t + shift) if t + shift >= 0 else 0.0)
    return np.stack(dx)


def _lstm_dx(g: Array, *inputs: Array) -> Array:
    y = recurrent.lstm(*inputs)
    return Part(recurrent.lstm_gradients, "x")(np.stack([g, 0 * g]), y, *inputs)


def _with_g(states: int, gates: int, rng: np.random.Generator) -> tuple[Array, ...]:
    """Draw ∂L_t/∂h_t for each step, and the inputs of a layer."""
    inputs = sequence(states, gates)(rng)
    return rng.standard_normal((len(inputs[0]), len(inputs[1]))), *inputs


def _gru_slopes(product_first: bool, g: Array, x: Array, h0: Array, *weights: Array) -> Array:
    """∂L/∂ of all steps' x and of W_c by a step along the imaginary axis through the printed forward pass."""
    W_c = weights[0]

    def loss(x: Array, W_c: Array) -> Array:
        U_c, W_z, U_z, W_r, U_r = weights[1:]
        total, h = 0.0, h0
        for g_t, x_t in zip(g, x, strict=True):
            z, r = (1 / (1 + np.exp(-(W @ h + U @ x_t))) for W, U in ((W_z, U_z), (W_r, U_r)))
            h = (1 - z) * h + z * np.tanh(((W_c @ r) * h if product_first else W_c @ (r * h)) + U_c @ x_t)
            total = total + g_t @ h
        return total

    step = 1e-30j
    by_x = [loss(x + step * unit.reshape(x.shape), W_c).imag * 1e30 for unit in np.eye(x.size)]
    by_W = [loss(x, W_c + step * unit.reshape(W_c.shape)).imag * 1e30 for unit in np.eye(W_c.size)]
    return np.array([*by_x, *by_W])


def _gru_printed(g: Array, *inputs: Array) -> Array:
    d = recurrent.gru_gradients(g, recurrent.gru(*inputs), *inputs)
    return np.concatenate([d.x.ravel(), d.W_c.ravel()])


_PLACE = "Recurrent modules, {}, backward-pass, text"

FORMULAS: tuple[Formula, ...] = (
    claim(
        _PLACE.format("SimpleRNN"),
        "recurrent.simple_rnn.bptt",
        "obtained by BPTT from last time step",
        r"\frac{\partial{L}}{\partial{\vec{h}_t}},t=\tau,\tau-1,\dots,0\text{, one from the next}",
        printed=_rnn_run,
        corrected=_rnn_dh,
        sample=_rnn,
        note="The two printed equations, run from τ back to 0 under D, give all gradients.",
    ),
    claim(
        _PLACE.format("LSTM"),
        "recurrent.lstm.recursion",
        "obtained by BPTT",
        r"\frac{\partial{L}}{\partial{\vec{x}_t}},t=T-1,\dots,0\text{, all equations run as printed}",
        printed=partial(_lstm_run, shift=0),
        corrected=_lstm_dx,
        corrected_latex=(
            r"\frac{\partial{L}}{\partial{\vec{x}_t}},t=T-1,\dots,0\text{, with }\vec{o}_{t-1}\text{ and }\vec{C}_t"
            r"\text{ in }\frac{\partial{L}}{\partial{\vec{C}_t}}"
        ),
        repairs={"o_t → o_{t−1}; C_{t+1} → C_t": partial(_lstm_run, shift=-1)},
        sample=partial(_with_g, 2, 4),
        note="Under D and O each equation but that of ∂L/∂C_t holds by itself; run together, its fault reaches all.",
    ),
    claim(
        "Recurrent modules, GRU, forward-pass, text",
        "recurrent.gru.brackets",
        "cell state, by its printed gradients",
        r"\vec{c}_t=tanh(W_c\vec{r}_t\odot\vec{h}_t+U_c\vec{x}_t)",
        printed=partial(_gru_slopes, True),
        corrected=_gru_printed,
        corrected_latex=r"\vec{c}_t=tanh(W_c(\vec{r}_t\odot\vec{h}_t)+U_c\vec{x}_t)",
        readings={"P": partial(_gru_slopes, False)},
        sample=partial(_with_g, 1, 3),
        note="The printed gradients are those of the cell with r_t ⊙ h_t first; with the product first they are not.",
    ),
)
