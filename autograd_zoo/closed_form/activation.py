"""Activations: the formulas of the document's table, of GELU, PReLU, ReLU6 and log-softmax, as plain NumPy functions.

A gradient has a rule's signature `(g, y, *inputs, **params)` with g = ∂L/∂y. At a kink all of them take the branch
that the document calls "otherwise". Where the document multiplies the row ∂L/∂y by a diagonal matrix, the code
multiplies by its diagonal, element by element.
"""

import math
from collections.abc import Callable
from typing import Literal

import numpy as np

from .notation import Array
from .special import erf

SELU_ALPHA = 1.6732632423543772
SELU_LAMBDA = 1.0507009873554805


def relu(x: Array) -> Array:
    """yᵢ = max{0, xᵢ}

    Shapes: x any, the result the same.
    Source: activation.relu.y.
    """
    return np.where(x <= 0, 0.0, x)  # asked this way round, a NaN stays one


def relu_dx(g: Array, y: Array, x: Array) -> Array:
    """∂L/∂xᵢ = ∂L/∂yᵢ if xᵢ > 0, else 0

    Shapes: all the same.
    Source: activation.relu.dx.
    """
    return np.where(x <= 0, 0.0, g)  # asked this way round, a NaN lets g pass, as in `relu`


def relu6(x: Array) -> Array:
    """yᵢ = min{max{0, xᵢ}, 6}

    Shapes: x any, the result the same.
    Source: activation.relu6.y, ours.
    """
    return np.where(x <= 0, 0.0, np.where(x >= 6, 6.0, x))


def relu6_dx(g: Array, y: Array, x: Array) -> Array:
    """∂L/∂xᵢ = ∂L/∂yᵢ if 0 < xᵢ < 6, else 0

    Shapes: all the same.
    Source: activation.relu6.dx, ours.
    """
    return np.where((x <= 0) | (x >= 6), 0.0, g)


def leaky_relu(x: Array, *, negative_slope: float = 0.01) -> Array:
    """yᵢ = xᵢ if xᵢ > 0, else negative_slope xᵢ; the document's max{0.01 xᵢ, xᵢ} for slopes up to 1

    Shapes: x any, the result the same.
    Source: activation.leaky_relu.y.
    """
    return np.where(x > 0, x, negative_slope * x)


def leaky_relu_dx(g: Array, y: Array, x: Array, *, negative_slope: float = 0.01) -> Array:
    """∂L/∂xᵢ = ∂L/∂yᵢ if xᵢ > 0, else negative_slope ∂L/∂yᵢ

    Shapes: all the same.
    Source: activation.leaky_relu.dx.
    """
    return np.where(x > 0, g, negative_slope * g)


def prelu(x: Array, a: Array, *, axis: int = 1) -> Array:
    """yᵢ = xᵢ if xᵢ > 0, else a xᵢ, with a learned slope

    Shapes: x any, a scalar or (C,) with one slope per channel along `axis`, the result as x.
    Source: activation.prelu.y, ours, after He et al. 2015.
    """
    return np.where(x > 0, x, _per_channel(a, x, axis) * x)


def prelu_dx(g: Array, y: Array, x: Array, a: Array, *, axis: int = 1) -> Array:
    """∂L/∂xᵢ = ∂L/∂yᵢ if xᵢ > 0, else a ∂L/∂yᵢ

    Shapes: g, y, x and the result the same, a as in `prelu`.
    Source: activation.prelu.dx, ours.
    """
    return np.where(x > 0, g, _per_channel(a, x, axis) * g)


def prelu_da(g: Array, y: Array, x: Array, a: Array, *, axis: int = 1) -> Array:
    """∂L/∂a = Σ ∂L/∂yᵢ xᵢ over the xᵢ ≤ 0 that share the slope

    Shapes: g, y, x the same, a and the result as in `prelu`.
    Source: activation.prelu.da, ours.
    """
    shared = tuple(i for i, length in enumerate(np.shape(_per_channel(a, x, axis))) if length == 1)
    return np.reshape(np.sum(g * np.where(x > 0, 0.0, x), axis=shared), np.shape(a))


