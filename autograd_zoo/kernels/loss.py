"""Losses whose forward pass keeps what their gradients are made of: exponentials, or differences."""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import Any, NamedTuple

import numpy as np

from ..closed_form import loss as cf
from ..closed_form.notation import Array
from ..closed_form.reductions import Reduction, per_sample, possible, reduced, safe
from ..engine.values import Kept
from .memory import empty, finished, scratch
from .pointwise import BLOCK
from .softmax import shifted, total
from .statistics import finite
from .threads import halves
from .twins import twin_of


def by_rows(step: Callable[[slice], Any], n: int, width: int) -> list[Any]:
    """What `step(some)` gives for some of n rows after the other, as many as stay in the cache, on two threads."""
    few = max(1, BLOCK // max(1, width))

    def part(start: int, stop: int) -> list[Any]:
        return [step(slice(i, min(i + few, stop))) for i in range(start, stop, few)]

    return [result for results in halves(part, n, n * width) for result in results] if n * width else []


def rows(a: Array) -> Array:
    """One sample a row."""
    return np.reshape(a, (math.prod(a.shape[:-1]), a.shape[-1]))


def each(g: Array, x: Array, reduction: Reduction) -> Array:
    """The gradient that reaches the loss of each row of x, as a column, or the same number for all."""
    c = per_sample(g, x, reduction)
    return np.reshape(c, (-1, 1) if reduction == "none" and x.ndim > 1 else ())


def alike(x: Array, p: Array) -> bool:
    """Whether the targets are numbers of the kind that the predictions are."""
    return np.shape(x) == np.shape(p) and x.ndim > 0 and p.dtype == x.dtype


class Exponentials(NamedTuple):
    """What softmax cross-entropy knows: exp(x − m), the reciprocals of its sums over rows, and Σ pᵢ of each row."""

    e: Array
    share: Array
    mass: Array


@twin_of(cf.softmax_cross_entropy, sooner=4)
def softmax_cross_entropy(x: Array, p: Array, *, reduction: Reduction = "mean") -> Any:
    """L = −Σ pᵢ log softmax(x)ᵢ, where 0 log 0 = 0; of labels p it is −log softmax(x)_p"""
    labels = np.ndim(p) < np.ndim(x)
    if not labels and not alike(x, p):
        return cf.softmax_cross_entropy(x, p, reduction=reduction)
    x2, e = rows(x), empty(x.shape, x.dtype)
    e2, targets = rows(e), np.reshape(p, -1) if labels else rows(p)
    losses, share, mass = (np.ones(len(x2), x.dtype) for _ in range(3))

    def step(some: slice) -> None:
        q, exp = targets[some], e2[some]
        scores = scratch("scores", exp.shape, x.dtype)
        shifted(x2[some], scores)
        np.exp(scores, out=exp)
        sums = total(exp)
        if labels:
            losses[some] = np.log(sums[:, 0]) - scores[np.arange(len(q)), q]
        else:
            np.subtract(scores, np.log(sums), out=scores)
            mass[some] = total(q)[:, 0]
            losses[some] = -np.vecdot(q, possible(scores, q))
        share[some] = 1.0 / sums[:, 0]

    by_rows(step, *x2.shape)
    loss = reduced(np.reshape(losses, x.shape[:-1])[()], reduction)
    return Kept(loss, Exponentials(e, share, mass))


@twin_of(cf.softmax_cross_entropy_dx)
def softmax_cross_entropy_dx(
    g: Array, y: Array, x: Array, p: Array, *, reduction: Reduction = "mean", kept: Exponentials | None = None
) -> Array:
    """∂L/∂x = (softmax(x) Σ pᵢ − p)ᵀ"""
    assert kept is not None  # or this is not called
    c, dx = each(g, x, reduction), empty(x.shape, x.dtype)
    labels = np.ndim(p) < np.ndim(x)
    e2, dx2, targets = rows(kept.e), rows(dx), np.reshape(p, -1) if labels else rows(p)
    factor = c * (kept.share * kept.mass)[:, None]

    def step(some: slice) -> bool:
        out, q = dx2[some], targets[some]
        np.multiply(e2[some], factor[some], out=out)
        mine = c[some] if c.ndim else c
        if labels:
            out[np.arange(len(q)), q] -= mine[:, 0] if c.ndim else mine
        else:
            out -= np.multiply(q, mine, out=scratch("scores", q.shape, q.dtype))
        return finite(out)

    finished(dx, by_rows(step, *dx2.shape))
    return dx


@twin_of(cf.squared_error)
def squared_error(x: Array, t: Array, *, reduction: Reduction = "mean") -> Any:
    """L = Σ (xᵢ − tᵢ)²; kept are the differences"""
    if not alike(x, t):
        return cf.squared_error(x, t, reduction=reduction)
    d = empty(x.shape, x.dtype)
    x2, t2, d2, losses = rows(x), rows(t), rows(d), np.zeros(math.prod(x.shape[:-1]), x.dtype)

    def step(some: slice) -> None:
        np.subtract(x2[some], t2[some], out=d2[some])
        np.vecdot(d2[some], d2[some], out=losses[some])

    by_rows(step, *x2.shape)
    return Kept(reduced(np.reshape(losses, x.shape[:-1])[()], reduction), d)


def multiples(a: Array, c: Array) -> Array:
    """Rows of a, times c."""
    out = empty(a.shape, a.dtype)
    a2, out2 = rows(a), rows(out)
    by_rows(lambda some: np.multiply(a2[some], c[some] if c.ndim else c, out=out2[some]), *a2.shape)
    return out


@twin_of(cf.squared_error_dx)
def squared_error_dx(
    g: Array, y: Array, x: Array, t: Array, *, reduction: Reduction = "mean", kept: Array | None = None
) -> Array:
    """∂L/∂x = 2(x − t)ᵀ"""
    return multiples(kept, 2 * each(g, x, reduction))


@twin_of(cf.squared_error_dt)
def squared_error_dt(
    g: Array, y: Array, x: Array, t: Array, *, reduction: Reduction = "mean", kept: Array | None = None
) -> Array:
    """∂L/∂t = −2(x − t)ᵀ"""
    return multiples(kept, -2 * each(g, x, reduction))


@twin_of(cf.cross_entropy)
def cross_entropy(x: Array, p: Array, *, reduction: Reduction = "mean") -> Any:
    """L = −Σ pᵢ log xᵢ, where 0 log 0 = 0; kept is whether there is a 0 among x"""
    if not alike(x, p):
        return cf.cross_entropy(x, p, reduction=reduction)
    x2, p2, losses, zeros = rows(x), rows(p), np.zeros(math.prod(x.shape[:-1]), x.dtype), []

    def step(some: slice) -> None:
        logs, here = scratch("scores", x2[some].shape, x.dtype), x2[some]
        if np.min(here) <= 0:
            zeros.append(some)
            here = safe(here, p2[some])
        np.log(here, out=logs)
        losses[some] = -np.vecdot(p2[some], logs)

    by_rows(step, *x2.shape)
    return Kept(reduced(np.reshape(losses, x.shape[:-1])[()], reduction), bool(zeros))


@twin_of(cf.cross_entropy_dx)
def cross_entropy_dx(
    g: Array, y: Array, x: Array, p: Array, *, reduction: Reduction = "mean", kept: bool | None = None
) -> Array:
    """∂L/∂xᵢ = −pᵢ/xᵢ"""
    if kept:
        return cf.cross_entropy_dx(g, y, x, p, reduction=reduction)
    dx, c = empty(x.shape, x.dtype), -each(g, x, reduction)
    x2, p2, dx2 = rows(x), rows(p), rows(dx)

    def step(some: slice) -> None:
        np.divide(p2[some], x2[some], out=dx2[some])
        np.multiply(dx2[some], c[some] if c.ndim else c, out=dx2[some])

    by_rows(step, *x2.shape)
    return dx
