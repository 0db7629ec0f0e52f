"""A step of Adam by its kernels against the formula that small parameters are moved by."""

from itertools import product

import numpy as np
import pytest

from autograd_zoo.kernels import threads, twins
from autograd_zoo.optim.algorithms import adam

SHAPES = [(70,), (5, 7), (1,), (), (0, 3)]
HYPER = [{}, {"weight_decay": 0.1}, {"betas": (0.5, 0.7), "eps": 1e-3}, {"betas": (0.0, 0.0)}]


def moved(p, gradients, **hyper):
    """Where p is after a step for each gradient, and what is remembered."""
    state, settings = {}, {"lr": 0.1, "betas": (0.9, 0.999), "eps": 1e-8, "weight_decay": 0.0, **hyper}
    for g in gradients:
        p, state = adam(p, g, state, **settings)
    return p, state


@pytest.mark.parametrize("compiled", [False, True])
@pytest.mark.parametrize("dtype", [np.float32, np.float64])
def test_a_step_is_the_formula(monkeypatch, dtype, compiled):
    monkeypatch.setattr(threads, "LONG", 0)
    tolerance = 1e-5 if dtype == np.float32 else 1e-13
    for shape, hyper in product(SHAPES, HYPER):
        p, *gradients = np.random.default_rng(0).normal(size=(4, *shape)).astype(dtype)
        expected, right = moved(p, gradients, **hyper)
        before = [a.copy() for a in (p, *gradients)]
        with monkeypatch.context() as patch, twins.all_by(compiled=compiled):
            patch.setattr(twins, "FEW", 0)
            found, state = moved(p, gradients, **hyper)
        np.testing.assert_allclose(found, expected, rtol=tolerance, atol=tolerance)
        assert found.dtype == expected.dtype and state.keys() == right.keys()
        for name in right:
            np.testing.assert_allclose(state[name], right[name], rtol=tolerance, atol=tolerance)
        for a, then in zip((p, *gradients), before, strict=True):
            np.testing.assert_array_equal(a, then)


def test_large_parameters_are_moved_by_the_kernel():
    w = np.ones(twins.FEW, np.float32)
    with twins.all_by(compiled=True) as used:
        moved(w, [w, w])
    assert len(used) == bool(twins.compiled())
