"""Singular points: what was not taken counts for nothing, and what was is never a finite wrong number."""

from contextlib import nullcontext

import numpy as np
import pytest
from every import every

import autograd_zoo as az
from autograd_zoo import Tensor, gradient, nn
from autograd_zoo.engine.careful import WAYS
from autograd_zoo.engine.rules import RULES

inf, nan = np.inf, np.nan
pytestmark = pytest.mark.filterwarnings("ignore::RuntimeWarning")  # the values themselves are infinite or nan


def derivatives(f, x, orders):
    """f', f'', ... of the sum of f at a leaf, element by element where f is."""
    t = Tensor(x)
    y, found = np.sum(f(t)), []
    for _ in range(orders):
        (g,) = gradient(y, [t], create_graph=True, allow_unused=True)
        found.append(g.data)
        y = np.sum(g)
    return found


# ---- singular compositions: right, or loud ------------------------------------------------------------------------
# name, function of a vector, a point, its first and second derivatives there (nan: they do not exist)

SMOOTH = [
    ("sqrt(x)²", lambda x: np.sqrt(x) ** 2, 0.0, 1.0, 0.0),
    ("cos(sqrt(x))", lambda x: np.cos(np.sqrt(x)), 0.0, -0.5, 1.0 / 12.0),
    ("exp(log(x))", lambda x: np.exp(np.log(x)), 0.0, 1.0, 0.0),
    ("exp2(log2(x))", lambda x: np.exp2(np.log2(x)), 0.0, 1.0, 0.0),
    ("expm1(log1p(x))", lambda x: np.expm1(np.log1p(x)), -1.0, 1.0, 0.0),
    ("cbrt(x)³", lambda x: np.cbrt(x) ** 3, 0.0, 1.0, 0.0),
    ("(x^⅓)³", lambda x: (x ** (1.0 / 3.0)) ** 3, 0.0, 1.0, 0.0),
    ("1 / (1 / x)", lambda x: 1.0 / (1.0 / x), 0.0, 1.0, 0.0),
    ("reciprocal twice", lambda x: np.reciprocal(np.reciprocal(x)), 0.0, 1.0, 0.0),
    ("sqrt(x³)", lambda x: np.sqrt(x**3), 0.0, 0.0, nan),
    ("sqrt(x⁴)", lambda x: np.sqrt(x**4), 0.0, 0.0, 2.0),
    ("arcsin(sin)", lambda x: np.sin(np.arcsin(x)), 1.0, 1.0, 0.0),
    ("cosh(arccosh)", lambda x: np.cosh(np.arccosh(x)), 1.0, 1.0, 0.0),
    ("tanh(arctanh)", lambda x: np.tanh(np.arctanh(x)), 1.0, 1.0, 0.0),
    ("|x|²", lambda x: np.abs(x) ** 2, 0.0, 0.0, 2.0),
    ("fabs(x) fabs(x)", lambda x: (lambda a: a * a)(np.fabs(x)), 0.0, 0.0, 2.0),
    ("cosh(|x|)", lambda x: np.cosh(np.abs(x)), 0.0, 0.0, 1.0),
    ("hypot(x, 0)²", lambda x: np.hypot(x, 0.0) ** 2, 0.0, 0.0, 2.0),
    ("3 hypot² − hypot⁴ / 2", lambda x: (lambda h: 3.0 * h**2 - h**4 / 2.0)(np.hypot(x, 0.0)), 0.0, 0.0, 6.0),
    ("norm of one, squared", lambda x: np.linalg.norm(x[:, None], axis=1) ** 2, 0.0, 0.0, 2.0),
    ("square of a norm", lambda x: np.square(np.linalg.norm(x[:, None], axis=1)), 0.0, 0.0, 2.0),
    ("norm³", lambda x: np.linalg.norm(x[:, None], axis=1) ** 3, 0.0, 0.0, 0.0),
    ("naive sigmoid", lambda x: 1.0 / (1.0 + np.exp(-x)), -1000.0, 0.0, 0.0),
    ("sqrt(x)⁴", lambda x: np.sqrt(x) ** 4, 0.0, 0.0, 2.0),
    ("x log(x)", lambda x: x * np.log(x), 0.0, nan, nan),
    ("0 log(x)", lambda x: 0.0 * np.log(x), 0.0, nan, nan),
    ("∞ / x", lambda x: inf / x, 2.0, -inf, inf),
    ("x − x at ∞", lambda x: np.exp(x) - np.exp(x), 1000.0, nan, nan),
]


