"""Schedules against values worked out by hand, and against PyTorch."""

import math
from functools import partial

import numpy as np
import pytest
from refused import refused

import autograd_zoo as az
from autograd_zoo import io, optim
from autograd_zoo.optim import schedule


def optimizer(lr=1.0):
    return optim.SGD([az.Tensor([1.0])], lr=lr)


def rates(opt, scheduler, count):
    found = [opt.lr]
    for _ in range(count - 1):
        scheduler.step()
        found.append(opt.lr)
    return found


COS = [(1 + math.cos(math.pi * k / 4)) / 2 for k in range(9)]
BY_HAND = [
    (optim.StepLR, {"step_size": 2}, [1, 1, 0.1, 0.1, 0.01, 0.01]),
    (optim.StepLR, {"step_size": 1, "gamma": 2.0}, [1, 2, 4, 8]),
    (optim.CosineAnnealingLR, {"T_max": 4}, COS),
    (optim.CosineAnnealingLR, {"T_max": 2, "eta_min": 0.5}, [1, 0.75, 0.5, 0.75, 1]),
    (optim.LinearWarmup, {"total_iters": 4, "start_factor": 0.0}, [0, 0.25, 0.5, 0.75, 1, 1, 1]),
    (
        optim.LinearWarmup,
        {"total_iters": 2, "then": partial(schedule.step_decay, step_size=2)},
        [1 / 3, 2 / 3, 1, 1, 0.1],
    ),
    (
        optim.OneCycleLR,
        {"max_lr": 2.0, "total_steps": 5, "pct_start": 0.6, "div_factor": 2, "final_div_factor": 4},
        [1, 1.5, 2, 1.125, 0.25],
    ),
    (
        optim.OneCycleLR,
        {"max_lr": 8.0, "total_steps": 4, "pct_start": 0.5, "anneal_strategy": "linear", "div_factor": 4},
        [2, 8, (8 + 2e-4) / 2, 2e-4],
    ),
    (optim.OneCycleLR, {"max_lr": 1.0, "total_steps": 1}, [1 / 25e4]),
    (optim.OneCycleLR, {"max_lr": 1.0, "total_steps": 2, "pct_start": 1.0}, [1 / 25, 1]),
    (optim.OneCycleLR, {"max_lr": 1.0, "total_steps": 2, "pct_start": 0.5}, [1.0, 1 / 25e4]),
]


@pytest.mark.parametrize(("kind", "settings", "wanted"), BY_HAND)
def test_rates_by_hand(kind, settings, wanted):
    opt = optimizer()
    assert rates(opt, kind(opt, **settings), len(wanted)) == pytest.approx(wanted, rel=1e-14, abs=1e-16)


PYTORCH = [
    ("StepLR", {"step_size": 7, "gamma": 0.3}),
    ("CosineAnnealingLR", {"T_max": 13, "eta_min": 0.01}),
    ("OneCycleLR", {"max_lr": 3.0, "total_steps": 40}),
    ("OneCycleLR", {"max_lr": 3.0, "total_steps": 40, "pct_start": 0.1, "anneal_strategy": "linear"}),
    ("OneCycleLR", {"max_lr": 3.0, "total_steps": 40, "pct_start": 0.5, "div_factor": 5.0, "final_div_factor": 10.0}),
]


@pytest.mark.oracle
@pytest.mark.parametrize(("name", "settings"), PYTORCH)
def test_rates_are_those_of_pytorch(name, settings):
    torch = pytest.importorskip("torch")
    opt, theirs = optimizer(0.7), torch.optim.SGD([torch.zeros(1, requires_grad=True)], lr=0.7)
    scheduler = getattr(optim, name)(opt, **settings)
    extra = {"cycle_momentum": False} if name == "OneCycleLR" else {}
    reference = getattr(torch.optim.lr_scheduler, name)(theirs, **settings, **extra)
    wanted = [theirs.param_groups[0]["lr"]]
    for _ in range(39):
        theirs.step()
        reference.step()
        wanted.append(theirs.param_groups[0]["lr"])
    np.testing.assert_allclose(rates(opt, scheduler, 40), wanted, rtol=1e-12, atol=1e-15)


@pytest.mark.oracle
def test_a_warm_up_is_that_of_pytorch():
    torch = pytest.importorskip("torch")
    opt, theirs = optimizer(0.7), torch.optim.SGD([torch.zeros(1, requires_grad=True)], lr=0.7)
    scheduler = optim.LinearWarmup(opt, 5, start_factor=0.2)
    reference = torch.optim.lr_scheduler.LinearLR(theirs, start_factor=0.2, total_iters=5)
    wanted = [theirs.param_groups[0]["lr"]]
    for _ in range(9):
        theirs.step()
        reference.step()
        wanted.append(theirs.param_groups[0]["lr"])
    np.testing.assert_allclose(rates(opt, scheduler, 10), wanted, rtol=1e-12)


def test_a_schedule_goes_on_from_a_file(tmp_path):
    opt = optimizer(0.5)
    scheduler = optim.CosineAnnealingLR(opt, T_max=10)
    rates(opt, scheduler, 4)
    io.save(tmp_path / "schedule.npz", scheduler.state_dict())
    again = optimizer(0.1)
    resumed = optim.CosineAnnealingLR(again, T_max=10)
    resumed.load_state_dict(io.load(tmp_path / "schedule.npz"))
    assert rates(again, resumed, 5) == rates(opt, scheduler, 5)


BAD = [
    (lambda: optim.StepLR(None, 3), TypeError, "a schedule needs an optimizer"),
    (lambda: optim.StepLR(optimizer(), 0), ValueError, "step_size must be at least 1, got 0"),
    (lambda: optim.StepLR(optimizer(), 2.5), TypeError, "step_size must be a whole number, got 2.5"),
    (lambda: optim.CosineAnnealingLR(optimizer(), True), TypeError, "T_max must be a whole number, got True"),
    (lambda: optim.LinearWarmup(optimizer(), 3, start_factor=-1), ValueError, "start_factor must lie in"),
    (
        lambda: optim.OneCycleLR(optimizer(), 1.0, 5, anneal_strategy="up"),
        ValueError,
        "must be 'cos' or 'linear', got 'up'",
    ),
    (lambda: optim.OneCycleLR(optimizer(), 1.0, 5, pct_start=1.5), ValueError, "pct_start must lie in"),
    (lambda: optim.OneCycleLR(optimizer(), 1.0, 5, div_factor=0.0), ValueError, "div_factor must lie in [1, inf)"),
    (lambda: optim.Scheduler(optimizer(), lambda t, base: -1), ValueError, "lr must lie in"),
    (lambda: optim.StepLR(optimizer(), 1).load_state_dict({}), ValueError, "has t and base_lr, got nothing"),
    (lambda: optim.StepLR(optimizer(), 1).load_state_dict({"t": -1, "base_lr": 1}), ValueError, "t must be at least 0"),
]


test_bad_input_is_refused = refused((call, error, [text]) for call, error, text in BAD)


def test_a_step_past_the_end_of_a_cycle_changes_nothing():
    opt = optimizer()
    scheduler = optim.OneCycleLR(opt, max_lr=1.0, total_steps=2)
    scheduler.step()
    last = opt.lr
    with pytest.raises(ValueError, match=r"total_steps=2 learning rates, for t = 0 \.\.\. 1; got t=2"):
        scheduler.step()
    assert opt.lr == last and scheduler.t == 1
