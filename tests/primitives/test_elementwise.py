"""Elementwise primitives: values, gradients of order 1 to 3, conventions at kinks, and what extreme values do."""

from __future__ import annotations

import math
from itertools import product

import numpy as np
import pytest
from differences import assert_orders
from every import every
from primitives.properties import Case, agrees_with_torch, hold, is_differentiable, is_numpy
from pytorch import torch
from refused import refused

from autograd_zoo.engine.primitive import primitive
from autograd_zoo.engine.rules import RULES, defvjp
from autograd_zoo.engine.sweep import gradient
from autograd_zoo.engine.tensor import Tensor
from autograd_zoo.engine.values import raw
from autograd_zoo.primitives.elementwise import erf, logistic

pytestmark = pytest.mark.filterwarnings("ignore:numpy.fix is deprecated:DeprecationWarning")  # from NumPy 2.5 on

inf, nan = math.inf, math.nan

NEW = np.lib.NumpyVersion(np.__version__) >= "2.1.0"  # min= and max= of np.clip

# ---- the rows: an operation, a place for each input where it is smooth, its name in PyTorch ----------------------

REAL = np.array([[-1.7, -0.6, 0.3], [0.8, 1.4, 2.2]])
OTHER = np.array([[0.75, -2.1, 1.9], [-0.45, 2.6, -1.3]])
ROW = np.array([1.3, -0.7, 2.4])
POSITIVE = np.abs(REAL) + 0.1
UNIT = REAL / 2.5
ABOVE_ONE = POSITIVE + 1.0

UNARY = {  # where they are smooth
    "negative positive square absolute fabs sign floor ceil trunc rint round around fix cbrt exp exp2 expm1": REAL,
    "sin cos arctan sinh cosh tanh arcsinh deg2rad radians rad2deg degrees nan_to_num": REAL,
    "reciprocal": OTHER,
    "sqrt log log2 log10": POSITIVE,
    "log1p tan arcsin arccos": UNIT,
    "arccosh": ABOVE_ONE,
    "arctanh": REAL / 3.0,
    "sinc": np.array([[-1.7, -0.6, 0.3], [0.02, 1e-3, 4.2]]),
}
BINARY = {
    "add subtract multiply divide remainder fmod floor_divide hypot logaddexp logaddexp2 arctan2 copysign": REAL,
    "heaviside maximum minimum fmax fmin": REAL,
    "power float_power": POSITIVE,
}
UNARY = [
    *((getattr(np, name), x) for names, x in UNARY.items() for name in names.split()),
    (erf, REAL),
    (logistic, REAL),
]
BINARY = [(getattr(np, name), x, OTHER) for names, x in BINARY.items() for name in names.split()]
THEIRS = {  # PyTorch's names where they are others, or None
    **dict(
        absolute="abs",
        fabs="abs",
        rint="round",
        around="round",
        fix="trunc",
        power="pow",
        arctan2="atan2",
        logistic="sigmoid",
    ),
    **dict(arcsin="asin", arccos="acos", arctan="atan", arcsinh="asinh", arccosh="acosh", arctanh="atanh"),
    **dict(radians="deg2rad", degrees="rad2deg"),
    **dict.fromkeys(["cbrt", "floor_divide", "heaviside"]),
}


def name(value: object) -> str | None:
    return getattr(value, "__name__", None)


binary = pytest.mark.parametrize(("op", "a", "b"), BINARY, ids=name)

# ---- values and derivatives -------------------------------------------------------------------------------------

SHAPES = [((2, 3), (3,)), ((3,), (2, 3)), ((2, 1), (1, 3)), ((), (3,)), ((2, 3), ()), ((), ())]


@binary
def test_broadcast_cotangents_are_summed_back(op, a, b):
    for shapes in SHAPES:
        assert_orders(
            op, [x[: (1, 1, *s)[-2], : (1, 1, *s)[-1]].reshape(s) for x, s in zip((a, b), shapes, strict=True)], 2
        )


@binary
def test_one_operand_may_be_a_constant(op, a, b):
    ta, tb = Tensor(a), Tensor(b)
    both = gradient(op(ta, tb), [ta, tb], np.ones_like(a))
    np.testing.assert_array_equal(gradient(op(ta, b), [ta], np.ones_like(a))[0], both[0])
    np.testing.assert_array_equal(gradient(op(a, tb), [tb], np.ones_like(a))[0], both[1])


