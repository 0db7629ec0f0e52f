"""Exercises of chapter 04, activations."""

import numpy as np

from ..exercise import Exercise

Y = np.array([0.1, 0.7, 3.0])

EXERCISES = (
    Exercise(
        right=0.25**5,
        code="answer = 0.25**5",
        why="Less than a thousandth is left, although each sigmoid stands where its slope is largest.",
        hint="The local derivatives along a path are multiplied. What is y at x = 0, and what is y(1 − y)?",
        tolerance=1e-9,
        mistakes=(
            (0.25, "That is left after one of them."),
            (1.25, "The slopes along a path are multiplied, not added."),
            (0.5**5, "½ is the value of the sigmoid at 0, not its slope."),
            (0.25**4, "Those are four sigmoids."),
            (0.0, "The sigmoid is steepest at 0: none of the five slopes is 0."),
        ),
    ),
    Exercise(
        right=1 - np.exp(-Y),
        code="answer = 1 - np.exp(-np.array([0.1, 0.7, 3.0]))",
        why="eʸ = eˣ + 1, so the slope eˣ/(eˣ + 1) is (eʸ − 1)/eʸ.",
        hint="Solve y = log(eˣ + 1) for eˣ, and put that into the slope eˣ/(eˣ + 1).",
        mistakes=(
            (1 / (1 + np.exp(-Y)), "That is σ(y). The slope is σ(x), and x was not kept."),
            (Y * (1 - Y), "That is how the slope of the sigmoid is written with its output."),
            (np.exp(-Y), "That is one minus the slope: for large y the slope must go to 1."),
            (np.exp(Y) / (np.exp(Y) + 1), "That is σ(y). The slope is σ(x), and x was not kept."),
        ),
    ),
    Exercise(
        right=[0.8, -0.3, -0.5],
        code="answer = [1 - 0.2, -0.3, -0.5]",
        why="s = (1, 0, 0), which sums to 1, so it is s − y. The division by y₁ and the factor y₁ cancel: through the "
        "logarithm softmax does not saturate. Chapter 05 builds on this.",
        hint="First ∂L/∂y, then sᵢ = ∂L/∂yᵢ · yᵢ, then ∂L/∂xⱼ = sⱼ − yⱼ Σ sᵢ.",
        mistakes=(
            ([5.0, 0.0, 0.0], "That is ∂L/∂y. It still has to come back through the softmax."),
            ([0.16, -0.06, -0.1], "That is the gradient of y₁. The logarithm is missing."),
            ([-0.2, -0.3, -0.5], "That is −y. The s itself is missing."),
            ([-0.8, 0.3, 0.5], "The sign is wrong: L is larger where the first score is larger."),
            ([1.0, 0.0, 0.0], "That is s. What does the sum below the bar take away?"),
        ),
    ),
)
