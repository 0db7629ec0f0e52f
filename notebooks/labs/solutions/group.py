"""For teachers: what the lab asks for."""

import numpy as np


def _back(v, axis, keepdims):
    return v if keepdims or axis is None else np.expand_dims(v, axis)


def sum_dx(g, y, x, axis=None, keepdims=False):
    return np.broadcast_to(_back(g, axis, keepdims), x.shape)


def max_dx(g, y, x, axis=None, keepdims=False):
    return np.where(x == _back(y, axis, keepdims), _back(g, axis, keepdims), 0.0)


def switch_ds(g, y, x, s):
    return g * x


def corrected_max_dx_ties(g, y, x):
    winners = x == x.max()
    return g * winners / winners.sum()
