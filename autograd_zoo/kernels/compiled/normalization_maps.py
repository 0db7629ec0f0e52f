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
from .jit import compiled_twin, plain, read, summing
from .normalization import above, deviation

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


@summing
def forward(
    x: Array, gamma: Array, beta: Array, eps: float, y: Array, mean: Array, rest: Array, inverse: Array
) -> None:
    """Each channel of maps x normalized into y, with its moments; sums of runs are added up in float64."""
    (A, B, Q, P), number = x.shape, x.dtype.type
    M = A * Q * P
    for b in range(B):
        first, total, squares = np.float64(x[0, b, 0, 0]), 0.0, 0.0
        for a in range(A):
            for q in range(Q):
                for p in range(P):
                    total += above(x[a, b, q, p], first)
        mean[b] = number(first + total / M)
        rest[b] = number((first - np.float64(mean[b])) + total / M)
        m, left = mean[b], rest[b]
        for a in range(A):
            for q in range(Q):
                square = number(0)
                for p in range(P):
                    d = deviation(x[a, b, q, p], m, left)
                    square += d * d
                squares += square
        inverse[b] = number(1 / math.sqrt(squares / M + eps))
        for a in range(A):
            for q in range(Q):
                k, c = inverse[b] * gamma[b, q], beta[b, q]
                for p in range(P):
                    y[a, b, q, p] = deviation(x[a, b, q, p], m, left) * k + c


@summing
def backward(
    g: Array, x: Array, gamma: Array, mean: Array, rest: Array, inverse: Array, dx: Array, dgamma: Array, dbeta: Array
) -> None:
    """The gradients of `forward`, channel by channel."""
    (A, B, Q, P), number = x.shape, x.dtype.type
    M = A * Q * P
    for b in range(B):
        m, left, r = mean[b], rest[b], inverse[b]
        along_1, along_x = 0.0, 0.0
        for q in range(Q):
            of_1, of_x = 0.0, 0.0
            for a in range(A):
                run_1, run_x = number(0), number(0)
                for p in range(P):
                    run_1 += g[a, b, q, p]
                    run_x += g[a, b, q, p] * deviation(x[a, b, q, p], m, left)
                of_1 += run_1
                of_x += run_x
            dbeta[b, q], dgamma[b, q] = of_1, of_x * r
            along_1 += of_1 * gamma[b, q]
            along_x += of_x * gamma[b, q]
        through_mean, through_root = number(r * along_1 / M), number(np.float64(r) ** 3 * along_x / M)
        for a in range(A):
            for q in range(Q):
                k = r * gamma[b, q]
                for p in range(P):
                    d = deviation(x[a, b, q, p], m, left)
                    dx[a, b, q, p] = k * g[a, b, q, p] - through_mean - d * through_root


def normalized(x: Array, gamma: Maybe, beta: Maybe, shape: Shape, eps: float) -> Kept | None:
    """γ (x − μ)/√(σ² + ε) + β for x laid out in `shape`."""
    if not plain(x):
        return None
    y, runs = empty(x.shape, x.dtype), read(x, *shape)
    out, weight, bias = y.reshape(shape), spread(gamma, shape, 1.0, x.dtype), spread(beta, shape, 0.0, x.dtype)
    moments = MapMoments(*np.empty((3, shape[1]), x.dtype))

    def part(start: int, stop: int) -> None:
        s = slice(start, stop)
        forward(runs[:, s], weight[s], bias[s], eps, out[:, s], *[v[s] for v in moments])

    halves(part, shape[1], x.size)
    return Kept(y, moments) if safe(moments.inverse) else None


def normalized_gradients(
    g: Array, x: Array, gamma: Maybe, beta: Maybe, shape: Shape, kept: Any
) -> AffineGradients | None:
    """∂L/∂x, ∂L/∂γ and ∂L/∂β of `normalized`."""
    if not isinstance(kept, MapMoments):
        return None
    dx, runs, cotangents = empty(x.shape, x.dtype), read(x, *shape), read(np.ascontiguousarray(g, x.dtype), *shape)
    out, weight, sums = dx.reshape(shape), spread(gamma, shape, 1.0, x.dtype), np.empty((2, *shape[1:3]))

    def part(start: int, stop: int) -> None:
        s = slice(start, stop)
        mean, rest, inverse = (v[s] for v in kept)
        of_gamma, of_beta = (v[s] for v in sums)
        backward(cotangents[:, s], runs[:, s], weight[s], mean, rest, inverse, out[:, s], of_gamma, of_beta)

    halves(part, shape[1], x.size)
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
    g: Array,
    y: Array,
    x: Array,
    gamma: Maybe = None,
    beta: Maybe = None,
    *,
    groups: int,
    eps: float = 1e-5,
    kept: Any = None,
) -> AffineGradients | None:
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
