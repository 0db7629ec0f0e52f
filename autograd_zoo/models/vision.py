"""Deep classifiers for images of 8 × 8 pixels, put together from blocks: a VGG and a ResNet, made small."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.random import Generator

from .. import nn
from .digits import flat
from .residual import ResNet


def vgg(rng: Generator, *, channels: int = 16, classes: int = 10, dtype: Any = np.float32) -> nn.Sequential:
    """Two stages of two convolutions 3 × 3 each, halved by max-pooling, then a linear layer.

    Each convolution is followed by Batch Normalization and ReLU; the second stage has twice the channels.

    Shapes: x (N, 1, 8, 8); y (N, classes).
    Source: Simonyan and Zisserman, Very Deep Convolutional Networks for Large-Scale Image Recognition, ICLR 2015.

    >>> import numpy as np
    >>> vgg(np.random.default_rng(0))(np.zeros((2, 1, 8, 8), np.float32)).shape
    (2, 10)
    """
    C = channels
    stages = [(1, C), (C, C), (C, 2 * C), (2 * C, 2 * C)]
    units = [nn.Conv2dNormActivation(i, o, rng=rng, dtype=dtype) for i, o in stages]
    return nn.Sequential(
        *(*units[:2], nn.MaxPool2d(2), *units[2:], nn.MaxPool2d(2)),
        *(flat, nn.Linear(2 * C * 2 * 2, classes, rng=rng, dtype=dtype)),
    )


def resnet(rng: Generator, *, channels: int = 16, dtype: Any = np.float32) -> ResNet:
    """A ResNet with three stages of one basic block each.

    Shapes: x (N, 1, 8, 8); y (N, 10).

    >>> import numpy as np
    >>> resnet(np.random.default_rng(0))(np.zeros((2, 1, 8, 8), np.float32)).shape
    (2, 10)
    """
    return ResNet((1, 1, 1), channels=channels, classes=10, in_channels=1, small=True, rng=rng, dtype=dtype)
