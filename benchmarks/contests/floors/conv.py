"""Floors of convolutions: products by kernel rows without a column matrix; bands if depth-wise; planes if 1 × 1."""

from __future__ import annotations

from collections.abc import Callable
from itertools import product
from typing import Any

import numpy as np
from numpy.lib.stride_tricks import as_strided

from .memory import Array, F, Memory, split

ELEMENTS = 1 << 17  # of a block of samples, which stays in a core's second cache
Step = Callable[[], list[Array]]


class Plan:
    """Where a block of samples lies, so that each row of the kernel finds its operand as one strided view.

    `shifted` holds, for each place j along the kernel's last axis, the planes of every channel, shifted by j; their
    rows are sorted by phase (index modulo stride), so that those that one kernel row meets follow each other. Of
    several samples in a block, and of several axes before the last, rows that belong to no output are computed too.
    """

    def __init__(self, x: tuple[int, ...], W: tuple[int, ...], stride: int, padding: int) -> None:
        (o, c, *kernel), lengths = W, x[2:]
        out = [(n + 2 * padding - k) // stride + 1 for n, k in zip(lengths, kernel, strict=True)]
        rows, w = [-(-(n + 2 * padding) // stride) for n in lengths[:-1]], out[-1]
        phases = stride if rows else 1
        self.samples = max(1, ELEMENTS // (max(kernel[-1] * c, 2 * o) * phases * int(np.prod(rows)) * w))
        self.shifted = np.zeros((kernel[-1], c, phases, self.samples, *rows, w), F)
        flat = self.shifted.reshape(kernel[-1] * c, -1)
        reach = int(np.prod([self.samples, *rows])) * w
        last = [self.samples - 1, *(n - 1 for n in out[:-1])]
        width = (int(np.ravel_multi_index(last, (self.samples, *rows))) + 1) * w
        self.views = []
        for place in product(*(range(k) for k in kernel[:-1])):
            phase = place[0] % phases if place else 0
            at = int(np.ravel_multi_index([i // phases for i in place], rows)) * w if place else 0
            self.views.append(flat[:, phase * reach + at : phase * reach + at + width])
        self.moves = [
            move
            for j in range(kernel[-1])
            for a in range(phases)
            for move in self._move(j, a, lengths, w, stride, padding)
        ]
        planes = np.zeros((o, self.samples, *rows, w), F)
        self.outputs = planes[(slice(None), slice(None), *(slice(n) for n in out[:-1]))].swapaxes(0, 1)
        self.products = planes.reshape(o, -1)[:, :width]
        self.whole = self.samples == 1 and width == int(np.prod(out))

    def _move(self, j: int, a: int, lengths: tuple[int, ...], w: int, stride: int, padding: int) -> Any:
        """Where the samples go that are shifted by j and of phase a, and which part of them."""
        first = max(0, -(-(padding - j) // stride))
        last = min(w, (lengths[-1] - 1 + padding - j) // stride + 1)
        if last <= first:
            return
        columns = slice(first * stride + j - padding, (last - 1) * stride + j - padding + 1, stride)
        start = (a - padding) % stride
        starts = [(start, (start + padding) // stride, len(range(start, n, stride))) for n in lengths[:-1]]
        to = (slice(q, q + n) for _, q, n in starts)
        source = (slice(None), slice(None), *(slice(r, None, stride) for r, _, _ in starts), columns)
        yield self.shifted[(j, slice(None), a, slice(None), *to, slice(first, last))].swapaxes(0, 1), source

    def load(self, x: Array) -> None:
        for there, source in self.moves:
            there[: len(x)] = x[source]


def correlate(m: Memory, name: str, x: Array, W: Array, stride: int, padding: int, y: Array, two: bool) -> None:
    """Fill y (N, O, ...) with what the kernels W (O, C, ...) give on x (N, C, ...)."""
    o, c, *kernel = W.shape
    by_row = np.ascontiguousarray(np.moveaxis(W, -1, 1).reshape(o, kernel[-1] * c, -1).transpose(2, 0, 1))

    def part(start: int, stop: int) -> None:
        plan = _plan(m, f"{name} {start}", x.shape, W.shape, stride, padding)
        more = m.kept(f"{name} products {start}", plan.products.shape)
        for n in range(start, stop, plan.samples):
            some = x[n : min(n + plan.samples, stop)]
            plan.load(some)
            total = y[n].reshape(o, -1) if plan.whole else plan.products
            np.matmul(by_row[0], plan.views[0], out=total)
            for kernels, view in zip(by_row[1:], plan.views[1:], strict=True):
                np.matmul(kernels, view, out=more)
                np.add(total, more, out=total)
            if not plan.whole:
                y[n : n + len(some)] = plan.outputs[: len(some)]

    split(part, len(x), two)


def _plan(m: Memory, name: str, x: tuple[int, ...], W: tuple[int, ...], stride: int, padding: int) -> Plan:
    if name not in m.arrays:
        m.arrays[name] = Plan(x, W, stride, padding)
    found: Plan = m.arrays[name]
    return found


def kernel_gradient(m: Memory, name: str, x: Array, W: Array, g: Array, stride: int, padding: int, two: bool) -> Array:
    """The gradient of W: g times the same views."""
    o, c, *kernel = W.shape

    def part(start: int, stop: int) -> Array:
        plan = _plan(m, f"{name} {start}", x.shape, W.shape, stride, padding)
        total = np.zeros((len(plan.views), o, kernel[-1] * c), F)
        more = np.empty(total.shape[1:], F)
        for n in range(start, stop, plan.samples):
            count = min(plan.samples, stop - n)
            plan.outputs[:count], plan.outputs[count:] = g[n : n + count], 0
            plan.load(x[n : n + count])
            for k, view in enumerate(plan.views):
                np.matmul(plan.products, view.T, out=more)
                total[k] += more
        return total

    total = sum(split(part, len(x), two), np.zeros((), F))
    return np.moveaxis(total.reshape(*kernel[:-1], o, kernel[-1], c), (-3, -1), (0, 1))


def input_gradient(m: Memory, name: str, W: Array, g: Array, stride: int, padding: int, dx: Array, two: bool) -> None:
    """Fill dx: at stride 1 with g and the turned kernels, else by the views of zeros that g is added to."""
    o, c, *kernel = W.shape
    if stride == 1:
        turned = np.flip(W, tuple(range(2, W.ndim))).swapaxes(0, 1)
        correlate(m, name, g, turned, 1, kernel[0] - 1 - padding, dx, two)
        return
    by_row = np.ascontiguousarray(np.moveaxis(W, -1, 1).reshape(o, kernel[-1] * c, -1).transpose(2, 1, 0))

    def part(start: int, stop: int) -> None:
        plan = _plan(m, f"{name} {start}", dx.shape, W.shape, stride, padding)
        more = m.kept(f"{name} products {start}", plan.views[0].shape)
        for n in range(start, stop, plan.samples):
            count = min(plan.samples, stop - n)
            plan.outputs[:count], plan.outputs[count:] = g[n : n + count], 0
            plan.shifted.fill(0)
            for kernels, view in zip(by_row, plan.views, strict=True):
                np.matmul(kernels, plan.products, out=more)
                view += more
            here = dx[n : n + count]
            here.fill(0)
            for there, source in plan.moves:
                here[source] += there[:count]

    split(part, len(g), two)


def dense(m: Memory, x: Array, W: Array, g: Array, *, stride: int, padding: int, two: bool) -> Step:
    def step() -> list[Array]:
        y, dx, dW = m.result("y", g.shape), m.result("dx", x.shape), m.result("dW", W.shape)
        correlate(m, "y", x, W, stride, padding, y, two)
        input_gradient(m, "dx", W, g, stride, padding, dx, two)
        dW[...] = kernel_gradient(m, "dW", x, W, g, stride, padding, two)
        return [y, dx, dW]

    return step


def pointwise(m: Memory, x: Array, W: Array, g: Array) -> Step:
    """1 × 1: a product of matrices for each sample."""
    (n, c), o = x.shape[:2], len(W)
    x3, g3, W2 = x.reshape(n, c, -1), g.reshape(n, o, -1), W.reshape(o, c)

    def step() -> list[Array]:
        y, dx, dW = m.result("y", g.shape), m.result("dx", x.shape), m.result("dW", W.shape)
        y3, dx3 = y.reshape(g3.shape), dx.reshape(x3.shape)

        def part(start: int, stop: int) -> Array:
            here = slice(start, stop)
            np.matmul(W2, x3[here], out=y3[here])
            np.matmul(W2.T, g3[here], out=dx3[here])
            total: Array = np.matmul(g3[here], x3[here].swapaxes(1, 2)).sum(0)
            return total

        dW[...] = sum(split(part, n)).reshape(W.shape)  # type: ignore[union-attr]
        return [y, dx, dW]

    return step


def _bands(m: Memory, name: str, W: Array, width: int) -> Array:
    """Each kernel row of each channel as a matrix (width + k − 1, width) whose diagonals hold its numbers."""
    c, _, k, _ = W.shape
    bands = m.kept(name, (k, c, width + k - 1, width))
    if name not in m.arrays:
        bands.fill(0)
        m.arrays[name] = True
    step = np.arange(width)
    for j in range(k):
        bands[:, :, step + j, step] = W[:, 0, :, j].T[..., None]
    return bands


def _banded(m: Memory, name: str, x: Array, W: Array, padding: int, y: Array) -> None:
    (n, c, h, w), k = x.shape, W.shape[2]
    ho, wo = y.shape[2:]
    bands = _bands(m, name, W, wo)

    def part(start: int, stop: int) -> None:
        padded, more = np.zeros((c, h + 2 * padding, w + 2 * padding), F), np.empty((c, ho, wo), F)
        for i in range(start, stop):
            padded[:, padding : padding + h, padding : padding + w] = x[i]
            np.matmul(padded[:, :ho], bands[0], out=y[i])
            for r in range(1, k):
                np.matmul(padded[:, r : r + ho], bands[r], out=more)
                np.add(y[i], more, out=y[i])

    split(part, n)


def depthwise(m: Memory, x: Array, W: Array, g: Array, *, padding: int) -> Step:
    """A kernel for each channel at stride 1: products with banded matrices; dW are sums along diagonals."""
    (n, c, h, w), k, (ho, wo) = x.shape, W.shape[2], g.shape[2:]

    def pairs(start: int, stop: int) -> Array:
        padded = np.zeros((c, h + 2 * padding, w + 2 * padding), F)
        total, more = np.zeros((k, c, wo, wo + k - 1), F), np.empty((c, wo, wo + k - 1), F)
        for i in range(start, stop):
            padded[:, padding : padding + h, padding : padding + w] = x[i]
            for r in range(k):
                np.matmul(g[i].swapaxes(1, 2), padded[:, r : r + ho], out=more)
                total[r] += more
        return total

    def step() -> list[Array]:
        y, dx, dW = m.result("y", g.shape), m.result("dx", x.shape), m.result("dW", W.shape)
        _banded(m, "bands", x, W, padding, y)
        _banded(m, "turned bands", g, W[:, :, ::-1, ::-1], k - 1 - padding, dx)
        total = np.ascontiguousarray(sum(split(pairs, n)))
        a, b, s, t = total.strides
        diagonals = as_strided(total, (k, c, k, wo), (a, b, t, s + t))
        dW[:, 0] = diagonals.sum(-1).swapaxes(0, 1)
        return [y, dx, dW]

    return step


def choose(x: Array, W: Array, g: Array, options: dict[str, int]) -> dict[str, Any]:
    """The floor of a convolution, as arguments of a Workload."""
    stride, padding, groups = options["stride"], options["padding"], options["groups"]
    if groups > 1:
        return {"floor": lambda m: depthwise(m, x, W, g, padding=padding)}
    if W[0, 0].size == 1:
        return {"floor": lambda m: pointwise(m, x, W, g)}
    two = x.shape[1] > 4  # products of few channels are short: BLAS has the threads then
    return {"floor": lambda m: dense(m, x, W, g, stride=stride, padding=padding, two=two), "pool": two}
