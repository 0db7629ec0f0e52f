"""Modules are PyTorch's, in 20 configurations that are drawn, fused or not; and their gradients are differences."""

from __future__ import annotations

import warnings

import numpy as np
import pytest
from differences import Orders
from every import every
from pairs import ROWS
from pairs.pair import floating, gradients, parts, torch_gradients, weights
from pytorch import oracle, torch

import autograd_zoo as az
from autograd_zoo import nn
from autograd_zoo.kernels import twins

SEEDS = range(20)
CLOSE = {"rtol": 1e-10, "atol": 1e-10}


@pytest.fixture(autouse=True)
def quiet_torch():
    """PyTorch has opinions on its own arguments."""
    with warnings.catch_warnings():
        warnings.filterwarnings("ignore", category=UserWarning, module="torch|pairs")
        yield


def given(x):
    return torch.from_numpy(x) if isinstance(x, np.ndarray) else x


def drawn(name, seed):
    return ROWS[name].draw(np.random.default_rng([seed, *name.encode()]))


@oracle
@every(("name", "seed"), [(name, seed) for name in ROWS for seed in SEEDS], by=lambda name, seed: name)
def test_values_and_gradients_are_those_of_pytorch(name, seed):
    pair = drawn(name, seed)
    expected = torch_gradients(pair)
    found = gradients(pair)
    for ours, theirs in zip(found[:2], expected[:2], strict=True):
        assert len(ours) == len(theirs)
        for a, b in zip(ours, theirs, strict=True):
            np.testing.assert_allclose(a, b, **CLOSE, strict=True)
    assert found[2].keys() == expected[2].keys() or not expected[2]
    for key, b in expected[2].items():
        np.testing.assert_allclose(found[2][key], b, **CLOSE, err_msg=key, strict=True)


def parametrized(module):
    return isinstance(module, nn.Module) and bool(list(module.parameters()))


WITH_PARAMETERS = [name for name in ROWS if any(parametrized(drawn(name, seed).ours) for seed in range(3))]


@oracle
@every(("name", "seed"), [(name, seed) for name in WITH_PARAMETERS for seed in SEEDS], by=lambda name, seed: name)
def test_pytorchs_state_is_taken_over(name, seed):
    pair = drawn(name, seed)
    torch.manual_seed(seed)
    theirs = pair.theirs().double().train(pair.ours.training)
    with torch.no_grad():
        for p in theirs.parameters():
            p.copy_(torch.rand_like(p) - 0.5)
    assert nn.from_torch(pair.ours, theirs.state_dict()) is pair.ours
    found, expected = parts(pair.own(pair.ours, *pair.inputs)), parts(pair.other(theirs, *map(given, pair.inputs)))
    for a, b in zip(found, expected, strict=True):
        np.testing.assert_allclose(a.data, b.detach().numpy(), **CLOSE)


@every(("name", "seed"), [(name, seed) for name in ROWS for seed in range(3)], by=lambda name, seed: name)
def test_gradients_are_differences(name, seed):
    pair = drawn(name, seed)
    floats = [x for x in pair.inputs if floating(x) and x.size]

    def of_floats(*xs):
        given = iter(xs)
        found = parts(pair.own(pair.ours, *(next(given) if floating(x) and x.size else x for x in pair.inputs)))
        return found[0] if len(found) == 1 else np.sum(np.stack([np.sum(y * weights(y)) for y in found]))

    Orders(of_floats, floats, step=1e-4).check(ROWS[name].orders, 1e-7)


@every(("name", "seed"), [(name, seed) for name in ROWS for seed in SEEDS], by=lambda name, seed: name)
def test_fused_it_is_the_same(name, seed, monkeypatch):
    monkeypatch.setattr(twins, "FEW", 0)  # kernels, however small the arrays are
    pair = drawn(name, seed)
    composed = gradients(pair)
    with az.fused():
        fused = gradients(pair)
    for found, expected in zip(fused[:2], composed[:2], strict=True):
        for a, b in zip(found, expected, strict=True):
            np.testing.assert_allclose(a, b, **CLOSE, strict=True)
    assert fused[2].keys() == composed[2].keys()
    for key, b in composed[2].items():
        np.testing.assert_allclose(fused[2][key], b, **CLOSE, err_msg=key, strict=True)
