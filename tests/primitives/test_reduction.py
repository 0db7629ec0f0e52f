"""Reductions: every axis and keepdims against NumPy, differences and PyTorch; zeros, ties, infinities, and nothing."""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import Any

import numpy as np
import pytest
from every import every
from primitives.properties import Case, hold
from refused import refused

from autograd_zoo.closed_form import moments
from autograd_zoo.engine.sweep import gradient
from autograd_zoo.engine.tensor import Tensor
from autograd_zoo.primitives.products import recurrence
from autograd_zoo.primitives.reduction import log_shares, logsumexp, shares

inf, nan = math.inf, math.nan
RNG = np.random.default_rng(3)
# Distinct by 0.2 at least, so that no difference crosses a tie; of both signs, none near 0.
X = (RNG.permutation(12).reshape(2, 3, 2) - 5.5) / 5.0
ROW = np.array([0.7, -1.2, 1.9, 0.4, -0.3])
ZEROS = np.array([[0.0, 0.7, -1.3], [0.0, 1.1, 0.0], [0.4, -0.6, 1.5], [0.0, 0.0, 0.0]])
WEIGHTS = np.array([0.2, 0.5, 0.9])


def bent(f: Callable[..., Any]) -> Callable[..., Any]:
    """f of curved arguments, which gives a linear operation derivatives of second and third order."""
    return lambda x: f(x * x * x + x)


# ---- the rows: an operation, its name in PyTorch, and whether it is linear --------------------------------------

REDUCTIONS = [
    ("sum", np.sum, "sum", bent),
    ("mean", np.mean, "mean", bent),
    ("prod", np.prod, None, lambda f: lambda x: f(1.5 * x)),
    ("max", np.max, "amax", bent),
    ("amax", np.amax, "amax", bent),
    ("min", np.min, "amin", bent),
    ("amin", np.amin, "amin", bent),
    ("ptp", np.ptp, None, bent),
    ("average", np.average, "mean", bent),
    ("logsumexp", logsumexp, "logsumexp", None),
    ("var", np.var, None, None),
    ("std", np.std, None, None),
]


def case(name: str, f: Any, x: Any, theirs: str | None = None, curve: Any = None, **params: Any) -> Case:
    """The call `f(x, **params)`, and PyTorch's of the same meaning."""

    def ours(x: Any) -> Any:
        return f(x, **params)

    def torch(x: Any) -> Any:
        axis = tuple(range(x.ndim)) if params.get("axis") is None else params["axis"]
        y = getattr(pytest.importorskip("torch"), str(theirs))
        return y(x, axis, **{k: v for k, v in params.items() if k != "axis"})

    curved = curve or (lambda f: f)
    label = ", ".join([name, str(x.shape), *(f"{k}={v}" for k, v in params.items())])
    return Case(label, curved(ours), (x,), torch=curved(torch) if theirs else None)


