"""Floors of the two networks: gradients of all parameters. ReLU goes after the pooling, of a quarter of the values."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np

from .conv import correlate, input_gradient, kernel_gradient
from .maps import max_pool_planes, max_pool_planes_back
from .memory import Array, F, Memory, split
from .rows import logits_back

Step = Callable[[], list[Array]]


def mlp(m: Memory, x: Array, labels: Array, parameters: list[Array]) -> Step:
    weights, biases = parameters[::2], parameters[1::2]
    n = len(x)

    def step() -> list[Array]:
        inputs = [x]
        for k, (W, b) in enumerate(zip(weights, biases, strict=True)):
            h = np.matmul(inputs[-1], W.T, out=m.kept(f"h{k}", (n, len(W))))
            np.add(h, b, out=h)
            if k < len(weights) - 1:
                np.maximum(h, 0, out=h)
            inputs.append(h)
        d = inputs.pop()
        loss = logits_back(d, labels, n, d)
        found: list[Array] = []
        for k in reversed(range(len(weights))):
            dW = np.matmul(d.T, inputs[k], out=m.result(f"dW{k}", weights[k].shape))
            found = [dW, np.ones(n, F) @ d, *found]
            if k:
                d = np.matmul(d, weights[k], out=m.kept(f"d{k}", inputs[k].shape))
                np.multiply(d, np.greater(inputs[k], 0, out=m.kept(f"mask{k}", d.shape, bool)), out=d)
        return [np.asarray(loss, F), *found]

    return step


def cnn(m: Memory, x: Array, labels: Array, parameters: list[Array]) -> Step:
    """Each of two threads takes half of the batch."""
    w1, b1, w2, b2, w3, b3 = parameters

    def part(start: int, stop: int) -> list[Array]:
        who, h, saved = f" {start}", x[start:stop], []
        for k, (W, b) in enumerate(((w1, b1), (w2, b2))):
            n, _, height, width = h.shape
            z = m.kept(f"z{k}{who}", (n, len(W), height, width))
            correlate(m, f"conv{k}{who}", h, W, 1, 1, z, False)
            y = m.kept(f"y{k}{who}", (n, len(W), height // 2, width // 2))
            won = max_pool_planes(m, _planes(z), _planes(y), two=False, name=f"pool{k}{who}")
            np.add(y, b[:, None, None], out=y)
            np.maximum(y, 0, out=y)
            saved.append((h, won, y))
            h = y
        flat = h.reshape(len(h), -1)
        z = np.matmul(flat, w3.T, out=m.kept("logits" + who, (len(flat), len(w3))))
        np.add(z, b3, out=z)
        loss = logits_back(z, labels[start:stop], len(x), z)
        found = [z.T @ flat, np.ones(len(z), F) @ z]
        d = np.matmul(z, w3, out=m.kept("dflat" + who, flat.shape))
        for k, W in ((1, w2), (0, w1)):
            h, won, y = saved[k]
            d = d.reshape(y.shape)
            np.multiply(d, np.greater(y, 0, out=m.kept(f"mask{k}{who}", y.shape, bool)), out=d)
            dz = m.kept(f"dz{k}{who}", (len(h), len(W), *h.shape[2:]))
            max_pool_planes_back(m, _planes(d), won, _planes(dz), two=False, name=f"pool{k}{who}")
            db = (d.reshape(*d.shape[:2], -1) @ np.ones(d[0, 0].size, F)).sum(0)
            found = [kernel_gradient(m, f"dW{k}{who}", h, W, dz, 1, 1, False), db, *found]
            if k:
                d = m.kept(f"d{k}{who}", h.shape)
                input_gradient(m, f"dx{k}{who}", W, dz, 1, 1, d, False)
        return [np.asarray(loss, F), *found]

    def step() -> list[Array]:
        halves = split(part, len(x))
        return [sum(some[1:], some[0]) for some in zip(*halves, strict=True)]

    return step


def _planes(a: Array) -> Array:
    return a.reshape(-1, *a.shape[-2:])
