"""Losses: cross-entropy of probabilities, of logits, and squared error.

The last axis is one sample's vector, the axes before it are the batch. `reduction` is "mean" over the batch, "sum", or
"none" for one loss a sample; for a single sample all three are the document's formula.
"""

from __future__ import annotations

from typing import Any

import numpy as np

from ..closed_form import loss as cf
from ..closed_form.reductions import Reduction
from ..data.batches import labels_within, one_hot
from ..engine.around import quiet
from ..engine.values import Traced, array, raw, truth
from .applied import WithSettings
from .fusion import fused_by, requiring
from .loss_targets import classes, constant_array, over
from .module import require

SLACK = 0.01  # what rounding in float16, and the steps of differences, may add to a probability


def _same_shape(name: str, x: Any, target: Any, labels: bool = False) -> None:
    require(np.ndim(x) > 0, f"{name}: the last axis is one sample's vector, so a number needs one: x[None], t[None]")
    integers = f", or {np.shape(x)[:-1]} for integer labels" if labels else ""
    require(
        np.shape(x) == np.shape(target),
        f"{name}: predictions have shape {np.shape(x)}, targets {np.shape(target)}; they must be equal{integers}, and "
        "are never broadcast: reshape the targets, for instance t[:, None] for one output a sample",
    )


def _probabilities(what: str, x: Any, slack: float, hint: str) -> None:
    """Require numbers that sum to 1 along the last axis, none of them below 0. (A nan passes, and stays one.)"""
    numbers = array(raw(x))
    if not isinstance(numbers, Traced) and _plainly(numbers, slack):
        return
    numbers = numbers.astype(float)
    total = np.sum(numbers, axis=-1)
    for wrong, found in ((numbers < -slack, numbers), (np.abs(total - 1.0) > SLACK, total)):
        if truth(np.any(wrong)):
            index = tuple(int(i) for i in np.argwhere(wrong)[0])
            require(
                False,
                f"{what} must be probabilities, numbers from 0 to 1 that sum to 1 along the last axis; "
                f"got {'a sum of ' if found is total else ''}{found[index]:.6g} at index {index}{hint}",
            )


def _plainly(x: Any, slack: float) -> bool:
    """Whether these are probabilities, without a nan among them: no array of their size is needed to tell."""
    total = np.sum(x, axis=-1, dtype=np.result_type(x, np.float32))
    return bool(np.min(x, initial=0.0) >= -slack and np.max(np.abs(total - 1.0), initial=0.0) <= SLACK)


def _distributions(x: Any, p: Any, *, reduction: Reduction = "mean") -> None:
    _same_shape("cross_entropy", x, p)
    _probabilities("cross_entropy: the predictions x", x, 0.0, "; of scores take softmax_cross_entropy(x, p)")
    _probabilities("cross_entropy: the targets p", p, SLACK, "; the predictions come first: cross_entropy(x, p)")


def _vectors(x: Any, t: Any, *, reduction: Reduction = "mean") -> None:
    _same_shape("squared_error", x, t)


cross_entropy = fused_by(cf.cross_entropy_dx, cf.cross_entropy_dp)(quiet(requiring(_distributions)(cf.cross_entropy)))
squared_error = fused_by(cf.squared_error_dx, cf.squared_error_dt)(requiring(_vectors)(cf.squared_error))
_of_scores = fused_by(cf.softmax_cross_entropy_dx, cf.softmax_cross_entropy_dp)(cf.softmax_cross_entropy)