@pytest.mark.parametrize("shape", [(1,), (3,)], ids=str)
@pytest.mark.parametrize(("f", "x", "first", "second"), [row[1:] for row in SMOOTH], ids=[row[0] for row in SMOOTH])
def test_right_or_not_finite_but_never_a_finite_wrong_number(f, x, first, second, shape):
    for found, right in zip(derivatives(f, np.full(shape, x), 2), (first, second), strict=True):
        assert np.all(~np.isfinite(found) | np.isclose(found, right, rtol=1e-9, atol=1e-12)), found


LENGTHS = [
    ("norm", lambda x: np.linalg.norm(x) ** 2, 2.0 * np.eye(3)),
    ("norm with an axis", lambda x: np.sum(np.linalg.norm(x.reshape(1, 3), axis=1) ** 2), 2.0 * np.eye(3)),
    ("keepdims", lambda x: np.sum(np.linalg.norm(x.reshape(1, 3), axis=1, keepdims=True) ** 2), 2.0 * np.eye(3)),
    ("fro", lambda x: np.linalg.norm(x.reshape(3, 1), "fro") ** 2 / 2.0, np.eye(3)),
    ("std", lambda x: np.std(x) ** 2, 2.0 / 3.0 * (np.eye(3) - 1.0 / 3.0)),
    ("std with ddof", lambda x: np.std(x, ddof=1) ** 2, np.eye(3) - 1.0 / 3.0),
    ("hypot", lambda x: np.hypot(x[0], x[1]) ** 2, np.diag([2.0, 2.0, 0.0])),
    ("abs", lambda x: -np.sum(np.abs(x) ** 2), -2.0 * np.eye(3)),
    ("a product of itself", lambda x: (lambda n: n * (3.0 * n))(np.linalg.norm(x)), 6.0 * np.eye(3)),
    ("weighted", lambda x: np.exp(x[0]) * np.linalg.norm(x) ** 2, 2.0 * np.eye(3)),
]


@pytest.mark.parametrize(("f", "expected"), [row[1:] for row in LENGTHS], ids=[row[0] for row in LENGTHS])
@pytest.mark.parametrize("dtype", [np.float64, np.float32])
def test_a_length_squared_is_smooth_where_it_is_zero(f, expected, dtype):
    x = np.zeros(3, dtype)
    np.testing.assert_array_equal(az.grad(f)(x), np.zeros(3))
    np.testing.assert_allclose(az.hessian(f)(x), expected, rtol=1e-6, atol=1e-7)


def test_lengths_that_are_their_own_cotangent_are_smooth_too():
    x = Tensor(np.zeros((2, 3)))
    n = np.linalg.norm(x, axis=1)
    (g,) = gradient(n, [x], n, create_graph=True)  # n ∂n/∂x = x
    np.testing.assert_array_equal(gradient(np.sum(g * np.arange(6.0).reshape(2, 3)), [x])[0], [[0, 1, 2], [3, 4, 5]])


@pytest.mark.parametrize(
    "f",
    [
        lambda x: np.linalg.norm(x) * x[0],
        lambda x: np.linalg.norm(x) * np.linalg.norm(2.0 * x),
        lambda x: np.sum(np.linalg.norm(x.reshape(3, 1), axis=1)) ** 2,
        lambda x: np.cosh(np.linalg.norm(x)),
        lambda x: np.std(x) * x[1],
    ],
)
def test_what_the_tape_cannot_decide_is_nan(f):
    assert np.isnan(az.hessian(f)(np.zeros(3))).any()


# ---- branches not taken -----------------------------------------------------------------------------------------

