"""Exercises of chapter 14, derivatives of higher order."""

from typing import Any

import numpy as np

from ...engine.transforms import grad, hessian, hvp
from ..exercise import Exercise

A, B = np.array([[2.0, 1.0], [0.0, 4.0]]), np.array([1.0, -1.0])
U = np.array([1.0, 2.0]) / np.sqrt(5.0)


def valley(v: Any) -> Any:
    """Rosenbrock's function, as the chapter has it."""
    return (1 - v[0]) ** 2 + 100 * (v[1] - v[0] ** 2) ** 2


def newton() -> float:
    """One step from 1/2, with both derivatives from the tape."""
    slope = grad(lambda x: x - np.log(x))
    return float(0.5 - slope(0.5) / grad(slope)(0.5))


EXERCISES = (
    Exercise(
        right=lambda: hessian(lambda x: 0.5 * (x @ A @ x) + B @ x)(np.zeros(2)),
        code="answer = (A1 + A1.T) / 2",
        why="Only the symmetric part of A matters, and the linear term does not bend.",
        hint="The gradient is ½(A + Aᵀ)x + b. Differentiate once more, and remember that a Hessian is symmetric.",
        mistakes=(
            (A, "A Hessian is symmetric, and A is not."),
            (A.T, "A Hessian is symmetric, and Aᵀ is not."),
            (A + A.T, "The ½ in front has gone missing."),
            (A / 2, "A Hessian is symmetric, and this is not."),
        ),
    ),
    Exercise(
        right=newton,
        code="answer = 0.75",
        why="f′(½) = −1 and f″(½) = 4, so that the step is +¼.",
        hint="f′ = 1 − 1/x and f″ = 1/x²; the step is −f′/f″.",
        mistakes=(
            (0.25, "Either that is the step alone, or it went to the wrong side: where does one arrive?"),
            (1.0, "That is the minimum; one step does not get there, for f is no parabola."),
            (1.5, "That is a step of descent with learning rate 1: divide by the curvature."),
            (4.5, "Divide by f″, do not multiply by it."),
        ),
    ),
    Exercise(
        right=lambda: float(U @ hessian(valley)(np.ones(2)) @ U),
        code="answer = u3 @ az.hvp(valley, np.ones(2), u3)",
        why="Along the floor the valley hardly curves: 0.4, against about 1000 across.",
        hint="az.hvp(function, point, direction) gives H u. One product is left to be made.",
        mistakes=(
            (hvp(valley, np.ones(2), U), "That is H u, a vector. How much of it points along u?"),
            (2.0, "A direction has length 1: u3 is divided by √5."),
            (1002.0, "That is the sum of both curvatures."),
            (0.0, "It is flat, but not quite."),
        ),
    ),
)
