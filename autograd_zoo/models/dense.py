"""DenseNet: blocks in which each layer sees what all layers before it gave."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.random import Generator

from .. import nn
from ..nn.block import conv_norm
from .parts import Chain


class DenseNet(Chain):
    """Features, ReLU, the mean of each map, and a classifier.

    Attributes
    ----------
    features : Chain of conv0, norm0, denseblock1, transition1, denseblock2, ..., norm5
    classifier : Linear
    """


def densenet121(rng: Generator, *, classes: int = 1000, dtype: Any = np.float32) -> DenseNet:
    """DenseNet-121: dense blocks of 6, 12, 24 and 16 layers.

    Shapes: x (N, 3, H, W), trained with 224 × 224; y (N, classes).
    Source: Huang et al., Densely Connected Convolutional Networks, CVPR 2017, Table 1; names are torchvision's.
    """
    blocks, channels, growth = (6, 12, 24, 16), 64, 32
    conv, norm = conv_norm(3, channels, 7, 2, rng=rng, dtype=dtype)
    layers: dict[str, Any] = {"conv0": conv, "norm0": norm, "relu0": nn.relu, "pool0": nn.MaxPool2d(3, 2, 1)}
    for k, count in enumerate(blocks, 1):
        layers[f"denseblock{k}"] = nn.DenseBlock(count, channels, growth_rate=growth, rng=rng, dtype=dtype)
        channels += count * growth
        if k < len(blocks):
            layers[f"transition{k}"] = nn.Transition(channels, channels // 2, rng=rng, dtype=dtype)
            channels //= 2
    layers["norm5"] = nn.BatchNorm2d(channels, dtype=dtype)
    return DenseNet(
        features=Chain(**layers),
        relu=nn.relu,
        avgpool=nn.GlobalAvgPool2d(),
        classifier=nn.Linear(channels, classes, rng=rng, dtype=dtype),
    )
