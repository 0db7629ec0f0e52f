"""Activations: kinks, extremes, the channels of PReLU, and what is known about some of them by other means."""

import math

import numpy as np
import pytest
from families.support import Net
from refused import refused
from table.activation import POINTWISE

import autograd_zoo as az
from autograd_zoo import nn

A, B = nn.activation.SELU_LAMBDA, nn.activation.SELU_LAMBDA * nn.activation.SELU_ALPHA


# At 0 the derivative is that of the branch that the document calls "otherwise".
KINKS = [
    (nn.ReLU(), 0.0),
    (nn.LeakyReLU(), 0.01),
    (nn.LeakyReLU(0.2), 0.2),
    (nn.PReLU(init=0.3), 0.3),
    (nn.ELU(), 1.0),
    (nn.ELU(alpha=0.5), 0.5),
    (nn.SELU(), B),
]


@pytest.mark.parametrize("zero", [0.0, -0.0])
@pytest.mark.parametrize(("module", "slope"), KINKS, ids=str)
def test_at_a_kink_the_branch_is_otherwise(module, slope, zero):
    for fused in (False, True):
        x = az.Tensor([zero, zero])
        with az.fused() if fused else az.engine.mode.switched():
            y = module(x)
        np.testing.assert_array_equal(y.data, [0.0, 0.0])
        np.testing.assert_allclose(az.gradient(y, [x], np.ones(2))[0], [slope, slope], rtol=1e-15)


EACH = [row.function for row in POINTWISE.values()]
EVERY = [*EACH, nn.softmax, nn.log_softmax]


@pytest.mark.parametrize("f", EVERY, ids=lambda f: f.__name__)
def test_integers_are_numbers_too(f):
    x = np.array([[1, -2], [0, 3]])
    np.testing.assert_array_equal(f(x), f(x.astype(float)), strict=True)


@pytest.mark.parametrize("f", [nn.softmax, nn.log_softmax])
@pytest.mark.parametrize("dtype", [np.float32, np.float64])
def test_a_masked_score_has_no_weight_and_no_gradient(f, dtype):
    x = az.Tensor(np.array([1.0, -np.inf, 1.0], dtype))
    y = f(x)
    np.testing.assert_allclose(np.exp(y.data) if f is nn.log_softmax else y.data, [0.5, 0.0, 0.5], rtol=1e-6)
    np.testing.assert_allclose(az.gradient(y, [x], np.array([1.0, 0.0, 0.0]))[0].sum(), 0.0, atol=1e-7)


@pytest.mark.parametrize("shift", [-1e4, 7.0, 1e8])
def test_softmax_does_not_feel_a_shift(shift):
    x = np.array([[1.0, 4.0, -2.0], [0.0, 0.0, 8.0]])
    np.testing.assert_array_equal(nn.softmax(x + shift), nn.softmax(x))
    np.testing.assert_allclose(nn.softmax(x).sum(-1), 1.0, rtol=1e-15)


def test_selu_keeps_mean_0_and_variance_1():
    z = np.linspace(-12.0, 12.0, 400_001)  # 0 is a point of the grid: the kink is met
    weight = np.exp(-0.5 * z * z) / math.sqrt(2.0 * math.pi)
    moments = [np.trapezoid(nn.selu(z) ** k * weight, z) for k in (1, 2)]
    np.testing.assert_allclose(moments, [0.0, 1.0], atol=1e-8)


def test_the_tanh_form_of_gelu_is_close_to_gelu():
    x = np.linspace(-8.0, 8.0, 1001)
    gap = np.abs(nn.gelu(x, approximate="tanh") - nn.gelu(x)).max()
    assert 1e-5 < gap < 1e-3


@pytest.mark.parametrize("axis", [1, -2])
def test_prelu_has_a_slope_for_each_channel(axis):
    x, g = np.random.default_rng(0).standard_normal((2, 2, 3, 5))
    a = np.array([0.1, -2.0, 3.0])
    t, slopes = az.Tensor(x), az.Tensor(a)
    y = nn.prelu(t, slopes, axis=axis)
    dx, da = az.gradient(y, [t, slopes], g)
    for c in range(3):
        negative = x[:, c] <= 0
        np.testing.assert_array_equal(y.data[:, c], np.where(negative, a[c] * x[:, c], x[:, c]))
        np.testing.assert_array_equal(dx[:, c], np.where(negative, a[c] * g[:, c], g[:, c]))
        np.testing.assert_allclose(da[c], (g[:, c] * x[:, c])[negative].sum(), rtol=1e-14)


