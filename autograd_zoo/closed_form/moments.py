"""What normalizations share: float64 statistics, 1/√ that survives zero, and parameters laid along axes of x.

x̂ = (x − μ)/√(σ² + ε), where μ and σ² are the mean and the variance of M elements.
"""

import math
from typing import Any

import numpy as np

from .notation import Array

Axes = tuple[int, ...]


def wide(x: Array) -> Any:
    """The dtype in which statistics of x are taken: float64, or that of x where it is wider."""
    return np.result_type(x, np.float64)


def mean(x: Array, axes: Axes) -> Array:
    """The mean over `axes`, which stay with length 1, in float64; the mean of nothing is 0."""
    count = math.prod(np.shape(x)[axis] for axis in axes)
    return np.sum(x, axis=axes, keepdims=True, dtype=wide(x)) / max(1, count)


def level(x: Array, axes: Axes) -> Array:
    """The mean as x₀ + mean(x − x₀), where x₀ is the first element along `axes`.

    So the mean of equal elements is exactly they, and none of them deviates from it.

    >>> x = np.full((1, 7), 1e10 + 0.1)
    >>> (x - level(x, (1,))).any()
    np.False_
    """
    if 0 in np.shape(x):
        return mean(x, axes)
    first = x[tuple(slice(1) if axis in axes else slice(None) for axis in range(np.ndim(x)))].astype(wide(x))
    return first + mean(x - first, axes)


def inverse_root(v: Array) -> Array:
    """1/√v, and 0 for v = 0: what has no spread is mapped to 0 with gradient 0, also without an ε.

    >>> inverse_root(np.array([0.0, 4.0]))
    array([0. , 0.5])
    """
    return np.where(v == 0, 0.0, 1.0 / np.sqrt(np.where(v == 0, 1.0, v)))


def along(v: Array, x: Array, axes: Axes) -> Array:
    """The parameter v with its axes laid along `axes` of x, so that it broadcasts with x.

    >>> along(np.array([1.0, 2.0]), np.zeros((5, 2, 3)), (1,)).shape
    (1, 2, 1)
    """
    expected = tuple(np.shape(x)[axis] for axis in axes)
    if np.shape(v) != expected:
        raise ValueError(
            f"a parameter of shape {np.shape(v)} does not fit x {np.shape(x)} along axes {axes}: "
            f"give it shape {expected}"
        )
    return np.reshape(v, [length if axis in axes else 1 for axis, length in enumerate(np.shape(x))])


def scaled(v: Array, gamma: Array | None, x: Array, axes: Axes) -> Array:
    """γ v, where v has the shape of x and γ = None stands for ones."""
    return v if gamma is None else along(gamma, x, axes) * v


def affine(v: Array, gamma: Array | None, beta: Array | None, x: Array, axes: Axes) -> Array:
    """γ v + β in the dtype of x, where None stands for ones and zeros."""
    y = scaled(v, gamma, x, axes)
    return (y if beta is None else y + along(beta, x, axes)).astype(x.dtype)


def summed(v: Array, x: Array, axes: Axes) -> Array:
    """Σ v, in the dtype of x, over all of its axes but `axes`: the gradient of a parameter laid along them."""
    others = tuple(axis for axis in range(np.ndim(x)) if axis not in axes)
    return np.sum(v, axis=others, dtype=wide(v)).astype(x.dtype)


def standardized(x: Array, axes: Axes, eps: float) -> tuple[Array, Array]:
    """x̂ = (x − μ)/√(σ² + ε) and 1/√(σ² + ε) over `axes`, in float64."""
    centred = x - level(x, axes)
    inverse = inverse_root(mean(centred * centred, axes) + eps)
    return centred * inverse, inverse


def standardized_dx(s: Array, x: Array, axes: Axes, eps: float) -> Array:
    """∂L/∂x for s = ∂L/∂x̂."""
    x_hat, inverse = standardized(x, axes, eps)
    return ((s - mean(s, axes) - x_hat * mean(s * x_hat, axes)) * inverse).astype(x.dtype)