CHOICES = [
    ("where", lambda a, b: np.where(REAL > 0.5, a, b), [REAL, OTHER]),
    ("where, a condition of numbers", lambda a, b: np.where([2, 0, -1], a, b), [REAL, OTHER]),
    ("where, broadcast", lambda a, b: np.where(REAL > 0.5, a, b), [ROW, np.array(0.4)]),
    ("where, the last from the second", lambda a, b: np.where(REAL < 0.5, a, b), [REAL, OTHER]),
    ("where, a row or", lambda a, b: np.where(REAL < 0.5, a, b), [ROW, OTHER]),
    ("where, or a number", lambda a: np.where(REAL > 0.5, a, 0.25), [OTHER]),
    ("where, smooth branches", lambda a, b: np.where(a > b, a * a * b, np.exp(b) * a), [REAL, OTHER]),
    ("clip", lambda x, lo, hi: np.clip(x, lo, hi), [REAL, np.array(-1.0), np.array([1.0, 0.9, 1.7])]),
    ("clip below", lambda x, lo: np.clip(x, lo, None), [REAL, ROW]),
    ("clip above", lambda x, hi: np.clip(x, None, hi), [REAL, ROW]),
    ("clip, bounds crossed", lambda x, lo, hi: np.clip(x, lo, hi), [REAL, np.array(1.0), np.array(-1.0)]),
    ("clip, numbers", lambda x: np.clip(x, -0.9, 1.1), [REAL[::-1]]),
    ("clip of an array", lambda hi: np.clip(REAL, -1.0, hi), [ROW]),
    ("nan_to_num", lambda x: np.nan_to_num(x * x, nan=1.0, posinf=2.0, neginf=3.0), [REAL]),
    ("round", lambda x: np.round(x, decimals=1) * x, [REAL + 0.02]),
    ("around", lambda x: np.around(x, decimals=1) * x, [REAL + 0.02]),
    ("heaviside at 0", lambda h: np.heaviside([0.0, 1.0, -1.0], h) * h, [ROW]),
]  # fmt: skip


def theirs(op):
    """PyTorch's function of the same, if there is one."""
    name = THEIRS.get(op.__name__, op.__name__)
    homes = [home for home in (torch, torch.special) if hasattr(home, name)] if torch and name else []
    assert homes or not (torch and name), f"PyTorch has no {name}: add its name there, or None, to THEIRS"
    return getattr(homes[0], name) if homes else None


CASES = [
    *[Case(op.__name__, op, tuple(xs), theirs(op)) for op, *xs in [*UNARY, *BINARY]],
    *[Case(f"{op.__name__} of numbers", op, (a[1, 2], b[1, 2])) for op, a, b in BINARY],
    *[Case(f"{op.__name__} by 1.25", lambda x, op=op: op(x, 1.25), (a,)) for op, a, _ in BINARY],
    *[Case(f"{op.__name__} of 1.25", lambda x, op=op: op(1.25, x), (b,)) for op, _, b in BINARY],
    *[Case(name, f, tuple(xs)) for name, f, xs in CHOICES],
]


@hold(CASES, [is_numpy, is_differentiable, agrees_with_torch])
def test_elementwise(holds, case):
    holds(case)


def test_the_spellings_of_clip():
    x, lo, hi = Tensor(REAL), -1.0, 1.5
    expected = np.clip(REAL, lo, hi)
    results = [np.clip(x, lo, hi), np.clip(x, a_min=lo, a_max=hi), np.clip(a_max=hi, a_min=lo, a=x), x.clip(lo, hi)]
    if NEW:
        results += [np.clip(x, min=lo, max=hi), np.clip(np.clip(x, max=hi), min=lo)]
        np.testing.assert_array_equal(np.clip(x, None, None).data, REAL)
    results += [np.clip(np.clip(x, None, hi), lo, None)]
    for y in results:
        np.testing.assert_array_equal(y.data, expected)
        np.testing.assert_array_equal(gradient(np.sum(y), [x])[0], (REAL > lo) & (hi > REAL))


def test_where_without_branches_gives_plain_indices():
    for found, expected in zip(np.where(Tensor(REAL)), np.where(REAL), strict=True):
        assert type(found) is np.ndarray
        np.testing.assert_array_equal(found, expected)


# ---- dtypes and layouts -----------------------------------------------------------------------------------------

