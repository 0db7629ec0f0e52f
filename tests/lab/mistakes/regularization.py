import numpy as np


def draws_anew(g, y, x, D, q=0.5):
    return g * (np.random.default_rng().random(x.shape) > q) / (1 - q)


def writes(g, y, x, D, q=0.5):
    g *= D / (1 - q)
    return g


MISTAKES = [
    ("dropout", None, lambda g, y, x, D, q=0.5: g * D, "factor"),
    ("dropout", None, lambda g, y, x, D, q=0.5: g * D * (1 - q), "factor"),
    ("dropout", None, lambda g, y, x, D, q=0.5: g / (1 - q), "mask"),
    ("dropout", None, lambda g, y, x, D, q=0.5: g, "upstream"),
    ("dropout", None, lambda g, y, x, D, q=0.5: -g * D / (1 - q), "sign"),
    ("dropout", None, lambda g, y, x, D, q=0.5: D / (1 - q), "cotangent"),
    ("dropout", None, lambda g, y, x, D, q=0.5: g * D / (q - 1), "sign"),
    ("dropout", None, lambda g, y, x, D, q=0.5: g * D / q, "variant"),
    ("dropout", None, lambda g, y, x, D, q=0.5: 2 * g * D, "variant"),
    ("dropout", None, lambda g, y, x, D, q=0.5: g * (1 - D) / (1 - q), "term"),
    ("dropout", None, lambda g, y, x, D, q=0.5: g * x * D / (1 - q), "factor"),
    ("dropout", None, lambda g, y, x, D, q=0.5: g * y, "factor"),
    ("dropout", None, lambda g, y, x, D, q=0.5: np.sum(g * D) / (1 - q), "shape"),
    ("dropout", None, lambda g, y, x, D, q=0.5: 0.0 * g, "zero"),
    ("dropout", None, draws_anew, "random"),
    ("dropout", None, writes, "writes"),
    ("dropout", None, lambda g, y, x: g, "signature"),
    ("dropout", None, lambda g, y, x, D, q=0.5: g * D / 0.0, "nonfinite"),
]
