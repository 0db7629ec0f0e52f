"""What an operation costs where there is next to nothing to compute: chains of products, and a tree of scalars."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np

from ..engines import Array, Step, Workload
from . import workload

MICROSECONDS = 1e6


def _chain(operations: int) -> Callable[[Any, Any], Any]:
    def chain(x: Any, w: Any) -> Any:
        for _ in range(operations):
            x = x * w
        return x

    return chain


def _chain_floor(x: Array, w: Array, g: Array, operations: int) -> Step:
    def step() -> list[Array]:
        saved, y = [], x
        for _ in range(operations):
            saved.append(y)
            y = y * w
        slope, dw = g, np.zeros_like(w)
        for before in reversed(saved):
            dw = dw + slope * before
            slope = slope * w
        return [y, slope, dw]

    return step


def _make(what: str) -> Callable[..., Workload]:
    def make(shape: tuple[int, ...], operations: int) -> Workload:
        rng = np.random.default_rng(0)
        x = np.asarray(rng.uniform(0.5, 1.5, shape), np.float32)
        w = np.asarray(rng.uniform(0.999, 1.001, shape), np.float32)
        g, f = np.ones(shape, np.float32), _chain(operations)
        return Workload(
            f"{operations:,} multiplications {what}, each",
            [x, w],
            g,
            torch=f,
            ours=f,
            mygrad=f,
            hips=f,
            floor=lambda m: _chain_floor(x, w, g, operations),
            pool=False,
            unit=(MICROSECONDS / operations, "µs"),
        )

    return make


workload("chain-10", tiny={"operations": 20}, shape=(10,), operations=1000)(_make("on (10,)"))
workload("chain-0d", tiny={"operations": 20}, shape=(), operations=1000)(_make("of 0-d arrays"))


def _tree(leaves: int) -> Callable[[Any, Any], Any]:
    """A balanced expression of products and sums over so many leaves, each of them a or b."""

    def tree(a: Any, b: Any) -> Any:
        values, multiply = [a, b] * (leaves // 2), True
        while len(values) > 1:
            pairs = zip(values[::2], values[1::2], strict=True)
            values = [p * q for p, q in pairs] if multiply else [p + q for p, q in pairs]
            multiply = not multiply
        return values[0]

    return tree


def _tree_floor(a: float, b: float, leaves: int) -> Step:
    """No graph at all: the levels as lists of floats."""

    def step() -> list[Any]:
        values, multiply, levels = [a, b] * (leaves // 2), True, []
        while len(values) > 1:
            levels.append((values, multiply))
            pairs = zip(values[::2], values[1::2], strict=True)
            values = [p * q for p, q in pairs] if multiply else [p + q for p, q in pairs]
            multiply = not multiply
        slopes = [1.0]
        for before, product in reversed(levels):
            new: list[float] = []
            for g, p, q in zip(slopes, before[::2], before[1::2], strict=True):
                new += (g * q, g * p) if product else (g, g)
            slopes = new
        return [values[0], sum(slopes[::2]), sum(slopes[1::2])]

    return step


@workload("scalar-tree", tiny={"leaves": 16}, leaves=1024)
def scalar_tree(leaves: int) -> Workload:
    a, b, f = 0.999, 0.001, _tree(leaves)
    return Workload(
        f"a tree of {leaves - 1:,} scalar operations, each",
        [np.asarray(a), np.asarray(b)],
        None,
        torch=f,
        ours=f,
        mygrad=f,
        hips=f,
        micrograd=f,
        floor=lambda m: _tree_floor(a, b, leaves),
        pool=False,
        unit=(MICROSECONDS / (leaves - 1), "µs"),
        tolerance=1e-9,
    )
