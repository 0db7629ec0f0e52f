"""What the exercises of chapter 11 compute with: recurrent modules."""

import numpy as np

from ...engine.sweep import gradient
from ...engine.tensor import Tensor

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


def carried() -> float:
    """What twenty steps, each of which keeps nine tenths, leave of a gradient of 1."""
    h = Tensor(1.0)
    return float(gradient(h * 0.9**20, [h])[0])
