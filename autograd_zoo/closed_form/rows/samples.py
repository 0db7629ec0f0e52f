"""Random inputs of one sample, shared by the rows: vectors of random length, away from the kinks at zero."""

from collections.abc import Callable

import numpy as np

from ..notation import Array

Sample = Callable[[np.random.Generator], tuple[Array, ...]]
"""Draws the inputs of one sample."""


def away_from_zero(rng: np.random.Generator, *shape: int) -> Array:
    """Numbers of random sign with absolute values between 0.1 and 2."""
    return rng.choice([-1.0, 1.0], shape) * rng.uniform(0.1, 2.0, shape)


def size(rng: np.random.Generator) -> int:
    """A random length between 2 and 6."""
    return int(rng.integers(2, 7))


def of_one_length(*draws: Callable[[np.random.Generator, int], Array]) -> Sample:
    """A sampler of vectors of one random length n, each of which is drawn by (rng, n)."""

    def sample(rng: np.random.Generator) -> tuple[Array, ...]:
        n = size(rng)
        return tuple(draw(rng, n) for draw in draws)

    return sample


def vectors(count: int) -> Sample:
    """A sampler of `count` vectors of one random length."""
    return of_one_length(*[away_from_zero] * count)


def with_zeros(count: int) -> Sample:
    """The same with a zero in each vector, at one place."""

    def sample(rng: np.random.Generator) -> tuple[Array, ...]:
        inputs = vectors(count)(rng)
        place = int(rng.integers(len(inputs[0])))
        return tuple(np.where(np.arange(len(x)) == place, 0.0, x) for x in inputs)

    return sample


def probabilities(rng: np.random.Generator, n: int) -> Array:
    """n positive numbers that sum to 1, none of them close to 0."""
    weights = rng.uniform(0.2, 1.0, n)
    return weights / np.sum(weights)


def between(low: float, high: float) -> Callable[[np.random.Generator, int], Array]:
    """What draws n numbers evenly from an interval."""
    return lambda rng, n: rng.uniform(low, high, n)
