"""Pooling: the maximum or the mean of windows, in one, two or three dimensions."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np

from ..closed_form import pooling as cf
from .fusion import fused_by, requiring
from .module import Module, require
from .spatial import Lengths, OfMaps, images, spread


def _fits(x: Any, kernel_size: Sequence[int], stride: Any, padding: Any, dilation: Any) -> None:
    """Require maps into which the windows fit."""
    k = len(kernel_size)
    images(x, k)
    size, pad = spread(kernel_size, k, "kernel_size"), spread(padding, k, "padding", 0)
    gap, sizes = spread(dilation, k, "dilation"), np.shape(x)[-k:]
    if any(2 * p > s for p, s in zip(pad, size, strict=True)):
        require(
            False, f"padding {pad} must be at most half of kernel_size {size}: a window of padding alone has no value"
        )
    if stride is not None:
        spread(stride, k, "stride")
    if any(n + 2 * p <= d * (s - 1) for n, s, p, d in zip(sizes, size, pad, gap, strict=True)):
        require(
            False,
            f"a window of kernel_size {size} with dilation {gap} does not fit into maps of size {sizes} with padding "
            f"{pad}: take a smaller kernel, or more padding",
        )


def _fits_max(
    x: Any, *, kernel_size: Any, stride: Any = None, padding: Any = 0, dilation: Any = 1, ceil_mode: bool = False
) -> None:
    _fits(x, kernel_size, stride, padding, dilation)


def _fits_mean(x: Any, *, kernel_size: Any, stride: Any = None, padding: Any = 0, **modes: bool) -> None:
    _fits(x, kernel_size, stride, padding, 1)


max_pool = fused_by(cf.max_pool_dx)(requiring(_fits_max)(cf.max_pool))
avg_pool = fused_by(cf.avg_pool_dx)(requiring(_fits_mean)(cf.avg_pool))
global_avg_pool = fused_by(cf.global_avg_pool_dx)(cf.global_avg_pool)


class _Pool(OfMaps):
    settings: tuple[str, ...] = ("kernel_size", "stride", "padding", "ceil_mode")

    def __init__(
        self, kernel_size: Lengths, stride: Lengths | None = None, padding: Lengths = 0, ceil_mode: bool = False
    ) -> None:
        k = self.dimensions
        self.kernel_size = spread(kernel_size, k, "kernel_size")
        self.stride = self.kernel_size if stride is None else spread(stride, k, "stride")
        self.padding = spread(padding, k, "padding", 0)
        self.ceil_mode = ceil_mode

    def extra_repr(self) -> str:
        """The constructor's arguments, for `repr`."""
        return f"kernel_size={self.kernel_size}, stride={self.stride}, padding={self.padding}"


class _MaxPool(_Pool):
    """The maximum of each window of (N, C, *S); see `max_pool`."""

    form = staticmethod(max_pool)
    settings = (*_Pool.settings, "dilation")

    def __init__(
        self,
        kernel_size: Lengths,
        stride: Lengths | None = None,
        padding: Lengths = 0,
        dilation: Lengths = 1,
        ceil_mode: bool = False,
    ) -> None:
        super().__init__(kernel_size, stride, padding, ceil_mode)
        self.dilation = spread(dilation, self.dimensions, "dilation")


class MaxPool1d(_MaxPool, dimensions=1): ...


class MaxPool2d(_MaxPool, dimensions=2): ...


class MaxPool3d(_MaxPool, dimensions=3): ...


class _AvgPool(_Pool):
    """The mean of each window of (N, C, *S); see `avg_pool`."""

    form = staticmethod(avg_pool)
    settings = (*_Pool.settings, "count_include_pad")

    def __init__(
        self,
        kernel_size: Lengths,
        stride: Lengths | None = None,
        padding: Lengths = 0,
        ceil_mode: bool = False,
        count_include_pad: bool = True,
    ) -> None:
        super().__init__(kernel_size, stride, padding, ceil_mode)
        self.count_include_pad = count_include_pad


class AvgPool1d(_AvgPool, dimensions=1): ...


class AvgPool2d(_AvgPool, dimensions=2): ...


class AvgPool3d(_AvgPool, dimensions=3): ...


class GlobalAvgPool2d(Module):
    """The mean of each channel of (N, C, H, W); see `global_avg_pool`."""

    def forward(self, x: Any) -> Any:
        """Average each channel of x."""
        images(x, 2)
        return global_avg_pool(x)