RELATED = [(op, tuple(xs)) for op, *xs in [*UNARY, *BINARY]]
LAYOUTS = {
    "transposed": lambda x: np.asfortranarray(x.T).T,
    "reversed": lambda x: x[::-1, ::-1],
    "strided": lambda x: np.repeat(x, 2, axis=1)[:, ::2],
    "stride 0": lambda x: np.broadcast_to(x[:, 1:2], (2, 3)),
    "size 1": lambda x: x[:1, 1:2],
    "0-d": lambda x: x[1, 2],
    "empty": lambda x: x[:, :0],
    "read-only": lambda x: np.frombuffer(x.tobytes()).reshape(x.shape),
}


@every(("op", "xs"), RELATED, ids=lambda op, xs: name(op))
def test_short_floats_stay_short(op, xs):
    for dtype, part in product((np.float32, np.float16), (slice(None), (1, 2))):  # arrays, and numbers
        short = [x.astype(dtype)[part] for x in xs]
        ts, long = [Tensor(x) for x in short], [Tensor(x.astype(np.float64)) for x in short]
        y = op(*ts)
        assert y.dtype == op(*short).dtype == (np.float64 if op is np.float_power else dtype)
        np.testing.assert_array_equal(y.data, op(*short))
        tolerance = 20 * float(np.finfo(dtype).eps)
        for g, expected in zip(gradient(np.sum(y), ts), gradient(np.sum(op(*long)), long), strict=True):
            assert g.dtype == dtype
            np.testing.assert_allclose(g, expected, rtol=tolerance, atol=tolerance)
        second = np.sum(sum(gradient(np.sum(y), ts, create_graph=True)))
        assert second.dtype == dtype
        assert [g.dtype for g in gradient(second, ts, allow_unused=True)] == [dtype] * len(ts)


# Their values and gradients are rounded correctly by every processor; the others' differ by a few units in the last
# place between NumPy's loops, and which loop runs depends on the processor and the strides.
TO_THE_BIT = {
    np.negative, np.positive, np.reciprocal, np.square, np.absolute, np.fabs, np.sign, np.floor, np.ceil, np.trunc,
    np.rint, np.sqrt, np.deg2rad, np.radians, np.rad2deg, np.degrees, np.nan_to_num, np.add, np.subtract, np.multiply,
    np.divide, np.remainder, np.fmod, np.floor_divide, np.copysign, np.heaviside, np.maximum, np.minimum, np.fmax,
    np.fmin,
}  # fmt: skip


@every(("op", "xs"), RELATED, ids=lambda op, xs: name(op))
def test_layout_makes_no_difference_but_rounding(op, xs):
    tolerance = 0.0 if op in TO_THE_BIT else 16 * float(np.finfo(float).eps)
    for kind, layout in LAYOUTS.items():
        odd = [layout(x) for x in xs]
        plain = [np.array(x, order="C") for x in odd]
        g = layout(np.linspace(0.5, 1.5, 6).reshape(2, 3))
        results = []
        for arrays in (odd, plain):
            ts = [Tensor.leaf(x) for x in arrays]  # leaf: the layout stays as it is
            y = op(*ts)
            np.testing.assert_array_equal(y.data, op(*arrays), err_msg=kind)  # NumPy's value, whatever it is
            results.append([y.data, *gradient(y, ts, g)])
        for found, expected in zip(*results, strict=True):
            np.testing.assert_allclose(found, expected, rtol=tolerance, atol=tolerance, err_msg=kind)
            assert found.shape == plain[0].shape
        for x, before in zip(odd, plain, strict=True):
            np.testing.assert_array_equal(x, before)


# ---- conventions ------------------------------------------------------------------------------------------------