CALLS = [
    *((X, {"axis": axis}) for axis in (None, 1, -1, (0, 2), (-1, 0))),
    *((X, {"axis": axis, "keepdims": True}) for axis in (None, 0, (1, -1))),
]
SINGLE = [(np.array(0.7), {}), (np.array(0.7), {"keepdims": True}), (X[:, :1], {"axis": 1}), (X, {"axis": ()})]
CALLS_OF = {"std": CALLS, "amax": CALLS[1:3], "amin": CALLS[1:3]}  # std of one element: see the conventions
REDUCED = (
    [
        case(name, f, x, theirs if params.get("axis") != () else None, curve, **params)
        for name, f, theirs, curve in REDUCTIONS
        for x, params in CALLS_OF.get(name, CALLS + SINGLE)
    ]
    + [
        case("level", lambda x, axes: moments.level(x, axes).astype(x.dtype), X, None, bent, axes=axes)
        for axes in [(0,), (1, 2), (0, 1, 2), ()]
    ]
    + [
        case("mean_square", lambda x, axis: moments.mean_square(x, axis).astype(x.dtype), X, None, None, axis=axis)
        for axis in [(0,), (1, 2), (0, 1, 2), ()]
    ]
    + [
        Case("deviation", moments.deviation, (X, X[:1] - 0.5)),
        Case("deviation of one", moments.deviation, (X[:, :1], X)),
    ]
)
SPREADS = [
    case(name, f, X, name, axis=axis, correction=c, keepdims=k)
    for name, f in (("var", np.var), ("std", np.std))
    for axis, c, k in [(None, 0, False), (1, 1, False), ((0, 2), 0.5, True), (-1, 1.5, True)]
] + [
    case(name, f, X, None, axis=axis, ddof=1)
    for name, f in (("var", np.var), ("std", np.std))
    for axis in (None, -1, (0, 1))
]
RUNNING = [
    case(name, f, x, theirs if axis is not None else None, curve, axis=axis)
    for name, f, theirs, curve in [("cumsum", np.cumsum, "cumsum", bent), ("cumprod", np.cumprod, "cumprod", None)]
    for x, axis in [
        (X, None),
        (X, 0),
        (X, 1),
        (X, -1),
        (ROW, None),
        (ROW, 0),
        (X[:, :1], 1),
        (X[:, :0], 1),
        (X[:, :0], 0),
    ]
]
PRODUCTS = [
    case("prod with zeros", np.prod, x, theirs, axis=axis)
    for x, axis, theirs in [
        *((ZEROS, axis, "prod") for axis in (0, 1, -1)),
        *((row, 0, "prod") for row in ZEROS),
        (ZEROS, None, None),
        (ZEROS[:2, :2], (0, 1), None),
    ]
] + [case("cumprod with zeros", np.cumprod, ZEROS, "cumprod", axis=axis) for axis in (0, 1)]
WEIGHTED = [
    Case("average by rows", lambda x, w: np.average(x, axis=1, weights=w), (X, WEIGHTS)),
    Case("average, keepdims", lambda x, w: np.average(x, 1, w, keepdims=True), (X, WEIGHTS)),
    Case("average, whole", lambda x, w: np.average(x, weights=w), (X, np.abs(X) + 0.1)),
    Case("average over two axes", lambda x, w: np.average(x, axis=(2, 0), weights=w), (X, np.abs(X[:, 0].T) + 0.1)),
    Case("average, returned", lambda x, w: np.multiply(*np.average(x, 1, w, returned=True)), (X, WEIGHTS)),
    Case("average of an array", lambda w: np.average(X.astype(w.dtype), axis=1, weights=w), (WEIGHTS,)),
    Case("recurrence", recurrence, (X, X[::-1] + 0.3)),
]  # fmt: skip
METHODS = [
    Case(f"{name} method", curve(lambda x, n=name: getattr(x, n)(axis=1)), (X,))
    for name, curve in [("sum", bent), ("mean", bent), ("max", bent), ("min", bent), ("cumsum", bent)]
    + [(name, lambda f: f) for name in ("prod", "var", "std", "cumprod")]
]  # fmt: skip
if hasattr(np, "cumulative_sum"):
    RUNNING += [
        case(name, f, x, None, curve, **params)
        for name, f, curve in [
            ("cumulative_sum", np.cumulative_sum, bent),
            ("cumulative_prod", np.cumulative_prod, None),
        ]
        for x, params in [
            (X, {"axis": -1}),
            (X, {"axis": 1, "include_initial": True}),
            (ROW, {"include_initial": True}),
            (ROW, {}),
        ]
    ]


SHARES = [case("shares", shares, X, "softmax", axis=axis) for axis in (-1, 0, 1)]
SHARES += [case("log_shares", log_shares, X, "log_softmax", axis=axis) for axis in (-1, 0, 1)]
CASES = [*REDUCED, *SPREADS, *RUNNING, *PRODUCTS, *WEIGHTED, *METHODS, *SHARES]


@hold(CASES)
def test_reduction(holds, case):
    holds(case)


# ---- float32 with the statistics of float64 ---------------------------------------------------------------------


@pytest.mark.parametrize("dtype", [np.float16, np.float32, np.float64])
def test_statistics_keep_their_dtype(dtype):
    x = Tensor(X.astype(dtype))
    for f in (np.mean, np.var, np.std, np.sum, np.prod, np.max, np.ptp, np.average, logsumexp):
        for axis in (None, 1):
            y = f(x, axis=axis)
            assert y.dtype == dtype
            (g,) = gradient(np.sum(y), [x], create_graph=True)
            assert g.dtype == dtype
            assert gradient(np.sum(g), [x], allow_unused=True)[0].dtype == dtype


