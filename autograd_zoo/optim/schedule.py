"""Schedules: the learning rate as a function of the number of steps taken, in closed form."""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping
from functools import partial
from typing import Any

import numpy as np

from autograd_zoo.engine.assign import assign
from autograd_zoo.engine.values import stored

from . import checks
from .optimizer import Optimizer

Formula = Callable[[int, float], float]


def step_decay(t: int, base: float, *, step_size: int, gamma: float = 0.1) -> float:
    """η₀ γ^⌊t / step_size⌋."""
    return base * gamma ** (t // step_size)


def cosine_annealing(t: int, base: float, *, T_max: int, eta_min: float = 0.0) -> float:
    """η_min + (η₀ − η_min) (1 + cos(π t / T_max)) / 2."""
    return eta_min + (base - eta_min) * (1 + math.cos(math.pi * t / T_max)) / 2


def linear_warmup(
    t: int, base: float, *, total_iters: int, start_factor: float = 1 / 3, then: Formula | None = None
) -> float:
    """η₀ (s + (1 − s) t / T) for t < T = total_iters and s = start_factor, afterwards `then(t − T, η₀)`, or η₀."""
    if t < total_iters:
        return base * (start_factor + (1 - start_factor) * t / total_iters)
    return then(t - total_iters, base) if then else base


def one_cycle(
    t: int, base: float,
    *, max_lr: float, total_steps: int,
    pct_start: float = 0.3, anneal_strategy: str = "cos", div_factor: float = 25.0, final_div_factor: float = 1e4,
) -> float:  # fmt: skip
    """From max_lr / div_factor up to max_lr, then down to that first value / final_div_factor; η₀ plays no part."""
    if t >= total_steps:
        raise ValueError(
            f"the cycle has total_steps={total_steps} learning rates, for t = 0 ... {total_steps - 1}; got t={t}"
        )
    first, last = max_lr / div_factor, max_lr / div_factor / final_div_factor
    turn, end = pct_start * total_steps - 1, total_steps - 1
    x0, x1, y0, y1 = (0.0, turn, first, max_lr) if t <= turn else (turn, end, max_lr, last)
    part = (t - x0) / (x1 - x0) if x1 > x0 else 1.0
    rise = (1 - math.cos(math.pi * part)) / 2 if anneal_strategy == "cos" else part
    return (1 - rise) * y0 + rise * y1


class Scheduler:
    """Sets the learning rate of an optimizer to `formula(t, η₀)` after t steps.

    Parameters
    ----------
    opt : Optimizer
        its learning rate at this moment is η₀
    formula : callable
        `(t, base) -> lr`: a function of one's own, or one of this file

    Attributes
    ----------
    t : int
        how many times `step` was called
    base_lr : float
        η₀

    Examples
    --------
    >>> import autograd_zoo as az
    >>> opt = az.optim.SGD([az.Tensor([1.0])], lr=0.5)
    >>> schedule = az.optim.Scheduler(opt, lambda t, base: base / (1 + t))
    >>> schedule.step()
    >>> opt.lr
    0.25
    """

    def __init__(self, opt: Optimizer, formula: Formula) -> None:
        if not isinstance(opt, Optimizer):
            raise TypeError(f"a schedule needs an optimizer whose learning rate it sets, got {type(opt).__name__}")
        self.opt, self.formula, self.base_lr, self.t = opt, formula, opt.lr, 0
        opt.lr = formula(0, self.base_lr)

    def step(self) -> None:
        """Count one step, after the optimizer's, and set the next learning rate."""
        assign(self._at(self.t + 1, self.base_lr))

    def _at(self, t: int, base: float) -> list[tuple[Any, Any, Any]]:
        """What is assigned after t steps."""
        lr = checks.number("lr", self.formula(t, base))
        return [(self.opt.hyper, "lr", lr), (self, "t", t), (self, "base_lr", base)]

    def state_dict(self) -> dict[str, Any]:
        """The number of steps and the base learning rate; the formula is code, and is not stored."""
        return {"t": self.t, "base_lr": self.base_lr}

    def load_state_dict(self, state_dict: Mapping[str, Any]) -> None:
        """Go on where `state_dict` was taken, and set the learning rate that belongs there."""
        assign(self._loading(state_dict))

    def _loading(self, state_dict: Mapping[str, Any]) -> list[tuple[Any, Any, Any]]:
        """What `load_state_dict` assigns."""
        state_dict = stored(state_dict)
        if state_dict.keys() != {"t", "base_lr"}:
            raise ValueError(
                f"a schedule's state_dict has t and base_lr, got {', '.join(sorted(state_dict)) or 'nothing'}"
            )
        base = checks.number("base_lr", np.asarray(state_dict["base_lr"]).item())
        return self._at(checks.count("t", state_dict["t"], low=0), base)


class StepLR(Scheduler):
    """Every `step_size` steps multiply the learning rate by `gamma`: η₀ γ^⌊t / step_size⌋."""

    def __init__(self, opt: Optimizer, step_size: int, gamma: float = 0.1) -> None:
        step_size, gamma = checks.count("step_size", step_size), checks.number("gamma", gamma)
        super().__init__(opt, partial(step_decay, step_size=step_size, gamma=gamma))


class CosineAnnealingLR(Scheduler):
    """Half a wave from η₀ down to `eta_min` in `T_max` steps: η_min + (η₀ − η_min) (1 + cos(π t / T_max)) / 2."""

    def __init__(self, opt: Optimizer, T_max: int, eta_min: float = 0.0) -> None:
        T_max, eta_min = checks.count("T_max", T_max), checks.number("eta_min", eta_min)
        super().__init__(opt, partial(cosine_annealing, T_max=T_max, eta_min=eta_min))


class LinearWarmup(Scheduler):
    """Rise in a line from `start_factor` η₀ to η₀ within `total_iters` steps, then follow `then`, or stay.

    Parameters
    ----------
    opt : Optimizer
    total_iters : int
    start_factor : float
    then : callable, optional
        the formula `(t, base) -> lr` for what follows, with t counted from the end of the rise

    Examples
    --------
    >>> from functools import partial
    >>> import autograd_zoo as az
    >>> opt = az.optim.SGD([az.Tensor([1.0])], lr=1.0)
    >>> wave = partial(az.optim.schedule.cosine_annealing, T_max=4)
    >>> schedule = az.optim.LinearWarmup(opt, total_iters=2, start_factor=0.5, then=wave)
    >>> rates = []
    >>> for _ in range(7):
    ...     rates.append(round(opt.lr, 3))
    ...     schedule.step()
    >>> rates
    [0.5, 0.75, 1.0, 0.854, 0.5, 0.146, 0.0]
    """

    def __init__(
        self, opt: Optimizer, total_iters: int, start_factor: float = 1 / 3, then: Formula | None = None
    ) -> None:
        total_iters = checks.count("total_iters", total_iters)
        start_factor = checks.number("start_factor", start_factor)
        super().__init__(opt, partial(linear_warmup, total_iters=total_iters, start_factor=start_factor, then=then))


class OneCycleLR(Scheduler):
    """One rise to `max_lr` and one long fall, in `total_steps` steps.

    Parameters
    ----------
    opt : Optimizer
        its own learning rate plays no part; its momentum is left alone
    max_lr : float
    total_steps : int
        the step after the last one raises
    pct_start : float
        the part of the steps that is spent rising
    anneal_strategy : "cos" or "linear"
    div_factor : float
        the first learning rate is max_lr / div_factor
    final_div_factor : float
        the last one is the first divided by this

    Notes
    -----
    Source: Smith and Topin, "Super-convergence", 2018, in the two phases of PyTorch.
    """

    def __init__(
        self, opt: Optimizer, max_lr: float, total_steps: int,
        *, pct_start: float = 0.3, anneal_strategy: str = "cos", div_factor: float = 25.0,
        final_div_factor: float = 1e4,
    ) -> None:  # fmt: skip
        if anneal_strategy not in ("cos", "linear"):
            raise ValueError(f"anneal_strategy must be 'cos' or 'linear', got {anneal_strategy!r}")
        shape = partial(
            one_cycle,
            max_lr=checks.number("max_lr", max_lr),
            total_steps=checks.count("total_steps", total_steps),
            pct_start=checks.number("pct_start", pct_start, high=math.nextafter(1.0, 2.0)),
            anneal_strategy=anneal_strategy,
            div_factor=checks.number("div_factor", div_factor, low=1.0),
            final_div_factor=checks.number("final_div_factor", final_div_factor, low=1.0),
        )
        super().__init__(opt, shape)