def _per_channel(a: Array, x: Array, axis: int) -> Array:
    """Lay the slopes a along the channel axis of x."""
    shape = [1] * len(np.shape(x))
    if math.prod(np.shape(a)) != 1:
        shape[axis] = -1
    return np.reshape(a, shape)


def elu(x: Array, *, alpha: float = 1.0) -> Array:
    """yᵢ = xᵢ if xᵢ > 0, else α(exp(xᵢ) − 1)

    Shapes: x any, the result the same.
    Source: activation.elu.y.
    """
    return np.where(x > 0, x, alpha * np.expm1(_negative_part(x)))


def elu_dx(g: Array, y: Array, x: Array, *, alpha: float = 1.0) -> Array:
    """∂L/∂xᵢ = ∂L/∂yᵢ if xᵢ > 0, else ∂L/∂yᵢ (yᵢ + α)

    Shapes: all the same.
    Source: activation.elu.dx.
    """
    return g * np.where(x > 0, 1.0, y + alpha)


def selu(x: Array) -> Array:
    """yᵢ = λxᵢ if xᵢ > 0, else λα(exp(xᵢ) − 1)

    Shapes: x any, the result the same.
    Source: activation.selu.y.
    """
    return np.where(x > 0, SELU_LAMBDA * x, SELU_LAMBDA * SELU_ALPHA * np.expm1(_negative_part(x)))


def selu_dx(g: Array, y: Array, x: Array) -> Array:
    """∂L/∂xᵢ = ∂L/∂yᵢ λ if xᵢ > 0, else ∂L/∂yᵢ (yᵢ + λα)

    Shapes: all the same.
    Source: activation.selu.dx.
    """
    return g * np.where(x > 0, SELU_LAMBDA, y + SELU_LAMBDA * SELU_ALPHA)


def _negative_part(x: Array) -> Array:
    """x where the exponential branch of ELU is taken, and 0 elsewhere so that it cannot overflow."""
    return np.where(x > 0, 0.0, x)


def sigmoid(x: Array) -> Array:
    """yᵢ = 1/(1 + exp(−xᵢ))

    Shapes: x any, the result the same.
    Source: activation.sigmoid.y.

    >>> sigmoid(np.array([-1000.0, 0.0, 1000.0]))
    array([0. , 0.5, 1. ])
    """
    e = np.exp(_minus_abs(x))
    return np.where(x >= 0, 1.0, e) / (1.0 + e)


def sigmoid_dx(g: Array, y: Array, x: Array) -> Array:
    """∂L/∂x = ∂L/∂y diag(y ⊙ (1 − y))

    Shapes: all the same.
    Source: activation.sigmoid.dx, printed with the outer product y(1 − y)ᵀ.
    """
    return g * y * (1.0 - y)


def softmax(x: Array, *, axis: int = -1) -> Array:
    """yᵢ = exp(xᵢ)/Σₖ exp(xₖ)

    Shapes: x and the result (..., K), K along `axis`.
    Source: activation.softmax.y.

    >>> softmax(np.array([1000.0, 1000.0, -1e30]))
    array([0.5, 0.5, 0. ])
    """
    e = np.exp(_shifted(x, axis))
    return e / np.sum(e, axis=axis, keepdims=True)


def softmax_dx(g: Array, y: Array, x: Array, *, axis: int = -1) -> Array:
    """∂L/∂x = sᵀ − yᵀ Σ sᵢ, where sᵢ = ∂L/∂yᵢ yᵢ

    Shapes: g, y, x and the result (..., K), K along `axis`.
    Source: activation.softmax.dx.
    """
    s = g * y
    return s - y * np.sum(s, axis=axis, keepdims=True)


def log_softmax(x: Array, *, axis: int = -1) -> Array:
    """yᵢ = xᵢ − log Σₖ exp(xₖ)

    Shapes: x and the result (..., K), K along `axis`.
    Source: activation.log_softmax.y, ours.
    """
    if not x.size:
        return x
    shifted = _shifted(x, axis)
    return shifted - np.log(np.sum(np.exp(shifted), axis=axis, keepdims=True))


def log_softmax_dx(g: Array, y: Array, x: Array, *, axis: int = -1) -> Array:
    """∂L/∂xᵢ = ∂L/∂yᵢ − exp(yᵢ) Σₖ ∂L/∂yₖ

    Shapes: g, y, x and the result (..., K), K along `axis`.
    Source: activation.log_softmax.dx, ours.
    """
    return g - np.exp(y) * np.sum(g, axis=axis, keepdims=True)