CONVENTIONS = [
    ("abs at 0", np.abs, [0.0], [0.0]),
    ("fabs at 0", np.fabs, [0.0], [0.0]),
    ("sqrt at 0", np.sqrt, [0.0], [inf]),
    ("maximum, tie", np.maximum, [2.0, 2.0], [0.5, 0.5]),
    ("minimum, tie", np.minimum, [2.0, 2.0], [0.5, 0.5]),
    ("fmax, tie", np.fmax, [2.0, 2.0], [0.5, 0.5]),
    ("fmin, tie", np.fmin, [2.0, 2.0], [0.5, 0.5]),
    ("maximum of infinities", np.maximum, [-inf, -inf], [0.5, 0.5]),
    ("fmax passes nan over", np.fmax, [nan, 2.0], [0.0, 1.0]),
    ("fmin of nothing but nan", np.fmin, [nan, nan], [nan, nan]),
    ("maximum with nan", np.maximum, [nan, 2.0], [nan, nan]),
    ("minimum with nan", np.minimum, [2.0, nan], [nan, nan]),
    ("clip of nan", np.clip, [nan, -1.0, 1.0], [nan, nan, nan]),
    ("clip, a bound is nan", np.clip, [0.0, -1.0, nan], [nan, nan, nan]),
    ("relu at 0", lambda x: np.where(x > 0, x, 0.0), [0.0], [0.0]),
    ("clip at its lower bound", np.clip, [-1.0, -1.0, 1.0], [1.0, 0.0, 0.0]),
    ("clip at its upper bound", np.clip, [1.0, -1.0, 1.0], [1.0, 0.0, 0.0]),
    ("clip, bounds crossed", np.clip, [0.0, 1.0, -1.0], [0.0, 0.0, 1.0]),
    ("0 ** 0", np.power, [0.0, 0.0], [0.0, 0.0]),
    ("0 ** 2", np.power, [0.0, 2.0], [0.0, 0.0]),
    ("0 ** 1", np.power, [0.0, 1.0], [1.0, 0.0]),
    ("(-2) ** 3, no slope in the exponent", np.power, [-2.0, 3.0], [12.0, nan]),
    ("hypot at the origin", np.hypot, [0.0, 0.0], [0.0, 0.0]),
    ("arctan2 at the origin", np.arctan2, [0.0, 0.0], [nan, nan]),
    ("logaddexp of nothing", np.logaddexp, [-inf, -inf], [0.0, 0.0]),
    ("logaddexp of one", np.logaddexp, [-inf, 3.0], [0.0, 1.0]),
    ("logaddexp2 of nothing", np.logaddexp2, [-inf, -inf], [0.0, 0.0]),
    ("logaddexp far apart", np.logaddexp, [1e30, -1e30], [1.0, 0.0]),
    ("logaddexp far out", np.logaddexp, [1e30, 1e30], [0.5, 0.5]),
    ("logaddexp of infinity", np.logaddexp, [inf, 0.0], [1.0, 0.0]),
    ("nan_to_num of nan", np.nan_to_num, [nan], [0.0]),
    ("nan_to_num of inf", np.nan_to_num, [inf], [0.0]),
    ("sinc at 0", np.sinc, [0.0], [0.0]),
    ("floor at a step", np.floor, [1.0], [0.0]),
    ("heaviside at 0", np.heaviside, [0.0, 0.5], [0.0, 1.0]),
    ("copysign to -0", np.copysign, [2.0, -0.0], [-1.0, 0.0]),
    ("arctan far out", np.arctan, [1e200], [0.0]),
    ("arctan2 towards infinity", np.arctan2, [2.0, inf], [0.0, 0.0]),
    ("arctan2 from infinity", np.arctan2, [-inf, 2.0], [0.0, 0.0]),
    ("arctan2 close by", np.arctan2, [1e-200, 1e-200], [5e199, -5e199]),
    ("hypot far out", np.hypot, [3e200, 4e200], [0.6, 0.8]),
    ("sqrt outside its domain", np.sqrt, [-1.0], [nan]),
    ("log outside", np.log, [-1.0], [nan]),
    ("log2 outside", np.log2, [-1.0], [nan]),
    ("log10 outside", np.log10, [-1.0], [nan]),
    ("log1p outside", np.log1p, [-3.0], [nan]),
    ("arcsin outside", np.arcsin, [2.0], [nan]),
    ("arccos outside", np.arccos, [-2.0], [nan]),
    ("arccosh outside", np.arccosh, [-2.0], [nan]),
    ("arctanh outside", np.arctanh, [2.0], [nan]),
    ("power outside", np.power, [-2.0, 0.5], [nan, nan]),
]  # fmt: skip


@every(("f", "xs", "expected"), [row[1:] for row in CONVENTIONS], ids=[row[0] for row in CONVENTIONS])
def test_convention(f, xs, expected):
    for wrap in (np.float64, lambda x: [x, x], lambda x: [[x]]):
        ts = [Tensor(wrap(x)) for x in xs]
        with np.errstate(all="ignore"):
            y = f(*ts)
        for g, e in zip(gradient(y, ts, np.ones(y.shape), allow_unused=True), expected, strict=True):
            np.testing.assert_allclose(g, e, rtol=1e-7)


