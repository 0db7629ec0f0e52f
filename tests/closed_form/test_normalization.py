"""Normalizations against central differences, their own invariants, hard statistics, and PyTorch."""

import math

import numpy as np
import pytest
from differences import slope
from table.case import closed

from autograd_zoo.closed_form import normalization
from autograd_zoo.closed_form.parts import Part

SHAPES = [(5, 3), (4, 3, 2), (2, 3, 2, 4), (2, 3, 2, 1, 2)]


def batch_loss(x, gamma, beta, g, eps, mu=None, sigma2=None):
    """The document's forward pass for samples (M,) of one channel, with the statistics replaced where given."""
    mu = np.mean(x) if mu is None else mu
    sigma2 = np.mean((x - mu) ** 2) if sigma2 is None else sigma2
    return np.sum(g * (gamma * (x - mu) / np.sqrt(sigma2 + eps) + beta))


@pytest.mark.parametrize("shape", SHAPES)
def test_gradients_of_the_batch_statistics_are_central_differences(shape):
    rng = np.random.default_rng(5)
    x, g = rng.standard_normal((2, *shape))
    gamma, beta = rng.standard_normal((2, shape[1]))
    y = normalization.batch_norm(x, gamma, beta, eps=0.1)
    mu, sigma2 = (f(x, gamma, beta, eps=0.1) for f in (normalization.batch_norm_mu, normalization.batch_norm_sigma2))
    dmu = normalization.batch_norm_dmu(g, y, x, gamma, beta, eps=0.1)
    dsigma2 = normalization.batch_norm_dsigma2(g, y, x, gamma, beta, eps=0.1)
    assert mu.shape == sigma2.shape == dmu.shape == dsigma2.shape == (shape[1],)
    for c in range(shape[1]):
        channel = (x[:, c].ravel(), gamma[c], beta[c], g[:, c].ravel(), 0.1)
        np.testing.assert_allclose([mu[c], sigma2[c]], [np.mean(x[:, c]), np.var(x[:, c])])
        moved_mu = slope(lambda m, channel=channel: batch_loss(*channel, mu=m[0]), mu[c : c + 1])
        moved_sigma2 = slope(
            lambda v, channel=channel, m=mu[c]: batch_loss(*channel, mu=m, sigma2=v[0]), sigma2[c : c + 1]
        )
        np.testing.assert_allclose([dmu[c], dsigma2[c]], [moved_mu[0], moved_sigma2[0]], rtol=1e-8, atol=1e-8)


# What normalizes x, over which axes of (4, 6, 5), and how its result is cut into the groups that it normalizes.
STANDARD = {
    "batch_norm": (normalization.batch_norm, {}, lambda y: y.transpose(1, 0, 2).reshape(6, -1)),
    "layer_norm": (normalization.layer_norm, {"axes": (1, 2)}, lambda y: y.reshape(4, -1)),
    "instance_norm": (normalization.instance_norm, {}, lambda y: y.reshape(24, -1)),
    "group_norm": (normalization.group_norm, {"groups": 3}, lambda y: y.reshape(12, -1)),
}


def by_first(name):
    """The gradient by the first input, x or v."""
    joint = getattr(normalization, f"{name}_gradients", None)
    return Part(joint, "x") if joint else getattr(normalization, f"{name}_d{'v' if name == 'weight_norm' else 'x'}")


@pytest.mark.parametrize("name", STANDARD)
def test_groups_have_mean_0_and_variance_1_and_their_gradients_neither(name):
    forward, params, cut = STANDARD[name]
    rng = np.random.default_rng(6)
    x, g = 3.0 + 5.0 * rng.standard_normal((4, 6, 5)), rng.standard_normal((4, 6, 5))
    y = forward(x, **params, eps=0.0)
    np.testing.assert_allclose(np.mean(cut(y), axis=1), 0.0, atol=1e-13)
    np.testing.assert_allclose(np.var(cut(y), axis=1), 1.0, rtol=1e-13)
    # y does not change where x is shifted or stretched: the gradient has no part along 1 and x.
    dx = by_first(name)(g, y, x, **params, eps=0.0)
    np.testing.assert_allclose(np.sum(cut(dx), axis=1), 0.0, atol=1e-13)
    np.testing.assert_allclose(np.sum(cut(dx) * cut(x), axis=1), 0.0, atol=1e-12)


@pytest.mark.parametrize("name", [*STANDARD, "rms_norm", "weight_norm"])
@pytest.mark.parametrize(
    ("mean", "deviation"), [(2e3, 1.0), (1e5, 1.0), (1e7, 4.0), (-1000.0, 1e-3), (1e30, 1e28), (-1e30, 1e28)]
)
def test_float32_is_exact_to_its_last_bits_far_from_zero(name, mean, deviation):
    rng = np.random.default_rng(7)
    x = (mean + deviation * rng.standard_normal((8, 6, 50))).astype(np.float32)
    g = rng.standard_normal(x.shape).astype(np.float32)
    params = STANDARD[name][1] if name in STANDARD else {"axes": (1, 2)} if name == "rms_norm" else {}
    scale = [np.full(8, 2.0, np.float32)] if name == "weight_norm" else []
    forward, backward = getattr(normalization, name), by_first(name)
    y = forward(x, *scale, **params)
    dx = backward(g, y, x, *scale, **params)
    wide = x.astype(np.float64)
    np.testing.assert_allclose(y, forward(wide, *scale, **params), rtol=1e-6, atol=1e-7)
    expected = backward(g.astype(np.float64), y, wide, *scale, **params)
    np.testing.assert_allclose(dx, expected, rtol=1e-6, atol=2e-7 * np.max(np.abs(expected)))


