"""What the exercises of chapter 15 compute with: primitives and modules of one's own."""

from typing import Any

import numpy as np

from ... import nn
from ...engine.sweep import gradient
from ...engine.tensor import Tensor
from ..exercise import real

X, G = np.array([-2.0, -0.3, 0.7, 5.0]), np.array([1.0, -2.0, 0.5, 3.0])
Y = X / (1.0 + np.abs(X))
S, H, BETA = np.array([-1.5, 0.2, 3.0]), np.array([1.0, -0.5, 2.0]), 2.0
SWISH = S * nn.sigmoid(BETA * S)


def numbers(value: Any, shape: tuple[int, ...]) -> Any:
    """What a function returned, if it has the shape of its input."""
    found = real(value)
    if found.shape != shape:
        raise ValueError(f"it returns an array of shape {found.shape} for an x of shape {shape}")
    return found


def softsign() -> Any:
    """∂L/∂x of Softsign from the tape."""
    x = Tensor(X)
    return gradient(x / (1.0 + np.abs(x)), [x], G)[0]


def swish() -> Any:
    """∂L/∂x of Swish from the tape."""
    x = Tensor(S)
    return gradient(x * nn.sigmoid(BETA * x), [x], H)[0]


def sigma(x: Any, beta: float) -> Any:
    """σ(βx)."""
    return nn.sigmoid(beta * x)
