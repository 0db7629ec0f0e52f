"""Activations: the formulas of the document's table, of GELU, PReLU, ReLU6 and log-softmax, as plain NumPy functions.

A gradient has a rule's signature `(g, y, *inputs, **params)` with g = ∂L/∂y. At a kink all of them take the branch
that the document calls "otherwise". Where the document multiplies the row ∂L/∂y by a diagonal matrix, the code
multiplies by its diagonal, element by element.
"""

import math
from typing import Literal, get_args

import numpy as np

from .activation_gated import *  # noqa: F403  # what its __all__ says
from .docstrings import gradient_of, ours, printed
from .notation import Array
from .special import erf, log_shares, logistic, shares

SELU_ALPHA = 1.6732632423543772
SELU_LAMBDA = 1.0507009873554805
Approximate = Literal["none", "tanh"]


@printed()
def relu(x: Array) -> Array:
    """yᵢ = max{0, xᵢ}"""
    return np.where(x <= 0, 0.0, x)  # asked this way round, a NaN stays one


@gradient_of(relu)
def relu_dx(g: Array, y: Array, x: Array) -> Array:
    """∂L/∂xᵢ = ∂L/∂yᵢ if xᵢ > 0, else 0"""
    return np.where(x <= 0, 0.0, g)  # asked this way round, a NaN lets g pass, as in `relu`


@ours()
def relu6(x: Array) -> Array:
    """yᵢ = min{max{0, xᵢ}, 6}"""
    return np.where(x <= 0, 0.0, np.where(x >= 6, 6.0, x))


@gradient_of(relu6)
def relu6_dx(g: Array, y: Array, x: Array) -> Array:
    """∂L/∂xᵢ = ∂L/∂yᵢ if 0 < xᵢ < 6, else 0"""
    return np.where((x <= 0) | (x >= 6), 0.0, g)


@printed()
def leaky_relu(x: Array, *, negative_slope: float = 0.01) -> Array:
    """yᵢ = xᵢ if xᵢ > 0, else negative_slope xᵢ; the document's max{0.01 xᵢ, xᵢ} for slopes up to 1"""
    return np.where(x > 0, x, negative_slope * x)


@gradient_of(leaky_relu)
def leaky_relu_dx(g: Array, y: Array, x: Array, *, negative_slope: float = 0.01) -> Array:
    """∂L/∂xᵢ = ∂L/∂yᵢ if xᵢ > 0, else negative_slope ∂L/∂yᵢ"""
    return np.where(x > 0, g, negative_slope * g)


@ours("x any, a scalar or (C,) with one slope per channel along `axis`, the result as x", after="He et al. 2015")
def prelu(x: Array, a: Array, *, axis: int = 1) -> Array:
    """yᵢ = xᵢ if xᵢ > 0, else a xᵢ, with a learned slope"""
    return np.where(x > 0, x, _per_channel(a, x, axis) * x)


@gradient_of(prelu, "g, y, x and the result the same, a as in `prelu`")
def prelu_dx(g: Array, y: Array, x: Array, a: Array, *, axis: int = 1) -> Array:
    """∂L/∂xᵢ = ∂L/∂yᵢ if xᵢ > 0, else a ∂L/∂yᵢ"""
    return np.where(x > 0, g, _per_channel(a, x, axis) * g)


@gradient_of(prelu, "g, y, x the same, a and the result as in `prelu`")
def prelu_da(g: Array, y: Array, x: Array, a: Array, *, axis: int = 1) -> Array:
    """∂L/∂a = Σ ∂L/∂yᵢ xᵢ over the xᵢ ≤ 0 that share the slope"""
    n = len(np.shape(x))
    shared = tuple(i for i in range(n) if math.prod(np.shape(a)) == 1 or i != axis % n)
    return np.reshape(np.sum(g * np.where(x > 0, 0.0, x), axis=shared), np.shape(a))


def _per_channel(a: Array, x: Array, axis: int) -> Array:
    """Lay the slopes a along the channel axis of x, or a single one nowhere."""
    n = len(np.shape(x))
    if not np.shape(a):
        return a
    if math.prod(np.shape(a)) == 1:
        return np.reshape(a, ())
    return np.reshape(a, [-1 if i == axis % n else 1 for i in range(n)])


@printed()
def elu(x: Array, *, alpha: float = 1.0) -> Array:
    """yᵢ = xᵢ if xᵢ > 0, else α(exp(xᵢ) − 1)"""
    return np.where(x > 0, x, alpha * np.expm1(np.where(x > 0, 0.0, x)))  # which cannot overflow


@gradient_of(elu)
def elu_dx(g: Array, y: Array, x: Array, *, alpha: float = 1.0) -> Array:
    """∂L/∂xᵢ = ∂L/∂yᵢ if xᵢ > 0, else ∂L/∂yᵢ (yᵢ + α)"""
    return g * np.where(x > 0, 1.0, y + alpha)


@printed()
def selu(x: Array) -> Array:
    """yᵢ = λxᵢ if xᵢ > 0, else λα(exp(xᵢ) − 1)"""
    return SELU_LAMBDA * elu(x, alpha=SELU_ALPHA)


@gradient_of(selu)
def selu_dx(g: Array, y: Array, x: Array) -> Array:
    """∂L/∂xᵢ = ∂L/∂yᵢ λ if xᵢ > 0, else ∂L/∂yᵢ (yᵢ + λα)"""
    return g * np.where(x > 0, SELU_LAMBDA, y + SELU_LAMBDA * SELU_ALPHA)


