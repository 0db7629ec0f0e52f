"""The optimizers: for each an update rule, a pure function of arrays, and the class that applies it to parameters.

In the formulas p is a parameter, g its gradient plus λ p (λ is `weight_decay`), η the learning rate `lr`, t the number
of the step, counted from 1 for each parameter. What is remembered starts at 0. Names and formulas are PyTorch's.
"""

from __future__ import annotations

import math
from collections.abc import Iterable

import numpy as np

from autograd_zoo.engine.tensor import Tensor
from autograd_zoo.kernels.optim import adam as by_kernel
from autograd_zoo.kernels.optim import worth_it

from . import checks
from .optimizer import Array, Optimizer, State

Betas = tuple[float, float]


def sgd(
    p: Array, g: Array, state: State, *, lr: float, momentum: float, nesterov: bool, weight_decay: float
) -> tuple[Array, State]:
    """One step of `SGD`."""
    if weight_decay:
        g = g + weight_decay * p
    if momentum:
        b = momentum * state.get("momentum_buffer", 0.0) + g
        g, state = g + momentum * b if nesterov else b, {"momentum_buffer": b}
    return p - lr * g, state


def adam(
    p: Array, g: Array, state: State, *, lr: float, betas: Betas, eps: float, weight_decay: float
) -> tuple[Array, State]:
    """One step of `Adam`."""
    if weight_decay:
        g = g + weight_decay * p
    beta1, beta2 = betas
    t = state.get("step", 0) + 1
    rate, bias = lr / (1 - beta1**t), math.sqrt(1 - beta2**t)
    if worth_it(p, g, m := state.get("exp_avg"), v := state.get("exp_avg_sq")):
        p, m, v = by_kernel(p, g, m, v, beta1=beta1, beta2=beta2, rate=rate, bias=bias, eps=eps)
        return p, {"step": t, "exp_avg": m, "exp_avg_sq": v}
    m = beta1 * state.get("exp_avg", 0.0) + (1 - beta1) * g
    v = beta2 * state.get("exp_avg_sq", 0.0) + (1 - beta2) * g * g
    return p - rate * m / (np.sqrt(v) / bias + eps), {"step": t, "exp_avg": m, "exp_avg_sq": v}


def adamw(
    p: Array, g: Array, state: State, *, lr: float, betas: Betas, eps: float, weight_decay: float
) -> tuple[Array, State]:
    """One step of `AdamW`."""
    return adam((1 - lr * weight_decay) * p, g, state, lr=lr, betas=betas, eps=eps, weight_decay=0.0)


def rmsprop(
    p: Array, g: Array, state: State, *, lr: float, alpha: float, eps: float, momentum: float, weight_decay: float
) -> tuple[Array, State]:
    """One step of `RMSprop`."""
    if weight_decay:
        g = g + weight_decay * p
    v = alpha * state.get("square_avg", 0.0) + (1 - alpha) * g * g
    b, new = g / (np.sqrt(v) + eps), {"square_avg": v}
    if momentum:
        b = momentum * state.get("momentum_buffer", 0.0) + b
        new["momentum_buffer"] = b
    return p - lr * b, new


def adagrad(p: Array, g: Array, state: State, *, lr: float, eps: float, weight_decay: float) -> tuple[Array, State]:
    """One step of `Adagrad`."""
    if weight_decay:
        g = g + weight_decay * p
    s = state.get("sum", 0.0) + g * g
    return p - lr * g / (np.sqrt(s) + eps), {"sum": s}


