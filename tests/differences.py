"""Finite differences, the only ones of the tests, which share nothing with the package's own checker.

What they are of may be a function of a number, of an array, or of several arrays; `assert_orders` compares the
gradients of a function of Tensors with them, at every order.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from contextlib import suppress
from typing import Any

import numpy as np

from autograd_zoo.engine.mode import no_grad
from autograd_zoo.engine.sweep import gradient
from autograd_zoo.engine.tensor import Tensor, raw

with suppress(ImportError):  # here, for their imports change the warnings filters, which a test may not
    import sympy  # noqa: F401  (torch would import it at its first sweep)
    import torch  # noqa: F401

STEP = 1e-3  # the points of a difference reach 2 STEP to either side, scaled by |x| where that exceeds 1


def derivative(f: Callable[[float], Any], step: float = STEP) -> Any:
    """f'(0) by central differences at two steps, extrapolated (Richardson): an error of order step⁴."""
    near, far = ((f(h) - f(-h)) / (2.0 * h) for h in (step, 2.0 * step))
    return (4.0 * near - far) / 3.0


def directional(f: Callable[..., Any], xs: Sequence[Any], vs: Sequence[Any], step: float = STEP) -> Any:
    """The derivative of f at the arrays `xs` along the directions `vs`."""
    return derivative(lambda h: f(*(x + h * v for x, v in zip(xs, vs, strict=True))), step)


def slope(f: Callable[[Any], Any], x: Any, step: float = STEP) -> np.ndarray:
    """∂f/∂x of a function from an array to a number, one element at a time, in float64."""
    x = np.asarray(x, float)
    found = np.empty(x.shape)
    for at in np.ndindex(x.shape):
        unit, scale = np.zeros(x.shape), max(1.0, abs(x[at]))
        unit[at] = scale
        found[at] = directional(f, [x], [unit], step) / scale
    return found


def slope_of(f: Callable[..., Any], xs: Sequence[Any], i: int, step: float = STEP) -> np.ndarray:
    """∂f/∂xs[i] of a function from arrays to a number."""
    return slope(lambda x: f(*xs[:i], x, *xs[i + 1 :]), xs[i], step)


def slope_at(f: Callable[[Any], Any], x: np.ndarray, at: tuple[int, ...], one_sided: bool) -> float:
    """The derivative of f by one element where there may be a kink: nan where the differences to either side disagree.

    At the edge of its domain f may be finite on one side only: that suffices if `one_sided`.
    """
    scale = max(1.0, abs(x[at]))

    def moved(h: float) -> float:
        y = x.astype(float)
        y[at] += h * scale
        return float(f(y)) / scale

    middle = moved(0.0)
    sides = [[s * (moved(s * h) - middle) / h for h in (1e-6, 1e-5)] for s in (1.0, -1.0)]
    found = np.array([side for side in sides if np.isfinite(side).all()])
    if len(found) < 2 - one_sided or np.ptp(found) > 1e-2 * (1.0 + np.max(np.abs(found))):
        return np.nan
    return float(np.mean(found[:, 0]))


