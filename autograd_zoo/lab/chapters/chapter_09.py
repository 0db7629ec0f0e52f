"""Exercises of chapter 09, convolution."""

from typing import Any

import numpy as np

from ... import nn
from ...engine.sweep import gradient
from ...engine.tensor import Tensor
from ..exercise import Exercise, real

SIZE = 81


def ways(answer: Any) -> Any:
    """By how many ways the middle output of four layers with kernels of three ones hears each of 81 pixels."""
    dilations = real(answer)
    if dilations.shape != (4,) or not np.all(np.isin(dilations, range(1, SIZE + 1))):
        raise ValueError(f"each is a whole number from 1 to {SIZE}")
    y = row = Tensor(np.zeros((1, 1, SIZE)))
    for dilation in map(int, dilations):
        y = nn.conv(y, np.ones((1, 1, 3)), padding=dilation, dilation=dilation)
    return gradient(y[0, 0, SIZE // 2], [row])[0][0, 0]


def height() -> float:
    """What comes out of a layer, by its shape."""
    return float(nn.conv(np.ones((1, 1, 32, 32)), np.ones((1, 1, 3, 3)), stride=2, padding=1, dilation=2).shape[2])


def by_kernel() -> Any:
    """The gradient by the kernel, from the tape."""
    kernel, x = Tensor([[[1.0, -1.0]]]), np.array([[[1.0, 2.0, 3.0, 4.0]]])
    return gradient(nn.conv(x, kernel, stride=2), [kernel], [[[1.0, 10.0]]])[0][0, 0]


EXERCISES = (
    Exercise(
        right=height,
        code="answer = (32 + 2 * 1 - 2 * (3 - 1) - 1) // 2 + 1",
        why="⌊(32 + 2 − 2·2 − 1)/2⌋ + 1 = ⌊14.5⌋ + 1 = 15.",
        hint="Padding adds on both sides, the kernel reaches over more pixels than it has weights; and round down.",
        mistakes=(
            (16.0, "How far does a kernel of 3 reach with dilation 2?"),
            (15.5, "A number of pixels is whole: what does not fill a window any more is left out."),
            (14.0, "Did you add 1 at the end, and padding on both sides?"),
            (30.0, "That is without the stride."),
        ),
    ),
    Exercise(
        right=by_kernel,
        code="answer = [1 * 1 + 10 * 3, 1 * 2 + 10 * 4]",
        why="Each weight gets, for each place, what the output is told times the pixel that it met.",
        hint="Write down which pixels the first weight met, and which the second.",
        mistakes=(
            ([21.0, 32.0], "With stride 2 the second place begins at the third pixel."),
            ([42.0, 31.0], "The two are interchanged: the first weight met the earlier pixel of each pair."),
            (
                [4.0, 6.0],
                "Those are the pixels that each weight met, added up; each counts with what its output is told.",
            ),
            ([1.0, 10.0], "That is what the outputs are told. What had each weight met there?"),
        ),
    ),
    Exercise(
        right=[1.0] * SIZE,
        code="answer = [1, 3, 9, 27]",
        read=ways,
        asked="a list of four dilations",
        why="Each layer triples what is seen, without a gap and without an overlap: these are numbers in base 3. The "
        "order does not matter.",
        hint="The first layer reaches over 3 pixels. Which gap puts three such groups side by side?",
        mistakes=(
            ([1, 2, 4, 8], "That is 31 pixels wide, and some of them are heard by several ways."),
            ([1, 1, 1, 1], "That is 9 pixels wide, and those in the middle are heard by many ways."),
            ([3, 3, 3, 3], "Then only every third pixel is heard."),
            ([1, 3, 6, 12], "The first two fit together; after them three groups of nine are to stand side by side."),
        ),
    ),
)
