"""Networks of separable convolutions: MobileNet V1 and V2, ShuffleNet V1 and V2, and Xception."""

from __future__ import annotations

from functools import partial
from typing import Any

import numpy as np
from numpy.random import Generator

from .. import nn
from ..nn.block import conv_norm
from .parts import Chain


class MobileNet(Chain):
    """Features, the mean of each map, and a classifier.

    Attributes
    ----------
    features : Sequential of a convolution and separable blocks
    classifier : Linear, or Sequential of Dropout and Linear
    """


def mobilenet_v1(rng: Generator, *, classes: int = 1000, dtype: Any = np.float32) -> MobileNet:
    """MobileNet: a convolution, and thirteen depthwise separable ones.

    Shapes: x (N, 3, H, W), trained with 224 × 224; y (N, classes).
    Source: Howard et al., MobileNets, CoRR 2017, Table 1.
    """
    layers: list[Any] = [nn.Sequential(*conv_norm(3, 32, 3, 2, rng=rng, dtype=dtype), nn.relu)]
    channels = 32
    for width, stride, count in ((64, 1, 1), (128, 2, 2), (256, 2, 2), (512, 2, 6), (1024, 2, 2)):
        for k in range(count):
            layers.append(nn.DepthwiseSeparable(channels, width, 1 if k else stride, rng=rng, dtype=dtype))
            channels = width
    return MobileNet(
        features=nn.Sequential(*layers),
        avgpool=nn.GlobalAvgPool2d(),
        classifier=nn.Linear(channels, classes, rng=rng, dtype=dtype),
    )


def mobilenet_v2(rng: Generator, *, classes: int = 1000, dtype: Any = np.float32) -> MobileNet:
    """MobileNetV2: seventeen inverted residuals between two convolutions.

    Shapes: x (N, 3, H, W), trained with 224 × 224; y (N, classes).
    Source: Sandler et al., MobileNetV2, CVPR 2018, Table 2.
    """
    layers: list[Any] = [nn.Sequential(*conv_norm(3, 32, 3, 2, rng=rng, dtype=dtype), nn.relu6)]
    channels = 32
    rows = ((1, 16, 1, 1), (6, 24, 2, 2), (6, 32, 3, 2), (6, 64, 4, 2), (6, 96, 3, 1), (6, 160, 3, 2), (6, 320, 1, 1))
    for expand, width, count, stride in rows:
        for k in range(count):
            layers.append(nn.InvertedResidual(channels, width, 1 if k else stride, expand, rng=rng, dtype=dtype))
            channels = width
    layers.append(nn.Sequential(*conv_norm(channels, 1280, rng=rng, dtype=dtype), nn.relu6))
    return MobileNet(
        features=nn.Sequential(*layers),
        avgpool=nn.GlobalAvgPool2d(),
        classifier=nn.Sequential(nn.Dropout(0.2, rng=rng), nn.Linear(1280, classes, rng=rng, dtype=dtype)),
    )


class ShuffleNet(Chain):
    """A convolution, max-pooling, three stages of shuffled units, the mean of each map, and a linear layer.

    Attributes
    ----------
    conv1, stage2, stage3, stage4 : Sequential
    fc : Linear
    """


def shufflenet_v1(rng: Generator, *, groups: int = 3, classes: int = 1000, dtype: Any = np.float32) -> ShuffleNet:
    """ShuffleNet 1 ×, of grouped convolutions with shuffles between them.

    There are 1, 2, 3, 4 or 8 groups; the first convolution of the first unit has one.

    Shapes: x (N, 3, H, W), trained with 224 × 224; y (N, classes).
    Raises: ValueError for another number of groups.
    Source: Zhang et al., ShuffleNet, CVPR 2018, Table 1.
    """
    widths = {1: 144, 2: 200, 3: 240, 4: 272, 8: 384}
    if groups not in widths:
        raise ValueError(f"shufflenet_v1: groups must be one of {', '.join(map(str, widths))}; got {groups!r}")
    channels, width, stages = 24, widths[groups], {}
    for stage, count in ((2, 4), (3, 8), (4, 4)):
        units = []
        for k in range(count):
            units.append(nn.ShuffleUnit(channels, width, groups, 1 if k else 2, rng=rng, dtype=dtype))
            channels = width
        stages[f"stage{stage}"] = nn.Sequential(*units)
        width *= 2
    first = stages["stage2"][0]
    first.conv1 = nn.Conv2d(24, first.conv1.out_channels, 1, bias=False, rng=rng, dtype=dtype)
    return ShuffleNet(
        conv1=nn.Sequential(*conv_norm(3, 24, 3, 2, rng=rng, dtype=dtype), nn.relu),
        maxpool=nn.MaxPool2d(3, 2, 1),
        **stages,
        avgpool=nn.GlobalAvgPool2d(),
        fc=nn.Linear(channels, classes, rng=rng, dtype=dtype),
    )


