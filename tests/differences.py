"""Finite differences, the only ones of the tests, which share nothing with the package's own checker.

What they are of may be a function of a number, of an array, or of several arrays; `assert_orders` compares the
gradients of a function of Tensors with them, at every order.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
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


def is_slope(g: Any, f: Callable[..., Any], xs: Sequence[Any], i: int, step: float = STEP, rtol: float = 1e-8) -> bool:
    """Whether g is ∂f/∂xs[i] along a random direction, which sees each of its elements at the cost of one."""
    x = np.asarray(xs[i], float)
    v = np.random.default_rng(i).normal(size=x.shape)
    expected = directional(lambda x: f(*xs[:i], x, *xs[i + 1 :]), [x], [v], step)
    found = np.asarray(g)
    close = np.isclose(np.sum(found * v), expected, rtol=rtol, atol=allowed(expected, rtol))
    return found.shape == x.shape and found.dtype == x.dtype and bool(close)


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
    gradient of F₀ is found element by element; those of F₁, F₂ along a random direction of each input. Differences
    along all these directions at once are the sum over the inputs, `together`, and need fewer points.
    """

    def __init__(self, f: Callable[..., Any], xs: Sequence[Any], seed: int = 0, step: float = STEP) -> None:
        self.f, self.xs, self.seed, self.step = f, [np.asarray(x, float) for x in xs], seed, step
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
        """The gradient of F_{order-1} by each input, by the tape, after the first along directions."""
        ts = self.leaves = [Tensor(x) for x in self.xs]
        y = self.level(order - 1, ts)
        grads = [raw(g) for g in gradient(y, ts, allow_unused=True, create_graph=create_graph)]
        assert [g.shape for g in grads] == [x.shape for x in self.xs]
        return grads if order == 1 else [*self.along(order, grads)]

    def swept(self, orders: int, create_graph: bool = False) -> Iterator[tuple[int, list[np.ndarray]]]:
        """Each order with its gradients by each input, by one tape that goes from order to order.

        They are from a plain sweep and, if `create_graph`, those of a recorded one follow them.
        """
        ts = self.leaves = [Tensor(x) for x in self.xs]
        y = self.level(0, ts)
        for order in range(1, orders + 1):
            found = [raw(g) for g in gradient(y, ts, allow_unused=True)]
            if order < orders or create_graph:
                recorded = gradient(y, ts, create_graph=True, allow_unused=True)
                y = sum(np.sum(g * self.weights(g.shape, order, k)) for k, g in enumerate(recorded))
                found += map(raw, recorded) if create_graph else ()
            assert [g.shape for g in found] == [x.shape for x in self.xs] * (1 + create_graph)
            yield order, found

    def along(self, order: int, grads: Sequence[np.ndarray]) -> np.ndarray:
        """Gradients along the direction of each input."""
        return np.array([np.sum(g * self.direction(order, i % len(self.xs))) for i, g in enumerate(grads)])

    def check(self, orders: int, tolerance: float) -> None:
        """Compare the gradients of a plain sweep, along directions, with differences."""
        for order, grads in self.swept(orders):
            along = self.along(order, grads)
            for i, found in enumerate(() if self.together(order, along, 0.1 * tolerance) else along):
                expected, what = self.expected(order, i, along=True), f"order {order}, input {i}"
                np.testing.assert_allclose(found, expected, rtol=tolerance, atol=tolerance, err_msg=what)

    def expected(self, order: int, i: int, along: bool = False) -> Any:
        """What they are by input i, by differences; the first element by element, unless `along` its direction too."""
        if order == 1 and not along:
            return slope_of(lambda *a: self.value(0, *a), self.xs, i, self.step)
        vs = [self.direction(order, i) if k == i else np.zeros(x.shape) for k, x in enumerate(self.xs)]
        return directional(lambda *a: self.value(order - 1, *a), self.xs, vs, self.step)

    def together(self, order: int, along: np.ndarray, rtol: float) -> bool:
        """Whether the sum over the inputs is that of differences, and none of them is too small to be seen in it."""
        sizes = np.abs(along[along != 0.0])
        if len(along) < 2 or (len(sizes) and sizes.max() > 1e4 * sizes.min()):
            return False
        vs = [self.direction(order, i) for i in range(len(self.xs))]
        expected = directional(lambda *a: self.value(order - 1, *a), self.xs, vs, self.step)
        return bool(np.isclose(along.sum(), expected, rtol=rtol, atol=allowed(expected, rtol)))


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
    for order, grads in both.swept(orders, create_graph=True):
        count, along = len(both.xs), both.along(order, grads)
        again = np.isclose(along[count:], along[:count], rtol=rtol, atol=ROUNDING)
        if order > 1 and again.all() and both.together(order, along[:count], rtol):
            continue
        for i, pair in enumerate(zip(grads[:count], grads[count:], strict=True)):
            what = f"{name}{', ' if name else ''}order {order}, input {i} of shape {both.xs[i].shape}"
            if order > 1 or both.xs[i].size > 1:  # along a direction, which sees each element, and quickly
                expected = both.expected(order, i, along=True)
                found = along[i::count]
                if order == 1 and np.allclose(found, expected, rtol=rtol, atol=allowed(expected, rtol)):
                    continue
            if order == 1:  # says which element it is
                expected, found = both.expected(order, i), pair
            assert_close(found[0], expected, rtol, what)
            assert_close(found[1], expected, rtol, f"{what}, recorded")
