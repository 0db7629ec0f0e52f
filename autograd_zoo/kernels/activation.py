"""Activations whose every step writes into memory that is there already."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np

from ..closed_form import activation as cf
from ..closed_form.notation import Array
from .memory import empty
from .threads import halves
from .twins import twin_of

BLOCK = 1 << 16  # elements that stay in a core's cache from step to step


def pointwise(step: Callable[..., None], *arrays: Array) -> Array:
    """An array that `step(*parts, out)` fills, a part of it after the other: each a run of every array."""
    shape, dtype = arrays[0].shape, arrays[0].dtype
    y = empty(shape, dtype)
    flat = [np.ravel(a) for a in (*arrays, y)]  # a view where it is contiguous, as y is
    size = y.size

    def part(start: int, stop: int) -> None:
        step(*[a[start:stop] for a in flat])

    halves(part, size, size)
    return y


@twin_of(cf.tanh)
def tanh(x: Array) -> Array:
    """y = tanh x"""
    return pointwise(np.tanh, x)


@twin_of(cf.tanh_dx)
def tanh_dx(g: Array, y: Array, x: Array) -> Array:
    """∂L/∂x = ∂L/∂y ⊙ (1 − y ⊙ y)"""

    def step(g: Array, y: Array, dx: Array) -> None:
        np.multiply(y, y, out=dx)
        np.subtract(1, dx, out=dx)
        np.multiply(dx, g, out=dx)

    return pointwise(step, g, y)
