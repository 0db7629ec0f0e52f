"""The contractions of a dense convolution of few channels at stride 1: as in `depthwise`, four planes of y at a time.

What is read of a frame then serves four kernels. Of many channels the products of matrices are quicker.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Any

import numpy as np

from ...closed_form.notation import Array, Maybe
from ..axes import Axis
from ..threads import halves
from .depthwise import Frame, lay, take
from .jit import compiled_twin, inner, loop, read

MANY = 1 << 10  # pairs of channels
FOUR = 4


@inner
def slide(source: Array, offset: int, step: int, w: Array, out: Array) -> None:
    """Out += Σⱼ wⱼ source for four kernels w, read from offset + j step on."""
    p, q, r, s = out[0], out[1], out[2], out[3]
    whole = w.shape[1] - w.shape[1] % 3
    for j in range(0, whole, 3):
        a, b, c = source[offset + j * step :], source[offset + (j + 1) * step :], source[offset + (j + 2) * step :]
        p0, p1, p2, q0, q1, q2 = w[0, j], w[0, j + 1], w[0, j + 2], w[1, j], w[1, j + 1], w[1, j + 2]
        r0, r1, r2, s0, s1, s2 = w[2, j], w[2, j + 1], w[2, j + 2], w[3, j], w[3, j + 1], w[3, j + 2]
        for i in range(p.size):
            u, v, t = a[i], b[i], c[i]
            p[i] += p0 * u + p1 * v + p2 * t
            q[i] += q0 * u + q1 * v + q2 * t
            r[i] += r0 * u + r1 * v + r2 * t
            s[i] += s0 * u + s1 * v + s2 * t
    for j in range(whole, w.shape[1]):
        a = source[offset + j * step :]
        p0, q0, r0, s0 = w[0, j], w[1, j], w[2, j], w[3, j]
        for i in range(p.size):
            p[i] += p0 * a[i]
            q[i] += q0 * a[i]
            r[i] += r0 * a[i]
            s[i] += s0 * a[i]


@inner
def meet(y: Array, source: Array, offset: int, step: int, w: Array) -> None:
    """W += Σ y source for four rows of y."""
    p, q, r, s, zero = y[0], y[1], y[2], y[3], y.dtype.type(0)
    whole = w.shape[1] - w.shape[1] % 3
    for j in range(0, whole, 3):
        a, b, c = source[offset + j * step :], source[offset + (j + 1) * step :], source[offset + (j + 2) * step :]
        p0, p1, p2, q0, q1, q2 = zero, zero, zero, zero, zero, zero
        r0, r1, r2, s0, s1, s2 = zero, zero, zero, zero, zero, zero
        for i in range(p.size):
            u, v, t = a[i], b[i], c[i]
            p0 += p[i] * u
            p1 += p[i] * v
            p2 += p[i] * t
            q0 += q[i] * u
            q1 += q[i] * v
            q2 += q[i] * t
            r0 += r[i] * u
            r1 += r[i] * v
            r2 += r[i] * t
            s0 += s[i] * u
            s1 += s[i] * v
            s2 += s[i] * t
        w[0, j] += p0
        w[0, j + 1] += p1
        w[0, j + 2] += p2
        w[1, j] += q0
        w[1, j + 1] += q1
        w[1, j + 2] += q2
        w[2, j] += r0
        w[2, j + 1] += r1
        w[2, j + 2] += r2
        w[3, j] += s0
        w[3, j + 1] += s1
        w[3, j + 2] += s2
    for j in range(whole, w.shape[1]):
        a = source[offset + j * step :]
        p0, q0, r0, s0 = zero, zero, zero, zero
        for i in range(p.size):
            p0 += p[i] * a[i]
            q0 += q[i] * a[i]
            r0 += r[i] * a[i]
            s0 += s[i] * a[i]
        w[0, j] += p0
        w[1, j] += q0
        w[2, j] += r0
        w[3, j] += s0


@loop
def slide_planes(
    x: Array, W: Array, b: Array, y: Array, at_x: Array, at_y: Array, lead: int, taps: Array, area: int
) -> None:
    """y = Σ w x, x laid `lead` from the beginning of frames, and read from there on by `taps`."""
    M, C, K, J = W.shape
    frames = np.zeros((C, area + abs(taps[0]) * (K - 1) + abs(taps[1]) * (J - 1)), x.dtype)
    out = np.empty((FOUR, area), x.dtype)
    for n in range(x.shape[0]):
        for c in range(C):
            lay(x[n, c], at_x, lead, frames[c])
        for m in range(0, M, FOUR):
            for i in range(FOUR):
                out[i] = b[m + i]
            for c in range(C):
                for k in range(K):
                    slide(frames[c], lead + k * taps[0], taps[1], W[m : m + FOUR, c, k], out)
            for i in range(min(FOUR, y.shape[1] - m)):
                take(out[i], at_y, y[n, m + i])


@loop
def meet_planes(y: Array, x: Array, W: Array, at_x: Array, at_y: Array, taps: Array, area: int) -> None:
    """W += Σ y x."""
    M, C, K, J = W.shape
    frames = np.zeros((C, area + taps[0] * (K - 1) + taps[1] * (J - 1)), x.dtype)
    others = np.zeros((M, area), x.dtype)
    for n in range(x.shape[0]):
        for c in range(C):
            lay(x[n, c], at_x, 0, frames[c])
        for m in range(y.shape[1]):
            lay(y[n, m], at_y, 0, others[m])
        for m in range(0, M, FOUR):
            for c in range(C):
                for k in range(K):
                    meet(others[m : m + FOUR], frames[c], k * taps[0], taps[1], W[m : m + FOUR, c, k])


def few(W: tuple[int, ...], axes: Sequence[Axis]) -> bool:
    """Whether the loops are quicker than products, and can do it: (G, M, C, ...) kernels in two dimensions."""
    return len(axes) == 2 and W[0] == 1 and W[1] * W[2] < MANY and all(a.stride == 1 for a in axes)


def in_fours(v: Array) -> Array:
    """v with zeros behind, so that its length is a multiple of four."""
    whole = np.zeros((-(-len(v) // FOUR) * FOUR, *v.shape[1:]), v.dtype)
    whole[: len(v)] = v
    return read(whole, *whole.shape)


def slid(x: Array, W: Array, b: Maybe, y: Array, *where: Any) -> bool:
    """Fill y in two halves of the samples."""
    xs, kernels = read(np.ascontiguousarray(x[:, 0]), *x[:, 0].shape), in_fours(W)
    bias = in_fours(np.zeros(len(W), y.dtype) if b is None else b[0])

    def part(start: int, stop: int) -> None:
        slide_planes(xs[start:stop], kernels, bias, y[start:stop, 0], *where)

    halves(part, len(x), y.size * W[0].size >> 4)
    return True


@compiled_twin("correlation.correlate")
def correlate(x: Array, W: Array, b: Maybe, y: Array, axes: Sequence[Axis]) -> bool | None:
    """y_{s,i} = b_s + Σ_p Σ_i′ x_{p,i+i′} w_{s,p,i′}"""
    if not few(W.shape, axes) or not y.flags.c_contiguous:
        return None
    frame = Frame(axes, x.shape[3:], y.shape[3:])
    return slid(x, W[0], b, y, frame.x, frame.y, 0, frame.taps, frame.area)


@compiled_twin("correlation.spread")
def spread(y: Array, W: Array, b: Maybe, x: Array, axes: Sequence[Axis]) -> bool | None:
    """x_{p,i} = b_p + Σ_s Σ_i′ w_{s,p,i−i′} y_{s,i′}"""
    if not few(W.shape, axes) or W.shape[2] < 2 or not x.flags.c_contiguous:
        return None
    frame = Frame(axes, x.shape[3:], y.shape[3:])
    return slid(y, W[0].swapaxes(0, 1), b, x, frame.y, frame.x, frame.last, -frame.taps, frame.area)


@compiled_twin("correlation.kernel")
def kernel(y: Array, x: Array, axes: Sequence[Axis]) -> Array | None:
    """w_{s,p,i′} = Σᵢ y_{s,i} x_{p,i+i′}, summed over the batch"""
    M, C, K = y.shape[2], x.shape[2], [a.kernel for a in axes]
    if not few((y.shape[1], M, C), axes):
        return None
    frame = Frame(axes, x.shape[3:], y.shape[3:])
    xs, ys = (read(np.ascontiguousarray(v[:, 0]), *v[:, 0].shape) for v in (x, y))

    def part(start: int, stop: int) -> Array:
        W = np.zeros((-(-M // FOUR) * FOUR, C, *K))
        meet_planes(ys[start:stop], xs[start:stop], W, frame.x, frame.y, frame.taps, frame.area)
        return W

    found: Any = sum(halves(part, len(x), x.size * M * math.prod(K) >> 4))
    # 0 · ∞ may have come from beyond the ends of lines
    return np.asarray(found, x.dtype)[np.newaxis, :M] if np.isfinite(found).all() else None
