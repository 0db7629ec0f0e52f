"""Pooling: central differences, ties, windows that hang over or see only padding, refusals, and PyTorch."""

import warnings

import numpy as np
import pytest
from closed_form.cases import case, real
from closed_form.differences import along, awkward, call, difference
from every import every
from hypothesis import given, settings
from hypothesis import strategies as st

from autograd_zoo.closed_form import pooling

try:
    import torch
except ImportError:
    torch = None

LAYERS = [
    {"kernel_size": (2,)},
    {"kernel_size": (3,), "stride": 2, "padding": 1},
    {"kernel_size": (3,), "stride": 1, "padding": 1, "ceil_mode": True},
    {"kernel_size": (2, 3), "stride": (3, 2), "padding": (1, 0), "ceil_mode": True},
    {"kernel_size": (1, 2, 2), "stride": (1, 2, 1), "padding": (0, 1, 1)},
]
CASES = [
    *[case(f"pooling.{name}", real(2, 3, 4, 5), **layer) for name in ("max_pool", "avg_pool") for layer in LAYERS],
    case("pooling.max_pool", real(2, 5, 6), kernel_size=(2, 3), stride=1, padding=(0, 1), dilation=(3, 2)),
    case("pooling.avg_pool", real(5, 6), kernel_size=(2, 3), padding=1, ceil_mode=True, count_include_pad=False),
    case("pooling.global_avg_pool", real(2, 3, 4, 5)),
    case("pooling.global_avg_pool", real(2, 3, 4, 5), axis=(-1,), keepdims=True),
    case("pooling.global_avg_pool", real(2, 3, 4, 5), axis=(-3, -2, -1)),
]
each_case = every("case", CASES, ids=lambda case: case.id)


@each_case
def test_gradient_is_the_central_difference(case):
    inputs = case.inputs()
    y, [dx] = call(case, inputs)
    expected = difference(along(case, inputs, 0, case.cotangent(y)), inputs[0])
    np.testing.assert_allclose(dx, expected, rtol=1e-9, atol=1e-9, strict=True)


@each_case
def test_float32_stays_float32_in_any_layout(case):
    [x] = case.inputs()
    y, [dx] = call(case, [x])
    y32, [dx32] = call(case, [awkward(x.astype(np.float32))])
    assert y32.dtype == dx32.dtype == np.float32
    np.testing.assert_allclose(y32, y, rtol=1e-5)
    np.testing.assert_allclose(dx32, dx, rtol=1e-5, atol=1e-6)


@each_case
def test_an_empty_batch_stays_empty(case):
    [x] = case.inputs()
    empty = np.zeros((0, *x.shape))
    y, [dx] = call(case, [empty])
    assert (len(y), dx.shape) == (0, empty.shape)


# Windows of two: x, ∂L/∂y for each of them, and what becomes of it.
TIES = [
    ([1.0, 1.0, 1.0], [1.0, 10.0], [1.0, 10.0, 0.0]),
    ([1.0, 2.0, 1.0], [1.0, 10.0], [0.0, 11.0, 0.0]),
    ([-np.inf, -np.inf, -np.inf], [1.0, 10.0], [1.0, 10.0, 0.0]),
    ([np.inf, np.inf, -np.inf], [1.0, 10.0], [1.0, 10.0, 0.0]),
    ([np.nan, np.nan, 1.0], [1.0, 10.0], [1.0, 10.0, 0.0]),
    ([0.0, np.nan, 1.0], [1.0, 10.0], [0.0, 11.0, 0.0]),
]


@pytest.mark.parametrize(("x", "g", "expected"), TIES)
def test_the_first_maximum_takes_the_whole_gradient(x, g, expected):
    x, layer = np.array(x), {"kernel_size": (2,), "stride": 1}
    y = pooling.max_pool(x, **layer)
    np.testing.assert_array_equal(y, [np.max(x[:2]), np.max(x[1:])])
    np.testing.assert_array_equal(pooling.max_pool_dx(np.array(g), y, x, **layer), expected)


def test_the_first_is_the_first_in_row_major_order():
    x = np.array([[0.0, 3.0], [3.0, 3.0]])
    dx = pooling.max_pool_dx(np.ones((1, 1)), np.full((1, 1), 3.0), x, kernel_size=(2, 2))
    np.testing.assert_array_equal(dx, [[0.0, 1.0], [0.0, 0.0]])


@pytest.mark.parametrize("least", [-1e30, -np.inf])
def test_padding_never_wins_and_never_takes_a_gradient(least):
    x, layer = np.full((3, 3), least), {"kernel_size": (2, 2), "padding": 1}
    y = pooling.max_pool(x, **layer)
    np.testing.assert_array_equal(y, np.full((2, 2), least))
    assert pooling.max_pool_dx(np.ones((2, 2)), y, x, **layer).sum() == 4.0


def test_a_window_that_meets_no_element_is_minus_infinity_and_has_no_gradient():
    x, layer = np.ones((1,)), {"kernel_size": (2,), "padding": 1, "dilation": 2}
    y = pooling.max_pool(x, **layer)
    np.testing.assert_array_equal(y, [-np.inf])
    np.testing.assert_array_equal(pooling.max_pool_dx(np.ones(1), y, x, **layer), [0.0])


