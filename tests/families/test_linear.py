"""The fully connected layer: its parameters, its start, its transposes."""

import numpy as np
import pytest
from families.support import Net
from refused import refused

import autograd_zoo as az
from autograd_zoo import nn


def layer(seed=0, **more):
    return nn.Linear(3, 2, rng=np.random.default_rng(seed), **more)


def test_the_gradients_are_sums_of_outer_products():
    x, g = np.random.default_rng(0).standard_normal((2, 5, 3)), np.random.default_rng(1).standard_normal((2, 5, 2))
    module = layer()
    (module(x) * g).sum().backward()
    samples = [(x[i, j], g[i, j]) for i in range(2) for j in range(5)]
    np.testing.assert_allclose(module.W.grad, sum(np.outer(gn, xn) for xn, gn in samples), rtol=1e-13)
    np.testing.assert_allclose(module.b.grad, sum(gn for _, gn in samples), rtol=1e-13)


def test_parameters_start_in_the_interval_of_pytorch_and_fill_it():
    module = nn.Linear(64, 500, rng=np.random.default_rng(0))
    for p in module.parameters():
        assert np.abs(p.data).max() <= 1.0 / 8.0
        np.testing.assert_allclose(p.data.std(), 1.0 / 8.0 / np.sqrt(3.0), rtol=0.1)


def test_a_seed_gives_the_same_parameters_in_both_dtypes():
    double, again, single = layer(), layer(), layer(dtype=np.float32)
    for a, b, c in zip(double.parameters(), again.parameters(), single.parameters(), strict=True):
        np.testing.assert_array_equal(a.data, b.data)
        np.testing.assert_array_equal(a.data.astype(np.float32), c.data, strict=True)
    assert not np.array_equal(layer(1).W.data, double.W.data)


def test_without_a_bias_there_is_none():
    module = layer(bias=False)
    assert module.b is None
    assert [name for name, _ in module.named_parameters()] == ["W"]
    np.testing.assert_array_equal(module(np.zeros(3)).data, np.zeros(2))


def test_frozen_it_is_a_function_of_arrays():
    module = layer()
    expected = module(np.ones(3)).data
    y = module.freeze()(np.ones(3))
    assert isinstance(y, np.ndarray)
    np.testing.assert_array_equal(y, expected)


def test_in_a_tape_the_parameters_have_their_paths():
    net = nn.Sequential(layer(), nn.ReLU(), nn.Linear(2, 1, rng=np.random.default_rng(1)))
    names = az.Tape(net(az.Tensor(np.ones((4, 3)), name="x"))).names().values()
    assert {"x", "0.W", "0.b", "2.W", "2.b"} <= set(names)


@pytest.mark.parametrize(
    ("module", "text"),
    [
        (layer(), "Linear(in_features=3, out_features=2, bias=True)"),
        (layer(bias=False), "Linear(in_features=3, out_features=2, bias=False)"),
    ],
)
def test_repr_has_the_arguments(module, text):
    assert repr(module) == text


BAD = [
    *[
        (lambda n=n: nn.Linear(n, 2), ValueError, [f"Linear: in_features must be a positive integer, got {n!r}"])
        for n in (0, -1, 2.0, "3", None, True)
    ],
    (lambda: nn.Linear(2, 0), ValueError, ["Linear: out_features must be a positive integer, got 0"]),
    (lambda: nn.Linear(2, 2, rng=0), TypeError, ["rng must be a np.random.Generator or None, got 0; write"]),
    (
        lambda: nn.Linear(2, 2, dtype=int),
        TypeError,
        ["Linear: dtype must be np.float32 or np.float64, got <class 'int'>"],
    ),
    (
        lambda: layer()(az.Tensor(np.ones((5, 4)))),
        ValueError,
        ["Linear: ", "x of shape (5, 4) does not fit W (2, 3)", "build the layer with in_features=4"],
    ),
    (lambda: Net(layer())(np.ones((3, 5))), ValueError, ["part: ", "does not fit W (2, 3)", "reshape x"]),
    (
        lambda: nn.Sequential(layer(), layer())(np.ones((4, 3))),
        ValueError,
        ["1: ", "x of shape (4, 2) does not fit W (2, 3)"],
    ),
    (lambda: layer()(1.0), ValueError, ["x of shape () does not fit W (2, 3)"]),
    (lambda: nn.linear(np.ones(3), np.ones(3)), ValueError, ["W (3,), which is (out, in)"]),
    (
        lambda: nn.linear(np.ones((5, 3)), np.ones((2, 3)), np.ones((5, 1))),
        ValueError,
        ["b of shape (5, 1) does not fit W (2, 3)", "b must be (out,)"],
    ),
]


test_bad_input_is_refused = refused(BAD)
