import numpy as np

from . import sigma


def softmax(x):
    e = np.exp(x - x.max(-1, keepdims=True))
    return e / e.sum(-1, keepdims=True)


def n(x):
    """How many samples there are."""
    return x.size / x.shape[-1]


MISTAKES = [
    ("squared_error", None, lambda g, y, x, t: g * 2 * (t - x) / n(x), "sign"),
    ("squared_error", None, lambda g, y, x, t: g * (x - t) / n(x), "factor"),
    ("squared_error", None, lambda g, y, x, t: g * 2 * (x - t), "factor"),
    ("squared_error", None, lambda g, y, x, t: g * 2 * (x - t) / x.size, "factor"),
    ("squared_error", None, lambda g, y, x, t: 2 * (x - t) / n(x), "cotangent"),
    ("squared_error", None, lambda g, y, x, t: g * 2 * (x + t) / n(x), "term"),
    ("squared_error", "t", lambda g, y, x, t: g * 2 * (x - t) / n(x), "other input"),
    ("squared_error", None, lambda g, y, x, t: g * 2 * np.mean(x - t, axis=0), "batch sum"),
    ("squared_error", None, lambda g, y, x, t: g * y, "shape"),
    ("bce_with_logits", None, lambda g, y, x, t: g * (sigma(x) - t), "factor"),
    ("bce_with_logits", None, lambda g, y, x, t: g * (t - sigma(x)) / x.size, "sign"),
    ("bce_with_logits", None, lambda g, y, x, t: g * sigma(x) / x.size, "path"),
    ("bce_with_logits", None, lambda g, y, x, t: -g * t / x.size, "path"),
    ("bce_with_logits", None, lambda g, y, x, t: g * (sigma(x) + t) / x.size, "path sign"),
    ("bce_with_logits", None, lambda g, y, x, t: (sigma(x) - t) / x.size, "cotangent"),
    ("softmax_cross_entropy", None, lambda g, y, x, p: g * (p - softmax(x)) / n(x), "sign"),
    ("softmax_cross_entropy", None, lambda g, y, x, p: g * (softmax(x) - p), "factor"),
    ("softmax_cross_entropy", None, lambda g, y, x, p: g * softmax(x) / n(x), "path"),
    ("softmax_cross_entropy", None, lambda g, y, x, p: -g * p / n(x), "path"),
    ("softmax_cross_entropy", None, lambda g, y, x, p: g * (softmax(x) + p) / n(x), "path sign"),
    ("softmax_cross_entropy", None, lambda g, y, x, p: g * (softmax(x) - p) / x.size, "factor"),
    ("softmax_cross_entropy", None, lambda g, y, x, p: g * (np.exp(x) / np.exp(x).sum() - p) / n(x), "one sample"),
    ("cross_entropy", None, lambda g, y, x, p: -g * p / x, "factor"),
    ("cross_entropy", None, lambda g, y, x, p: g * p / x / n(x), "sign"),
]