def test_equal_shares_where_the_inputs_are_one_tensor():
    x = Tensor([1.0, -2.0])
    np.testing.assert_array_equal(gradient(np.sum(np.maximum(x, x)), [x])[0], [1.0, 1.0])


# ---- what was not taken -------------------------------------------------------------------------------------------

HARD = [0.0, -0.0, 1.0, -1.0, 0.5, -2.0, 3.0, 1000.0, -1000.0, 1e30, -1e30]
GRID = [np.array(pair) for pair in zip(*product(HARD, HARD), strict=True)]


def hard_inputs(op, xs, every):
    """Arrays of hard values, all pairs of them for two inputs; and some as numbers, for which rules have branches."""
    arrays = [np.array(HARD)] if len(xs) == 1 else GRID
    return [arrays, *([x[k] for x in arrays] for k in range(0, arrays[0].size, every))]


@every(("op", "xs"), RELATED, ids=lambda op, xs: name(op))
def test_the_branch_not_taken_sends_nothing_back(op, xs):
    """Where f is not chosen its gradients are 0, at every order, however singular f is there."""
    for parts in hard_inputs(op, xs, every=7):
        ts = [Tensor(x) for x in parts]
        with np.errstate(all="ignore"):
            y = np.sum(np.where(np.zeros(ts[0].shape, bool), op(*ts), 0.0))
            for _ in range(3):
                for g in gradient(y, ts, allow_unused=True):
                    np.testing.assert_array_equal(g, np.zeros(g.shape))
                y = np.sum(sum(gradient(y, ts, create_graph=True, allow_unused=True)))


@every(("op", "xs"), RELATED, ids=lambda op, xs: name(op))
def test_a_sweep_does_not_warn(op, xs):
    """Not at 0, ±1000 or ±1e30, where values and gradients may be infinite (warnings are errors here)."""
    for dtype in (np.float64, np.float32):
        if op is np.float_power and dtype is np.float32:
            continue  # its float64 gradient is infinite as a float32
        for parts in hard_inputs(op, xs, every=5):
            ts = [Tensor(x.astype(dtype)) for x in parts]
            with np.errstate(all="ignore"):
                y = op(*ts)
            gradient(y, ts, np.ones(y.shape))


TRAPS = [
    ("sqrt", lambda x: np.where(x > 0, np.sqrt(x), 0.0)),
    ("log", lambda x: np.where(x > 0, np.log(x), 0.0)),
    ("1 / x", lambda x: np.where(x > 0, 1.0 / x, 0.0)),
    ("x / x", lambda x: np.where(x > 0, x / x, 0.0)),
    ("power", lambda x: np.where(x > 0, x**-1.5, 0.0)),
    ("power by an array", lambda x: np.where(x > 0, x ** np.array([-1.5]), 0.0)),
    ("sin(x) / x", lambda x: np.where(x > 0, np.sin(x) / x, 1.0)),
]  # fmt: skip


@pytest.mark.parametrize("f", [row[1] for row in TRAPS], ids=[row[0] for row in TRAPS])
def test_classic_traps(f):
    x = Tensor([0.0, -1.0, 2.0])
    smooth = Tensor([2.0])
    with np.errstate(all="ignore"):
        y, z = np.sum(f(x)), np.sum(f(smooth))
        for _ in range(3):
            (gx,), (gz,) = gradient(y, [x], create_graph=True), gradient(z, [smooth], create_graph=True)
            np.testing.assert_allclose(gx.data, [0.0, 0.0, gz.item()], rtol=1e-12, atol=0)
            y, z = np.sum(gx), np.sum(gz)


def test_a_zero_gradient_that_is_not_singular_keeps_its_curvature():
    """The upstream gradient of log(x)² is 0 at 1, and that of (√x − 2)² at 4: their second derivatives are not."""
    for f, at, expected in [
        (lambda x: np.log(x) ** 2, 1.0, 2.0),
        (lambda x: (np.sqrt(x) - 2.0) ** 2, 4.0, 0.125),
        (lambda x: (1.0 / x - 1.0) ** 2, 1.0, 2.0),
        (lambda x: (x**3 - 1.0) ** 2, 1.0, 18.0),
        (lambda x: (np.exp(x) - 1.0) ** 2, 0.0, 2.0),
        (lambda x: np.hypot(x, 2.0), 0.0, 0.5),
    ]:
        for value in (at, [at]):
            x = Tensor(value)
            (g,) = gradient(np.sum(f(x)), [x], create_graph=True)
            np.testing.assert_allclose(gradient(np.sum(g), [x])[0], expected, rtol=1e-12)


