"""Layer Normalization: a row after the other, all its steps while it is in the cache; statistics in float64."""

from __future__ import annotations

import math
from typing import Any, NamedTuple

import numpy as np
from numpy.lib.array_utils import normalize_axis_tuple

from ...closed_form import normalization as cf
from ...closed_form.moments import AffineGradients, Axes
from ...closed_form.notation import Array, Maybe
from ...engine.values import Kept
from ..memory import empty
from ..threads import halves
from .jit import compiled_twin, inline, loop, plain, read


class RowMoments(NamedTuple):
    """Of each row the mean, less the first element, and 1/√(σ² + ε), which is 0 where the row has no spread."""

    mean: Array
    inverse: Array


def length(x: Array, axes: Axes) -> int:
    """How long a row is; 0 where the axes of a sample are not the last ones."""
    k = len(axes)
    last = sorted(normalize_axis_tuple(axes, x.ndim)) == list(range(x.ndim - k, x.ndim))
    return math.prod(x.shape[x.ndim - k :]) if last else 0


def parameter(v: Maybe, M: int, otherwise: float, dtype: Any) -> Array:
    """The parameter as a row."""
    return read(np.full(M, otherwise, dtype) if v is None else np.asarray(v, dtype), M)


@inline
def beyond(x: float, first: float, mean: float) -> float:
    """x − μ, where μ is `mean` less `first`: in this order equal elements deviate from nothing."""
    return (np.float64(x) - first) - mean


@loop
def forward(x: Array, gamma: Array, beta: Array, eps: float, y: Array, mean: Array, inverse: Array) -> None:
    """Each row of x normalized into y, with its mean and the inverse of its deviation."""
    rows, M = x.shape
    for i in range(rows):
        first = np.float64(x[i, 0])
        total, square = 0.0, 0.0
        for j in range(M):
            total += beyond(x[i, j], first, 0.0)
        m = total / M
        for j in range(M):
            d = beyond(x[i, j], first, m)
            square += d * d
        spread = square / M + eps
        r = 0.0 if spread == 0 else 1 / math.sqrt(spread)
        mean[i], inverse[i] = m, r
        for j in range(M):
            y[i, j] = beyond(x[i, j], first, m) * r * gamma[j] + beta[j]


@loop
def backward(
    g: Array, x: Array, gamma: Array, mean: Array, inverse: Array, dx: Array, dgamma: Array, dbeta: Array
) -> None:
    """The gradients of `forward`, row by row; those of γ and β are added up."""
    rows, M = x.shape
    for i in range(rows):
        first, m, r = np.float64(x[i, 0]), mean[i], inverse[i]
        along_1, along_x = 0.0, 0.0
        for j in range(M):
            s, x_hat = np.float64(g[i, j] * gamma[j]), beyond(x[i, j], first, m) * r
            along_1 += s
            along_x += s * x_hat
            dgamma[j] += g[i, j] * x_hat
            dbeta[j] += g[i, j]
        along_1, along_x = along_1 / M, along_x / M
        for j in range(M):
            x_hat = beyond(x[i, j], first, m) * r
            dx[i, j] = (g[i, j] * gamma[j] - along_1 - x_hat * along_x) * r


@compiled_twin(cf.layer_norm)
def layer_norm(
    x: Array, gamma: Array | None = None, beta: Array | None = None, *, axes: Axes = (-1,), eps: float = 1e-5
) -> Any:
    """y = γ ⊙ (x − μ)/√(σ² + ε) + β"""
    M = length(x, axes)
    if not M or not plain(x):
        return None
    y, rows = empty(x.shape, x.dtype), read(x, -1, M)
    out, weight, bias = y.reshape(-1, M), parameter(gamma, M, 1.0, x.dtype), parameter(beta, M, 0.0, x.dtype)
    mean, inverse = np.empty((2, len(rows)))

    def part(start: int, stop: int) -> None:
        s = slice(start, stop)
        forward(rows[s], weight, bias, eps, out[s], mean[s], inverse[s])

    halves(part, len(rows), x.size)
    return Kept(y, RowMoments(mean, inverse))


@compiled_twin(cf.layer_norm_gradients)
def layer_norm_gradients(
    g: Array,
    y: Array,
    x: Array,
    gamma: Maybe = None,
    beta: Maybe = None,
    *,
    axes: Axes = (-1,),
    eps: float = 1e-5,
    kept: Any = None,
) -> AffineGradients | None:
    """∂L/∂x, ∂L/∂γ and ∂L/∂β"""
    if not isinstance(kept, RowMoments):
        return None
    M, dx = length(x, axes), empty(x.shape, x.dtype)
    rows, cotangents, weight = read(x, -1, M), read(np.asarray(g, x.dtype), -1, M), parameter(gamma, M, 1.0, x.dtype)
    out = dx.reshape(-1, M)

    def part(start: int, stop: int) -> Array:
        s, sums = slice(start, stop), np.zeros((2, M))
        backward(cotangents[s], rows[s], weight, kept.mean[s], kept.inverse[s], out[s], sums[0], sums[1])
        return sums

    dgamma, dbeta = sum(halves(part, len(rows), x.size))
    like = [None if v is None else d.astype(x.dtype).reshape(v.shape) for v, d in ((gamma, dgamma), (beta, dbeta))]
    return AffineGradients(dx, *like)
