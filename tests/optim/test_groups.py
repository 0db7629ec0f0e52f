"""Groups of parameters with settings of their own: PyTorch's steps, schedules, states, and one group as none."""

from __future__ import annotations

import numpy as np
import pytest
from pytorch import oracle, torch

import autograd_zoo as az
from autograd_zoo import optim

RNG = np.random.default_rng(0)
START = [RNG.normal(size=shape) for shape in [(3, 2), (2,), (4,)]]
GRADS = [[RNG.normal(size=p.shape) for p in START] for _ in range(6)]
KINDS = {
    "SGD": ({"momentum": 0.9, "weight_decay": 0.1}, {"lr": 0.02, "weight_decay": 0.0}, {"momentum": 0.0}),
    "Adam": ({"weight_decay": 0.1}, {"lr": 0.02, "betas": (0.5, 0.9)}, {"weight_decay": 0.0}),
    "AdamW": ({}, {"weight_decay": 0.0}, {"lr": 0.5}),
    "RMSprop": ({"alpha": 0.9}, {"momentum": 0.9}, {"lr": 0.3, "eps": 1e-3}),
}
SCHEDULES = {"none": {}, "StepLR": {"step_size": 2, "gamma": 0.5}, "CosineAnnealingLR": {"T_max": 6}}


def groups(leaves, first, second):
    return [{"params": leaves[:1], **first}, {"params": leaves[1:2], **second}, {"params": leaves[2:]}]


@oracle
@pytest.mark.parametrize("schedule", SCHEDULES)
@pytest.mark.parametrize("kind", KINDS)
def test_steps_are_those_of_pytorch(kind, schedule):
    settings, first, second = KINDS[kind]
    ours, theirs = [az.Tensor(p) for p in START], [torch.tensor(p, requires_grad=True) for p in START]
    opt = getattr(optim, kind)(groups(ours, first, second), lr=0.1, **settings)
    other = getattr(torch.optim, kind)(groups(theirs, first, second), lr=0.1, **settings)
    plan = getattr(optim, schedule)(opt, **SCHEDULES[schedule]) if SCHEDULES[schedule] else None
    other_plan = getattr(torch.optim.lr_scheduler, schedule)(other, **SCHEDULES[schedule]) if plan else None
    for grads in GRADS:
        for p, g in zip(theirs, grads, strict=True):
            p.grad = torch.tensor(g)
        opt.step(grads)
        other.step()
        if plan:
            plan.step()
            other_plan.step()
        for a, b in zip(ours, theirs, strict=True):
            np.testing.assert_allclose(a.data, b.detach().numpy(), rtol=1e-12, atol=1e-12)


def stepped(opt, count=3):
    for grads in GRADS[:count]:
        opt.step(grads)
    return [p.data for p in opt.params]


@pytest.mark.parametrize("kind", KINDS)
def test_a_group_alone_and_groups_that_say_nothing_are_no_groups(kind):
    settings, _, _ = KINDS[kind]
    make = getattr(optim, kind)
    plain = stepped(make([az.Tensor(p) for p in START], lr=0.1, **settings))
    grouped = stepped(make(groups([az.Tensor(p) for p in START], {}, {}), lr=0.1, **settings))
    for a, b in zip(plain, grouped, strict=True):
        np.testing.assert_array_equal(a, b)


@pytest.mark.parametrize("kind", KINDS)
def test_going_on_from_a_state_equals_never_having_stopped(kind):
    settings, first, second = KINDS[kind]

    def make(start):
        return getattr(optim, kind)(groups([az.Tensor(p) for p in start], first, second), lr=0.1, **settings)

    whole, half = make(START), make(START)
    middle, state = stepped(half), half.state_dict()
    late = make(middle)
    late.load_state_dict(state)
    stepped(whole, 6)
    for grads in GRADS[3:]:
        late.step(grads)
    for a, b in zip(whole.params, late.params, strict=True):
        np.testing.assert_array_equal(a.data, b.data)


def test_the_state_of_groups_is_not_that_of_others():
    with_groups = optim.SGD(groups([az.Tensor(p) for p in START], {"lr": 0.2}, {}), lr=0.1)
    without = optim.SGD([az.Tensor(p) for p in START], lr=0.1)
    for a, b in [(with_groups, without), (without, with_groups)]:
        with pytest.raises(ValueError, match="expected the settings"):
            a.load_state_dict(b.state_dict())


def test_a_group_may_be_one_tensor_or_a_generator():
    a, b = az.Tensor(START[0]), az.Tensor(START[1])
    opt = optim.SGD([{"params": a, "lr": 0.2}, {"params": (p for p in [b])}], lr=0.1)
    assert opt.params == [a, b] and opt.own == [{"lr": 2.0}, {}]
    opt.lr = 0.05
    opt.step([np.ones_like(a.data), np.ones_like(b.data)])
    np.testing.assert_allclose(a.data, START[0] - 0.1, rtol=1e-15)
    np.testing.assert_allclose(b.data, START[1] - 0.05, rtol=1e-15)


@pytest.mark.parametrize("settings", [{}, {"momentum": 0.9, "nesterov": True}])
def test_nesterov_without_momentum_is_refused_in_a_group_too(settings):
    group = {"params": [az.Tensor(START[1], name="b")], "nesterov": True, "momentum": 0.0}
    with pytest.raises(ValueError, match=r"which is 0 for params\[1\] \(b\); pass momentum=0.9"):
        optim.SGD([{"params": [az.Tensor(START[0])], "momentum": 0.9}, group], lr=0.1, **settings)
    assert optim.SGD([{**group, "momentum": 0.5}], lr=0.1).own[0]["nesterov"]
