"""Sliding windows over the last axes of an array, for pooling and convolutions: where they lie, and what they meet.

A window has one element for each `offset` in its kernel. Taken over all windows, the elements of one offset lie on a
regular grid of the padded array, which is a slice: `met` returns it as a view. A forward pass adds up what is met, a
backward pass adds into it, and both are one loop over the offsets.
"""

import math
from collections.abc import Iterator, Mapping, Sequence
from typing import Any, NamedTuple

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


def windows_of(W: Array, layer: Mapping[str, Any]) -> Windows:
    """Where the kernel W meets x, with what the layer says of it."""
    return windows(
        np.shape(W)[2:],
        stride=layer.get("stride", 1),
        padding=layer.get("padding", 0),
        dilation=layer.get("dilation", 1),
    )


def laid(
    x: Array, kernel_size: Sequence[int], stride: PerAxis | None, padding: PerAxis, dilation: PerAxis, ceil_mode: bool,
) -> Windows:  # fmt: skip
    """The windows; what hangs over the end becomes padding after it."""
    k = len(kernel_size)
    sides = per_axis(padding, k, "padding", 0)
    size = per_axis(kernel_size, k, "kernel_size", 1)
    step = size if stride is None else per_axis(stride, k, "stride", 1)
    w = Windows(size, step, tuple([(p, p) for p in sides]), per_axis(dilation, k, "dilation", 1))
    if any(sides) and any(2 * p > span for p, span in zip(sides, w.span, strict=True)):
        raise ValueError(f"padding expects at most half of the {w.span} elements that a window spans, got {padding!r}")
    if ceil_mode:
        over = [_overhang(n, p, span, s) for n, p, span, s in zip(spatial(x, w), sides, w.span, w.stride, strict=True)]
        w = w._replace(padding=tuple((p, p + more) for p, more in zip(sides, over, strict=True)))
    return w


def _overhang(n: int, p: int, span: int, s: int) -> int:
    """How far windows reach beyond the padding after x if they start in x, or in the padding before it."""
    rounded_up = -((n + 2 * p - span) // -s)
    last = min(rounded_up, (n + p - 1) // s)
    return max(0, last * s + span - (n + 2 * p))


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


def divisors(x: Array, w: Windows, padding: PerAxis, ceil_mode: bool, count_include_pad: bool) -> Array:
    """How many elements each window counts: the product over the axes of the lengths of what it covers."""
    if count_include_pad and not ceil_mode:
        return math.prod(w.kernel)
    k = len(w.kernel)
    divisor = np.ones((), x.dtype)
    for n, p, size, s, c in zip(
        spatial(x, w), per_axis(padding, k, "padding", 0), w.kernel, w.stride, counts(x, w), strict=True
    ):
        first, beyond = (-p, n + p) if count_include_pad else (0, n)
        starts = s * np.arange(c) - p
        covered = np.minimum(starts + size, beyond) - np.maximum(starts, first)
        divisor = divisor[..., np.newaxis] * covered.astype(x.dtype)
    return divisor
