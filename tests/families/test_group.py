"""Group modules: Sum, Max with its ties, and Switch."""

import numpy as np
import pytest
from families.support import Net
from refused import refused

import autograd_zoo as az
from autograd_zoo import nn

# On a tie the elements share the gradient; among NaNs the maximum is NaN.
TIES = [
    ([1.0, 3.0, 3.0], None, [0.0, 0.5, 0.5]),
    ([2.0, 2.0, 2.0, 2.0], None, [0.25, 0.25, 0.25, 0.25]),
    ([0.0, -0.0], None, [0.5, 0.5]),
    ([-np.inf, -np.inf], None, [0.5, 0.5]),
    ([[1.0, 1.0], [0.0, 1.0]], 0, [[1.0, 0.5], [0.0, 0.5]]),
    ([[1.0, 1.0], [0.0, 1.0]], 1, [[0.5, 0.5], [0.0, 1.0]]),
]


@pytest.mark.parametrize(("x", "axis", "expected"), TIES)
def test_elements_that_tie_share_the_gradient(x, axis, expected):
    grad = az.grad(lambda x: nn.sum(nn.Max(axis=axis)(x)))(x)
    np.testing.assert_array_equal(grad, expected)


def test_a_switch_lets_pass_or_not():
    x = az.Tensor([1.0, -2.0, 3.0])
    y = nn.Switch()(x, np.array([True, False, True]))
    np.testing.assert_array_equal(y.data, [1.0, 0.0, 3.0])
    np.testing.assert_array_equal(az.gradient(y, [x], np.full(3, 7.0))[0], [7.0, 0.0, 7.0])


@pytest.mark.parametrize(
    ("module", "text"),
    [
        (nn.Sum(), "Sum(axis=None, keepdims=False)"),
        (nn.Max(axis=(0, 1), keepdims=True), "Max(axis=(0, 1), keepdims=True)"),
        (nn.Switch(), "Switch()"),
    ],
)
def test_repr_has_the_arguments(module, text):
    assert repr(module) == text


BAD = [
    (lambda: nn.max(np.ones(0)), ["zero-size array", "no identity"]),
    (lambda: Net(nn.Max())(az.Tensor(np.ones((0, 3)))), ["max of shapes (0, 3)", "in module part"]),
    (lambda: nn.Sum(axis=2)(az.Tensor(np.ones((2, 3)))), ["sum of shapes (2, 3), axis=2", "out of bounds", "Sum"]),
    (lambda: nn.Switch()(az.Tensor(np.ones(3)), np.ones(2)), ["shapes (2,) and (3,)", "in module Switch", "reshape"]),
]


test_bad_input_is_refused = refused(BAD)
