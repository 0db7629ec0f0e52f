"""erf against the C library, its own derivative, and its limits."""

import math

import numpy as np
import pytest
from differences import derivative

from autograd_zoo.closed_form.special import erf

GRID = np.concatenate([np.linspace(-7.0, 7.0, 140_001), np.geomspace(1e-300, 1.0, 2_000), [1 - 2**-53, 1 + 2**-52]])


def test_agrees_with_the_c_library():
    expected = np.array([math.erf(x) for x in GRID])
    assert np.max(np.abs(erf(GRID) - expected)) <= 5e-16


def test_is_relatively_exact_near_zero():
    x = np.geomspace(1e-300, 0.1, 500)
    np.testing.assert_allclose(erf(x), [math.erf(v) for v in x], rtol=1e-15)


def test_derivative_is_the_gaussian():
    x = np.linspace(-5.0, 5.0, 1_001)
    np.testing.assert_allclose(derivative(lambda h: erf(x + h)), 2.0 / math.sqrt(math.pi) * np.exp(-x * x), atol=1e-11)


def test_is_odd_and_bounded():
    np.testing.assert_array_equal(erf(-GRID), -erf(GRID))
    assert np.max(np.abs(erf(GRID))) <= 1.0


@pytest.mark.parametrize("dtype", [np.float32, np.float64])
def test_limits_and_dtype(dtype):
    x = np.array([-np.inf, -1e30, -1000.0, 0.0, 1000.0, 1e30, np.inf, np.nan], dtype)
    y = erf(x)
    np.testing.assert_array_equal(y, np.array([-1, -1, -1, 0, 1, 1, 1, np.nan], dtype), strict=True)


def test_float32_is_accurate():
    x = GRID.astype(np.float32)
    np.testing.assert_allclose(erf(x), [math.erf(v) for v in x.tolist()], atol=3e-7)


@pytest.mark.parametrize("shape", [(), (0,), (2, 0, 3), (1, 2)])
def test_keeps_the_shape(shape):
    assert np.shape(erf(np.ones(shape))) == shape
