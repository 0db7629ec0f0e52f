"""Feature maps as the document indexes them: indices count from 0, and outside a map everything is 0.

A map is laid on a torus too large to be felt: zeros follow it along each of its axes, and a negative index, which
counts from the end, meets zeros too. There ∗ is what the convolution theorem says, computed without any sum over
indices, and a map can be reversed about index 0.
"""

import itertools
from collections.abc import Callable, Iterator, Sequence

import numpy as np

from ..notation import Array

Index = tuple[int, ...]
PERIOD = 15


def laid(maps: Array, k: int, letters: str = "Z") -> Array:
    """The maps, which have k axes, on the torus, of which they may be a third; outside is 0, or no value."""
    lead = [(0, 0)] * (np.ndim(maps) - k)
    outside = 0.0 if "Z" in letters else np.nan
    return np.pad(maps, [*lead, *((0, PERIOD - n) for n in np.shape(maps)[-k:])], constant_values=outside)


def first(letters: str) -> int:
    """The index that all count from."""
    return 0 if "I" in letters else 1


def cut(maps: Array, size: Sequence[int], letters: str = "I") -> Array:
    """What a convolution of laid maps has from the first index on, of a size.

    The difference i − i′ of two that count from 1 counts from 0.
    """
    k = len(size)
    return np.roll(maps, (first(letters),) * k, range(-k, 0))[..., *(slice(n) for n in size)]


def convolve(a: Array, b: Array, k: int) -> Array:
    """A ∗ b of laid maps, by the convolution theorem."""
    axes = range(-k, 0)
    return np.fft.ifftn(np.fft.fftn(a, axes=axes) * np.fft.fftn(b, axes=axes), axes=axes).real


def transposed(maps: Array, k: int, letters: str, literal: str) -> Array:
    """The laid maps under ᵀ: by a letter among `letters` that says what it does, or else what `literal` says."""
    sense = next((letter for letter in letters if letter in "Trsp"), literal)
    if sense == "T":  # index i becomes −i
        axes = tuple(range(-k, 0))
        return np.roll(np.flip(laid(maps, k, letters), axes), 1 - 2 * first(letters), axes)
    within = {"r": lambda: np.flip(maps, tuple(range(-k, 0))), "p": lambda: np.flip(maps, (-1, -2))}
    return laid(within[sense]() if sense in within else np.swapaxes(maps, -1, -2) if sense == "s" else maps, k, letters)


def indices(size: Sequence[int]) -> Iterator[Index]:
    """All indices of a map of a size."""
    return itertools.product(*map(range, size))


def minus(i: Index, j: Index, letters: str = "I") -> Index:
    """i − j axis by axis, as places from the first index on."""
    return tuple(a - b - first(letters) for a, b in zip(i, j, strict=True))


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
