"""Elementwise modules: Add and Multiply, with broadcasting."""

import numpy as np
import pytest
from families.support import Net
from refused import refused

import autograd_zoo as az
from autograd_zoo import nn


def test_the_gradient_of_a_broadcast_input_is_summed_back():
    a, b = az.Tensor([[1.0, 2.0], [3.0, 4.0]]), az.Tensor([10.0, 100.0])
    da, db = az.gradient(nn.multiply(a, b), [a, b], np.ones((2, 2)))
    np.testing.assert_array_equal(da, [[10.0, 100.0], [10.0, 100.0]])
    np.testing.assert_array_equal(db, [4.0, 6.0])


@pytest.mark.parametrize(("f", "slopes"), [(nn.add, [2.0, 2.0]), (nn.multiply, [6.0, 6.0])])
def test_both_inputs_may_be_one_tensor(f, slopes):
    x = az.Tensor([3.0, 3.0])
    np.testing.assert_array_equal(az.gradient(f(x, x), [x], np.ones(2))[0], slopes)


BAD = [
    (lambda: nn.Add()(az.Tensor(np.ones(3)), np.ones(4)), ["add of shapes (3,) and (4,)", "in module Add", "reshape"]),
    (
        lambda: Net(nn.Multiply())(az.Tensor(np.ones((2, 3))), np.ones((3, 2))),
        ["multiply of shapes (2, 3) and (3, 2)", "axis -1 has sizes 3 and 2", "in module part", "reshape one"],
    ),
]


test_shapes_that_do_not_broadcast_are_refused = refused(BAD)
