"""What gradients are measured against: extrapolated differences of values, and random cotangents that stay the same."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from contextlib import suppress
from typing import Any

import numpy as np

from autograd_zoo.engine.mode import no_grad
from autograd_zoo.engine.sweep import gradient
from autograd_zoo.engine.tensor import Tensor

with suppress(ImportError):  # here, for their imports change the warnings filters, which a test may not
    import sympy  # noqa: F401  (torch would import it at its first sweep)
    import torch  # noqa: F401

STEP = 1e-3  # the points of a difference reach 2 STEP to either side, scaled by |x| where that exceeds 1


def derivative(f: Callable[[float], float], step: float = STEP) -> float:
    """f'(0) by central differences at two steps, extrapolated (Richardson): an error of order step⁴."""
    near, far = ((f(h) - f(-h)) / (2.0 * h) for h in (step, 2.0 * step))
    return (4.0 * near - far) / 3.0


def numeric_gradient(f: Callable[..., float], xs: Sequence[Any], i: int, step: float = STEP) -> np.ndarray:
    """∂f/∂xs[i] of a function of arrays whose value is a number, one element at a time, in float64."""
    xs = [np.asarray(x, float) for x in xs]
    g = np.empty(xs[i].shape)
    for at in np.ndindex(g.shape):

        def along(h: float, at: Any = at) -> float:
            moved = xs[i].copy()
            moved[at] += h * max(1.0, abs(xs[i][at]))
            return float(f(*xs[:i], moved, *xs[i + 1 :]))

        g[at] = derivative(along, step) / max(1.0, abs(xs[i][at]))
    return g


def numeric_slope(f: Callable[..., float], xs: Sequence[Any], vs: Sequence[Any], step: float = STEP) -> float:
    """The derivative of f along the directions `vs`: one number, however many elements there are."""
    return derivative(lambda h: float(f(*(x + h * v for x, v in zip(xs, vs, strict=True)))), step)


def assert_orders(
    f: Callable[..., Any],
    xs: Sequence[Any],
    orders: int = 3,
    *,
    rtol: float = 1e-7,
    seed: int = 0,
    step: float = STEP,
) -> None:
    """Compare the nested gradients of `f`, a function of Tensors, with differences of the order below.

    F₀ is f projected on a random cotangent, F_k the gradients of F_{k-1} projected on random cotangents again. The
    gradient of F₀ is compared element by element; those of F₁, F₂ along a random direction of each input.
    """
    rng = np.random.default_rng(seed)
    xs = [np.asarray(x, float) for x in xs]
    weights: dict[tuple[int, int], np.ndarray] = {}

    def project(ys: Sequence[Tensor], order: int) -> Tensor:
        total: Any = 0.0
        for k, y in enumerate(ys):
            total = total + np.sum(y * weights.setdefault((order, k), rng.normal(size=y.shape)))
        return total

    def level(order: int, ts: Sequence[Tensor]) -> Tensor:
        if order == 0:
            return project([f(*ts)], 0)
        below = level(order - 1, ts)
        return project(gradient(below, list(ts), create_graph=True, allow_unused=True), order)

    def value(order: int, *arrays: Any) -> float:
        if order:
            return level(order, [Tensor(a) for a in arrays]).item()
        with no_grad():
            return level(0, [Tensor(a) for a in arrays]).item()

    for order in range(orders):
        ts = [Tensor(x) for x in xs]
        found = gradient(level(order, ts), ts, allow_unused=True)
        for i, (x, g) in enumerate(zip(xs, found, strict=True)):
            assert g.shape == x.shape
            if order == 0:
                expected = numeric_gradient(lambda *a: value(0, *a), xs, i, step)
            else:
                v = rng.normal(size=x.shape)
                vs = [v if k == i else np.zeros(w.shape) for k, w in enumerate(xs)]
                g, expected = np.sum(g * v), numeric_slope(lambda *a, o=order: value(o, *a), xs, vs, step)
            scale = max(1.0, float(np.max(np.abs(expected), initial=0.0)))
            np.testing.assert_allclose(
                g, expected, rtol=rtol, atol=rtol * scale, err_msg=f"order {order + 1}, input {i} of shape {x.shape}"
            )
