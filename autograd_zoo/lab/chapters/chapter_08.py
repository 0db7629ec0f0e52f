"""What the exercises of chapter 08 compute with: linear layers."""

from typing import Any

import numpy as np

from ... import nn
from ...engine.sweep import gradient
from ...engine.tensor import Tensor

NAMES = ("W1", "b1", "W2", "b2")


def named(answer: Any) -> list[float]:
    """A list of parameters as 0 and 1, one for each of them."""
    given = list(answer)
    if (
        isinstance(answer, str)
        or not all(isinstance(name, str) and name in NAMES for name in given)
        or len(set(given)) < len(given)
    ):
        raise ValueError(f"the names are {', '.join(NAMES)}, each at most once")
    return [float(name in given) for name in NAMES]


def not_zero() -> list[float]:
    """Which parameters of two layers get a gradient, if all of them are 0."""
    zeros = (np.zeros((5, 6)), np.zeros(5), np.zeros((3, 5)), np.zeros(3))
    W1, b1, W2, b2 = leaves = [Tensor(value) for value in zeros]
    x = np.random.default_rng(0).normal(size=(4, 6))
    scores = nn.linear(nn.relu(nn.linear(x, W1, b1)), W2, b2)
    loss = nn.softmax_cross_entropy(scores, np.array([0, 0, 1, 2]))
    return [float(np.any(g != 0)) for g in gradient(loss, leaves)]


def largest_rank() -> float:
    """The rank of ∂L/∂W for squared error and a random batch."""
    rng = np.random.default_rng(0)
    W = Tensor(rng.normal(size=(10, 64)))
    loss = nn.squared_error(nn.linear(rng.normal(size=(500, 64)), W), rng.normal(size=(500, 10)))
    return float(np.linalg.matrix_rank(gradient(loss, [W])[0]))


DIFFERENCES = [[-1.0, 1.0, 0.0, 0.0], [0.0, -1.0, 1.0, 0.0], [0.0, 0.0, -1.0, 1.0]]
