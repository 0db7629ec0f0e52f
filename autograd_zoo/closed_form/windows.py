"""Sliding windows over the last axes of an array, for pooling and convolutions: where they lie, and what they meet.

A window has one element for each `offset` in its kernel. Taken over all windows, the elements of one offset lie on a
regular grid of the padded array, which is a slice: `met` returns it as a view. A forward pass adds up what is met, a
backward pass adds into it, and both are one loop over the offsets.
"""

from collections.abc import Iterator, Sequence
from typing import NamedTuple

import numpy as np

from .notation import Array
from .sliding import fitting, per_axis

PerAxis = int | Sequence[int]
"""An integer for all axes, or one for each."""
Padding = int | Sequence[int | tuple[int, int]]
"""For all axes or for each: the zeros added on either side, or a pair (before, after)."""


class Windows(NamedTuple):
    """Where windows lie on the last axes of an array: for each axis a number, or a pair (before, after)."""

    kernel: tuple[int, ...]
    stride: tuple[int, ...]
    padding: tuple[tuple[int, int], ...]
    dilation: tuple[int, ...]

    @property
    def span(self) -> tuple[int, ...]:
        """How many elements lie between the two ends of a window, ends included."""
        return tuple(d * (k - 1) + 1 for k, d in zip(self.kernel, self.dilation, strict=True))


def windows(kernel: Sequence[int], *, stride: PerAxis = 1, padding: Padding = 0, dilation: PerAxis = 1) -> Windows:
    """The windows of a kernel, or a ValueError that names the number that cannot be."""
    k = len(kernel)
    sides = tuple(padding) if isinstance(padding, Sequence) else (padding,) * k
    if len(sides) != k:
        raise ValueError(f"padding expects an integer, or an integer or pair for each of {k} axes, got {padding!r}")
    return Windows(
        per_axis(kernel, k, "kernel_size", 1),
        per_axis(stride, k, "stride", 1),
        tuple(map(_pair, sides)),
        per_axis(dilation, k, "dilation", 1),
    )


def _pair(side: int | tuple[int, int]) -> tuple[int, int]:
    before, after = per_axis(side, 2, "padding before and after", 0)
    return before, after


def spatial(x: Array, w: Windows) -> tuple[int, ...]:
    """The lengths of the axes of x that the windows slide over."""
    shape, k = x.shape, len(w.kernel)
    if len(shape) < k:
        raise ValueError(f"windows over {k} axes need an array of {k} axes or more, got shape {shape}")
    sizes: tuple[int, ...] = shape[len(shape) - k :]
    return sizes


def counts(x: Array, w: Windows) -> tuple[int, ...]:
    """How many windows fit into each axis of x, or raise a ValueError where none does."""
    sizes = [n + before + after for n, (before, after) in zip(spatial(x, w), w.padding, strict=True)]
    return fitting(sizes, w.kernel, w.stride, w.dilation)


def pad(x: Array, w: Windows, value: float = 0.0) -> Array:
    """X with its padding, filled with `value`."""
    if not any(map(any, w.padding)):
        return x
    return np.pad(x, ((0, 0),) * (x.ndim - len(w.kernel)) + w.padding, constant_values=value)


def crop(x: Array, w: Windows) -> Array:
    """x without its padding."""
    kept = (slice(a, n - b) for n, (a, b) in zip(spatial(x, w), w.padding, strict=True))
    return x[..., *kept]


def offsets(w: Windows) -> Iterator[tuple[int, ...]]:
    """The offsets in the kernel, in row-major order."""
    return np.ndindex(*w.kernel)


def met(x: Array, w: Windows, offset: Sequence[int], count: Sequence[int]) -> Array:
    """The element at one offset of each of `count` windows along each axis, as a view of the padded x."""
    starts = (d * o for d, o in zip(w.dilation, offset, strict=True))
    slices = (slice(a, a + s * (c - 1) + 1, s) for a, s, c in zip(starts, w.stride, count, strict=True))
    return x[..., *slices]
