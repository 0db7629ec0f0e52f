"""Activations, in one pass over memory. Of float64 only what needs no exponential is here."""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import Any

import numpy as np

from ...closed_form import activation as cf
from ...closed_form.notation import Array
from ...engine.values import Kept
from ..memory import empty
from ..threads import halves
from .elementary import HALF, INVERSE_ROOT, ONE, F, bell, clipped, cumulative, expm1, logistic
from .elementary import tanh as tangent
from .jit import NOTHING, compiled_twin, loop, noted, plain, read, summing

SIX: Any = F(6)
SCALE, CUBIC, THRICE = F(math.sqrt(2.0 / math.pi)), F(0.044715 * math.sqrt(2.0 / math.pi)), F(3)


def pointwise(
    step: Callable[..., Any],
    *arrays: Array,
    results: int = 1,
    dtypes: str = "fd",
    numbers: tuple[float, ...] = (),
) -> Any:
    """What `step(*inputs, *results, *numbers)` fills, all as vectors: an array, or several; None of other arrays.

    A step may return 0 if all of the first result is finite.
    """
    if arrays[0].dtype.char not in dtypes or not plain(*arrays):
        return None
    given = [arrays[0].dtype.type(v) for v in numbers]
    found = [empty(arrays[0].shape, arrays[0].dtype) for _ in range(results)]
    flat = [*[read(a, -1) for a in arrays], *[y.reshape(-1) for y in found]]
    told = halves(lambda start, stop: step(*[a[start:stop] for a in flat], *given), found[0].size, found[0].size)
    noted(found[0], told)
    return found[0] if results == 1 else found


@loop
def _relu(x: Array, y: Array) -> None:
    for i in range(x.size):
        y[i] = 0 if x[i] <= 0 else x[i]


@summing
def _relu_dx(g: Array, x: Array, dx: Array) -> float:
    told = NOTHING
    for i in range(x.size):
        v = g[i] if x[i] > 0 else NOTHING if x[i] <= 0 else x[i]
        dx[i] = v
        told += v * NOTHING
    return told


@summing
def _relu6(x: Array, y: Array) -> float:
    told = NOTHING
    for i in range(x.size):
        v = NOTHING if x[i] <= 0 else SIX if x[i] >= 6 else x[i]
        y[i] = v
        told += v * NOTHING
    return told


@summing
def _relu6_dx(g: Array, x: Array, dx: Array) -> float:
    told = NOTHING
    for i in range(x.size):
        v = g[i] if (x[i] > 0) & (x[i] < 6) else NOTHING
        dx[i] = v
        told += v * NOTHING
    return told


@loop
def _tanh(x: Array, y: Array) -> None:
    for i in range(x.size):
        y[i] = tangent(x[i])


@summing
def _tanh_dx(g: Array, y: Array, dx: Array) -> float:
    told = NOTHING
    for i in range(y.size):
        v = g[i] * (1 - y[i] * y[i])
        dx[i] = v
        told += v * NOTHING
    return told


@loop
def _sigmoid(x: Array, y: Array) -> None:
    for i in range(x.size):
        y[i] = logistic(x[i])


@summing
def _sigmoid_dx(g: Array, y: Array, dx: Array) -> float:
    told = NOTHING
    for i in range(y.size):
        v = g[i] * y[i] * (1 - y[i])
        dx[i] = v
        told += v * NOTHING
    return told


@loop
def _silu(x: Array, y: Array, slope: Array) -> None:
    for i in range(x.size):
        s = logistic(x[i])
        y[i] = x[i] * s
        slope[i] = s + x[i] * s * (ONE - s)


@summing
def _gelu(x: Array, y: Array, slope: Array) -> float:
    told = NOTHING
    for i in range(x.size):
        e = bell(x[i])
        phi = cumulative(x[i], e)
        v = x[i] * phi
        y[i] = v
        told += v * NOTHING
        slope[i] = phi + clipped(x[i]) * e * INVERSE_ROOT
    return told


@summing
def _gelu_of_tanh(x: Array, y: Array, slope: Array) -> float:
    told = NOTHING
    for i in range(x.size):
        u = clipped(x[i])
        t = tangent(u * (SCALE + CUBIC * u * u))
        phi = HALF * (ONE + t)
        v = x[i] * phi
        y[i] = v
        told += v * NOTHING
        slope[i] = phi + HALF * u * (ONE - t * t) * (SCALE + THRICE * CUBIC * u * u)
    return told


@summing
def _product(g: Array, slope: Array, dx: Array) -> float:
    told = NOTHING
    for i in range(g.size):
        v = g[i] * slope[i]
        dx[i] = v
        told += v * NOTHING
    return told


@summing
def _leaky_relu(x: Array, y: Array, slope: float) -> float:
    told = NOTHING
    for i in range(x.size):
        v = x[i] if x[i] > 0 else slope * x[i]
        y[i] = v
        told += v * NOTHING
    return told


@summing
def _leaky_relu_dx(g: Array, x: Array, dx: Array, slope: float) -> float:
    told = NOTHING
    for i in range(x.size):
        v = g[i] if x[i] > 0 else slope * g[i]
        dx[i] = v
        told += v * NOTHING
    return told


@loop
def _elu(x: Array, y: Array, right: float, left: float) -> None:
    for i in range(x.size):
        y[i] = right * x[i] if x[i] > 0 else left * expm1(x[i])


@summing
def _elu_dx(g: Array, y: Array, dx: Array, right: float, left: float) -> float:
    told = NOTHING
    for i in range(y.size):
        v = g[i] * right if y[i] > 0 else g[i] * (y[i] + left)
        dx[i] = v
        told += v * NOTHING
    return told


