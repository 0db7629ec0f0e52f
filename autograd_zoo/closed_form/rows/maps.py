"""Feature maps as the document indexes them: indices count from 0, and outside a map everything is 0.

A map is laid on a torus too large to be felt: zeros follow it along each of its axes, and a negative index, which
counts from the end, meets zeros too. There ∗ is what the convolution theorem says, computed without any sum over
indices, and a map can be reversed about index 0.
"""

import itertools
from collections.abc import Callable, Iterator, Mapping, Sequence

import numpy as np

from ..notation import Array

Index = tuple[int, ...]
Transpose = Callable[[Array, int], Array]
"""One sense of ᵀ: it takes maps with their number of axes, and gives the transposed maps, laid out."""

PERIOD = 15


def laid(maps: Array, k: int) -> Array:
    """The maps, which have k axes, on the torus. They may be a third as long as it is."""
    lead = [(0, 0)] * (np.ndim(maps) - k)
    return np.pad(maps, [*lead, *((0, PERIOD - n) for n in np.shape(maps)[-k:])])


def cut(maps: Array, size: Sequence[int]) -> Array:
    """The maps from index 0 on, of a size."""
    return maps[..., *(slice(n) for n in size)]


def convolve(a: Array, b: Array, k: int) -> Array:
    """A ∗ b of laid maps, by the convolution theorem."""
    axes = range(-k, 0)
    return np.fft.ifftn(np.fft.fftn(a, axes=axes) * np.fft.fftn(b, axes=axes), axes=axes).real


def swapped(maps: Array, k: int) -> Array:
    """The transposed matrices."""
    return laid(np.swapaxes(maps, -1, -2), k)


def rotated_in_plane(maps: Array, k: int) -> Array:
    """The maps rotated by 180° in the plane of the last two axes, within their bounds."""
    return laid(np.flip(maps, (-1, -2)), k)


def reversed_within(maps: Array, k: int) -> Array:
    """The maps with every axis reversed within its bounds: index i becomes K − 1 − i."""
    return laid(np.flip(maps, tuple(range(-k, 0))), k)


def reversed_about_0(maps: Array, k: int) -> Array:
    """The maps with every axis reversed about index 0: index i becomes −i."""
    axes = tuple(range(-k, 0))
    return np.roll(np.flip(laid(maps, k), axes), 1, axes)


SENSES: Mapping[str, Transpose] = {
    "ᵀ reverses every axis within its bounds: index i becomes K − 1 − i, for a feature map H − 1 − i": reversed_within,
    "ᵀ reverses every axis about index 0: index i becomes −i": reversed_about_0,
}
"""What ᵀ may mean besides what it says where it is printed; only the last makes the formulas right."""


def indices(size: Sequence[int]) -> Iterator[Index]:
    """All indices of a map of a size."""
    return itertools.product(*map(range, size))


def minus(i: Index, j: Index) -> Index:
    """i − j, axis by axis."""
    return tuple(a - b for a, b in zip(i, j, strict=True))


def table(value: Callable[..., float], *sizes: int) -> Array:
    """The array whose entry at each index is `value(*index)`."""
    return np.array([value(*i) for i in indices(sizes)]).reshape(sizes)


def few_values(rng: np.random.Generator) -> tuple[Array, ...]:
    """A map in which windows have several maxima; it is so wide that it has more columns of windows than rows."""
    return (rng.integers(0, 4, (int(rng.integers(4, 6)), int(rng.integers(13, 16)))).astype(float),)


def without_ties(x: Array) -> Array:
    """Such a map with every number a little lower than the one before it: of several maxima, the first wins."""
    return x - 1e-2 * np.arange(x.size).reshape(x.shape)


def numbers(rng: np.random.Generator) -> tuple[Array, ...]:
    """A map wider than high."""
    H = int(rng.integers(4, 7))
    return (rng.standard_normal((H, H + int(rng.integers(1, 4)))),)
