"""What the page of a module sweeps: a loss L = Σ c ⊙ y of its result y, with a fixed cotangent c, swept once."""

from __future__ import annotations

from typing import Any, NamedTuple

import numpy as np

from ..engine.tensor import Array, Tensor
from ..zoo import Specimen

_LEAST, _MOST = 0.5, 2.0  # of a cotangent's elements, without their signs: none is too small to be followed
_OWN = "The result is the loss L, from which the backward pass begins."
_MADE = (
    "Behind the result stands a loss L, the sum of y times a fixed random cotangent c, "
    "so that c is the upstream gradient with which the backward pass comes to y."
)


class Swept(NamedTuple):
    """A sample's loss after its backward pass, with all gradients kept."""

    loss: Tensor
    result: Tensor
    leaves: dict[str, Tensor]
    """The inputs, by their names."""
    names: dict[str, Any]
    """The constants to be named in a drawing."""
    said: str
    """What the loss is, in a sentence."""


def swept(specimen: Specimen) -> Swept:
    """The specimen's example with a loss, after the backward pass."""
    y, leaves = specimen.record()
    loss, names = with_loss(specimen, y)
    loss.backward(retain_grads=True)
    return Swept(loss, y, leaves, names, _OWN if specimen.family == "loss" else _MADE)


def with_loss(specimen: Specimen, y: Tensor) -> tuple[Tensor, dict[str, Any]]:
    """The loss L behind a specimen's result, and the constants in it by their names; a loss of the zoo is its own.

    Not the plain sum, of which a softmax and a batch normalization have gradient 0.
    """
    if specimen.family == "loss":
        return y.named("L"), {}
    c = cotangent(y.shape)
    return ((y * c).sum().named("L"), {"c": c}) if y.ndim else ((y * c).named("L"), {})


def cotangent(shape: tuple[int, ...]) -> Array:
    """Numbers of one decimal from 0.5 to 2 with both signs, the same every time.

    >>> cotangent((4,))
    array([ 1.9, -1.3,  2. , -0.6])
    """
    rng = np.random.default_rng(4)
    sizes = np.round(rng.uniform(_LEAST, _MOST, shape), 1)
    return np.asarray(np.where(rng.random(shape) < 0.5, -sizes, sizes))