SINGULAR = {
    "sqrt": np.sqrt,
    "log": np.log,
    "1 / x": lambda x: 1.0 / x,
    "x^-2": lambda x: x**-2.0,
    "x · ∞": lambda x: x * inf,
    "x + nan": lambda x: x + nan,
    "∞ / x": lambda x: inf / x,
    "norm · ∞": lambda x: np.linalg.norm(x[:, None], axis=1) * inf,
    "exp(1000 / x)": lambda x: np.exp(1000.0 / x),
    "log(log(x))": lambda x: np.log(np.log(x)),
    "arccosh": np.arccosh,
    "logaddexp(∞)": lambda x: np.logaddexp(x * inf, nan),
    "matmul with nan": lambda x: (x[:, None] * np.ones((1, 2))) @ np.array([nan, 1.0]),
    "cumprod": lambda x: np.cumprod(np.stack([x, x * inf], axis=1), axis=1)[:, 1],
    "prod": lambda x: np.prod(np.stack([1.0 / x, x * nan], axis=1), axis=1),
    "var": lambda x: np.var(np.stack([1.0 / x, x], axis=1), axis=1),
    "logsumexp": lambda x: az.logsumexp(np.stack([1.0 / x, nan * x], axis=1), axis=1),
    "sigmoid": lambda x: nn.sigmoid(x * nan),
    "softmax": lambda x: nn.softmax(np.stack([x * nan, x], axis=1), axis=1)[:, 0],
    "gelu": lambda x: nn.gelu(inf * x),
    "sort": lambda x: np.sort(np.stack([x * nan, x], axis=1), axis=1)[:, 0],
    "einsum": lambda x: np.einsum("i,j->i", x, np.array([nan, inf])),
}
bad = np.array([0.0, -1.0, 0.0, 2.0])
good = np.array([False, False, False, True])
# Each takes f(x) where `good`, and nothing of it elsewhere: the ways of not taking a branch.
CUTS = {
    "where": lambda f, x: np.where(good, f(x), 0.0),
    "where, other side": lambda f, x: np.where(~good, x * 0.5, f(x)),
    "select": lambda f, x: np.select([~good, good], [x * 0.5, f(x)]),
    "choose": lambda f, x: np.choose(good.astype(int), [x * 0.5, f(x)]),
    "index": lambda f, x: f(x)[3:],
    "fancy index": lambda f, x: f(x)[[3, 3]],
    "mask": lambda f, x: f(x)[good],
    "take": lambda f, x: np.take(f(x), [3]),
    "at.set": lambda f, x: f(x).at[~good].set(0.5 * x[~good]),
    "at.set a number": lambda f, x: f(x).at[:3].set(7.0),
    "delete by concatenate": lambda f, x: np.concatenate([x[:3], f(x)[3:]]),
    "split": lambda f, x: np.split(f(x), [3])[1],
    "tril": lambda f, x: np.tril(f(x)[None, :] * np.ones((4, 1)), -4) + f(x)[3],
    "triu": lambda f, x: np.triu(f(x)[None, :] * np.ones((4, 1)), 3),
    "diagonal": lambda f, x: np.diagonal(f(x)[None, :] * np.ones((1, 4)), 3),
    "compress": lambda f, x: np.compress(good, f(x)),
    "roll and slice": lambda f, x: np.roll(f(x), 1)[0],
    "stack and index": lambda f, x: np.stack([f(x), x * 0.5])[good.astype(int) * 0, np.arange(4)][3],
}


@pytest.mark.parametrize("cut", CUTS)
def test_a_branch_not_taken_counts_for_nothing_at_orders_1_to_3(cut):
    """The derivatives are those of the same program with x itself in the branch, wherever that is not taken."""
    take = CUTS[cut]
    plain = derivatives(lambda x: take(np.positive, x), bad, 3)
    for name, f in SINGULAR.items():
        alone = derivatives(lambda x, f=f: take(f, x), np.where(good, bad, 3.0), 3)
        for found, right, other in zip(derivatives(lambda x, f=f: take(f, x), bad, 3), alone, plain, strict=True):
            np.testing.assert_allclose(found[3], right[3], rtol=1e-12, err_msg=name)
            np.testing.assert_array_equal(found[:3], other[:3], err_msg=name)


# ---- masked rows and shared weights -----------------------------------------------------------------------------