def test_deviations_from_a_large_mean():
    """float32 near 1e8 holds multiples of 8; the variance of 0, 8, 16, 24 is 80 there too."""
    x = Tensor(np.float32(1e8) + np.arange(0.0, 32.0, 8.0, dtype=np.float32))
    assert np.var(x).item() == 80.0 and x.var().item() == 80.0
    np.testing.assert_allclose(np.std(x).item(), math.sqrt(80.0), rtol=1e-7)
    np.testing.assert_array_equal(gradient(np.var(x), [x])[0], np.array([-12, -4, 4, 12]) * 0.5)
    np.testing.assert_allclose(gradient(np.std(x), [x])[0], np.array([-3, -1, 1, 3]) / math.sqrt(80.0), rtol=1e-6)


def test_statistics_of_large_numbers():
    x64 = 1e30 + 1e28 * RNG.normal(size=1000)
    x = Tensor(x64.astype(np.float32))
    np.testing.assert_allclose([np.mean(x).item(), np.std(x).item()], [x64.mean(), x64.std()], rtol=1e-4)
    assert np.isfinite(gradient(np.std(x), [x])[0]).all()


def test_a_count_beyond_float16():
    x = Tensor(np.ones(70_000, np.float16))
    assert np.mean(x).item() == 1.0
    np.testing.assert_allclose(gradient(np.mean(x), [x])[0][:2], 1.0 / 70_000, rtol=1e-2)
    np.testing.assert_allclose(gradient(np.max(x), [x])[0][:2], 1.0 / 70_000, rtol=1e-2)


# ---- conventions ------------------------------------------------------------------------------------------------

CONVENTIONS = [
    ("ties of max share", np.max, [1.0, 3.0, 3.0], [0.0, 0.5, 0.5]),
    ("ties of min share", np.min, [1.0, 1.0, 1.0, 3.0], [1 / 3, 1 / 3, 1 / 3, 0.0]),
    ("max of -inf", np.max, [-inf, -inf], [0.5, 0.5]),
    ("max where one is inf", np.max, [1.0, inf], [0.0, 1.0]),
    ("ptp of a constant", np.ptp, [2.0, 2.0], [0.0, 0.0]),
    ("var of a constant", np.var, [0.1, 0.1, 0.1], [0.0, 0.0, 0.0]),
    ("std of a constant", np.std, [0.1, 0.1, 0.1], [0.0, 0.0, 0.0]),
    ("std of zeros", np.std, [0.0, 0.0], [0.0, 0.0]),
    ("std of one", np.std, [0.3], [0.0]),
    ("prod, one zero", np.prod, [2.0, 0.0, 5.0], [0.0, 10.0, 0.0]),
    ("prod, two zeros", np.prod, [2.0, 0.0, 0.0], [0.0, 0.0, 0.0]),
    ("prod of one", np.prod, [0.0], [1.0]),
    ("logsumexp of -inf", logsumexp, [-inf, -inf], [0.0, 0.0]),
    ("logsumexp with -inf", logsumexp, [-inf, 3.0], [0.0, 1.0]),
    ("logsumexp at 1000", logsumexp, [1000.0, 1000.0], [0.5, 0.5]),
    ("logsumexp at -1000", logsumexp, [-1000.0, -1000.0], [0.5, 0.5]),
    ("logsumexp at 1e30", logsumexp, [1e30, -1e30], [1.0, 0.0]),
    ("logsumexp at 1e30 twice", logsumexp, [1e30, 1e30], [0.5, 0.5]),
    ("logsumexp of one", logsumexp, [2.5], [1.0]),
]


@pytest.mark.parametrize("axis", [None, 0, -1])
@every(("f", "x", "expected"), [row[1:] for row in CONVENTIONS], ids=[row[0] for row in CONVENTIONS])
def test_convention(f, x, expected, axis):
    t = Tensor(x)
    np.testing.assert_allclose(gradient(f(t, axis=axis), [t])[0], expected, rtol=1e-15)
    two = Tensor([x, x])
    if axis == -1:
        np.testing.assert_allclose(gradient(f(two, axis=axis), [two], np.ones(2))[0], [expected, expected], rtol=1e-15)


