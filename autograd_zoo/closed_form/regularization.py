"""Regularization: drop-out as plain NumPy functions. The mask is an input, so nothing here is random."""

from .docstrings import gradient_of
from .notation import Array


def dropout(x: Array, D: Array, *, q: float = 0.5) -> Array:
    """y = 1/(1 − q) D ⊙ x, where the switches D are 0 with probability q

    Shapes: x, D and the result are the same. D is an input, so that a pass can be repeated.
    Raises: ValueError unless 0 ≤ q < 1.
    Source: regularization.dropout.y.

    >>> import numpy as np
    >>> dropout(np.array([1.0, 2.0, 3.0]), np.array([1.0, 0.0, 1.0]), q=0.5)
    array([2., 0., 6.])
    """
    return scale(q) * (D * x)


@gradient_of(dropout, raises="ValueError unless 0 ≤ q < 1")
def dropout_dx(g: Array, y: Array, x: Array, D: Array, *, q: float = 0.5) -> Array:
    """∂L/∂x = 1/(1 − q) ∂L/∂y ⊙ Dᵀ"""
    return scale(q) * (g * D)


def scale(q: float) -> float:
    """What makes up for the share q that is dropped: 1/(1 − q), for 0 ≤ q < 1."""
    if not 0.0 <= q < 1.0:
        raise ValueError(f"the drop-out probability q must lie in [0, 1), got {q}; 0 drops nothing")
    return 1.0 / (1.0 - q)
