"""Clipping against the norm of one long vector, at the ends of the range of floats, and against PyTorch."""

import re

import numpy as np
import pytest
from refused import refused

import autograd_zoo as az
from autograd_zoo import optim

SHAPES = [(3, 2), (), (4,), (0,)]


def leaves(dtype=np.float64, scale=1.0, seed=0):
    rng = np.random.default_rng(seed)
    params = [az.Tensor(np.zeros(shape, dtype)) for shape in SHAPES]
    for p in params:
        p.grad = np.asarray(rng.standard_normal(p.shape) * scale, dtype=dtype)
    return [az.Tensor([1.0]), *params]  # the first has no gradient


@pytest.mark.parametrize("max_norm", [0.0, 0.5, 1e6])
def test_gradients_are_scaled_together(max_norm):
    params = leaves()
    before = [p.grad for p in params[1:]]
    copies = [g.copy() for g in before]
    norm = optim.clip_grad_norm(params, max_norm)
    assert norm == pytest.approx(np.linalg.norm(np.concatenate([g.ravel() for g in copies])), rel=1e-14)
    for p, held, g in zip(params[1:], before, copies, strict=True):
        assert np.array_equal(held, g), "the old array was written into"
        np.testing.assert_allclose(p.grad, g * min(1.0, max_norm / (norm + 1e-6)), rtol=1e-14)
    assert params[0].grad is None


@pytest.mark.parametrize(("dtype", "scale"), [(np.float32, 1e30), (np.float64, 1e200), (np.float64, 1e-200)])
def test_the_norm_neither_overflows_nor_vanishes(dtype, scale):
    norm = optim.clip_grad_norm(params := leaves(dtype, scale), 1.0)
    assert norm == pytest.approx(optim.clip_grad_norm(leaves(), 1.0) * scale, rel=1e-6)
    assert {p.grad.dtype for p in params[1:]} == {np.dtype(dtype)}


@pytest.mark.oracle
def test_clipping_is_that_of_pytorch():
    torch = pytest.importorskip("torch")
    params = leaves()[1:]
    theirs = [torch.zeros(p.shape, dtype=torch.float64, requires_grad=True) for p in params]
    for p, t in zip(params, theirs, strict=True):
        t.grad = torch.tensor(p.grad)
    wanted = torch.nn.utils.clip_grad_norm_(theirs, 0.7).item()
    assert optim.clip_grad_norm(params, 0.7) == pytest.approx(wanted, rel=1e-12)
    for p, t in zip(params, theirs, strict=True):
        np.testing.assert_allclose(p.grad, t.grad.numpy(), rtol=1e-12)


def test_zero_gradients_stay_zero():
    params = leaves(scale=0.0)
    assert optim.clip_grad_norm(params, 1.0) == 0.0


BAD = [
    (lambda params: optim.clip_grad_norm(params, -1.0), ValueError, "max_norm must lie in [0, inf), got -1.0"),
    (lambda params: optim.clip_grad_norm(params[1], 1.0), TypeError, "params must be a list of Tensors"),
    (lambda params: optim.clip_grad_norm([], 1.0), ValueError, "params is empty"),
]


test_bad_input_is_refused = refused(((call, error, [text]) for call, error, text in BAD), leaves)


@pytest.mark.parametrize("bad", [np.nan, np.inf])
def test_gradients_that_are_not_finite_are_left_alone(bad):
    params = leaves()
    params[3].grad[1] = bad
    before = [p.grad for p in params]
    with pytest.raises(ValueError, match=re.escape("the gradient of params[3] is not finite")):
        optim.clip_grad_norm(params, 0.1)
    assert all(p.grad is g for p, g in zip(params, before, strict=True))
