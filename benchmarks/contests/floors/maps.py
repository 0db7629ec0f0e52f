"""Floors of what goes over maps (N, C, H, W): batch normalization and pooling of 2 × 2."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np

from .memory import Array, F, Memory, blocks, rows_a_block


def batch_norm(
    m: Memory, x: Array, gamma: Array, beta: Array, g: Array, *, eps: float = 1e-5
) -> Callable[..., list[Array]]:
    n, c = x.shape[:2]
    x3, g3, p = x.reshape(n, c, -1), g.reshape(n, c, -1), x[0, 0].size
    count, ones, width = F(n * p), np.ones(p, F), c * p

    def step() -> list[Array]:
        y, dx, centred = m.result("y", x.shape), m.result("dx", x.shape), m.kept("centred", x3.shape)
        y3, dx3 = y.reshape(x3.shape), dx.reshape(x3.shape)
        mean = ((x3 @ ones).sum(0) / count)[:, None]

        def centre(s: slice, thread: str) -> Array:
            np.subtract(x3[s], mean, out=centred[s])
            squares: Array = np.vecdot(centred[s], centred[s]).sum(0)
            return squares

        rstd = 1 / np.sqrt(sum(blocks(centre, n, width)) / count + F(eps))
        k = (gamma * rstd)[:, None]

        def scale(s: slice, thread: str) -> tuple[Array, Array]:
            np.multiply(centred[s], k, out=y3[s])
            np.add(y3[s], beta[:, None], out=y3[s])
            return np.vecdot(g3[s], centred[s]).sum(0), (g3[s] @ ones).sum(0)

        sums = blocks(scale, n, width)
        dgamma, dbeta = sum(a for a, _ in sums) * rstd, sum(b for _, b in sums)
        a, b = (dgamma * rstd / count)[:, None], (dbeta / count)[:, None]

        def back(s: slice, thread: str) -> None:
            np.multiply(centred[s], -a, out=dx3[s])
            np.add(dx3[s], g3[s], out=dx3[s])
            np.subtract(dx3[s], b, out=dx3[s])
            np.multiply(dx3[s], k, out=dx3[s])

        blocks(back, n, width)
        return [y, dx, dgamma, dbeta]

    return step


def max_pool_planes(m: Memory, x: Array, y: Array, *, two: bool = True, name: str = "") -> tuple[Array, Array]:
    """Fill y (planes, H/2, W/2); which of each pair of rows, then of columns, won: the first of equal ones."""
    n, h, w = x.shape
    up, left = m.kept(name + "up", (n, h // 2, w), bool), m.kept(name + "left", (n, h // 2, w // 2), bool)
    height = min(n, rows_a_block(h * w, two))

    def part(s: slice, thread: str) -> None:
        a, b = x[s, 0::2], x[s, 1::2]
        r = m.kept(f"{name}r{thread}", (height, h // 2, w))[: len(a)]
        np.greater_equal(a, b, out=up[s])
        np.maximum(a, b, out=r)
        np.greater_equal(r[..., 0::2], r[..., 1::2], out=left[s])
        np.maximum(r[..., 0::2], r[..., 1::2], out=y[s])

    blocks(part, n, h * w, two)
    return up, left


def max_pool_planes_back(
    m: Memory, g: Array, saved: tuple[Array, Array], dx: Array, *, two: bool = True, name: str = ""
) -> None:
    up, left = saved
    n, h, w = dx.shape
    height = min(n, rows_a_block(h * w, two))

    def part(s: slice, thread: str) -> None:
        r = m.kept(f"{name}r{thread}", (height, h // 2, w))[: len(g[s])]
        np.multiply(g[s], left[s], out=r[..., 0::2])
        np.subtract(g[s], r[..., 0::2], out=r[..., 1::2])
        np.multiply(r, up[s], out=dx[s, 0::2])
        np.subtract(r, dx[s, 0::2], out=dx[s, 1::2])

    blocks(part, n, h * w, two)


def _planes(*arrays: Array) -> list[Array]:
    return [a.reshape(-1, *a.shape[-2:]) for a in arrays]


def max_pool(m: Memory, x: Array, g: Array) -> Callable[[], list[Array]]:
    def step() -> list[Array]:
        y, dx = m.result("y", g.shape), m.result("dx", x.shape)
        px, pg, py, pdx = _planes(x, g, y, dx)
        max_pool_planes_back(m, pg, max_pool_planes(m, px, py), pdx)
        return [y, dx]

    return step


def avg_pool(m: Memory, x: Array, g: Array) -> Callable[[], list[Array]]:
    def step() -> list[Array]:
        y, dx = m.result("y", g.shape), m.result("dx", x.shape)
        px, pg, py, pdx = _planes(x, g, y, dx)
        n, h, w = px.shape
        height = min(n, rows_a_block(h * w))

        def forward(s: slice, thread: str) -> None:
            r = m.kept(f"r{thread}", (height, h // 2, w))[: len(px[s])]
            np.add(px[s, 0::2], px[s, 1::2], out=r)
            np.add(r[..., 0::2], r[..., 1::2], out=py[s])
            np.multiply(py[s], F(0.25), out=py[s])

        def back(s: slice, thread: str) -> None:
            r = m.kept(f"r{thread}", (height, h // 2, w))[: len(px[s])]
            np.multiply(pg[s], F(0.25), out=r[..., 0::2])
            r[..., 1::2] = r[..., 0::2]
            pdx[s, 0::2] = r
            pdx[s, 1::2] = r

        blocks(forward, n, h * w)
        blocks(back, n, h * w)
        return [y, dx]

    return step
