"""Drop-out: its switches are drawn by a generator of one's own, are inputs of the tape, and have the right mean."""

import copy
import math

import numpy as np
import pytest
from families.support import Net
from refused import refused

import autograd_zoo as az
from autograd_zoo import nn


def drop(q=0.5, seed=0):
    return nn.Dropout(q, rng=np.random.default_rng(seed))


@pytest.mark.parametrize("q", [0.1, 0.5, 0.9])
def test_an_element_is_dropped_with_probability_q_and_the_mean_stays(q):
    n = 100_000
    y = drop(q)(np.ones(n))
    assert set(np.unique(y)) == {0.0, 1.0 / (1.0 - q)}
    deviations = (y.mean() - 1.0) / math.sqrt(q / (1.0 - q) / n)
    assert abs(deviations) < 5.0


@pytest.mark.parametrize("dtype", [np.float32, np.float64])
def test_the_gradient_goes_where_the_value_went(dtype):
    module, x = drop(0.4), az.Tensor(np.ones((20, 5), dtype))
    y = module(x)
    grad = az.gradient(y, [x], np.ones(y.shape))[0]
    assert y.dtype == grad.dtype == dtype
    np.testing.assert_array_equal(grad, y.data)


def test_a_seed_repeats_a_run_and_each_call_draws_anew():
    x = np.ones(50)
    first, second = drop(), drop()
    calls = [first(x) for _ in range(3)]
    for y in calls:
        np.testing.assert_array_equal(second(x), y)
    assert not np.array_equal(calls[0], calls[1])
    assert not np.array_equal(drop(seed=1)(x), calls[0])


def test_no_global_state_is_touched_and_a_copy_draws_the_same():
    before = np.random.get_state()[1].tobytes()  # noqa: NPY002  (to see that nobody touches it)
    module = drop()
    twin = copy.deepcopy(module)
    np.testing.assert_array_equal(module(np.ones(9)), twin(np.ones(9)))
    assert np.random.get_state()[1].tobytes() == before  # noqa: NPY002


def test_in_evaluation_the_input_passes_and_nothing_is_drawn():
    module, x = drop(), az.Tensor([1.0, 2.0])
    state = module.rng.bit_generator.state
    assert module.eval()(x) is x
    assert module.rng.bit_generator.state == state
    assert len(az.Tape(Net(module)(x))) == 1
    assert np.array_equal(module.train()(np.ones(99)) > 0, np.ones(99) > 0) is False


def test_q_0_drops_nothing():
    x = np.random.default_rng(0).standard_normal((3, 4))
    np.testing.assert_array_equal(drop(0.0)(x), x)


def test_a_layer_of_q_0_draws_nothing_and_records_nothing():
    rng = np.random.default_rng(0)
    x = az.Tensor(np.ones((3, 4)))
    assert nn.Dropout(0.0, rng=rng)(x) is x
    assert rng.bit_generator.state == np.random.default_rng(0).bit_generator.state


@pytest.mark.parametrize("fused", [False, True])
def test_the_switches_are_an_input_of_the_tape(fused):
    x = az.Tensor(np.full(8, 3.0))
    with az.fused() if fused else az.engine.mode.switched():
        y = drop(0.25)(x)
    (node,) = (t for t in az.Tape(y) if any(a is x for a in t.inputs))
    (D,) = (s for a, s in zip(node.inputs, node.saved, strict=True) if a is None)
    assert set(np.unique(D)) <= {0.0, 1.0} and D.shape == x.shape
    np.testing.assert_array_equal(nn.dropout(x, D, q=0.25).data, y.data)


def test_the_mask_of_a_number_is_a_number():
    assert float(drop(0.5)(np.array(1.0))) in (0.0, 2.0)


def test_repr_has_q():
    assert repr(drop(0.3)) == "Dropout(q=0.3)"


BAD = [
    *[
        (lambda q=q: nn.Dropout(q), ValueError, f"q must lie in [0, 1), got {q}; 0 drops nothing")
        for q in (1.0, -0.1, 2, float("nan"))
    ],
    (lambda: nn.dropout(np.ones(2), np.ones(2), q=1.0), ValueError, "q must lie in [0, 1), got 1.0"),
    (lambda: nn.Dropout(rng=0), TypeError, "rng must be a np.random.Generator or None, got 0; write"),
    (lambda: nn.dropout(az.Tensor(np.ones(2)), np.ones(3)), ValueError, "shapes (3,) and (2,)"),
]


test_bad_input_is_refused = refused((call, error, [text]) for call, error, text in BAD)
