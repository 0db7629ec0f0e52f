"""The contractions of a convolution whose channels do not see each other: a row of the kernel is a banded matrix.

What it does to rows of a map is a product with that matrix, cut where it becomes so wide that most of it is zero.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import NamedTuple

import numpy as np

from ..closed_form.notation import Array
from .axes import Axis
from .memory import scratch
from .products import SMALL
from .threads import halves
from .twins import by_compiled

WIDE = 48  # columns of y: of more the bands are cut
ROWS = Axis(1, 1, 1, 0)
SAMPLES = 1 << 16  # elements of a block of samples


class Piece(NamedTuple):
    """Rows and columns of y, and those of x that meet them by one row of the kernel: y += x @ band."""

    y: tuple[slice, slice]
    x: tuple[slice, slice]
    band: Array  # (G, M, columns of x, columns of y)
    row: int  # of the kernel


def correlate(x: Array, W: Array, b: Array | None, y: Array, axes: Sequence[Axis]) -> None:
    """y_{s,i} = b_s + Σ_i′ x_{s,i+i′} w_{s,i′}

    Shapes: x (N, G, 1, H, L), W (G, M, 1, K, J), b (G, M) or None, y (N, G, M, h, l).
    """
    if by_compiled("depthwise.correlate", x, W, b, y, axes):
        return None
    if len(axes) == 1:
        return correlate(planes(x), W[..., np.newaxis, :], b, planes(y), [ROWS, *axes])
    all_pieces = [*pieces(W[:, :, 0], axes, y.shape[3:], x.shape[3:])]

    def part(start: int, stop: int) -> None:
        for n, m in blocks(start, stop, y[0].size):
            add_up([(p.y, x[n:m, :, :, *p.x], p.band) for p in all_pieces], y[n:m])
            if b is not None:
                y[n:m] += b[..., np.newaxis, np.newaxis]

    halves(part, len(x), 8 * y.size)


def spread(y: Array, W: Array, b: Array | None, x: Array, axes: Sequence[Axis]) -> None:
    """x_{s,i} = b_s + Σ_i′ w_{s,i−i′} y_{s,i′}, of all M that come from one channel

    Shapes: y (N, G, M, h, l), W (G, M, 1, K, J), b (G, 1) or None, x (N, G, 1, H, L).
    """
    if by_compiled("depthwise.spread", y, W, b, x, axes):
        return None
    if len(axes) == 1:
        return spread(planes(y), W[..., np.newaxis, :], b, planes(x), [ROWS, *axes])
    all_pieces = [*pieces(W[:, :, 0], axes, y.shape[3:], x.shape[3:])]
    back = [p._replace(band=np.ascontiguousarray(p.band.swapaxes(-1, -2))) for p in all_pieces]

    def part(start: int, stop: int) -> None:
        for n, m in blocks(start, stop, x[0].size):
            steps = [(p.x, y[n:m, :, i, *p.y], p.band[:, i]) for p in back for i in range(W.shape[1])]
            add_up(steps, x[n:m, :, 0])
            if b is not None:
                x[n:m] += b[..., np.newaxis, np.newaxis]

    halves(part, len(x), 8 * x.size)


def kernel(y: Array, x: Array, axes: Sequence[Axis]) -> Array:
    """w_{s,i′} = Σᵢ y_{s,i} x_{s,i+i′}, summed over the batch

    Shapes: y (N, G, M, h, l), x (N, G, 1, H, L), the result (G, M, 1, K, J).
    """
    if len(axes) == 1:
        return kernel(planes(y), planes(x), [ROWS, *axes])[..., 0, :]
    found: Array | None = by_compiled("depthwise.kernel", y, x, axes)
    if found is not None:
        return found
    K, J = (a.kernel for a in axes)
    ones = np.ones((*y.shape[1:3], K, J), y.dtype)
    all_pieces = [*pieces(ones, axes, y.shape[3:], x.shape[3:])]

    def part(start: int, stop: int) -> list[Array]:
        met = [np.zeros(p.band.shape, y.dtype) for p in all_pieces]
        for n, m in blocks(start, stop, y[0].size):
            for p, found in zip(all_pieces, met, strict=True):
                parts = scratch("parts", (m - n, *found.shape), y.dtype)
                np.matmul(x[n:m, :, :, *p.x].swapaxes(-1, -2), y[n:m, :, :, *p.y], out=parts)
                for one in parts:
                    found += one
        return met

    total = np.zeros(ones.shape, y.dtype)
    for p, parts in zip(all_pieces, zip(*halves(part, len(x), 8 * y.size), strict=True), strict=True):
        for j, (columns, met) in enumerate(bands(axes[1], p.y[1], p.x[1], x.shape[-1])):
            total[:, :, p.row, j] += sum(parts)[:, :, met, columns].sum(-1)
    return total[:, :, np.newaxis]


def planes(v: Array) -> Array:
    """Maps of one axis as one sample, whose rows they are."""
    return np.moveaxis(v, 0, 2)[np.newaxis]


def pieces(W: Array, axes: Sequence[Axis], count: Sequence[int], size: Sequence[int]) -> Iterator[Piece]:
    """The pieces that make up y, of `count` rows and columns, from x of `size`. Shapes: W (G, M, K, J)."""
    down, along = axes
    width = count[1] if count[1] <= WIDE else WIDE * 2 // 3
    for left in range(0, count[1], width):
        columns = slice(left, min(left + width, count[1]))
        first = max(0, along.stride * left + along.start)
        last = along.stride * (columns.stop - 1) + along.dilation * (along.kernel - 1) + along.start
        met = slice(first, min(last + 1, size[1]))
        if met.stop <= met.start:
            continue
        for row in range(down.kernel):
            band = np.zeros((*W.shape[:2], met.stop - met.start, columns.stop - left), W.dtype)
            for j, (to, source) in enumerate(bands(along, columns, met, size[1])):
                band[:, :, source, to] = W[:, :, row, j, np.newaxis]
            height = max(1, SMALL // max(1, band.shape[-1] * band.shape[-2]))
            for top in range(0, count[0], height):
                part = down._replace(start=down.start + down.stride * top)
                to, source = part.reached(down.dilation * row, min(height, count[0] - top), size[0])
                if to.start < to.stop:
                    yield Piece((slice(top + to.start, top + to.stop), columns), (source, met), band, row)


def bands(along: Axis, columns: slice, met: slice, n: int) -> Iterator[tuple[Array, Array]]:
    """For each element of a row of the kernel, the columns of y and of x that it joins, counted in the piece."""
    part = along._replace(start=along.start + along.stride * columns.start)
    for j in range(along.kernel):
        to, source = part.reached(along.dilation * j, columns.stop - columns.start, n)
        yield np.arange(to.start, to.stop), np.arange(source.start, source.stop, source.step) - met.start


def add_up(steps: Sequence[tuple[tuple[slice, slice], Array, Array]], out: Array) -> None:
    """Out = the sum of x @ band over the steps (rows and columns of out, x, band)."""
    whole = [out[..., *place].shape == out.shape for place, _, _ in steps]
    first = whole.index(True) if True in whole else None
    if first is None:
        out[...] = 0
    else:
        np.matmul(*steps[first][1:], out=out)
    for i, (place, x, band) in enumerate(steps):
        if i != first:
            part = out[..., *place]
            part += np.matmul(x, band, out=scratch("term", part.shape, out.dtype))


def blocks(start: int, stop: int, each: int) -> Iterator[tuple[int, int]]:
    """The samples from `start` to `stop`, of `each` elements, as many at a time as stay in the cache."""
    step = max(1, SAMPLES // max(1, each))
    for n in range(start, stop, step):
        yield n, min(n + step, stop)
