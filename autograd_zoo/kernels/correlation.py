"""The three contractions behind a convolution, a few samples at a time, by products without a column matrix.

Of a block of samples the channels are copied once for each element along the last axis of the kernel, so shifted that
they lie where the output does, and along the other axes sorted by phase, the position modulo the stride. What one row
of the kernel meets is then a view of that block, and BLAS takes it as it is. Where such a product would be too thin,
rows are copied beside each other, and samples behind each other. Below, x is the large map and y the small one.
"""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence
from itertools import product
from typing import Any

import numpy as np

from ..closed_form.notation import Array
from .axes import Axis, Limits, beyond, geometry, run
from .memory import scratch
from .products import inner, total
from .threads import halves
from .twins import by_compiled

BLOCK = 1 << 18  # elements of a block, or of what it gives: they stay in the cache, and steps are long for two threads
THIN = 64  # channels times elements of a row of the kernel, or positions: fewer make a thin product
FEW = 8  # channels of x: they cost less to add up than those of y to copy
SHORT = 256  # positions: over fewer a sum is short


def correlate(x: Array, W: Array, b: Array | None, y: Array, axes: Sequence[Axis]) -> None:
    """y_{s,i} = b_s + Σ_p Σ_i′ x_{p,i+i′} w_{s,p,i′}, where x is 0 outside of itself

    Shapes: x (N, G, C, *n), W (G, M, C, *K), b (G, M) or None, y (N, G, M, *o).
    """
    if by_compiled("correlation.correlate", x, W, b, y, axes):
        return
    G, M, count = W.shape[0], W.shape[1], y.shape[3:]
    weights = by_rows(W)
    bias = None if b is None else b[..., np.newaxis]

    def part(start: int, stop: int) -> None:
        block = Block(x, axes, count, (G, M), stop - start, ones=b is not None)
        kernels = block.chosen(weights, bias)
        for n in range(start, stop, block.samples):
            some = y[n : min(n + block.samples, stop)]
            views = block.views(x[n : n + len(some)])
            direct = some.flags.c_contiguous and not block.flat
            found = some.reshape(len(some), G, M, -1) if direct else scratch("found", block.shape(some), y.dtype)
            total(zip(kernels, views, strict=True), found)
            if bias is not None and not block.ones:
                found += bias
            if not direct:
                some[...] = block.in_place(found, some.shape)

    halves(part, len(x), work(x, M, axes))


def spread(y: Array, W: Array, b: Array | None, x: Array, axes: Sequence[Axis]) -> None:
    """x_{p,i} = b_p + Σ_s Σ_i′ w_{s,p,i−i′} y_{s,i′}: for each phase of x a correlation with part of the kernel

    Shapes: y (N, G, M, *o), W (G, M, C, *K), b (G, C) or None, x (N, G, C, *n).
    """
    if by_compiled("correlation.spread", y, W, b, x, axes):
        return
    if W.shape[2] < FEW <= W.shape[1]:
        return scatter(y, W, b, x, axes)
    turned = W.swapaxes(1, 2)
    for phases in product(*(range(min(a.stride, n)) for a, n in zip(axes, x.shape[3:], strict=True))):
        found = [_phase(a, phase) for a, phase in zip(axes, phases, strict=True)]
        place = x[..., *(slice(phase, None, a.stride) for a, phase in zip(axes, phases, strict=True))]
        if None in found:
            place[...] = 0 if b is None else b.reshape(*b.shape, *(1,) * len(axes))
        else:
            some, turns = zip(*(f for f in found if f is not None), strict=True)
            correlate(y, turned[..., *turns], b, place, some)