# ---- powers -----------------------------------------------------------------------------------------------------


def derivatives(f, at, orders):
    x = Tensor(at)
    y = np.sum(f(x))
    found = []
    for _ in range(orders):
        (y,) = gradient(y, [x], create_graph=True, allow_unused=True)
        y = np.sum(y)
        found.append(y.item())
    return found


@pytest.mark.parametrize("n", range(6))
@pytest.mark.parametrize("at", [0.0, -1.5, [0.0], [-1.5]], ids=str)
def test_powers_are_polynomials(n, at):
    """x ** n up to order n + 1, at 0 and left of it, with an exponent of any kind."""
    start = float(np.sum(at))
    expected = [float(math.perm(n, k) * start ** (n - k)) if k <= n else 0.0 for k in range(1, n + 2)]
    for exponent in (n, float(n), np.float64(n), np.int64(n), np.float32(n), np.full(np.shape(at), float(n))):
        np.testing.assert_allclose(derivatives(lambda x, e=exponent: x**e, at, n + 1), expected, rtol=1e-12)


@pytest.mark.parametrize("at", [0.0, 1.3, -0.7])
def test_three_spellings_of_a_square(at):
    expected = [2.0 * at, 2.0, 0.0, 0.0]
    for f in (lambda x: x * x, lambda x: x**2, np.square, lambda x: np.power(x, 2.0)):
        np.testing.assert_allclose(derivatives(f, at, 4), expected, rtol=1e-15)  # 0 is 0


def test_the_mixed_derivative_of_a_power_is_symmetric():
    """∂²/∂a∂b aᵇ = aᵇ⁻¹ (1 + b log a): 1/a where b = 0, from either side."""
    for a0, b0 in [(2.0, 0.0), (2.0, 3.0), (0.5, -1.5)]:
        for wrap in (float, lambda v: [v]):
            a, b = Tensor(wrap(a0)), Tensor(wrap(b0))
            da, db = gradient(np.sum(np.power(a, b)), [a, b], create_graph=True)
            expected = a0 ** (b0 - 1) * (1 + b0 * math.log(a0))
            np.testing.assert_allclose(gradient(np.sum(da), [b])[0], expected, rtol=1e-12)
            np.testing.assert_allclose(gradient(np.sum(db), [a])[0], expected, rtol=1e-12)


def test_a_base_may_be_an_array():
    x = Tensor([-1.0, 0.0, 2.0])
    np.testing.assert_allclose(gradient(np.sum(np.power(3.0, x)), [x])[0], math.log(3.0) * 3.0**x.data)


# ---- functions of our own ---------------------------------------------------------------------------------------


@pytest.mark.parametrize("x", [0.0, 1e-8, 1e-3, 0.3, 0.99, 1.7, -2.4, 6.0])
def test_sinc_to_any_order(x):
    """The derivatives of sin(πx)/(πx) = ∫₀¹ cos(πxs) ds, by quadrature of the integral."""
    nodes, weights = np.polynomial.legendre.leggauss(40)
    s = (nodes + 1.0) / 2.0
    expected = [
        0.5 * np.sum(weights * (math.pi * s) ** n * np.cos(math.pi * x * s + n * math.pi / 2)) for n in range(1, 6)
    ]
    np.testing.assert_allclose(derivatives(np.sinc, x, 5), expected, rtol=1e-11, atol=1e-11)


def test_erf_equals_the_standard_library():
    x = np.linspace(-6.0, 6.0, 241)
    np.testing.assert_allclose(erf(x), [math.erf(v) for v in x], rtol=0, atol=1e-15)
    t = Tensor(x)
    np.testing.assert_allclose(gradient(np.sum(erf(t)), [t])[0], 2 / math.sqrt(math.pi) * np.exp(-(x**2)), rtol=1e-12)


# ---- refusals ---------------------------------------------------------------------------------------------------

