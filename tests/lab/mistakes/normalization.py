import numpy as np

EPS = 1e-5


def hat(x, axis=-1, eps=EPS):
    s = np.sqrt(x.var(axis, keepdims=True) + eps)
    return (x - x.mean(axis, keepdims=True)) / s, s


def norm_dx(mean=1.0, along=1.0, gamma_too=True, scaled=True, samples=None):
    """The gradient of layer_norm by x, with as much of each path as is said."""

    def f(g, y, x, gamma, beta):
        x_hat, s = hat(x)
        g = g * gamma if gamma_too else g
        m, a = g.mean(-1, keepdims=True), np.mean(g * x_hat, -1, keepdims=True)
        return (g - mean * m - along * x_hat * a) / (s if scaled else 1.0)

    return f


def lead(v):
    return v.reshape(-1, v.shape[-1])


def channel(v, x):
    return np.reshape(v, (1, -1) + (1,) * (x.ndim - 2))


def batch_dx(mean=1.0, along=1.0, axes=None, gamma_too=True):
    def f(g, y, x, gamma, beta):
        over = axes(x) if axes else (0, *range(2, x.ndim))
        x_hat, s = hat(x, over)
        g = g * channel(gamma, x) if gamma_too else g
        return (g - mean * g.mean(over, keepdims=True) - along * x_hat * np.mean(g * x_hat, over, keepdims=True)) / s

    return f


MISTAKES = [
    ("layer_norm", None, norm_dx(mean=0.0), "path"),
    ("layer_norm", None, norm_dx(along=0.0), "path"),
    ("layer_norm", None, norm_dx(mean=0.0, along=0.0), "path"),
    ("layer_norm", None, norm_dx(mean=-1.0), "path sign"),
    ("layer_norm", None, norm_dx(along=-1.0), "path sign"),
    ("layer_norm", None, norm_dx(along=2.0), "path factor"),
    ("layer_norm", None, norm_dx(along=0.5), "path factor"),
    ("layer_norm", None, norm_dx(gamma_too=False), "factor"),
    ("layer_norm", None, lambda g, *a: -norm_dx()(g, *a), "sign"),
    ("layer_norm", None, lambda g, *a: norm_dx()(np.ones_like(g), *a), "cotangent"),
    ("layer_norm", None, norm_dx(scaled=False), "factor"),
    ("layer_norm", "gamma", lambda g, y, x, gamma, beta: lead(g * x).sum(0), "term"),
    ("layer_norm", "gamma", lambda g, y, x, gamma, beta: g * hat(x)[0], "batch sum"),
    ("layer_norm", "gamma", lambda g, y, x, gamma, beta: lead(g * hat(x)[0]).mean(0), "batch sum"),
    ("layer_norm", "gamma", lambda g, y, x, gamma, beta: -lead(g * hat(x)[0]).sum(0), "sign"),
    ("layer_norm", "gamma", lambda g, y, x, gamma, beta: lead(g * y).sum(0), "term"),
    ("layer_norm", "gamma", lambda g, y, x, gamma, beta: lead(g).sum(0), "other input"),
    ("layer_norm", "beta", lambda g, y, x, gamma, beta: g, "batch sum"),
    ("layer_norm", "beta", lambda g, y, x, gamma, beta: lead(g).mean(0), "batch sum"),
    ("layer_norm", "beta", lambda g, y, x, gamma, beta: lead(g).sum(0) * gamma, "factor"),
    ("batch_norm", None, batch_dx(mean=0.0), "path"),
    ("batch_norm", None, batch_dx(along=0.0), "path"),
    ("batch_norm", None, batch_dx(mean=0.0, along=0.0), "path"),
    ("batch_norm", None, batch_dx(along=-1.0), "path sign"),
    ("batch_norm", None, batch_dx(gamma_too=False), "factor"),
    ("batch_norm", None, lambda g, y, x, gamma, beta: g, "upstream"),
    ("batch_norm", None, lambda g, *a: 2 * batch_dx()(g, *a), "factor"),
    ("batch_norm", None, lambda g, *a: -batch_dx()(g, *a), "sign"),
    ("rms_norm", None, lambda g, y, x, gamma: g * gamma / np.sqrt(np.mean(x**2, -1, keepdims=True) + EPS), "path"),
]
