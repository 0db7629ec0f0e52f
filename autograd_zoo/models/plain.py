"""AlexNet and VGG: convolutions and max-poolings, then three linear layers."""

from __future__ import annotations

from functools import partial
from typing import Any

import numpy as np
from numpy.random import Generator

from .. import nn
from .digits import flat
from .parts import Chain, adaptive_avg_pool


def _classifier(inputs: int, classes: int, rng: Generator, dtype: Any) -> list[Any]:
    linear, drop = partial(nn.Linear, rng=rng, dtype=dtype), partial(nn.Dropout, 0.5, rng=rng)
    return [linear(inputs, 4096), nn.ReLU(), drop(), linear(4096, 4096), nn.ReLU(), drop(), linear(4096, classes)]


class AlexNet(Chain):
    """Features of five convolutions, their means in 6 × 6 windows, and a classifier of three linear layers.

    Attributes
    ----------
    features, classifier : Sequential
    """


def alexnet(rng: Generator, *, classes: int = 1000, dtype: Any = np.float32) -> AlexNet:
    """AlexNet of 2014, without groups and normalization.

    Shapes: x (N, 3, H, W), at least 63 × 63, trained with 224 × 224; y (N, classes).
    Source: Krizhevsky, One Weird Trick for Parallelizing Convolutional Neural Networks, 2014; torchvision's alexnet.
    """
    conv, pool = partial(nn.Conv2d, rng=rng, dtype=dtype), partial(nn.MaxPool2d, 3, 2)
    features = nn.Sequential(
        *(conv(3, 64, 11, 4, 2), nn.ReLU(), pool(), conv(64, 192, 5, 1, 2), nn.ReLU(), pool()),
        *(conv(192, 384, 3, 1, 1), nn.ReLU(), conv(384, 256, 3, 1, 1), nn.ReLU(), conv(256, 256, 3, 1, 1), nn.ReLU()),
        pool(),
    )
    drop, *linear = nn.Dropout(0.5, rng=rng), *_classifier(256 * 6 * 6, classes, rng, dtype)
    classifier = nn.Sequential(drop, linear[0], linear[1], linear[2], *linear[3:5], linear[6])
    return AlexNet(features=features, avgpool=partial(adaptive_avg_pool, size=6), flatten=flat, classifier=classifier)


class VGG(Chain):
    """Features of stages of convolutions 3 × 3, their means in 7 × 7 windows, a classifier of three linear layers.

    Attributes
    ----------
    features, classifier : Sequential
    """


def vgg16(rng: Generator, *, classes: int = 1000, dtype: Any = np.float32) -> VGG:
    """VGG-16, configuration D: stages of 2, 2, 3, 3 and 3 convolutions.

    Kernels are drawn as He et al. do, for there is no normalization.

    Shapes: x (N, 3, H, W), at least 32 × 32, trained with 224 × 224; y (N, classes).
    Source: Simonyan and Zisserman, Very Deep Convolutional Networks for Large-Scale Image Recognition, ICLR 2015.
    """
    features: list[Any] = []
    channels = 3
    for count, width in ((2, 64), (2, 128), (3, 256), (3, 512), (3, 512)):
        for _ in range(count):
            features += [nn.Conv2d(channels, width, 3, 1, 1, rng=rng, dtype=dtype), nn.ReLU()]
            W, b = features[-2].W, features[-2].b
            W.data = nn.init.he_normal(W.shape, mode="fan_out", rng=rng, dtype=dtype)
            b.data = np.zeros_like(b.data)
            channels = width
        features.append(nn.MaxPool2d(2))
    return VGG(
        features=nn.Sequential(*features),
        avgpool=partial(adaptive_avg_pool, size=7),
        flatten=flat,
        classifier=nn.Sequential(*_classifier(512 * 7 * 7, classes, rng, dtype)),
    )