def scatter(y: Array, W: Array, b: Array | None, x: Array, axes: Sequence[Axis]) -> None:
    """`spread` to a few channels: what all elements of the kernel give, in one product, added where it belongs."""
    (G, M, C, *K), count = W.shape, y.shape[3:]
    elements = list(product(*map(range, K)))
    columns = np.moveaxis(W, 1, -1).reshape(G, C * len(elements), M)
    wide = count[-1] == x.shape[-1] and x.flags.c_contiguous
    planes = wide and len(axes) > 1 and axes[-1].stride == axes[-2].stride == 1  # then whole planes are added
    moves: list[tuple[Any, Any]] = []
    outside: list[Any] = []
    for element in elements:
        along = zip(axes, element, count, x.shape[3:], strict=True)
        met = [a.reached(a.dilation * i, o, n) for a, i, o, n in along]
        to, of = [t for _, t in met], [s for s, _ in met]
        if any(s.start >= s.stop for s in of):
            continue
        if planes:
            outside += [(*element, ..., edge) for edge in beyond(of[-1], count[-1])]
            rows, those = run(to[-2], of[-2], count[-1], of[-1].start - to[-1].start)
            to[-2:], of[-2:] = [rows], [those]
        moves.append(((..., *to), (*element, ..., *of)))
    samples = max(1, BLOCK // (G * len(elements) * C * math.prod(count)))

    def part(start: int, stop: int) -> None:
        for n in range(start, stop, samples):
            some, xs = y[n : min(n + samples, stop)], x[n : min(n + samples, stop)]
            found = scratch("found", (len(some), G, C * len(elements), math.prod(count)), y.dtype)
            total([(columns, some.reshape(*some.shape[:3], -1))], found)
            parts = np.moveaxis(found.reshape(len(some), G, C, *K, *count), range(3, 3 + len(K)), range(len(K)))
            for edge in outside:
                parts[edge] = 0
            xs[...] = 0 if b is None else b.reshape(*b.shape, *(1,) * len(axes))
            maps, parts = (flat(xs), flat(parts)) if planes else (xs, parts)
            for place, source in moves:
                maps[place] += parts[source]

    halves(part, len(y), work(x, M, axes))


def _phase(a: Axis, phase: int) -> tuple[Axis, slice] | None:
    """How positions stride · q + phase of x meet y, and which elements of the kernel they meet it by, if any."""
    met = [i for i in range(a.kernel) if (phase - a.start - a.dilation * i) % a.stride == 0]
    if not met:
        return None
    step = met[1] - met[0] if len(met) > 1 else 1
    elements = slice(met[-1], met[0] - 1 if met[0] else None, -step)
    start = (phase - a.start - a.dilation * met[-1]) // a.stride
    return Axis(len(met), 1, a.dilation * step // a.stride if len(met) > 1 else 1, start), elements


def kernel(y: Array, x: Array, axes: Sequence[Axis]) -> Array:
    """w_{s,p,i′} = Σᵢ y_{s,i} x_{p,i+i′}, summed over the batch

    Shapes: y (N, G, M, *o), x (N, G, C, *n), the result (G, M, C, *K).
    """
    quick = by_compiled("correlation.kernel", y, x, axes)
    if quick is not None:
        return quick
    (G, M, *count), C, K = y.shape[1:], x.shape[2], [a.kernel for a in axes]

    def part(start: int, stop: int) -> Array:
        block = Block(x, axes, count, (G, M), stop - start, SHORT)
        found: Any = 0
        for n in range(start, stop, block.samples):
            some = y[n : min(n + block.samples, stop)]
            g = block.by_channel(some)
            found = found + np.concatenate([inner(g, view) for view in block.views(x[n : n + len(some)])], -1)
        return found

    rows = sum(halves(part, len(x), work(x, M, axes)))
    back = (0, 1, len(K) + 2, *range(2, len(K) + 2))
    return np.transpose(rows.reshape(G, M, *K, C), back)


def by_rows(W: Array) -> Array:
    """A matrix for each row of the kernel: (rows, G, M, elements · C)."""
    order = (*range(3, W.ndim - 1), 0, 1, W.ndim - 1, 2)
    return np.transpose(W, order).reshape(-1, *W.shape[:2], W.shape[-1] * W.shape[2])


def work(x: Array, M: int, axes: Sequence[Axis]) -> int:
    """How long it takes, in steps of an element each; what is short takes many of them, and one thread."""
    return int(x.size * M * math.prod(a.kernel / a.stride for a in axes)) >> 6


class Block:
    """Samples of x as the products take them, in memory that the next ones overwrite.

    Attributes
    ----------
    samples : int
        how many there is room for
    long : bool
        whether all rows of the kernel make one product, because one of them would make a thin one
    place : Geometry
        where it lies, and whether it is `plain`: x itself is what the only element of a kernel meets
    ones : bool
        whether such a product has a row of ones for a bias
    flat : bool
        whether all samples make one product, because there are fewer than `few` positions of y in one
    """

    def __init__(
        self,
        x: Array,
        axes: Sequence[Axis],
        count: Sequence[int],
        outputs: tuple[int, int],
        samples: int,
        few: int = THIN,
        ones: bool = False,
    ) -> None:
        place = geometry(x.shape[1:], tuple(axes), tuple(count), outputs, samples, Limits(BLOCK, THIN, few))
        self.place, self.count, self.ones = place, count, ones and place.long
        self.samples, self.long, self.flat = place.samples, place.long, place.flat
        if place.plain:
            return
        shifted = scratch("shifted", place.shape, x.dtype)
        maps = np.moveaxis(shifted, -len(axes) - 1, 0)
        for margin in place.margins:
            maps[margin] = 0
        self.outside = [maps[columns] for columns in place.outside]
        maps = flat(maps) if place.planes else maps
        self.moves = [(maps[to], source) for to, source in place.moves]
        self.met = [shifted[seen] for seen in place.met]  # (G, channels, samples, *o)

    def views(self, xs: Array) -> Iterator[Array]:
        """What the rows of the kernel meet in the samples `xs`: (samples, G, channels, positions) each."""
        if self.place.plain:
            yield xs.reshape(*xs.shape[:3], -1)
            return
        n = len(xs)
        maps = flat(xs) if self.place.planes else xs
        for place, source in self.moves:
            place[:n] = maps[source]
        for place in self.outside:
            place[:n] = 0
        met = [view[:, :, :n] for view in self.met]
        if not self.long and not self.flat:
            yield from (by_sample(view.reshape(*view.shape[:3], -1)) for view in met)
            return
        G, channels = met[0].shape[:2]
        for rows in [met] if self.long else [[view] for view in met]:
            high = len(rows) * channels
            joined = scratch("joined", (G, high + self.ones, n, *self.count), xs.dtype)
            joined[:, high:] = 1
            np.stack(rows, 1, out=joined[:, :high].reshape(G, len(rows), channels, n, *self.count))
            if self.flat:
                yield joined.reshape(1, G, high + self.ones, -1)
            else:
                yield by_sample(joined.reshape(G, high + self.ones, n, -1))

    def chosen(self, weights: Array, bias: Array | None) -> Sequence[Array]:
        """The matrices by which `views` are to be multiplied; the bias is the weight of a row of ones."""
        if not self.long:
            return weights  # type: ignore[no-any-return]
        return [np.concatenate([*weights, bias] if self.ones else [*weights], -1)]

    def shape(self, some: Array) -> tuple[int, ...]:
        """The shape in which the products give `some` of y."""
        N, G, M, *count = some.shape
        return (1, G, M, N * math.prod(count)) if self.flat else (N, G, M, math.prod(count))

    def in_place(self, found: Array, shape: tuple[int, ...]) -> Array:
        """What the products gave, as (samples, G, M, *o)."""
        N, G, M, *count = shape
        return by_sample(found.reshape(G, M, N, *count)) if self.flat else found.reshape(shape)

    def by_channel(self, some: Array) -> Array:
        """(samples, G, M, *o) as `views` gives samples: (samples, G, M, positions)."""
        if not self.flat:
            return some.reshape(*some.shape[:3], -1)
        moved = scratch("moved", (*some.shape[1:3], len(some), *some.shape[3:]), some.dtype)
        by_sample(moved)[...] = some
        return moved.reshape(1, *moved.shape[:2], -1)


def by_sample(v: Array) -> Array:
    """(G, C, samples, ...) as (samples, G, C, ...)."""
    return v.transpose(2, 0, 1, *range(3, v.ndim))


def flat(v: Array) -> Array:
    """The last two axes of v as one."""
    return v.reshape(*v.shape[:-2], -1)
