"""For teachers: what the lab asks for."""

import numpy as np


def _normalized(x, axes, eps=1e-5):
    s = np.sqrt(x.var(axis=axes, keepdims=True) + eps)
    return (x - x.mean(axis=axes, keepdims=True)) / s, s


def _back(g, x, axes, eps=1e-5):
    """Through the normalization alone."""
    x_hat, s = _normalized(x, axes, eps)
    mean = g.mean(axis=axes, keepdims=True)
    along = np.mean(g * x_hat, axis=axes, keepdims=True)
    return (g - mean - x_hat * along) / s


def layer_norm_dbeta(g, y, x, gamma, beta):
    return g.reshape(-1, g.shape[-1]).sum(axis=0)


def layer_norm_dgamma(g, y, x, gamma, beta):
    return (g * _normalized(x, -1)[0]).reshape(-1, g.shape[-1]).sum(axis=0)


def layer_norm_dx(g, y, x, gamma, beta):
    return _back(g * gamma, x, -1)


def batch_norm_dx(g, y, x, gamma, beta):
    axes = (0, *range(2, x.ndim))
    return _back(g * gamma.reshape(1, -1, *(1,) * (x.ndim - 2)), x, axes)


def corrected_batch_norm_dx(g, y, x, gamma, beta, eps):
    return _back(g * gamma, x, 0, eps)
