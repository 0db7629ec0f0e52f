"""Modules are PyTorch's of the same name, in 20 configurations that are drawn; and their gradients are differences."""

from __future__ import annotations

import warnings

import numpy as np
import pytest
from every import every
from pairs import ROWS
from pairs.pair import floating, gradients, parts, torch, torch_gradients, weights

import autograd_zoo as az

SEEDS = range(20)
CLOSE = {"rtol": 1e-10, "atol": 1e-10}


def drawn(name, seed):
    return ROWS[name].draw(np.random.default_rng([seed, *name.encode()]))


@pytest.mark.oracle
@pytest.mark.skipif(torch is None, reason="PyTorch is not installed")
@every(("name", "seed"), [(name, seed) for name in ROWS for seed in SEEDS], by=lambda name, seed: name)
def test_values_and_gradients_are_those_of_pytorch(name, seed):
    pair = drawn(name, seed)
    with warnings.catch_warnings():  # PyTorch has opinions on its own arguments
        warnings.simplefilter("ignore", UserWarning)
        expected = torch_gradients(pair)
    found = gradients(pair)
    for ours, theirs in zip(found[:2], expected[:2], strict=True):
        assert len(ours) == len(theirs)
        for a, b in zip(ours, theirs, strict=True):
            np.testing.assert_allclose(a, b, **CLOSE, strict=True)
    assert found[2].keys() == expected[2].keys() or not expected[2]
    for key, b in expected[2].items():
        np.testing.assert_allclose(found[2][key], b, **CLOSE, err_msg=key, strict=True)


@every(("name", "seed"), [(name, seed) for name in ROWS for seed in range(3)], by=lambda name, seed: name)
def test_gradients_are_differences(name, seed):
    pair = drawn(name, seed)
    floats = [x for x in pair.inputs if floating(x) and x.size]

    def of_floats(*xs):
        given = iter(xs)
        ys = parts(pair.ours(*(next(given) if floating(x) and x.size else x for x in pair.inputs)))
        return np.sum(np.stack([np.sum(y * weights(y)) for y in ys]))

    az.check_gradients(of_floats, *floats, order=ROWS[name].orders)
