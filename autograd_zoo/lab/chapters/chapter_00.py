"""Exercises of chapter 00, a neuron by hand."""

import numpy as np

from ..exercise import Exercise

Z = 0.3 * 2.0 + 0.8 * -1.0 + 0.1
TANH, SIGMOID = np.tanh(Z), 1 / (1 + np.exp(-Z))
RIGHT = 2 * (SIGMOID - 1) * SIGMOID * (1 - SIGMOID) * 2.0

EXERCISES = (
    Exercise(
        right=0.0,
        code="answer = 0.0",
        why="The last link is dz/dw₁ = x₁, and a product with a zero is zero: a weight whose input is 0 has no say in "
        "the loss, and learns nothing from this sample.",
        hint="Three links are multiplied: 2(y − 1), 1 − y² and x₁. Which of them can the input alone make 0?",
        mistakes=(
            (1.0, "With x₁ = 1 the derivative is dL/dz itself, which is not 0 here."),
            (
                (1 - 0.1 + 0.8) / 0.3,
                "That makes z = 1, but the loss is 0 at y = 1, and y = tanh z never gets there. Look at the last link.",
            ),
        ),
    ),
    Exercise(
        right=RIGHT,
        code="y = 1 / (1 + np.exp(-(w1 * x1 + w2 * x2 + b)))\nanswer = 2 * (y - 1) * y * (1 - y) * x1",
        why="Only the middle link has changed: 2(y − 1) · y(1 − y) · x₁.",
        hint="Write the three links down one by one; only the middle one has changed.",
        mistakes=(
            (2 * (TANH - 1) * (1 - TANH**2) * 2.0, "That is the derivative with tanh; put σ in its place."),
            (
                2 * (SIGMOID - 1) * (1 - SIGMOID**2) * 2.0,
                "The value has the σ in it, but the slope is still that of tanh.",
            ),
            (
                RIGHT / 2,
                "A factor 2 is missing: there is one in the slope of the square, and the last link, dz/dw₁, is one.",
            ),
            (-RIGHT, "The sign is wrong."),
        ),
    ),
    Exercise(
        right=[3.0, 3.0],
        code="answer = [3.0, 3.0]",
        why="Each use contributes the other factor, 3, and the contributions add up: dL/du = 2u = 6. Overwriting "
        "instead of adding is the most common mistake in a first autograd engine.",
        hint="Hold one of the two factors still. What does the other one send back?",
        mistakes=(
            (6.0, "That is the whole derivative. What does each of the two uses contribute to it?"),
            ([6.0], "That is the whole derivative. What does each of the two uses contribute to it?"),
            (
                [0.0, 6.0],
                "They add up to what they should, but both uses are alike: why should one of them send nothing?",
            ),
            (
                [6.0, 0.0],
                "They add up to what they should, but both uses are alike: why should one of them send nothing?",
            ),
            ([6.0, 6.0], "2u is what both uses send together; that would be 4u."),
            ([1.0, 1.0], "That is what an addition hands on. Here the uses are factors of a product."),
        ),
    ),
)
