"""Floors of what goes row by row: softmax, layer normalization, cross-entropy. Sums are products with a vector."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np

from .memory import Array, F, Memory, blocks, rows_a_block

SAFE = 60  # no exp of float32 overflows up to here, nor does the sum of a row


def softmax_rows(a: Array, y: Array) -> None:
    """A softmax along the last axis; small numbers need not be moved by the row's maximum."""
    if a.max() < SAFE and a.min() > -SAFE:
        np.exp(a, out=y)
    else:
        np.subtract(a, a.max(-1, keepdims=True), out=y)
        np.exp(y, out=y)
    np.multiply(y, (1 / (y @ np.ones(a.shape[-1], F)))[..., None], out=y)


def softmax_rows_back(y: Array, g: Array, dx: Array) -> None:
    np.subtract(g, np.vecdot(g, y)[..., None], out=dx)
    np.multiply(dx, y, out=dx)


def softmax(m: Memory, x: Array, g: Array) -> Callable[[], list[Array]]:
    def step() -> list[Array]:
        y, dx = m.result("y", x.shape), m.result("dx", x.shape)
        rx, rg, ry, rdx = (a.reshape(-1, x.shape[-1]) for a in (x, g, y, dx))
        blocks(lambda s, thread: softmax_rows(rx[s], ry[s]), *rx.shape)
        blocks(lambda s, thread: softmax_rows_back(ry[s], rg[s], rdx[s]), *rx.shape)
        return [y, dx]

    return step


def layer_norm_rows(
    m: Memory, x: Array, gamma: Array, beta: Array, y: Array, *, two: bool = True, name: str = "", eps: float = 1e-5
) -> tuple[Array, Array]:
    """Fill y; the normalized x and 1/σ, for the gradient."""
    n, d = x.shape
    xhat, rstd, mean = m.kept(name + "xhat", (n, d)), m.kept(name + "rstd", (n, 1)), np.full(d, 1 / d, F)

    def part(s: slice, thread: str) -> None:
        h, r = xhat[s], rstd[s]
        np.subtract(x[s], (x[s] @ mean)[:, None], out=h)
        np.divide(np.vecdot(h, h)[:, None], F(d), out=r)
        np.add(r, F(eps), out=r)
        np.sqrt(r, out=r)
        np.reciprocal(r, out=r)
        np.multiply(h, r, out=h)
        np.multiply(h, gamma, out=y[s])
        np.add(y[s], beta, out=y[s])

    blocks(part, n, d, two)
    return xhat, rstd


def layer_norm_rows_back(
    m: Memory, g: Array, gamma: Array, saved: tuple[Array, Array], dx: Array, *, two: bool = True, name: str = ""
) -> tuple[Array, Array]:
    """Fill dx; the gradients of γ and β."""
    xhat, rstd = saved
    n, d = g.shape
    over, height = gamma / F(d), min(n, rows_a_block(d, two))

    def part(s: slice, thread: str) -> tuple[Array, Array]:
        h, o = xhat[s], dx[s]
        t, ones = m.kept(f"{name}t{thread}", (height, d))[: len(h)], np.ones(len(h), F)
        np.multiply(g[s], h, out=o)
        dgamma, dbeta = ones @ o, ones @ g[s]
        of_g, of_gh = (g[s] @ over)[:, None], (o @ over)[:, None]
        np.multiply(g[s], gamma, out=o)
        np.subtract(o, of_g, out=o)
        np.subtract(o, np.multiply(h, of_gh, out=t), out=o)
        np.multiply(o, rstd[s], out=o)
        return dgamma, dbeta

    sums = blocks(part, n, d, two)
    return sum((a for a, _ in sums), F(0)), sum((b for _, b in sums), F(0))  # type: ignore[return-value]


def layer_norm(m: Memory, x: Array, gamma: Array, beta: Array, g: Array) -> Callable[[], list[Array]]:
    def step() -> list[Array]:
        y, dx = m.result("y", x.shape), m.result("dx", x.shape)
        rx, rg, ry, rdx = (a.reshape(-1, x.shape[-1]) for a in (x, g, y, dx))
        saved = layer_norm_rows(m, rx, gamma, beta, ry)
        return [y, dx, *layer_norm_rows_back(m, rg, gamma, saved, rdx)]

    return step


def logits_back(z: Array, labels: Array, total: int, dz: Array) -> float:
    """Fill dz with the gradient of the mean softmax cross-entropy; this part's share of the loss. dz may be z."""
    at = np.arange(len(z)), labels
    largest = z.max(1, keepdims=True)
    picked = z[at] - largest[:, 0]
    np.subtract(z, largest, out=dz)
    np.exp(dz, out=dz)
    sums = dz @ np.ones(z.shape[1], F)
    np.multiply(dz, (1 / (sums * F(total)))[:, None], out=dz)
    dz[at] -= F(1 / total)
    return float((np.log(sums) - picked).sum()) / total


def cross_entropy(m: Memory, x: Array, labels: Array) -> Callable[[], list[Array]]:
    def step() -> list[Array]:
        dx = m.result("dx", x.shape)
        shares = blocks(lambda s, thread: logits_back(x[s], labels[s], len(x), dx[s]), *x.shape)
        return [np.asarray(sum(shares), F), dx]

    return step