@compiled_twin(cf.relu)
def relu(x: Array) -> Array | None:
    """yᵢ = max{0, xᵢ}"""
    return pointwise(_relu, x)


@compiled_twin(cf.relu_dx, nan=True)
def relu_dx(g: Array, y: Array, x: Array) -> Array | None:
    """∂L/∂xᵢ = ∂L/∂yᵢ if xᵢ > 0, else 0"""
    return pointwise(_relu_dx, np.asarray(g, order="C"), np.asarray(x, order="C"))


@compiled_twin(cf.tanh)
def tanh(x: Array) -> Array | None:
    """y = tanh x"""
    return pointwise(_tanh, x, dtypes="f")


@compiled_twin(cf.tanh_dx)
def tanh_dx(g: Array, y: Array, x: Array) -> Array | None:
    """∂L/∂x = ∂L/∂y ⊙ (1 − y ⊙ y)"""
    return pointwise(_tanh_dx, g, y)


@compiled_twin(cf.sigmoid)
def sigmoid(x: Array) -> Array | None:
    """yᵢ = 1/(1 + exp(−xᵢ))"""
    return pointwise(_sigmoid, x, dtypes="f")


@compiled_twin(cf.sigmoid_dx)
def sigmoid_dx(g: Array, y: Array, x: Array) -> Array | None:
    """∂L/∂xᵢ = ∂L/∂yᵢ yᵢ(1 − yᵢ)"""
    return pointwise(_sigmoid_dx, g, y)


@compiled_twin(cf.relu6)
def relu6(x: Array) -> Array | None:
    """yᵢ = min{max{0, xᵢ}, 6}"""
    return pointwise(_relu6, x)


@compiled_twin(cf.relu6_dx)
def relu6_dx(g: Array, y: Array, x: Array) -> Array | None:
    """∂L/∂xᵢ = ∂L/∂yᵢ if 0 < xᵢ < 6, else 0"""
    return pointwise(_relu6_dx, g, x)


@compiled_twin(cf.leaky_relu)
def leaky_relu(x: Array, *, negative_slope: float = 0.01) -> Array | None:
    """yᵢ = xᵢ if xᵢ > 0, else negative_slope xᵢ"""
    return pointwise(_leaky_relu, x, numbers=(negative_slope,))


@compiled_twin(cf.leaky_relu_dx)
def leaky_relu_dx(g: Array, y: Array, x: Array, *, negative_slope: float = 0.01) -> Array | None:
    """∂L/∂xᵢ = ∂L/∂yᵢ if xᵢ > 0, else negative_slope ∂L/∂yᵢ"""
    return pointwise(_leaky_relu_dx, g, x, numbers=(negative_slope,))


@compiled_twin(cf.elu)
def elu(x: Array, *, alpha: float = 1.0) -> Array | None:
    """yᵢ = xᵢ if xᵢ > 0, else α(exp(xᵢ) − 1)"""
    return pointwise(_elu, x, numbers=(1.0, alpha), dtypes="f")


@compiled_twin(cf.elu_dx)
def elu_dx(g: Array, y: Array, x: Array, *, alpha: float = 1.0) -> Array | None:
    """∂L/∂xᵢ = ∂L/∂yᵢ if xᵢ > 0, else ∂L/∂yᵢ (yᵢ + α); of an α below 0 the sign of y does not tell that of x"""
    return pointwise(_elu_dx, g, y, numbers=(1.0, alpha)) if alpha >= 0 else None


@compiled_twin(cf.selu)
def selu(x: Array) -> Array | None:
    """yᵢ = λxᵢ if xᵢ > 0, else λα(exp(xᵢ) − 1)"""
    return pointwise(_elu, x, numbers=(cf.SELU_LAMBDA, cf.SELU_LAMBDA * cf.SELU_ALPHA), dtypes="f")


@compiled_twin(cf.selu_dx)
def selu_dx(g: Array, y: Array, x: Array) -> Array | None:
    """∂L/∂xᵢ = ∂L/∂yᵢ λ if xᵢ > 0, else ∂L/∂yᵢ (yᵢ + λα)"""
    return pointwise(_elu_dx, g, y, numbers=(cf.SELU_LAMBDA, cf.SELU_LAMBDA * cf.SELU_ALPHA))


@compiled_twin(cf.silu)
def silu(x: Array) -> Any:
    """yᵢ = xᵢ sᵢ, where sᵢ = σ(xᵢ); kept is the slope sᵢ (1 + xᵢ (1 − sᵢ))"""
    found = pointwise(_silu, x, results=2, dtypes="f")
    return None if found is None else Kept(*found)


@compiled_twin(cf.silu_dx)
def silu_dx(g: Array, y: Array, x: Array, *, kept: Any = None) -> Array | None:
    """∂L/∂xᵢ = ∂L/∂yᵢ times the slope"""
    return pointwise(_product, g, kept)


@compiled_twin(cf.gelu)
def gelu(x: Array, *, approximate: cf.Approximate = "none") -> Any:
    """yᵢ = xᵢ Φ(xᵢ); kept is the slope Φ(xᵢ) + xᵢ Φ'(xᵢ)"""
    step = {"none": _gelu, "tanh": _gelu_of_tanh}.get(approximate)
    found = pointwise(step, x, results=2, dtypes="f") if step else None
    return None if found is None else Kept(*found)


@compiled_twin(cf.gelu_dx)
def gelu_dx(g: Array, y: Array, x: Array, *, approximate: cf.Approximate = "none", kept: Any = None) -> Array | None:
    """∂L/∂xᵢ = ∂L/∂yᵢ times the slope"""
    return pointwise(_product, g, kept)