class Orders:
    """The gradients of order 1, 2, ... of a function of Tensors: by the tape, and by differences of the order below.

    F₀ is f projected on a random cotangent, F_k the gradients of F_{k-1} projected on random cotangents again. The
    gradient of F₀ is found element by element, if `whole`; those of F₁, F₂ along a random direction of each input.
    """

    def __init__(
        self, f: Callable[..., Any], xs: Sequence[Any], seed: int = 0, step: float = STEP, whole: bool = True
    ) -> None:
        self.f, self.xs, self.seed, self.step = f, [np.asarray(x, float) for x in xs], seed, step
        self.whole = {1} if whole else set()
        self.drawn: dict[tuple[int, ...], np.ndarray] = {}
        self.leaves: list[Tensor] = []

    def weights(self, shape: tuple[int, ...], *key: int) -> np.ndarray:
        """A random cotangent or direction, always the same."""
        if key not in self.drawn:
            self.drawn[key] = np.asarray(np.random.default_rng([self.seed, *key]).normal(size=shape))
        return self.drawn[key]

    def level(self, order: int, ts: Sequence[Tensor]) -> Any:
        """F of an order, at Tensors."""
        ys = gradient(self.level(order - 1, ts), list(ts), create_graph=True, allow_unused=True) if order else ()
        return sum(np.sum(y * self.weights(y.shape, order, k)) for k, y in enumerate(ys or [self.f(*ts)]))

    def value(self, order: int, *arrays: Any) -> float:
        """F of an order, at arrays."""
        ts = [Tensor(a) for a in arrays]
        if order:
            return float(self.level(order, ts).item())
        with no_grad():
            return float(self.level(0, ts).item())

    def direction(self, order: int, i: int) -> np.ndarray:
        return self.weights(self.xs[i].shape, order, i, 1)

    def found(self, order: int, create_graph: bool = False) -> list[np.ndarray]:
        """The gradient of F_{order-1} by each input, by the tape: along directions, but for the `whole` ones."""
        ts = self.leaves = [Tensor(x) for x in self.xs]
        y = self.level(order - 1, ts)
        grads = [raw(g) for g in gradient(y, ts, allow_unused=True, create_graph=create_graph)]
        assert [g.shape for g in grads] == [x.shape for x in self.xs]
        return grads if order in self.whole else [np.sum(g * self.direction(order, i)) for i, g in enumerate(grads)]

    def expected(self, order: int, i: int) -> Any:
        """The same by input i, by differences."""
        if order in self.whole:
            return slope_of(lambda *a: self.value(0, *a), self.xs, i, self.step)
        vs = [self.direction(order, i) if k == i else np.zeros(x.shape) for k, x in enumerate(self.xs)]
        return directional(lambda *a: self.value(order - 1, *a), self.xs, vs, self.step)


RTOL = 1e-8
ROUNDING = 1e-9


def allowed(expected: Any, rtol: float = RTOL) -> float:
    """The absolute error that is allowed besides the relative one: that of differences of numbers around 1."""
    return rtol * float(np.max(np.abs(expected), initial=0.0)) + ROUNDING


def assert_close(found: Any, expected: Any, rtol: float, what: str) -> None:
    """What the tape found is what differences give; else it is said of which number it is not, the worst one."""
    found, expected = np.asarray(found), np.asarray(expected)
    assert found.shape == expected.shape, f"{what}: the gradient has shape {found.shape}, not {expected.shape}"
    wrong = ~np.isclose(found, expected, rtol=rtol, atol=allowed(expected, rtol))
    if wrong.any():
        errors = np.nan_to_num(np.where(wrong, np.abs(found - expected), 0.0), nan=np.inf)
        at = tuple(map(int, np.unravel_index(np.argmax(errors), errors.shape)))
        where = f"at index {at}" if at else "in all, along a direction"
        raise AssertionError(
            f"{what}: {where} the rules give {found[at]:.10g}, differences {expected[at]:.10g} "
            f"({wrong.sum()} of {wrong.size} numbers are off)"
        )


def assert_orders(
    f: Callable[..., Any],
    xs: Sequence[Any],
    orders: int = 3,
    *,
    rtol: float = RTOL,
    seed: int = 0,
    step: float = STEP,
    name: str = "",
) -> None:
    """Compare the nested gradients of `f`, a function of Tensors, with differences of the order below."""
    both = Orders(f, xs, seed, step)
    for order in range(1, orders + 1):
        for i, (g, h) in enumerate(zip(both.found(order), both.found(order, create_graph=True), strict=True)):
            what = f"{name}{', ' if name else ''}order {order}, input {i} of shape {both.xs[i].shape}"
            expected = both.expected(order, i)
            assert_close(g, expected, rtol, what)
            assert_close(h, expected, rtol, f"{what}, recorded")