@pytest.mark.parametrize("dtype", [np.float32, np.float64])
@pytest.mark.parametrize("eps", [0.0, 1e-5])
@pytest.mark.parametrize("name", [*STANDARD, "rms_norm"])
def test_what_has_no_spread_becomes_zero_with_gradient_zero(name, eps, dtype):
    x = np.full((4, 6, 5), 0.0 if name == "rms_norm" else 1e7, dtype)
    params = STANDARD[name][1] if name in STANDARD else {}
    y = getattr(normalization, name)(x, **params, eps=eps)
    np.testing.assert_array_equal(y, np.zeros_like(x))
    dx = by_first(name)(np.ones_like(x), y, x, **params, eps=eps)
    np.testing.assert_allclose(
        dx, np.full(x.shape, 1 / math.sqrt(eps) if name == "rms_norm" and eps else 0.0), rtol=1e-6
    )


def test_weights_without_length_stay_zero():
    v, g = np.array([[0.0, 0.0], [3.0, 4.0]]), np.array([2.0, 10.0])
    w = normalization.weight_norm(v, g)
    np.testing.assert_allclose(w, [[0.0, 0.0], [6.0, 8.0]])
    np.testing.assert_allclose(normalization.weight_norm_dv(np.ones((2, 2)), w, v, g)[0], 0.0)
    np.testing.assert_allclose(normalization.weight_norm_dg(np.ones((2, 2)), w, v, g), [0.0, 1.4])


EMPTY = [
    ("batch_norm", [(0, 3), (3,), (3,)], {}),
    ("batch_norm", [(2, 0, 4), (0,), (0,)], {}),
    ("batch_norm_inference", [(0, 3, 2), (3,), (3,), (3,), (3,)], {}),
    ("layer_norm", [(0, 3), (3,), (3,)], {}),
    ("layer_norm", [(2, 0), (0,), (0,)], {}),
    ("group_norm", [(0, 4, 2), (4,), (4,)], {"groups": 2}),
    ("group_norm", [(2, 4, 0), (4,), (4,)], {"groups": 2}),
    ("instance_norm", [(2, 3, 0), (3,), (3,)], {}),
    ("instance_norm", [(2, 0, 3), (0,), (0,)], {}),
    ("rms_norm", [(2, 0), (0,)], {}),
    ("weight_norm", [(0, 3), (0,)], {}),
    ("weight_norm", [(3, 0), (3,)], {}),
]


@pytest.mark.parametrize(("name", "shapes", "params"), EMPTY, ids=lambda value: str(value))
def test_arrays_without_elements(name, shapes, params):
    y, gradients = closed(name, *map(np.ones, shapes), **params).sample
    assert [y.shape, *(gradient.shape for gradient in gradients)] == [shapes[0], *shapes]


ONES = {s: np.ones(s) for s in [(), (3,), (2, 3), (2, 4, 2), (1,), (2,), (4,)]}
REFUSED = [
    (
        "batch_norm",
        [(3,)],
        {},
        r"batch_norm expects x \(N, C\) or \(N, C, ...\), got shape \(3,\): give it a batch axis",
    ),
    ("batch_norm", [(2, 3), (1,)], {}, r"shape \(1,\) does not fit x \(2, 3\) along axes \(1,\): give it shape \(3,\)"),
    ("batch_norm_inference", [(2, 3), (3,), (3,), (3,), (2,)], {}, r"give it shape \(3,\)"),
    ("batch_norm_inference", [(3,), (3,), (3,), (3,), (3,)], {}, "give it a batch axis"),
    ("layer_norm", [(2, 4, 2), (4,)], {"axes": (1, 2)}, r"does not fit x \(2, 4, 2\) along axes \(1, 2\): .*\(4, 2\)"),
    ("layer_norm", [(2, 3)], {"axes": (2,)}, "axes: axis 2 is out of bounds for array of dimension 2"),
    ("layer_norm", [(2, 3)], {"axes": (1, -1)}, "repeated axis in `axes` argument"),
    (
        "group_norm",
        [(2, 4, 2)],
        {"groups": 3},
        r"divides the channels, got groups=3 for the 4 channels of x \(2, 4, 2\)",
    ),
    ("group_norm", [(2, 4, 2)], {"groups": 0}, "got groups=0"),
    ("instance_norm", [(3,)], {}, r"expects x \(N, C, ...\), got shape \(3,\)"),
    ("rms_norm", [()], {}, "axis -1 is out of bounds for array of dimension 0"),
    ("weight_norm", [(2, 3), (3,)], {}, r"does not fit x \(2, 3\) along axes \(0,\): give it shape \(2,\)"),
    ("weight_norm", [(2, 3), (2,)], {"axis": 2}, "axis 2 is out of bounds for array of dimension 2"),
]


@pytest.mark.parametrize(("name", "shapes", "params", "message"), REFUSED)
def test_what_does_not_fit_is_refused_in_a_sentence(name, shapes, params, message):
    with pytest.raises(ValueError, match=message):
        getattr(normalization, name)(*(ONES[s] for s in shapes), **params)
