"""Exercises of chapter 05, losses."""

from typing import Any

import numpy as np

from ..exercise import Exercise, real

SCORES, TRUTH = np.array([2.0, 0.0, -1.0]), np.array([0.0, 0.0, 1.0])
SMOOTH = np.array([0.9, 0.05, 0.05])


def softmax(scores: Any) -> Any:
    """The softmax of some scores."""
    found = real(scores)
    powers = np.exp(found - found.max())
    return powers / powers.sum()


EXERCISES = (
    Exercise(
        right=np.log(1000),
        code="answer = np.log(1000)",
        why="−log(1/1000) = log 1000, about 6.9.",
        hint="Which probability does the classifier give to the truth? The loss is minus the logarithm of that.",
        mistakes=(
            (-np.log(1000), "The sign is wrong: a probability has a negative logarithm, and the loss has a minus."),
            (3.0, "That is the logarithm to base 10; np.log is the natural one."),
            (np.log2(1000), "That is in bits, by the logarithm to base 2; here it is the natural one."),
            (1 / 1000, "That is the probability that the truth was given. The loss is made of its logarithm."),
            (1000 * np.log(1000), "Only one class is the truth, so only one of the thousand terms is not 0."),
        ),
    ),
    Exercise(
        right=softmax(SCORES) - TRUTH,
        code="e = np.exp([2.0, 0.0, -1.0])\nanswer = e / e.sum() - np.array([0.0, 0.0, 1.0])",
        why="What was predicted, minus the truth.",
        hint="What the softmax predicts, and what is true: the gradient is a difference of the two.",
        mistakes=(
            (softmax(SCORES), "That is what was predicted. The truth has to be taken off."),
            (TRUTH - softmax(SCORES), "The sign is wrong: it is the prediction minus the truth."),
            (softmax(SCORES) - [1.0, 0.0, 0.0], "The truth is the third class here."),
            (SCORES - TRUTH, "These are the scores; the softmax is missing."),
            (-TRUTH / softmax(SCORES), "That is ∂L/∂y. It still has to come back through the softmax."),
        ),
    ),
    Exercise(
        right=SMOOTH,
        code="answer = np.log([0.9, 0.05, 0.05])",
        why="The logarithms of p, or these plus a number: softmax does not change when all scores rise alike.",
        hint="The gradient is y − p: it is 0 where y, the softmax of the scores, is p. How does one undo a softmax?",
        read=softmax,
        asked="a list of 3 scores",
        mistakes=(
            (SMOOTH, "These are the probabilities. Which scores have them as their softmax?"),
            ([1.0, 0.0, 0.0], "The softmax of these is (0.58, 0.21, 0.21), and p is another one."),
            (-np.log(SMOOTH), "The sign is wrong: the most probable class must have the largest score."),
            ([0.0, 0.0, 0.0], "Their softmax is the same for all three."),
        ),
    ),
)
