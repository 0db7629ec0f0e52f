"""Exercises of chapter 10, normalization."""

from typing import Any

import numpy as np

from ... import nn
from ...engine.sweep import gradient
from ...engine.tensor import Tensor
from ..exercise import Exercise

NUMBERS = np.array([1.0, 3.0, 5.0, 7.0])


def normalized() -> Any:
    """The four numbers by the module."""
    return nn.batch_norm(NUMBERS[:, None], np.array([2.0]), np.array([10.0]), eps=0.0)[:, 0]


def by_bias() -> Any:
    """The gradient by a bias before Batch Normalization."""
    rng = np.random.default_rng(0)
    bias = Tensor(rng.normal(size=3))
    y = nn.batch_norm(nn.linear(rng.normal(size=(32, 8)), rng.normal(size=(3, 8)), bias))
    return gradient(y, [bias], rng.normal(size=y.shape))[0]


def factor() -> float:
    """How much longer the gradient by weights is, if they are five times as large."""
    rng = np.random.default_rng(0)
    x, weights, g = rng.normal(size=(32, 8)), rng.normal(size=(3, 8)), rng.normal(size=(32, 3))
    lengths = []
    for scale in (1.0, 5.0):
        W = Tensor(scale * weights)
        y = nn.batch_norm(nn.linear(x, W), eps=0.0)
        lengths.append(np.linalg.norm(gradient(y, [W], g)[0]))
    return float(lengths[1] / lengths[0])


EXERCISES = (
    Exercise(
        right=normalized,
        code="answer = (np.array([1.0, 3.0, 5.0, 7.0]) - 4) / np.sqrt(5) * 2 + 10",
        why="The mean is 4, and the variance is the mean of 9, 1, 1 and 9.",
        hint="Four numbers: subtract the mean, divide by the standard deviation, then γ and β.",
        mistakes=(
            ((NUMBERS - 4) / np.sqrt(5), "γ and β are missing."),
            ((NUMBERS - 4) / np.sqrt(20 / 3) * 2 + 10, "The variance is a mean over M numbers here, not over M − 1."),
            ((NUMBERS - 4) / 5 * 2 + 10, "Divide by the standard deviation, not by the variance."),
            ((NUMBERS - 4) * 2 + 10, "It has not been divided by the standard deviation."),
        ),
    ),
    Exercise(
        right=by_bias,
        code="answer = np.zeros(3)",
        why="Nothing: Batch Normalization subtracts it again. That is why layers before it are built with bias=False; "
        "its β does the work.",
        hint="What does a shift of the whole batch change?",
        mistakes=(
            (
                [1.0, 1.0, 1.0],
                "That would be so for one sample and no normalization. What does the mean of the batch do?",
            ),
            (
                [32.0, 32.0, 32.0],
                "The bias is added to each sample of the batch; but what does the mean of the batch do?",
            ),
        ),
    ),
    Exercise(
        right=factor,
        code="answer = 1 / 5",
        why="5f'(5W) = f'(W). Weights that have grown too large are moved less: a network with it sets "
        "a part of its learning rate by itself.",
        hint="f(5W) = f(W). Differentiate both sides by W.",
        mistakes=(
            (5.0, "It is the other way round: differentiate both sides of f(5W) = f(W) by W."),
            (1.0, "The output stays, but the same step is a smaller part of larger weights."),
            (1 / 25, "The factor comes in once: only the division by the spread knows of it."),
        ),
    ),
)