def test_no_nan_at_higher_orders_either():
    """Products of zeros, and rows of −∞, two sweeps deep."""
    for f, x in [(np.prod, [[0.0] * 3] * 2), (logsumexp, [[-inf, -inf], [0.0, 1.0]])]:
        t = Tensor(x)
        (g,) = gradient(np.sum(f(t, axis=1)), [t], create_graph=True)
        (h,) = gradient(np.sum(g * np.arange(1.0, g.size + 1).reshape(g.shape)), [t], create_graph=True)
        assert np.isfinite(g.data).all() and np.isfinite(h.data).all()
        assert np.isfinite(gradient(np.sum(h * h), [t], allow_unused=True)[0]).all()


def test_std_of_a_constant_has_gradient_0_and_no_second_one():
    t = Tensor([[0.1] * 3, [1.0, 2.0, 4.0]])
    (g,) = gradient(np.sum(np.std(t, axis=1)), [t], create_graph=True)
    np.testing.assert_array_equal(g.data[0], np.zeros(3))
    (h,) = gradient(np.sum(g * np.arange(6.0).reshape(2, 3)), [t])
    assert np.isnan(h[0]).all() and np.isfinite(h[1]).all()


def test_a_spread_that_was_not_taken_sends_nothing_back():
    x = Tensor([[0.1, 0.1], [1.0, 2.0]])
    y = np.std(x, axis=1)
    np.testing.assert_array_equal(gradient(np.sum(np.where([False, False], y, 0.0)), [x])[0], np.zeros((2, 2)))


def test_logsumexp_is_good_for_plain_arrays():
    np.testing.assert_allclose(logsumexp(X, axis=1), np.log(np.sum(np.exp(X), axis=1)), rtol=1e-14)
    assert logsumexp(X, (0, 2), True).shape == logsumexp(Tensor(X), (0, 2), True).shape == (1, 3, 1)
    assert logsumexp(np.array([inf, 1.0])) == inf and logsumexp(np.zeros(0)) == -inf
    assert logsumexp(np.zeros((2, 0)), axis=0).shape == (0,)


def test_a_long_product():
    """Two thousand factors around 1, at order 2: nothing recursive, nothing quadratic."""
    x = Tensor(np.linspace(0.9, 1.1, 2000))
    (g,) = gradient(np.prod(x), [x], create_graph=True)
    np.testing.assert_allclose(g.data, np.prod(x.data) / x.data, rtol=1e-12)
    (h,) = gradient(np.sum(g), [x])
    np.testing.assert_allclose(h, np.prod(x.data) / x.data * (np.sum(1 / x.data) - 1 / x.data), rtol=1e-11)


# ---- nothing at all ---------------------------------------------------------------------------------------------


@pytest.mark.parametrize("shape", [(0,), (0, 3), (3, 0), (2, 0, 3)], ids=str)
@pytest.mark.parametrize("f", [np.sum, np.prod, np.cumsum, np.cumprod, logsumexp, np.mean, np.var, np.std, np.max])
@pytest.mark.filterwarnings("ignore:Mean of empty slice", "ignore:Degrees of freedom", "ignore:invalid value")
def test_empty_arrays(f, shape):
    x = Tensor(np.zeros(shape))
    for axis in (None, 0, -1):
        try:
            expected = f(np.zeros(shape), axis=axis)
        except ValueError:  # no maximum of nothing
            with pytest.raises(ValueError, match=r"max of shapes .*zero-size array"):
                f(x, axis=axis)
            continue
        y = f(x, axis=axis)
        np.testing.assert_array_equal(y.data, expected)
        (g,) = gradient(y, [x], np.ones(y.shape), create_graph=True)
        assert g.shape == shape
        assert gradient(g, [x], np.ones(shape), allow_unused=True)[0].shape == shape


def test_more_degrees_of_freedom_than_elements():
    x = Tensor([1.0, 2.0])
    with np.errstate(all="ignore"), pytest.warns(RuntimeWarning, match="Degrees of freedom"):
        y = np.var(x, ddof=2)
    assert np.isnan(gradient(y, [x])[0]).all()


