"""Pooling: the maximum and the mean over sliding windows, as plain NumPy functions for any number of axes.

A gradient has a rule's signature `(g, y, *inputs, **params)` with g = ∂L/∂y. Windows slide over the last k axes, k the
length of `kernel_size`; U is the stride, equal to the kernel size unless given. The other axes, batch and channels,
lead. `padding` is added on both sides and never wins a maximum. With `ceil_mode` a last window may hang over the end,
if it starts in the array or in the padding before it.
"""

import math
from collections.abc import Sequence

import numpy as np

from . import sliding
from .docstrings import gradient_of
from .notation import Array
from .protocol import some
from .windows import PerAxis, counts, crop, divisors, laid, met, offsets, pad, spatial


def max_pool(
    x: Array,
    *, kernel_size: Sequence[int], stride: PerAxis | None = None, padding: PerAxis = 0, dilation: PerAxis = 1,
    ceil_mode: bool = False,
) -> Array:  # fmt: skip
    """yᵢⱼ = max x over the window that starts at Ui, Uj; of equal maxima the first one gets the gradient

    Shapes: x (..., n₁, ..., nₖ), the result (..., o₁, ..., oₖ).
    Raises: ValueError where no window fits, or the padding is more than half of a window.
    Source: pooling.max_pool.y.

    >>> max_pool(np.arange(16.0).reshape(1, 1, 4, 4), kernel_size=(2, 2))[0, 0]
    array([[ 5.,  7.],
           [13., 15.]])
    """
    w = laid(x, kernel_size, stride, padding, dilation, ceil_mode)
    seen = sliding.windows(pad(x, w, -math.inf), w.kernel, w.stride, w.dilation)
    seen = np.reshape(seen, (*seen.shape[: -len(w.kernel)], math.prod(w.kernel)))
    first = np.argmax(seen, axis=-1)
    y = np.take_along_axis(seen, first[..., np.newaxis], axis=-1)[..., 0]
    unknown = np.isnan(y)  # there all that was compared has gradient nan
    return np.where(unknown, np.max(seen, axis=-1), y) if some(unknown) else y


def max_pool_dx(
    g: Array, y: Array, x: Array,
    *, kernel_size: Sequence[int], stride: PerAxis | None = None, padding: PerAxis = 0, dilation: PerAxis = 1,
    ceil_mode: bool = False,
) -> Array:  # fmt: skip
    """∂L/∂xᵢⱼ = Σ ∂L/∂yᵢ′ⱼ′ over the windows i′, j′ whose maximum is at i, j

    Of several maxima in one window, the first in row-major order gets all; of several NaNs, too.

    Shapes: g and y as `max_pool` gives them, x and the result the same.
    Source: pooling.max_pool.dx.

    >>> max_pool_dx(np.array([1.0, 10.0]), np.array([3.0, 3.0]), np.array([1.0, 3.0, 3.0]), kernel_size=(2,), stride=1)
    array([ 0., 11.,  0.])
    """
    w = laid(x, kernel_size, stride, padding, dilation, ceil_mode)
    count = counts(x, w)
    padded, inside = pad(x, w), pad(np.ones(spatial(x, w), bool), w, False)
    dx, waiting = np.zeros(padded.shape, g.dtype), np.ones(np.shape(y), bool)
    for offset in offsets(w):
        value = met(padded, w, offset, count)
        maximal = waiting & met(inside, w, offset, count) & ((value == y) | (value != value))
        met(dx, w, offset, count)[...] += np.where(maximal, g, 0.0)
        waiting &= ~maximal
    return crop(dx, w)


def avg_pool(
    x: Array,
    *, kernel_size: Sequence[int], stride: PerAxis | None = None, padding: PerAxis = 0, ceil_mode: bool = False,
    count_include_pad: bool = True,
) -> Array:  # fmt: skip
    """yᵢⱼ = 1/(PQ) Σ_p Σ_q x_{Ui+p, Uj+q}, the mean of each window

    The elements are divided by the number of those in the array and in its padding, or, without `count_include_pad`,
    of those in the array alone; what hangs over with `ceil_mode` does not count.

    Shapes: x (..., n₁, ..., nₖ), the result (..., o₁, ..., oₖ).
    Raises: ValueError where no window fits, or the padding is more than half of a window.
    Source: pooling.avg_pool.y.

    >>> avg_pool(np.arange(16.0).reshape(1, 1, 4, 4), kernel_size=(2, 2))[0, 0]
    array([[ 2.5,  4.5],
           [10.5, 12.5]])
    """
    w = laid(x, kernel_size, stride, padding, 1, ceil_mode)
    seen = sliding.windows(pad(x, w), w.kernel, w.stride)
    total = np.sum(seen, axis=tuple(range(-len(w.kernel), 0)))
    return total / divisors(x, w, padding, ceil_mode, count_include_pad)


@gradient_of(avg_pool, "g and y as `avg_pool` gives them, x and the result the same")
def avg_pool_dx(
    g: Array, y: Array, x: Array,
    *, kernel_size: Sequence[int], stride: PerAxis | None = None, padding: PerAxis = 0, ceil_mode: bool = False,
    count_include_pad: bool = True,
) -> Array:  # fmt: skip
    """∂L/∂xᵢⱼ = 1/(PQ) Σ_p Σ_q ∂L/∂y_{(i−p)/U, (j−q)/U} over the p and q that give integers"""
    w = laid(x, kernel_size, stride, padding, 1, ceil_mode)
    share = g / divisors(x, w, padding, ceil_mode, count_include_pad)
    dx, count = np.zeros(pad(x, w).shape, share.dtype), counts(x, w)
    for offset in offsets(w):
        met(dx, w, offset, count)[...] += share
    return crop(dx, w)


def global_avg_pool(x: Array, *, axis: tuple[int, ...] = (-2, -1), keepdims: bool = False) -> Array:
    """y = 1/(HW) Σᵢ Σⱼ xᵢⱼ, the mean of each channel over its spatial axes

    Shapes: x any; the result without the axes of `axis`, or with length 1 there if `keepdims`.
    Raises: ValueError for an empty map, which has no mean.
    Source: pooling.global_avg_pool.y, ours.
    """
    if not x.size:
        _area(x, axis)
    return np.mean(x, axis=axis, keepdims=keepdims)


@gradient_of(global_avg_pool, "g and y as `global_avg_pool` gives them, x and the result the same")
def global_avg_pool_dx(
    g: Array, y: Array, x: Array, *, axis: tuple[int, ...] = (-2, -1), keepdims: bool = False
) -> Array:
    """∂L/∂xᵢⱼ = 1/(HW) ∂L/∂y"""
    share = g / _area(x, axis)
    return np.broadcast_to(share if keepdims else np.expand_dims(share, axis), np.shape(x))


def _area(x: Array, axis: tuple[int, ...]) -> int:
    area: int = math.prod([x.shape[i] for i in axis])
    if not area:
        raise ValueError(f"global_avg_pool expects elements along the axes {axis}, got shape {x.shape}")
    return area
