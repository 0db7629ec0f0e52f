"""Activations whose every step writes into memory that is there already.

Where a slope costs the forward pass little, and the backward pass an exponential, the forward pass keeps it.
"""

from __future__ import annotations

import math
from functools import cache

import numpy as np

from ..closed_form import activation as cf
from ..closed_form.notation import Array
from ..engine.values import Kept, known_finite
from .memory import LINE
from .pointwise import BLOCK, bits, number, pointwise, positive
from .special import add_log1p, cumulative
from .twins import twin_of

# ---- in pieces: no step asks a mask, which costs ten times a product where it has no pattern -----------------------


@twin_of(cf.relu)
def relu(x: Array) -> Array:
    """yᵢ = max{0, xᵢ}"""
    return pointwise(lambda x, y: np.clip(x, 0, np.inf, out=y), x)


@twin_of(cf.relu_dx, nan=True)
def relu_dx(g: Array, y: Array, x: Array) -> Array:
    """∂L/∂xᵢ = ∂L/∂yᵢ if xᵢ > 0, else 0"""
    long = y.size > BLOCK // 2

    def step(g: Array, y: Array, dx: Array) -> None:
        if long or np.isnan(np.max(y)):
            np.sign(y, out=dx)
            np.multiply(dx, g, out=dx)
        else:  # in the cache a mask takes half as long, and tells no nan
            np.multiply(g, np.greater(y, 0), out=dx)

    dx = pointwise(step, g, y, looked=True)
    if not known_finite(dx):
        np.copyto(dx, 0, where=np.equal(y, 0))  # where 0 · ∞ is nan
    return dx


@twin_of(cf.relu6)
def relu6(x: Array) -> Array:
    """yᵢ = min{max{0, xᵢ}, 6}"""

    def step(x: Array, y: Array) -> None:
        np.clip(x, 0, 6, out=y)
        np.add(y, 0, out=y)

    return pointwise(step, x, looked=True)


@twin_of(cf.relu6_dx)
def relu6_dx(g: Array, y: Array, x: Array) -> Array:
    """∂L/∂xᵢ = ∂L/∂yᵢ if 0 < xᵢ < 6, else 0"""
    six, last = number(g.dtype, 6.0), 8 * g.itemsize - 1

    def step(g: Array, y: Array, dx: Array, t: Array) -> None:
        passes, below = positive(y, bits(dx)), bits(t)
        np.subtract(bits(y), six, out=below)
        np.right_shift(below, last, out=below)
        np.bitwise_and(passes, below, out=passes)
        np.bitwise_and(passes, bits(g), out=passes)

    return pointwise(step, g, y, temporaries=1, looked=True)


@twin_of(cf.leaky_relu)
def leaky_relu(x: Array, *, negative_slope: float = 0.01) -> Array:
    """yᵢ = xᵢ if xᵢ > 0, else negative_slope xᵢ"""

    def step(x: Array, y: Array, t: Array) -> None:
        np.clip(x, -np.inf, 0, out=t)
        np.multiply(t, negative_slope, out=t)
        np.clip(x, 0, np.inf, out=y)
        np.add(y, t, out=y)

    def largest(x: Array, y: Array) -> None:
        np.multiply(x, negative_slope, out=y)
        np.maximum(y, x, out=y)

    if 0 < negative_slope <= 1:
        return pointwise(largest, x, looked=True)
    return pointwise(step, x, temporaries=1, looked=True)


@twin_of(cf.leaky_relu_dx)
def leaky_relu_dx(g: Array, y: Array, x: Array, *, negative_slope: float = 0.01) -> Array:
    """∂L/∂xᵢ = ∂L/∂yᵢ if xᵢ > 0, else negative_slope ∂L/∂yᵢ"""
    one, other, last = number(g.dtype, 1.0), number(g.dtype, negative_slope), 8 * g.itemsize - 1

    def step(g: Array, x: Array, dx: Array) -> None:
        slope = bits(dx)
        np.subtract(0, x, out=dx)  # −0 becomes 0, which is not below it
        np.right_shift(slope, last, out=slope)
        np.bitwise_and(slope, one ^ other, out=slope)
        np.bitwise_xor(slope, other, out=slope)
        np.multiply(dx, g, out=dx)

    return pointwise(step, g, x, looked=True)


@twin_of(cf.elu)
def elu(x: Array, *, alpha: float = 1.0) -> Array:
    """yᵢ = xᵢ if xᵢ > 0, else α(exp(xᵢ) − 1)"""
    return _elu(x, 1.0, alpha)


