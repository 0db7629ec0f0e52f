"""What the exercises of chapter 10 compute with: normalization."""

from typing import Any

import numpy as np

from ... import nn
from ...engine.sweep import gradient
from ...engine.tensor import Tensor

NUMBERS = np.array([1.0, 3.0, 5.0, 7.0])


def normalized() -> Any:
    """The four numbers by the module."""
    return nn.batch_norm(NUMBERS[:, None], np.array([2.0]), np.array([10.0]), eps=0.0)[:, 0]


def by_bias() -> Any:
    """The gradient by a bias before Batch Normalization."""
    rng = np.random.default_rng(0)
    bias = Tensor(rng.normal(size=3))
    y = nn.batch_norm(nn.linear(rng.normal(size=(32, 8)), rng.normal(size=(3, 8)), bias))
    return gradient(y, [bias], rng.normal(size=y.shape))[0]


def factor() -> float:
    """How much longer the gradient by weights is, if they are five times as large."""
    rng = np.random.default_rng(0)
    x, weights, g = rng.normal(size=(32, 8)), rng.normal(size=(3, 8)), rng.normal(size=(32, 3))
    lengths = []
    for scale in (1.0, 5.0):
        W = Tensor(scale * weights)
        y = nn.batch_norm(nn.linear(x, W), eps=0.0)
        lengths.append(np.linalg.norm(gradient(y, [W], g)[0]))
    return float(lengths[1] / lengths[0])
