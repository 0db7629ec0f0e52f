"""Activations, continued: squashing functions, what they gate, and CELU; the conventions are the same."""

import numpy as np

from .docstrings import gradient_of, ours
from .notation import Array

__all__ = [
    "celu", "celu_dx", "glu", "glu_dx", "hardsigmoid", "hardsigmoid_dx",
    "hardswish", "hardswish_dx", "log_sigmoid", "log_sigmoid_dx", "mish", "mish_dx",
    "softsign", "softsign_dx", "swiglu", "swiglu_dx",
]  # fmt: skip


@ours()
def log_sigmoid(x: Array) -> Array:
    """yᵢ = log σ(xᵢ) = −log(1 + exp(−xᵢ))"""
    return -np.logaddexp(0.0, -x)


@gradient_of(log_sigmoid)
def log_sigmoid_dx(g: Array, y: Array, x: Array) -> Array:
    """∂L/∂xᵢ = ∂L/∂yᵢ σ(−xᵢ)"""
    return g * _sigmoid(-x)


@ours(after="Misra 2019")
def mish(x: Array) -> Array:
    """yᵢ = xᵢ tanh(log(1 + exp(xᵢ)))"""
    return x * np.tanh(np.logaddexp(0.0, x))


@gradient_of(mish)
def mish_dx(g: Array, y: Array, x: Array) -> Array:
    """∂L/∂xᵢ = ∂L/∂yᵢ (tᵢ + xᵢ (1 − tᵢ²) σ(xᵢ)), where tᵢ = tanh(log(1 + exp(xᵢ)))"""
    t = np.tanh(np.logaddexp(0.0, x))
    return g * (t + x * ((1.0 - t * t) * _sigmoid(x)))


@ours(after="Howard et al. 2019")
def hardsigmoid(x: Array) -> Array:
    """yᵢ = min{max{0, xᵢ/6 + ½}, 1}"""
    return np.where(x <= -3, 0.0, np.where(x >= 3, 1.0, x / 6.0 + 0.5))


@gradient_of(hardsigmoid)
def hardsigmoid_dx(g: Array, y: Array, x: Array) -> Array:
    """∂L/∂xᵢ = ∂L/∂yᵢ/6 if −3 < xᵢ < 3, else 0"""
    return np.where((x <= -3) | (x >= 3), 0.0, g / 6.0)


@ours(after="Howard et al. 2019")
def hardswish(x: Array) -> Array:
    """yᵢ = xᵢ min{max{0, xᵢ/6 + ½}, 1}"""
    return x * hardsigmoid(x)


@gradient_of(hardswish)
def hardswish_dx(g: Array, y: Array, x: Array) -> Array:
    """∂L/∂xᵢ = ∂L/∂yᵢ (xᵢ/3 + ½) if −3 < xᵢ < 3, else ∂L/∂yᵢ if xᵢ > 0, else 0"""
    return g * np.where(x <= -3, 0.0, np.where(x >= 3, 1.0, x / 3.0 + 0.5))


@ours()
def softsign(x: Array) -> Array:
    """yᵢ = xᵢ/(1 + |xᵢ|)"""
    return x / (1.0 + np.abs(x))


@gradient_of(softsign)
def softsign_dx(g: Array, y: Array, x: Array) -> Array:
    """∂L/∂xᵢ = ∂L/∂yᵢ/(1 + |xᵢ|)²"""
    s = 1.0 / (1.0 + np.abs(x))
    return g * s * s  # the square of 1 + |x| might overflow


@ours(after="Barron 2017")
def celu(x: Array, *, alpha: float = 1.0) -> Array:
    """yᵢ = xᵢ if xᵢ > 0, else α(exp(xᵢ/α) − 1); the slope has no step"""
    return np.where(x > 0, x, alpha * np.expm1(np.where(x > 0, 0.0, x / alpha)))


@gradient_of(celu)
def celu_dx(g: Array, y: Array, x: Array, *, alpha: float = 1.0) -> Array:
    """∂L/∂xᵢ = ∂L/∂yᵢ if xᵢ > 0, else ∂L/∂yᵢ exp(xᵢ/α)"""
    return g * np.exp(np.where(x > 0, 0.0, x / alpha))


@ours("x (..., 2K), the result (..., K), along `axis`", after="Dauphin et al. 2017")
def glu(x: Array, *, axis: int = -1) -> Array:
    """yᵢ = aᵢ σ(bᵢ) for the halves a, b of x along `axis`"""
    a, b = np.split(x, 2, axis=axis)
    return a * _sigmoid(b)


@gradient_of(glu, "g and y (..., K), x and the result (..., 2K), along `axis`")
def glu_dx(g: Array, y: Array, x: Array, *, axis: int = -1) -> Array:
    """∂L/∂aᵢ = ∂L/∂yᵢ sᵢ, ∂L/∂bᵢ = ∂L/∂yᵢ aᵢ sᵢ (1 − sᵢ), where sᵢ = σ(bᵢ)"""
    a, b = np.split(x, 2, axis=axis)
    s = _sigmoid(b)
    return np.concatenate([g * s, g * (a * (s * (1.0 - s)))], axis=axis)


@ours("x (..., 2K), the result (..., K), along `axis`", after="Shazeer 2020")
def swiglu(x: Array, *, axis: int = -1) -> Array:
    """yᵢ = aᵢ σ(aᵢ) bᵢ for the halves a, b of x along `axis`"""
    a, b = np.split(x, 2, axis=axis)
    return a * _sigmoid(a) * b


@gradient_of(swiglu, "g and y (..., K), x and the result (..., 2K), along `axis`")
def swiglu_dx(g: Array, y: Array, x: Array, *, axis: int = -1) -> Array:
    """∂L/∂aᵢ = ∂L/∂yᵢ bᵢ sᵢ (1 + aᵢ (1 − sᵢ)), ∂L/∂bᵢ = ∂L/∂yᵢ aᵢ sᵢ, where sᵢ = σ(aᵢ)"""
    a, b = np.split(x, 2, axis=axis)
    s = _sigmoid(a)
    return np.concatenate([g * b * s * (1.0 + a * (1.0 - s)), g * (a * s)], axis=axis)


def _sigmoid(x: Array) -> Array:
    """As `activation.sigmoid`, whose file imports this one."""
    return np.exp(log_sigmoid(x))
