"""The Inception block: parallel paths of convolutions over the same maps, and what they give side by side.

A path is a chain of units f(BN(· ∗ W)), whose kernels keep the size of the maps: 1 × 1, 3 × 3, but also 1 × n and
n × 1. The gradients by all inputs come together, in their order.
"""

from collections.abc import Sequence
from itertools import accumulate, islice
from typing import Any

import numpy as np

from autograd_zoo.closed_form import pooling
from autograd_zoo.closed_form.block_unit import Gradients, conv_norm_activation, conv_norm_activation_gradients
from autograd_zoo.closed_form.notation import Array

__all__ = ["inception_block", "inception_block_gradients"]

Unit = tuple[Array, ...]  # W, γ and β

_POOL: dict[str, Any] = {"kernel_size": (3, 3), "stride": 1, "padding": 1}


def inception_block(
    x: Array, *parameters: Array, lengths: Sequence[int], activation: str = "relu", eps: float = 1e-3
) -> Array:
    """y = [p₁(x), ..., p_{n−1}(x), p_n(max pool 3 × 3 of x)], each p a chain of units f(BN(· ∗ W))

    Shapes: x (N, C, H, W); for each unit W (M, C', K, K'), γ and β (M,); `lengths` has the number of units of each
    path; the result (N, ΣM of the last units, H, W).
    Source: block.inception_block.y, ours; Szegedy et al., Going Deeper with Convolutions, CVPR 2015.
    """
    paths = _paths(x, parameters, lengths)
    return np.concatenate(
        [_through(start, units, activation=activation, eps=eps)[-1] for start, units in paths], axis=1
    )


def inception_block_gradients(
    g: Array,
    y: Array,
    x: Array,
    *parameters: Array,
    lengths: Sequence[int],
    activation: str = "relu",
    eps: float = 1e-3,
) -> Gradients:
    """∂L/∂x = Σ ∂L/∂p ∂p/∂x over the paths p, each of which takes back its own channels of ∂L/∂y

    Shapes: g and y as y, the results as the inputs.
    Source: block.inception_block.dx and its like, ours.
    """
    paths = _paths(x, parameters, lengths)
    widths = [len(units[-1][0]) for _, units in paths]
    back: list[Array] = []
    of_units: list[Array] = []
    for dp, (start, units) in zip(np.split(g, np.cumsum(widths)[:-1], axis=1), paths, strict=True):
        d_start, *of_path = _through_gradients(dp, start, units, activation=activation, eps=eps)
        back.append(d_start)
        of_units += of_path
    *dx, d_pooled = back
    pooled = paths[-1][0]
    return sum(dx) + pooling.max_pool_dx(d_pooled, pooled, x, **_POOL), *of_units


def _paths(x: Array, parameters: tuple[Array, ...], lengths: Sequence[int]) -> list[tuple[Array, list[Unit]]]:
    """Return what goes into each path, and the W, γ and β of each of its units."""
    if len(parameters) != 3 * sum(lengths):
        raise ValueError(
            f"inception_block expects W, gamma, beta for {sum(lengths)} units, got {len(parameters)} arrays"
        )
    units = iter([parameters[i : i + 3] for i in range(0, len(parameters), 3)])
    starts = [x] * (len(lengths) - 1) + [pooling.max_pool(x, **_POOL)]
    return [(start, list(islice(units, n))) for start, n in zip(starts, lengths, strict=True)]


def _through(x: Array, units: list[Unit], *, activation: str, eps: float) -> list[Array]:
    """Return x, and what each unit of a path gives to the next one."""
    return list(
        accumulate(units, lambda x, unit: conv_norm_activation(x, *unit, activation=activation, eps=eps), initial=x)
    )


def _through_gradients(g: Array, x: Array, units: list[Unit], *, activation: str, eps: float) -> Gradients:
    """Return the gradients by x, and by the parameters of all units, in their order."""
    seen = _through(x, units, activation=activation, eps=eps)
    of_units: list[Array] = []
    for z, y, unit in zip(reversed(seen[:-1]), reversed(seen[1:]), reversed(units), strict=True):
        g, *of_unit = conv_norm_activation_gradients(g, y, z, *unit, activation=activation, eps=eps)
        of_units[:0] = of_unit
    return g, *of_units
