"""Pooling: central differences, ties, windows that hang over or see only padding, refusals, and PyTorch."""

import numpy as np
import pytest
from every import every
from refused import refused
from table import closed_forms

from autograd_zoo.closed_form import pooling


@every("form", closed_forms("pooling"), ids=lambda form: str(form.case))
def test_an_empty_batch_stays_empty(form):
    empty = np.zeros((0, *form.case.inputs[0].shape))
    y, [dx] = form.swept([empty])
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


test_what_cannot_be_is_refused_in_a_sentence = refused(
    (lambda name=name, shape=shape, params=params: getattr(pooling, name)(np.ones(shape), **params), message)
    for name, shape, params, message in REFUSED
)