rng = np.random.default_rng(0)
ROWS = np.array([True, False, True, False])
X, V = rng.normal(size=(4, 3)), rng.normal(size=(4, 2))
W0, B0 = rng.normal(size=(3, 2)), rng.normal(size=2)
KEEP = ROWS[:, None]
NETS = {
    "x @ W": lambda x, W, b: x @ W,
    "einsum": lambda x, W, b: np.einsum("nd,dk->nk", x, W),
    "tensordot": lambda x, W, b: np.tensordot(x, W, (1, 0)),
    "tanh layer": lambda x, W, b: np.tanh(x @ W + b),
    "two layers, tied": lambda x, W, b: np.tanh(np.tanh(x @ W + b) @ W.T) @ W,
    "softmax": lambda x, W, b: nn.softmax(x @ W + b),
    "log_softmax": lambda x, W, b: nn.log_softmax(x @ W + b),
    "relu": lambda x, W, b: nn.relu(x @ W + b),
    "gelu": lambda x, W, b: nn.gelu(x @ W + b),
    "elementwise": lambda x, W, b: x[:, :2] * W[0] + x[:, 1:] * b,
    "quotient": lambda x, W, b: x[:, :2] / (1.0 + W[0] ** 2) + b,
    "layer norm": lambda x, W, b: nn.layer_norm(x @ W, np.ones(2), b),
}
MASKS = {
    "where": lambda y: np.where(KEEP, y, 0.0),
    "rows": lambda y: y[ROWS],
    "at.set": lambda y: y.at[~ROWS].set(0.0),
    "select": lambda y: np.select([KEEP], [y]),
}


@pytest.mark.parametrize("fused", [False, True], ids=["composed", "fused"])
@every("mask", MASKS)
@pytest.mark.parametrize("net", NETS)
@pytest.mark.parametrize("hole", [nan, inf, -inf])
def test_what_a_masked_row_holds_does_not_reach_the_weights_it_shares(net, mask, fused, hole):
    """Rows that are masked out may hold anything: gradients at orders 1 and 2 are those with numbers in their place."""
    results = []
    for filling in (hole, 0.7):
        x = Tensor(np.where(KEEP, X, filling))
        W, b = Tensor(W0), Tensor(B0)
        with az.fused() if fused else nullcontext():
            y = np.sum(MASKS[mask](NETS[net](x, W, b)) ** 2)
        grads = gradient(y, [x, W, b], create_graph=True, allow_unused=True)
        again = gradient(sum(np.sum(g * g) for g in grads), [x, W, b], allow_unused=True)
        results.append([*(g.data for g in grads), *again])
    for found, right in zip(*results, strict=True):
        np.testing.assert_allclose(found, right, rtol=1e-9, atol=1e-12)


def test_a_nan_that_was_taken_is_not_hidden():
    W = Tensor(W0)
    x = np.where(KEEP, X, nan)
    y = np.sum(np.where(~KEEP, x @ W, 0.0))
    assert np.isnan(gradient(y, [W])[0]).all()


@pytest.mark.parametrize("dtype", [bool, np.int64, np.float32])
@pytest.mark.parametrize(
    "product",
    [
        lambda u, m: np.sum(u * m),
        lambda u, m: np.sum(m * u),
        lambda u, m: u @ m,
        lambda u, m: np.einsum("i,i->", u, m),
        lambda u, m: np.tensordot(m, u, axes=1),
    ],
    ids=["u m", "m u", "matmul", "einsum", "tensordot"],
)
def test_a_mask_that_multiplies_is_a_factor_whatever_its_dtype(product, dtype):
    """0 · sqrt(0) is 0, and does not count; 0 · ∞ and 0 · nan are nan, and stay it at every order."""
    m = np.array([0, 1, 0], dtype)
    for f, x, first in (
        (np.sqrt, [0.0, 4.0, 9.0], [0.0, 0.25, 0.0]),
        (lambda t: 1.0 / t, [0.0, 2.0, 1.0], [nan, -0.25, 0.0]),
        (np.log, [-1.0, 2.0, 1.0], [nan, 0.5, 0.0]),
    ):
        found, second = derivatives(lambda t, f=f: product(f(t), m), np.array(x), 2)
        np.testing.assert_allclose(found, first)
        np.testing.assert_array_equal(np.isnan(second), np.isnan(first))