REFUSED = [
    (lambda t: np.add(t, 1.0, out=np.zeros((2, 3))), "would leave the tape"),
    (lambda t: np.exp(t, where=REAL > 0), "where= write np.where"),
    (lambda t: np.sqrt(t, dtype=int), r"without dtype=; for dtype= write a floating one, or compute with t.data$"),
    (lambda t: np.matmul(t, t, axes=[(0, 1), (1, 0), (0, 1)]), r"for axes= write np.moveaxis\(a, 0, -1\)"),
    (lambda t: np.sqrt(t, where=t > 0, dtype=float), "for where= write .*, for dtype= write "),
    (lambda t: np.sqrt(t, casting="unsafe"), "recorded without casting=; leave it out$"),
    (lambda t: np.add.reduce(t), "np.sum for add"),
    (lambda t: np.multiply.accumulate(t), "np.cumprod for multiply"),
    (lambda t: np.clip(t, 0.0, 1.0, out=np.zeros((2, 3))), "out= is not recorded"),
    (lambda t: np.clip(t, 0.0, 1.0, dtype=np.float32), "dtype= is not recorded"),
    *([(lambda t: np.clip(t, 0.0, max=1.0), "not as both")] if NEW else []),
    (lambda t: np.round(t, out=np.zeros((2, 3))), "out= is not recorded"),
    (lambda t: np.fix(t, out=np.zeros((2, 3))), "out= is not recorded"),
    (lambda t: np.nan_to_num(t, copy=False), "copy= is not recorded"),
    (lambda t: np.frexp(t), "has no rule"),
    (lambda t: np.gcd(t, 2), "has no rule"),
    (lambda t: t & t, "unsupported operand"),
]


test_refused_in_a_sentence = refused([(f, TypeError, text) for f, text in REFUSED], lambda: Tensor(REAL))


def test_shapes_that_do_not_fit_are_named():
    with pytest.raises(ValueError, match=r"maximum of shapes \(2, 3\) and \(2,\).*axis -1 has sizes 3 and 2"):
        np.maximum(Tensor(REAL), np.ones(2))


def test_defaults_said_aloud_are_accepted():
    x = Tensor(REAL)
    for y in (np.clip(x, 0.0, 1.0, out=None), np.round(x, decimals=0, out=None), np.nan_to_num(x, copy=True, nan=0.0)):
        assert y.shape == (2, 3)


# ---- the oracle itself ------------------------------------------------------------------------------------------

WRONG = {
    "factor": (1, lambda g, y, x: 0.5 * g * np.cos(x)),
    "sign": (1, lambda g, y, x: -g * np.cos(x)),
    "one element": (1, lambda g, y, x: g * np.cos(x) * (1.0 + 1e-5 * (raw(x) > 2.0))),
    "at order 2 only": (2, lambda g, y, x: g * np.cos(raw(x))),
    "at order 3 only": (3, lambda g, y, x: g * (np.cos(raw(x)) - np.sin(raw(x)) * (x - raw(x)))),
}  # fmt: skip


@pytest.mark.parametrize(("order", "rule"), WRONG.values(), ids=WRONG)
def test_the_oracle_catches_a_wrong_rule(order, rule):
    wrong = primitive(lambda x: np.sin(x))
    defvjp(wrong, rule)
    try:
        with pytest.raises(AssertionError, match=f"order {order}"):
            assert_orders(wrong, [REAL])
    finally:
        del RULES[wrong]


@pytest.mark.parametrize(("f", "base"), [(np.logaddexp, np.e), (np.logaddexp2, 2.0)])
@pytest.mark.parametrize("swap", [False, True])
@pytest.mark.parametrize("d", [-inf, -1e8, -1100.0, -3.0, 0.0, 0.7, 1100.0, 1e8, inf])
def test_derivatives_of_logaddexp_do_not_overflow_at_any_order(f, base, swap, d):
    """With s = 1/(1 + b⁻ᵈ) and c = log b they are s, c s (1 − s) and c c s (1 − s) (1 − 2s)."""
    a = Tensor([d])
    y, found = f(0.0, a) if swap else f(a, 0.0), []
    for _ in range(3):
        (g,) = gradient(y.sum(), [a], create_graph=True, allow_unused=True)
        found.append(g.data[0])
        y = g
    with np.errstate(over="ignore"):
        s, rest = 1.0 / (1.0 + np.power(base, -d)), 1.0 / (1.0 + np.power(base, d))
    c = np.log(base)
    np.testing.assert_allclose(found, [s, c * s * rest, c * c * s * rest * (rest - s)], rtol=1e-9, atol=1e-300)
