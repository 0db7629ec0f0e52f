"""For teachers: what the lab asks for."""

import numpy as np


def conv1d_db(g, y, x, W, b):
    return g.sum(axis=(0, 2))


def conv1d_dW(g, y, x, W, b):
    dW = np.zeros_like(W)
    for k in range(W.shape[-1]):
        dW[..., k] = np.einsum("nol,ncl->oc", g, x[..., k : k + g.shape[-1]])
    return dW


def conv1d_dx(g, y, x, W, b):
    dx = np.zeros_like(x)
    for k in range(W.shape[-1]):
        dx[..., k : k + g.shape[-1]] += np.einsum("nol,oc->ncl", g, W[..., k])
    return dx


def corrected_separable_conv_dx_operator(g, y, x, w1, w2, padding):
    dx = np.zeros_like(x)
    P, height, width = x.shape
    for p, i, j in np.ndindex(P, height, width):
        for a, b in np.ndindex(*w1.shape[1:]):
            if i + a < height and j + b < width:
                dx[p, i, j] += w1[p, a, b] * (w2[:, p] @ g[:, i + a, j + b])
    return dx
