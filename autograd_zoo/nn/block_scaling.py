"""Compound scaling: how EfficientNet makes a network deeper, wider and its images larger at once."""

from __future__ import annotations

import math
from typing import NamedTuple

from .module import positive

DOUBLE = 0.1  # how far, relative to 2, α β² γ² may lie from it: the paper's 1.2 · 1.1² · 1.15² is 1.92


class Scaling(NamedTuple):
    """By what to multiply the number of layers, the number of channels, and the side of the images."""

    depth: float
    width: float
    resolution: float


def compound_scaling(phi: float, alpha: float = 1.2, beta: float = 1.1, gamma: float = 1.15) -> Scaling:
    """d = α^φ, w = β^φ, r = γ^φ, with α β² γ² ≈ 2: each step of φ doubles the operations

    A convolution takes d times the operations with d times the layers, but w² with w times the channels, and r² with
    images of r times the side: (α β² γ²)^φ in all.

    Shapes: numbers.
    Raises: ValueError for a factor below 1, and for factors whose α β² γ² is not 2 within a tenth.
    Source: Tan and Le, EfficientNet, ICML 2019.

    >>> [round(factor, 3) for factor in compound_scaling(1)], round(compound_scaling(2).resolution * 224)
    ([1.2, 1.1, 1.15], 296)
    """
    factors = {"alpha": alpha, "beta": beta, "gamma": gamma}
    for name, factor in factors.items():
        if not factor >= 1:
            raise ValueError(f"compound_scaling: {name} must be at least 1, or a larger phi shrinks; got {factor!r}")
    growth = alpha * beta**2 * gamma**2
    if not abs(growth - 2) <= 2 * DOUBLE:
        raise ValueError(
            "compound_scaling: alpha * beta**2 * gamma**2 must be about 2, so that phi counts doublings; "
            f"{factors} make {growth:.3g}"
        )
    return Scaling(alpha**phi, beta**phi, gamma**phi)


def scaled_channels(channels: int, width: float, divisor: int = 8) -> int:
    """c′ = the multiple of `divisor` that is nearest to w c, or the next one where that is less than 0.9 w c

    Shapes: numbers.
    Raises: ValueError for a width that is not positive, and for numbers that are no positive integers.
    Source: Tan and Le, EfficientNet, ICML 2019; Sandler et al., MobileNetV2, CVPR 2018: what their networks do.

    >>> [scaled_channels(c, width=1.1) for c in (32, 16, 24, 40, 80)]
    [32, 16, 24, 48, 88]
    """
    wanted = positive("scaled_channels: channels", channels) * _positive("scaled_channels: width", width)
    divisor = positive("scaled_channels: divisor", divisor)
    nearest = max(divisor, int(wanted + divisor / 2) // divisor * divisor)
    return nearest if nearest >= 0.9 * wanted else nearest + divisor


def scaled_layers(layers: int, depth: float) -> int:
    """l′ = ⌈d l⌉, the number of layers of a stage

    Shapes: numbers.
    Raises: ValueError for a depth that is not positive, and for a number of layers that is no positive integer.
    Source: Tan and Le, EfficientNet, ICML 2019: what its networks do.

    >>> [scaled_layers(n, depth=1.2) for n in (1, 2, 3, 4)]
    [2, 3, 4, 5]
    """
    wanted = positive("scaled_layers: layers", layers) * _positive("scaled_layers: depth", depth)
    return math.ceil(round(wanted, 9))  # 10 · 1.1 is 11.000000000000002


def _positive(what: str, factor: float) -> float:
    if not 0 < factor < math.inf:
        raise ValueError(f"{what} must be a positive number, got {factor!r}")
    return factor
