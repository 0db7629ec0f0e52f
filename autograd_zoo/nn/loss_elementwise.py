"""Losses of PyTorch's names: one for each element, reduced over all of them, and the negative log-likelihood.

Predictions and targets have one shape, and are never broadcast. `reduction` is "mean" over all elements, "sum", or
"none" for one loss an element. `weight`, where there is one, multiplies the elements' losses, and broadcasts.
"""

from __future__ import annotations

from typing import Any

import numpy as np

from ..closed_form import loss as cf
from ..closed_form.reductions import Reduction, reduced
from ..engine.around import quiet
from ..engine.values import array, raw, truth
from .activation import softplus
from .fusion import fused_by, loud, requiring
from .loss import Loss, LossOfDistribution
from .loss_targets import classes, constant_array, of_kind, over
from .module import require


def _alike(x: Any, t: Any, **params: Any) -> None:
    require(
        np.shape(x) == np.shape(t),
        f"predictions have shape {np.shape(x)}, targets {np.shape(t)}; they must be equal, and are never broadcast: "
        "reshape the targets, for instance t[:, None] for one output a sample",
    )


def _positive(x: Any, t: Any, *, delta: float = 1.0, reduction: Reduction = "mean") -> None:
    require(delta > 0, f"huber: delta must be larger than 0, got {delta}")


def _not_negative(x: Any, t: Any, *, beta: float = 1.0, reduction: Reduction = "mean") -> None:
    require(beta >= 0, f"smooth_l1: beta must not be negative, got {beta}")


def _shares(x: Any, t: Any, *, reduction: Reduction = "mean") -> None:
    for what, numbers, hint in (
        ("the predictions x", x, "; of scores take bce_with_logits(x, t)"),
        ("the targets t", t, "; the predictions come first: bce(x, t)"),
    ):
        values = array(raw(numbers))
        outside = (values < 0) | (values > 1)
        if truth(np.any(outside)):
            require(False, f"bce: {what} must lie between 0 and 1, got {values[outside].flat[0]:.6g}{hint}")


l1 = fused_by(cf.l1_dx, cf.l1_dt)(requiring(_alike)(cf.l1))
smooth_l1 = fused_by(cf.smooth_l1_dx, cf.smooth_l1_dt)(requiring(_alike)(requiring(_not_negative)(cf.smooth_l1)))
huber = fused_by(cf.huber_dx, cf.huber_dt)(requiring(_alike)(requiring(_positive)(cf.huber)))
hinge = fused_by(cf.hinge_dx, cf.hinge_dt)(requiring(_alike)(loud(cf.hinge)))
kl_div = fused_by(cf.kl_div_dx, cf.kl_div_dp)(requiring(_alike)(cf.kl_div))
_bce = fused_by(cf.bce_dx, cf.bce_dt)(quiet(requiring(_alike)(requiring(_shares)(cf.bce))))
_of_scores = fused_by(cf.bce_with_logits_dx, cf.bce_with_logits_dt)(quiet(requiring(_alike)(cf.bce_with_logits)))
_nll = fused_by(cf.nll_dx, cf.nll_dp)(requiring(_alike)(cf.nll))


def bce(x: Any, t: Any, *, weight: Any = None, reduction: Reduction = "mean") -> Any:
    """L = −wᵢ (tᵢ log xᵢ + (1 − tᵢ) log(1 − xᵢ)), the mean over all i, where 0 log 0 = 0; without `weight` w is 1

    Shapes: probabilities x and targets t the same, any; the result (), or theirs for reduction "none".
    Raises: ValueError for shapes that differ, numbers outside 0..1, and an unknown reduction.
    Source: loss.bce.y, ours. For scores that have not been through a sigmoid take `bce_with_logits`.
    """
    if weight is None:
        return _bce(x, t, reduction=reduction)
    return reduced(of_kind(weight, x) * _bce(x, t, reduction="none"), reduction)


def bce_with_logits(
    x: Any, t: Any, *, weight: Any = None, pos_weight: Any = None, reduction: Reduction = "mean"
) -> Any:
    """L = wᵢ (pᵢ tᵢ log(1 + exp(−xᵢ)) + (1 − tᵢ) log(1 + exp(xᵢ))), the mean over all i

    Shapes: scores x and targets t the same, any; the result (), or theirs for reduction "none". Without `weight` w is
    1, and without `pos_weight` p; both broadcast.
    Raises: ValueError for shapes that differ and an unknown reduction.
    Source: loss.bce_with_logits.y, ours: `bce` of σ(x), joined so that no logarithm of 0 is taken.
    """
    if weight is None and pos_weight is None:
        return _of_scores(x, t, reduction=reduction)
    losses = _of_scores(x, t, reduction="none")
    if pos_weight is not None:
        losses = losses + (of_kind(pos_weight, x) - 1.0) * t * softplus(-x)
    return reduced(losses if weight is None else of_kind(weight, x) * losses, reduction)


