"""What the page of a module sweeps: a loss L = Σ c ⊙ y of its result y, with a fixed cotangent c, swept once."""

from __future__ import annotations

from typing import Any, NamedTuple

import numpy as np

from ..engine.tensor import Array, Tensor
from ..zoo import Specimen

_LEAST, _MOST = 0.5, 2.0  # of a cotangent's elements, without their signs: none is too small to be followed


class Swept(NamedTuple):
    """A loss after its backward pass, and the constants to be named in a drawing."""

    loss: Tensor
    names: dict[str, Any]


def swept(specimen: Specimen) -> Swept:
    """The specimen's example with a loss, after the backward pass; a loss of the zoo is its own.

    Not the plain sum, of which a softmax and a batch normalization have gradient 0.
    """
    y, _ = specimen.record()
    if specimen.family == "loss":
        loss, names = y.named("L"), {}
    else:
        c = cotangent(y.shape)
        product = y * c
        loss, names = (product.sum() if y.ndim else product).named("L"), {"c": c} if y.ndim else {}
    loss.backward(retain_grads=True)
    return Swept(loss, names)


def cotangent(shape: tuple[int, ...]) -> Array:
    """Numbers of one decimal from 0.5 to 2 with both signs, the same every time.

    >>> cotangent((4,))
    array([ 1.9, -1.3,  2. , -0.6])
    """
    rng = np.random.default_rng(4)
    sizes = np.round(rng.uniform(_LEAST, _MOST, shape), 1)
    return np.asarray(np.where(rng.random(shape) < 0.5, -sizes, sizes))
