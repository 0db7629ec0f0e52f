"""GRU: forward pass and backpropagation through time, as plain NumPy functions.

A sequence is (T, ..., D), time first, then the batch: x_0..x_{T−1} go in, and each x_t makes h_{t+1} of h_t. The inputs
of a function are, in this order, x, h0, then W (H, H) and U (H, D) of the cell state c, the update gate z and the reset
gate r, then the biases b_c, b_z, b_r and b_h (H,), or None, of which the last one is added next to W_c.

The document resets h_t before W_c: c_t = tanh(W_c (r_t ⊙ h_t) + …). `reset_after` resets what W_c has made of it, as
PyTorch and cuDNN do, whose z_t moreover stands for 1 − z_t.
"""

from collections import namedtuple

import numpy as np

from .activation import sigmoid
from .linear import linear, linear_db, linear_dW
from .notation import Array, Maybe
from .sequences import check_state, states, with_biases

__all__ = [
    "GRUGates", "GRUGradients", "GRUStep",
    "gru", "gru_c", "gru_cell", "gru_cell_gradients", "gru_gradients", "gru_r", "gru_steps", "gru_z",
]  # fmt: skip


class GRUStep(namedtuple("GRUStep", "c z r h")):
    """The gates c_t, z_t, r_t of one time step and the state h_{t+1} that it makes."""


class GRUGates(namedtuple("GRUGates", "c z r")):
    """One array for each gate, such as its gradient."""


def gru_cell(x: Array, h: Array, *weights: Maybe, reset_after: bool = False) -> GRUStep:
    """h_{t+1} = (1 − z_t) ⊙ h_t + z_t ⊙ c_t, where

    z_t = σ(W_z h_t + U_z x_t + b_z), r_t = σ(W_r h_t + U_r x_t + b_r) and
    c_t = tanh(W_c (r_t ⊙ h_t) + b_h + U_c x_t + b_c), or tanh(r_t ⊙ (W_c h_t + b_h) + U_c x_t + b_c) for `reset_after`

    Shapes: x (..., D), h and each field of the result (..., H), the weights as in `gru`. All steps at once are a batch.
    Source: recurrent.gru.c, .z, .r and .y.
    """
    W_c, U_c, W_z, U_z, W_r, U_r, b_c, b_z, b_r, b_h = with_biases(weights, 10)
    z = sigmoid(linear(h, W_z) + linear(x, U_z, b_z))
    r = sigmoid(linear(h, W_r) + linear(x, U_r, b_r))
    remembered = r * linear(h, W_c, b_h) if reset_after else linear(r * h, W_c, b_h)
    c = np.tanh(remembered + linear(x, U_c, b_c))
    return GRUStep(c, z, r, (1.0 - z) * h + z * c)


def gru_cell_gradients(
    dh: Array, step: GRUStep, h: Array, W_c: Array, b_h: Maybe = None, *, reset_after: bool = False
) -> GRUGates:
    """∂L/∂z_t = ∂L/∂h_{t+1} ⊙ (c_t − h_t)ᵀ, ∂L/∂c_t = ∂L/∂h_{t+1} ⊙ z_tᵀ, and

    ∂L/∂r_t = (∂L/∂c_t diag(1 − c_t ⊙ c_t) W_c) ⊙ h_tᵀ, or ∂L/∂c_t diag(1 − c_t ⊙ c_t) ⊙ (W_c h_t + b_h)ᵀ for
    `reset_after`

    Shapes: dh = ∂L/∂h_{t+1}, h = h_t and each gradient (..., H).
    Source: recurrent.gru.dz, .dc and .dr.
    """
    dc = dh * step.z
    a = dc * (1.0 - step.c * step.c)
    return GRUGates(c=dc, z=dh * (step.c - h), r=a * linear(h, W_c, b_h) if reset_after else (a @ W_c) * h)


def gru(
    x: Array, h0: Array,
    W_c: Array, U_c: Array, W_z: Array, U_z: Array, W_r: Array, U_r: Array,
    b_c: Maybe = None, b_z: Maybe = None, b_r: Maybe = None, b_h: Maybe = None,
    *, reset_after: bool = False,
) -> Array:  # fmt: skip
    """h_{t+1} = (1 − z_t) ⊙ h_t + z_t ⊙ c_t, for all steps of a sequence

    Shapes: x (T, ..., D), h0 (..., H), the result h_1..h_T (T, ..., H).
    Raises: ValueError where h0 is not one state for each sample.
    Source: recurrent.gru.y.

    >>> x, W, U = np.ones((3, 2)), np.ones((1, 1)), np.ones((1, 2))
    >>> gru(x, np.zeros(1), W, U, W, U, W, U)[:, 0]
    array([0.84911268, 0.98481372, 0.99393621])
    """
    check_state("h0", h0, x, W_c)
    h = [h0]
    for x_t in x:
        step = gru_cell(x_t, h[-1], W_c, U_c, W_z, U_z, W_r, U_r, b_c, b_z, b_r, b_h, reset_after=reset_after)
        h.append(step.h)
    return np.stack(h)[1:]


def gru_steps(y: Array, x: Array, h0: Array, *weights: Array, reset_after: bool = False) -> GRUStep:
    """The gates and states of all steps, (T, ..., H) each, from the result y of `gru`, without a loop."""
    return gru_cell(x, states(h0, y)[:-1], *weights, reset_after=reset_after)


