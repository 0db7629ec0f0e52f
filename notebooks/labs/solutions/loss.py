"""For teachers: what the lab asks for."""

import numpy as np


def squared_error_dx(g, y, x, t):
    return g * 2 * (x - t) / (x.size / x.shape[-1])


def bce_with_logits_dx(g, y, x, t):
    return g * (1 / (1 + np.exp(-x)) - t) / x.size


def softmax_cross_entropy_dx(g, y, x, p):
    e = np.exp(x - x.max(axis=-1, keepdims=True))
    return g * (e / e.sum(axis=-1, keepdims=True) - p) / (x.size / x.shape[-1])
