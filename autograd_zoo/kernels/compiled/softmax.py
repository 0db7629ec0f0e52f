"""Softmax and its logarithm in float32: each row is read while it is in the cache."""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import Any

import numpy as np

from ...closed_form import activation as cf
from ...closed_form.notation import Array
from ..memory import empty
from ..threads import halves
from .elementary import INFINITY, exp
from .jit import NOTHING, compiled_twin, inline, inner, loop, noted, plain, read, summing, zero_of


@inline
def turned(bits: Any) -> Any:
    """The bits of a float32 as an integer that is larger where the number is, and the other way round."""
    return np.int32(bits ^ ((bits >> np.int32(31)) & np.int32(0x7FFFFFFF)))


@inner
def peak(x: Array, i: int) -> Any:
    """The largest of row i, or 0 where that is infinite or NaN. (Of integers a compiler finds it several at once.)"""
    top = np.int32(-0x80000000)
    for j in range(x.shape[1]):
        key = turned(np.float32(x[i, j]).view(np.int32))
        top = key if key > top else top
    largest = np.int32(turned(top)).view(np.float32)
    return largest if abs(largest) < INFINITY else np.float32(0)


@summing
def forward(x: Array, y: Array) -> None:
    """Rows of x to their softmax."""
    for i in range(x.shape[0]):
        top, total = peak(x, i), np.float32(0)
        for j in range(x.shape[1]):
            y[i, j] = exp(x[i, j] - top)
        for j in range(x.shape[1]):
            total += y[i, j]
        share = np.float32(1) / total
        for j in range(x.shape[1]):
            y[i, j] *= share


@summing
def backward(g: Array, y: Array, dx: Array) -> float:
    """The gradient of `forward`; what is returned is finite if all of it is."""
    told = NOTHING
    for i in range(y.shape[0]):
        total = y.dtype.type(0)
        for j in range(y.shape[1]):
            total += g[i, j] * y[i, j]
        for j in range(y.shape[1]):
            dx[i, j] = y[i, j] * (g[i, j] - total)
        told += zero_of(dx[i])
    return told


@inner
def scale(x: Array, i: int) -> Any:
    """The largest number m of row i, and Σ exp(x − m)."""
    top, total = peak(x, i), np.float32(0)
    for j in range(x.shape[1]):
        total += exp(x[i, j] - top)
    return top, total


@loop
def log_forward(x: Array, y: Array) -> None:
    """Rows of x to the logarithm of their softmax."""
    for i in range(x.shape[0]):
        top, total = scale(x, i)
        shift = np.float32(math.log(total))
        for j in range(x.shape[1]):
            y[i, j] = (x[i, j] - top) - shift


@summing
def log_backward(g: Array, y: Array, dx: Array) -> float:
    """The gradient of `log_forward`; what is returned is finite if all of it is."""
    told = NOTHING
    for i in range(y.shape[0]):
        total = np.float32(0)
        for j in range(y.shape[1]):
            total += g[i, j]
        for j in range(y.shape[1]):
            dx[i, j] = g[i, j] - exp(y[i, j]) * total
        told += zero_of(dx[i])
    return told


def usual(x: Array, axis: int) -> bool:
    """Whether each row of x, contiguous, is a sample."""
    return x.size > 0 and axis in (-1, x.ndim - 1) and x.ndim > 0 and x.dtype == np.float32 and plain(x)


def by_rows(step: Callable[..., Any], *arrays: Array) -> Array:
    """The array that `step(*inputs, out)` fills, row after row."""
    y = empty(arrays[0].shape, arrays[0].dtype)
    rows = [*[read(a, -1, y.shape[-1]) for a in arrays], y.reshape(-1, y.shape[-1])]
    told = halves(lambda start, stop: step(*[a[start:stop] for a in rows]), len(rows[0]), y.size)
    noted(y, told)
    return y


@compiled_twin(cf.softmax)
def softmax(x: Array, *, axis: int = -1) -> Array | None:
    """yᵢ = exp(xᵢ)/Σₖ exp(xₖ)"""
    return by_rows(forward, x) if usual(x, axis) else None


@compiled_twin(cf.softmax_dx)
def softmax_dx(g: Array, y: Array, x: Array, *, axis: int = -1) -> Array | None:
    """∂L/∂xᵢ = yᵢ (∂L/∂yᵢ − Σₖ ∂L/∂yₖ yₖ)"""
    return by_rows(backward, g, y) if usual(y, axis) and plain(y, g) else None


@compiled_twin(cf.log_softmax)
def log_softmax(x: Array, *, axis: int = -1) -> Array | None:
    """yᵢ = xᵢ − log Σₖ exp(xₖ)"""
    return by_rows(log_forward, x) if usual(x, axis) else None


@compiled_twin(cf.log_softmax_dx)
def log_softmax_dx(g: Array, y: Array, x: Array, *, axis: int = -1) -> Array | None:
    """∂L/∂xᵢ = ∂L/∂yᵢ − exp(yᵢ) Σₖ ∂L/∂yₖ"""
    return by_rows(log_backward, g, y) if usual(y, axis) and plain(y, g) else None
