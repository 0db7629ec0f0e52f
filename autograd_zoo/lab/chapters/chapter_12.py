"""Exercises of chapter 12, attention."""

from typing import Any

import numpy as np

from ... import nn
from ...engine.transforms import grad
from ..exercise import Exercise

A, VALUES = np.array([0.5, 0.3, 0.2]), np.array([1.0, 2.0, 6.0])


def seen() -> Any:
    """What each query gets of the values that it may see."""
    values = np.array([[2.0], [4.0], [9.0]])
    return nn.scaled_dot_product_attention(0 * values, values, values, causal=True)[:, 0]


def by_scores() -> Any:
    """The gradient by the scores, from the tape."""
    return grad(lambda S: np.sum(nn.softmax(S) * VALUES))(np.log(A))


EXERCISES = (
    Exercise(
        right=seen,
        code="answer = [2.0, (2 + 4) / 2, (2 + 4 + 9) / 3]",
        why="Equal scores, equal weights: query 1 sees one value, query 2 two of them, query 3 all.",
        hint="Scores that are equal make weights that are equal: a mean over what each query may see.",
        mistakes=(
            ([5.0, 5.0, 5.0], "Causal: a query sees its own place and those before it, and no later one."),
            ([2.0, 4.0, 9.0], "With a query of 0 all scores are equal, so that no key is preferred."),
            ([2.0, 6.0, 15.0], "The weights of a query sum to 1."),
            ([0.0, 2.0, 3.0], "A query sees its own place, too."),
        ),
    ),
    Exercise(
        right=lambda: float(np.sqrt(np.sum(np.ones(64)))),
        code="answer = np.sqrt(64)",
        why="The variance is 64, its root 8. Divided by √d = 8 it is 1, for every d.",
        hint="The variance of each product is 1 here, and variances of independent numbers add up.",
        mistakes=(
            (64.0, "That is the variance. What is the standard deviation?"),
            (1.0, "That is so after the division by √d."),
            (4096.0, "Variances add up; they are not squared."),
        ),
    ),
    Exercise(
        right=by_scores,
        code="A, v = np.array([0.5, 0.3, 0.2]), np.array([1.0, 2.0, 6.0])\nanswer = A * (v - A @ v)",
        why="The mean is y = 0.5 + 0.6 + 1.2 = 2.3. Descent on L = y wants less of the 6 and more of the others. The "
        "sum is 0, as it is always: weight is only moved.",
        hint="Each weight times something that is 0 for a value as good as the average.",
        mistakes=(
            (A * VALUES, "The mean of what one gets now is not subtracted: the sum must be 0."),
            (VALUES, "That is ∂L/∂A. Now through the softmax."),
            (VALUES - A @ VALUES, "The weights in front are missing: a key with little weight feels little."),
            (A * (VALUES - VALUES.mean()), "The mean is the weighted one, which is y."),
            (-A * (VALUES - A @ VALUES), "The sign is wrong: that is the way down."),
        ),
    ),
)
