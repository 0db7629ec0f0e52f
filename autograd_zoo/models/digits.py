"""Classifiers for images of 8 × 8 pixels: a multi-layer perceptron, and a small convolutional network."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.random import Generator

from .. import nn
from ..nn.block import conv_norm


def flat(images: Any) -> Any:
    """The images (N, 1, 8, 8), or any other arrays, as rows (N, 64)."""
    return np.reshape(images, (len(images), -1))


def mlp(rng: Generator) -> nn.Sequential:
    """A multi-layer perceptron: 64 → 64 → 10, with ReLU between."""
    return nn.Sequential(flat, nn.Linear(64, 64, rng=rng), nn.ReLU(), nn.Linear(64, 10, rng=rng))


def cnn(rng: Generator, *, channels: int = 24, dtype: Any = np.float32) -> nn.Sequential:
    """Three convolutions 3 × 3, each with Batch Normalization and ReLU, two max-poolings, drop-out, a linear layer."""
    C = channels

    def unit(before: int, after: int) -> list[nn.Module]:
        return [*conv_norm(before, after, 3, rng=rng, dtype=dtype), nn.ReLU()]

    return nn.Sequential(
        *(*unit(1, C), *unit(C, C), nn.MaxPool2d(2), *unit(C, 2 * C), nn.MaxPool2d(2)),
        *(flat, nn.Dropout(0.5, rng=rng), nn.Linear(2 * C * 2 * 2, 10, rng=rng, dtype=dtype)),
    )