# Length, kernel, stride, padding -> number of windows, rounded down and up, worked out by hand.
COUNTS = [
    ((5, 2, 2, 0), 2, 3),
    ((6, 2, 2, 0), 3, 3),
    ((5, 3, 2, 0), 2, 2),
    ((4, 2, 3, 0), 1, 2),
    ((2, 2, 3, 1), 1, 1),  # a second window would start in the padding after x
    ((3, 2, 3, 1), 2, 2),
    ((1, 1, 2, 0), 1, 1),
]


@pytest.mark.parametrize(("layer", "down", "up"), COUNTS)
def test_number_of_windows(layer, down, up):
    n, kernel, stride, padding = layer
    x, params = np.ones(n), {"kernel_size": (kernel,), "stride": stride, "padding": padding}
    for pool in (pooling.max_pool, pooling.avg_pool):
        assert pool(x, **params).shape == (down,)
        assert pool(x, **params, ceil_mode=True).shape == (up,)


def test_windows_that_tile_share_out_the_sum():
    x = np.arange(24.0).reshape(4, 6)
    np.testing.assert_allclose(pooling.avg_pool(x, kernel_size=(2, 3)), x.reshape(2, 2, 2, 3).mean((1, 3)))
    np.testing.assert_allclose(pooling.avg_pool(x, kernel_size=(4, 6)), [[pooling.global_avg_pool(x)]])


REFUSED = [
    ("max_pool", (3,), {"kernel_size": (4,)}, r"spans \(4,\) elements, but the axes have \(3,\)"),
    ("max_pool", (9,), {"kernel_size": (4,), "dilation": 3}, r"spans \(10,\) elements"),
    ("avg_pool", (9,), {"kernel_size": (3,), "padding": 2}, r"at most half of the \(3,\) elements .*, got 2"),
    ("max_pool", (9,), {"kernel_size": (3, 3)}, r"of 2 axes, .* need an array of 2 axes or more; got shape \(9,\)"),
    ("max_pool", (9,), {"kernel_size": (3,), "stride": 0}, "stride must be an integer of at least 1, .* got 0"),
    (
        "max_pool",
        (9,),
        {"kernel_size": (3,), "dilation": (1, 2)},
        r"dilation must be .* for each of 1 axes; got \(1, 2\)",
    ),
    ("max_pool", (9,), {"kernel_size": (3,), "padding": -1}, "padding must be an integer of at least 0, .* got -1"),
    ("avg_pool", (9,), {"kernel_size": (2.5,)}, r"kernel_size must be an integer of at least 1, .* got \(2.5,\)"),
    ("global_avg_pool", (2, 0, 3), {}, r"expects elements along the axes \(-2, -1\), got shape \(2, 0, 3\)"),
]


@pytest.mark.parametrize(("name", "shape", "params", "message"), REFUSED)
def test_what_cannot_be_is_refused_in_a_sentence(name, shape, params, message):
    with pytest.raises(ValueError, match=message):
        getattr(pooling, name)(np.ones(shape), **params)


@st.composite
def layers(draw, name):
    """Draw an input with ties and a layer that fits."""
    k = draw(st.integers(1, 3))

    def each(least, most):
        return tuple(draw(st.integers(least, most)) for _ in range(k))

    kernel, dilation = each(1, 3), each(1, 2) if name == "max_pool" else (1,) * k
    padding = tuple(draw(st.integers(0, n // 2)) for n in kernel)
    size = tuple(d * (n - 1) + 1 + extra for d, n, extra in zip(dilation, kernel, each(0, 4), strict=True))
    params = {"kernel_size": kernel, "padding": padding, "ceil_mode": draw(st.booleans())}
    params["stride"] = each(1, 3) if draw(st.booleans()) else None
    params |= {"dilation": dilation} if name == "max_pool" else {"count_include_pad": draw(st.booleans())}
    rng = np.random.default_rng(draw(st.integers(0, 2**32)))
    return rng.integers(-2, 3, (2, 2, *size)).astype(float), params, rng


@pytest.mark.oracle
@pytest.mark.skipif(torch is None, reason="PyTorch is not installed")
@pytest.mark.parametrize("name", ["max_pool", "avg_pool"])
def test_agrees_with_torch(name):
    @settings(max_examples=60, deadline=None, derandomize=True, database=None)
    @given(layers(name))
    def agrees(drawn):
        x, params, rng = drawn
        tensor = torch.tensor(x, requires_grad=True)
        theirs = getattr(torch.nn.functional, f"{name}{len(params['kernel_size'])}d")(tensor, **params)
        y = getattr(pooling, name)(x, **params)
        g = rng.standard_normal(y.shape)
        theirs.backward(torch.tensor(g))
        np.testing.assert_allclose(y, theirs.detach().numpy(), rtol=1e-13, atol=1e-13, strict=True)
        dx = getattr(pooling, f"{name}_dx")(g, y, x, **params)
        np.testing.assert_allclose(dx, tensor.grad.numpy(), rtol=1e-13, atol=1e-13, strict=True)

    with warnings.catch_warnings():  # PyTorch's first backward pass changes the filters
        agrees()
