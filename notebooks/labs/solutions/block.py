"""For teachers: what the lab asks for."""

import numpy as np


def channel_shuffle_dx(g, y, x, groups):
    N, C, *rest = g.shape
    return np.swapaxes(g.reshape(N, C // groups, groups, *rest), 1, 2).reshape(g.shape)


def _passes(x, W_1, b_1, W_2, b_2):
    a = np.maximum(x.mean(axis=(-2, -1)) @ W_1.T + b_1, 0.0)
    return a, 1 / (1 + np.exp(-(a @ W_2.T + b_2)))


def _by_u2(g, x, s):
    return (g * x).sum(axis=(-2, -1)) * s * (1 - s)


def squeeze_excitation_db_2(g, y, x, W_1, b_1, W_2, b_2):
    return _by_u2(g, x, _passes(x, W_1, b_1, W_2, b_2)[1]).sum(axis=0)


def squeeze_excitation_dx(g, y, x, W_1, b_1, W_2, b_2):
    a, s = _passes(x, W_1, b_1, W_2, b_2)
    dm = (_by_u2(g, x, s) @ W_2 * (a > 0)) @ W_1
    return g * s[..., None, None] + dm[..., None, None] / (x.shape[-1] * x.shape[-2])
