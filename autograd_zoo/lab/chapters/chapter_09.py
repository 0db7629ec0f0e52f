"""What the exercises of chapter 09 compute with: convolution."""

from typing import Any

import numpy as np

from ... import nn
from ...engine.sweep import gradient
from ...engine.tensor import Tensor
from ..exercise import real

SIZE = 81


def ways(answer: Any) -> Any:
    """By how many ways the middle output of four layers with kernels of three ones hears each of 81 pixels."""
    dilations = real(answer)
    if dilations.shape != (4,) or not np.all(np.isin(dilations, range(1, SIZE + 1))):
        raise ValueError(f"each is a whole number from 1 to {SIZE}")
    y = row = Tensor(np.zeros((1, 1, SIZE)))
    for dilation in map(int, dilations):
        y = nn.conv(y, np.ones((1, 1, 3)), padding=dilation, dilation=dilation)
    return gradient(y[0, 0, SIZE // 2], [row])[0][0, 0]


def height() -> float:
    """What comes out of a layer, by its shape."""
    return float(nn.conv(np.ones((1, 1, 32, 32)), np.ones((1, 1, 3, 3)), stride=2, padding=1, dilation=2).shape[2])


def by_kernel() -> Any:
    """The gradient by the kernel, from the tape."""
    kernel, x = Tensor([[[1.0, -1.0]]]), np.array([[[1.0, 2.0, 3.0, 4.0]]])
    return gradient(nn.conv(x, kernel, stride=2), [kernel], [[[1.0, 10.0]]])[0][0, 0]
