"""Pooling, axis after axis: of a row of each window first, then of the rows, so that no window is ever spelled out.

A maximum is taken from the last axis to the first, and a later element wins only where it is greater: so the first in
row-major order does, as in the closed form. Which one won is kept, a byte for each comparison.
A sum has no such order, and adds rows first: those lie in one piece, and half of the elements are left to be gathered.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from typing import Any, NamedTuple

import numpy as np

from ..closed_form import pooling as cf
from ..closed_form.notation import Array
from ..closed_form.windows import PerAxis, Windows, counts, divisors, laid, spatial
from ..engine.values import Kept
from .axes import Axis
from .memory import empty, finished, scratch
from .statistics import finite
from .threads import halves
from .twins import twin_of

BLOCK = 1 << 19  # elements: they stay in the cache from step to step, and each is long for two threads


class Stage(NamedTuple):
    """What becomes of one axis: for each element of a window, where it goes to and where it comes from."""

    moves: list[tuple[Any, Any]]
    before: tuple[int, ...]
    after: tuple[int, ...]
    apart: bool  # whether every element of the axis is in one window
    name: str  # of memory


@twin_of(cf.max_pool)
def max_pool(
    x: Array,
    *, kernel_size: Sequence[int], stride: PerAxis | None = None, padding: PerAxis = 0, dilation: PerAxis = 1,
    ceil_mode: bool = False,
) -> Kept | Array:  # fmt: skip
    """yᵢⱼ = max x over the window that starts at Ui, Uj"""
    w = laid(x, kernel_size, stride, padding, dilation, ceil_mode)
    steps, maps = stages(x, w), flat(x, w)
    y = empty((*x.shape[: -len(w.kernel)], *steps[-1].after), x.dtype)
    to, won = flat(y, w), [[empty((len(maps), *s.after), np.bool_) for _ in s.moves[1:]] for s in steps]

    def part(block: slice) -> bool:
        rest = maps[block]
        for stage, masks in zip(steps, won, strict=True):
            rest = running_max(rest, stage, [mask[block] for mask in masks], place(to, stage, steps[-1], block))
        return finite(rest)

    good = over_blocks(part, maps)
    finished(y, [good])
    return Kept(y, won) if good else y  # what nan and -inf get is not told by what won


@twin_of(cf.max_pool_dx)
def max_pool_dx(
    g: Array, y: Array, x: Array,
    *, kernel_size: Sequence[int], stride: PerAxis | None = None, padding: PerAxis = 0, dilation: PerAxis = 1,
    ceil_mode: bool = False, kept: list[list[Array]] | None = None,
) -> Array:  # fmt: skip
    """∂L/∂xᵢⱼ = Σ ∂L/∂yᵢ′ⱼ′ over the windows i′, j′ whose maximum is at i, j"""
    w = laid(x, kernel_size, stride, padding, dilation, ceil_mode)
    window: Any = {"stride": stride, "padding": padding, "dilation": dilation, "ceil_mode": ceil_mode}
    if kept is None:
        return cf.max_pool_dx(g, y, x, kernel_size=kernel_size, **window)
    dx, steps, gs = empty(x.shape, g.dtype), stages(x, w), flat(g, w)
    to = flat(dx, w)

    def part(block: slice) -> bool:
        rest = gs[block]
        if not finite(rest):
            return False
        for stage, masks in zip(reversed(steps), reversed(kept), strict=True):
            rest = hand_back(rest, stage, [mask[block] for mask in masks], back(to, stage, steps[0], block))
        return True

    if not over_blocks(part, to):  # ∞ · 0 is nan
        return cf.max_pool_dx(g, y, x, kernel_size=kernel_size, **window)
    finished(dx, [all(stage.apart for stage in steps)])  # or sums of what is finite may not be
    return dx


@twin_of(cf.avg_pool)
def avg_pool(
    x: Array,
    *, kernel_size: Sequence[int], stride: PerAxis | None = None, padding: PerAxis = 0, ceil_mode: bool = False,
    count_include_pad: bool = True,
) -> Array:  # fmt: skip
    """yᵢⱼ = 1/(PQ) Σ_p Σ_q x_{Ui+p, Uj+q}"""
    w = laid(x, kernel_size, stride, padding, 1, ceil_mode)
    divisor = divisors(x, w, padding, ceil_mode, count_include_pad)
    steps, maps = stages(x, w, last_first=False), flat(x, w)
    y = empty((*x.shape[: -len(w.kernel)], *steps[-1].after), x.dtype)
    to = flat(y, w)

    def part(block: slice) -> bool:
        rest = maps[block]
        for stage in steps:
            out = place(to, stage, steps[-1], block)
            collect([(out[i], rest[j]) for i, j in stage.moves], out, whole=False)
            rest = out
        rest /= divisor
        return finite(rest)

    finished(y, [over_blocks(part, maps)])
    return y


@twin_of(cf.avg_pool_dx)
def avg_pool_dx(
    g: Array, y: Array, x: Array,
    *, kernel_size: Sequence[int], stride: PerAxis | None = None, padding: PerAxis = 0, ceil_mode: bool = False,
    count_include_pad: bool = True,
) -> Array:  # fmt: skip
    """∂L/∂xᵢⱼ = 1/(PQ) Σ_p Σ_q ∂L/∂y_{(i−p)/U, (j−q)/U} over the p and q that give integers"""
    w = laid(x, kernel_size, stride, padding, 1, ceil_mode)
    divisor = divisors(x, w, padding, ceil_mode, count_include_pad)
    dx, steps, gs = empty(x.shape, g.dtype), stages(x, w, last_first=False), flat(g, w)
    to, apart = flat(dx, w), all(stage.apart for stage in steps)  # then dx has what g has

    def part(block: slice) -> bool:
        rest = np.divide(gs[block], divisor, out=scratch("share", gs[block].shape, g.dtype))
        good = finite(rest)
        for stage in reversed(steps):
            out = back(to, stage, steps[0], block)
            collect([(out[j], rest[i]) for i, j in stage.moves], out, stage.apart)
            rest = out
        return good and apart

    finished(dx, [over_blocks(part, to)])
    return dx


@twin_of(cf.global_avg_pool)
def global_avg_pool(x: Array, *, axis: tuple[int, ...] = (-2, -1), keepdims: bool = False) -> Array:
    """y = 1/(HW) Σᵢ Σⱼ xᵢⱼ"""
    last = tuple(range(-len(axis), 0))
    if not x.size or tuple(sorted(i - x.ndim * (i >= 0) for i in axis)) != last:
        return cf.global_avg_pool(x, axis=axis, keepdims=keepdims)
    area = math.prod(x.shape[-len(axis) :])
    y = x.reshape(*x.shape[: -len(axis)], area) @ np.full(area, 1 / area, x.dtype)
    return y[..., *(np.newaxis,) * len(axis)] if keepdims else y


def stages(x: Array, w: Windows, *, last_first: bool = True) -> list[Stage]:
    """What becomes of each axis, the last one first or the first one."""
    shape, count, found = list(spatial(x, w)), counts(x, w), []
    axes = range(len(shape))
    for i in reversed(axes) if last_first else axes:
        n, (before, _) = shape[i], w.padding[i]
        axis = Axis(w.kernel[i], w.stride[i], w.dilation[i], -before)
        met = [axis.reached(axis.dilation * j, count[i], n) for j in range(axis.kernel)]
        rest = (slice(None),) * (len(shape) - 1 - i)
        apart = axis.stride >= axis.dilation * (axis.kernel - 1) + 1 or axis.kernel == 1
        covered = sum(t.stop - t.start for t, _ in met) == n
        before_it = tuple(shape)
        shape[i] = count[i]
        moves = [((..., t, *rest), (..., s, *rest)) for t, s in met]
        found.append(Stage(moves, before_it, tuple(shape), apart and covered, f"along {i}"))
    return found


def flat(x: Array, w: Windows) -> Array:
    """The maps of x, one after the other."""
    k = len(w.kernel)
    return x.reshape(math.prod(x.shape[:-k]), *x.shape[-k:])


def over_blocks(part: Callable[[slice], bool], maps: Array, block: int = BLOCK) -> bool:
    """Call `part` with one slice of the maps after the other, in two threads; whether all of them say so."""
    step = max(1, block // max(1, maps[:1].size))

    def half(start: int, stop: int) -> bool:
        return all([part(slice(n, min(n + step, stop))) for n in range(start, stop, step)])

    return all(halves(half, len(maps), maps.size))


def place(to: Array, stage: Stage, last: Stage, block: slice) -> Array:
    """Where what a stage gives is written: to its place after the last one."""
    some = to[block]
    return some if stage is last else scratch(stage.name, (len(some), *stage.after), to.dtype)


def back(to: Array, stage: Stage, first: Stage, block: slice) -> Array:
    """Where what a stage gives back is written: to its place where it was the first one."""
    some = to[block]
    return some if stage is first else scratch(stage.name, (len(some), *stage.before), to.dtype)


def running_max(x: Array, stage: Stage, masks: list[Array], out: Array) -> Array:
    """The maximum over one element after the other, in `out`; masks get where a later one was greater."""
    (to, source), *later = stage.moves
    best = x[source]
    if best.shape != out.shape or not later:
        out[...] = -np.inf
        out[to] = best
        best = out
    for (to, source), mask in zip(later, masks, strict=True):
        value, known = x[source], best[to]
        if known.shape != out.shape:
            mask[...] = False
            if best is not out:
                out[...] = best
        np.greater(value, known, out=mask[to])
        np.maximum(known, value, out=out[to])
        best = out
    return out


def hand_back(g: Array, stage: Stage, masks: list[Array], out: Array) -> Array:
    """What each element of the axis gets of g, in `out`: the last that was greater than those before it gets all."""
    (to, source), *later = stage.moves
    if not stage.apart:
        out[...] = 0
    left = scratch("left", g.shape, g.dtype)
    rest, first = g, out[source]
    for (to, source), mask in zip(reversed(later), reversed(masks), strict=True):
        share = out[source] if stage.apart else scratch("share", g[to].shape, g.dtype)
        np.multiply(rest[to], mask[to], out=share)
        if stage.apart and mask is masks[0] and share.shape == first.shape == g.shape:
            np.subtract(rest, share, out=first)
            return out
        if rest is g and share.shape != g.shape:
            left[...] = g
        np.subtract(rest[to], share, out=left[to])
        if not stage.apart:
            out[source] += share
        rest = left
    to = stage.moves[0][0]
    if stage.apart:
        first[...] = rest[to]
    else:
        first += rest[to]
    return out


def collect(moves: Sequence[tuple[Array, Array]], out: Array, whole: bool) -> None:
    """Out, of which each move is a part that another array is added to; `whole`: together they are all of it, once."""
    first = moves[0][0].shape == out.shape and len(moves) > 1
    if whole:
        for to, source in moves:
            to[...] = source
    elif first and moves[1][0].shape == out.shape:
        np.add(moves[0][1], moves[1][1], out=out)
        for to, source in moves[2:]:
            to += source
    else:
        out[...] = 0
        for to, source in moves:
            to += source
