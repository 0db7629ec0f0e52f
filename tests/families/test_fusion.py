"""Fused modules: which calls are recorded as one node, under which name, and that none loses a gradient."""

import inspect
import pickle
import re

import numpy as np
import pytest

import autograd_zoo as az
from autograd_zoo import nn
from autograd_zoo.nn.fusion import inputs_and_others

X, W, B = np.ones((2, 3)), np.full((4, 3), 2.0), np.arange(4.0)


def names(y):
    return [az.engine.rules.label(node.op) for node in az.Tape(y) if node.op is not None]


def test_inputs_may_be_given_by_name():
    x, w, b = map(az.Tensor, (X, W, B))
    with az.fused():
        by_name = nn.linear(x, b=b, W=w)
        by_place = nn.linear(x, w, b)
    np.testing.assert_array_equal(by_name.data, by_place.data)
    for t, expected in zip((x, w, b), az.gradient(by_place, [x, w, b], np.ones((2, 4))), strict=True):
        np.testing.assert_array_equal(az.gradient(by_name, [t], np.ones((2, 4)))[0], expected)
    assert names(by_name) == ["linear"]


def test_only_a_tensor_by_name_is_enough():
    w = az.Tensor(W)
    with az.fused():
        y = nn.linear(X, W=w)
    assert names(y) == ["linear"]
    np.testing.assert_array_equal(az.gradient(y, [w], np.ones((2, 4)))[0], np.full((4, 3), 2.0))


def test_an_input_without_a_closed_form_is_not_fused_away():
    x, D = az.Tensor([1.0, 2.0]), az.Tensor([1.0, 0.0])
    with az.fused():
        y = nn.dropout(x, D, q=0.5)
    dx, dD = az.gradient(y, [x, D], np.ones(2))
    np.testing.assert_array_equal(dx, [2.0, 0.0])
    np.testing.assert_array_equal(dD, [2.0, 4.0])


def test_arrays_stay_arrays():
    with az.fused():
        assert isinstance(nn.softmax(X), np.ndarray)


def test_a_missing_input_is_named():
    with az.fused(), pytest.raises(TypeError, match="missing a required argument: 'W'"):
        nn.linear(az.Tensor(X), b=B)


def form(x, w=1, *, size, step=2):
    """Of all kinds of arguments but those of any number."""


def many(*xs, step=2):
    """Of any number of inputs."""


CALLS = [((1,), {"size": 3}), ((1, 2), {"step": 1, "size": 3}), ((1,), {"w": 2, "size": 3}), ((), {"x": 1, "size": 3})]
WRONG = [((), {"size": 3}), ((1, 2, 3), {"size": 3}), ((1,), {}), ((1,), {"size": 3, "kind": 4}), ((1,), {"x": 1})]


@pytest.mark.parametrize(("args", "kwargs"), CALLS, ids=str)
def test_inputs_are_told_from_other_arguments(args, kwargs):
    given = inspect.getcallargs(form, *args, **kwargs)
    inputs, others = inputs_and_others(inspect.signature(form))(args, kwargs)
    assert (*inputs, given["w"])[:2] == (given["x"], given["w"])
    assert others == {name: given[name] for name in ("size", "step") if name in kwargs}
    assert list(others) == sorted(others)  # in the order of the signature


@pytest.mark.parametrize(("args", "kwargs"), WRONG, ids=str)
def test_a_call_that_does_not_fit_is_told_as_python_does(args, kwargs):
    arguments = inspect.signature(form)
    with pytest.raises(TypeError) as expected:
        arguments.bind(*args, **kwargs)
    with pytest.raises(TypeError, match=re.escape(str(expected.value))):
        inputs_and_others(arguments)(args, kwargs)


def test_inputs_of_any_number():
    assert inputs_and_others(inspect.signature(many))((1, 2, 3), {"step": 1}) == ((1, 2, 3), {"step": 1})


def test_one_node_for_each_module_of_a_network():
    net = nn.Sequential(nn.Linear(3, 4), nn.GELU(), nn.Linear(4, 2), nn.LogSoftmax())
    with az.fused():
        assert names(net(X)) == ["linear", "gelu", "linear", "log_softmax"]
        assert names(nn.softmax_cross_entropy(net(X), [0, 1]))[-1] == "softmax_cross_entropy"
    assert len(names(net(X))) > 4


def test_fused_or_not_is_decided_when_recording():
    x = az.Tensor(X)
    with az.fused():
        y = nn.tanh(x)
        z = nn.selu(x)
    assert len(az.Tape(y)) == len(az.Tape(z)) == 2
    (second,) = az.gradient(y, [x], np.ones_like(X), create_graph=True)
    expected = -2.0 * np.tanh(X) * (1.0 - np.tanh(X) ** 2)
    np.testing.assert_allclose(az.gradient(second, [x], np.ones_like(X))[0], expected, rtol=1e-14)


def test_a_bad_shape_names_the_module_in_fused_form_too():
    with az.fused(), pytest.raises(ValueError, match=r"Linear: linear: x of shape \(5, 2\) does not fit W \(4, 3\)"):
        nn.Linear(3, 4)(az.Tensor(np.ones((5, 2))))


@pytest.mark.parametrize(
    "f", [nn.relu, nn.add, nn.linear, nn.cross_entropy, nn.batch_norm, nn.conv, az.erf, az.windows]
)
def test_a_closed_form_that_is_a_module_can_be_pickled(f):
    assert pickle.loads(pickle.dumps(f)) is f
    assert "closed_form" not in f.__module__
