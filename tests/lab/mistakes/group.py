import numpy as np


def back(v, x, axis, keepdims):
    """V with the axes of x that were summed away."""
    v = np.asarray(v)
    return v if keepdims or axis is None else np.expand_dims(v, axis)


def spread(v, x, axis, keepdims):
    return np.broadcast_to(back(v, x, axis, keepdims), x.shape)


def winners(y, x, axis, keepdims):
    return x == back(y, x, axis, keepdims)


def first(g, y, x, axis=None, keepdims=False):
    """The first element takes all."""
    out = np.zeros_like(x)
    out[(0,) * x.ndim] = g if np.ndim(g) == 0 else np.ravel(g)[0]
    return out


MISTAKES = [
    ("sum", None, lambda g, y, x, axis=None, keepdims=False: -spread(g, x, axis, keepdims), "sign"),
    ("sum", None, lambda g, y, x, axis=None, keepdims=False: 3 * spread(g, x, axis, keepdims), "factor"),
    ("sum", None, lambda g, y, x: np.full(x.shape, g) / x.size, "factor"),
    ("sum", None, lambda g, y, x, axis=None, keepdims=False: g, "shape"),
    ("sum", None, lambda g, y, x, axis=None, keepdims=False: np.ones_like(x), "cotangent"),
    ("sum", None, lambda g, y, x, axis=None, keepdims=False: spread(g, x, axis, keepdims) * x, "factor"),
    ("sum", None, lambda g, y, x, axis=None, keepdims=False: np.zeros_like(x), "zero"),
    ("sum", None, first, "lost"),
    ("sum", None, lambda g, y, x: np.full(x.shape, g) * (x > 0), "lost"),
    ("max", None, lambda g, y, x: np.full(x.shape, g), "mask"),
    ("max", None, lambda g, y, x: -g * (x == y), "sign"),
    ("max", None, lambda g, y, x: g * (x == x.min()), "permuted"),
    ("max", None, lambda g, y, x: 1.0 * (x == y), "cotangent"),
    ("max", None, lambda g, y, x: g * x * (x == y), "factor"),
    ("max", None, lambda g, y, x: g * (x == y) / x.size, "factor"),
    ("max", None, lambda g, y, x: g * (x != y), "term"),
    ("max", None, lambda g, y, x: g, "shape"),
    ("switch", None, lambda g, y, x, s: g * x, "other input"),
    ("switch", "s", lambda g, y, x, s: g * s, "other input"),
    ("switch", "s", lambda g, y, x, s: g, "upstream"),
    ("switch", "s", lambda g, y, x, s: -g * x, "sign"),
    ("switch", "s", lambda g, y, x, s: g * y, "factor"),
]