def test_a_masked_softmax_ignores_what_it_masks():
    scores = np.array([[1.0, nan, 2.0, inf], [nan, nan, 0.5, -1.0]])
    seen = np.array([[True, False, True, False], [False, False, True, True]])
    right = az.grad(lambda s: np.sum(nn.softmax(np.where(seen, s, -inf)) * np.arange(8.0).reshape(2, 4)))(
        np.where(seen, scores, 0.0)
    )
    found = az.grad(lambda s: np.sum(nn.softmax(np.where(seen, s, -inf)) * np.arange(8.0).reshape(2, 4)))(scores)
    np.testing.assert_allclose(found, right, rtol=1e-12)
    np.testing.assert_array_equal(found[~seen], 0.0)


# ---- random programs --------------------------------------------------------------------------------------------

UNARY = [
    *(np.sqrt, np.log, np.exp, np.abs, np.tanh, np.cbrt, np.square, np.negative, np.sin, np.arcsin, np.reciprocal),
    *(lambda x: x**-1.5, lambda x: x**3, lambda x: 0.0 * x, lambda x: x * inf, lambda x: np.maximum(x, 0.3)),
    *(lambda x: np.clip(x, -0.5, 0.5), lambda x: np.hypot(x, 0.4), nn.softplus, nn.sigmoid),
]
BINARY = [np.add, np.subtract, np.multiply, np.divide, np.minimum, np.logaddexp, np.hypot]
POINTS = np.array([0.0, -0.0, 1.0, -1.0, 0.25, -0.6, 2.0, 700.0])


def random_program(seed):
    """A function of x that branches by masks; with k, the branches that element k takes, and nothing else."""
    rng = np.random.default_rng(seed)
    steps = [
        (rng.choice(["unary", "binary", "where", "where"]), *rng.integers([len(UNARY), len(BINARY), 4]), rng.random(8))
        for _ in range(rng.integers(2, 7))
    ]

    def run(x, k=None):
        values = [x]
        for kind, i, j, back, draw in steps:
            u, v = values[-1], values[max(0, len(values) - 1 - back)]
            if kind == "unary":
                values.append(UNARY[i](u))
            elif kind == "binary":
                values.append(BINARY[j](u, v))
            elif k is None:
                values.append(np.where(draw < 0.5, UNARY[i](u), v))
            else:
                values.append(UNARY[i](u) if draw[k] < 0.5 else np.positive(v))
        return values[-1]

    return run


def test_random_programs_have_the_derivatives_of_the_branches_they_take():
    """The same number, or both not finite: what was not taken neither spoils a derivative nor makes one up."""
    different, compared = [], 0
    for seed in range(150):
        run = random_program(seed)
        whole = derivatives(run, POINTS, 2)
        for k, x in enumerate(POINTS):
            alone = derivatives(lambda t, k=k, run=run: run(t, k), x, 2)
            for order, (found, right) in enumerate(zip([w[k] for w in whole], alone, strict=True), start=1):
                compared += bool(np.isfinite(right))
                if (np.isfinite(found) or np.isfinite(right)) and not np.isclose(found, right, rtol=1e-9):
                    different.append((seed, k, order, found, right))
    assert compared > 1000
    assert not different


# ---- the table, and what a caller says --------------------------------------------------------------------------


def test_every_row_says_how_masks_go_through_it():
    words = {row.reach for row in RULES.values() if isinstance(row.reach, str)}
    assert words <= set(WAYS)


def test_ufuncs_go_element_by_element_unless_they_say_otherwise():
    for op, row in RULES.items():
        if isinstance(op, np.ufunc) and op.signature is None:
            assert row.reach not in ("mixed", "sums"), op


def test_zeros_of_a_caller_are_numbers_and_alive_leaves_elements_out():
    x = Tensor([0.0, 4.0])
    y = np.sqrt(x)
    assert np.isnan(gradient(y, [x], [0.0, 1.0])[0][0])
    np.testing.assert_array_equal(gradient(y, [x], [0.0, 1.0], alive=[False, True])[0], [0.0, 0.25])
    np.testing.assert_array_equal(gradient(y, [x], [5.0, 1.0], alive=[False, True])[0], [0.0, 0.25])
    (g,) = gradient(y, [x], [5.0, 1.0], alive=[False, True], create_graph=True)
    np.testing.assert_array_equal(gradient(np.sum(g), [x])[0], [0.0, -1.0 / 32.0])


