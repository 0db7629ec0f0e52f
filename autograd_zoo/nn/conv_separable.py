"""Separable convolution: each channel by itself, then across the channels at each point."""

from __future__ import annotations

import math
from typing import Any

import numpy as np

from ..closed_form import conv as cf
from .conv import channels, drawn
from .fusion import fused_by
from .init import Rng, generator
from .module import Module, require
from .spatial import Lengths, Padding, images, pairs, spread

_separable_conv = fused_by(joint=cf.separable_conv_gradients)(cf.separable_conv)


def separable_conv(
    x: Any, w1: Any, w2: Any, b: Any = None, *, stride: Lengths = 1, padding: Padding = 0, dilation: Lengths = 1
) -> Any:
    """o[p] = x[p] * w1[p], y[s] = Σ_p w2[s, p] o[p] + b[s]: a depthwise and a pointwise convolution

    Shapes: x (N, C, *S), w1 (C, *K), w2 (M, C), b (M,) or None; o (N, C, *O), y (N, M, *O), see `output_size`.
    Raises: ValueError for shapes that do not fit.
    Source: conv.separable_conv.y.sum.

    >>> import numpy as np
    >>> separable_conv(np.ones((1, 2, 3)), np.ones((2, 3)), np.array([[1.0, 10.0]]))
    array([[[33.]]])
    """
    k, C = np.ndim(w1) - 1, np.shape(w1)[0]
    images(x, k, C)
    require(
        np.ndim(w2) == 2 and np.shape(w2)[1] == C,
        f"w2 of shape {np.shape(w2)} must be (M, {C}), a column for each channel of w1 {np.shape(w1)}",
    )
    M = np.shape(w2)[:1]
    require(b is None or np.shape(b) == M, f"b of shape {np.shape(b)} must have one number for each of {M[0]} kernels")
    step, gap = spread(stride, k, "stride"), spread(dilation, k, "dilation")
    return _separable_conv(x, w1, w2, b, stride=step, padding=pairs(padding, np.shape(w1)[1:], step, gap), dilation=gap)


class SeparableConv2d(Module):
    """Depthwise, then pointwise convolution of (N, C, H, W); see `separable_conv`.

    Parameters: w1 (C, K, K), w2 (M, C), b (M,) or None. A `Sequential` of `Conv2d` with
    groups = C, `BatchNorm2d`, `ReLU`, and the same with a kernel of 1 is the stack that the document shows beside it.
    """

    def __init__(
        self, in_channels: int, out_channels: int, kernel_size: Lengths,
        stride: Lengths = 1, padding: Padding = 0, dilation: Lengths = 1, bias: bool = True,
        *, rng: Rng = None, dtype: Any = None,
    ) -> None:  # fmt: skip
        channels("SeparableConv2d", in_channels, out_channels, 1)
        size, rng = spread(kernel_size, 2, "kernel_size"), generator(rng)
        self.in_channels, self.out_channels, self.kernel_size = in_channels, out_channels, size
        self.stride, self.dilation, self.padding = spread(stride, 2, "stride"), spread(dilation, 2, "dilation"), padding
        self.w1 = drawn(rng, dtype, math.prod(size), in_channels, *size)
        self.w2 = drawn(rng, dtype, in_channels, out_channels, in_channels)
        self.b = drawn(rng, dtype, in_channels, out_channels) if bias else None

    def forward(self, x: Any) -> Any:
        """Convolve each channel of x, then mix the channels."""
        images(x, 2, self.in_channels)
        return separable_conv(
            x, self.w1, self.w2, self.b, stride=self.stride, padding=self.padding, dilation=self.dilation
        )
