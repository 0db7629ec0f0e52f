"""Exercises of chapter 15, primitives and modules of one's own."""

from typing import Any

import numpy as np

from ... import nn
from ...engine.sweep import gradient
from ...engine.tensor import Tensor
from ..exercise import Exercise, real

X, G = np.array([-2.0, -0.3, 0.7, 5.0]), np.array([1.0, -2.0, 0.5, 3.0])
Y = X / (1.0 + np.abs(X))
S, H, BETA = np.array([-1.5, 0.2, 3.0]), np.array([1.0, -0.5, 2.0]), 2.0
SWISH = S * nn.sigmoid(BETA * S)


def numbers(value: Any, shape: tuple[int, ...]) -> Any:
    """What a function returned, if it has the shape of its input."""
    found = real(value)
    if found.shape != shape:
        raise ValueError(f"it returns an array of shape {found.shape} for an x of shape {shape}")
    return found


def softsign() -> Any:
    """∂L/∂x of Softsign from the tape."""
    x = Tensor(X)
    return gradient(x / (1.0 + np.abs(x)), [x], G)[0]


def swish() -> Any:
    """∂L/∂x of Swish from the tape."""
    x = Tensor(S)
    return gradient(x * nn.sigmoid(BETA * x), [x], H)[0]


def sigma(x: Any, beta: float) -> Any:
    """σ(βx)."""
    return nn.sigmoid(beta * x)


EXERCISES = (
    Exercise(
        right=softsign,
        code="answer = lambda g, y, x: g * (1 - np.abs(y)) ** 2",
        read=lambda answer: numbers(answer(G.copy(), Y.copy(), X.copy()), X.shape),
        asked="a function (g, y, x)",
        why="y′ = 1/(1 + |x|)², and 1 − |y| = 1/(1 + |x|).",
        hint="Differentiate x/(1 + |x|) for x > 0 first; for x < 0 it comes out the same. And each element is told g.",
        mistakes=(
            (lambda g, y, x: (1 - np.abs(y)) ** 2 + 0 * g, "What comes back, g, is forgotten."),
            (lambda g, y, x: g * (1 - np.abs(y)), "The square is missing: the bar has x below it, too."),
            (lambda g, y, x: -g * (1 - np.abs(y)) ** 2, "The sign is wrong: Softsign rises."),
            (lambda g, y, x: g * (1 - y) ** 2, "That is right for positive x only."),
        ),
    ),
    Exercise(
        right=lambda: float(np.tanh(1.0)),
        code="answer = np.tanh(1.0)",
        why="The 3 arrives as g, and g is not used.",
        hint="What does the product with 3 send back to log cosh, and what does this rule do with it?",
        mistakes=(
            (3.0 * float(np.tanh(1.0)), "That is the right gradient; the rule is the wrong one."),
            (3.0, "That is what arrives. The rule returns the slope without it."),
            (float(np.log(np.cosh(1.0))), "That is the value, not the slope."),
            (1.0, "That is x. What is the slope there?"),
        ),
    ),
    Exercise(
        right=swish,
        code="answer = lambda g, y, x, beta: g * (beta * y + nn.sigmoid(beta * x) * (1 - beta * y))",
        read=lambda answer: numbers(answer(H.copy(), SWISH.copy(), S.copy(), BETA), S.shape),
        asked="a function (g, y, x, beta)",
        why="x is used twice, and uses add: σ(βx) + βx σ(βx)(1 − σ(βx)) = βy + σ(βx)(1 − βy).",
        hint="A product: x stands in front, and inside of the σ. Both uses contribute, and each is told g.",
        mistakes=(
            (lambda g, y, x, beta: g * sigma(x, beta), "x stands inside of the σ, too."),
            (
                lambda g, y, x, beta: g * beta * x * sigma(x, beta) * (1 - sigma(x, beta)),
                "x stands in front of the σ, too.",
            ),
            (
                lambda g, y, x, beta: g * (sigma(x, beta) + x * sigma(x, beta) * (1 - sigma(x, beta))),
                "The inner slope β is missing.",
            ),
            (
                lambda g, y, x, beta: sigma(x, beta) + beta * x * sigma(x, beta) * (1 - sigma(x, beta)),
                "What comes back, g, is forgotten.",
            ),
        ),
    ),
)
