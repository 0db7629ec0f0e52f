"""Batch, Group and Instance Normalization: a mean after the other, all steps while its runs are in the cache."""

from __future__ import annotations

import math
from typing import Any, NamedTuple

import numpy as np

from ...closed_form import normalization as cf
from ...closed_form.moments import AffineGradients
from ...closed_form.notation import Array, Maybe
from ...engine.values import Kept
from ..memory import empty
from ..statistics import safe
from ..threads import halves
from .jit import NOTHING, compiled_twin, inline, inner, noted, plain, read, summing, zero_of
from .normalization import deviation

Shape = tuple[int, int, int, int]


class MapMoments(NamedTuple):
    """Of each b, where x is (A, B, Q, P), the mean, what is left of it, and 1/√(σ² + ε)."""

    mean: Array
    rest: Array
    inverse: Array


def by_channel(x: Array) -> Shape:
    """(N, C, 1, P)"""
    return x.shape[0], x.shape[1], 1, math.prod(x.shape[2:])


def by_group(x: Array, groups: int) -> Shape:
    """(1, N · groups, C/groups, P)"""
    return 1, x.shape[0] * groups, x.shape[1] // groups, math.prod(x.shape[2:])


def spread(v: Maybe, shape: Shape, otherwise: float, dtype: Any) -> Array:
    """A number for each channel as one for each run, (B, Q)."""
    _, B, Q, _ = shape
    numbers = np.full(1, otherwise, dtype) if v is None else np.asarray(v, dtype)
    return read(np.tile(numbers, B * Q // numbers.size), B, Q)


@inline
def less(x: Any, near: Any) -> Any:
    """How much more than `near` x is, before it is summed."""
    return x - near


@inner
def about(run: Array, near: Any) -> tuple[Any, Any]:
    """Σ (x − near) and Σ (x − near)²."""
    total = squares = run.dtype.type(0)
    for p in range(run.size):
        d = less(run[p], near)
        total += d
        squares += d * d
    return total, squares


@inner
def meeting(g: Array, run: Array, mean: Any, rest: Any) -> tuple[Any, Any]:
    """Σ g and Σ g (x − μ)."""
    along_1 = along_x = run.dtype.type(0)
    for p in range(run.size):
        along_1 += g[p]
        along_x += g[p] * deviation(run[p], mean, rest)
    return along_1, along_x


@summing
def forward(
    x: Array, gamma: Array, beta: Array, eps: float,
    y: Array, mean: Array, rest: Array, inverse: Array,
    begin: int, end: int,
) -> None:  # fmt: skip
    """Channels of maps x normalized into y, with their moments; sums of runs are added up in float64.

    They are sums of what x is more than a number near its mean: the first one, or if that is no near one, what is then
    found. Arrays come whole: parts of them would have no known strides.
    """
    (A, B, Q, P), number = x.shape, x.dtype.type
    M, some = A * Q * P, end - begin if A > 1 else 1
    sums, unknown = np.zeros((2, B)), np.ones(B, np.bool_)
    for start in range(begin, end, some):
        for b in range(start, start + some):
            mean[b] = x[0, b, 0, 0]
        for attempt in range(4):
            sums[:, start : start + some] = 0
            for a in range(A):
                for b in range(start, start + some):
                    if unknown[b]:
                        for q in range(Q):
                            total, squares = about(x[a, b, q], mean[b])
                            sums[0, b] += total
                            sums[1, b] += squares
            again = False
            for b in range(start, start + some):
                if unknown[b]:
                    near, more = np.float64(mean[b]), sums[0, b] / M
                    variance = sums[1, b] / M - more * more
                    mean[b] = number(near + more)
                    rest[b] = number((near - np.float64(mean[b])) + more)
                    inverse[b] = number(1 / math.sqrt(max(variance, 0.0) + eps))
                    unknown[b] = attempt < 3 and more * more > 4 * variance
                    again = again or unknown[b]
            if not again:
                break
        for a in range(A):
            for b in range(start, start + some):
                m, left = mean[b], rest[b]
                for q in range(Q):
                    run, out, k, c = x[a, b, q], y[a, b, q], inverse[b] * gamma[b, q], beta[b, q]
                    for p in range(P):
                        out[p] = deviation(run[p], m, left) * k + c


@summing
def backward(
    g: Array, x: Array, gamma: Array, mean: Array, rest: Array, inverse: Array,
    dx: Array, dgamma: Array, dbeta: Array,
    begin: int, end: int,
) -> float:  # fmt: skip
    """The gradients of `forward`, and whether that of x is finite; those of γ and β are added to zeros."""
    (A, B, Q, P), number, told = x.shape, x.dtype.type, NOTHING
    M, some = A * Q * P, end - begin if A > 1 else 1
    through = np.empty((2, B), x.dtype)
    for start in range(begin, end, some):
        for a in range(A):
            for b in range(start, start + some):
                for q in range(Q):
                    along_1, along_x = meeting(g[a, b, q], x[a, b, q], mean[b], rest[b])
                    dbeta[b, q] += along_1
                    dgamma[b, q] += along_x
        for b in range(start, start + some):
            r, along_1, along_x = np.float64(inverse[b]), 0.0, 0.0
            for q in range(Q):
                along_1 += dbeta[b, q] * gamma[b, q]
                along_x += dgamma[b, q] * gamma[b, q]
                dgamma[b, q] *= r
            through[0, b], through[1, b] = number(r * along_1 / M), number(r**3 * along_x / M)
        for a in range(A):
            for b in range(start, start + some):
                m, left, of_mean, of_root = mean[b], rest[b], through[0, b], through[1, b]
                for q in range(Q):
                    run, of_y, out, k = x[a, b, q], g[a, b, q], dx[a, b, q], inverse[b] * gamma[b, q]
                    for p in range(P):
                        out[p] = k * of_y[p] - of_mean - deviation(run[p], m, left) * of_root
                    told += zero_of(out)
    return told


def normalized(x: Array, gamma: Maybe, beta: Maybe, shape: Shape, eps: float) -> Kept | None:
    """γ (x − μ)/√(σ² + ε) + β for x laid out in `shape`."""
    if not plain(x):
        return None
    y, runs = empty(x.shape, x.dtype), read(x, *shape)
    out, weight, bias = y.reshape(shape), spread(gamma, shape, 1.0, x.dtype), spread(beta, shape, 0.0, x.dtype)
    moments = MapMoments(*np.empty((3, shape[1]), x.dtype))

    def part(start: int, stop: int) -> None:
        forward(runs, weight, bias, eps, out, *moments, start, stop)

    halves(part, shape[1], x.size)
    return Kept(y, moments) if safe(moments.inverse) else None


def normalized_gradients(
    g: Array, x: Array, gamma: Maybe, beta: Maybe, shape: Shape, kept: Any
) -> AffineGradients | None:
    """∂L/∂x, ∂L/∂γ and ∂L/∂β of `normalized`."""
    if not isinstance(kept, MapMoments):
        return None
    dx, runs, cotangents = empty(x.shape, x.dtype), read(x, *shape), read(np.ascontiguousarray(g, x.dtype), *shape)
    out, weight, sums = dx.reshape(shape), spread(gamma, shape, 1.0, x.dtype), np.zeros((2, *shape[1:3]))

    def part(start: int, stop: int) -> float:
        return backward(cotangents, runs, weight, *kept, out, sums[0], sums[1], start, stop)

    noted(dx, halves(part, shape[1], x.size))
    found = [d.reshape(-1, x.shape[1]).sum(0).astype(x.dtype) for d in sums]
    return AffineGradients(dx, None if gamma is None else found[0], None if beta is None else found[1])


@compiled_twin(cf.batch_norm)
def batch_norm(x: Array, gamma: Array | None = None, beta: Array | None = None, *, eps: float = 1e-5) -> Any:
    """y_m = γ (x_m − μ_B)/√(σ_B² + ε) + β"""
    return normalized(x, gamma, beta, by_channel(x), eps)


@compiled_twin(cf.batch_norm_gradients)
def batch_norm_gradients(
    g: Array, y: Array, x: Array, gamma: Maybe = None, beta: Maybe = None, *, eps: float = 1e-5, kept: Any = None
) -> AffineGradients | None:
    """∂L/∂x, ∂L/∂γ and ∂L/∂β of `batch_norm`"""
    return normalized_gradients(g, x, gamma, beta, by_channel(x), kept)


@compiled_twin(cf.group_norm)
def group_norm(
    x: Array, gamma: Array | None = None, beta: Array | None = None, *, groups: int, eps: float = 1e-5
) -> Any:
    """y = γ (x − μ)/√(σ² + ε) + β, with the statistics of a group"""
    return normalized(x, gamma, beta, by_group(x, groups), eps)


@compiled_twin(cf.group_norm_gradients)
def group_norm_gradients(
    g: Array, y: Array, x: Array, gamma: Maybe = None, beta: Maybe = None,
    *, groups: int, eps: float = 1e-5, kept: Any = None,
) -> AffineGradients | None:  # fmt: skip
    """∂L/∂x, ∂L/∂γ and ∂L/∂β of `group_norm`"""
    return normalized_gradients(g, x, gamma, beta, by_group(x, groups), kept)


@compiled_twin(cf.instance_norm)
def instance_norm(x: Array, gamma: Array | None = None, beta: Array | None = None, *, eps: float = 1e-5) -> Any:
    """y = γ (x − μ)/√(σ² + ε) + β, with the statistics of a channel of a sample"""
    return normalized(x, gamma, beta, by_group(x, x.shape[1]), eps)


@compiled_twin(cf.instance_norm_gradients)
def instance_norm_gradients(
    g: Array, y: Array, x: Array, gamma: Maybe = None, beta: Maybe = None, *, eps: float = 1e-5, kept: Any = None
) -> AffineGradients | None:
    """∂L/∂x, ∂L/∂γ and ∂L/∂β of `instance_norm`"""
    return normalized_gradients(g, x, gamma, beta, by_group(x, x.shape[1]), kept)