class SGD(Optimizer):
    """Gradient descent, with momentum if asked for: b ← μ b + g, p ← p − η b; Nesterov: p ← p − η (g + μ b).

    Parameters
    ----------
    params : iterable of Tensors
    lr : float
    momentum : float
        μ; 0 for plain gradient descent
    nesterov : bool
        look ahead along b; needs a momentum
    weight_decay : float
        λ

    Examples
    --------
    >>> import autograd_zoo as az
    >>> w = az.Tensor([1.0, -2.0])
    >>> opt = az.optim.SGD([w], lr=0.25)
    >>> (w * w).sum().backward()
    >>> opt.step()
    >>> w.data
    array([ 0.5, -1. ])
    """

    def __init__(
        self,
        params: Iterable[Tensor],
        lr: float,
        *,
        momentum: float = 0.0,
        nesterov: bool = False,
        weight_decay: float = 0.0,
    ) -> None:
        super().__init__(params, sgd, lr=lr, momentum=momentum, nesterov=nesterov, weight_decay=weight_decay)
        for k, p in enumerate(self.params):
            settings = self._settings(k)
            if settings["nesterov"] and not settings["momentum"]:
                raise ValueError(
                    f"nesterov=True looks ahead along the momentum, which is 0 for {checks.label(k, p)}; "
                    "pass momentum=0.9, say, for its group if it is in one"
                )


class Adam(Optimizer):
    """Steps scaled by running moments of g: p ← p − η m / (1 − β₁ᵗ) / (√(v / (1 − β₂ᵗ)) + ε).

    m ← β₁ m + (1 − β₁) g and v ← β₂ v + (1 − β₂) g²; the divisions undo their start at 0.

    Source: Kingma and Ba, "Adam: a method for stochastic optimization", 2015.

    Parameters
    ----------
    params : iterable of Tensors
    lr : float
    betas : pair of floats
        β₁, β₂
    eps : float
        ε
    weight_decay : float
        λ, as a part of g; for a decay apart from the moments see `AdamW`
    """

    def __init__(
        self,
        params: Iterable[Tensor],
        lr: float = 1e-3,
        *,
        betas: Betas = (0.9, 0.999),
        eps: float = 1e-8,
        weight_decay: float = 0.0,
    ) -> None:
        super().__init__(params, adam, lr=lr, betas=betas, eps=eps, weight_decay=weight_decay)


class AdamW(Optimizer):
    """Adam with a decay of its own: p ← (1 − η λ) p, then Adam's step, whose g is the gradient alone.

    Source: Loshchilov and Hutter, "Decoupled weight decay regularization", 2019.

    Parameters
    ----------
    params : iterable of Tensors
    lr : float
    betas : pair of floats
        β₁, β₂
    eps : float
        ε
    weight_decay : float
        λ
    """

    def __init__(
        self,
        params: Iterable[Tensor],
        lr: float = 1e-3,
        *,
        betas: Betas = (0.9, 0.999),
        eps: float = 1e-8,
        weight_decay: float = 1e-2,
    ) -> None:
        super().__init__(params, adamw, lr=lr, betas=betas, eps=eps, weight_decay=weight_decay)


class RMSprop(Optimizer):
    """Steps scaled by a running mean square: v ← α v + (1 − α) g², b ← μ b + g / (√v + ε), p ← p − η b.

    Source: Tieleman and Hinton, "Lecture 6.5: RMSProp", 2012.

    Parameters
    ----------
    params : iterable of Tensors
    lr : float
    alpha : float
        α
    eps : float
        ε
    momentum : float
        μ
    weight_decay : float
        λ
    """

    def __init__(
        self,
        params: Iterable[Tensor],
        lr: float = 1e-2,
        *,
        alpha: float = 0.99,
        eps: float = 1e-8,
        momentum: float = 0.0,
        weight_decay: float = 0.0,
    ) -> None:
        super().__init__(params, rmsprop, lr=lr, alpha=alpha, eps=eps, momentum=momentum, weight_decay=weight_decay)


class Adagrad(Optimizer):
    """Steps scaled by the sum of all squares so far: s ← s + g², p ← p − η g / (√s + ε).

    Source: Duchi, Hazan and Singer, "Adaptive subgradient methods", 2011.

    Parameters
    ----------
    params : iterable of Tensors
    lr : float
    eps : float
        ε
    weight_decay : float
        λ
    """

    def __init__(
        self, params: Iterable[Tensor], lr: float = 1e-2, *, eps: float = 1e-10, weight_decay: float = 0.0
    ) -> None:
        super().__init__(params, adagrad, lr=lr, eps=eps, weight_decay=weight_decay)
