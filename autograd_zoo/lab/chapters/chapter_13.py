"""What the exercises of chapter 13 compute with: blocks."""

from typing import Any

import numpy as np

from ... import nn
from ...engine.sweep import gradient
from ...engine.tensor import Tensor
from ..exercise import real

X, G = np.array([1.0, 2.0, 3.0]), np.array([1.0, 0.0, -1.0])
NUMBERS = "two numbers, what is left with shortcuts and without"


def logarithms(answer: Any) -> Any:
    """The logarithms, so that small numbers are told apart from 0."""
    with np.errstate(divide="ignore", invalid="ignore"):
        return np.log(real(answer))


def left() -> Any:
    """What is left of a gradient after 20 blocks, with shortcuts and without."""
    found = []
    for shortcut in (1.0, 0.0):
        start = last = Tensor(1.0)
        for _ in range(20):
            last = 0.1 * last + shortcut * last
        found.append(float(gradient(last, [start])[0]))
    return logarithms(found)


def kernels() -> float:
    """How many weights the kernels of the module have."""
    module = nn.DepthwiseSeparable(32, 64)
    return float(sum(m.W.size for m in module.modules() if isinstance(m, nn.Conv2d)))


def by_gate_and_map() -> Any:
    """∂L/∂s and ∂L/∂x from the tape, where the mean of x gets 0.3 by itself."""
    x, s = Tensor(X), Tensor(0.5)
    by_s, by_x = gradient(np.sum(G * (s * x)) + 0.3 * np.mean(x), [s, x])
    return [float(by_s), *by_x]
