"""For teachers: what the lab asks for."""

import numpy as np


def _samples(a):
    return a.reshape(-1, a.shape[-1])


def linear_db(g, y, x, W, b):
    return _samples(g).sum(axis=0)


def linear_dx(g, y, x, W, b):
    return g @ W


def linear_dW(g, y, x, W, b):
    return _samples(g).T @ _samples(x)


def corrected_linear_dW_kronecker(g, y, x, W, b):
    return (g @ np.kron(np.eye(len(g)), x[None, :])).reshape(W.shape)
