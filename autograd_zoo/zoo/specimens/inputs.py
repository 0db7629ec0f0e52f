"""What specimens are checked on: shapes, and how inputs are drawn away from kinks, ties and the edges of a domain."""

from __future__ import annotations

import math
from typing import Any

import numpy as np

from ...engine.tensor import Array
from ...nn import Module

SHAPES = ((4,), (3, 5), (2, 3, 4), (1, 6), (7, 1))
WITH_SCALAR = ((), *SHAPES)


def numbers(rng: np.random.Generator, shape: tuple[int, ...]) -> Array:
    """Numbers of either sign, not close to 0, where the kinks are."""
    return np.asarray(rng.choice([-1.0, 1.0], shape) * rng.uniform(0.1, 2.0, shape))


def distinct(rng: np.random.Generator, shape: tuple[int, ...]) -> Array:
    """Numbers no two of which are close, so that the maximum is unique by far."""
    return np.asarray(rng.permutation(math.prod(shape)).reshape(shape) / 4.0 + 0.1)


def probabilities(rng: np.random.Generator, shape: tuple[int, ...]) -> Array:
    """Positive numbers that sum to 1 along the last axis."""
    return normalized(rng.uniform(0.2, 1.0, shape))


def normalized(x: Array) -> Array:
    """`x` made positive, and divided by its sum along the last axis."""
    positive = np.abs(x) + 0.01
    return np.asarray(positive / positive.sum(axis=-1, keepdims=True))


def alike(count: int = 1) -> Any:
    """`count` more inputs in the shape of the first."""
    return lambda rng, x: tuple(numbers(rng, x.shape) for _ in range(count))


def with_parameters(build: Any, *names: str) -> Any:
    """Call the module that `build(*inputs)` makes, with the inputs after the first as its parameters `names`."""

    def run(x: Any, *inputs: Any, **params: Any) -> Any:
        module = build(x, *inputs, **params)
        for name, value in zip(names, inputs, strict=True):
            setattr(module, name, value)
        return module(x)

    return run


def module(cls: type[Module]) -> Any:
    """Call a module whose constructor takes the params, and whose forward pass takes the inputs."""
    return lambda *inputs, **params: cls(**params)(*inputs)