@pytest.mark.parametrize("alive", [[True], [1, 0], [[True, False]], True])
def test_alive_has_the_shape_of_the_result_and_is_a_mask(alive):
    x = Tensor([1.0, 4.0])
    with pytest.raises(ValueError, match=r"alive must be bools in the shape of y, \(2,\); got "):
        gradient(np.sqrt(x), [x], [1.0, 1.0], alive=alive)


def test_a_jacobian_at_singular_points_has_zeros_off_its_diagonal():
    np.testing.assert_array_equal(az.jacobian(np.sqrt)(np.array([0.0, 1.0])), [[inf, 0.0], [0.0, 0.5]])
    np.testing.assert_array_equal(az.jacobian(np.log)(np.array([0.0, 2.0])), [[inf, 0.0], [0.0, 0.5]])


def half_power():
    op = az.primitive(lambda x: np.sqrt(x))
    az.defvjp(op, lambda g, y, x: g / (2.0 * y))
    return op


def test_a_users_primitive_counts_as_a_whole_unless_it_broadcasts():
    """Nothing is known of how its elements depend on each other, so nothing is declared dead; nan, which is loud."""
    x = Tensor([0.0, 4.0])
    whole = half_power()
    assert np.isnan(gradient(np.sum(np.where([False, True], whole(x), 0.0)), [x])[0][0])
    np.testing.assert_array_equal(gradient(np.sum(np.where([False, False], whole(x), 0.0)), [x])[0], [0.0, 0.0])

    @az.primitive(broadcasts=True)
    def each(x):
        return np.sqrt(x)

    az.defvjp(each, lambda g, y, x: g / (2.0 * y))
    np.testing.assert_array_equal(gradient(np.sum(np.where([False, True], each(x), 0.0)), [x])[0], [0.0, 0.25])


def test_backward_gives_zeros_to_leaves_whose_branch_was_not_taken():
    x, w = Tensor([0.0, 1.0]), Tensor([0.0, 0.0])
    np.sum(np.where([False, False], np.log(w), x)).backward()
    np.testing.assert_array_equal(w.grad, [0.0, 0.0])
    np.testing.assert_array_equal(x.grad, [1.0, 1.0])


def test_retained_gradients_are_those_of_the_careful_sweep():
    x = Tensor([0.0, 4.0])
    r = np.sqrt(x)
    np.sum(np.where(x.data > 0, r, 0.0)).backward(retain_grads=True)
    np.testing.assert_array_equal(r.grad, [0.0, 1.0])
    np.testing.assert_array_equal(x.grad, [0.0, 0.25])


@pytest.mark.parametrize("dtype", [np.float16, np.float32, np.float64])
def test_large_but_finite_gradients_are_left_alone(dtype):
    """Their squares overflow; that alone is no reason to call them infinite."""
    big = dtype(np.finfo(dtype).max / 4)
    x = Tensor(np.array([1.0, 0.0], dtype))
    np.testing.assert_array_equal(gradient(np.sum(x * big), [x])[0], [big, big])


def test_masks_of_a_wide_float16_do_not_vanish():
    """Shares of 1/n are 0 in float16; the masks must not be."""
    x = Tensor(np.full(70_000, 0.0, np.float16))
    y = np.mean(np.sqrt(x)) * 1.0
    assert not np.isfinite(gradient(y, [x])[0]).any()


def test_a_wide_stack_is_swept_carefully_in_linear_time():
    xs = [Tensor(0.0) for _ in range(3000)]
    y = np.sum(np.where(np.arange(3000) > 0, np.sqrt(np.stack(xs)), 0.0).at[1:].set(0.0))
    assert all(g == 0.0 for g in gradient(y, xs))


def test_a_deep_graph_is_swept_carefully():
    x = Tensor([0.0, 1.0])
    y = np.sqrt(x)
    for _ in range(20_000):
        y = y * 1.0
    np.testing.assert_array_equal(gradient(np.sum(np.where(x.data > 0, y, 0.0)), [x])[0], [0.0, 0.5])
