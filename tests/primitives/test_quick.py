"""Large arrays take quicker ways than small ones: the same values and gradients, bit by bit or within rounding."""

import numpy as np
import pytest
from every import every

import autograd_zoo as az
from autograd_zoo.closed_form import special
from autograd_zoo.primitives import elementwise

rng = np.random.default_rng(0)
inf, nan = np.inf, np.nan
ODD = np.array([0.0, -0.0, inf, -inf, nan, 1e300, -1e-310])
X = np.concatenate([3.0 * rng.normal(size=20_000 - ODD.size), ODD]).reshape(200, 100)
MASK = rng.random(X.shape) < 0.5


@pytest.mark.parametrize("dtype", [np.float32, np.float64])
@every(
    ("a", "b"),
    [(X, X[::-1]), (0.0, X), (X, 0.0), (-0.0, X), (X, 1.0), (np.float64(0.0), X), (X, X[0]), (X[:, ::-1], X)],
    ids=lambda a, b: f"{np.shape(a)} {np.shape(b)}",
)
def test_a_choice_is_numpys_to_the_bit(a, b, dtype):
    with np.errstate(over="ignore"):
        a, b = (x.astype(dtype) if isinstance(x, np.ndarray) else x for x in (a, b))
    for mask in (MASK, MASK.T.copy().T, MASK[:, :1]):
        found, expected = elementwise.chosen(mask, a, b), np.where(mask, a, b)
        np.testing.assert_array_equal(found, expected, strict=True)
        np.testing.assert_array_equal(np.signbit(found), np.signbit(expected))


@pytest.mark.parametrize("dtype", [np.float32, np.float64, np.float16])
def test_what_a_mask_lets_pass_is_exact_and_the_rest_0(dtype):
    with np.errstate(over="ignore"):
        g = X.astype(dtype)
    for given in (g, g.T, g[::-1, ::2], np.broadcast_to(g[:1], g.shape)):
        for mask in (MASK[: given.shape[0], : given.shape[1]] if given.shape != (100, 200) else MASK.T, np.False_):
            found = elementwise.only(given, mask)
            np.testing.assert_array_equal(found, np.where(mask, given, dtype(0)), strict=True)
            assert not np.signbit(found[~np.broadcast_to(mask, given.shape)]).any()


LARGE = rng.normal(size=(90, 80))
FUNCTIONS = {
    "tanh": np.tanh,
    "logistic": special.logistic,
    "shares": special.shares,
    "shares over rows": lambda x: special.shares(x, axis=0),
    "log_shares": special.log_shares,
    "log_shares over rows": lambda x: special.log_shares(x, axis=0),
    "logsumexp": lambda x: special.logsumexp(x, axis=-1),
    "logsumexp, all": special.logsumexp,
    "logsumexp, kept": lambda x: special.logsumexp(x, axis=1, keepdims=True),
    "logsumexp over rows": lambda x: special.logsumexp(x, axis=0),
    "where": lambda x: np.where(MASK[:90, :80], x * x, x),
    "erf": az.erf,
}


@pytest.mark.parametrize("dtype", [np.float32, np.float64])
@every("name", FUNCTIONS)
def test_a_large_array_is_treated_as_a_recorded_sweep_treats_it(name, dtype):
    """The rule for arrays is the rule for Tensors, and the value is that of the function of plain arrays."""
    f, x = FUNCTIONS[name], az.Tensor(LARGE.astype(dtype))
    y = f(x)
    tolerance = {"rtol": 3e-6, "atol": 1e-6} if dtype == np.float32 else {"rtol": 1e-13, "atol": 1e-14}
    np.testing.assert_allclose(y.data, f(LARGE.astype(dtype)), **tolerance)
    g = np.cos(np.arange(y.size)).reshape(y.shape).astype(dtype)
    (plain,) = az.gradient(y, [x], g)
    (recorded,) = az.gradient(y, [x], g, create_graph=True)
    assert plain.dtype == dtype
    np.testing.assert_allclose(plain, recorded.data, **tolerance)


def test_a_large_logsumexp_of_nothing_has_gradient_0():
    x = LARGE.copy()
    x[3] = -inf
    x[4, 1:] = -inf
    t = az.Tensor(x)
    (g,) = az.gradient(special.logsumexp(t, axis=1).sum(), [t])
    assert not g[3].any() and g[4, 0] == 1.0 and not g[4, 1:].any()


@pytest.mark.parametrize("dtype", [np.float32, np.float64])
@every(
    ("n", "at"),
    [
        (7, rng.integers(-7, 7, 300)),
        (500, rng.integers(0, 500, 40)),
        (3, np.zeros(2000, int)),
        (4, rng.integers(0, 4, (5, 6)).astype(np.uint8)),
        (4, np.zeros(0, int)),
    ],
)
def test_rows_that_are_read_again_get_the_sum(n, at, dtype):
    x, g = rng.normal(size=(n, 3)).astype(dtype), rng.normal(size=(*at.shape, 3)).astype(dtype)
    expected = np.zeros(x.shape)
    np.add.at(expected, at, g)
    t = az.Tensor(x)
    (found,) = az.gradient(t[at], [t], g)
    np.testing.assert_allclose(found, expected, rtol=1e-5 if dtype == np.float32 else 1e-13, atol=1e-5)
