"""Differences, integrals, interpolation, convolution, polynomials, Bessel's I₀; and what is built of arrays."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import pytest
from every import every
from primitives.properties import Case, hold
from refused import refused

from autograd_zoo import Tensor, gradient
from autograd_zoo.primitives.calculus import i0_derivative

RNG = np.random.default_rng(11)
X, V, W, A = RNG.normal(size=(3, 4, 2)), RNG.normal(size=7), RNG.normal(size=4), RNG.normal(size=(3, 3))
AT = np.array([0.0, 0.3, 1.0, 1.2, 2.5, 3.0, 3.3])  # increasing, and far enough apart
ASKED = np.array([[-0.6, 0.1, 0.7], [1.1, 2.9, 3.9]])  # between those, and outside
ROW = np.array([0.4, -1.1, 0.9])
N = np.array([[0.5, -1.2, 2.1], [1.7, 0.4, -0.9]])


def bent(f: Callable[..., Any]) -> Callable[..., Any]:
    return lambda *xs: f(*(x * x * x + x for x in xs))


def case(name: str, f: Callable[..., Any], *xs: Any, curve: bool = True) -> Case:
    return Case(name, bent(f) if curve else f, tuple(map(np.asarray, xs)), orders=2)


CALCULUS = [
    *[
        case(f"{f.__name__} {m} {a.size} {b.size}", lambda x, y, f=f, m=m: f(x, y, m), a, b)
        for f in (np.convolve, np.correlate)
        for m in ("full", "same", "valid")
        for a, b in [(V, W), (W, V), (V, V[:1]), (W, W[::-1] + 0.1)]
    ],
    *[case(f"gradient edges {e}", lambda x, e=e: np.gradient(x, edge_order=e), V) for e in (1, 2)],
    *[case(f"gradient at points {e}", lambda x, e=e: np.gradient(x, AT, edge_order=e), V) for e in (1, 2)],
    case("gradient by points", lambda x, at: np.gradient(x, at, edge_order=2), V, 2.0 * np.arange(7) + AT, curve=False),
    case("gradient by distance", lambda x, h: np.gradient(x, h), V, 0.7, curve=False),
    case("gradient by axes", lambda x: np.stack(np.gradient(x, 0.5, AT[:4], axis=(0, 1))), X),
    case("gradient of two", lambda x: np.gradient(x, AT[:2]), V[:2]),
    case("ediff1d", np.ediff1d, X),
    case("ediff1d with ends", lambda x, y: np.ediff1d(x, to_end=y, to_begin=y[:1]), V, W),
    case("trapezoid", np.trapezoid, X),
    case("trapezoid dx", lambda x: np.trapezoid(x, dx=0.3, axis=1), X),
    case("trapezoid at points", lambda y, x: np.trapezoid(y, x, axis=1), X, AT[:4], curve=False),
    case("trapezoid at many points", lambda y, x: np.trapezoid(y, x, axis=0), X, X**3, curve=False),
    case("interp", np.interp, ASKED, AT, V, curve=False),
    case("interp with ends", lambda x, p, f: np.interp(x, p, f, -0.5, 1.5), ASKED, AT, V, curve=False),
    case("interp periodic", lambda x, f: np.interp(x, AT.astype(x.dtype), f, period=3.5), ASKED, V, curve=False),
    case("interp of one", lambda f: np.interp(ASKED.astype(f.dtype), np.array([0.1], f.dtype), f), V[:1]),
    case("unwrap", lambda x: np.unwrap(5.3 * x), V),
    *[
        case(f"linspace {n} {e}", lambda a, b, n=n, e=e: np.linspace(a, b, n, endpoint=e, axis=-1), N, N[0])
        for n, e in [(0, True), (1, True), (5, True), (5, False)]
    ],
    case("linspace with step", lambda a, b: np.linspace(a, b, 4, retstep=True)[1], 0.3, 0.9),
    case("logspace", lambda a, b: np.logspace(a, b, 4), 0.1, 0.4),
    case("logspace base", lambda a, b, c: np.logspace(a, b, 4, base=c), 0.1, 0.4, 2.5, curve=False),
    case("geomspace", lambda a, b: np.geomspace(a, b, 4), np.abs(N) + 0.2, 2.5),
    case("polyval", np.polyval, W, X, curve=False),
    case("polyval of nothing", lambda x: np.polyval([], x) + x, X),
    case("polyder", lambda p: np.polyder(p, 2), V),
    case("polyadd", np.polyadd, V, W),
    case("polysub", np.polysub, W, V),
    case("polyint", lambda p: np.polyint(p, 2), V),
    case("polymul", np.polymul, V, W),
    case("unique", np.unique, V),
    case("union1d", np.union1d, V, W),
    case("setdiff1d", lambda x: np.setdiff1d(x, x[:2]), V),
    case("bincount", lambda w: np.bincount([0, 2, 2, 5], w), W),
    case("bincount minlength", lambda w: np.bincount([0, 2, 2, 1], weights=w, minlength=6), W),
    case("vander", lambda x: np.vander(x, 3), V),
    case("vander increasing", lambda x: np.vander(x, increasing=True), W),
    case("i0", np.i0, 2.0 * N, curve=False),
    *[case(f"i0_derivative {n}", lambda x, n=n: i0_derivative(x, n=n), N, curve=False) for n in (1, 2, 5)],
]
BUILDING = [
    *[
        case(f"delete {o} {axis}", lambda x, o=o, axis=axis: np.delete(x, o, axis), X)
        for axis in (None, 0, -1)
        for o in (1, [0, -1], slice(0, 1))
    ],
    case("delete by a mask", lambda x: np.delete(x, np.array([True, False, False]), 0), X),
    *[
        case(f"insert {o} {axis}", lambda x, o=o, axis=axis: np.insert(x, o, 0.5, axis), X)
        for axis in (None, 0, -1)
        for o in (1, -1, [0, 1], [1, 1], slice(0, 2))
    ],
    case("insert many at one", lambda x, v: np.insert(x, -2, v), V, W),
    case("insert each", lambda x, v: np.insert(x, [5, 1, 1, 0], v), V, W),
    case("insert a row", lambda x, v: np.insert(x, 1, v, axis=0), A, V[:3]),
    case("insert a column", lambda x, v: np.insert(x, 1, v, axis=1), A, V[:3]),
    case("insert columns", lambda x, v: np.insert(x, [1, 3], v, axis=1), A, A[:, :2]),
    case("insert columns at one", lambda x, v: np.insert(x, [1], v, axis=1), A, A[:, :2]),
    *[
        case("insert by a mask", lambda x, v: np.insert(x, np.array([True, False, True]), v), V[:3], W[:2])
        for _ in range(hasattr(np, "cumulative_sum"))  # NumPy 2.0 takes the mask for numbers, and warns
    ],
    case("insert into nothing", lambda x, v: np.insert(x, 0, v), V[:0], W),
    *[case(f"resize {s}", lambda x, s=s: np.resize(x, s), V) for s in (4, (3, 5), (0, 3), ())],
    case("resize nothing", lambda x: np.resize(x, (2, 2)), V[:0]),
    *[
        case(f"trim_zeros {s}", lambda x, s=s: np.trim_zeros(x * np.float32([0, 0, 1, 0, 1, 1, 0]), s), V)
        for s in ("fb", "f", "b")
    ],
    case("block", lambda a, v, s: np.block([[a, v[:, None]], [v[None], s]]), A, V[:3], 0.4),
    case("block of vectors", lambda v, w: np.block([v, w, v]), V, W),
    case("block of deep lists", lambda a: np.block([[[a], [a]]]), A),
    case("block of one", lambda a: np.block(a), A),
    *[
        case(f"pad with Tensors {k}", lambda x, f=f: np.pad(x, ((1, 2), (0, 1)), constant_values=f(np.ravel(x)[:4])), N)
        for k, f in enumerate(
            [
                lambda c: c[0],
                lambda c: c[:2],
                lambda c: ((c[0], 1.0), (c[1], c[2])),
                lambda c: c.reshape(2, 2),
            ]
        )
    ],
    case("apply_over_axes", lambda x: np.apply_over_axes(np.sum, x, [0, -1]), X),
    case("divmod", lambda a, b: divmod(a, b)[0] + divmod(a, b)[1], N, 0.67 + 0.0 * N[0], curve=False),
    case("divmod reflected", lambda b: divmod(5.3, b)[1] + 5.3 // b, np.abs(N), curve=False),
    case("np.divmod", lambda a, b: np.divmod(a, b)[1], N, 0.67 + 0.0 * N[0], curve=False),
    case("floor division", lambda a: (a // 0.37) * a + a // a, N, curve=False),
    case("modf", lambda x: np.modf(x)[0], N),
    case("ldexp", lambda x: np.ldexp(x, [1, -2, 0]), N),
    case("real", lambda x: np.real(x) * x.real * x.conj() * x.conjugate() + np.imag(x) + x.imag, N, curve=False),
    case("conj", lambda x: np.conj(x) * np.conjugate(x), N, curve=False),
    case("real_if_close", lambda x: np.real_if_close(x) * x, N, curve=False),
    case("angle", lambda x: np.angle(x, deg=True) * x, N, curve=False),
]
CASES = [*CALCULUS, *BUILDING]


@hold(CASES)
def test_calculus(holds: Callable[[Case], None], case: Case) -> None:
    holds(case)


@every("dtype", [np.float32, np.float64])
def test_a_ufunc_computes_in_the_dtype_it_is_told(dtype: Any) -> None:
    x = np.float32([0.3, 1.7])
    t = Tensor(x)
    y = np.exp(np.add(t, 1.0, dtype=dtype), where=True, casting="same_kind")
    assert y.dtype == dtype
    np.testing.assert_array_equal(y.data, np.exp(np.add(x, 1.0, dtype=dtype)))
    assert gradient(y.sum(), [t])[0].dtype == np.float32


def test_full_takes_a_tensor_where_numpy_asks_one() -> None:
    t = Tensor([0.5, 2.0])
    y = np.full((3, 2), t, like=t)
    np.testing.assert_array_equal(y.data, np.full((3, 2), t.data))
    np.testing.assert_array_equal(gradient(y.sum(), [t])[0], [3.0, 3.0])
    with pytest.raises(TypeError, match=r"np\.full\(n, t, like=t\)"):
        np.full((3, 2), t)


def test_rounding_is_a_method_a_function_and_pythons() -> None:
    t = Tensor([0.26, -1.34])
    for y in (t.round(1), np.round(t, 1), round(t, 1)):
        np.testing.assert_array_equal(y.data, np.round(t.data, 1))
        np.testing.assert_array_equal(gradient(y.sum(), [t])[0], [0.0, 0.0])


def test_piecewise_calls_each_function_where_it_holds() -> None:
    x = np.array([-2.0, 0.5, 3.0])
    t = Tensor(x)
    y = np.piecewise(t, [t < 0, t > 1], [np.square, np.exp, 7.0])
    np.testing.assert_allclose(y.data, np.piecewise(x, [x < 0, x > 1], [np.square, np.exp, 7.0]), rtol=1e-15)
    np.testing.assert_allclose(gradient(y.sum(), [t])[0], [-4.0, 0.0, np.exp(3.0)], rtol=1e-15)


@pytest.mark.oracle
def test_derivatives_of_i0_are_those_of_scipy() -> None:
    special = pytest.importorskip("scipy.special")
    x = np.array([0.0, 1e-9, 0.3, -2.0, 30.0, -300.0, 690.0])
    i = [special.iv(n, x) for n in range(4)]
    for n, expected in [(1, i[1]), (2, (i[0] + i[2]) / 2.0), (3, (3.0 * i[1] + i[3]) / 4.0)]:
        np.testing.assert_allclose(i0_derivative(x, n=n), expected, rtol=1e-13)


REFUSED: dict[str, tuple[Callable[[Tensor], Any], type[Exception], str]] = {
    "convolve a matrix": (lambda t: np.convolve(t, t), ValueError, r"two vectors .*got \(2, 3\) and \(2, 3\)"),
    "convolve nothing": (lambda t: np.convolve(t[0], []), ValueError, "not empty"),
    "convolve in no mode": (lambda t: np.convolve(t[0], t[1], "no"), ValueError, "'full', 'same' or 'valid'"),
    "gradient of one": (lambda t: np.gradient(t[:, :1]), ValueError, "axis 1, of length 1, needs at least 2"),
    "gradient, distances": (lambda t: np.gradient(t, 1.0, 2.0, 3.0), TypeError, "each of 2, .*got 3 distances"),
    "gradient, edges": (lambda t: np.gradient(t, edge_order=3), TypeError, "edge_order=3"),
    "ufunc in integers": (lambda t: np.add(t, 1, dtype=int), TypeError, "recorded without dtype=; .* a floating one"),
    "ufunc where": (lambda t: np.add(t, 1, where=N > 0), TypeError, r"recorded without where=; .*np\.where"),
    "interp": (lambda t: np.interp(0.5, t[0], t[0, :2]), ValueError, r"got shapes \(3,\) and \(2,\)"),
    "linspace": (lambda t: np.linspace(t, t, -1), ValueError, "not be negative, got -1"),
    "bincount": (lambda t: np.bincount(t[0]), TypeError, "plain integers"),
    "geomspace": (lambda t: np.geomspace(-1.0, t, 3), ValueError, "two numbers of one sign"),
    "block": (lambda t: np.block([[t], t]), ValueError, "nested equally deep"),
    "block of nothing": (lambda t: np.block([[t], []]), ValueError, "none of them empty"),
    "delete": (lambda t: np.delete(t, 9, 0), IndexError, "out of bounds"),
    "insert": (lambda t: np.insert(t, 9, 0.0, 0), IndexError, "out of bounds"),
    "piecewise": (lambda t: np.piecewise(t, [t < 0], [1, 2, 3]), ValueError, "for each of 1 conditions"),
}


test_wrong_calls_are_explained = refused(REFUSED, lambda: Tensor(N))
