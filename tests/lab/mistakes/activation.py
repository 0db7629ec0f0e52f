import numpy as np

from . import sigma


def one_sum(g, y, x, axis=-1):
    """The sum over everything, and not over each row."""
    return y * (g - np.sum(g * y))


MISTAKES = [
    ("relu", None, lambda g, y, x: g, "mask"),
    ("relu", None, lambda g, y, x: g * (x < 0), "term"),
    ("relu", None, lambda g, y, x: -g * (x > 0), "sign"),
    ("relu", None, lambda g, y, x: g * y, "factor"),
    ("relu", None, lambda g, y, x: 1.0 * (x > 0), "cotangent"),
    ("relu", None, lambda g, y, x: np.maximum(g, 0), "cotangent"),
    ("relu", None, lambda g, y, x: g * np.sign(x), "mask"),
    ("sigmoid", None, lambda g, y, x: g * y, "factor"),
    ("sigmoid", None, lambda g, y, x: g * y * (y - 1), "sign"),
    ("sigmoid", None, lambda g, y, x: g * (1 - y), "factor"),
    ("sigmoid", None, lambda g, y, x: y * (1 - y), "cotangent"),
    ("sigmoid", None, lambda g, y, x: g * x * (1 - x), "term"),
    ("sigmoid", None, lambda g, y, x: 2 * g * y * (1 - y), "factor"),
    ("tanh", None, lambda g, y, x: g * (1 - x**2), "term"),
    ("tanh", None, lambda g, y, x: g * (1 - y), "factor"),
    ("tanh", None, lambda g, y, x: g * (y**2 - 1), "sign"),
    ("tanh", None, lambda g, y, x: g, "upstream"),
    ("silu", None, lambda g, y, x: g * sigma(x), "path"),
    ("silu", None, lambda g, y, x: g * x * sigma(x) * (1 - sigma(x)), "path"),
    ("silu", None, lambda g, y, x: g * (sigma(x) - y * (1 - sigma(x))), "path sign"),
    ("silu", None, lambda g, y, x: g * (sigma(x) + 2 * y * (1 - sigma(x))), "path factor"),
    ("leaky_relu", None, lambda g, y, x, negative_slope=0.01: g * np.where(x > 0, 1, 0.01), "variant"),
    ("leaky_relu", None, lambda g, y, x, negative_slope=0.01: g * (x > 0), "lost"),
    ("softmax", None, lambda g, y, x: g * y, "path"),
    ("softmax", None, lambda g, y, x: g * y * (1 - y), "lost"),
    ("softmax", None, lambda g, y, x: y * (g + np.sum(g * y, -1, keepdims=True)), "path sign"),
    ("softmax", None, lambda g, y, x: -y * (g - np.sum(g * y, -1, keepdims=True)), "sign"),
    ("softmax", None, one_sum, "one sample"),
    ("softmax", None, lambda g, y, x: g - np.sum(g * y, -1, keepdims=True), "factor"),
    ("softmax", None, lambda g, y, x: y * (g - np.sum(g * y, -1)), "one sample"),
    ("softmax", None, lambda g, y, x, axis=-1: y * (g - np.sum(g * y, -1, keepdims=True)), "variant"),
    ("log_softmax", None, lambda g, y, x: g, "upstream"),
    ("log_softmax", None, lambda g, y, x: g + np.exp(y) * np.sum(g, -1, keepdims=True), "path sign"),
]
