"""Exercises of chapter 07, drop-out."""

from ..exercise import Exercise

EXERCISES = (
    Exercise(
        right=[4.0, 0.0, 12.0],
        code="answer = [4.0, 0.0, 12.0]",
        why="What was dropped gets nothing, and what was kept gets 1/(1 − q) = 4/3 of what arrives.",
        hint="The way back has the same switches and the same factor as the way forward.",
        mistakes=(
            ([3.0, 0.0, 9.0], "The factor is missing."),
            ([12.0, 0.0, 36.0], "That divides by q, which is the probability to be dropped."),
            ([4.0, 8.0, 12.0], "The second was dropped: y does not depend on it."),
            ([2.25, 0.0, 6.75], "That multiplies by 1 − q, instead of dividing."),
            ([0.0, 8.0, 0.0], "The switches are the other way round: 1 is kept."),
        ),
    ),
    Exercise(
        right=0.6,
        code="answer = 1 - 0.8 * 0.5",
        why="To survive both has the probability 0.8 · 0.5 = 0.4. The factors fit as well: 1/0.8 · 1/0.5 = 1/0.4.",
        hint="What is the probability that a number survives both?",
        mistakes=(
            (0.1, "That is the probability to be dropped by both. One is enough."),
            (0.7, "Some numbers are dropped by both, and this counts them twice."),
            (0.4, "That is the share that is kept; q is what is dropped."),
        ),
    ),
    Exercise(
        right=1.5,
        code="answer = 1.5",
        why="The mean of L is (w − 3)² + w²; its derivative 2(w − 3) + 2w is 0 at half of 3. The penalty pulls "
        "the weight towards 0.",
        hint="Write the mean of L as the loss without drop-out and a penalty, and set its derivative to 0.",
        mistakes=(
            (3.0, "That is the best w without drop-out. The penalty pulls it towards 0."),
            (2.0, "The penalty is q/(1 − q) w², and q/(1 − q) is not ½ here."),
            (0.0, "That minimizes the penalty alone."),
            (6.0, "With the switch on y is 2, so w need not be larger than 3."),
        ),
    ),
)
