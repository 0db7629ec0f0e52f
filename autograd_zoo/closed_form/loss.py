"""Losses: cross-entropy, softmax cross-entropy and squared error as plain NumPy functions.

The last axis is one sample's vector, the axes before it are the batch. `reduction` says what becomes of the samples'
losses: "mean" over the batch, "sum", or "none" for one loss a sample; an empty batch has loss 0. A
gradient has a rule's signature `(g, y, *inputs, **params)`. The document stops at ∂L/∂x because L is the last node;
here g = ∂L/∂y, 1 in the document, multiplies it.
"""

import numpy as np

from .activation import log_softmax, softmax
from .docstrings import gradient_of
from .loss_elementwise import *  # noqa: F403  # what its __all__ says
from .notation import Array
from .reductions import Reduction, per_sample, possible, reduced, safe


def cross_entropy(x: Array, p: Array, *, reduction: Reduction = "mean") -> Array:
    """L = −Σ pᵢ log xᵢ for predicted probabilities x and targets p, where 0 log 0 = 0

    Shapes: x and p (..., K); the result (), or (...) for reduction "none".
    Raises: ValueError for an unknown reduction, and by the module for shapes that differ and what is no probability:
    numbers below 0, or that do not sum to 1 (within 1 %, so that differences can be taken). A nan is neither.
    Source: loss.cross_entropy.y. For scores that have not been through a softmax take `softmax_cross_entropy`.

    >>> float(cross_entropy(np.array([0.5, 0.5, 0.0]), np.array([1.0, 0.0, 0.0])))
    0.6931471805599453
    """
    return reduced(-np.sum(p * np.log(safe(x, p)), axis=-1), reduction)


@gradient_of(cross_entropy, "x, p and the result (..., K); g and y as `cross_entropy` gives them")
def cross_entropy_dx(g: Array, y: Array, x: Array, p: Array, *, reduction: Reduction = "mean") -> Array:
    """∂L/∂xᵢ = −pᵢ/xᵢ, and 0 where both are 0"""
    return -per_sample(g, x, reduction) * p / safe(x, p)


@gradient_of(cross_entropy, "x, p and the result (..., K); g and y as `cross_entropy` gives them", also="ours")
def cross_entropy_dp(g: Array, y: Array, x: Array, p: Array, *, reduction: Reduction = "mean") -> Array:
    """∂L/∂pᵢ = −log xᵢ, and 0 where xᵢ and pᵢ are 0"""
    return -per_sample(g, x, reduction) * np.log(safe(x, p))


def softmax_cross_entropy(x: Array, p: Array, *, reduction: Reduction = "mean") -> Array:
    """L = −Σ pᵢ log softmax(x)ᵢ, where 0 log 0 = 0

    Shapes: logits x and targets p (..., K), or the labels (...) where p is 1; the result (), or (...) for "none".
    Raises: ValueError for an unknown reduction.
    Source: loss.softmax_cross_entropy.y, ours.
    """
    logs = log_softmax(x)
    if len(np.shape(p)) < len(np.shape(x)):
        return reduced(-np.take_along_axis(logs, np.expand_dims(p, -1), axis=-1)[..., 0], reduction)
    return reduced(-np.sum(p * possible(logs, p), axis=-1), reduction)


def softmax_cross_entropy_dx(g: Array, y: Array, x: Array, p: Array, *, reduction: Reduction = "mean") -> Array:
    """∂L/∂x = (softmax(x) Σ pᵢ − p)ᵀ; the targets need not sum to 1

    Shapes: x and the result (..., K), p (..., K) or labels (...); g and y as `softmax_cross_entropy` gives them.
    Source: loss.softmax_cross_entropy.dx, ours.
    """
    if len(np.shape(p)) < len(np.shape(x)):
        p = np.equal(np.expand_dims(p, -1), np.arange(np.shape(x)[-1])).astype(x.dtype)
    return per_sample(g, x, reduction) * (softmax(x) * np.sum(p, axis=-1, keepdims=True) - p)


@gradient_of(softmax_cross_entropy, "x, p and the result (..., K); g and y as `softmax_cross_entropy` gives them")
def softmax_cross_entropy_dp(g: Array, y: Array, x: Array, p: Array, *, reduction: Reduction = "mean") -> Array:
    """∂L/∂pᵢ = −log softmax(x)ᵢ, and 0 where pᵢ and softmax(x)ᵢ are 0"""
    return -per_sample(g, x, reduction) * possible(log_softmax(x), p)


def squared_error(x: Array, t: Array, *, reduction: Reduction = "mean") -> Array:
    """L = ‖t − x‖² = Σ (tᵢ − xᵢ)² for predictions x and targets t

    Shapes: x and t (..., K); the result (), or (...) for reduction "none".
    Raises: ValueError for an unknown reduction, and by the module for shapes that differ: they are not broadcast.
    Source: loss.squared_error.y.norm and loss.squared_error.y.sum.
    """
    return reduced(np.sum((t - x) ** 2, axis=-1), reduction)


@gradient_of(squared_error, "x, t and the result (..., K); g and y as `squared_error` gives them")
def squared_error_dx(g: Array, y: Array, x: Array, t: Array, *, reduction: Reduction = "mean") -> Array:
    """∂L/∂x = −2(t − x)ᵀ"""
    return per_sample(g, x, reduction) * (-2.0 * (t - x))


@gradient_of(squared_error, "x, t and the result (..., K); g and y as `squared_error` gives them", also="ours")
def squared_error_dt(g: Array, y: Array, x: Array, t: Array, *, reduction: Reduction = "mean") -> Array:
    """∂L/∂t = 2(t − x)ᵀ"""
    return per_sample(g, x, reduction) * (2.0 * (t - x))