@twin_of(cf.selu)
def selu(x: Array) -> Array:
    """yᵢ = λxᵢ if xᵢ > 0, else λα(exp(xᵢ) − 1)"""
    return _elu(x, cf.SELU_LAMBDA, cf.SELU_LAMBDA * cf.SELU_ALPHA)


def _elu(x: Array, right: float, left: float) -> Array:
    def step(x: Array, y: Array, t: Array) -> None:
        np.clip(x, -np.inf, 0, out=y)
        np.expm1(y, out=y)
        np.multiply(y, left, out=y)
        np.clip(x, 0, np.inf, out=t)
        np.multiply(t, right, out=t)
        np.add(y, t, out=y)

    return pointwise(step, x, temporaries=1)


@twin_of(cf.elu_dx, nan=True)
def elu_dx(g: Array, y: Array, x: Array, *, alpha: float = 1.0) -> Array:
    """∂L/∂xᵢ = ∂L/∂yᵢ if xᵢ > 0, else ∂L/∂yᵢ (yᵢ + α)"""
    return _elu_dx(g, y, 1.0, alpha) if alpha >= 0 else cf.elu_dx(g, y, x, alpha=alpha)


@twin_of(cf.selu_dx, nan=True)
def selu_dx(g: Array, y: Array, x: Array) -> Array:
    """∂L/∂xᵢ = ∂L/∂yᵢ λ if xᵢ > 0, else ∂L/∂yᵢ (yᵢ + λα)"""
    return _elu_dx(g, y, cf.SELU_LAMBDA, cf.SELU_LAMBDA * cf.SELU_ALPHA)


def _elu_dx(g: Array, y: Array, right: float, left: float) -> Array:
    """Of a y that is positive where x is: the slope is y + left up to 0, and `right` beyond."""
    more = g.dtype.type(right - left)

    def step(g: Array, y: Array, dx: Array, t: Array) -> None:
        np.clip(y, -np.inf, 0, out=dx)
        np.add(dx, left, out=dx)
        if more:
            np.multiply(np.greater(y, 0), more, out=t)
            np.add(dx, t, out=dx)
        np.multiply(dx, g, out=dx)

    return pointwise(step, g, y, temporaries=1, looked=True)


# ---- exponentials ------------------------------------------------------------------------------------------------


@twin_of(cf.tanh)
def tanh(x: Array) -> Array:
    """y = tanh x"""
    return pointwise(np.tanh, x)


@twin_of(cf.tanh_dx, nan=True)
def tanh_dx(g: Array, y: Array, x: Array) -> Array:
    """∂L/∂x = ∂L/∂y ⊙ (1 − y ⊙ y)"""

    def step(g: Array, y: Array, dx: Array) -> None:
        np.multiply(y, y, out=dx)
        np.subtract(1, dx, out=dx)
        np.multiply(dx, g, out=dx)

    return pointwise(step, g, y, looked=True)


def logistic(x: Array, y: Array) -> None:
    """y = 1/(1 + exp(−x)), exact in its last bits on either side of 0: what overflows is the 0 that it should be."""
    np.negative(x, out=y)
    np.exp(y, out=y)
    np.add(y, 1, out=y)
    np.divide(1, y, out=y)


@cache
def tells() -> bool:
    """Whether the processor tells that ∞/∞ is none."""
    many = np.full(LINE, np.inf, np.float32)
    try:
        with np.errstate(invalid="raise"):
            np.divide(many, many)
    except FloatingPointError:
        return True
    return False


@twin_of(cf.sigmoid)
def sigmoid(x: Array) -> Array:
    """yᵢ = exp(xᵢ)/(1 + exp(xᵢ)), a pass less than 1/(1 + exp(−xᵢ)), which it is where the first would be ∞/∞"""

    def step(x: Array, y: Array, t: Array) -> None:
        try:
            with np.errstate(invalid="raise", over="ignore"):
                np.exp(x, out=y)
                np.add(y, 1, out=t)
                np.divide(y, t, out=y)
        except FloatingPointError:
            logistic(x, y)

    return pointwise(step, x, temporaries=1) if tells() else pointwise(logistic, x)


@twin_of(cf.sigmoid_dx, nan=True)
def sigmoid_dx(g: Array, y: Array, x: Array) -> Array:
    """∂L/∂x = ∂L/∂y ⊙ y ⊙ (1 − y)"""

    def step(g: Array, y: Array, dx: Array) -> None:
        np.subtract(1, y, out=dx)
        np.multiply(dx, y, out=dx)
        np.multiply(dx, g, out=dx)

    return pointwise(step, g, y, looked=True)


