"""Modules at singular points: what a mask hides may hold anything, and no gradient is a finite wrong number."""

from contextlib import nullcontext

import numpy as np
import pytest
from every import every

import autograd_zoo as az
from autograd_zoo import nn

inf, nan = np.inf, np.nan
pytestmark = [
    pytest.mark.filterwarnings("ignore::RuntimeWarning"),
    pytest.mark.parametrize("fused", [False, True], ids=["composed", "fused"]),
]


def derivatives(f, arrays, fused):
    """The value of f, the gradients of a weighted sum of it, and the gradients of their squares' sum."""
    leaves = [az.Tensor(a) for a in arrays]
    with az.fused() if fused else nullcontext():
        y = f(*leaves)
    weights = np.arange(1.0, y.size + 1.0).reshape(y.shape)
    grads = az.gradient(np.sum(y * weights), leaves, create_graph=True, allow_unused=True)
    squares = sum(np.sum(g * g) for g in grads)
    return y.data, [g.data for g in grads], az.gradient(squares, leaves, allow_unused=True)


rng = np.random.default_rng(0)
T, S, D = 3, 4, 2
Q, K, V = rng.normal(size=(T, D)), rng.normal(size=(S, D)), rng.normal(size=(S, D))
W, U, v = rng.normal(size=(5, D)), rng.normal(size=(5, D)), rng.normal(size=5)
SEEN = np.ones((T, S), bool)
SEEN[:, 1] = SEEN[1] = False  # nobody sees key 1, and query 1 sees no key
ATTENTION = {
    "dot product": lambda q, k, v_, *_: nn.scaled_dot_product_attention(q, k, v_, SEEN),
    "added mask": lambda q, k, v_, *_: nn.scaled_dot_product_attention(q, k, v_, np.where(SEEN, 0.3, -inf)),
    "additive": lambda q, k, v_, *weights: nn.additive_attention(q, k, v_, *weights, SEEN),
}


@every("hole", [nan, inf, -inf, 1e200])
@pytest.mark.parametrize("where", ["query", "key", "both"])
@pytest.mark.parametrize("name", ATTENTION)
def test_attention_ignores_queries_that_see_nothing_and_keys_that_nobody_sees(name, where, hole, fused):
    """Gradients of queries, keys, values and weights, at two orders, are those with numbers in the holes."""
    filled = []
    for filling in (0.5, hole):
        q, k = Q.copy(), K.copy()
        if where != "key":
            q[1] = filling
        if where != "query":
            k[1] = filling
        filled.append(derivatives(ATTENTION[name], [q, k, V, W, U, v], fused))
    (value, first, second), (found, *grads) = filled
    np.testing.assert_allclose(found, value, rtol=1e-12)
    for a, b in zip([*grads[0], *grads[1]], [*first, *second], strict=True):
        np.testing.assert_allclose(a, b, rtol=1e-9, atol=1e-12)
    assert not grads[0][0][1].any() and not grads[0][1][1].any() and not grads[0][2][1].any()


@pytest.mark.parametrize("hole", [nan, inf])
@pytest.mark.parametrize("name", ATTENTION)
def test_a_value_of_nan_with_weight_zero_is_loud_and_spoils_no_gradient(name, hole, fused):
    """0 · nan is nan in the result, as in NumPy; what reaches queries, keys and weights is right, or nan."""
    w = [W, U, v]
    holes = V.copy()
    holes[1] = hole
    _, first, second = derivatives(ATTENTION[name], [Q, K, V, *w], fused)
    value, *grads = derivatives(ATTENTION[name], [Q, K, holes, *w], fused)
    assert np.isnan(value[0]).all()
    for a, b in zip([*grads[0], *grads[1]], [*first, *second], strict=True):
        assert np.all(np.isclose(a, b, rtol=1e-9, atol=1e-12) | ~np.isfinite(a))


# ---- normalizations without ε: what has no spread is 0, with gradient 0 ------------------------------------------

GOOD, FLAT = np.array([1.0, 2.0, 4.0]), np.full(3, 2.5)
NORMS = {
    "layer": lambda x: nn.layer_norm(x, eps=0.0),
    "layer, parameters": lambda x: nn.layer_norm(x, np.array([1.0, 2.0, 3.0]), np.ones(3), eps=0.0),
    "rms": lambda x: nn.rms_norm(x - FLAT, eps=0.0),
    "weight": lambda x: nn.weight_norm(x - FLAT, np.array([2.0] * len(x))),
    "batch": lambda x: nn.BatchNorm1d(len(x), eps=0.0)(x.T).T,
}


