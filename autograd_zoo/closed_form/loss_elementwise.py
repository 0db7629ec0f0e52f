"""Losses of PyTorch's names: one for each element, and the negative log-likelihood, as plain NumPy functions.

Predictions x and targets have one shape, of which each element has a loss; of `nll` the last axis is one sample's
vector, as in `loss`. `reduction` says what becomes of them: "mean" over all, "sum", or "none"; of nothing it is 0.
A gradient has a rule's signature `(g, y, *inputs, **params)`.
"""

from collections.abc import Callable
from inspect import signature
from typing import Any

import numpy as np

from .docstrings import F, gradient_of, ours
from .notation import Array
from .reductions import Reduction, each, per_sample, possible, reduced

__all__ = [
    "bce", "bce_dt", "bce_dx", "bce_with_logits", "bce_with_logits_dt", "bce_with_logits_dx",
    "hinge", "hinge_dt", "hinge_dx", "huber", "huber_dt", "huber_dx",
    "kl_div", "kl_div_dp", "kl_div_dx", "l1", "l1_dt", "l1_dx", "nll", "nll_dp", "nll_dx",
    "smooth_l1", "smooth_l1_dt", "smooth_l1_dx",
]  # fmt: skip


def _loss(x: str = "x and t", *, after: str = "") -> Callable[[F], F]:
    """The decorator of a loss for each element of predictions and targets."""
    shapes = f'{x} the same, any; the result (), or theirs for reduction "none"'
    raises = "ValueError for an unknown reduction, and by the module for shapes that differ: they are not broadcast"
    return ours(shapes, raises=raises, after=after)


def _gradient_of(form: Callable[..., Any]) -> Callable[[F], F]:
    """The same of its gradient."""
    x, t, *_ = signature(form).parameters
    return gradient_of(form, f"{x}, {t} and the result the same; g and y as `{form.__name__}` gives them")


@_loss()
def l1(x: Array, t: Array, *, reduction: Reduction = "mean") -> Array:
    """L = |xᵢ − tᵢ|, the mean over all i"""
    return reduced(np.abs(x - t), reduction)


@_gradient_of(l1)
def l1_dx(g: Array, y: Array, x: Array, t: Array, *, reduction: Reduction = "mean") -> Array:
    """∂L/∂xᵢ = sign(xᵢ − tᵢ)/n, and 0 at the kink"""
    return each(g, x, reduction) * np.sign(x - t)


@_gradient_of(l1)
def l1_dt(g: Array, y: Array, x: Array, t: Array, *, reduction: Reduction = "mean") -> Array:
    """∂L/∂tᵢ = −sign(xᵢ − tᵢ)/n"""
    return -each(g, x, reduction) * np.sign(x - t)


@_loss(after="Huber 1964")
def huber(x: Array, t: Array, *, delta: float = 1.0, reduction: Reduction = "mean") -> Array:
    """L = ½ dᵢ² if |dᵢ| ≤ δ, else δ(|dᵢ| − ½ δ), where dᵢ = xᵢ − tᵢ

    The mean over all i.
    """
    d = x - t
    c = np.clip(d, -delta, delta)
    return reduced(c * (d - 0.5 * c), reduction)  # in both cases, and no square overflows


@_gradient_of(huber)
def huber_dx(g: Array, y: Array, x: Array, t: Array, *, delta: float = 1.0, reduction: Reduction = "mean") -> Array:
    """∂L/∂xᵢ = min{max{−δ, dᵢ}, δ}/n"""
    return each(g, x, reduction) * np.clip(x - t, -delta, delta)


@_gradient_of(huber)
def huber_dt(g: Array, y: Array, x: Array, t: Array, *, delta: float = 1.0, reduction: Reduction = "mean") -> Array:
    """∂L/∂tᵢ = −min{max{−δ, dᵢ}, δ}/n"""
    return -huber_dx(g, y, x, t, delta=delta, reduction=reduction)