def softmax_cross_entropy(
    x: Any, p: Any,
    *, weight: Any = None, ignore_index: int | None = None, label_smoothing: float = 0.0, axis: int = -1,
    reduction: Reduction = "mean",
) -> Any:  # fmt: skip
    """L = −Σ pᵢ log softmax(x)ᵢ for scores (logits) x and targets p, where 0 log 0 = 0: a score of −∞ masks a class

    Shapes: x (..., K), the K classes along `axis`; p the same, of probabilities, or (...) of integer class labels;
    L (), or (...) for "none". `weight` (K,) multiplies pᵢ, and the mean with labels is divided by the weights of the
    labels; a label of `ignore_index` costs nothing, and is not counted; of `label_smoothing` ε, p is (1 − ε) p + ε/K.
    Raises: ValueError for shapes that do not fit, labels outside 0..K-1, an unknown reduction, and targets that are
    no probabilities: numbers below 0, or that do not sum to 1 (within 1 %).
    Source: loss.softmax_cross_entropy.y, ours: the document's Softmax and Cross-Entropy, joined so that no logarithm
    of 0 is taken.

    >>> import autograd_zoo as az
    >>> az.grad(lambda x: az.nn.softmax_cross_entropy(x, 1))([0.0, 0.0])
    array([ 0.5, -0.5])
    """
    integers, labels = array(raw(p)), False
    if weight is not None or ignore_index is not None or label_smoothing or axis not in (-1, np.ndim(x) - 1):
        options = {"weight": weight, "ignore_index": ignore_index, "label_smoothing": label_smoothing}
        x, targets, total = classes("softmax_cross_entropy", x, p, axis=axis, **options)
        if np.shape(p) != np.shape(targets)[:-1]:
            _probabilities("softmax_cross_entropy: the targets p", np.moveaxis(raw(p), axis, -1), SLACK, "")
        if total is None:
            return _of_scores(x, targets, reduction=reduction)
        return over(_of_scores(x, targets, reduction="none"), total, reduction)
    if integers.dtype.kind in "iu":
        dtype, labels = getattr(x, "dtype", np.float64), np.ndim(x) > 0 and integers.shape == np.shape(x)[:-1]
        if labels and not isinstance(integers, Traced):
            return _of_scores(x, labels_within(integers, np.shape(x)[-1]), reduction=reduction)
        p = one_hot(integers, np.shape(x)[-1], dtype=dtype) if labels else integers.astype(dtype)
    _same_shape("softmax_cross_entropy", x, p, labels=True)
    if not labels:
        hint = "; the scores come first: softmax_cross_entropy(x, p)"
        _probabilities("softmax_cross_entropy: the targets p", p, SLACK, hint)
    return _of_scores(x, p, reduction=reduction)


class Loss(WithSettings):
    """What the losses share: how they are reduced, which may be their only setting."""

    settings: tuple[str, ...] = ("reduction",)

    def __init__(self, reduction: Reduction = "mean") -> None:
        self.reduction = reduction

    def forward(self, x: Any, t: Any) -> Any:
        """Compare predictions x with targets t, in the form that the function takes."""
        return self.form(x, t, **self._settings())


class LossOfDistribution(Loss):
    """What the losses share whose targets are probabilities, or labels in their place."""

    def forward(self, x: Any, p: Any) -> Any:
        """Compare predictions x with targets p, in the form that the function takes."""
        return self.form(x, p, **self._settings())


class CrossEntropy(LossOfDistribution):
    """L = −Σ pᵢ log xᵢ for probabilities; see `cross_entropy`. For scores take `SoftmaxCrossEntropy`."""

    form = staticmethod(cross_entropy)


class SoftmaxCrossEntropy(LossOfDistribution):
    """L = −Σ pᵢ log softmax(x)ᵢ for scores; see `softmax_cross_entropy`."""

    form = staticmethod(softmax_cross_entropy)
    settings = ("weight", "ignore_index", "label_smoothing", "axis", "reduction")

    def __init__(
        self,
        reduction: Reduction = "mean",
        *,
        weight: Any = None,
        ignore_index: int | None = None,
        label_smoothing: float = 0.0,
        axis: int = -1,
    ) -> None:
        self.reduction, self.weight = reduction, constant_array(weight)
        self.ignore_index, self.label_smoothing, self.axis = ignore_index, label_smoothing, axis

    def extra_repr(self) -> str:
        """The reduction, and what is not as it would be without a word."""
        shown = {"ignore_index": (self.ignore_index, None), "label_smoothing": (self.label_smoothing, 0.0)}
        shown["axis"] = (self.axis, -1)
        said = [f"{name}={value!r}" for name, (value, default) in shown.items() if value != default]
        return ", ".join([f"reduction={self.reduction!r}", *said])


class SquaredError(Loss):
    """L = ‖t − x‖²; see `squared_error`."""

    form = staticmethod(squared_error)
