"""Functions whose result is a plain value: what NumPy gives for the array, and no Tensor."""

from __future__ import annotations

import numpy as np
import pytest
from every import every

from autograd_zoo import primitives
from autograd_zoo.engine.functions import CONSTANT, HANDLERS
from autograd_zoo.engine.rules import RULES
from autograd_zoo.engine.sweep import gradient
from autograd_zoo.engine.tensor import Tensor
from autograd_zoo.engine.values import raw

X = np.array([[1.0, -2.0, np.inf], [np.nan, 0.0, -0.0], [3.0, 1.0, 2.0]])
ONE = np.array([0.0, 1.0, 2.5])

# A call for each: of one array, unless it says otherwise.
CALLS = {
    **{f: lambda f, x: f(x, np.ones(3)) for f in CONSTANT if isinstance(f, np.ufunc) and f.nin == 2},
    np.allclose: lambda f, x: f(x, x, equal_nan=True),
    np.isclose: lambda f, x: f(x, 1.0),
    np.array_equal: lambda f, x: f(x, X),
    np.array_equiv: lambda f, x: f(x, X[0]),
    np.isin: lambda f, x: f(x, [1.0, 2.0]),
    np.may_share_memory: lambda f, x: f(x, X.copy()),
    np.shares_memory: lambda f, x: f(x, X.copy()),
    np.argpartition: lambda f, x: f(x, 1),
    np.nanargmax: lambda f, x: f(x, axis=1),
    np.searchsorted: lambda f, x: f(ONE, x[2]),
    np.digitize: lambda f, x: f(x[2], ONE),
    np.lexsort: lambda f, x: f((x[0], x[2])),
    np.can_cast: lambda f, x: f(x, np.float32),
    np.empty_like: lambda f, x: f(x).shape,
    np.linalg.matrix_rank: lambda f, x: f(x[2:]),
    np.count_nonzero: lambda f, x: f(x, axis=1, keepdims=True),
}


def plain(value):
    """Whether there is no Tensor in `value`, nor an array of objects."""
    if isinstance(value, (tuple, list)):
        return all(map(plain, value))
    return not isinstance(value, Tensor) and not (isinstance(value, np.ndarray) and value.dtype.kind == "O")


@every("f", sorted(CONSTANT, key=lambda f: f.__name__), ids=lambda f: f.__name__)
def test_result_is_numpys_and_plain(f):
    call = CALLS.get(f, lambda f, x: f(x))
    found, expected = call(f, Tensor(X)), call(f, X)
    assert plain(found)
    assert type(found) is type(expected)
    np.testing.assert_equal(found, expected)


def test_both_sides_may_be_tensors():
    t = Tensor(X)
    np.testing.assert_array_equal(np.less(t, Tensor(X.T)), X < X.T)
    np.testing.assert_array_equal(np.isclose(t, t), np.isclose(X, X))
    np.testing.assert_array_equal(np.argmax(a=t, axis=1), np.argmax(X, axis=1))


def test_a_mask_is_a_constant_of_the_tape():
    x = Tensor([1.0, -2.0, 3.0])
    y = np.sum(np.where(np.greater(x, 0.0), x * x, 0.0))
    np.testing.assert_array_equal(gradient(y, [x])[0], [2.0, 0.0, 6.0])


def test_arrays_made_alike_have_shape_and_dtype():
    x = Tensor(np.ones((2, 3), np.float32))
    for made in (np.zeros_like(x), np.ones_like(x), np.empty_like(x), np.full_like(x, 2.0)):
        assert type(made) is np.ndarray and made.shape == (2, 3) and made.dtype == np.float32
    assert np.full_like(x, 7, dtype=int).dtype == int
    assert np.full_like(x, 7.0, shape=(4,)).shape == (4,)


def test_a_tensor_to_fill_with_is_refused():
    with pytest.raises(TypeError, match=r"write np.broadcast_to\(t, a.shape\)"):
        np.full_like(Tensor(X), Tensor(2.0))
    with pytest.raises(TypeError, match="a Tensor is a node of the tape"):
        np.full_like(X, Tensor(2.0))


def test_no_function_is_in_two_tables():
    """A handler comes first, then a rule, then the constants: a second entry would never be looked at."""
    assert not CONSTANT & set(RULES)
    assert not CONSTANT & set(HANDLERS)


def test_names_are_those_of_all_tables():
    names = primitives.names()
    assert names == sorted(set(names))
    assert {"add", "where", "logsumexp", "greater", "sum", "einsum", "windows"} <= set(names)
    assert not {"freed", "getitem", "recurrence", "putmask"} & set(names)


def test_raw_takes_tensors_out_of_nested_arguments():
    assert raw([Tensor(1.0), (Tensor(2.0), 3)]) == [1.0, (2.0, 3)]