def _shifted(x: Array, axis: int) -> Array:
    """x less its maximum, so that exp cannot overflow; an empty array has no maximum and needs none."""
    return x - np.max(x, axis=axis, keepdims=True) if x.size else x


def softplus(x: Array) -> Array:
    """yᵢ = log(exp(xᵢ) + 1)

    Shapes: x any, the result the same.
    Source: activation.softplus.y.
    """
    return np.where(x >= 0, x, 0.0) + np.log1p(np.exp(_minus_abs(x)))


def softplus_dx(g: Array, y: Array, x: Array) -> Array:
    """∂L/∂x = ∂L/∂y diag(exp(xᵢ)/(exp(xᵢ) + 1))

    Shapes: all the same.
    Source: activation.softplus.dx.
    """
    return g * sigmoid(x)


def _minus_abs(x: Array) -> Array:
    """−|x|, cut in two where `sigmoid` and `softplus` are cut, so that they have all derivatives at 0."""
    return np.where(x >= 0, -x, x)


def tanh(x: Array) -> Array:
    """yᵢ = (exp(xᵢ) − exp(−xᵢ))/(exp(xᵢ) + exp(−xᵢ))

    Shapes: x any, the result the same.
    Source: activation.tanh.y.
    """
    return np.tanh(x)


def tanh_dx(g: Array, y: Array, x: Array) -> Array:
    """∂L/∂x = ∂L/∂y diag(1 − y ⊙ y)

    Shapes: all the same.
    Source: activation.tanh.dx, printed with the outer product I − yyᵀ.
    """
    return g * (1.0 - y * y)


Approximate = Literal["none", "tanh"]


def gelu(x: Array, *, approximate: Approximate = "none") -> Array:
    """yᵢ = xᵢ Φ(xᵢ), Φ(x) = ½(1 + erf(x/√2)); for "tanh" Φ(x) = ½(1 + tanh(√(2/π)(x + 0.044715x³)))

    Shapes: x any, the result the same.
    Raises: ValueError for another `approximate`.
    Source: activation.gelu.y, ours, after Hendrycks and Gimpel 2016.
    """
    cdf, _ = _normal(approximate)
    return x * cdf(_tame(x))


def gelu_dx(g: Array, y: Array, x: Array, *, approximate: Approximate = "none") -> Array:
    """∂L/∂xᵢ = ∂L/∂yᵢ (Φ(xᵢ) + xᵢ Φ'(xᵢ))

    Shapes: all the same.
    Raises: ValueError for another `approximate`.
    Source: activation.gelu.dx, ours.
    """
    cdf, pdf = _normal(approximate)
    x = _tame(x)
    return g * (cdf(x) + x * pdf(x))


def _normal(approximate: str) -> tuple[Callable[[Array], Array], Callable[[Array], Array]]:
    """Φ and its derivative, exact or approximate."""
    if approximate == "none":
        return _cdf, _pdf
    if approximate == "tanh":
        return _tanh_cdf, _tanh_pdf
    raise ValueError(f"gelu expects approximate='none' or approximate='tanh', got {approximate!r}")


def _tame(x: Array) -> Array:
    """Clip x to where Φ still changes in float64, with room to spare, so that no power of it overflows."""
    return np.maximum(-40.0, np.minimum(x, 40.0))


def _cdf(x: Array) -> Array:
    return 0.5 * (1.0 + erf(x / math.sqrt(2.0)))


def _pdf(x: Array) -> Array:
    return np.exp(-0.5 * x * x) / math.sqrt(2.0 * math.pi)


_SCALE = math.sqrt(2.0 / math.pi)
_CUBIC = 0.044715


def _tanh_cdf(x: Array) -> Array:
    return 0.5 * (1.0 + np.tanh(_SCALE * (x + _CUBIC * x * x * x)))


def _tanh_pdf(x: Array) -> Array:
    t = np.tanh(_SCALE * (x + _CUBIC * x * x * x))
    return 0.5 * (1.0 - t * t) * _SCALE * (1.0 + 3.0 * _CUBIC * x * x)
