"""For teachers: what the lab asks for."""

import numpy as np


def relu_dx(g, y, x):
    return np.where(x > 0, g, 0.0)


def sigmoid_dx(g, y, x):
    return g * y * (1 - y)


def silu_dx(g, y, x):
    s = 1 / (1 + np.exp(-x))
    return g * (s + y * (1 - s))


def softmax_dx(g, y, x):
    return y * (g - np.sum(g * y, axis=-1, keepdims=True))
