"""Exercises of chapter 16, many devices."""

from ..exercise import Exercise

EXERCISES = (
    Exercise(
        right=2.9,
        code="answer = (2 * 6 + 3 * 4 + 5 * 1) / 10",
        why="Each counts as often as it has samples: (2 · 6 + 3 · 4 + 5 · 1) / 10.",
        hint="How much of the sum over all ten samples does each device know?",
        mistakes=(
            (11 / 3, "That is the plain mean, in which a sample on a small device counts more than another."),
            (29.0, "That is the sum over all samples. The loss is their mean."),
            (11.0, "These are means over different numbers of samples: they cannot be added."),
        ),
    ),
    Exercise(
        right=8.0,
        code="answer = 3 + 5",
        why="The gradient of a sum is the sum of the gradients: nothing was divided, so nothing is to be made good.",
        hint="What is the derivative of L₁ + L₂?",
        mistakes=(
            (4.0, "That is their mean, and belongs to a loss that is a mean."),
            (2.0, "That is the gradient of the mean over the four samples."),
            (16.0, "Each sample is on one device only, and counts once."),
        ),
    ),
    Exercise(
        right=2.0,
        code="answer = (2 + 10) / 2 - ((1 + 3) / 2) ** 2",
        why="Means are averaged and mean squares too: m = 2, q = 6, and the variance is q − m².",
        hint="The variance is the mean square less the square of the mean. Which of these may be averaged?",
        mistakes=(
            (1.0, "That is the mean of the two variances. What the halves differ by is missing."),
            (6.0, "That is the mean square of the whole."),
            (4.0, "That is the square of the mean."),
        ),
    ),
)
