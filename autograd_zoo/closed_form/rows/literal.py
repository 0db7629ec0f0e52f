"""Operations transcribed literally, one line of the definition after the other: what the closed forms stand against.

They share nothing with the closed forms and take complex numbers too, so that derivatives can be taken along the
imaginary axis. Operations that are not here are affine in each of their arguments, as the closed forms have them.
"""

import math
from collections.abc import Callable
from typing import Any

import numpy as np

from ..notation import Array
from ..special import erf
from . import perturbed


def relu(u: Array) -> Array:
    """max{0, u}, by the real part."""
    return np.where(np.real(u) > 0, u, 0.0)


def relu6(u: Array) -> Array:
    """min{max{0, u}, 6}, by the real part."""
    return np.where(np.real(u) < 6, relu(u), 6.0)


def sigmoid(u: Array) -> Array:
    """1/(1 + exp(−u))."""
    return 1 / (1 + np.exp(-u))


def gelu(u: Array) -> Array:
    """u Φ(u); an imaginary part that is next to nothing grows by the normal density, which is Φ'."""
    x = np.real(u)
    return u * ((1 + erf(x / math.sqrt(2))) / 2 + (u - x) * np.exp(-x * x / 2) / math.sqrt(2 * math.pi))


def _standardized(v: Array, eps: float) -> Array:
    mu = np.sum(v) / v.size
    return (v - mu) / np.sqrt(np.sum((v - mu) ** 2) / v.size + eps)


def batch_norm(x: Array, gamma: Array, beta: Array, *, eps: float = 1e-5) -> Array:
    """Channel by channel."""
    channels = zip(gamma, beta, np.moveaxis(x, 1, 0), strict=True)
    return np.stack([g * _standardized(v, eps) + b for g, b, v in channels], axis=1)


def layer_norm(x: Array, gamma: Array, beta: Array, *, eps: float) -> Array:
    """Vector by vector."""
    return np.array([gamma * _standardized(v, eps) + beta for v in x])


def scores(q: Array, k: Array, *, num_heads: int) -> Array:
    """Head by head."""
    d = q.shape[-1] // num_heads
    parts = zip(np.split(q, num_heads, axis=1), np.split(k, num_heads, axis=1), strict=True)
    return np.stack([of_q @ of_k.T / math.sqrt(d) for of_q, of_k in parts])


def weights(S: Array, *, causal: bool) -> Array:
    """The exponentials of the scores that are seen, over their sum."""
    seen = np.exp(S) * (np.tri(*S.shape[1:]) if causal else 1.0)
    return seen / np.sum(seen, axis=-1, keepdims=True)


def _windows(x: Array, size: int, stride: int, padding: int, outside: float) -> Array:
    """The numbers in each window, along a new last axis."""
    x = np.pad(x, [(0, 0), (0, 0), (padding, padding), (padding, padding)], constant_values=outside)
    starts = [range(0, n - size + 1, stride) for n in x.shape[2:]]
    return np.stack(
        [
            np.stack([x[..., i : i + size, j : j + size].reshape(*x.shape[:2], -1) for j in starts[1]], -2)
            for i in starts[0]
        ],
        axis=-3,
    )


def max_pool(x: Array, *, kernel_size: tuple[int, int], stride: int, padding: int) -> Array:
    """The largest number of each window, by the real part."""
    windows = _windows(x, kernel_size[0], stride, padding, -math.inf)
    return np.take_along_axis(windows, np.argmax(np.real(windows), axis=-1)[..., None], axis=-1)[..., 0]


def avg_pool(x: Array, *, kernel_size: tuple[int, int], stride: int | None = None, padding: int = 0) -> Array:
    """The sum of each window, zeros outside of x among it, over their number."""
    windows = _windows(x, kernel_size[0], stride or kernel_size[0], padding, 0.0)
    return np.sum(windows, axis=-1) / windows.shape[-1]


def channel_shuffle(x: Array, *, groups: int) -> Array:
    """y_{Gi+j} = x_{(C/G)j+i}, channel by channel."""
    y, C = np.empty_like(x), x.shape[1]
    for i in range(C // groups):
        for j in range(groups):
            y[:, groups * i + j] = x[:, C // groups * j + i]
    return y


def channel_unshuffle(g: Array, y: Array, x: Array, *, groups: int) -> Array:
    """∂L/∂x_{(C/G)j+i} = ∂L/∂y_{Gi+j}, channel by channel."""
    dx, C = np.empty_like(g), g.shape[1]
    for i in range(C // groups):
        for j in range(groups):
            dx[:, C // groups * j + i] = g[:, groups * i + j]
    return dx


def run(x: Array, *others: Array, kind: Any, cell: int, lengths: None) -> Array:
    """One cell over each sequence, with b as what stands in U before a 1 in x."""
    *states, W, U, b = others
    turn = slice(None, None, -1 if cell % 2 else 1)
    forward: Callable[..., Array] = getattr(perturbed, kind.run.__name__)
    weights = [part for pair in zip(W[cell], np.dstack([U[cell % 2], b[cell]]), strict=True) for part in pair]
    V = [np.eye(W.shape[-1])] if kind.run.__name__ == "simple_rnn" else []

    def one(n: int) -> Array:
        x_1 = np.hstack([x[turn, n], np.ones((len(x), 1))])
        h = forward(lambda name, value, index=(): value, x_1, *(s[cell, n] for s in states), *weights, *V)
        return h[0] if len(states) == 2 else h

    return np.stack([one(n)[turn] for n in range(x.shape[1])], axis=1)
