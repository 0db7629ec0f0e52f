"""Small graphs whose pages must compute what the engine does: a name, a function, and what it is called with."""

import numpy as np

import autograd_zoo as az
from autograd_zoo import nn

rng = np.random.default_rng(7)


def drawn(*shape):
    """Numbers for an input."""
    return rng.normal(size=shape).round(3)


def neuron(x1, w1, x2, w2, b):
    return (np.tanh(x1 * w1 + x2 * w2 + b) - 1) ** 2


def attention(Q, K, V):
    scores = Q @ np.swapaxes(K, -1, -2) / np.sqrt(Q.shape[-1])
    return nn.softmax(np.where(np.tri(3, dtype=bool), scores, -np.inf)) @ V


def lstm_step(x, h, C, W, U, b):
    i, f, o, g = np.split(W @ x + U @ h + b, 4)
    C = nn.sigmoid(f) * C + nn.sigmoid(i) * np.tanh(g)
    return nn.sigmoid(o) * np.tanh(C)


def layer_norm(x, gamma, beta):
    mean = x.mean(-1, keepdims=True)
    return (x - mean) / np.sqrt(((x - mean) ** 2).mean(-1, keepdims=True) + 1e-5) * gamma + beta


def cross_entropy(x):
    return nn.log_softmax(x)[np.arange(3), [2, 0, 1]].mean()


def steps(h, W):
    for _ in range(4):
        h = np.tanh(W @ h)
    return h


def untaken(x):
    """A branch whose slope is infinite where it is not taken."""
    return np.where(x > 0, np.sqrt(np.where(x > 0, x, 0.0)), 0.0) * x


def masked(x):
    """A mask which depends on the input, as a factor."""
    return x * (x > 0) + np.log(1 + np.abs(x)) * (x < 0.5)


model = nn.Sequential(nn.Linear(3, 4, rng=rng), nn.ReLU(), nn.LayerNorm(4), nn.Linear(4, 2, rng=rng))

