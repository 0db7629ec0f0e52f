"""Exercises of chapter 08, linear layers."""

from typing import Any

import numpy as np

from ... import nn
from ...engine.sweep import gradient
from ...engine.tensor import Tensor
from ..exercise import Exercise

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

EXERCISES = (
    Exercise(
        right=not_zero,
        code='answer = ["b2"]',
        read=named,
        asked="a list of names out of W1, b1, W2 and b2",
        why="The hidden units are 0, so W₂ gets nothing; and they are told ∂L/∂y W₂ = 0, so that W₁ and b₁ get nothing "
        "either. Only the last bias learns, for ever: weights must not all start at 0. In a single layer they may, for "
        "its input is not 0.",
        hint="∂L/∂W is what is told times the input. What are the hidden units, and what are they told?",
        mistakes=(
            (["W2", "b2"], "∂L/∂W₂ is what the scores are told times the hidden units. What are these?"),
            (["b1", "b2"], "What b₁ is told has gone through W₂ backwards."),
            (
                ["W1", "b1", "W2", "b2"],
                "Follow the sweep with the numbers: what comes out of a product with a matrix of zeros?",
            ),
            ([], "The scores are told something: y − p is not 0."),
        ),
    ),
    Exercise(
        right=largest_rank,
        code="answer = 10",
        why="Squared error tells the outputs −2(t − y), and nothing makes these sum to 0. So it can be the number "
        "of rows.",
        hint="How many rows has it, and does anything tie them to each other now?",
        mistakes=(
            (9.0, "That is so with softmax and cross-entropy, where y − p sums to 0. Does −2(t − y) sum to 0?"),
            (64.0, "A matrix has no larger rank than it has rows."),
            (500.0, "Each sample adds a matrix of rank 1, but W has only so many rows."),
            (1.0, "That is the rank for one sample."),
        ),
    ),
    Exercise(
        right=DIFFERENCES,
        code="answer = [[-1, 1, 0, 0], [0, -1, 1, 0], [0, 0, -1, 1]]",
        why="Each row looks for the same small thing, one place further on: a convolution, which is the next chapter.",
        hint="Three rows, one for each output, and four columns, one for each input.",
        mistakes=(
            (np.transpose(DIFFERENCES), "It is transposed: W has a row for each output."),
            (np.negative(DIFFERENCES), "The sign is wrong: the later number is to count positively."),
            (np.negative(np.transpose(DIFFERENCES)), "It is transposed, and the sign is wrong."),
        ),
    ),
)
