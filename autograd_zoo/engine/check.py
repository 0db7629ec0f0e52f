"""Is a gradient right? The tape against differences, at each order asked for, with a hint where it is wrong."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np

from .mode import switched
from .sweep import gradient
from .tensor import Array, Tensor
from .values import unmasked

ROUNDING = 1e-11  # what is left in a difference of a function that goes through values of size 1
STEP = 1e-3  # of a five-point difference, relative: its error is O(h⁴), so a wide step keeps rounding away


class GradientError(AssertionError):
    """A gradient that disagrees with the differences of its function."""


@dataclass(frozen=True)
class Comparison:
    """The largest disagreement for one argument at one order, relative to the largest difference or the value."""

    order: int
    argument: int
    error: float
    index: tuple[int, ...]
    tape: float
    differences: float


def differences(f: Callable[[Array], float], x: Array, step: float = STEP, elements: Array | None = None) -> Array:
    """∂f/∂x of a function from arrays to numbers: (8 (f₊₁ − f₋₁) − (f₊₂ − f₋₂)) / 12h for each element.

    Parameters
    ----------
    elements : array of ints, optional
        flat indices of the elements wanted; all of them by default

    Returns
    -------
    ndarray of x's shape, or of the shape of `elements`

    Examples
    --------
    >>> import numpy as np
    >>> differences(lambda x: float(np.sum(x**3)), np.array([1.0, 2.0])).round(9)
    array([ 3., 12.])
    """
    flat = np.ravel(x)
    steps = step * np.maximum(0.1, np.abs(flat))
    wanted = np.arange(flat.size) if elements is None else elements

    def at(i: int, k: int) -> float:
        moved = flat.copy()
        moved[i] += k * steps[i]
        return f(moved.reshape(x.shape))

    found = [(8.0 * (at(i, 1) - at(i, -1)) - (at(i, 2) - at(i, -2))) / (12.0 * steps[i]) for i in map(int, wanted)]
    return np.array(found, dtype=float).reshape(x.shape if elements is None else np.shape(elements))


def check_gradients(
    f: Callable[..., Any],
    *xs: Any,
    order: int = 2,
    tolerance: float = 1e-7,
    rng: np.random.Generator | None = None,
    most: int = 400,
) -> list[Comparison]:
    """Compare the tape's gradients of `f` at `xs` with differences, at orders 1 to `order`; raise where they disagree.

    Parameters
    ----------
    f : callable
        from Tensors to a Tensor of any shape (weighted with random numbers into a single one)
    *xs : arrays of float64
        all of them are differentiated; keep them some steps away from kinks
    order : int
        at order 2 the gradient itself is differentiated, at order 3 the gradient of that
    tolerance : float
        allowed error, relative to the largest difference or to the value of the function, if that is larger
    rng : numpy.random.Generator, optional
        for the weights; a fixed one by default, so that a check can be repeated
    most : int
        how many elements of an argument are tried, chosen at random from a larger one

    Returns
    -------
    list of Comparison
        the worst element of each argument at each order

    Raises
    ------
    GradientError
        names the order, the argument, the worst index, both numbers, and what the error looks like
    TypeError
        for anything but float64: in float32 differences keep three digits, which proves nothing

    Examples
    --------
    >>> import numpy as np, autograd_zoo as az
    >>> worst = az.check_gradients(np.tanh, np.array([0.3, -1.2]))
    >>> [c.order for c in worst]
    [1, 2]
    """
    if order < 1:
        raise ValueError(f"order must be 1 or more, got {order}")
    for i, x in enumerate(xs):
        dtype = x.dtype if isinstance(x, Tensor) else np.asarray(unmasked(x)).dtype
        if dtype != np.float64:
            raise TypeError(
                f"argument {i} must be float64, got {dtype}: differences of other numbers keep too few digits to prove "
                "a gradient; check in float64, and compare float32 with that"
            )
    rng = np.random.default_rng(0) if rng is None else rng
    arrays = [np.array(x.data if isinstance(x, Tensor) else x) for x in xs]
    found = []
    with switched(recording=True, fused=False):
        g: Callable[..., Any] = _weighted(f, arrays, rng)
        for k in range(1, order + 1):
            found += [_compare(g, arrays, i, k, tolerance, rng, most) for i in range(len(arrays))]
            if k < order:
                g = _weighted_gradient(g, arrays, rng)
    return found


def _weighted(f: Callable[..., Any], xs: list[Array], rng: np.random.Generator) -> Callable[..., Any]:
    """`f` as a function to one number: its elements times random weights, summed; the weights transposed in memory.

    The sum is bent a little, so that the cotangent of f depends on x: a rule that forgets this is wrong at order 2.
    """
    y = f(*map(Tensor, xs))
    if not isinstance(y, Tensor):
        raise TypeError(f"the function under check must return a Tensor, got {type(y).__name__}")
    weights = np.asarray(rng.uniform(0.5, 1.5, y.shape[::-1])).T
    bend = 0.25 / max(1e-3, float(np.abs(y.data * weights).sum()))

    def total(*ts: Tensor) -> Any:
        s = (f(*ts) * weights).sum()
        return s + bend * s * s

    return total


def _weighted_gradient(f: Callable[..., Any], xs: list[Array], rng: np.random.Generator) -> Callable[..., Any]:
    """The gradients of `f`, times random weights, summed: a function to one number again, one order higher."""
    weights = [rng.uniform(0.5, 1.5, x.shape) for x in xs]

    def g(*ts: Tensor) -> Any:
        grads = gradient(f(*ts), list(ts), create_graph=True, allow_unused=True)
        total = 0.0
        for grad, w in zip(grads, weights, strict=True):
            total = total + (grad * w).sum()
        return total

    return g


def _compare(
    f: Callable[..., Any], xs: list[Array], i: int, order: int, tolerance: float, rng: np.random.Generator, most: int
) -> Comparison:
    leaves = [Tensor(x) for x in xs]
    y = f(*leaves)
    (tape,) = gradient(y, [leaves[i]], allow_unused=True)
    (again,) = gradient(y, [leaves[i]], allow_unused=True)
    if tape.shape != xs[i].shape or tape.dtype != xs[i].dtype or tape.tobytes() != again.tobytes():
        raise GradientError(
            f"order {order}, argument {i}: two sweeps of one tape gave different gradients, or one of another shape: "
            f"{tape.dtype}{list(tape.shape)} for {xs[i].dtype}{list(xs[i].shape)}"
        )
    size = xs[i].size
    elements = np.arange(size) if size <= most else np.sort(rng.choice(size, most, replace=False))
    expected = differences(
        lambda moved: f(*(Tensor(moved if j == i else x) for j, x in enumerate(xs))).item(), xs[i], elements=elements
    )
    got = tape.ravel()[elements]
    if not size:
        return Comparison(order, i, 0.0, (), 0.0, 0.0)
    error = np.abs(got - expected)
    worst = int(np.argmax(np.where(np.isfinite(error), error, np.inf)))
    relative = float(error[worst] / max(np.abs(expected).max(), abs(y.item()), ROUNDING / tolerance))
    index = tuple(int(n) for n in np.unravel_index(elements[worst], xs[i].shape))
    if not relative <= tolerance:
        full = got.reshape(xs[i].shape) if size <= most else got
        raise GradientError(
            f"order {order}, argument {i}, index {index}: the tape says {got[worst]:.12g}, differences say "
            f"{expected[worst]:.12g}, an error of {relative:.1e} (allowed {tolerance:.1e}). "
            f"{_hint(full, expected.reshape(full.shape), order)}"
        )
    return Comparison(order, i, relative, index, float(got[worst]), float(expected[worst]))


def _hint(tape: Array, expected: Array, order: int) -> str:
    """What a wrong gradient looks like."""
    if not np.isfinite(tape).all():
        return "The gradient is not finite: az.detect_anomaly() names the operation."
    scale = np.abs(expected).max()

    def same(a: Array, b: Array) -> bool:
        return a.shape == b.shape and np.allclose(a, b, rtol=1e-5, atol=1e-7 * max(1.0, scale))

    if same(-tape, expected):
        return "The sign is wrong."
    big = np.abs(expected) > 1e-3 * scale
    ratios = tape[big] / expected[big]
    if ratios.size and np.allclose(ratios, ratios.flat[0], rtol=1e-5) and not np.isclose(ratios.flat[0], 0.0):
        of = ", the number of elements: a sum for a mean?" if np.isclose(ratios.flat[0], tape.size) else ""
        return f"A factor is wrong: the tape is {ratios.flat[0]:.6g} times the differences{of}."
    if tape.ndim > 1 and same(np.swapaxes(tape, -1, -2), expected):
        return "The gradient is transposed."
    if any(same(np.flip(tape, axis), expected) for axis in range(tape.ndim)):
        return "The gradient is flipped."
    if tape.size and same(np.sort(tape, axis=None), np.sort(expected, axis=None)):
        return "The right numbers stand in the wrong places: a wrong axis or order?"
    if not np.any(tape):
        return "The tape's gradient is zero: was the value computed outside the tape (.data, .detach())?"
    if order > 1:
        return "Right at the order below: is a rule written with something that is not recorded?"
    return "A term is missing, or too many; or the point lies at a kink, where differences mean nothing."
