"""SimpleRNN: its formulas as plain NumPy functions.

A sequence is (T, ..., D), time first, then the batch: x_0..x_{T−1} go in, and each x_t makes h_{t+1} of h_t. Initial
states are inputs, and their gradients are given like those of all inputs. Gradients of parameters are in the
parameter's own layout, where the document prints the transpose.
"""

from collections import namedtuple

import numpy as np

from .docstrings import intermediate_of
from .linear import linear, linear_db, linear_dW, linear_dx
from .notation import Array, Maybe
from .sequences import check_state

__all__ = ["SimpleRNNGradients", "simple_rnn", "simple_rnn_cell", "simple_rnn_gradients", "simple_rnn_h"]


def simple_rnn_cell(x: Array, h: Array, W: Array, U: Array, b: Maybe = None) -> Array:
    """h_{t+1} = tanh(W h_t + U x_t + b)

    Shapes: x (..., D), h and the result (..., H), W (H, H), U (H, D), b (H,) or None.
    Source: recurrent.simple_rnn.h.
    """
    return np.tanh(linear(h, W) + linear(x, U, b))


def simple_rnn(x: Array, h0: Array, W: Array, U: Array, V: Maybe = None, b: Maybe = None) -> Array:
    """o_t = V h_t, where h_{t+1} = tanh(W h_t + U x_t + b)

    Shapes: x (T, ..., D), h0 (..., H), W (H, H), U (H, D), V (O, H), b (H,) or None; the result o_1..o_T (T, ..., O).
    Without V it is h_1..h_T (T, ..., H).
    Raises: ValueError where h0 is not one state for each sample.
    Source: recurrent.simple_rnn.y.

    >>> one = np.ones((1, 1))
    >>> simple_rnn(np.zeros((2, 1)), np.zeros(1), one, one, 10 * one, np.array([0.5]))
    array([[4.62117157],
           [7.45219742]])
    """
    h = simple_rnn_h(x, h0, W, U, V, b)[1:]
    return h if V is None else linear(h, V)


@intermediate_of(simple_rnn, "as for `simple_rnn`; the result h_0..h_T (T + 1, ..., H)")
def simple_rnn_h(x: Array, h0: Array, W: Array, U: Array, V: Maybe = None, b: Maybe = None) -> Array:
    """h_{t+1} = tanh(W h_t + U x_t + b)"""
    check_state("h0", h0, x, W)
    h = [h0]
    for x_t in x:
        h.append(simple_rnn_cell(x_t, h[-1], W, U, b))
    return np.stack(h)


class SimpleRNNGradients(namedtuple("SimpleRNNGradients", "x h0 W U V b h")):
    """∂L/∂ of each input, in their order, then of h_0..h_T."""


def simple_rnn_gradients(
    g: Array, y: Array, x: Array, h0: Array, W: Array, U: Array, V: Maybe = None, b: Maybe = None
) -> SimpleRNNGradients:
    """All gradients, by backpropagation through time: for t = T..0

    ∂L/∂h_t = ∂L/∂o_t V + ∂L/∂h_{t+1} diag(1 − h_{t+1} ⊙ h_{t+1}) W, and ∂L/∂h_T = ∂L/∂o_T V, where no loss looks at
    h_0: ∂L/∂o_0 = 0. Then at all steps at once ∂L/∂x_t = ∂L/∂h_{t+1} diag(1 − h_{t+1} ⊙ h_{t+1}) U,
    ∂L/∂W = (Σ_t h_t ∂L/∂h_{t+1} diag(1 − h_{t+1} ⊙ h_{t+1}))ᵀ, ∂L/∂U with x_t for h_t, ∂L/∂b with 1, and
    ∂L/∂V = (Σ_t h_t ∂L/∂o_t)ᵀ, each summed over the batch.

    Shapes: g and y as `simple_rnn` gives them; each gradient as its input, that of V is None where V is, and h
    (T + 1, ..., H).
    Source: recurrent.simple_rnn.dh, .dh.last, .dW, .dU and .dV, printed with the outer product I − hhᵀ, with h_t for
    h_{t+1}, with x_t for h_t, and transposed; recurrent.simple_rnn.dx, .dh0 and .db, ours.
    """
    h = simple_rnn_h(x, h0, W, U, V, b)
    dh = np.zeros_like(h)
    dh[1:] = g if V is None else linear_dx(g, y, h[1:], V)
    for t in reversed(range(len(x))):
        dh[t] += (dh[t + 1] * (1.0 - h[t + 1] * h[t + 1])) @ W
    da = dh[1:] * (1.0 - h[1:] * h[1:])  # ∂L/∂ of what tanh is applied to
    return SimpleRNNGradients(
        x=linear_dx(da, None, x, U),
        h0=dh[0],
        W=linear_dW(da, None, h[:-1], W),
        U=linear_dW(da, None, x, U),
        V=None if V is None else linear_dW(g, y, h[1:], V),
        b=linear_db(da, None, x, U),
        h=dh,
    )
