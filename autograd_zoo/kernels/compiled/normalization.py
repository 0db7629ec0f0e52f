"""Layer and RMS Normalization: a row after the other, all its steps while it is in the cache.

Means are summed in float64. A deviation is x less the mean, and then what the dtype of x has not of the mean: so it has
all digits. What has no spread, or too much for its dtype, or holds a NaN, is left to the kernel in NumPy.
"""

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
from ..statistics import safe
from ..threads import halves
from .jit import NOTHING, compiled_twin, inline, noted, plain, read, summing, zero_of

FEW = 32  # rows whose sums are taken in the dtype of x, before they are added up in float64
RUN = 2048  # elements of a row that are so, too


class RowMoments(NamedTuple):
    """Of each row the mean, what is left of it, and 1/√(σ² + ε)."""

    mean: Array
    rest: Array
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
def deviation(x: float, mean: float, rest: float) -> float:
    """x − μ, in this order: so equal elements deviate from nothing."""
    return (x - mean) - rest


@inline
def above(x: float, first: float) -> float:
    """How much x is more than the first element, in float64."""
    return np.float64(x) - first


@summing
def forward(
    x: Array, gamma: Array, beta: Array, eps: float, y: Array, mean: Array, rest: Array, inverse: Array
) -> None:
    """Each row of x normalized into y, with its moments."""
    (rows, M), number = x.shape, x.dtype.type
    for i in range(rows):
        first, total, squares = np.float64(x[i, 0]), 0.0, 0.0
        for j in range(M):
            total += above(x[i, j], first)
        mean[i] = number(first + total / M)
        rest[i] = number((first - np.float64(mean[i])) + total / M)
        m, left = mean[i], rest[i]
        for start in range(0, M, RUN):
            run, square = x[i, start : start + RUN], number(0)
            for j in range(run.size):
                d = deviation(run[j], m, left)
                square += d * d
            squares += square
        r = number(1 / math.sqrt(squares / M + eps))
        inverse[i] = r
        for j in range(M):
            y[i, j] = deviation(x[i, j], m, left) * r * gamma[j] + beta[j]


@summing
def backward(
    g: Array, x: Array, gamma: Array, mean: Array, rest: Array, inverse: Array, dx: Array, dgamma: Array, dbeta: Array
) -> float:
    """The gradients of `forward`, row by row, and whether that of x is finite.

    Those of γ and β are added up, in float64 for every few rows.
    """
    (rows, M), number = x.shape, x.dtype.type
    of_gamma, of_beta, told = np.zeros(M, x.dtype), np.zeros(M, x.dtype), NOTHING
    for i in range(rows):
        m, left, r = mean[i], rest[i], inverse[i]
        sum_1, sum_x = 0.0, 0.0
        for start in range(0, M, RUN):
            run_x, run_g, weight = x[i, start : start + RUN], g[i, start : start + RUN], gamma[start : start + RUN]
            to_gamma, to_beta = of_gamma[start : start + RUN], of_beta[start : start + RUN]
            part_1, part_x = number(0), number(0)
            for j in range(run_x.size):
                s, x_hat = run_g[j] * weight[j], deviation(run_x[j], m, left) * r
                part_1 += s
                part_x += s * x_hat
                to_gamma[j] += run_g[j] * x_hat
                to_beta[j] += run_g[j]
            sum_1 += part_1
            sum_x += part_x
        along_1, along_x = number(sum_1 / M), number(sum_x / M)
        for j in range(M):
            x_hat = deviation(x[i, j], m, left) * r
            dx[i, j] = (g[i, j] * gamma[j] - along_1 - x_hat * along_x) * r
        told += zero_of(dx[i])
        if i % FEW == FEW - 1 or i == rows - 1:
            for j in range(M):
                dgamma[j] += of_gamma[j]
                dbeta[j] += of_beta[j]
                of_gamma[j] = of_beta[j] = 0
    return told


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
    moments = RowMoments(*np.empty((3, len(rows)), x.dtype))

    def part(start: int, stop: int) -> None:
        s = slice(start, stop)
        forward(rows[s], weight, bias, eps, out[s], *[v[s] for v in moments])

    halves(part, len(rows), x.size)
    return Kept(y, moments) if safe(moments.inverse) else None


