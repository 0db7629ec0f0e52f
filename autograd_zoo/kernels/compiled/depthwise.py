"""The contractions of a convolution whose channels do not see each other: a plane after the other, in the cache.

A plane is laid in a frame of zeros, and the frame read as one long row: each element of the kernel then meets a run of
it. Beyond the ends of lines there is more than is wanted, which is left out, and with a stride so is what lies between.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

import numpy as np

from ...closed_form.notation import Array, Maybe
from ..axes import Axis
from ..threads import halves
from .jit import compiled_twin, inner, loop, read


class Frame:
    """How planes of x and of y lie in a frame of `shape`: each begins somewhere and has strides; where taps look."""

    def __init__(self, axes: Sequence[Axis], size: Sequence[int], count: Sequence[int]) -> None:
        before = [max(0, -a.start) for a in axes]
        reach = [a.stride * (n - 1) + a.dilation * (a.kernel - 1) + 1 for a, n in zip(axes, count, strict=True)]
        lengths = [max(b + n, r + b + a.start) for a, b, n, r in zip(axes, before, size, reach, strict=True)]
        self.width, self.area = lengths[1], lengths[0] * lengths[1]
        self.x = np.array([before[0] * self.width + before[1], self.width, 1])
        first = [b + a.start for a, b in zip(axes, before, strict=True)]
        self.y = np.array([first[0] * self.width + first[1], axes[0].stride * self.width, axes[1].stride])
        self.taps = np.array([a.dilation for a in axes]) * np.array([self.width, 1])
        self.last = int(self.taps @ [a.kernel - 1 for a in axes])


@inner
def lay(plane: Array, at: Array, lead: int, frame: Array) -> None:
    """The elements of a plane to where they are in a frame."""
    for i in range(plane.shape[0]):
        row = frame[lead + at[0] + i * at[1] :]
        if at[2] == 1:
            for j in range(plane.shape[1]):
                row[j] = plane[i, j]
        else:
            for j in range(plane.shape[1]):
                row[j * at[2]] = plane[i, j]


@inner
def take(frame: Array, at: Array, plane: Array) -> None:
    """The elements of a plane from where they are in a frame."""
    for i in range(plane.shape[0]):
        row = frame[at[0] + i * at[1] :]
        if at[2] == 1:
            for j in range(plane.shape[1]):
                plane[i, j] = row[j]
        else:
            for j in range(plane.shape[1]):
                plane[i, j] = row[j * at[2]]


@inner
def slide(source: Array, offset: int, step: int, w: Array, out: Array) -> None:
    """Out += Σⱼ wⱼ source, read from offset + j step on."""
    if w.size == 3:
        a, b, c = source[offset:], source[offset + step :], source[offset + 2 * step :]
        for q in range(out.size):
            out[q] += w[0] * a[q] + w[1] * b[q] + w[2] * c[q]
        return
    for j in range(w.size):
        a = source[offset + j * step :]
        for q in range(out.size):
            out[q] += w[j] * a[q]


@loop
def correlate_planes(x: Array, W: Array, b: Array, y: Array, at_x: Array, at_y: Array, taps: Array, area: int) -> None:
    """y = Σ w x for each plane of y; the kernels are (G, M, K, J)."""
    G, M, K, J = W.shape
    last = taps[0] * (K - 1) + taps[1] * (J - 1)
    frame, out = np.zeros(area + last, x.dtype), np.empty(area, x.dtype)
    for p in range(x.shape[0]):
        lay(x[p], at_x, 0, frame)
        for m in range(M):
            out[:] = b[p % G, m]
            for k in range(K):
                slide(frame, k * taps[0], taps[1], W[p % G, m, k], out)
            take(out, at_y, y[p, m])


@loop
def spread_planes(y: Array, W: Array, b: Array, x: Array, at_x: Array, at_y: Array, taps: Array, area: int) -> None:
    """x = Σ w y for each plane of x."""
    G, M, K, J = W.shape
    last = taps[0] * (K - 1) + taps[1] * (J - 1)
    frame, out = np.zeros(area + last, x.dtype), np.empty(area, x.dtype)
    for p in range(x.shape[0]):
        out[:] = b[p % G, 0]
        for m in range(M):
            lay(y[p, m], at_y, last, frame)
            for k in range(K):
                slide(frame, last - k * taps[0], -taps[1], W[p % G, m, k], out)
        take(out, at_x, x[p])


@inner
def meeting(a: Array, b: Array) -> Any:
    """Σ a b, where b is the longer one."""
    total = a.dtype.type(0)
    for q in range(a.size):
        total += a[q] * b[q]
    return total


@loop
def kernel_planes(y: Array, x: Array, W: Array, start: int, at_x: Array, at_y: Array, taps: Array, area: int) -> None:
    """W += Σ y x for planes whose numbers are counted from `start`."""
    G, M, K, J = W.shape
    last = taps[0] * (K - 1) + taps[1] * (J - 1)
    frame, other = np.zeros(area + last, x.dtype), np.zeros(area, x.dtype)
    for p in range(x.shape[0]):
        lay(x[p], at_x, 0, frame)
        for m in range(M):
            lay(y[p, m], at_y, 0, other)
            for k in range(K):
                for j in range(J):
                    W[(start + p) % G, m, k, j] += meeting(other, frame[k * taps[0] + j * taps[1] :])


def joined(v: Array, *shape: int) -> Array:
    """Samples and groups as one axis of planes."""
    return read(np.ascontiguousarray(v), v.shape[0] * v.shape[1], *shape)


def bias(b: Maybe, G: int, M: int, dtype: Any) -> Array:
    """Numbers to begin with."""
    return read(np.zeros((G, M), dtype) if b is None else np.ascontiguousarray(b), G, M)


def split(planes: int, groups: int) -> int:
    """How many planes may not be parted, so that p counts channels from 0."""
    return groups if planes > groups else 1


def by_planes(step: Callable[..., None], given: Array, W: Array, first: Array, out: Array, frame: Frame) -> bool:
    """What `step(planes, kernels, first, their results, ...)` makes of planes that are given, parted among threads."""
    G, M, _, K, J = W.shape
    kernels, n = read(np.ascontiguousarray(W), G, M, K, J), split(len(given), G)

    def part(start: int, stop: int) -> None:
        s = slice(n * start, n * stop)
        some = (kernels, first) if n == G else (kernels[s], first[s])
        step(given[s], *some, out[s], frame.x, frame.y, frame.taps, frame.area)

    halves(part, len(given) // n, 8 * out.size)
    return True


@compiled_twin("depthwise.correlate")
def correlate(x: Array, W: Array, b: Maybe, y: Array, axes: Sequence[Axis]) -> bool | None:
    """y_{s,i} = b_s + Σ_i′ x_{s,i+i′} w_{s,i′}"""
    if len(axes) != 2 or not y.flags.c_contiguous:
        return None
    (G, M), frame = W.shape[:2], Frame(axes, x.shape[3:], y.shape[3:])
    xs, ys = joined(x, *x.shape[3:]), y.reshape(-1, M, *y.shape[3:])
    return by_planes(correlate_planes, xs, W, bias(b, G, M, y.dtype), ys, frame)


@compiled_twin("depthwise.spread")
def spread(y: Array, W: Array, b: Maybe, x: Array, axes: Sequence[Axis]) -> bool | None:
    """x_{s,i} = b_s + Σ_i′ w_{s,i−i′} y_{s,i′}"""
    if len(axes) != 2 or not x.flags.c_contiguous:
        return None
    (G, M), frame = W.shape[:2], Frame(axes, x.shape[3:], y.shape[3:])
    ys, xs = joined(y, M, *y.shape[3:]), x.reshape(-1, *x.shape[3:])
    return by_planes(spread_planes, ys, W, bias(b, G, 1, x.dtype), xs, frame)


@compiled_twin("depthwise.kernel")
def kernel(y: Array, x: Array, axes: Sequence[Axis]) -> Array | None:
    """w_{s,i′} = Σᵢ y_{s,i} x_{s,i+i′}, summed over the batch"""
    if len(axes) != 2:
        return None
    (G, M), frame = y.shape[1:3], Frame(axes, x.shape[3:], y.shape[3:])
    xs, ys = joined(x, *x.shape[3:]), joined(y, M, *y.shape[3:])

    def part(start: int, stop: int) -> Array:
        W = np.zeros((G, M, *(a.kernel for a in axes)))
        kernel_planes(ys[start:stop], xs[start:stop], W, start, frame.x, frame.y, frame.taps, frame.area)
        return W

    found = sum(halves(part, len(xs), 8 * y.size))
    return np.asarray(found, x.dtype)[:, :, np.newaxis]
