"""Floors of what goes element by element, on arrays of any shape, as long flat runs."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np

from .memory import Array, F, Memory, blocks, rows_a_block

SIGN = np.uint32(1 << 31)
HALF_ERF = [F(c / 2) for c in (0.254829592, -0.284496736, 1.421413741, -1.453152027, 1.061405429)]


def _rows(*arrays: Array) -> list[Array]:
    return [a.reshape(-1, a.shape[-1]) for a in arrays]


def _stepping(
    forward: Callable[[Array, Array], Any], backward: Callable[[Array, Array, Array, Array], Any]
) -> Callable[..., Callable[[], list[Array]]]:
    """A floor of `forward(x, y)` and `backward(g, x, y, dx)`, which fill their last argument."""

    def floor(m: Memory, x: Array, g: Array) -> Callable[[], list[Array]]:
        def step() -> list[Array]:
            y, dx = m.result("y", x.shape), m.result("dx", x.shape)
            rx, rg, ry, rdx = _rows(x, g, y, dx)
            blocks(lambda s, thread: forward(rx[s], ry[s]), *rx.shape)
            blocks(lambda s, thread: backward(rg[s], rx[s], ry[s], rdx[s]), *rx.shape)
            return [y, dx]

        return step

    return floor


def _tanh_back(g: Array, x: Array, y: Array, dx: Array) -> None:
    np.square(y, out=dx)
    np.subtract(1, dx, out=dx)
    np.multiply(dx, g, out=dx)


def _sigmoid(x: Array, y: Array) -> None:
    """By one tanh: for less than exp and a division, and without overflow."""
    np.multiply(x, F(0.5), out=y)
    np.tanh(y, out=y)
    np.multiply(y, F(0.5), out=y)
    np.add(y, F(0.5), out=y)


def _sigmoid_back(g: Array, x: Array, y: Array, dx: Array) -> None:
    np.subtract(1, y, out=dx)
    np.multiply(dx, y, out=dx)
    np.multiply(dx, g, out=dx)


def _relu_back(g: Array, x: Array, y: Array, dx: Array) -> None:
    """The bits of g where y has any, y ≥ 0: minus them is negative, and its sign is the mask. Bools take 1.4 times."""
    bits = dx.view(np.int32)
    np.negative(y.view(np.int32), out=bits)
    np.right_shift(bits, 31, out=bits)
    np.bitwise_and(bits, g.view(np.int32), out=bits)


tanh = _stepping(lambda x, y: np.tanh(x, out=y), _tanh_back)
sigmoid = _stepping(_sigmoid, _sigmoid_back)
relu = _stepping(lambda x, y: np.maximum(x, 0, out=y), _relu_back)


def gelu(m: Memory, x: Array, g: Array) -> Callable[[], list[Array]]:
    """With q = P(X < −|x|): y = max(x, 0) − |x| q, and the slope is 1/2 + sign(x) (1/2 − q + |x| pdf).

    q by Abramowitz and Stegun 7.1.26 (error 1e-7), whose exp(−x²/2) is also the pdf's.
    """
    rows, width = x.reshape(-1, x.shape[-1]).shape
    height = rows_a_block(width)

    def step() -> list[Array]:
        y, dx, slope = m.result("y", x.shape), m.result("dx", x.shape), m.kept("slope", (rows, width))
        rx, rg, ry, rdx = _rows(x, g, y, dx)

        def forward(s: slice, thread: str) -> None:
            v, a, w = rx[s], ry[s], slope[s]
            t, p = (m.kept(name + thread, (min(height, rows), width))[: len(v)] for name in "tp")
            np.abs(v, out=a)
            np.multiply(a, F(0.3275911 / 2**0.5), out=t)
            np.add(t, 1, out=t)
            np.reciprocal(t, out=t)
            np.multiply(t, HALF_ERF[4], out=p)
            for c in HALF_ERF[3::-1]:
                np.add(p, c, out=p)
                np.multiply(p, t, out=p)
            np.square(v, out=t)
            np.multiply(t, F(-0.5), out=t)
            np.exp(t, out=t)
            np.multiply(a, F((2 * np.pi) ** -0.5), out=w)
            np.subtract(w, p, out=w)
            np.multiply(w, t, out=w)
            np.add(w, F(0.5), out=w)
            np.multiply(p, t, out=p)
            np.multiply(p, a, out=p)
            sign = np.bitwise_and(v.view(np.uint32), SIGN, out=t.view(np.uint32))
            np.bitwise_xor(w.view(np.uint32), sign, out=w.view(np.uint32))  # 1/2 − q + |x| pdf is not negative
            np.add(w, F(0.5), out=w)
            np.maximum(v, 0, out=a)
            np.subtract(a, p, out=a)

        blocks(forward, rows, width)
        blocks(lambda s, thread: np.multiply(slope[s], rg[s], out=rdx[s]), rows, width)
        return [y, dx]

    return step


def scaled(m: Memory, x: Array, D: Array, g: Array, *, scale: float) -> Callable[[], list[Array]]:
    """y = scale D ⊙ x, and its gradient for x: dropout."""

    def step() -> list[Array]:
        y, dx = m.result("y", x.shape), m.result("dx", x.shape)
        rx, rD, rg, ry, rdx = _rows(x, D, g, y, dx)

        def times(a: Array, out: Array) -> Callable[[slice, str], None]:
            def part(s: slice, thread: str) -> None:
                np.multiply(a[s], rD[s], out=out[s])
                np.multiply(out[s], F(scale), out=out[s])

            return part

        blocks(times(rx, ry), *rx.shape)
        blocks(times(rg, rdx), *rx.shape)
        return [y, dx]

    return step