def nll(
    x: Any,
    p: Any,
    *,
    weight: Any = None,
    ignore_index: int | None = None,
    axis: int = -1,
    reduction: Reduction = "mean",
) -> Any:
    """L = −Σ pᵢ xᵢ for log-probabilities x and targets p, where 0 log 0 = 0; the mean over the batch

    Shapes: x (..., K), the K classes along `axis`; p the same, or (...) of integer class labels; L (), or (...) for
    "none". `weight` (K,) and `ignore_index` are those of `softmax_cross_entropy`.
    Raises: ValueError for shapes that do not fit, labels outside 0..K-1, and an unknown reduction.
    Source: loss.nll.y, ours.

    >>> float(nll([-0.5, -2.0], 1))
    2.0
    """
    x, targets, total = classes("nll", x, p, weight=weight, ignore_index=ignore_index, axis=axis)
    return (
        over(_nll(x, targets, reduction="none"), total, reduction)
        if total is not None
        else _nll(x, targets, reduction=reduction)
    )


class L1(Loss):
    """L = |xᵢ − tᵢ|; see `l1`."""

    form = staticmethod(l1)


class SmoothL1(Loss):
    """L = dᵢ²/2β if |dᵢ| ≤ β, else |dᵢ| − ½ β, where dᵢ = xᵢ − tᵢ; see `smooth_l1`."""

    form = staticmethod(smooth_l1)
    settings = ("beta", "reduction")

    def __init__(self, reduction: Reduction = "mean", beta: float = 1.0) -> None:
        self.reduction, self.beta = reduction, beta


class Huber(Loss):
    """L = ½ dᵢ² if |dᵢ| ≤ δ, else δ(|dᵢ| − ½ δ), where dᵢ = xᵢ − tᵢ; see `huber`."""

    form = staticmethod(huber)
    settings = ("delta", "reduction")

    def __init__(self, reduction: Reduction = "mean", delta: float = 1.0) -> None:
        self.reduction, self.delta = reduction, delta


class Hinge(Loss):
    """L = max{0, margin − tᵢ xᵢ} for targets of −1 and 1; see `hinge`."""

    form = staticmethod(hinge)
    settings = ("margin", "reduction")

    def __init__(self, margin: float = 1.0, reduction: Reduction = "mean") -> None:
        self.margin, self.reduction = margin, reduction


class BCE(Loss):
    """L = −tᵢ log xᵢ − (1 − tᵢ) log(1 − xᵢ) for probabilities; see `bce`. For scores take `BCEWithLogits`."""

    form = staticmethod(bce)
    settings = ("weight", "reduction")

    def __init__(self, weight: Any = None, reduction: Reduction = "mean") -> None:
        self.weight, self.reduction = constant_array(weight), reduction


class BCEWithLogits(Loss):
    """L = log(1 + exp(xᵢ)) − tᵢ xᵢ for scores; see `bce_with_logits`."""

    form = staticmethod(bce_with_logits)
    settings = ("weight", "pos_weight", "reduction")

    def __init__(self, weight: Any = None, reduction: Reduction = "mean", pos_weight: Any = None) -> None:
        self.weight, self.pos_weight = constant_array(weight), constant_array(pos_weight)
        self.reduction = reduction


class KLDiv(LossOfDistribution):
    """L = pᵢ (log pᵢ − xᵢ) for log-probabilities x; see `kl_div`."""

    form = staticmethod(kl_div)
    settings = ("log_target", "reduction")

    def __init__(self, reduction: Reduction = "mean", log_target: bool = False) -> None:
        self.reduction, self.log_target = reduction, log_target


class NLL(LossOfDistribution):
    """L = −Σ pᵢ xᵢ for log-probabilities x; see `nll`. For scores take `SoftmaxCrossEntropy`."""

    form = staticmethod(nll)
    settings = ("weight", "ignore_index", "axis", "reduction")

    def __init__(
        self,
        weight: Any = None,
        ignore_index: int | None = None,
        reduction: Reduction = "mean",
        *,
        axis: int = -1,
    ) -> None:
        self.weight, self.ignore_index = constant_array(weight), ignore_index
        self.reduction, self.axis = reduction, axis
