"""Floors of an embedding, and of a step of Adam that changes its parameters in place."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np

from .memory import BLOCK, Array, F, Memory, split


def embedding(m: Memory, W: Array, at: Array, g: Array) -> Callable[[], list[Array]]:
    """Rows of W, and its gradient: rows of g, added to those of their words: all firsts of a word, then seconds."""

    def step() -> list[Array]:
        y, dW = m.result("y", g.shape), m.result("dW", W.shape)
        np.take(W, at, axis=0, out=y)
        dW.fill(0)
        order = np.argsort(at, axis=None, kind="stable")
        words = at.ravel()[order]
        starts = np.flatnonzero(np.r_[True, words[1:] != words[:-1]])
        counts = np.diff(np.r_[starts, len(words)])
        rows = g.reshape(-1, g.shape[-1])
        dW[words[starts]] = rows[order[starts]]
        for k in range(1, counts.max()):
            again = starts[counts > k] + k
            dW[words[again]] += rows[order[again]]
        return [y, dW]

    return step


def adam(
    parameters: list[Array], gradients: list[Array], lr: float = 1e-3, b1: float = 0.9, b2: float = 0.999
) -> Callable[[], list[Array]]:
    flat = [
        (p.reshape(-1), g.reshape(-1), *np.zeros((2, p.size), F)) for p, g in zip(parameters, gradients, strict=True)
    ]
    taken = 0

    def run(p: Array, g: Array, m: Array, v: Array, t: int) -> None:
        work = np.empty(min(BLOCK, p.size), F)
        scale, rate = F(1 / (1 - b2**t) ** 0.5), F(lr / (1 - b1**t))
        for start in range(0, p.size, BLOCK):
            s = slice(start, min(start + BLOCK, p.size))
            w = work[: s.stop - s.start]
            np.multiply(g[s], F(1 - b1), out=w)
            np.multiply(m[s], F(b1), out=m[s])
            np.add(m[s], w, out=m[s])
            np.multiply(g[s], g[s], out=w)
            np.multiply(w, F(1 - b2), out=w)
            np.multiply(v[s], F(b2), out=v[s])
            np.add(v[s], w, out=v[s])
            np.sqrt(v[s], out=w)
            np.multiply(w, scale, out=w)
            np.add(w, F(1e-8), out=w)
            np.divide(m[s], w, out=w)
            np.multiply(w, rate, out=w)
            np.subtract(p[s], w, out=p[s])

    def step() -> list[Array]:
        nonlocal taken
        taken += 1
        for p, g, m, v in flat:
            split(lambda a, b, t=taken: run(p[a:b], g[a:b], m[a:b], v[a:b], t), p.size, p.size > BLOCK)  # noqa: B023
        return parameters

    return step
