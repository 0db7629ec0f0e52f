"""Exercises of chapter 13, blocks."""

from typing import Any

import numpy as np

from ... import nn
from ...engine.sweep import gradient
from ...engine.tensor import Tensor
from ..exercise import Exercise, real

X, G = np.array([1.0, 2.0, 3.0]), np.array([1.0, 0.0, -1.0])
NUMBERS = "two numbers, what is left with shortcuts and without"


def logarithms(answer: Any) -> Any:
    """The logarithms, so that small numbers are told apart from 0."""
    with np.errstate(divide="ignore", invalid="ignore"):
        return np.log(real(answer))


def left() -> Any:
    """What is left of a gradient after 20 blocks, with shortcuts and without."""
    found = []
    for shortcut in (1.0, 0.0):
        start = last = Tensor(1.0)
        for _ in range(20):
            last = 0.1 * last + shortcut * last
        found.append(float(gradient(last, [start])[0]))
    return logarithms(found)


def kernels() -> float:
    """How many weights the kernels of the module have."""
    module = nn.DepthwiseSeparable(32, 64)
    return float(sum(m.W.size for m in module.modules() if isinstance(m, nn.Conv2d)))


def by_gate_and_map() -> Any:
    """∂L/∂s and ∂L/∂x from the tape, where the mean of x gets 0.3 by itself."""
    x, s = Tensor(X), Tensor(0.5)
    by_s, by_x = gradient(np.sum(G * (s * x)) + 0.3 * np.mean(x), [s, x])
    return [float(by_s), *by_x]


EXERCISES = (
    Exercise(
        right=left,
        code="answer = [1.1**20, 0.1**20]",
        read=logarithms,
        asked=NUMBERS,
        why="About 6.7, and 10⁻²⁰. The 1 of the shortcut saves a weak stack.",
        hint="What is the slope of one block, with the plus and without it? Twenty of them follow each other.",
        mistakes=(
            ([0.1**20, 1.1**20], "They are interchanged: with shortcuts comes first."),
            ([1.1**20, 0.0], "The second one is small, but it is not 0."),
            ([1.0, 0.1**20], "The shortcut alone has the slope 1; the stack beside it adds its own."),
            ([22.0, 2.0], "Blocks follow each other: their slopes are multiplied, not added."),
            ([1.1, 0.1], "That is one block."),
        ),
    ),
    Exercise(
        right=kernels,
        code="answer = 9 * 32 + 32 * 64",
        why="One 3 × 3 for each channel, then a matrix of 64 × 32. The full convolution has 9 · 32 · 64 = 18432.",
        hint="First each channel that comes in has a small kernel of its own; then a 1 × 1 convolution mixes them.",
        mistakes=(
            (9.0 * 32 * 64, "That is the full convolution."),
            (9.0 * 64 + 32 * 64, "The small kernels come first, one for each channel that goes in."),
            (9.0 * 32, "That is the first of the two."),
            (32.0 * 64, "That is the second of the two."),
            (9.0 * 32 + 9 * 32 * 64, "The second convolution is 1 × 1."),
        ),
    ),
    Exercise(
        right=by_gate_and_map,
        code="answer = [-2.0, 0.6, 0.1, -0.4]",
        why="∂L/∂s = 1·1 + 0·2 − 1·3; and x gets 0.5 · (1, 0, −1) at once, and 0.3/3 through the mean.",
        hint="s collects from all pixels. x is used twice: beside s, and in the mean.",
        mistakes=(
            ([-2.0, 0.5, 0.0, -0.5], "The long way round is missing: x is in the mean, too."),
            ([-2.0, 0.8, 0.3, -0.2], "Each pixel is only a third of the mean."),
            ([-2 / 3, 0.6, 0.1, -0.4], "∂L/∂s is a sum over the pixels, not a mean."),
            ([-2.0, 1.1, 0.1, -0.9], "What comes back to y reaches x times s."),
            ([0.6, 0.1, -0.4, -2.0], "∂L/∂s comes first."),
        ),
    ),
)