@pytest.mark.parametrize("dtype", [np.float32, np.float64])
def test_prelu_starts_with_its_slopes_and_learns_them(dtype):
    module = nn.PReLU(3, init=0.1, dtype=dtype)
    np.testing.assert_array_equal(module.a.data, np.full(3, 0.1, dtype), strict=True)
    assert [name for name, _ in module.named_parameters()] == ["a"]
    module(np.full((2, 3), -1.0, dtype)).sum().backward()
    np.testing.assert_array_equal(module.a.grad, np.full(3, -2.0, dtype), strict=True)


@pytest.mark.parametrize(
    ("module", "text"),
    [
        (nn.ReLU(), "ReLU()"),
        (nn.LeakyReLU(0.2), "LeakyReLU(negative_slope=0.2)"),
        (nn.PReLU(3), "PReLU(num_parameters=3)"),
        (nn.ELU(), "ELU(alpha=1.0)"),
        (nn.SELU(), "SELU()"),
        (nn.GELU("tanh"), "GELU(approximate='tanh')"),
        (nn.Sigmoid(), "Sigmoid()"),
        (nn.Softmax(axis=1), "Softmax(axis=1)"),
        (nn.LogSoftmax(), "LogSoftmax(axis=-1)"),
        (nn.Softplus(), "Softplus()"),
        (nn.Tanh(), "Tanh()"),
    ],
    ids=lambda value: value if isinstance(value, str) else "",
)
def test_repr_has_the_arguments(module, text):
    assert repr(module) == text


@pytest.mark.parametrize("f", EACH, ids=lambda f: f.__name__)
def test_at_nan_the_fused_gradient_is_the_composed_one(f):
    found = []
    for fused in (False, True):
        x = az.Tensor([np.nan, -1.0, 1.0])
        with az.engine.mode.switched(fused=fused):
            y = f(x)
        found.append(az.gradient(y, [x], np.array([2.0, 3.0, 5.0]))[0])
    np.testing.assert_allclose(*found, rtol=1e-14)


@pytest.mark.parametrize("fused", [False, True])
@pytest.mark.parametrize("f", EACH, ids=lambda f: f.__name__)
def test_at_nan_no_branch_can_be_told_at_any_order(f, fused):
    """And of what a mask hides, nothing is asked."""
    for seen in (True, False):
        x = az.Tensor([np.nan, -1.0, 1.0])
        with az.engine.mode.switched(fused=fused):
            y = np.where([seen, True, True], f(x), 0.0).sum()
        for _ in range(3):
            (g,) = az.gradient(y, [x], create_graph=True, allow_unused=True)
            np.testing.assert_array_equal(np.isnan(g.data), [seen, False, False])
            assert seen or g.data[0] == 0.0
            y = g.sum()


BAD = [
    (lambda: nn.gelu(1.0, approximate="erf"), ValueError, ["gelu: approximate must be 'none' or 'tanh', got 'erf'"]),
    (lambda: nn.GELU("erf"), ValueError, ["GELU: approximate must be 'none' or 'tanh', got 'erf'"]),
    (lambda: nn.PReLU(0), ValueError, ["PReLU: num_parameters must be a positive integer, got 0"]),
    (lambda: nn.PReLU(2.0), ValueError, ["PReLU: num_parameters must be a positive integer, got 2.0"]),
    (lambda: nn.PReLU(True), ValueError, ["PReLU: num_parameters must be a positive integer, got True"]),
    (lambda: nn.PReLU(dtype=int), TypeError, ["PReLU: dtype must be np.float32 or np.float64, got <class 'int'>"]),
    (
        lambda: Net(nn.PReLU(3))(np.ones((2, 4))),
        ValueError,
        ["part: ", "slopes a of shape (3,) do not fit x of shape (2, 4)", "one slope, or 4, one for each channel"],
    ),
    (lambda: nn.PReLU(3)(np.ones(3)), ValueError, ["PReLU: ", "do not fit x of shape (3,)", "or x an axis 1"]),
    (lambda: nn.prelu(np.ones((2, 3)), np.ones((1, 3))), ValueError, ["prelu: slopes a of shape (1, 3)"]),
    (
        lambda: Net(nn.Softmax(axis=2))(az.Tensor(np.ones((2, 3)))),
        ValueError,
        ["part: ", "x of shape (2, 3) has no axis 2", "the last one is axis -1"],
    ),
    (lambda: nn.log_softmax(np.ones(3), axis=-2), ValueError, ["x of shape (3,) has no axis -2"]),
]


test_bad_input_is_refused = refused(BAD)
