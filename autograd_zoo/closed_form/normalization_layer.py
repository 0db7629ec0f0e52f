"""Layer and RMS Normalization, which take the statistics of one sample over given axes, as plain NumPy functions.

A gradient has a rule's signature `(g, y, *inputs, **params)` with g = ∂L/∂y. Statistics are taken in float64, results
come back in the dtype of x. γ = None stands for ones, β = None for zeros.
"""

import numpy as np
from numpy.lib.array_utils import normalize_axis_tuple

from . import moments
from .docstrings import gradient_of
from .moments import AffineGradients, Axes
from .notation import Array, Maybe
from .protocol import named

__all__ = ["layer_norm", "layer_norm_gradients", "rms_norm", "rms_norm_dgamma", "rms_norm_dx"]


def layer_norm(x: Array, gamma: Maybe = None, beta: Maybe = None, *, axes: Axes = (-1,), eps: float = 1e-5) -> Array:
    """y = γ ⊙ (x − μ)/√(σ² + ε) + β, with the mean and the variance of each sample over `axes`

    Shapes: x and the result any; gamma and beta the lengths of x along `axes` in ascending order, or None.
    Raises: ValueError for axes that x does not have, for gamma or beta of another shape, and by the module for axes
    that are empty, and for integers.
    Source: normalization.layer_norm.y, ours, after Ba et al. 2016.

    >>> layer_norm(np.array([[1.0, 3.0], [10.0, 30.0]]), eps=0.0)
    array([[-1.,  1.],
           [-1.,  1.]])
    """
    axes = _ascending(axes, x)
    x_hat, _ = moments.standardized(x, axes, eps)
    return moments.affine(x_hat, gamma, beta, x, axes)


def layer_norm_gradients(
    g: Array, y: Array, x: Array, gamma: Maybe = None, beta: Maybe = None, *, axes: Axes = (-1,), eps: float = 1e-5
) -> AffineGradients:
    """∂L/∂x = (s − 1/M Σ s − x̂ 1/M Σ s ⊙ x̂)/√(σ² + ε), where s = ∂L/∂y ⊙ γ, and summed over the samples

    ∂L/∂γ = ∂L/∂y ⊙ x̂ and ∂L/∂β = ∂L/∂y

    Shapes: g, y and x the same, gamma and beta as in `layer_norm`, each gradient as its input.
    Source: normalization.layer_norm.dx and its like, ours.
    """
    axes = _ascending(axes, x)
    return moments.standardized_gradients(g, x, gamma, beta, axes, axes, eps)


def rms_norm(x: Array, gamma: Maybe = None, *, axes: Axes = (-1,), eps: float = 1e-5) -> Array:
    """y = γ ⊙ x/√(1/M Σ x² + ε), with the mean square of each sample over `axes`

    Shapes: x and the result any; gamma the lengths of x along `axes` in ascending order, or None.
    Raises: ValueError for axes that x does not have, for a gamma of another shape, and by the module for axes that are
    empty, and for integers.
    Source: normalization.rms_norm.y, ours, after Zhang and Sennrich 2019.

    >>> rms_norm(np.array([3.0, 4.0, 0.0, 0.0]), eps=0.0)
    array([1.2, 1.6, 0. , 0. ])
    """
    axes = _ascending(axes, x)
    v = moments.roomy(x)
    rms = named(moments.cast(np.sqrt(moments.mean_square(v, axes) + eps), v.dtype), "rms")
    return moments.affine(moments.safe_divide(v, rms), gamma, None, x, axes)


@gradient_of(rms_norm, "g, y, x and the result the same, gamma as in `rms_norm`")
def rms_norm_dx(g: Array, y: Array, x: Array, gamma: Maybe = None, *, axes: Axes = (-1,), eps: float = 1e-5) -> Array:
    """∂L/∂x = (s − x̂ 1/M Σ s ⊙ x̂)/√(1/M Σ x² + ε), where s = ∂L/∂y ⊙ γ and x̂ = x/√(1/M Σ x² + ε)"""
    axes = _ascending(axes, x)
    s, inverse = moments.scaled(g, gamma, x, axes), _inverse_rms(x, axes, eps)
    x_hat = x * inverse
    return ((s - x_hat * moments.mean(s * x_hat, axes)) * inverse).astype(x.dtype)


@gradient_of(rms_norm, "g, y, x the same, gamma and the result as in `rms_norm`")
def rms_norm_dgamma(
    g: Array, y: Array, x: Array, gamma: Maybe = None, *, axes: Axes = (-1,), eps: float = 1e-5
) -> Array:
    """∂L/∂γ = ∂L/∂y ⊙ x/√(1/M Σ x² + ε), summed over the samples"""
    axes = _ascending(axes, x)
    return moments.summed(g * (x * _inverse_rms(x, axes, eps)), x, axes)


def _ascending(axes: Axes, x: Array) -> Axes:
    """The axes counted from the front, in ascending order."""
    return tuple(sorted(normalize_axis_tuple(axes, x.ndim, "axes")))


def _inverse_rms(x: Array, axes: Axes, eps: float) -> Array:
    """1/√(1/M Σ x² + ε), in float64."""
    squares = np.multiply(x, x, dtype=moments.wide(x))
    return moments.inverse_root(moments.mean(squares, axes) + eps)
