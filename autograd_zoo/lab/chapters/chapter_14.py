"""What the exercises of chapter 14 compute with: derivatives of higher order."""

from typing import Any

import numpy as np

from ...engine.transforms import grad, hessian, hvp

A, B = np.array([[2.0, 1.0], [0.0, 4.0]]), np.array([1.0, -1.0])
U = np.array([1.0, 2.0]) / np.sqrt(5.0)


def valley(v: Any) -> Any:
    """Rosenbrock's function, as the chapter has it."""
    return (1 - v[0]) ** 2 + 100 * (v[1] - v[0] ** 2) ** 2


def newton() -> float:
    """One step from 1/2, with both derivatives from the tape."""
    slope = grad(lambda x: x - np.log(x))
    return float(0.5 - slope(0.5) / grad(slope)(0.5))


def bent() -> Any:
    """The Hessian of ½xᵀAx + bᵀx, from the tape."""
    return hessian(lambda x: 0.5 * (x @ A @ x) + B @ x)(np.zeros(2))


def product() -> Any:
    """H u at the bottom of the valley."""
    return hvp(valley, np.ones(2), U)


def along() -> float:
    """uᵀH u there, with the whole of H."""
    return float(U @ hessian(valley)(np.ones(2)) @ U)
