"""Softmax cross-entropy in float32: sums over rows are kept, and the exponentials are taken again on the way back."""

from __future__ import annotations

import math
from typing import Any, NamedTuple

import numpy as np

from ...closed_form import loss as cf
from ...closed_form.notation import Array
from ...closed_form.reductions import Reduction
from ...engine.values import Kept
from ..memory import empty
from ..threads import halves
from .elementary import exp
from .jit import NOTHING, compiled_twin, loop, noted, plain, read, summing, zero_of
from .softmax import scale, usual


class RowSums(NamedTuple):
    """Of each row the largest score m, 1/Σ exp(x − m), and Σ p."""

    top: Array
    share: Array
    mass: Array


@summing
def forward(x: Array, p: Array, losses: Array, tops: Array, shares: Array, masses: Array) -> None:
    """Of targets as probabilities."""
    for i in range(x.shape[0]):
        (top, total), mass, dot = scale(x, i), np.float32(0), np.float32(0)
        for j in range(x.shape[1]):
            mass += p[i, j]
            score = x[i, j] - top
            dot += np.float32(0) if p[i, j] == 0 and score == -np.inf else p[i, j] * score
        losses[i] = mass * np.float32(math.log(total)) - dot
        tops[i], shares[i], masses[i] = top, np.float32(1) / total, mass


@loop
def backward(c: Array, x: Array, p: Array, tops: Array, shares: Array, masses: Array, dx: Array) -> float:
    """The gradient of `forward`, and whether it is finite; c is what reaches each row."""
    told = NOTHING
    for i in range(x.shape[0]):
        top, factor, own = tops[i], c[i] * shares[i] * masses[i], c[i]
        for j in range(x.shape[1]):
            dx[i, j] = exp(x[i, j] - top) * factor - own * p[i, j]
        told += zero_of(dx[i])
    return told


@loop
def forward_labels(x: Array, p: Array, losses: Array, tops: Array, shares: Array) -> None:
    """Of targets as labels."""
    for i in range(x.shape[0]):
        top, total = scale(x, i)
        losses[i] = np.float32(math.log(total)) - (x[i, p[i]] - top)
        tops[i], shares[i] = top, np.float32(1) / total


@loop
def backward_labels(c: Array, x: Array, p: Array, tops: Array, shares: Array, dx: Array) -> float:
    """The gradient of `forward_labels`, and whether it is finite; c is what reaches each row."""
    told = NOTHING
    for i in range(x.shape[0]):
        top, factor = tops[i], c[i] * shares[i]
        for j in range(x.shape[1]):
            dx[i, j] = exp(x[i, j] - top) * factor
        dx[i, p[i]] -= c[i]
        told += zero_of(dx[i])
    return told


def labels(x: Array, p: Any) -> Array | None:
    """The targets as labels of rows, if they are some."""
    if np.shape(p) != x.shape[:-1] or np.asarray(p).dtype.kind not in "iu":
        return None
    found = np.ascontiguousarray(p, np.int64).reshape(-1)
    return found if found.size and found.min() >= 0 and found.max() < x.shape[-1] else None


@compiled_twin(cf.softmax_cross_entropy)
def softmax_cross_entropy(x: Array, p: Array, *, reduction: Reduction = "mean") -> Any:
    """L = −Σ pᵢ log softmax(x)ᵢ, where 0 log 0 = 0; of labels p it is −log softmax(x)_p"""
    known = labels(x, p) if usual(x, -1) else None
    dense = known is None and usual(x, -1) and np.shape(p) == x.shape and plain(x, p)
    if reduction not in ("mean", "sum", "none") or not (dense or known is not None):
        return None
    rows = read(x, -1, x.shape[-1])
    targets = read(p, *rows.shape) if known is None else read(known, -1)
    losses, tops, shares, masses = np.ones((4, len(rows)), x.dtype)

    def part(start: int, stop: int) -> None:
        s = slice(start, stop)
        if known is None:
            forward(rows[s], targets[s], losses[s], tops[s], shares[s], masses[s])
        else:
            forward_labels(rows[s], targets[s], losses[s], tops[s], shares[s])

    halves(part, len(rows), x.size)
    each = np.reshape(losses, x.shape[:-1])[()]
    total = each if reduction == "none" or x.ndim == 1 else np.sum(each)
    return Kept(total / len(rows) if reduction == "mean" and x.ndim > 1 else total, RowSums(tops, shares, masses))


@compiled_twin(cf.softmax_cross_entropy_dx)
def softmax_cross_entropy_dx(
    g: Array, y: Array, x: Array, p: Array, *, reduction: Reduction = "mean", kept: Any = None
) -> Array | None:
    """∂L/∂x = (softmax(x) Σ pᵢ − p)ᵀ"""
    if not isinstance(kept, RowSums):
        return None
    dx, rows, known = empty(x.shape, x.dtype), read(x, -1, x.shape[-1]), labels(x, p)
    targets = read(p, *rows.shape) if known is None else read(known, -1)
    own = np.asarray(g, x.dtype) / x.dtype.type(len(rows) if reduction == "mean" else 1)
    c, out = read(np.broadcast_to(own.reshape(-1), len(rows)).copy(), -1), dx.reshape(rows.shape)

    def part(start: int, stop: int) -> float:
        s = slice(start, stop)
        if known is None:
            return backward(c[s], rows[s], targets[s], kept.top[s], kept.share[s], kept.mass[s], out[s])
        return backward_labels(c[s], rows[s], targets[s], kept.top[s], kept.share[s], out[s])

    noted(dx, halves(part, len(rows), x.size))
    return dx