@twin_of(cf.silu)
def silu(x: Array) -> Kept:
    """yᵢ = xᵢ sᵢ, where sᵢ = σ(xᵢ); kept is the slope sᵢ (1 + xᵢ (1 − sᵢ))"""

    def step(x: Array, y: Array, slope: Array, s: Array) -> None:
        logistic(x, s)
        np.multiply(x, s, out=y)
        np.subtract(1, s, out=slope)
        np.multiply(slope, x, out=slope)
        np.add(slope, 1, out=slope)
        np.multiply(slope, s, out=slope)

    return Kept(*pointwise(step, x, results=2, temporaries=1))


@twin_of(cf.silu_dx, nan=True)
def silu_dx(g: Array, y: Array, x: Array, *, kept: Array | None = None) -> Array:
    """∂L/∂xᵢ = ∂L/∂yᵢ times the slope"""
    return pointwise(np.multiply, g, kept, looked=True)


@twin_of(cf.softplus)
def softplus(x: Array) -> Array:
    """yᵢ = max{0, xᵢ} + log(1 + exp(−|xᵢ|))"""

    def step(x: Array, y: Array, e: Array, t: Array) -> None:
        np.abs(x, out=e)
        np.negative(e, out=e)
        np.exp(e, out=e)
        np.clip(x, 0, np.inf, out=y)
        add_log1p(e, y, t)

    return pointwise(step, x, temporaries=2)


@twin_of(cf.softplus_dx, nan=True)
def softplus_dx(g: Array, y: Array, x: Array) -> Array:
    """∂L/∂xᵢ = ∂L/∂yᵢ (1 − exp(−yᵢ)): exp(yᵢ) is exp(xᵢ) + 1"""

    def step(g: Array, y: Array, dx: Array) -> None:
        np.negative(y, out=dx)
        np.expm1(dx, out=dx)
        np.negative(dx, out=dx)
        np.multiply(dx, g, out=dx)

    return pointwise(step, g, y, looked=True)


@twin_of(cf.gelu)
def gelu(x: Array, *, approximate: cf.Approximate = "none") -> Kept | Array:
    """yᵢ = xᵢ Φ(xᵢ); kept is the slope Φ(xᵢ) + xᵢ Φ'(xᵢ)"""
    if approximate not in ("none", "tanh"):
        return cf.gelu(x, approximate=approximate)
    step = _gelu if approximate == "none" else _gelu_of_tanh
    return Kept(*pointwise(step, x, results=2, temporaries=2, looked=True))


@twin_of(cf.gelu_dx)
def gelu_dx(g: Array, y: Array, x: Array, *, approximate: cf.Approximate = "none", kept: Array | None = None) -> Array:
    """∂L/∂xᵢ = ∂L/∂yᵢ times the slope"""
    return pointwise(np.multiply, g, kept, looked=True)


def _gelu(x: Array, y: Array, slope: Array, a: Array, t: Array) -> None:
    cumulative(x, y, slope, a, t)
    np.multiply(y, x, out=y)


SCALE = math.sqrt(2.0 / math.pi)
CUBIC = 0.044715


def _gelu_of_tanh(x: Array, y: Array, slope: Array, u: Array, t: Array) -> None:
    """With u = √(2/π) (x + 0.044715 x³): Φ = ½ (1 + tanh u), and Φ' = 2 Φ (1 − Φ) du/dx"""
    np.clip(x, -40, 40, out=u)  # beyond, Φ does not change, and powers would overflow
    np.multiply(u, u, out=slope)
    np.multiply(slope, SCALE * CUBIC, out=t)
    np.add(t, SCALE, out=t)
    np.multiply(t, u, out=t)
    np.tanh(t, out=y)
    np.multiply(slope, 3.0 * SCALE * CUBIC, out=slope)
    np.add(slope, SCALE, out=slope)
    np.multiply(slope, u, out=slope)
    np.multiply(y, y, out=t)
    np.subtract(1, t, out=t)
    np.multiply(slope, t, out=slope)
    np.add(slope, y, out=slope)
    np.add(slope, 1, out=slope)
    np.multiply(slope, 0.5, out=slope)
    np.add(y, 1, out=y)
    np.multiply(y, 0.5, out=y)
    np.multiply(y, x, out=y)