def shufflenet_v2(rng: Generator, *, classes: int = 1000, dtype: Any = np.float32) -> ShuffleNet:
    """ShuffleNetV2 1 ×, of units that half of the channels go through.

    Shapes: x (N, 3, H, W), trained with 224 × 224; y (N, classes).
    Source: Ma et al., ShuffleNet V2, ECCV 2018, Table 5; names are torchvision's.
    """
    channels, stages = 24, {}
    for stage, count, width in ((2, 4, 116), (3, 8, 232), (4, 4, 464)):
        units = [nn.ShuffleUnitV2(channels, width, 2, rng=rng, dtype=dtype)]
        units += [nn.ShuffleUnitV2(width, width, rng=rng, dtype=dtype) for _ in range(count - 1)]
        stages[f"stage{stage}"], channels = nn.Sequential(*units), width
    return ShuffleNet(
        conv1=nn.Sequential(*conv_norm(3, 24, 3, 2, rng=rng, dtype=dtype), nn.relu),
        maxpool=nn.MaxPool2d(3, 2, 1),
        **stages,
        conv5=nn.Sequential(*conv_norm(channels, 1024, rng=rng, dtype=dtype), nn.relu),
        avgpool=nn.GlobalAvgPool2d(),
        fc=nn.Linear(1024, classes, rng=rng, dtype=dtype),
    )


class Xception(Chain):
    """Two convolutions, twelve blocks of separable ones, two separable ones, the mean of each map, a linear layer.

    Attributes
    ----------
    conv1, conv2 : Sequential of Conv2d, BatchNorm2d and ReLU
    block1, block2, ..., block12 : XceptionBlock
    conv3, conv4 : Sequential of SeparableConv2d, BatchNorm2d and ReLU
    fc : Linear
    """


def xception(rng: Generator, *, classes: int = 1000, dtype: Any = np.float32) -> Xception:
    """Xception: entry flow, middle flow of eight equal blocks, exit flow.

    Shapes: x (N, 3, H, W), trained with 299 × 299; y (N, classes).
    Source: Chollet, Xception, CVPR 2017, Figure 5.
    """
    conv = partial(nn.Conv2d, bias=False, rng=rng, dtype=dtype)
    separable = partial(nn.SeparableConv2d, kernel_size=3, padding=1, bias=False, rng=rng, dtype=dtype)
    norm, block = partial(nn.BatchNorm2d, dtype=dtype), partial(nn.XceptionBlock, rng=rng, dtype=dtype)
    blocks = [block(64, 128, 2, 2, False), block(128, 256, 2, 2), block(256, 728, 2, 2)]
    blocks += [block(728, 728, 3) for _ in range(8)] + [block(728, 1024, 2, 2, grow_first=False)]
    return Xception(
        conv1=nn.Sequential(conv(3, 32, 3, 2), norm(32), nn.relu),
        conv2=nn.Sequential(conv(32, 64, 3), norm(64), nn.relu),
        **{f"block{k + 1}": one for k, one in enumerate(blocks)},
        conv3=nn.Sequential(separable(1024, 1536), norm(1536), nn.relu),
        conv4=nn.Sequential(separable(1536, 2048), norm(2048), nn.relu),
        avgpool=nn.GlobalAvgPool2d(),
        fc=nn.Linear(2048, classes, rng=rng, dtype=dtype),
    )
