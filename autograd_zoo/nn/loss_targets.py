"""Targets of losses over classes: labels or shares, along any axis, weighted, smoothed, some of them ignored."""

from __future__ import annotations

from typing import Any

import numpy as np

from ..closed_form.reductions import Reduction, known
from ..data import one_hot
from ..engine.tensor import Tensor
from ..engine.values import array, raw, unmasked
from .module import require


def classes(
    name: str, x: Any, p: Any,
    *, weight: Any = None, ignore_index: int | None = None, label_smoothing: float = 0.0, axis: int = -1,
) -> tuple[Any, Any, Any]:  # fmt: skip
    """Predictions (..., K) with the classes last, their targets, and what the sum of the losses is divided by.

    The last is None where it is the number of samples. `p` are labels, integers without the axis of classes, or shares.
    """
    shape = np.shape(x)
    require(len(shape) > 0, f"{name}: the classes need an axis, so a number is none: x[None]")
    require(-len(shape) <= axis < len(shape), f"{name}: x of shape {shape} has no axis {axis}")
    require(0 <= label_smoothing <= 1, f"{name}: label_smoothing must lie between 0 and 1, got {label_smoothing}")
    count = shape[axis]
    if weight is not None:
        fits = np.shape(weight) == (count,)
        require(fits, f"{name}: weight must have one number for each of {count} classes, got shape {np.shape(weight)}")
    samples = shape[: axis % len(shape)] + shape[axis % len(shape) + 1 :]
    weight, labels = of_kind(weight, x), array(raw(p))
    x = np.moveaxis(x, axis, -1) if axis not in (-1, len(shape) - 1) else x
    total = None
    if labels.dtype.kind in "iu" and labels.shape == samples:
        used = None if ignore_index is None else np.not_equal(labels, ignore_index)
        hot = one_hot(labels if used is None else np.where(used, labels, 0), count, dtype=getattr(x, "dtype", float))
        if used is not None:
            hot = np.where(used[..., None], hot, 0.0)
            x = np.where(used[..., None], x, 0.0)  # so that a sample that is ignored may be anything
        if weight is not None or used is not None:
            total = np.sum(hot if weight is None else hot * weight)
        targets = _smoothed(hot, label_smoothing, used)
    else:
        require(
            np.shape(p) == shape,
            f"{name}: predictions have shape {shape}, targets {np.shape(p)}; they must be equal, or {samples} for "
            "integer labels, and are never broadcast",
        )
        require(ignore_index is None, f"{name}: ignore_index needs integer labels of shape {samples}")
        targets = np.moveaxis(p, axis, -1) if axis not in (-1, len(shape) - 1) else p
        targets = _smoothed(targets, label_smoothing, None)
    return x, targets if weight is None else targets * weight, total


def _smoothed(targets: Any, label_smoothing: float, used: Any) -> Any:
    """Targets of which a share is taken and given to all classes alike, but those of samples that are ignored."""
    if not label_smoothing:
        return targets
    share = label_smoothing / np.shape(targets)[-1]
    return (1.0 - label_smoothing) * targets + (share if used is None else np.where(used[..., None], share, 0.0))


def over(losses: Any, total: Any, reduction: Reduction) -> Any:
    """The samples' losses, reduced; their mean is their sum divided by `total`, and 0 where that is 0."""
    if known(reduction) == "none":
        return losses
    return np.sum(losses) / np.where(np.equal(total, 0), 1.0, total) if reduction == "mean" else np.sum(losses)


def of_kind(weight: Any, x: Any) -> Any:
    """Weights in the float type of x, unless they are a Tensor: so float32 stays float32."""
    dtype = getattr(x, "dtype", np.dtype(float))
    if weight is None or isinstance(weight, Tensor) or dtype.kind != "f":
        return weight
    return array(unmasked(weight)).astype(dtype, copy=False)


def constant_array(weight: Any) -> Any:
    """Weights as an array, which a module stores and does not train; a parameter stays one, and None."""
    return weight if weight is None or hasattr(weight, "backward") else np.asarray(weight, dtype=float)
