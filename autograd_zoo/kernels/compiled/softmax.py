"""Softmax, and cross-entropy of what it gives, in float32: each row is read while it is in the cache."""

from __future__ import annotations

from typing import Any

import numpy as np

from ...closed_form import activation as cf
from ...closed_form.notation import Array
from ..memory import empty
from ..threads import halves
from .elementary import INFINITY, exp
from .jit import compiled_twin, inline, loop, plain, read


@inline
def peak(x: Array, i: int) -> Any:
    """The largest of a row, or 0 where that is infinite; NaN is for the sum to tell."""
    top = -INFINITY
    for j in range(x.shape[1]):
        top = x[i, j] if x[i, j] > top else top
    return top if abs(top) < INFINITY else np.float32(0)


@loop
def forward(x: Array, y: Array) -> None:
    for i in range(x.shape[0]):
        top, total = peak(x, i), np.float32(0)
        for j in range(x.shape[1]):
            y[i, j] = exp(x[i, j] - top)
        for j in range(x.shape[1]):
            total += y[i, j]
        share = np.float32(1) / total
        for j in range(x.shape[1]):
            y[i, j] *= share


@loop
def backward(g: Array, y: Array, dx: Array) -> None:
    for i in range(y.shape[0]):
        total = y.dtype.type(0)
        for j in range(y.shape[1]):
            total += g[i, j] * y[i, j]
        for j in range(y.shape[1]):
            dx[i, j] = y[i, j] * (g[i, j] - total)


def usual(x: Array, axis: int) -> bool:
    """Whether each row of x, contiguous, is a sample."""
    return x.ndim > 0 and axis in (-1, x.ndim - 1) and x.shape[-1] > 0 and x.dtype == np.float32 and plain(x)


@compiled_twin(cf.softmax)
def softmax(x: Array, *, axis: int = -1) -> Array | None:
    """yᵢ = exp(xᵢ)/Σₖ exp(xₖ)"""
    if not usual(x, axis):
        return None
    y = empty(x.shape, x.dtype)
    rows, out = read(x, -1, x.shape[-1]), y.reshape(-1, x.shape[-1])
    halves(lambda start, stop: forward(rows[start:stop], out[start:stop]), len(rows), x.size)
    return y


@compiled_twin(cf.softmax_dx)
def softmax_dx(g: Array, y: Array, x: Array, *, axis: int = -1) -> Array | None:
    """∂L/∂xᵢ = yᵢ (∂L/∂yᵢ − Σₖ ∂L/∂yₖ yₖ)"""
    if not usual(y, axis) or not plain(y, g):
        return None
    dx, rows = empty(y.shape, y.dtype), (-1, y.shape[-1])
    gs, ys, out = read(g, *rows), read(y, *rows), dx.reshape(rows)
    halves(lambda start, stop: backward(gs[start:stop], ys[start:stop], out[start:stop]), len(ys), y.size)
    return dx
