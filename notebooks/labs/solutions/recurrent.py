"""For teachers: what the lab asks for."""

import numpy as np


def _samples(a):
    return a.reshape(-1, a.shape[-1])


def _back(g, x, h0, W, U, V, b):
    """All gradients, by backpropagation through time."""
    h = [h0]
    for t in range(len(x)):
        h.append(np.tanh(h[-1] @ W.T + x[t] @ U.T + b))
    dW, dU, dV, db = (np.zeros_like(v) for v in (W, U, V, b))
    carried = np.zeros_like(h0)
    for t in reversed(range(len(x))):
        dV += _samples(g[t]).T @ _samples(h[t + 1])
        da = (g[t] @ V + carried) * (1 - h[t + 1] ** 2)
        dW += _samples(da).T @ _samples(h[t])
        dU += _samples(da).T @ _samples(x[t])
        db += _samples(da).sum(axis=0)
        carried = da @ W
    return dW, dU, dV, db


def simple_rnn_dV(g, y, x, h0, W, U, V, b):
    return _back(g, x, h0, W, U, V, b)[2]


def simple_rnn_db(g, y, x, h0, W, U, V, b):
    return _back(g, x, h0, W, U, V, b)[3]


def simple_rnn_dU(g, y, x, h0, W, U, V, b):
    return _back(g, x, h0, W, U, V, b)[1]


def simple_rnn_dW(g, y, x, h0, W, U, V, b):
    return _back(g, x, h0, W, U, V, b)[0]


def corrected_simple_rnn_dW(g, y, x, h0, W, U, V, b=0.0):
    return _back(g, x, h0, W, U, V, np.zeros(len(W)) + b)[0]


def corrected_simple_rnn_dV(g, y, x, h0, W, U, V, b=0.0):
    return _back(g, x, h0, W, U, V, np.zeros(len(W)) + b)[2]