@compiled_twin(cf.layer_norm_gradients)
def layer_norm_gradients(
    g: Array, y: Array, x: Array, gamma: Maybe = None, beta: Maybe = None,
    *, axes: Axes = (-1,), eps: float = 1e-5, kept: Any = None,
) -> AffineGradients | None:  # fmt: skip
    """∂L/∂x, ∂L/∂γ and ∂L/∂β"""
    if not isinstance(kept, RowMoments):
        return None
    M, dx = length(x, axes), empty(x.shape, x.dtype)
    rows, cotangents, weight = read(x, -1, M), read(np.asarray(g, x.dtype), -1, M), parameter(gamma, M, 1.0, x.dtype)
    out = dx.reshape(-1, M)

    def part(start: int, stop: int) -> tuple[Array, float]:
        s, sums = slice(start, stop), np.zeros((2, M))
        mean, rest, inverse = (v[s] for v in kept)
        return sums, backward(cotangents[s], rows[s], weight, mean, rest, inverse, out[s], sums[0], sums[1])

    sums, told = zip(*halves(part, len(rows), x.size), strict=True)
    noted(dx, told)
    dgamma, dbeta = sum(sums)
    like = [None if v is None else d.astype(x.dtype).reshape(v.shape) for v, d in ((gamma, dgamma), (beta, dbeta))]
    return AffineGradients(dx, *like)


@summing
def rms_forward(x: Array, gamma: Array, eps: float, y: Array, inverse: Array) -> None:
    """Each row of x over the root of its mean square."""
    (rows, M), number = x.shape, x.dtype.type
    for i in range(rows):
        squares = 0.0
        for start in range(0, M, RUN):
            run, square = x[i, start : start + RUN], number(0)
            for j in range(run.size):
                square += run[j] * run[j]
            squares += square
        r = number(1 / math.sqrt(squares / M + eps))
        inverse[i] = r
        for j in range(M):
            y[i, j] = x[i, j] * r * gamma[j]


@summing
def rms_backward(g: Array, x: Array, gamma: Array, inverse: Array, dx: Array) -> float:
    """The gradient of `rms_forward` by x, and whether it is finite."""
    (rows, M), number, told = x.shape, x.dtype.type, NOTHING
    for i in range(rows):
        total, r = 0.0, inverse[i]
        for start in range(0, M, RUN):
            run_g, run_x, weight = g[i, start : start + RUN], x[i, start : start + RUN], gamma[start : start + RUN]
            part = number(0)
            for j in range(run_x.size):
                part += run_g[j] * weight[j] * run_x[j]
            total += part
        along_x = number(np.float64(r) * r * total / M)
        for j in range(M):
            dx[i, j] = (g[i, j] * gamma[j] - x[i, j] * along_x) * r
        told += zero_of(dx[i])
    return told


@compiled_twin(cf.rms_norm)
def rms_norm(x: Array, gamma: Array | None = None, *, axes: Axes = (-1,), eps: float = 1e-5) -> Any:
    """y = γ ⊙ x/√(1/M Σ x² + ε); kept are the 1/√, laid out as the kernel in NumPy has them"""
    M = length(x, axes)
    if not M or not plain(x):
        return None
    y, rows, weight = empty(x.shape, x.dtype), read(x, -1, M), parameter(gamma, M, 1.0, x.dtype)
    out, inverse = y.reshape(-1, M), np.empty(len(rows), x.dtype)
    halves(lambda a, b: rms_forward(rows[a:b], weight, eps, out[a:b], inverse[a:b]), len(rows), x.size)
    return Kept(y, inverse[np.newaxis, :, np.newaxis]) if safe(inverse) else None


@compiled_twin(cf.rms_norm_dx)
def rms_norm_dx(
    g: Array, y: Array, x: Array, gamma: Array | None = None, *, axes: Axes = (-1,), eps: float = 1e-5, kept: Any = None
) -> Array | None:
    """∂L/∂x = (s − x̂ 1/M Σ s ⊙ x̂)/√(1/M Σ x² + ε), where s = ∂L/∂y ⊙ γ"""
    M = length(x, axes)
    if not M or not plain(x, g):
        return None
    dx, rows, gs, weight = empty(x.shape, x.dtype), read(x, -1, M), read(g, -1, M), parameter(gamma, M, 1.0, x.dtype)
    out, inverse = dx.reshape(-1, M), read(kept, -1)
    told = halves(lambda a, b: rms_backward(gs[a:b], rows[a:b], weight, inverse[a:b], out[a:b]), len(rows), x.size)
    noted(dx, told)
    return dx