def gru_c(*inputs: Array, reset_after: bool = False) -> Array:
    """c_t = tanh(W_c (r_t ⊙ h_t) + b_h + U_c x_t + b_c) at t = 0..T−1, (T, ..., H); source: recurrent.gru.c"""
    return gru_steps(gru(*inputs, reset_after=reset_after), *inputs, reset_after=reset_after).c


def gru_z(*inputs: Array, reset_after: bool = False) -> Array:
    """z_t = σ(W_z h_t + U_z x_t + b_z) at t = 0..T−1, (T, ..., H); source: recurrent.gru.z"""
    return gru_steps(gru(*inputs, reset_after=reset_after), *inputs, reset_after=reset_after).z


def gru_r(*inputs: Array, reset_after: bool = False) -> Array:
    """r_t = σ(W_r h_t + U_r x_t + b_r) at t = 0..T−1, (T, ..., H); source: recurrent.gru.r"""
    return gru_steps(gru(*inputs, reset_after=reset_after), *inputs, reset_after=reset_after).r


class GRUGradients(namedtuple("GRUGradients", "x h0 W_c U_c W_z U_z W_r U_r b_c b_z b_r b_h c z r h")):
    """∂L/∂ of each input, in their order, then of the gates at t = 0..T−1 and of the states at t = 0..T."""


def gru_gradients(g: Array, y: Array, x: Array, h0: Array, *weights: Array, reset_after: bool = False) -> GRUGradients:
    """All gradients, by backpropagation through time: for t = T..0, where k is z, r,

    ∂L/∂h_t = Σ_k ∂L/∂k_t diag(k_t ⊙ (1 − k_t)) W_k + (∂L/∂c_t diag(1 − c_t ⊙ c_t) W_c) ⊙ r_tᵀ
    + ∂L/∂h_{t+1} ⊙ (1 − z_t)ᵀ + ∂L_t/∂h_t; no step follows h_T, whose last term is all. Then at all steps at once
    ∂L/∂x_t = Σ_k ∂L/∂k_t diag(k_t ⊙ (1 − k_t)) U_k + ∂L/∂c_t diag(1 − c_t ⊙ c_t) U_c,
    ∂L/∂W_k = (Σ_t h_t ∂L/∂k_t diag(k_t ⊙ (1 − k_t)))ᵀ, ∂L/∂W_c = (Σ_t (r_t ⊙ h_t) ∂L/∂c_t diag(1 − c_t ⊙ c_t))ᵀ,
    those of U with x_t for h_t and for r_t ⊙ h_t, of b with 1, each summed over the batch; that of b_h is that of b_c.
    For the gates see `gru_cell_gradients`. With `reset_after` diag(1 − c_t ⊙ c_t) diag(r_t) comes before W_c and b_h,
    and W_c gets h_t.

    Shapes: g and y as `gru` gives them, each gradient as its input, the gates (T, ..., H), the states (T + 1, ..., H).
    Source: recurrent.gru.dh, .dx, .dW_z, .dU_z and their like, printed with outer products under diag, for one step,
    and transposed; recurrent.gru.dh0, .db_z and its like, ours.
    """
    W_c, U_c, W_z, U_z, W_r, U_r, *_, b_h = with_biases(weights, 10)
    steps = gru_steps(y, x, h0, *weights, reset_after=reset_after)
    h = states(h0, y)
    dh = np.zeros_like(h)
    dh[1:] = g
    for t in reversed(range(len(x))):
        step = GRUStep(*(values[t] for values in steps))
        a = _before(gru_cell_gradients(dh[t + 1], step, h[t], W_c, b_h, reset_after=reset_after), step)
        through_c = (a.c * step.r) @ W_c if reset_after else (a.c @ W_c) * step.r
        dh[t] += a.z @ W_z + a.r @ W_r + through_c + dh[t + 1] * (1.0 - step.z)
    h = h[:-1]
    gates = gru_cell_gradients(dh[1:], steps, h, W_c, b_h, reset_after=reset_after)
    a = _before(gates, steps)
    da, reset = (a.c * steps.r, h) if reset_after else (a.c, steps.r * h)  # what W_c gets, from both of its sides
    return GRUGradients(
        x=a.c @ U_c + a.z @ U_z + a.r @ U_r,
        h0=dh[0],
        W_c=linear_dW(da, None, reset, W_c),
        U_c=linear_dW(a.c, None, x, U_c),
        W_z=linear_dW(a.z, None, h, W_z),
        U_z=linear_dW(a.z, None, x, U_z),
        W_r=linear_dW(a.r, None, h, W_r),
        U_r=linear_dW(a.r, None, x, U_r),
        b_c=linear_db(a.c, None, x, U_c),
        b_z=linear_db(a.z, None, x, U_z),
        b_r=linear_db(a.r, None, x, U_r),
        b_h=linear_db(da, None, reset, W_c),
        **gates._asdict(),
        h=dh,
    )


def _before(gates: GRUGates, step: GRUStep) -> GRUGates:
    """∂L/∂ of what tanh and σ are applied to, such as ∂L/∂z_t diag(z_t ⊙ (1 − z_t)), from those of the gates."""
    return GRUGates(
        c=gates.c * (1.0 - step.c * step.c), z=gates.z * step.z * (1.0 - step.z), r=gates.r * step.r * (1.0 - step.r)
    )
