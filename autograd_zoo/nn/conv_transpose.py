"""Transposed convolution in one, two or three dimensions: the input spreads kernels over the output."""

from __future__ import annotations

from typing import Any

import numpy as np

from ..closed_form import conv as cf
from .conv import Kernels
from .fusion import fused_by
from .init import Rng
from .module import require
from .spatial import Lengths, images, spread

_conv_transpose = fused_by(cf.conv_transpose_dx, cf.conv_transpose_dW, cf.conv_transpose_db)(cf.conv_transpose)


def conv_transpose(
    x: Any, W: Any,
    b: Any = None,
    *, stride: Lengths = 1, padding: Lengths = 0, output_padding: Lengths = 0, dilation: Lengths = 1, groups: int = 1,
) -> Any:  # fmt: skip
    """The transpose of `conv`: each number of x spreads a kernel over the output, y = Σ x[p, o] W[p, s] at stride · o

    Shapes: x (N, C, *S), W (C, M / groups, *K), b (M,) or None;
    y (N, M, *O) with O = (S − 1) stride − 2 padding + dilation (K − 1) + output_padding + 1.
    Raises: ValueError for shapes or groups that do not fit.
    Source: conv.conv_transpose.y.general, ours.

    >>> import numpy as np
    >>> conv_transpose(np.ones((1, 1, 2)), np.array([[[1.0, 2.0, 3.0]]]), stride=2)
    array([[[1., 2., 4., 2., 3.]]])
    """
    k = np.ndim(W) - 2
    require(k > 0, f"W must have shape (C, M / groups, *K) with at least one spatial axis, got {np.shape(W)}")
    C, M, *K = np.shape(W)
    images(x, k, C)
    shape = np.shape(x)
    require(groups >= 1 and C % groups == 0, f"groups={groups} must divide the {C} channels of x {shape}")
    M *= groups
    if b is not None:
        require(np.shape(b) == (M,), f"b of shape {np.shape(b)} must have one number for each of {M} kernels")
    step, gap = spread(stride, k, "stride"), spread(dilation, k, "dilation")
    crop, extra = spread(padding, k, "padding", 0), spread(output_padding, k, "output_padding", 0)
    require(
        all(e < max(s, d) for e, s, d in zip(extra, step, gap, strict=True)),
        f"output_padding {extra} must be smaller than stride {step} or dilation {gap}",
    )
    sizes = [
        (n - 1) * s - 2 * p + d * (size - 1) + e + 1
        for n, s, p, d, size, e in zip(shape[2:], step, crop, gap, K, extra, strict=True)
    ]
    require(min(sizes) > 0, f"padding {crop} leaves nothing of an output of size {sizes}: take less padding")
    return _conv_transpose(x, W, b, stride=step, padding=crop, output_padding=extra, dilation=gap, groups=groups)


class _ConvTranspose(Kernels):
    """Transposed convolution of (N, C, *S); see `conv_transpose`. Parameters: W (C, M / groups, *K), b (M,)."""

    form = staticmethod(conv_transpose)
    settings = ("stride", "padding", "output_padding", "dilation", "groups")

    def __init__(
        self, in_channels: int, out_channels: int, kernel_size: Lengths,
        stride: Lengths = 1, padding: Lengths = 0, output_padding: Lengths = 0, groups: int = 1, bias: bool = True,
        dilation: Lengths = 1,
        *, rng: Rng = None, dtype: Any = None,
    ) -> None:  # fmt: skip
        self._prepare(in_channels, out_channels, kernel_size, stride, dilation, groups)
        self.padding = spread(padding, self.dimensions, "padding", 0)
        self.output_padding = spread(output_padding, self.dimensions, "output_padding", 0)
        self._draw(in_channels, out_channels, bias, rng, dtype)


class ConvTranspose1d(_ConvTranspose, dimensions=1): ...


class ConvTranspose2d(_ConvTranspose, dimensions=2): ...


class ConvTranspose3d(_ConvTranspose, dimensions=3): ...
