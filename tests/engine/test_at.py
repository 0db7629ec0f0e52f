"""Item assignment as a value: t.at[...] against NumPy's own assignment, with the gradients of both sides."""

import numpy as np
import pytest
from differences import slope
from engine.support import HOW
from every import every

import autograd_zoo as az

X = np.arange(12.0).reshape(3, 4) / 7.0 + 0.3

INDICES = {
    "number": 1,
    "negative": -1,
    "pair": (1, 2),
    "slice": slice(None, None, 2),
    "backwards": (slice(None), slice(None, None, -1)),
    "ellipsis": (..., 0),
    "new axis": (None, 1),
    "list": [0, 2],
    "repeated": [0, 2, 0],
    "mask": np.arange(12).reshape(3, 4) % 3 == 0,
    "mask of rows": np.array([True, False, True]),
    "nothing": slice(0, 0),
    "everything": ...,
    "mixed": (slice(None), [3, 1]),
}


def assigned(how, x, index, v):
    y = x.copy()
    HOW[how](y, index, v)
    return y


# Which of two values is set where an index repeats is a test of its own.
CASES = [(how, index) for how in HOW for index in INDICES if (how, index) != ("set", "repeated")]


@every(("how", "index"), CASES, by=lambda how, index: how)
def test_at_is_numpys_assignment_and_its_gradients_are_the_slopes(how, index):
    index = INDICES[index]
    rng = np.random.default_rng(0)
    weights = rng.normal(size=X.shape)
    for v in (rng.uniform(0.5, 2.5, X[index].shape), np.array(0.77)):
        x, u = az.Tensor(X), az.Tensor(v)
        y = getattr(x.at[index], how)(u)
        np.testing.assert_array_equal(y.data, assigned(how, X, index, v))
        np.testing.assert_array_equal(x.data, X)
        (y * weights).sum().backward()
        by_x = slope(lambda a, v=v: np.sum(assigned(how, a, index, v) * weights), X, 1e-4)
        by_v = slope(lambda b: np.sum(assigned(how, X, index, b) * weights), v, 1e-4)
        np.testing.assert_allclose(x.grad, by_x, rtol=1e-8, atol=1e-8)
        np.testing.assert_allclose(u.grad, by_v, rtol=1e-8, atol=1e-8)


def test_where_an_index_repeats_the_last_value_is_set_and_it_alone_has_a_gradient():
    x, v = az.Tensor([1.0, 2.0]), az.Tensor([10.0, 20.0, 30.0])
    y = x.at[[0, 0, 0]].set(v)
    np.testing.assert_array_equal(y.data, [30.0, 2.0])
    y.sum().backward()
    np.testing.assert_array_equal(v.grad, [0.0, 0.0, 1.0])
    np.testing.assert_array_equal(x.grad, [0.0, 1.0])


def test_second_derivatives_pass_through():
    az.check_gradients(lambda x, v: x.at[[0, 0]].multiply(v).at[1].add(x[0] * v[1]) ** 2, X[0], X[1, :2], order=3)


def test_constants_may_be_set():
    x = az.Tensor([1.0, 2.0, 3.0])
    assert x.at[x > 1.5].set(0.0).tolist() == [1.0, 0.0, 0.0]
    assert x.at[0].add(1).tolist() == [2.0, 2.0, 3.0]
    assert x.at.set([4.0, 5.0, 6.0]).tolist() == [4.0, 5.0, 6.0]


@pytest.mark.parametrize(
    ("index", "error"),
    [(3, IndexError), ((0, 0), IndexError), ([True, False], IndexError), ("a", IndexError), (1.0, IndexError)],
    ids=repr,
)
@pytest.mark.parametrize("how", HOW)
def test_a_wrong_index_is_named(how, index, error):
    t = az.Tensor([1.0, 2.0, 3.0])
    with pytest.raises(error, match=r"^put of shapes \(3,\) and \(\), index="):
        getattr(t.at[index], how)(1.0)
    with pytest.raises(error, match=r"^getitem of shapes \(3,\), index="):
        t[index]


def test_a_tensor_is_no_index():
    t = az.Tensor([1.0, 2.0])
    with pytest.raises(TypeError, match="an index must be integers, slices or a mask, got a Tensor"):
        t.at[t].set(1.0)
    with pytest.raises(TypeError, match="got a Tensor"):
        t[:, t]
    with pytest.raises(TypeError, match=r"without a word|got a Tensor"):
        t[[t[0]]]