def test_a_number_has_an_axis_where_numpy_says_so():
    x = Tensor(1.5)
    for f in (np.sum, np.prod, np.max, np.cumsum, np.cumprod):
        y = f(x, axis=0)
        np.testing.assert_array_equal(y.data, f(np.float64(1.5), axis=0))
        np.testing.assert_array_equal(gradient(y, [x], np.ones(y.shape))[0], 1.0)


@pytest.mark.parametrize("f", [np.max, np.min, np.ptp, np.amax])
@pytest.mark.parametrize("keepdims", [False, True])
def test_what_is_compared_with_nan_has_gradient_nan(f, keepdims):
    """At every order; and nothing is asked of a row that is not taken."""
    x = Tensor([[1.0, nan, 3.0], [1.0, 2.0, 4.0]])
    y = f(x, axis=1, keepdims=keepdims)
    for seen in ([True, True], [False, True]):
        z = np.sum(np.where(np.reshape(seen, y.shape), y, 0.0))
        for _ in range(2):
            (g,) = gradient(z, [x], create_graph=True, allow_unused=True)
            assert np.isnan(g.data[0]).all() == seen[0] == np.isnan(g.data[0]).any()
            assert np.isfinite(g.data[1]).all()
            z = np.sum(g)


# ---- refusals ---------------------------------------------------------------------------------------------------

REFUSED = [
    (lambda t: np.sum(t, out=np.zeros(())), TypeError, "sum: the argument out= is not recorded"),
    (lambda t: np.var(t, mean=0.0), TypeError, "var: the argument mean= is not recorded"),
    (lambda t: np.std(t, out=np.zeros(())), TypeError, "std: the argument out= is not recorded"),
    (lambda t: np.cumsum(t, out=np.zeros(12)), TypeError, "cumsum: the argument out= is not recorded"),
    (lambda t: np.ptp(t, out=np.zeros(())), TypeError, "ptp: the argument out= is not recorded"),
    (lambda t: np.sum(t, axis=3), ValueError, r"sum of shapes \(2, 3, 2\), axis=3: axis 3 is out of bounds"),
    (lambda t: np.average(t, axis=1, weights=np.ones(2)), ValueError, r"weights of shape \(2,\) fit neither"),
    (lambda t: np.average(t, axis=1, weights=np.zeros(3)), ZeroDivisionError, "weights sum to zero"),
    (lambda t: np.var(t, ddof=1, correction=1), ValueError, "ddof and correction"),
]
if hasattr(np, "cumulative_sum"):
    REFUSED += [(lambda t: np.cumulative_sum(t), ValueError, "cumulative_sum of an array with 3 axes.*pass axis=")]


test_refused_in_a_sentence = refused(REFUSED, lambda: Tensor(X))


def test_defaults_said_aloud_are_accepted():
    x = Tensor(X)
    for f in (np.sum, np.mean, np.prod, np.max, np.var, np.std):
        assert f(x, axis=None, out=None, keepdims=False).shape == ()
    assert np.cumsum(x, axis=0, dtype=None, out=None).shape == X.shape


@pytest.mark.parametrize("size", [0.0, 1e-25, 1e-3, 1.0, 1e7, 1e30])
def test_statistics_of_float32_are_those_in_float64(size):
    x = (size * (1.0 + 1e-3 * np.random.default_rng(0).standard_normal((5, 40)))).astype(np.float32)
    wide, t = x.astype(np.float64), Tensor(x)
    mu, square = moments.level(t, (1,)), moments.mean_square(t, (1,))
    d = moments.deviation(t, mu)
    assert (mu.dtype, square.dtype, d.dtype) == (np.float64, np.float64, np.float32)
    np.testing.assert_allclose(mu.data, wide.mean(1, keepdims=True), rtol=1e-15)
    np.testing.assert_allclose(square.data, (wide**2).mean(1, keepdims=True), rtol=3e-7)
    np.testing.assert_allclose(d.data, wide - wide.mean(1, keepdims=True), rtol=1e-6, atol=1e-10 * size)
    (dx,) = gradient(np.sqrt(square), [t], np.ones((5, 1)))
    np.testing.assert_allclose(dx, wide / 40 / np.sqrt((wide**2).mean(1, keepdims=True)) if size else dx, rtol=3e-6)
