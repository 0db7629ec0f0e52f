"""Quantiles, what leaves out nan, covariances, and the keywords of reductions: against NumPy and differences."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import pytest
from every import every
from primitives.properties import Case, hold
from refused import refused

from autograd_zoo import Tensor, gradient

RNG = np.random.default_rng(7)
X = (RNG.permutation(24).reshape(2, 3, 4) - 11.7) / 7.0  # no two within 0.14
ROW, EVEN = np.array([0.7, -1.2, 1.9, 0.4, -0.3]), np.array([0.7, -1.2, 1.9, 0.4])
MASK = np.array([[True, True, False, True], [False, True, True, True], [True, False, True, True]])
LOST = np.where(MASK, 0.0, np.nan)
METHODS = (
    *("inverted_cdf", "averaged_inverted_cdf", "closest_observation", "interpolated_inverted_cdf", "hazen", "weibull"),
    *("linear", "median_unbiased", "normal_unbiased", "lower", "higher", "midpoint", "nearest"),
)


def bent(f: Callable[..., Any]) -> Callable[..., Any]:
    """f of curved arguments, which gives a linear operation derivatives of higher order."""
    return lambda *xs: f(*(x * x * x + x for x in xs))


def rows(curve: bool, *table: tuple[Any, ...]) -> list[Case]:
    """Cases of rows (name, function, *arrays)."""
    return [Case(name, bent(f) if curve else f, tuple(xs), orders=2) for name, f, *xs in table]


ORDER = rows(
    True,
    *[(f"median {axis}", lambda x, axis=axis: np.median(x, axis), X) for axis in (None, 0, 1, (2, 0), ())],
    ("median keepdims", lambda x: np.median(x, 1, keepdims=True), X),
    ("median of a number", np.median, np.array(0.7)),
    *[(f"quantile {m}", lambda x, m=m: np.quantile(x, [0.1, 0.37, 1.0], axis=1, method=m), X) for m in METHODS],
    ("quantile 2-d q", lambda x: np.quantile(x, [[0.2, 0.5]], axis=(0, 2), keepdims=True), X),
    ("percentile", lambda x: np.percentile(x, 30), X),
    ("nanmedian", lambda x: np.nanmedian(x + LOST.astype(x.dtype), axis=1), X),
    ("nanquantile", lambda x: np.nanquantile(x + LOST.astype(x.dtype), [0.3, 0.9], axis=2), X),
    ("nanpercentile", lambda x: np.nanpercentile(x + LOST.astype(x.dtype), 60, axis=(0, 1)), X),
    ("partition", lambda x: np.partition(x, 2), X),
    ("partition flat", lambda x: np.partition(x, [3, 7], axis=None), X),
)
NAN = [
    *[
        (f"{f.__name__} {axis}", lambda x, f=f, axis=axis: f(x + LOST.astype(x.dtype), axis=axis), X)
        for f in (np.nansum, np.nanmean, np.nanmax, np.nanmin, np.nanstd, np.nanvar)
        for axis in (None, 1, (0, 2))
    ],
    ("nanprod", lambda x: np.nanprod(x + LOST.astype(x.dtype), axis=1, keepdims=True), X),
    ("nancumsum", lambda x: np.nancumsum(x + LOST.astype(x.dtype), axis=1), X),
    ("nancumprod", lambda x: np.nancumprod(x + LOST.astype(x.dtype), axis=-1), X),
    ("nanvar ddof", lambda x: np.nanvar(x + LOST.astype(x.dtype), 2, ddof=1, keepdims=True), X),
    ("nanmax initial", lambda x: np.nanmax(x + LOST.astype(x.dtype), 2, initial=0.03), X),
]  # the derivatives of what nan was added to are those of the rest
KEYWORDS = [
    *[
        (f"{f.__name__} where {axis}", lambda x, f=f, axis=axis: f(x, axis=axis, where=MASK), X)
        for f in (np.sum, np.mean, np.prod, np.var, np.std)
        for axis in (None, 1, (0, 2))
    ],
    *[
        (f"{f.__name__} where initial", lambda x, f=f, i=i: f(x, axis=1, where=MASK, initial=i, keepdims=True), X)
        for f, i in ((np.sum, 2.5), (np.prod, -1.5), (np.max, 0.03), (np.min, 0.03), (np.max, -9.0))
    ],
    ("std where correction", lambda x: np.std(x, 2, where=MASK, correction=1), X),
    ("std where ddof", lambda x: np.std(x, 2, where=MASK, ddof=1, keepdims=True), X),
    ("var where correction", lambda x: np.var(x, (0, 1), where=MASK, correction=1), X),
    ("var where ddof", lambda x: np.var(x, (0, 1), where=MASK, ddof=1, keepdims=True), X),
    ("mean where keepdims", lambda x: np.mean(x, -1, where=MASK, keepdims=True), X),
    ("mean keepdims", lambda x: np.mean(x, axis=1, keepdims=True), X[0]),
    ("sum keepdims", lambda x: np.sum(x, axis=(1,), keepdims=True), X[0]),
    *[
        (f"{f.__name__} dtype", lambda x, f=f: f(x, 1, x.dtype) * f(x, axis=1, dtype=x.dtype), X)
        for f in (np.sum, np.mean, np.prod, np.var, np.std, np.cumsum)
    ],
    ("trace dtype", lambda x: np.trace(x, 0, 1, 2, dtype=x.dtype), X),
]
SPREAD = rows(
    False,
    ("cov", np.cov, X[0]),
    ("cov of a vector", np.cov, ROW),
    ("cov of two", lambda x, y: np.cov(x, y, ddof=0), ROW, ROW[::-1] + 0.2),
    ("cov by columns", lambda x: np.cov(x, rowvar=False, bias=True), X[0]),
    ("cov aweights", lambda x: np.cov(x, aweights=[0.1, 0.2, 0.3, 0.4]), X[0]),
    ("cov both weights", lambda x: np.cov(x, fweights=[1, 2, 0, 1], aweights=[0.1, 0.2, 0.3, 0.4]), X[0]),
    ("corrcoef", np.corrcoef, X[0]),
    ("corrcoef of two", np.corrcoef, ROW, ROW[::-1] + 0.2),
)
VARIED = [
    Case(f"var where {axis}", lambda x, a=axis, w=where: np.var(x, a, where=w), (X,))
    for axis in (None, 1, (0, 2))
    for where in (MASK, np.stack([MASK, MASK[::-1]]))
]
RUNNING = rows(False, ("cumprod dtype", lambda x: np.cumprod(x, axis=1, dtype=x.dtype), X))
CASES = [*ORDER, *rows(True, *NAN), *rows(True, *KEYWORDS), *SPREAD, *VARIED, *RUNNING]


@hold(CASES)
def test_statistics(holds: Callable[[Case], None], case: Case) -> None:
    holds(case)


@pytest.mark.filterwarnings("ignore")
@every("name", ["nanmax", "nanmin", "nanmean", "nanmedian", "nansum", "nanprod", "nanvar", "nanstd"])
def test_what_is_nan_everywhere_is_what_numpy_says(name: str) -> None:
    x = np.array([[np.nan, np.nan, np.nan], [1.0, np.nan, 3.0]])
    f, t = getattr(np, name), Tensor(x)
    np.testing.assert_allclose(f(t, axis=1).data, f(x, axis=1), rtol=1e-14, strict=True)
    (g,) = gradient(f(t, axis=1)[1], [t])
    np.testing.assert_array_equal(g[0], np.zeros(3))  # the other row was not asked
    assert g[1, 1] == 0.0 and np.isfinite(g[1]).all()


@every("name", ["median", "quantile", "percentile"])
def test_a_quantile_of_nan_is_nan_and_so_is_its_gradient(name: str) -> None:
    t = Tensor([[1.0, np.nan, 3.0, 2.0], [4.0, 7.0, 6.0, 5.0]])
    y = getattr(np, name)(t, *([] if name == "median" else [0.5]), axis=1)
    assert np.isnan(y.data[0]) and np.isfinite(y.data[1])
    (g,) = gradient(y, [t], np.ones(2))
    assert np.isnan(g[0]).all() and g[1].sum() == pytest.approx(1.0)


def test_an_extreme_and_its_initial_share_as_elements_do() -> None:
    t = Tensor([1.0, 2.0, 2.0])
    np.testing.assert_allclose(gradient(np.max(t, initial=2.0), [t])[0], [0.0, 1 / 3, 1 / 3])
    np.testing.assert_allclose(gradient(np.max(t, initial=-np.inf), [t])[0], [0.0, 0.5, 0.5])
    u = Tensor([-np.inf, -np.inf])
    np.testing.assert_allclose(gradient(np.max(u, initial=-np.inf), [u])[0], [0.5, 0.5])


@every("f", [np.sum, np.mean, np.prod, np.var, np.std, np.cumsum])
def test_a_dtype_is_that_of_the_result_and_the_gradient_comes_back(f: Any) -> None:
    t = Tensor(np.float32([1.0, 2.0, 4.0]))
    y = f(t, dtype=np.float64)
    assert y.dtype == np.float64
    assert gradient(np.sum(y), [t])[0].dtype == np.float32


def test_elements_that_are_left_out_may_be_anything() -> None:
    x = np.array([1.0, np.inf, 3.0, np.nan])
    for f in (np.sum, np.mean, np.prod, np.var, np.std):
        t = Tensor(x)
        (g,) = gradient(f(t, where=np.isfinite(x)), [t])
        u = Tensor(x[::2])
        np.testing.assert_allclose(g[::2], gradient(f(u), [u])[0], rtol=1e-14)
        np.testing.assert_array_equal(g[1::2], [0.0, 0.0])


REFUSED: dict[str, tuple[Callable[[Tensor], Any], type[Exception], str]] = {
    "q is a Tensor": (lambda t: np.quantile(t, Tensor(0.5)), TypeError, "give q as numbers"),
    "q out of range": (lambda t: np.quantile(t, 1.5), ValueError, "range"),
    "weights": (lambda t: np.quantile(t, 0.5, method="inverted_cdf", weights=[1] * 5), TypeError, "weights= is not"),
    "three axes": (lambda t: np.cov(t[None, None]), ValueError, r"got shape \(1, 1, 5\)"),
    "cov weights": (lambda t: np.cov(t, fweights=[1, 2]), ValueError, "one number ≥ 0 for each of 5"),
    "initial": (lambda t: np.max(t, initial=t[0]), TypeError, "initial= has no rule"),
}


test_wrong_calls_are_explained = refused(REFUSED, lambda: Tensor(ROW))