def sigmoid(x: Array) -> Array:
    """yᵢ = 1/(1 + exp(−xᵢ))

    Shapes: x any, the result the same.
    Source: activation.sigmoid.y.

    >>> sigmoid(np.array([-1000.0, 0.0, 1000.0]))
    array([0. , 0.5, 1. ])
    """
    return logistic(x)


@gradient_of(sigmoid, also="printed with the outer product y(1 − y)ᵀ")
def sigmoid_dx(g: Array, y: Array, x: Array) -> Array:
    """∂L/∂x = ∂L/∂y diag(y ⊙ (1 − y))"""
    return g * y * (1.0 - y)


def softmax(x: Array, *, axis: int = -1) -> Array:
    """yᵢ = exp(xᵢ)/Σₖ exp(xₖ) along `axis`

    Shapes: x and the result (..., K), K along `axis`.
    Source: activation.softmax.y.

    >>> softmax(np.array([1000.0, 1000.0, -1e30]))
    array([0.5, 0.5, 0. ])
    """
    return shares(x, axis=axis)


@gradient_of(softmax, "g, y, x and the result (..., K), K along `axis`")
def softmax_dx(g: Array, y: Array, x: Array, *, axis: int = -1) -> Array:
    """∂L/∂x = sᵀ − yᵀ Σ sᵢ, where sᵢ = ∂L/∂yᵢ yᵢ"""
    s = g * y
    return s - y * np.sum(s, axis=axis, keepdims=True)


@ours("x and the result (..., K), K along `axis`")
def log_softmax(x: Array, *, axis: int = -1) -> Array:
    """yᵢ = xᵢ − log Σₖ exp(xₖ) along `axis`"""
    return log_shares(x, axis=axis)


@gradient_of(log_softmax, "g, y, x and the result (..., K), K along `axis`")
def log_softmax_dx(g: Array, y: Array, x: Array, *, axis: int = -1) -> Array:
    """∂L/∂xᵢ = ∂L/∂yᵢ − exp(yᵢ) Σₖ ∂L/∂yₖ"""
    return g - np.exp(y) * np.sum(g, axis=axis, keepdims=True)


@printed()
def softplus(x: Array) -> Array:
    """yᵢ = log(exp(xᵢ) + 1)"""
    return np.logaddexp(x, 0.0)


@gradient_of(softplus)
def softplus_dx(g: Array, y: Array, x: Array) -> Array:
    """∂L/∂x = ∂L/∂y diag(exp(xᵢ)/(exp(xᵢ) + 1))"""
    return g * sigmoid(x)


@printed()
def tanh(x: Array) -> Array:
    """yᵢ = (exp(xᵢ) − exp(−xᵢ))/(exp(xᵢ) + exp(−xᵢ))"""
    return np.tanh(x)


@gradient_of(tanh, also="printed with the outer product I − yyᵀ")
def tanh_dx(g: Array, y: Array, x: Array) -> Array:
    """∂L/∂x = ∂L/∂y diag(1 − y ⊙ y)"""
    return g * (1.0 - y * y)


@ours(after="Elfwing et al. 2018")
def silu(x: Array) -> Array:
    """yᵢ = xᵢ σ(xᵢ)"""
    return x * sigmoid(x)


@gradient_of(silu)
def silu_dx(g: Array, y: Array, x: Array) -> Array:
    """∂L/∂xᵢ = ∂L/∂yᵢ sᵢ (1 + xᵢ (1 − sᵢ)), where sᵢ = σ(xᵢ)"""
    s = sigmoid(x)
    return g * s * (1.0 + x * (1.0 - s))  # yᵢ + sᵢ (1 − yᵢ), the same, loses a slope of 1 beside 1e30


_SCALE = math.sqrt(2.0 / math.pi)
_CUBIC = 0.044715


@ours(raises='ValueError for another `approximate` than "none" and "tanh"', after="Hendrycks and Gimpel 2016")
def gelu(x: Array, *, approximate: Approximate = "none") -> Array:
    """yᵢ = xᵢ Φ(xᵢ) = ½ xᵢ (1 + erf(xᵢ/√2)), or its tanh form ½ xᵢ (1 + tanh(√(2/π) (xᵢ + 0.044715 xᵢ³)))"""
    if _known(approximate) == "none":
        return 0.5 * x * (1.0 + erf(x / math.sqrt(2.0)))
    u = np.clip(x, -20.0, 20.0)  # tanh is ±1 there, and x³ does not overflow
    return 0.5 * x * (1.0 + np.tanh(_SCALE * (u + _CUBIC * u * u * u)))


@gradient_of(gelu, raises='ValueError for another `approximate` than "none" and "tanh"')
def gelu_dx(g: Array, y: Array, x: Array, *, approximate: Approximate = "none") -> Array:
    """∂L/∂xᵢ = ∂L/∂yᵢ (Φ(xᵢ) + xᵢ Φ'(xᵢ))"""
    x = np.maximum(-40.0, np.minimum(x, 40.0))  # beyond, Φ does not change, and powers would overflow
    if _known(approximate) == "none":
        return g * (0.5 * (1.0 + erf(x / math.sqrt(2.0))) + x * np.exp(-0.5 * x * x) / math.sqrt(2.0 * math.pi))
    t = np.tanh(_SCALE * (x + _CUBIC * x * x * x))
    return g * (0.5 * (1.0 + t) + x * (0.5 * (1.0 - t * t) * _SCALE * (1.0 + 3.0 * _CUBIC * x * x)))


def _known(approximate: Approximate) -> Approximate:
    if approximate not in get_args(Approximate):
        raise ValueError(f"gelu: approximate must be 'none' or 'tanh', got {approximate!r}")
    return approximate
