"""Sliding windows over the last axes of an array, for pooling and convolutions: where they lie, and what they meet.

A window has one element for each `offset` in its kernel. Taken over all windows, the elements of one offset lie on a
regular grid of the padded array, which is a slice: `met` returns it as a view. A forward pass adds up what is met, a
backward pass adds into it, and both are one loop over the offsets.
"""

import operator
from collections.abc import Iterator, Sequence
from typing import NamedTuple

import numpy as np

from .notation import Array

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


def per_axis(value: PerAxis, k: int, name: str, least: int) -> tuple[int, ...]:
    """k integers, or a ValueError if they are not k, or one is smaller than `least`."""
    try:
        values = tuple(map(operator.index, value if isinstance(value, Sequence) else (value,) * k))
    except TypeError:
        values = ()
    if len(values) != k or min(values, default=least) < least:
        raise ValueError(f"{name} expects an integer >= {least}, or one for each of {k} axes, got {value!r}")
    return values


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
    shape, k = np.shape(x), len(w.kernel)
    if len(shape) < k:
        raise ValueError(f"windows over {k} axes need an array of {k} axes or more, got shape {shape}")
    return shape[len(shape) - k :]


def counts(x: Array, w: Windows) -> tuple[int, ...]:
    """How many windows fit into each axis of x, or a ValueError where none does."""
    sizes = tuple(n + sum(sides) for n, sides in zip(spatial(x, w), w.padding, strict=True))
    if any(span > n for span, n in zip(w.span, sizes, strict=True)):
        raise ValueError(
            f"a window of kernel_size {w.kernel} and dilation {w.dilation} spans {w.span} elements, but x of shape "
            f"{np.shape(x)} has {sizes} with its padding: pad more, or take a smaller window"
        )
    return tuple((n - span) // s + 1 for n, span, s in zip(sizes, w.span, w.stride, strict=True))


def pad(x: Array, w: Windows, value: float = 0.0) -> Array:
    """A copy of x with its padding, filled with `value`."""
    lead = [(0, 0)] * (np.ndim(x) - len(w.kernel))
    return np.pad(x, [*lead, *w.padding], constant_values=value)


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
