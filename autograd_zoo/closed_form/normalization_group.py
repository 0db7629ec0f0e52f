"""Group and Instance Normalization, which take the statistics of one sample by channels, as plain NumPy functions.

A gradient has a rule's signature `(g, y, *inputs, **params)` with g = ∂L/∂y. Statistics are taken in float64, results
come back in the dtype of x. γ = None stands for ones, β = None for zeros.
"""

import numpy as np

from .docstrings import gradient_of
from .moments import AffineGradients, Axes, affine, standardized, standardized_gradients
from .notation import Array, Maybe

__all__ = ["group_norm", "group_norm_gradients", "instance_norm", "instance_norm_gradients"]

_CHANNEL = (1,)


def group_norm(x: Array, gamma: Maybe = None, beta: Maybe = None, *, groups: int, eps: float = 1e-5) -> Array:
    """y = γ (x − μ)/√(σ² + ε) + β, with the statistics of each sample over a group of channels and all positions

    Shapes: x and the result (N, C) or (N, C, ...), C a multiple of groups; gamma and beta (C,) or None.
    Raises: ValueError where the groups do not divide the channels, for gamma or beta of another shape, and by the
    module for an empty batch, and for integers.
    Source: normalization.group_norm.y, ours, after Wu and He 2018.

    >>> group_norm(np.array([[1.0, 3.0, 10.0, 30.0]]), groups=2, eps=0.0)
    array([[-1.,  1., -1.,  1.]])
    """
    x_hat, _ = standardized(*_grouped(x, groups), eps)
    return affine(np.reshape(x_hat, x.shape), gamma, beta, x, _CHANNEL)


def group_norm_gradients(
    g: Array, y: Array, x: Array, gamma: Maybe = None, beta: Maybe = None, *, groups: int, eps: float = 1e-5
) -> AffineGradients:
    """∂L/∂x = (s − 1/M Σ s − x̂ 1/M Σ s x̂)/√(σ² + ε), where s = ∂L/∂y γ and the sums are over a group, and

    ∂L/∂γ = Σ ∂L/∂y x̂ and ∂L/∂β = Σ ∂L/∂y over the samples and all positions

    Shapes: g, y and x (N, C, ...), gamma and beta (C,) or None, each gradient as its input.
    Source: normalization.group_norm.dx and its like, ours.
    """
    grouped, axes = _grouped(x, groups)
    weight, bias = [None if v is None else np.reshape(v, grouped.shape[1:3]) for v in (gamma, beta)]
    found = standardized_gradients(np.reshape(g, grouped.shape), grouped, weight, bias, axes, (1, 2), eps)
    like = zip(found, (x, gamma, beta), strict=True)
    return AffineGradients(*[None if v is None else np.reshape(v, np.shape(u)) for v, u in like])


def instance_norm(x: Array, gamma: Maybe = None, beta: Maybe = None, *, eps: float = 1e-5) -> Array:
    """y = γ (x − μ)/√(σ² + ε) + β, with the statistics of each channel of each sample over its positions

    Shapes: x and the result (N, C, ...), gamma and beta (C,) or None.
    Raises: ValueError for gamma or beta of another shape, and by the module for an empty batch, for integers, and where
    there are no positions.
    Source: normalization.instance_norm.y, ours, after Ulyanov et al. 2016.

    >>> instance_norm(np.array([[[1.0, 3.0], [10.0, 30.0]]]), eps=0.0)
    array([[[-1.,  1.],
            [-1.,  1.]]])
    """
    _channels(x)
    x_hat, _ = standardized(x, tuple(range(2, x.ndim)), eps)
    return affine(x_hat, gamma, beta, x, _CHANNEL)


@gradient_of(instance_norm, "g, y and x (N, C, ...), gamma and beta (C,) or None, each gradient as its input")
def instance_norm_gradients(
    g: Array, y: Array, x: Array, gamma: Maybe = None, beta: Maybe = None, *, eps: float = 1e-5
) -> AffineGradients:
    """∂L/∂x, ∂L/∂γ and ∂L/∂β of `group_norm`, where each channel is a group"""
    return group_norm_gradients(g, y, x, gamma, beta, groups=_channels(x), eps=eps)


def _channels(x: Array) -> int:
    if x.ndim < 2:
        raise ValueError(f"this normalization expects x (N, C, ...), got shape {x.shape}: give it a batch axis")
    return max(1, int(x.shape[1]))


def _grouped(x: Array, groups: int) -> tuple[Array, Axes]:
    """x with its channels split into groups, (N, groups, C/groups, ...), and the axes within a group."""
    if groups < 1 or _channels(x) % groups:
        raise ValueError(
            f"group_norm expects a number of groups that divides the channels, got groups={groups} for "
            f"the {x.shape[1]} channels of x {x.shape}"
        )
    n, channels, *positions = x.shape
    return np.reshape(x, (n, groups, channels // groups, *positions)), tuple(range(2, x.ndim + 1))
