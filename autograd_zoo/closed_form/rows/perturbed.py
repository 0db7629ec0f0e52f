"""Forward passes as the document prints them, in which an intermediate can be perturbed: what differences are taken of.

They share nothing with the closed forms and their gradients, and so are a second opinion on ∂L/∂(intermediate).
"""

from collections.abc import Callable
from typing import Any

import numpy as np

from ..notation import Array

Perturb = Callable[..., Array]
"""(name, value, index) -> value, with δ[index] added if it is the intermediate of this name that is perturbed."""


def perturbed(forward: Callable[..., Array], intermediate: str) -> Callable[..., Array]:
    """(δ, *inputs, **params) -> y: a forward pass with δ added to the intermediate, at every step."""

    def run(delta: Array, *inputs: Array, **params: Any) -> Array:
        def perturb(name: str, value: Array, index: Any = ()) -> Array:
            return value + delta[index] if name == intermediate else value

        return forward(perturb, *inputs, **params)

    return run


def batch_norm(perturb: Perturb, x: Array, gamma: Array, beta: Array, eps: float) -> Array:
    """BN of x (M, C), with μ_B and σ_B²."""
    mu = perturb("mu", sum(x) / len(x))
    sigma2 = perturb("sigma2", sum((x - mu) ** 2) / len(x))
    return gamma * (x - mu) / np.sqrt(sigma2 + eps) + beta


def simple_rnn(perturb: Perturb, x: Array, h: Array, W: Array, U: Array, V: Array) -> Array:
    """SimpleRNN, with the states h_0..h_T."""
    o, h = [], perturb("h", h, 0)
    for t, x_t in enumerate(x):
        h = perturb("h", np.tanh(W @ h + U @ x_t), t + 1)
        o.append(V @ h)
    return np.array(o)


def lstm(perturb: Perturb, x: Array, h: Array, C: Array, *weights: Array) -> Array:
    """LSTM, with the states h_0..h_T and C_0..C_T and the gates f, i, o and G."""
    y, h, C = [], perturb("h", h, 0), perturb("C", C, 0)
    gates: dict[str, Callable[[Array], Array]] = {"f": _sigmoid, "i": _sigmoid, "o": _sigmoid, "G": np.tanh}
    for t, x_t in enumerate(x):
        f, i, o, G = (
            perturb(name, function(W @ h + U @ x_t), t)
            for (name, function), W, U in zip(gates.items(), weights[::2], weights[1::2], strict=True)
        )
        C = perturb("C", f * C + i * G, t + 1)
        h = perturb("h", o * np.tanh(C), t + 1)
        y.append((h, C))
    return np.swapaxes(y, 0, 1)


def gru(perturb: Perturb, x: Array, h: Array, *weights: Array) -> Array:
    """GRU, with the states h_0..h_T, c and the gates z and r; the brackets in W_c (r ⊙ h) are those of ∂L/∂W_c."""
    W_c, U_c, W_z, U_z, W_r, U_r = weights
    y, h = [], perturb("h", h, 0)
    for t, x_t in enumerate(x):
        z = perturb("z", _sigmoid(W_z @ h + U_z @ x_t), t)
        r = perturb("r", _sigmoid(W_r @ h + U_r @ x_t), t)
        c = perturb("c", np.tanh(W_c @ (r * h) + U_c @ x_t), t)
        h = perturb("h", (1 - z) * h + z * c, t + 1)
        y.append(h)
    return np.array(y)


def _sigmoid(v: Array) -> Array:
    return 1 / (1 + np.exp(-v))