@_loss(after="Girshick 2015")
def smooth_l1(x: Array, t: Array, *, beta: float = 1.0, reduction: Reduction = "mean") -> Array:
    """L = dᵢ²/2β if |dᵢ| ≤ β, else |dᵢ| − ½ β, where dᵢ = xᵢ − tᵢ

    The mean over all i; `l1` where β is 0.
    """
    return huber(x, t, delta=beta, reduction=reduction) / beta if beta else l1(x, t, reduction=reduction)


@_gradient_of(smooth_l1)
def smooth_l1_dx(g: Array, y: Array, x: Array, t: Array, *, beta: float = 1.0, reduction: Reduction = "mean") -> Array:
    """∂L/∂xᵢ = min{max{−1, dᵢ/β}, 1}/n"""
    return each(g, x, reduction) * (np.clip((x - t) / beta, -1.0, 1.0) if beta else np.sign(x - t))


@_gradient_of(smooth_l1)
def smooth_l1_dt(g: Array, y: Array, x: Array, t: Array, *, beta: float = 1.0, reduction: Reduction = "mean") -> Array:
    """∂L/∂tᵢ = −min{max{−1, dᵢ/β}, 1}/n"""
    return -smooth_l1_dx(g, y, x, t, beta=beta, reduction=reduction)


@_loss()
def hinge(x: Array, t: Array, *, margin: float = 1.0, reduction: Reduction = "mean") -> Array:
    """L = max{0, margin − tᵢ xᵢ} for targets of −1 and 1

    The mean over all i.
    """
    slack = margin - t * x
    return reduced(np.where(slack <= 0, 0.0, slack), reduction)


@_gradient_of(hinge)
def hinge_dx(g: Array, y: Array, x: Array, t: Array, *, margin: float = 1.0, reduction: Reduction = "mean") -> Array:
    """∂L/∂xᵢ = −tᵢ/n if tᵢ xᵢ < margin, else 0"""
    return each(g, x, reduction) * np.where(margin - t * x <= 0, 0.0, -t)


@_gradient_of(hinge)
def hinge_dt(g: Array, y: Array, x: Array, t: Array, *, margin: float = 1.0, reduction: Reduction = "mean") -> Array:
    """∂L/∂tᵢ = −xᵢ/n if tᵢ xᵢ < margin, else 0"""
    return each(g, x, reduction) * np.where(margin - t * x <= 0, 0.0, -x)


def bce(x: Array, t: Array, *, reduction: Reduction = "mean") -> Array:
    """L = −tᵢ log xᵢ − (1 − tᵢ) log(1 − xᵢ), where 0 log 0 = 0

    The mean over all i.
    Shapes: probabilities x and targets t the same, any; the result (), or theirs for reduction "none".
    Raises: ValueError for an unknown reduction, and by the module for shapes that differ, and numbers outside 0..1.
    Source: loss.bce.y, ours. For scores that have not been through a sigmoid take `bce_with_logits`.
    """
    yes, no = _odds(x, t)
    return reduced(-t * np.log(yes) - (1.0 - t) * np.log(no), reduction)


@_gradient_of(bce)
def bce_dx(g: Array, y: Array, x: Array, t: Array, *, reduction: Reduction = "mean") -> Array:
    """∂L/∂xᵢ = ((1 − tᵢ)/(1 − xᵢ) − tᵢ/xᵢ)/n, where 0/0 = 0"""
    yes, no = _odds(x, t)
    return each(g, x, reduction) * ((1.0 - t) / no - t / yes)


@_gradient_of(bce)
def bce_dt(g: Array, y: Array, x: Array, t: Array, *, reduction: Reduction = "mean") -> Array:
    """∂L/∂tᵢ = (log(1 − xᵢ) − log xᵢ)/n"""
    yes, no = _odds(x, t)
    return each(g, x, reduction) * (np.log(no) - np.log(yes))


