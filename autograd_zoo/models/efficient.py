"""EfficientNet: one small network, and how it is made larger in all directions at once."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.random import Generator

from .. import nn
from ..nn.block import conv_norm
from .parts import Chain, silu

ROWS = (
    (1, 3, 1, 32, 16, 1), (6, 3, 2, 16, 24, 2), (6, 5, 2, 24, 40, 2), (6, 3, 2, 40, 80, 3),
    (6, 5, 1, 80, 112, 3), (6, 5, 2, 112, 192, 4), (6, 3, 1, 192, 320, 1),
)  # fmt: skip
"""The stages of B0: how far channels expand, kernel, stride, channels of x and y, how many blocks."""


class StochasticDepth(nn.Module):
    """y = d x / (1 − p), where d is 0 for a whole sample with probability p, else 1; while not training y = x.

    Source: Huang et al., Deep Networks with Stochastic Depth, ECCV 2016.

    Parameters
    ----------
    p : float
    rng : numpy.random.Generator
        draws d
    """

    def __init__(self, p: float, *, rng: Generator) -> None:
        self.p, self.rng = p, rng

    def forward(self, x: Any) -> Any:
        """Leave out what some samples have."""
        if not self.training or not self.p:
            return x
        d = self.rng.random((len(x), *(1,) * (np.ndim(x) - 1))) >= self.p
        return x * (d / (1.0 - self.p)).astype(x.dtype)


class MBConv(nn.Module):
    """y = x + BN(W₃ ∗ (s ⊙ a₂)), a₂ = f(BN(W₂ ∗ a₁)), a₁ = f(BN(W₁ ∗ x)), s of Squeeze-and-Excitation, f(u) = u σ(u).

    An `InvertedResidual` whose channels are weighed; x is added where y has its shape.

    Shapes: x (N, inp, H, W); y (N, oup, ⌈H/stride⌉, ⌈W/stride⌉).

    Parameters
    ----------
    inp, oup : int
        channels of x and y
    kernel_size, stride, expand_ratio : int
    drop : float
        the probability that a sample is left as it is, while training

    Attributes
    ----------
    block : Sequential
        of the expansion (unless expand_ratio is 1), the depthwise convolution, SqueezeExcitation, the projection
    """

    def __init__(
        self, inp: int, oup: int,
        kernel_size: int = 3, stride: int = 1, expand_ratio: int = 6, drop: float = 0.0,
        *, rng: Generator, dtype: Any = np.float32,
    ) -> None:  # fmt: skip
        inside = inp * expand_ratio

        def unit(*sizes: int) -> nn.Sequential:
            return nn.Sequential(*conv_norm(*sizes, rng=rng, dtype=dtype), silu)

        self.residual = stride == 1 and inp == oup
        self.block = nn.Sequential(
            *([unit(inp, inside)] if expand_ratio > 1 else []),
            unit(inside, inside, kernel_size, stride, inside),
            nn.SqueezeExcitation(inside, max(1, inp // 4), silu, rng=rng, dtype=dtype),
            nn.Sequential(*conv_norm(inside, oup, rng=rng, dtype=dtype)),
        )
        self.stochastic_depth = StochasticDepth(drop, rng=rng)

    def forward(self, x: Any) -> Any:
        """Expand, filter each channel, weigh the channels, project, and add x if that has the shape."""
        y = self.block(x)
        return x + self.stochastic_depth(y) if self.residual else y


class EfficientNet(Chain):
    """Features, the mean of each map, drop-out, and a classifier.

    Attributes
    ----------
    features : Sequential of a convolution, stages of MBConv, and a convolution of 1 × 1
    classifier : Sequential of Dropout and Linear
    """


def efficientnet(
    rng: Generator, phi: float = 0.0, *, dropout: float = 0.2, classes: int = 1000, dtype: Any = np.float32
) -> EfficientNet:
    """EfficientNet-B0 scaled by φ: `nn.compound_scaling(phi)` times the layers and channels; φ = 1 is B2.

    Shapes: x (N, 3, H, W), trained with 224 · 1.15^φ rows; y (N, classes).
    Source: Tan and Le, EfficientNet, ICML 2019, Table 1; names are torchvision's.
    """
    scaling = nn.compound_scaling(phi)

    def wide(channels: int) -> int:
        return nn.scaled_channels(channels, scaling.width)

    counts = [nn.scaled_layers(count, scaling.depth) for *_, count in ROWS]
    layers: list[Any] = [nn.Sequential(*conv_norm(3, wide(32), 3, 2, rng=rng, dtype=dtype), silu)]
    for stage, ((expand, kernel, stride, inp, oup, _), count) in enumerate(zip(ROWS, counts, strict=True)):
        blocks = []
        for k in range(count):
            drop = 0.2 * (sum(counts[:stage]) + k) / sum(counts)
            before, step = (wide(oup), 1) if k else (wide(inp), stride)
            blocks.append(MBConv(before, wide(oup), kernel, step, expand, drop, rng=rng, dtype=dtype))
        layers.append(nn.Sequential(*blocks))
    head = 4 * wide(ROWS[-1][4])
    layers.append(nn.Sequential(*conv_norm(wide(ROWS[-1][4]), head, rng=rng, dtype=dtype), silu))
    return EfficientNet(
        features=nn.Sequential(*layers),
        avgpool=nn.GlobalAvgPool2d(),
        classifier=nn.Sequential(nn.Dropout(dropout, rng=rng), nn.Linear(head, classes, rng=rng, dtype=dtype)),
    )


def efficientnet_b0(rng: Generator, *, classes: int = 1000, dtype: Any = np.float32) -> EfficientNet:
    """EfficientNet-B0, before it is scaled: `efficientnet` with φ = 0.

    Shapes: x (N, 3, H, W), trained with 224 × 224; y (N, classes).
    Source: Tan and Le, EfficientNet, ICML 2019, Table 1.
    """
    return efficientnet(rng, classes=classes, dtype=dtype)
