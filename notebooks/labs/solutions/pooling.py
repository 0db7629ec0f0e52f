"""For teachers: what the lab asks for."""

import numpy as np


def global_avg_pool_dx(g, y, x):
    return np.broadcast_to(g[..., None, None] / (x.shape[-1] * x.shape[-2]), x.shape)


def avg_pool1d_dx(g, y, x):
    dx = np.zeros_like(x)
    for t in range(g.shape[-1]):
        dx[..., 2 * t : 2 * t + 2] += g[..., t : t + 1] / 2
    return dx


def max_pool1d_dx(g, y, x):
    dx = np.zeros_like(x)
    for n, c, t in np.ndindex(*g.shape):
        dx[n, c, 2 * t + np.argmax(x[n, c, 2 * t : 2 * t + 2])] += g[n, c, t]
    return dx


def corrected_max_pool_dx(g, y, x, kernel_size, stride):
    (p, q), (U, V) = kernel_size, stride
    dx = np.zeros_like(x)
    for i, j in np.ndindex(*g.shape):
        window = x[U * i : U * i + p, V * j : V * j + q]
        k, m = np.unravel_index(np.argmax(window), window.shape)
        dx[U * i + k, V * j + m] += g[i, j]
    return dx
