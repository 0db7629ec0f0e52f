"""Means and variances of blocks that stay in a core's cache, in the dtype of x and as accurate as in float64.

A block x is (A, B, Q, P), its elements along P side by side, and has a mean for each b over all of its other axes. The
mean is subtracted, and then what is left of it, as often as it takes: no digit of a deviation is lost to a large mean.
Products with ones are the quickest sums; they are cut so small that BLAS takes no threads of its own for them, which
would wait for each other where two threads are at work already.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import Any, NamedTuple

import numpy as np

from ..closed_form.notation import Array, Maybe
from ..engine.values import ALONE, squares
from .memory import scratch
from .threads import halves

BLOCK = 1 << 19  # elements of a block: they stay in the cache, and each step is long for two threads
SHORT = 128  # elements of a run: of shorter ones a dot product each costs more than a product of all
SAFE = {"f": (1e-10, 1e10), "d": (1e-75, 1e75)}  # deviations whose powers neither overflow nor lose digits


class Moments(NamedTuple):
    """Of each b, laid along x as (1, B, 1): the mean, what is left of it (None if nothing is), and 1/√(σ² + ε)."""

    mean: Array
    rest: Maybe
    inverse: Array


def chunk(rows: int, length: int) -> int:
    """How many of so many rows go into a product at once: a power of two that divides them."""
    n = rows & -rows
    while n > 1 and n * length > ALONE:
        n //= 2
    return n


def cut(x: Array) -> Array:
    """x with each run in pieces that are short enough: (A, B, Q, pieces, p)."""
    pieces = 1
    while x.shape[3] > ALONE * pieces and x.shape[3] % (2 * pieces) == 0:
        pieces *= 2
    return x.reshape(*x.shape[:3], pieces, -1)


def sums(x: Array, weights: Array | None = None) -> Array:
    """Σ_p x, or Σ_p x w: (A, B, Q)."""
    A, B, Q, P = x.shape
    if P > ALONE and weights is None and (runs := cut(x)).shape[3] > 1:
        return sums(runs.reshape(A, B, -1, runs.shape[4])).reshape(runs.shape[:4]).sum(3)
    n = chunk(B * Q, P)
    weights = np.ones(P, x.dtype) if weights is None else weights
    return np.matmul(x.reshape(A, -1, n, P), weights).reshape(A, B, Q)


def dots(x: Array, y: Array) -> Array:
    """Σ_p x y: (A, B, Q)."""
    if x.shape[3] < SHORT:
        return sums(np.multiply(x, y, out=scratch("product", x.shape, x.dtype)))
    return np.vecdot(x, y) if x.shape[3] <= ALONE else np.vecdot(cut(x), cut(y)).sum(3)


def finite(x: Array) -> bool:
    """Whether a sum of squares tells that all elements of x are finite, which it does unless it overflows."""
    if x.flags.c_contiguous:
        return math.isfinite(squares(x))
    with np.errstate(over="ignore", invalid="ignore"):
        return math.isfinite(np.vecdot(x, x).sum())


def along_rows(weights: Array, x: Array) -> Array:
    """Σ_b w x, where x is (1, B, 1, P): (P,)."""
    _, B, _, P = x.shape
    n = chunk(B, P)
    return np.matmul(weights.reshape(-1, 1, n), x.reshape(-1, n, P)).sum((0, 1))


def pooled(v: Array) -> Array:
    """The sum over all but b, taken in float64: (1, B, 1)."""
    if v.shape[0] == v.shape[2] == 1:
        return v
    return v.sum((0, 2), dtype=np.float64, keepdims=True).astype(v.dtype)


def centre(x: Array, out: Array) -> tuple[Array, Array, Array]:
    """x − μ in `out`; μ in two parts, and σ²."""
    count, enough = x.size // x.shape[1], 4 * np.finfo(x.dtype).eps ** 2
    mean = pooled(sums(x)) / count
    rest = np.zeros(mean.shape, x.dtype)
    np.subtract(x, mean[..., None], out=out)
    for attempt in range(4):
        left, square = pooled(sums(out)) / count, pooled(dots(out, out)) / count
        if not (left * left > enough * square).any():
            break
        if attempt:
            out -= left[..., None]
            rest = rest + left
        else:  # one of them may be nearer: what it is subtracted from is exact, and equal elements become 0
            first = x[:1, :, :1, 0]
            mean = np.where(np.abs(first - mean) < 1e-3 * np.abs(mean), first, mean)
            np.subtract(x, mean[..., None], out=out)
    return mean, rest, square


def deviate(x: Array, moments: Moments, block: slice) -> Array:
    """x − μ, once μ is known, for a block; the next call writes over it."""
    d = scratch("deviation", x.shape, x.dtype)
    np.subtract(x, moments.mean[:, block, :, None], out=d)
    if moments.rest is not None:
        d -= moments.rest[:, block, :, None]
    return d


def safe(inverse: Array) -> bool:
    """Whether 1/√(σ² + ε) are finite and so far from 0 that their dtype can compute with them."""
    low, high = SAFE[inverse.dtype.char]
    return bool(low < inverse.min() and inverse.max() < high)


def blocks(step: Callable[[slice], Any], x: Array) -> list[Any]:
    """The results of `step` over blocks of x along B."""
    size = max(1, BLOCK // (x.size // x.shape[1]))

    def part(start: int, stop: int) -> list[Any]:
        return [step(slice(i, min(i + size, stop))) for i in range(start, stop, size)]

    return [result for results in halves(part, x.shape[1], x.size) for result in results]


def piece(x: Array, block: slice, name: str, like: Array) -> Array:
    """A block of x of the dtype of `like`, its elements along P side by side."""
    part = x[:, block]
    if part.dtype == like.dtype and part.strides[3] == part.itemsize:
        return part
    copy = scratch(name, part.shape, like.dtype)
    copy[...] = part
    return copy


def standardize(x: Array, out: Array, eps: float, finish: Callable[[Array, Array, slice], None]) -> Moments | None:
    """Fill `out` with x − μ, block by block, which `finish` gets with 1/√(σ² + ε); None if one of these is not safe."""
    mean, rest, inverse = np.empty((3, 1, x.shape[1], 1), out.dtype)

    def step(block: slice) -> None:
        d = out[:, block]
        mean[:, block], rest[:, block], variance = centre(piece(x, block, "x", out), d)
        inverse[:, block] = 1 / np.sqrt(variance + eps)
        finish(d, inverse[:, block, :, None], block)

    blocks(step, x)
    return Moments(mean, rest if rest.any() else None, inverse) if safe(inverse) else None
