import numpy as np

from . import sigma


def passes(x, W_1, b_1, W_2, b_2):
    m = x.mean((-2, -1))
    u = m @ W_1.T + b_1
    a = np.maximum(u, 0)
    return m, u, a, sigma(a @ W_2.T + b_2)


def excitation(direct=1.0, gate=1.0, masked=True, slope=True, pixels=True):
    """The gradients of squeeze and excitation, with as much of each path as is said."""

    def f(g, y, x, W_1, b_1, W_2, b_2):
        _, u, a, s = passes(x, W_1, b_1, W_2, b_2)
        du2 = (g * x).sum((-2, -1)) * (s * (1 - s) if slope else s)
        du1 = du2 @ W_2 * (u > 0 if masked else 1.0)
        dm = du1 @ W_1 / (x.shape[-1] * x.shape[-2] if pixels else 1.0)
        return {
            "x": direct * g * s[..., None, None] + gate * dm[..., None, None],
            "W_2": du2.T @ a,
            "b_2": du2.sum(0),
            "b_1": du1.sum(0),
            "each": du2,
        }

    return f


def of(name, scale=1.0, **how):
    f = excitation(**how)
    return lambda *given: scale * f(*given)[name]


def shuffled(g, groups, inverse):
    n, c = g.shape[:2]
    split = (c // groups, groups) if inverse else (groups, c // groups)
    return np.swapaxes(g.reshape(n, *split, *g.shape[2:]), 1, 2).reshape(g.shape)


SE = "squeeze_excitation"
MISTAKES = [
    (SE, None, of("x", gate=0.0), "path"),
    (SE, None, of("x", direct=0.0), "path"),
    (SE, None, of("x", gate=-1.0), "path sign"),
    (SE, None, of("x", pixels=False), "path factor"),
    (SE, None, of("x", gate=2.0), "path factor"),
    (SE, None, of("x", -1.0), "sign"),
    (SE, None, of("x", slope=False), "term"),
    (SE, None, lambda g, y, x, *p: g, "upstream"),
    (SE, None, lambda g, *a: excitation()(np.ones_like(g), *a)["x"], "cotangent"),
    (SE, "b_2", of("each"), "batch sum"),
    (SE, "b_2", of("b_2", -1.0), "sign"),
    (SE, "b_2", of("b_2", slope=False), "term"),
    (SE, "b_2", lambda *a: excitation()(*a)["each"].mean(0), "batch sum"),
    (SE, "b_2", of("b_2", 2.0), "factor"),
    (SE, "W_2", lambda *a: excitation()(*a)["W_2"].T, "transposed"),
    (SE, "W_2", of("W_2", -1.0), "sign"),
    (SE, "b_1", of("b_1", masked=False), "mask"),
    ("channel_shuffle", None, lambda g, y, x, groups: shuffled(g, groups, False), "permuted"),
    ("channel_shuffle", None, lambda g, y, x, groups: g, "upstream"),
    ("channel_shuffle", None, lambda g, y, x, groups: -shuffled(g, groups, True), "sign"),
    ("channel_shuffle", None, lambda g, y, x, groups: 2 * shuffled(g, groups, True), "factor"),
    ("channel_shuffle", None, lambda g, y, x, groups: shuffled(x, groups, True), "cotangent"),
]
