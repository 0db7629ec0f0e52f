"""What the losses share: sums over samples, the gradient that reaches each of them, and 0 log 0."""

import math
from typing import Literal, get_args

import numpy as np

from .notation import Array
from .protocol import some

Reduction = Literal["sum", "mean", "none"]


def safe(x: Array, p: Array) -> Array:
    """X with 1, whose logarithm is 0, where an impossible event was given probability 0."""
    return np.where(np.equal(x, 0) & np.equal(p, 0), 1.0, x)


def possible(logs: Array, p: Array) -> Array:
    """Logarithms of probabilities with 0 where an impossible event was given probability 0."""
    impossible = np.equal(logs, -math.inf) & np.equal(p, 0)
    return np.where(impossible, 0.0, logs) if some(impossible) else logs


def _known(reduction: Reduction) -> Reduction:
    if reduction not in get_args(Reduction):
        raise ValueError(f"reduction must be 'mean', 'sum' or 'none', got {reduction!r}")
    return reduction


def reduced(losses: Array, reduction: Reduction) -> Array:
    """The samples' losses as `reduction` says; a single one is what it is, and an empty batch has loss 0."""
    if _known(reduction) == "none" or not np.shape(losses):
        return losses
    total = np.sum(losses)
    return total / max(1, math.prod(np.shape(losses))) if reduction == "mean" else total


def per_sample(g: Array, x: Array, reduction: Reduction) -> Array:
    """The gradient that reaches each sample's loss, so that it broadcasts with x."""
    if _known(reduction) == "mean":
        g = g / max(1, math.prod(np.shape(x)[:-1]))
    return np.expand_dims(g, -1) if reduction == "none" and np.shape(x) else g