@_loss("scores x and targets t")
def bce_with_logits(x: Array, t: Array, *, reduction: Reduction = "mean") -> Array:
    """L = log(1 + exp(xᵢ)) − tᵢ xᵢ, which is `bce` of σ(x)

    The mean over all i.
    """
    return reduced(np.logaddexp(0.0, x) - t * x, reduction)


@_gradient_of(bce_with_logits)
def bce_with_logits_dx(g: Array, y: Array, x: Array, t: Array, *, reduction: Reduction = "mean") -> Array:
    """∂L/∂xᵢ = (σ(xᵢ) − tᵢ)/n"""
    return each(g, x, reduction) * (np.exp(-np.logaddexp(0.0, -x)) - t)


@_gradient_of(bce_with_logits)
def bce_with_logits_dt(g: Array, y: Array, x: Array, t: Array, *, reduction: Reduction = "mean") -> Array:
    """∂L/∂tᵢ = −xᵢ/n"""
    return -each(g, x, reduction) * x


@_loss("x and p")
def kl_div(x: Array, p: Array, *, log_target: bool = False, reduction: Reduction = "mean") -> Array:
    """L = pᵢ (log pᵢ − xᵢ) for log-probabilities x and targets p

    The mean over all i, where 0 log 0 = 0.

    With `log_target` p holds logarithms too.
    """
    if log_target:
        return reduced(np.exp(p) * (p - x), reduction)
    return reduced(p * (np.log(np.where(np.equal(p, 0), 1.0, p)) - possible(x, p)), reduction)


@_gradient_of(kl_div)
def kl_div_dx(
    g: Array, y: Array, x: Array, p: Array, *, log_target: bool = False, reduction: Reduction = "mean"
) -> Array:
    """∂L/∂xᵢ = −pᵢ/n"""
    return -each(g, x, reduction) * (np.exp(p) if log_target else p)


@_gradient_of(kl_div)
def kl_div_dp(
    g: Array, y: Array, x: Array, p: Array, *, log_target: bool = False, reduction: Reduction = "mean"
) -> Array:
    """∂L/∂pᵢ = (log pᵢ + 1 − xᵢ)/n, and −xᵢ/n where pᵢ is 0; by logarithms exp(pᵢ)(pᵢ + 1 − xᵢ)/n"""
    if log_target:
        return each(g, x, reduction) * (np.exp(p) * (p + 1.0 - x))
    nothing = np.equal(p, 0)
    return each(g, x, reduction) * (np.where(nothing, 0.0, np.log(np.where(nothing, 1.0, p)) + 1.0) - possible(x, p))


def nll(x: Array, p: Array, *, reduction: Reduction = "mean") -> Array:
    """L = −Σ pᵢ xᵢ for log-probabilities x and targets p

    The mean over the batch.
    Shapes: x and p (..., K); the result (), or (...) for reduction "none".
    Raises: ValueError for an unknown reduction, and by the module for shapes that do not fit.
    Source: loss.nll.y, ours.
    """
    return reduced(-np.sum(p * possible(x, p), axis=-1), reduction)


@gradient_of(nll, "x, p and the result (..., K); g and y as `nll` gives them")
def nll_dx(g: Array, y: Array, x: Array, p: Array, *, reduction: Reduction = "mean") -> Array:
    """∂L/∂xᵢ = −pᵢ"""
    return -per_sample(g, x, reduction) * p


@gradient_of(nll, "x, p and the result (..., K); g and y as `nll` gives them")
def nll_dp(g: Array, y: Array, x: Array, p: Array, *, reduction: Reduction = "mean") -> Array:
    """∂L/∂pᵢ = −xᵢ"""
    return -per_sample(g, x, reduction) * possible(x, p)


def _odds(x: Array, t: Array) -> tuple[Array, Array]:
    """X and 1 − x, with 1, whose logarithm is 0, for what was impossible, and did not happen."""
    no = 1.0 - x
    return np.where(np.equal(x, 0) & np.equal(t, 0), 1.0, x), np.where(np.equal(no, 0) & np.equal(t, 1), 1.0, no)
