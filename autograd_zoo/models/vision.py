"""Deep classifiers for images of 8 × 8 pixels, put together from blocks: a VGG and a ResNet, made small."""

from __future__ import annotations

from typing import Any

import numpy as np

from .. import nn
from .digits import flat


def vgg(rng: np.random.Generator, *, channels: int = 16, classes: int = 10, dtype: Any = np.float32) -> nn.Sequential:
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


class ResNet(nn.Module):
    """A convolution, stages of basic blocks, the mean of each map, and a linear layer.

    Each stage but the first has twice the channels of the one before, and half its size.

    Shapes: x (N, 1, H, W); y (N, classes).

    Parameters
    ----------
    blocks : sequence of int
        how many blocks each stage has
    channels : int
        of the first stage
    classes : int
    rng : numpy.random.Generator
    dtype : float32 (default) or float64

    Attributes
    ----------
    conv1, bn1 : Conv2d and BatchNorm2d
    layer1, layer2, ... : Sequential of BasicBlock
    fc : Linear

    Notes
    -----
    Source: He et al., Deep Residual Learning for Image Recognition, CVPR 2016; names are torchvision's.
    """

    def __init__(
        self,
        blocks: tuple[int, ...] = (1, 1, 1),
        *,
        channels: int = 16,
        classes: int = 10,
        rng: np.random.Generator,
        dtype: Any = np.float32,
    ) -> None:
        self.conv1 = nn.Conv2d(1, channels, 3, padding=1, bias=False, rng=rng, dtype=dtype)
        self.bn1 = nn.BatchNorm2d(channels, dtype=dtype)
        self.stages, before = len(blocks), channels
        for stage, count in enumerate(blocks):
            after, layers = channels * 2**stage, []
            for k in range(count):
                layers.append(nn.BasicBlock(before, after, 2 if stage and not k else 1, rng=rng, dtype=dtype))
                before = after
            setattr(self, f"layer{stage + 1}", nn.Sequential(*layers))
        self.fc = nn.Linear(before, classes, rng=rng, dtype=dtype)

    def forward(self, x: Any) -> Any:
        """Scores (N, classes) for images x."""
        x = nn.relu(self.bn1(self.conv1(x)))
        for stage in range(self.stages):
            x = getattr(self, f"layer{stage + 1}")(x)
        return self.fc(nn.global_avg_pool(x))


def resnet(rng: np.random.Generator, *, channels: int = 16, dtype: Any = np.float32) -> ResNet:
    """A ResNet with three stages of one basic block each.

    Shapes: x (N, 1, 8, 8); y (N, 10).

    >>> import numpy as np
    >>> resnet(np.random.default_rng(0))(np.zeros((2, 1, 8, 8), np.float32)).shape
    (2, 10)
    """
    return ResNet(channels=channels, rng=rng, dtype=dtype)
