"""Pooling of planes by windows that lie side by side: each element is read once."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any, NamedTuple

import numpy as np

from ...closed_form import pooling as cf
from ...closed_form.notation import Array
from ...closed_form.windows import PerAxis
from ...engine.values import Kept
from ..memory import empty
from ..threads import halves
from .jit import NOTHING, compiled_twin, inline, loop, noted, plain, read, summing, zero_of

Told = float | None  # 0 where a loop has found all of something finite


class First(NamedTuple):
    """Which element of each window is its first maximum, counted along its rows."""

    place: Array


# ---- windows of 2 × 2, whose neighbours a compiler reads and writes side by side -----------------------------------


@inline
def later(v: float, top: float) -> bool:
    """Whether v, which comes later, is the maximum: the first NaN is."""
    return (v > top) | ((v != v) & (top == top))


@loop
def max_forward_2(x: Array, y: Array, place: Array) -> float:
    """The maxima of windows of 2 × 2, and which element each one is; 0 if all of y is finite."""
    told = NOTHING
    planes, rows, columns = y.shape
    for i in range(planes):
        for r in range(rows):
            for c in range(columns):
                top, at = x[i, 2 * r, 2 * c], np.uint8(0)
                v = x[i, 2 * r, 2 * c + 1]
                top, at = v if later(v, top) else top, np.uint8(1) if later(v, top) else at
                v = x[i, 2 * r + 1, 2 * c]
                top, at = v if later(v, top) else top, np.uint8(2) if later(v, top) else at
                v = x[i, 2 * r + 1, 2 * c + 1]
                y[i, r, c] = v if later(v, top) else top
                place[i, r, c] = np.uint8(3) if later(v, top) else at
            told += zero_of(y[i, r])
    return told


@loop
def max_backward_2(g: Array, place: Array, dx: Array) -> float:
    """Each g goes to the element that was the maximum of its window; 0 if all of g is finite."""
    told = NOTHING
    planes, rows, columns = g.shape
    for i in range(planes):
        for r in range(rows):
            for c in range(columns):
                v, at = g[i, r, c], place[i, r, c]
                dx[i, 2 * r, 2 * c] = v if at == 0 else 0
                dx[i, 2 * r, 2 * c + 1] = v if at == 1 else 0
            for c in range(columns):
                v, at = g[i, r, c], place[i, r, c]
                dx[i, 2 * r + 1, 2 * c] = v if at == 2 else 0
                dx[i, 2 * r + 1, 2 * c + 1] = v if at == 3 else 0
            told += zero_of(g[i, r])
    return told


@loop
def mean_forward_2(x: Array, y: Array) -> float:
    """The means of windows of 2 × 2; 0 if all of y is finite."""
    told = NOTHING
    planes, rows, columns = y.shape
    quarter = y.dtype.type(0.25)
    for i in range(planes):
        for r in range(rows):
            for c in range(columns):
                top = x[i, 2 * r, 2 * c] + x[i, 2 * r, 2 * c + 1]
                y[i, r, c] = (top + x[i, 2 * r + 1, 2 * c] + x[i, 2 * r + 1, 2 * c + 1]) * quarter
            told += zero_of(y[i, r])
    return told


@loop
def mean_backward_2(g: Array, dx: Array) -> float:
    """Each element of a window of 2 × 2 gets a quarter of g; 0 if all of g is finite."""
    told = NOTHING
    planes, rows, columns = g.shape
    quarter = g.dtype.type(0.25)
    for i in range(planes):
        for r in range(rows):
            for c in range(columns):
                v = g[i, r, c] * quarter
                dx[i, 2 * r, 2 * c] = v
                dx[i, 2 * r, 2 * c + 1] = v
            for c in range(columns):
                v = g[i, r, c] * quarter
                dx[i, 2 * r + 1, 2 * c] = v
                dx[i, 2 * r + 1, 2 * c + 1] = v
            told += zero_of(g[i, r])
    return told


# ---- windows of any size --------------------------------------------------------------------------------------------


@loop
def max_forward(x: Array, y: Array, place: Array, kh: int, kw: int) -> float:
    """The maxima, and which element of its window each one is; 0 if all of y is finite."""
    told = NOTHING
    planes, rows, columns = y.shape
    for i in range(planes):
        for r in range(rows):
            for c in range(columns):
                top, at = x[i, r * kh, c * kw], np.uint8(0)
                for k in range(kh):
                    for m in range(kw):
                        v = x[i, r * kh + k, c * kw + m]
                        if later(v, top):
                            top, at = v, np.uint8(k * kw + m)
                y[i, r, c], place[i, r, c] = top, at
            told += zero_of(y[i, r])
    return told


@loop
def max_backward(g: Array, place: Array, dx: Array, kh: int, kw: int) -> float:
    """Each g goes to the element that was the maximum of its window; 0 if all of g is finite."""
    told = NOTHING
    planes, rows, columns = g.shape
    dx[...] = 0
    for i in range(planes):
        for r in range(rows):
            for c in range(columns):
                at = np.intp(place[i, r, c])
                dx[i, r * kh + at // kw, c * kw + at % kw] = g[i, r, c]
            told += zero_of(g[i, r])
    return told


@summing
def mean_forward(x: Array, y: Array, kh: int, kw: int) -> float:
    """The means of windows; 0 if all of y is finite."""
    told = NOTHING
    planes, rows, columns = y.shape
    share = y.dtype.type(1 / (kh * kw))
    for i in range(planes):
        for r in range(rows):
            for c in range(columns):
                total = y.dtype.type(0)
                for k in range(kh):
                    for m in range(kw):
                        total += x[i, r * kh + k, c * kw + m]
                y[i, r, c] = total * share
            told += zero_of(y[i, r])
    return told


@loop
def mean_backward(g: Array, dx: Array, kh: int, kw: int) -> float:
    """Each element of a window gets its share of g; 0 if all of g is finite."""
    told = NOTHING
    planes, rows, columns = g.shape
    share = g.dtype.type(1 / (kh * kw))
    for i in range(planes):
        for r in range(rows):
            for k in range(kh):
                for c in range(columns):
                    for m in range(kw):
                        dx[i, r * kh + k, c * kw + m] = g[i, r, c] * share
            told += zero_of(g[i, r])
    return told


def margins(dx: Array, sides: tuple[int, int]) -> None:
    """What is in no window gets nothing."""
    rows, columns = (n - n % k for n, k in zip(dx.shape[-2:], sides, strict=True))
    dx[..., rows:, :] = 0
    dx[..., columns:] = 0


def side_by_side(x: Array, kernel_size: Sequence[int], stride: Any, unusual: Any) -> tuple[int, int] | None:
    """The window's sides, if such windows tile planes of x, but for what is left over at the ends."""
    if len(kernel_size) != 2 or unusual or x.ndim < 2 or not plain(x):
        return None
    sides = int(kernel_size[0]), int(kernel_size[1])
    step = sides if stride is None else (stride, stride) if isinstance(stride, int) else tuple(stride)
    fits = all([0 < k <= n for k, n in zip(sides, x.shape[-2:], strict=True)]) and sides[0] * sides[1] < 256
    return sides if step == sides and fits else None