GRAPHS = {
    "neuron": (neuron, 2.0, 0.3, -1.0, 0.8, 0.1),
    "used twice": (lambda x: x * x + x, 3.0),
    "no axes": (lambda a, b: a / b - b**3, 1.5, -0.5),
    "an integer exponent": (lambda x: x**0 + x**1 + x**2 + x**5, drawn(3)),
    "a computed exponent": (lambda a, b: np.abs(a) ** b, drawn(3), drawn(3)),
    "integers as constants": (lambda x: 2 * x - 3 + np.array([1, 2, 3]) * x, drawn(3)),
    "broadcasting": (lambda a, b, c: (a + b) * c - a / (2 + c * c), drawn(3, 1), drawn(1, 4), 0.5),
    "arithmetic": (lambda a, b: a * b / (1 + b * b) - (-a) + np.reciprocal(3 + a * a), drawn(4), drawn(4)),
    "exponentials": (lambda x: np.exp(x) + np.exp2(x) + np.expm1(x) + np.log1p(x * x), drawn(4)),
    "logarithms": (lambda x: np.log(x) + np.log2(x) - np.log10(x), np.abs(drawn(4))),
    "angles": (lambda a, b: np.sin(a) * np.cos(b) + np.arctan2(a, b) + np.tan(a / 4), drawn(4), drawn(4)),
    "hyperbolic": (lambda x: np.sinh(x) + np.cosh(x) * np.tanh(x) + np.arcsinh(x), drawn(4)),
    "roots": (lambda x: np.sqrt(x) + np.cbrt(x + 2), np.abs(drawn(4))),
    "lengths": (lambda a, b: np.hypot(a, b) + np.abs(a), drawn(4), drawn(4)),
    "ties": (lambda a, b: np.maximum(a, b) * 2 + np.minimum(a, b) + np.maximum(a, 0), drawn(5), drawn(5)),
    "clip": (lambda x, low: np.clip(x, low, 1.0) + np.clip(x, -0.5, None), drawn(5), -1.0),
    "steps": (lambda x: np.floor(x) * x + np.sign(x) * x + np.round(x) + np.remainder(x, 1.5), drawn(5)),
    "relu": (lambda x, W: nn.relu(W @ x), drawn(3), drawn(4, 3)),
    "activations": (lambda x: nn.elu(x) + nn.silu(x) + nn.gelu(x) + nn.softplus(x) + nn.leaky_relu(x), drawn(4)),
    "where": (lambda a, b: np.where(a > b, a * a, b), drawn(4), drawn(4)),
    "a branch that is not taken": (untaken, drawn(4)),
    "masks as factors": (masked, drawn(4)),
    "softmax": (nn.softmax, drawn(2, 3)),
    "logsumexp": (lambda x: az.logsumexp(x, axis=-1) + az.logsumexp(x), drawn(2, 3)),
    "cross entropy": (cross_entropy, drawn(3, 4)),
    "sums over axes": (lambda x: x.sum(0).sum() + x.mean((0, 2)) @ x.sum((0, 2)), drawn(2, 3, 2)),
    "extremes over axes": (lambda x: x.max(0) * x.min(0) + x.max(), drawn(3, 4)),
    "variances": (lambda x: np.var(x, 0) + np.std(x, 0, ddof=1) + np.prod(x, 0), drawn(3, 2)),
    "slices": (lambda x: x[1:] * x[:-1] + x[::-1][1:] + x[[0, 0]], drawn(3, 2)),
    "concatenation": (lambda a, b: np.concatenate([a, b * b, a]) * np.stack([a, b, a]).ravel(), drawn(2), drawn(2)),
    "shapes": (lambda x: np.transpose(x, (2, 0, 1)).reshape(2, -1) + np.tile(x[0, :1, 0], 6), drawn(2, 3, 2)),
    "padding and flips": (lambda x: np.pad(x, 1) * np.flip(np.pad(x, 1), 0) + np.tril(np.pad(x, 1)), drawn(2, 2)),
    "matrix products": (lambda a, b, c: a @ b @ c, drawn(2, 3, 2), drawn(2, 2), drawn(2)),
    "batched products": (lambda a, b: a @ b, drawn(2, 1, 2, 3), drawn(3, 3, 2)),
    "a running sum": (lambda x: np.cumsum(x, -1) ** 2, drawn(2, 3)),
    "time steps": (steps, drawn(2), drawn(2, 2)),
    "lstm step": (lstm_step, drawn(2), drawn(2), drawn(2), drawn(8, 2), drawn(8, 2), drawn(8)),
    "attention head": (attention, drawn(3, 2), drawn(3, 2), drawn(3, 2)),
    "layer norm": (layer_norm, drawn(2, 4), drawn(4), drawn(4)),
    "max pooling": (lambda x: nn.max_pool(x, kernel_size=(2, 2)), drawn(1, 1, 4, 4)),
    "convolution": (lambda x, W: nn.conv(x, W), drawn(1, 1, 4, 4), drawn(1, 1, 2, 2)),
    "a module": (model, drawn(2, 3)),
    "and, or, not of numbers": (
        lambda x, y: x * np.logical_and(x, y) + y * np.logical_or(x, y) * 2 + np.logical_not(x) * x.sum(),
        drawn(3),
        drawn(3),
    ),
    "whole quotients": (
        lambda x, y: x * (x // y) + x * (x % y),
        np.array([1.0, -7.0, 2.5]),
        np.array([0.1, 2.0, -0.5]),
    ),
    "truths of what is nan": (
        lambda x: x * np.any(np.log(x) > 0) + np.count_nonzero(np.log(x)) * x,
        np.array([0.5, 1.0, 3.0]),
    ),
    "logsumexp of what is nan": (lambda x: az.logsumexp(np.log(x)), np.array([0.5, 1.0, 3.0])),
    "one degree of freedom": (lambda x: np.std(x, ddof=2) + np.var(x, ddof=2), drawn(3)),
    "axes by their place": (lambda x: x * np.argmax(x, 0) + x * np.any(x > 0, 0) + x * np.flip(x > 0, 1), drawn(2, 3)),
    "set at an index": (lambda x, v: x.at[1].set(v) * x, drawn(3), 2.0),
}


def at(examples, k):
    """The examples, and four further inputs: drawn anew, whole numbers (so that there are ties), zeros, large ones."""
    other = np.random.default_rng(k)
    change = [
        lambda x: x,
        lambda x: other.normal(size=x.shape),
        lambda x: other.integers(-2, 3, x.shape).astype(float),
        np.zeros_like,
        lambda x: 30 * other.normal(size=x.shape),
    ][k]
    return [np.asarray(change(np.asarray(x, float))) for x in examples]
