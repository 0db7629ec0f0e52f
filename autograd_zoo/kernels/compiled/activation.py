"""Activations, in one pass over memory. Of float64 only what needs no exponential is here."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from ...closed_form import activation as cf
from ...closed_form.notation import Array
from ...engine.values import Kept
from ..memory import empty
from ..threads import halves
from .elementary import INVERSE_ROOT, bell, clipped, cumulative, logistic
from .elementary import tanh as tangent
from .jit import compiled_twin, loop, plain, read


def pointwise(step: Callable[..., None], *arrays: Array, results: int = 1, dtypes: str = "fd") -> Any:
    """What `step(*inputs, *results)` fills, all as vectors: an array, or a list of several; None of other arrays."""
    if arrays[0].dtype.char not in dtypes or not plain(*arrays):
        return None
    found = [empty(arrays[0].shape, arrays[0].dtype) for _ in range(results)]
    flat = [*[read(a, -1) for a in arrays], *[y.reshape(-1) for y in found]]
    halves(lambda start, stop: step(*[a[start:stop] for a in flat]), found[0].size, found[0].size)
    return found[0] if results == 1 else found


@loop
def _relu(x: Array, y: Array) -> None:
    for i in range(x.size):
        y[i] = 0 if x[i] <= 0 else x[i]


@loop
def _relu_dx(g: Array, x: Array, dx: Array) -> None:
    for i in range(x.size):
        dx[i] = g[i] if x[i] > 0 else 0


@loop
def _tanh(x: Array, y: Array) -> None:
    for i in range(x.size):
        y[i] = tangent(x[i])


@loop
def _tanh_dx(g: Array, y: Array, dx: Array) -> None:
    for i in range(y.size):
        dx[i] = g[i] * (1 - y[i] * y[i])


@loop
def _sigmoid(x: Array, y: Array) -> None:
    for i in range(x.size):
        y[i] = logistic(x[i])


@loop
def _sigmoid_dx(g: Array, y: Array, dx: Array) -> None:
    for i in range(y.size):
        dx[i] = g[i] * y[i] * (1 - y[i])


@loop
def _gelu(x: Array, y: Array, slope: Array) -> None:
    for i in range(x.size):
        e = bell(x[i])
        phi = cumulative(x[i], e)
        y[i] = x[i] * phi
        slope[i] = phi + clipped(x[i]) * e * INVERSE_ROOT


@loop
def _product(g: Array, slope: Array, dx: Array) -> None:
    for i in range(g.size):
        dx[i] = g[i] * slope[i]


@compiled_twin(cf.relu)
def relu(x: Array) -> Array | None:
    """yᵢ = max{0, xᵢ}"""
    return pointwise(_relu, x)  # type: ignore[no-any-return]


@compiled_twin(cf.relu_dx)
def relu_dx(g: Array, y: Array, x: Array) -> Array | None:
    """∂L/∂xᵢ = ∂L/∂yᵢ if xᵢ > 0, else 0"""
    return pointwise(_relu_dx, g, x)  # type: ignore[no-any-return]


@compiled_twin(cf.tanh)
def tanh(x: Array) -> Array | None:
    """y = tanh x"""
    return pointwise(_tanh, x, dtypes="f")  # type: ignore[no-any-return]


@compiled_twin(cf.tanh_dx)
def tanh_dx(g: Array, y: Array, x: Array) -> Array | None:
    """∂L/∂x = ∂L/∂y ⊙ (1 − y ⊙ y)"""
    return pointwise(_tanh_dx, g, y)  # type: ignore[no-any-return]


@compiled_twin(cf.sigmoid)
def sigmoid(x: Array) -> Array | None:
    """yᵢ = 1/(1 + exp(−xᵢ))"""
    return pointwise(_sigmoid, x, dtypes="f")  # type: ignore[no-any-return]


@compiled_twin(cf.sigmoid_dx)
def sigmoid_dx(g: Array, y: Array, x: Array) -> Array | None:
    """∂L/∂xᵢ = ∂L/∂yᵢ yᵢ(1 − yᵢ)"""
    return pointwise(_sigmoid_dx, g, y)  # type: ignore[no-any-return]


@compiled_twin(cf.gelu)
def gelu(x: Array, *, approximate: cf.Approximate = "none") -> Any:
    """yᵢ = xᵢ Φ(xᵢ); kept is the slope Φ(xᵢ) + xᵢ Φ'(xᵢ)"""
    found = pointwise(_gelu, x, results=2, dtypes="f") if approximate == "none" else None
    return None if found is None else Kept(*found)


@compiled_twin(cf.gelu_dx)
def gelu_dx(g: Array, y: Array, x: Array, *, approximate: cf.Approximate = "none", kept: Any = None) -> Array | None:
    """∂L/∂xᵢ = ∂L/∂yᵢ times the slope"""
    return pointwise(_product, g, kept)  # type: ignore[no-any-return]
