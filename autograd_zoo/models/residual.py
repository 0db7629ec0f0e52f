"""Residual networks: ResNet, ResNeXt, WideResNet, and ResNet with Squeeze-and-Excitation."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from functools import partial
from typing import Any

import numpy as np
from numpy.random import Generator

from .. import nn
from ..nn.block import conv_norm


class SEBottleneck(nn.Bottleneck):
    """A `Bottleneck` whose channels are weighed by `SqueezeExcitation` before x is added.

    Attributes
    ----------
    se : SqueezeExcitation, to a sixteenth of the channels
    """

    def __init__(self, inplanes: int, planes: int, stride: int = 1, *, rng: Generator, dtype: Any = None) -> None:
        super().__init__(inplanes, planes, stride, rng=rng, dtype=dtype)
        self.se = nn.SqueezeExcitation(4 * planes, planes // 4, rng=rng, dtype=dtype)

    def _stack(self, x: Any) -> Any:
        return self.se(super()._stack(x))


class ResNet(nn.Module):
    """A convolution, stages of residual blocks, the mean of each map, and a linear layer.

    Each stage but the first has twice the channels of the one before, and half its size.

    Shapes: x (N, in_channels, H, W); y (N, classes).
    Source: He et al., Deep Residual Learning for Image Recognition, CVPR 2016; names are torchvision's.

    Parameters
    ----------
    blocks : sequence of int
        how many blocks each stage has
    block : function (inplanes, planes, stride, *, rng, dtype) -> BasicBlock or Bottleneck
    channels : int
        of the first convolution
    classes, in_channels : int
    small : bool
        for small images: the first convolution is of 3 × 3, and keeps their size, and no max-pooling follows it

    Attributes
    ----------
    conv1, bn1 : Conv2d and BatchNorm2d
    maxpool : MaxPool2d, or None
    layer1, layer2, ... : Sequential of blocks
    fc : Linear
    """

    def __init__(
        self, blocks: Sequence[int],
        block: Callable[..., Any] = nn.BasicBlock,
        *, channels: int = 64, classes: int = 1000, in_channels: int = 3, small: bool = False, rng: Generator,
        dtype: Any = np.float32,
    ) -> None:  # fmt: skip
        kernel, stride = (3, 1) if small else (7, 2)
        self.conv1, self.bn1 = conv_norm(in_channels, channels, kernel, stride, rng=rng, dtype=dtype)
        self.maxpool = None if small else nn.MaxPool2d(3, 2, 1)
        self.stages, before = len(blocks), channels
        for stage, count in enumerate(blocks):
            planes, layers = channels * 2**stage, []
            for k in range(count):
                layers.append(block(before, planes, 2 if stage and not k else 1, rng=rng, dtype=dtype))
                before = layers[-1].expansion * planes
            setattr(self, f"layer{stage + 1}", nn.Sequential(*layers))
        self.fc = nn.Linear(before, classes, rng=rng, dtype=dtype)

    def forward(self, x: Any) -> Any:
        """Scores (N, classes) for images x."""
        x = nn.relu(self.bn1(self.conv1(x)))
        x = x if self.maxpool is None else self.maxpool(x)
        for stage in range(self.stages):
            x = getattr(self, f"layer{stage + 1}")(x)
        return self.fc(nn.global_avg_pool(x))


def resnet18(rng: Generator, *, classes: int = 1000, dtype: Any = np.float32) -> ResNet:
    """ResNet-18, of basic blocks.

    Shapes: x (N, 3, H, W), trained with 224 × 224; y (N, classes).
    Source: He et al., Deep Residual Learning for Image Recognition, CVPR 2016.
    """
    return ResNet((2, 2, 2, 2), classes=classes, rng=rng, dtype=dtype)


def resnet50(rng: Generator, *, classes: int = 1000, dtype: Any = np.float32) -> ResNet:
    """ResNet-50, of bottlenecks, the stride in the 3 × 3 convolution.

    Shapes: x (N, 3, H, W), trained with 224 × 224; y (N, classes).
    Source: He et al., Deep Residual Learning for Image Recognition, CVPR 2016.
    """
    return ResNet((3, 4, 6, 3), nn.Bottleneck, classes=classes, rng=rng, dtype=dtype)


def resnext50(rng: Generator, *, classes: int = 1000, dtype: Any = np.float32) -> ResNet:
    """ResNeXt-50 (32 × 4d): the 3 × 3 convolutions have 32 groups.

    Shapes: x (N, 3, H, W), trained with 224 × 224; y (N, classes).
    Source: Xie et al., Aggregated Residual Transformations for Deep Neural Networks, CVPR 2017.
    """
    block = partial(nn.Bottleneck, groups=32, base_width=4)
    return ResNet((3, 4, 6, 3), block, classes=classes, rng=rng, dtype=dtype)


def wide_resnet50(rng: Generator, *, classes: int = 1000, dtype: Any = np.float32) -> ResNet:
    """WideResNet-50-2: the 3 × 3 convolutions have twice the channels.

    Shapes: x (N, 3, H, W), trained with 224 × 224; y (N, classes).
    Source: Zagoruyko and Komodakis, Wide Residual Networks, BMVC 2016.
    """
    return ResNet((3, 4, 6, 3), partial(nn.Bottleneck, base_width=128), classes=classes, rng=rng, dtype=dtype)


def se_resnet50(rng: Generator, *, classes: int = 1000, dtype: Any = np.float32) -> ResNet:
    """SE-ResNet-50: each bottleneck weighs its channels.

    Shapes: x (N, 3, H, W), trained with 224 × 224; y (N, classes).
    Source: Hu et al., Squeeze-and-Excitation Networks, CVPR 2018.
    """
    return ResNet((3, 4, 6, 3), SEBottleneck, classes=classes, rng=rng, dtype=dtype)
