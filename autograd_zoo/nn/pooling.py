"""Pooling: the maximum or the mean of windows, in one, two or three dimensions."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Any

import numpy as np

from .. import closed_form as cf
from ..engine.values import raw, some
from ..primitives.windows import windows
from .fusion import fused_by
from .module import Module, expect
from .spatial import Lengths, images, padded, spread


@fused_by(cf.pooling.max_pool_dx)
def _max_pool(x: Any, *, kernel_size: Any, stride: Any, padding: Any, dilation: Any, ceil_mode: bool) -> Any:
    k = len(kernel_size)
    around = _around(np.shape(x)[-k:], kernel_size, stride, padding, dilation, ceil_mode)
    w = windows(padded(x, around, value=-math.inf), kernel_size, stride, dilation)
    w = np.reshape(w, (*np.shape(w)[:-k], -1))
    first = np.argmax(w, axis=-1)  # of equal maxima the first one, as the document's argmax
    y = np.take_along_axis(w, first[..., None], axis=-1)[..., 0]
    unknown = np.isnan(raw(y))  # there all that was compared has gradient nan
    return np.where(unknown, np.max(w, axis=-1), y) if some(unknown) else y


@fused_by(cf.pooling.avg_pool_dx)
def _avg_pool(x: Any, *, kernel_size: Any, stride: Any, padding: Any, ceil_mode: bool, count_include_pad: bool) -> Any:
    k = len(kernel_size)
    sizes = np.shape(x)[-k:]
    around = _around(sizes, kernel_size, stride, padding, (1,) * k, ceil_mode)
    w = windows(padded(x, around), kernel_size, stride)
    y = np.sum(w, axis=tuple(range(-k, 0)))
    if ceil_mode or not count_include_pad:
        return y / _counted(sizes, around, kernel_size, stride, padding, count_include_pad).astype(y.dtype)
    return y / math.prod(kernel_size)


def max_pool(
    x: Any,
    *,
    kernel_size: Sequence[int],
    stride: Lengths | None = None,
    padding: Lengths = 0,
    dilation: Lengths = 1,
    ceil_mode: bool = False,
) -> Any:
    """y = max of each window; of equal maxima the first one gets the gradient

    Shapes: x (N, C, *S) with as many axes S as `kernel_size` has numbers; y (N, C, *O), see `output_size`.
    Raises: ValueError for a wrong shape, or windows that do not fit.
    Source: pooling.max_pool.y.

    >>> import numpy as np
    >>> max_pool(np.arange(16.0).reshape(1, 1, 4, 4), kernel_size=(2, 2))[0, 0]
    array([[ 5.,  7.],
           [13., 15.]])
    """
    size, stride, padding = _geometry(x, kernel_size, stride, padding)
    spacing = spread(dilation, len(size), "dilation")
    return _max_pool(x, kernel_size=size, stride=stride, padding=padding, dilation=spacing, ceil_mode=ceil_mode)


def avg_pool(
    x: Any,
    *,
    kernel_size: Sequence[int],
    stride: Lengths | None = None,
    padding: Lengths = 0,
    ceil_mode: bool = False,
    count_include_pad: bool = True,
) -> Any:
    """y = mean of each window; padded zeros count, unless `count_include_pad` is False

    Shapes: x (N, C, *S) with as many axes S as `kernel_size` has numbers; y (N, C, *O), see `output_size`.
    Raises: ValueError for a wrong shape, or windows that do not fit.
    Source: pooling.avg_pool.y.

    >>> import numpy as np
    >>> avg_pool(np.arange(16.0).reshape(1, 1, 4, 4), kernel_size=(2, 2))[0, 0]
    array([[ 2.5,  4.5],
           [10.5, 12.5]])
    """
    size, stride, padding = _geometry(x, kernel_size, stride, padding)
    return _avg_pool(
        x, kernel_size=size, stride=stride, padding=padding, ceil_mode=ceil_mode, count_include_pad=count_include_pad
    )


@fused_by(cf.pooling.global_avg_pool_dx)
def global_avg_pool(x: Any, *, axis: tuple[int, ...] = (-2, -1), keepdims: bool = False) -> Any:
    """y = mean of each channel over its spatial axes

    Shapes: x (N, C, *S), S the axes in `axis`; y (N, C), or with axes of length 1 for `keepdims`.
    Source: pooling.global_avg_pool.y, ours.
    """
    return np.mean(x, axis=axis, keepdims=keepdims)


def _geometry(x: Any, kernel_size: Sequence[int], stride: Any, padding: Any) -> tuple[tuple[int, ...], ...]:
    k = len(kernel_size)
    images(x, k)
    size, pad = spread(kernel_size, k, "kernel_size"), spread(padding, k, "padding", 0)
    fits = all(2 * p <= s for p, s in zip(pad, size, strict=True))
    expect(fits, f"padding {pad} must be at most half of kernel_size {size}: a window of padding alone has no value")
    return size, size if stride is None else spread(stride, k, "stride"), pad


def _around(
    sizes: Sequence[int], kernel: Sequence[int], stride: Sequence[int], padding: Sequence[int], dilation: Sequence[int],
    ceil_mode: bool,
) -> list[tuple[int, int]]:  # fmt: skip
    """Padding before and after each axis; in ceil mode as much more as the last window needs, if it starts inside."""
    around = []
    for n, size, step, pad, gap in zip(sizes, kernel, stride, padding, dilation, strict=True):
        room = n + 2 * pad - gap * (size - 1) - 1
        expect(
            room >= 0,
            f"a window of kernel_size {tuple(kernel)} with dilation {tuple(dilation)} does not fit into maps of size "
            f"{tuple(sizes)} with padding {tuple(padding)}: take a smaller kernel, or more padding",
        )
        last = -(-room // step)  # the index of the last window, rounded up
        more = last * step - room if ceil_mode and last * step < n + pad else 0
        around.append((pad, pad + max(0, more)))
    return around


def _counted(
    sizes: Sequence[int],
    around: Sequence[tuple[int, int]],
    kernel: Any,
    stride: Any,
    padding: Sequence[int],
    pads: bool,
) -> Any:
    """How many numbers each window averages: those inside the map, and with `pads` those in its padding too."""
    ones = np.ones(sizes)
    if pads:
        ones = np.pad(ones, [(p, p) for p in padding], constant_values=1.0)
        around = [(0, after - p) for (_, after), p in zip(around, padding, strict=True)]
    counted = windows(padded(ones, around), kernel, stride)
    return counted.sum(axis=tuple(range(-len(kernel), 0)))


class _Pool(Module):
    dimensions: int

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

    def _window(self) -> dict[str, Any]:
        names = ("kernel_size", "stride", "padding", "ceil_mode")
        return {name: getattr(self, name) for name in names}


class _MaxPool(_Pool):
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

    def forward(self, x: Any) -> Any:
        """Take the maximum of each window of x."""
        return max_pool(x, dilation=self.dilation, **self._window())


class _AvgPool(_Pool):
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

    def forward(self, x: Any) -> Any:
        """Average each window of x."""
        return avg_pool(x, count_include_pad=self.count_include_pad, **self._window())


class MaxPool1d(_MaxPool):
    """The maximum of each window of (N, C, L); see `max_pool`."""

    dimensions = 1


class MaxPool2d(_MaxPool):
    """The maximum of each window of (N, C, H, W); see `max_pool`."""

    dimensions = 2


class MaxPool3d(_MaxPool):
    """The maximum of each window of (N, C, D, H, W); see `max_pool`."""

    dimensions = 3


class AvgPool1d(_AvgPool):
    """The mean of each window of (N, C, L); see `avg_pool`."""

    dimensions = 1


class AvgPool2d(_AvgPool):
    """The mean of each window of (N, C, H, W); see `avg_pool`."""

    dimensions = 2


class AvgPool3d(_AvgPool):
    """The mean of each window of (N, C, D, H, W); see `avg_pool`."""

    dimensions = 3


class GlobalAvgPool2d(Module):
    """The mean of each channel of (N, C, H, W); see `global_avg_pool`."""

    def forward(self, x: Any) -> Any:
        """Average each channel of x."""
        images(x, 2)
        return global_avg_pool(x)