def planes(x: Array, sides: tuple[int, int]) -> tuple[int, int, int]:
    """The shape of what windows of planes give."""
    return x.size // max(1, x.shape[-2] * x.shape[-1]), x.shape[-2] // sides[0], x.shape[-1] // sides[1]


def by_planes(
    of_2: Callable[..., Told], of_any: Callable[..., Told], sides: tuple[int, int], *maps: Array
) -> list[Told]:
    """What the loop for such windows tells of maps, which it goes over plane after plane."""

    def part(start: int, stop: int) -> Told:
        some = [v[start:stop] for v in maps]
        return of_2(*some) if sides == (2, 2) else of_any(*some, *sides)

    return halves(part, len(maps[0]), sum(v.size for v in maps))


@compiled_twin(cf.max_pool)
def max_pool(
    x: Array,
    *, kernel_size: Sequence[int], stride: PerAxis | None = None, padding: PerAxis = 0, dilation: PerAxis = 1,
    ceil_mode: bool = False,
) -> Any:  # fmt: skip
    """yᵢⱼ = max x over the window that starts at Ui, Uj"""
    sides = side_by_side(x, kernel_size, stride, padding != 0 or dilation != 1 or ceil_mode)
    if sides is None:
        return None
    laid = planes(x, sides)
    y, place, maps = empty((*x.shape[:-2], *laid[1:]), x.dtype), empty(laid, np.uint8), read(x, laid[0], *x.shape[-2:])
    out = y.reshape(laid)
    noted(y, by_planes(max_forward_2, max_forward, sides, maps, out, place))
    return Kept(y, First(place))


@compiled_twin(cf.max_pool_dx)
def max_pool_dx(
    g: Array, y: Array, x: Array,
    *, kernel_size: Sequence[int], stride: PerAxis | None = None, padding: PerAxis = 0, dilation: PerAxis = 1,
    ceil_mode: bool = False, kept: Any = None,
) -> Array | None:  # fmt: skip
    """∂L/∂xᵢⱼ = Σ ∂L/∂yᵢ′ⱼ′ over the windows i′, j′ whose maximum is at i, j"""
    if not isinstance(kept, First):
        return None
    sides, place = (int(kernel_size[0]), int(kernel_size[1])), kept.place
    dx, gs = empty(x.shape, g.dtype), read(np.ascontiguousarray(g), *place.shape)
    out = dx.reshape(len(place), *x.shape[-2:])
    told = by_planes(max_backward_2, max_backward, sides, gs, place, out)
    margins(dx, sides)
    noted(dx, told)
    return dx


@compiled_twin(cf.avg_pool)
def avg_pool(
    x: Array,
    *, kernel_size: Sequence[int], stride: PerAxis | None = None, padding: PerAxis = 0, ceil_mode: bool = False,
    count_include_pad: bool = True,
) -> Array | None:  # fmt: skip
    """yᵢⱼ = 1/(PQ) Σ_p Σ_q x_{Ui+p, Uj+q}"""
    sides = side_by_side(x, kernel_size, stride, padding != 0 or ceil_mode)
    if sides is None:
        return None
    laid = planes(x, sides)
    y, maps = empty((*x.shape[:-2], *laid[1:]), x.dtype), read(x, laid[0], *x.shape[-2:])
    out = y.reshape(laid)
    noted(y, by_planes(mean_forward_2, mean_forward, sides, maps, out))
    return y


@compiled_twin(cf.avg_pool_dx)
def avg_pool_dx(
    g: Array, y: Array, x: Array,
    *, kernel_size: Sequence[int], stride: PerAxis | None = None, padding: PerAxis = 0, ceil_mode: bool = False,
    count_include_pad: bool = True,
) -> Array | None:  # fmt: skip
    """∂L/∂xᵢⱼ = 1/(PQ) Σ ∂L/∂yᵢ′ⱼ′ over the windows i′, j′ that hold it"""
    sides = side_by_side(x, kernel_size, stride, padding != 0 or ceil_mode)
    if sides is None:
        return None
    dx, gs = empty(x.shape, g.dtype), read(np.ascontiguousarray(g), *planes(x, sides))
    out = dx.reshape(len(gs), *x.shape[-2:])
    told = by_planes(mean_backward_2, mean_backward, sides, gs, out)
    margins(dx, sides)
    noted(dx, told)
    return dx
