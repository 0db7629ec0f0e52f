"""What normalizations share: float64 statistics, 1/√ that survives zero, and parameters laid along axes of x.

x̂ = (x − μ)/√(σ² + ε), where μ and σ² are the mean and the variance of M elements.
"""

from collections import namedtuple
from typing import Any

import numpy as np

from .notation import Array, Maybe
from .protocol import dispatched, named, some

Axes = tuple[int, ...]


def wide(x: Array) -> Any:
    """The dtype in which statistics of x are taken: float64, or that of x where it is wider."""
    return np.promote_types(x.dtype, np.float64)


def cast(x: Array, dtype: Any) -> Array:
    """X in `dtype`, which is x itself where it has it."""
    return x if x.dtype == dtype else x.astype(dtype)


def mean(x: Array, axes: Axes) -> Array:
    """The mean over `axes`, which stay with length 1, in float64; the mean of nothing is 0."""
    x = cast(x, wide(x))
    return np.mean(x, axis=axes, keepdims=True) if x.size else np.sum(x, axis=axes, keepdims=True)


@dispatched
def level(x: Array, axes: Axes) -> Array:
    """The mean as x₀ + mean(x − x₀), where x₀ is the first element along `axes`.

    So the mean of equal elements is exactly they, and none of them deviates from it.

    >>> x = np.full((1, 7), 1e10 + 0.1)
    >>> (x - level(x, (1,))).any()
    np.False_
    """
    if not x.size:
        return mean(x, axes)
    first = cast(x[tuple([slice(1) if axis in axes else slice(None) for axis in range(x.ndim)])], wide(x))
    return first + mean(x - first, axes)


@dispatched
def deviation(x: Array, mu: Array) -> Array:
    """x − μ in the dtype of x, though μ is in float64: so float32 keeps its digits far from zero.

    >>> x = np.array([1e7, 1e7 + 1], np.float32)
    >>> deviation(x, level(x, (0,)))
    array([-0.5,  0.5], dtype=float32)
    """
    return cast(x - mu, x.dtype)


@dispatched
def mean_square(x: Array, axis: Axes) -> Array:
    """The mean of x² over `axis`, which stays with length 1, in float64: there the squares of float32 have room."""
    return mean(cast(x, wide(x)) ** 2, axis)


def inverse_root(v: Array) -> Array:
    """1/√v, and 0 for v = 0: what has no spread is mapped to 0 with gradient 0, also without an ε.

    >>> inverse_root(np.array([0.0, 4.0]))
    array([0. , 0.5])
    """
    return np.where(v == 0, 0.0, 1.0 / np.sqrt(np.where(v == 0, 1.0, v)))


def safe_divide(v: Array, root: Array) -> Array:
    """V/√·, and 0 with gradient 0 where the root is 0.

    >>> safe_divide(np.array([0.0, 4.0]), np.array([0.0, 2.0]))
    array([0., 2.])
    """
    zero = np.equal(root, 0)
    return np.where(zero, 0.0, v / np.where(zero, 1.0, root)) if some(zero) else v / root


def along(v: Array, x: Array, axes: Axes) -> Array:
    """The parameter v with its axes laid along `axes` of x, so that it broadcasts with x.

    >>> along(np.array([1.0, 2.0]), np.zeros((5, 2, 3)), (1,)).shape
    (2, 1)
    """
    expected = tuple([x.shape[axis] for axis in axes])
    if v.shape != expected:
        raise ValueError(
            f"a parameter of shape {v.shape} does not fit x {x.shape} along axes {axes}: give it shape {expected}"
        )
    shape = tuple([n if axis in axes else 1 for axis, n in enumerate(x.shape)][min(axes, default=x.ndim) :])
    return v if v.shape == shape else np.reshape(v, shape)


def scaled(v: Array, gamma: Maybe, x: Array, axes: Axes) -> Array:
    """γ v, where v has the shape of x and γ = None stands for ones."""
    return v if gamma is None else along(gamma, x, axes) * v


def affine(v: Array, gamma: Maybe, beta: Maybe, x: Array, axes: Axes) -> Array:
    """γ v + β in the dtype of x, where None stands for ones and zeros."""
    y = scaled(v, gamma, x, axes)
    return cast(y if beta is None else y + along(beta, x, axes), x.dtype)


def summed(v: Array, x: Array, axes: Axes) -> Array:
    """Σ v, in the dtype of x, over all of its axes but `axes`: the gradient of a parameter laid along them."""
    others = tuple(axis for axis in range(np.ndim(x)) if axis not in axes)
    return np.sum(v, axis=others, dtype=wide(v)).astype(x.dtype)


def roomy(x: Array) -> Array:
    """X in a dtype that its deviations fit in."""
    return x if x.dtype == np.float32 else cast(x, wide(x))


def standardized(x: Array, axes: Axes, eps: float, mu: str = "μ", sigma2: str = "σ²") -> tuple[Array, Array]:
    """X̂ = (x − μ)/√(σ² + ε) and √(σ² + ε) over `axes`, in the dtype of x; `mu` and `sigma2` are names."""
    x = roomy(x)
    d = deviation(x, named(level(x, axes), mu))
    root = cast(np.sqrt(named(mean_square(d, axes), sigma2) + eps), x.dtype)
    return named(safe_divide(d, root), "x̂"), root


class AffineGradients(namedtuple("AffineGradients", "x gamma beta")):
    """The gradients of a normalization by x and, where they are given, by γ and β."""


def standardized_gradients(
    g: Array, x: Array, gamma: Maybe, beta: Maybe, axes: Axes, of_parameters: Axes, eps: float
) -> AffineGradients:
    """The gradients of γ x̂ + β, where x̂ is standardized over `axes`, and γ and β lie along `of_parameters`."""
    x_hat, root = standardized(cast(x, wide(x)), axes, eps)
    s = scaled(g, gamma, x, of_parameters)
    dx = safe_divide(s - mean(s, axes) - x_hat * mean(s * x_hat, axes), root)
    return AffineGradients(
        x=cast(dx, x.dtype),
        gamma=None if gamma is None else summed(g * x_hat, x, of_parameters),
        beta=None if beta is None else summed(g, x, of_parameters),
    )
