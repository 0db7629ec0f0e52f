import numpy as np


def flat(a):
    return a.reshape(-1, a.shape[-1])


def rows(g):
    return np.sum(flat(g), axis=0)


MISTAKES = [
    ("linear", None, lambda g, y, x, W, b: g @ W.T, "raises"),
    ("linear", None, lambda g, y, x, W, b: -(g @ W), "sign"),
    ("linear", None, lambda g, y, x, W, b: 2 * g @ W, "factor"),
    ("linear", None, lambda g, y, x, W, b: np.sum(flat(g @ W), 0), "batch sum"),
    ("linear", None, lambda g, y, x, W, b: np.ones_like(g) @ W, "cotangent"),
    ("linear", None, lambda g, y, x, W, b: (g @ W) * x, "factor"),
    ("linear", None, lambda g, y, x, W, b: g, "shape"),
    ("linear", "W", lambda g, y, x, W, b: np.outer(g, x), "one sample"),
    ("linear", "W", lambda g, y, x, W, b: flat(x).T @ flat(g), "transposed"),
    ("linear", "W", lambda g, y, x, W, b: -flat(g).T @ flat(x), "sign"),
    ("linear", "W", lambda g, y, x, W, b: flat(g).T @ flat(x) / len(flat(x)), "batch sum"),
    ("linear", "W", lambda g, y, x, W, b: g[..., :, None] * x[..., None, :], "batch sum"),
    ("linear", "W", lambda g, y, x, W, b: np.outer(flat(g)[0], flat(x)[0]), "batch sum"),
    ("linear", "W", lambda g, y, x, W, b: flat(g).T @ flat(x) * W, "factor"),
    ("linear", "W", lambda g, y, x, W, b: flat(g).T @ np.ones_like(flat(x)), "factor"),
    ("linear", "b", lambda g, y, x, W, b: g, "batch sum"),
    ("linear", "b", lambda g, y, x, W, b: np.mean(flat(g), 0), "batch sum"),
    ("linear", "b", lambda g, y, x, W, b: -rows(g), "sign"),
    ("linear", "b", lambda g, y, x, W, b: np.sum(g), "shape"),
    ("linear", "b", lambda g, y, x, W, b: flat(g)[0], "batch sum"),
    ("linear", "b", lambda g, y, x, W, b: np.ones_like(b), "cotangent"),
    ("linear", "b", lambda g, y, x, W, b: rows(g)[::-1], "flipped"),
    ("linear", "b", lambda g, y, x, W, b: rows(g) * b, "factor"),
]