@pytest.mark.parametrize("dtype", [np.float64, np.float32])
@pytest.mark.parametrize("name", NORMS)
def test_a_flat_row_has_gradient_zero_and_leaves_the_others_alone(name, dtype, fused):
    f = NORMS[name]
    value, first, second = derivatives(f, [np.array([FLAT, GOOD], dtype)], fused)
    alone = derivatives(f, [np.array([GOOD + 1.0, GOOD], dtype)], fused)
    for found, right in zip((value, first[0], second[0]), (alone[0], alone[1][0], alone[2][0]), strict=True):
        np.testing.assert_allclose(found[1], right[1], rtol=1e-5, atol=1e-6)
    assert not first[0][0].any() and not second[0][0].any()
    assert np.isfinite(value).all()


# ---- losses ------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("x", "p", "dx", "dp"),
    [
        ([1.0, 0.0], [1.0, 0.0], [-1.0, 0.0], [0.0, 0.0]),  # 0 log 0 = 0
        ([0.5, 0.5], [1.0, 0.0], [-2.0, 0.0], [np.log(2.0)] * 2),
        ([0.0, 1.0], [1.0, 0.0], [-inf, 0.0], [inf, 0.0]),
        ([nan, 1.0], [0.5, 0.5], [nan, -0.5], [nan, 0.0]),
    ],
)
def test_cross_entropy_at_its_corners(x, p, dx, dp, fused):
    _, first, _ = derivatives(nn.cross_entropy, [x, p], fused)
    np.testing.assert_allclose(first[0], dx, rtol=1e-14)
    np.testing.assert_allclose(first[1], dp, rtol=1e-14, atol=1e-15)


@pytest.mark.parametrize("target", [0, [1.0, 0.0, 0.0]], ids=["label", "probabilities"])
def test_a_score_of_minus_infinity_masks_a_class(target, fused):
    """Value and gradients are those without that class."""
    x, small = [1.0, -inf, 2.0], [1.0, 2.0]
    f = lambda x: nn.softmax_cross_entropy(x, target)  # noqa: E731
    value, (dx,), (ddx,) = derivatives(f, [x], fused)
    right, (d,), (dd,) = derivatives(lambda x: nn.softmax_cross_entropy(x, 0), [small], fused)
    np.testing.assert_allclose(value, right, rtol=1e-14)
    np.testing.assert_allclose(dx, [d[0], 0.0, d[1]], rtol=1e-14)
    np.testing.assert_allclose(ddx, [dd[0], 0.0, dd[1]], rtol=1e-13)


def test_the_gradient_by_the_target_of_a_masked_class_is_zero(fused):
    x, p = [1.0, -inf, 2.0], [0.5, 0.0, 0.5]
    _, (_, dp), _ = derivatives(nn.softmax_cross_entropy, [x, p], fused)
    log = np.logaddexp(1.0, 2.0)
    np.testing.assert_allclose(dp, [log - 1.0, 0.0, log - 2.0], rtol=1e-14)


# ---- recurrent modules: steps after an end ------------------------------------------------------------------------


@pytest.mark.parametrize("cls", [nn.SimpleRNN, nn.LSTM, nn.GRU], ids=lambda cls: cls.__name__)
@pytest.mark.parametrize("hole", [nan, inf])
def test_steps_after_an_end_spoil_no_gradient_of_order_2(cls, hole, fused):
    module = cls(2, 2, rng=np.random.default_rng(1))
    after = (np.arange(3)[:, None] >= [3, 1])[..., None]
    x = np.random.default_rng(2).normal(size=(3, 2, 2))
    found = []
    for filling in (0.0, hole):
        t = az.Tensor(np.where(after, filling, x))
        leaves = [t, *module.parameters()]
        with az.fused() if fused else nullcontext():
            y = np.sum(module(t, lengths=[3, 1])[0] ** 2)
        grads = az.gradient(y, leaves, create_graph=True, allow_unused=True)
        again = az.gradient(sum(np.sum(g * g) for g in grads), leaves, allow_unused=True)
        found.append([g.data for g in grads] + again)
    for right, other in zip(*found, strict=True):
        np.testing.assert_allclose(other, right, rtol=1e-9, atol=1e-12)
