"""Floors of self-attention and of an encoder layer, on rows of vectors; each of two threads takes half of the batch."""

from __future__ import annotations

from collections.abc import Callable
from typing import NamedTuple

import numpy as np

from .memory import Array, F, Memory, split
from .rows import layer_norm_rows, layer_norm_rows_back, softmax_rows, softmax_rows_back

Step = Callable[[], list[Array]]


class Part(NamedTuple):
    """Where one thread works: its arrays by name, and how long sequences and heads are."""

    memory: Memory
    who: str
    samples: int
    heads: int

    def kept(self, name: str, shape: tuple[int, ...]) -> Array:
        return self.memory.kept(f"{name} {self.who}", shape)

    def product(self, name: str, a: Array, b: Array) -> Array:
        return np.matmul(a, b, out=self.kept(name, (len(a), b.shape[1])))

    def linear(self, name: str, x: Array, w: Array, b: Array) -> Array:
        y = self.product(name, x, w.T)
        return np.add(y, b, out=y)

    def by_head(self, a: Array, d: int) -> Array:
        """Rows (N T, k D) as k views (N, heads, T, D / heads): strided, and still operands that BLAS takes."""
        n, size = self.samples, d // self.heads
        return a.reshape(n, len(a) // n, -1, self.heads, size).transpose(2, 0, 3, 1, 4)


def _sums(a: Array) -> Array:
    return np.ones(len(a), F) @ a


def _attend(p: Part, x: Array, wqkv: Array, bqkv: Array, wo: Array, bo: Array, out: Array) -> list[Array]:
    """Fill out; what the gradient needs. A sample's scores stay in the second cache."""
    d = x.shape[1]
    qkv = p.linear("qkv", x, wqkv, bqkv)
    np.multiply(qkv[:, :d], F((d // p.heads) ** -0.5), out=qkv[:, :d])
    (q, k, v), T = p.by_head(qkv, d), len(x) // p.samples
    scores, o = p.kept("scores", (p.samples, p.heads, T, T)), p.kept("o", x.shape)
    ov = p.by_head(o, d)[0]
    for s in range(p.samples):
        np.matmul(q[s], k[s].swapaxes(1, 2), out=scores[s])
        softmax_rows(scores[s], scores[s])
        np.matmul(scores[s], v[s], out=ov[s])
    np.matmul(o, wo.T, out=out)
    np.add(out, bo, out=out)
    return [qkv, scores, o]


def _attend_back(p: Part, g: Array, x: Array, wqkv: Array, wo: Array, saved: list[Array], dx: Array) -> list[Array]:
    """Fill dx; the gradients of the weights and biases."""
    qkv, scores, o = saved
    d, T = x.shape[1], len(x) // p.samples
    do, dqkv, ds = p.product("do", g, wo), p.kept("dqkv", qkv.shape), p.kept("ds", (p.heads, T, T))
    (q, k, v), (dq, dk, dv), gv = p.by_head(qkv, d), p.by_head(dqkv, d), p.by_head(do, d)[0]
    for s in range(p.samples):
        np.matmul(scores[s].swapaxes(1, 2), gv[s], out=dv[s])
        np.matmul(gv[s], v[s].swapaxes(1, 2), out=ds)
        softmax_rows_back(scores[s], ds, ds)
        np.matmul(ds, k[s], out=dq[s])
        np.matmul(ds.swapaxes(1, 2), q[s], out=dk[s])
    np.multiply(dqkv[:, :d], F((d // p.heads) ** -0.5), out=dqkv[:, :d])
    np.matmul(dqkv, wqkv, out=dx)
    return [dqkv.T @ x, _sums(dqkv), g.T @ o, _sums(g)]


def _attention(p: Part, x: Array, g: Array, weights: list[Array], y: Array, dx: Array) -> list[Array]:
    wqkv, _, wo, _ = weights
    saved = _attend(p, x, *weights, y)
    return _attend_back(p, g, x, wqkv, wo, saved, dx)


def _encoder(p: Part, x: Array, g: Array, weights: list[Array], y: Array, dx: Array) -> list[Array]:
    wqkv, _, wo, _ = weights[:4]
    g1, e1, w1, b1, w2, b2, g2, e2 = weights[4:]
    a, z = p.kept("a", x.shape), p.kept("z", x.shape)
    attended = _attend(p, x, *weights[:4], a)
    np.add(a, x, out=a)
    first = layer_norm_rows(p.memory, a, g1, e1, z, two=False, name="first" + p.who)
    h = p.linear("h", z, w1, b1)
    np.maximum(h, 0, out=h)
    f = p.linear("f", h, w2, b2)
    np.add(f, z, out=f)
    second = layer_norm_rows(p.memory, f, g2, e2, y, two=False, name="second" + p.who)
    df, da = p.kept("df", x.shape), p.kept("da", x.shape)
    dg2, de2 = layer_norm_rows_back(p.memory, g, g2, second, df, two=False, name="second" + p.who)
    dh = p.product("dh", df, w2)
    np.multiply(dh, h > 0, out=dh)
    dz = p.product("dz", dh, w1)
    np.add(dz, df, out=dz)
    dg1, de1 = layer_norm_rows_back(p.memory, dz, g1, first, da, two=False, name="first" + p.who)
    inner = _attend_back(p, da, x, wqkv, wo, attended, dx)
    np.add(dx, da, out=dx)
    return [*inner, dg1, de1, dh.T @ z, _sums(dh), df.T @ h, _sums(df), dg2, de2]


def _halved(run: Callable[..., list[Array]], m: Memory, x: Array, weights: list[Array], g: Array, heads: int) -> Step:
    n, d = x.shape[0], x.shape[2]

    def step() -> list[Array]:
        y, dx = m.result("y", x.shape), m.result("dx", x.shape)

        def part(start: int, stop: int) -> list[Array]:
            rows = [a[start:stop].reshape(-1, d) for a in (x, g, y, dx)]
            return run(Part(m, f"{start}", stop - start, heads), rows[0], rows[1], weights, rows[2], rows[3])

        halves = split(part, n)
        return [y, dx, *(np.add(*pair) if len(pair) > 1 else pair[0] for pair in zip(*halves, strict=True))]

    return step


def attention(m: Memory, x: Array, weights: list[Array], g: Array, heads: int) -> Step:
    return _halved(_attention, m, x, weights, g, heads)


def encoder(m: Memory, x: Array, weights: list[Array], g: Array, heads: int) -> Step:
    return _halved(_encoder, m, x, weights, g, heads)
