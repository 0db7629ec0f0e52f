"""The three contractions behind a convolution, a few samples at a time, by products without a column matrix.

Of a block of samples the channels are copied once for each element along the last axis of the kernel, so shifted that
they lie where the output does, and along the other axes sorted by phase, the position modulo the stride. What one row
of the kernel meets is then a view of that block, and BLAS takes it as it is. Where such a product would be too thin,
rows are copied beside each other, and samples behind each other. Below, x is the large map and y the small one.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from itertools import product
from typing import Any, NamedTuple

import numpy as np

from ..closed_form.notation import Array
from .memory import scratch
from .products import inner, total
from .threads import halves

BLOCK = 1 << 17  # elements of a block, or of what it gives: they stay in a core's cache
THIN = 64  # channels times elements of a row of the kernel, or positions: fewer make a thin product


class Axis(NamedTuple):
    """Position o of y meets element i of the kernel at x's position stride · o + dilation · i + start."""

    kernel: int
    stride: int
    dilation: int
    start: int

    def reached(self, offset: int, count: int, n: int) -> tuple[slice, slice]:
        """Of `count` positions those where stride · o + offset + start is one of n, and these."""
        start = offset + self.start
        first = max(0, -(start // self.stride))
        last = max(first, min(count, (n - 1 - start) // self.stride + 1))
        at = self.stride * first + start
        return slice(first, last), slice(at, at + self.stride * (last - first), self.stride)


def correlate(x: Array, W: Array, b: Array | None, y: Array, axes: Sequence[Axis]) -> None:
    """y_{s,i} = b_s + Σ_p Σ_i′ x_{p,i+i′} w_{s,p,i′}, where x is 0 outside of itself

    Shapes: x (N, G, C, *n), W (G, M, C, *K), b (G, M) or None, y (N, G, M, *o).
    """
    G, M, count = *W.shape[:2], y.shape[3:]
    weights = by_rows(W)
    bias = None if b is None else b[..., np.newaxis]

    def part(start: int, stop: int) -> None:
        block = Block(x, axes, count, (G, M), stop - start)
        kernels = block.chosen(weights)
        for n in range(start, stop, block.samples):
            some = y[n : min(n + block.samples, stop)]
            views = block.views(x[n : n + len(some)])
            direct = some.flags.c_contiguous and not block.flat
            shape = (*views[0].shape[:2], M, views[0].shape[-1])
            found = some.reshape(shape) if direct else scratch("found", shape, y.dtype)
            total(list(zip(kernels, views, strict=True)), found)
            if bias is not None:
                found += bias
            if not direct:
                some[...] = block.by_sample(found, some.shape)

    halves(part, len(x), work(x, M, axes))


def spread(y: Array, W: Array, b: Array | None, x: Array, axes: Sequence[Axis]) -> None:
    """x_{p,i} = b_p + Σ_s Σ_i′ w_{s,p,i−i′} y_{s,i′}: for each phase of x a correlation with part of the kernel

    Shapes: y (N, G, M, *o), W (G, M, C, *K), b (G, C) or None, x (N, G, C, *n).
    """
    turned = W.swapaxes(1, 2)
    for phases in product(*(range(min(a.stride, n)) for a, n in zip(axes, x.shape[3:], strict=True))):
        found = [_phase(a, phase) for a, phase in zip(axes, phases, strict=True)]
        place = x[..., *(slice(phase, None, a.stride) for a, phase in zip(axes, phases, strict=True))]
        if None in found:
            place[...] = 0 if b is None else b.reshape(*b.shape, *(1,) * len(axes))
        else:
            some, turns = zip(*(f for f in found if f is not None), strict=True)
            correlate(y, turned[..., *turns], b, place, some)


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
    (G, M, *count), C, K = y.shape[1:], x.shape[2], [a.kernel for a in axes]

    def part(start: int, stop: int) -> Array:
        block = Block(x, axes, count, (G, M), stop - start)
        found: Any = 0
        for n in range(start, stop, block.samples):
            some = y[n : min(n + block.samples, stop)]
            views = block.views(x[n : n + len(some)])
            g = block.by_channel(some)
            found = found + np.concatenate([inner(g, view) for view in views], -1)
        return found  # type: ignore[no-any-return]

    rows = sum(halves(part, len(x), work(x, M, axes)))
    back = (0, 1, len(K) + 2, *range(2, len(K) + 2))
    return np.transpose(rows.reshape(G, M, *K, C), back)  # type: ignore[union-attr]


def by_rows(W: Array) -> Array:
    """A matrix for each row of the kernel: (rows, G, M, elements · C)."""
    order = (*range(3, W.ndim - 1), 0, 1, W.ndim - 1, 2)
    return np.transpose(W, order).reshape(-1, *W.shape[:2], W.shape[-1] * W.shape[2])


def work(x: Array, M: int, axes: Sequence[Axis]) -> int:
    """How long it takes, in steps of an element each."""
    return int(x.size * M * math.prod(a.kernel / a.stride for a in axes)) >> 4


class Block:
    """Samples of x as the products take them, in memory that the next ones overwrite.

    Attributes
    ----------
    samples : int
        how many fit
    long : bool
        whether the rows of the kernel are one product
    flat : bool
        whether the samples are one product
    """

    def __init__(
        self,
        x: Array,
        axes: Sequence[Axis],
        count: Sequence[int],
        outputs: tuple[int, int],
        samples: int,
    ) -> None:
        (G, C, *size), (*rest, line) = x.shape[1:], axes
        channels = line.kernel * C
        self.rest, self.count, self.dtype = rest, count, x.dtype
        self.flat = len(axes) > 2 or math.prod(count) < THIN
        self.long = self.flat or channels < THIN
        self.phases = [sorted({a.dilation * i % a.stride for i in range(a.kernel)}) for a in rest]
        lengths = [o + a.dilation * (a.kernel - 1) // a.stride for a, o in zip(rest, count, strict=False)]
        each = channels * math.prod(map(len, self.phases)) * math.prod(lengths) * count[-1]
        self.rows = math.prod(a.kernel for a in rest)
        joined = self.rows * channels * math.prod(count) if self.long else 0
        most = max(G * each, G * joined, math.prod(outputs) * math.prod(count))
        self.samples = max(1, min(samples, BLOCK // most))
        shape = (G, channels, *map(len, self.phases), self.samples, *lengths, count[-1])
        self.shifted = scratch("shifted", shape, x.dtype)
        self.shifted[...] = 0
        self.moves = []
        for j in range(line.kernel):
            to, source = line.reached(line.dilation * j, count[-1], size[-1])
            for phases in product(*map(enumerate, self.phases)):
                met = [a.reached(phase, q, n) for a, (_, phase), q, n in zip(rest, phases, lengths, size, strict=False)]
                index = (*(i for i, _ in phases), slice(None), *(t for t, _ in met), to)
                place = self.shifted[:, j * C : (j + 1) * C, *index]
                self.moves.append((np.moveaxis(place, 2, 0), (*(s for _, s in met), source)))

    def views(self, xs: Array) -> list[Array]:
        """What the rows of the kernel meet in the samples `xs`: (samples, G, channels, positions) each."""
        for place, source in self.moves:
            place[: len(xs)] = xs[..., *source]
        met = [self._met(offsets, len(xs)) for offsets in product(*(range(a.kernel) for a in self.rest))]
        if not self.long:
            return [np.moveaxis(view.reshape(*view.shape[:3], -1), 2, 0) for view in met]
        joined = scratch("joined", (len(met[0]), self.rows, *met[0].shape[1:]), self.dtype)
        np.stack(met, 1, out=joined)
        joined = joined.reshape(len(joined), -1, *joined.shape[3:])
        if self.flat:
            return [joined.reshape(1, *joined.shape[:2], -1)]
        return [np.moveaxis(joined.reshape(*joined.shape[:3], -1), 2, 0)]

    def _met(self, offsets: Sequence[int], samples: int) -> Array:
        """The elements of the shifted samples that one row of the kernel meets: (G, channels, samples, *o)."""
        phases, steps = [], []
        for a, known, i, o in zip(self.rest, self.phases, offsets, self.count, strict=False):
            phases.append(known.index(a.dilation * i % a.stride))
            first = a.dilation * i // a.stride
            steps.append(slice(first, first + o))
        return self.shifted[:, :, *phases, :samples, *steps]  # type: ignore[no-any-return]

    def chosen(self, weights: list[Array]) -> list[Array]:
        """The matrices by which `views` are to be multiplied."""
        return [np.concatenate(weights, -1)] if self.long else weights

    def by_sample(self, found: Array, shape: tuple[int, ...]) -> Array:
        """What the products gave, (samples, G, M, *o)."""
        if not self.flat:
            return found.reshape(shape)
        return np.moveaxis(found.reshape(*shape[1:3], shape[0], *shape[3:]), 2, 0)

    def by_channel(self, some: Array) -> Array:
        """(samples, G, M, *o) as `views` gives samples: (samples, G, M, positions)."""
        if not self.flat:
            return some.reshape(*some.shape[:3], -1)
        moved = scratch("moved", (*some.shape[1:3], len(some), *some.shape[3:]), some.dtype)
        moved[...] = np.moveaxis(some, 0, 2)
        return moved.reshape(1, *moved.shape[:2], -1)
