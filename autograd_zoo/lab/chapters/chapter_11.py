"""Exercises of chapter 11, recurrent modules."""

import numpy as np

from ...engine.sweep import gradient
from ...engine.tensor import Tensor
from ..exercise import Exercise

READ, W = (0.6, -0.4, 0.2), 0.5
MADE = [0.0]
for value in READ:
    MADE.append(float(np.tanh(W * MADE[-1] + value)))


def through_time() -> float:
    """∂h_3/∂U from the tape."""
    U, state = Tensor(1.0), Tensor(0.0)
    for x in READ:
        state = np.tanh(W * state + U * x)
    return float(gradient(state, [U])[0])


def mistaken(*, slope_of_step: int = 1, weight: float = W, steps: int = 3) -> float:
    """The same by hand, with a slip."""
    found, dh = 0.0, 1.0
    for t in reversed(range(3 - steps, 3)):
        da = dh * (1 - MADE[t + slope_of_step] ** 2)
        found += da * READ[t]
        dh = da * weight
    return found


GATE = 0.5 ** (1 / 100)

EXERCISES = (
    Exercise(
        right=lambda: float(gradient((h := Tensor(1.0)) * 0.9**20, [h])[0]),
        code="answer = 0.9**20",
        why="About 0.12. With w = 1.1 it would be 6.7: there is little room between vanishing and growing.",
        hint="Each step multiplies by w: how many steps are there from the first state to the last?",
        mistakes=(
            (0.9**19, "Count the steps once more."),
            (0.9**21, "Count the steps once more."),
            (18.0, "Steps follow each other: their slopes are multiplied, not added."),
            (0.9, "That is what one step leaves."),
        ),
    ),
    Exercise(
        right=lambda: float(np.log(GATE / (1 - GATE))),
        code="f = 0.5 ** (1 / 100)\nanswer = np.log(f / (1 - f))",
        why="f is about 0.993, and b_f = σ⁻¹(f) = log(f/(1 − f)), about 4.97.",
        hint="First find f: its hundredth power is what shall be left. Then f = σ(b_f).",
        mistakes=(
            (GATE, "That is the gate itself. Which bias makes σ(b_f) this number?"),
            (0.0, "Then the gate is half open, and half of the gradient is lost at each single step."),
            (float(np.log((1 - GATE) / GATE)), "The sign is wrong: that closes the gate."),
            (0.5 / 100, "What is left is the product of the hundred gates, not their sum."),
        ),
    ),
    Exercise(
        right=through_time,
        code="read, made = (0.6, -0.4, 0.2), [0.0]\n"
        "for value in read:\n"
        "    made.append(np.tanh(0.5 * made[-1] + value))\n"
        "answer, dh = 0.0, 1.0\n"
        "for t in reversed(range(3)):\n"
        "    da = dh * (1 - made[t + 1] ** 2)\n"
        "    answer += da * read[t]\n"
        "    dh = da * 0.5",
        why="Mind the order: the state that a step made gives the slope.",
        hint="Begin with dh = 1. Each step back adds its own contribution, and hands on dh times its slope and W.",
        mistakes=(
            (
                mistaken(slope_of_step=0),
                "The slope of a tanh is that of the state which it made, not of the one before.",
            ),
            (mistaken(weight=1.0), "On its way to the step before the gradient is multiplied by W, too."),
            (mistaken(steps=1), "That is the last step alone. U was used three times."),
            (mistaken(steps=2), "Those are two of the three steps."),
            (sum(READ), "Those are the inputs, added up: the slopes of the tanh and W are missing."),
        ),
    ),
)
