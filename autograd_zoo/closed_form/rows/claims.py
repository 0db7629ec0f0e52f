"""What the document says in words and a number decides: the rows of all families, and what they have alike."""

from collections.abc import Callable
from functools import partial
from typing import Any

import numpy as np

from ..formula import Formula
from ..notation import Array
from .build import Rows, with_mended, written_out

VGG = {11: (1, 1, 2, 2, 2), 13: (2, 2, 2, 2, 2), 16: (2, 2, 3, 3, 3), 19: (2, 2, 4, 4, 4)}
"""The convolutional layers of VGG's five stages by its depth, as the document's reference 17 has them."""


def claim(
    place: str, id: str, text: str, latex: str, holds: Callable[..., Array] | None = None, **more: Any
) -> Formula:
    """The row of a claim, which `text` begins or sums up: `printed` is what is said, `corrected` what is so.

    Of what is said to hold, `holds` tells whether it does, as numbers that should be 1.
    """
    if holds:
        more |= {"printed": lambda *given, **params: np.ones_like(holds(*given, **params)), "corrected": holds}
    family_specimen, _, name = id.rpartition(".")
    return Formula(
        id=f"{family_specimen}.claim.{name}",
        specimen=family_specimen.partition(".")[2],
        quantity="claim",
        place=f"{place}: {text}" if text else place,
        latex=written_out(latex),
        source="ours" if place.startswith("Not printed") else "document",
        **with_mended(more),
    )


def claims(place: str, **shared: Any) -> Rows:
    """What makes the rows of claims at a place, by their ids: `claims(place)["conv.conv.stride"](text, latex, ...)`."""
    return Rows(partial(claim, place, **shared))


def vgg(rng: np.random.Generator) -> tuple[Array, Array]:
    """Draw one of VGG's networks: C, M and H of each convolutional layer, then inputs and outputs of the others."""
    depth = list(VGG)[int(rng.integers(len(VGG)))]
    convs, C = [], 3
    for stage, count in enumerate(VGG[depth]):
        for _ in range(count):
            convs.append((C, min(64 * 2**stage, 512), 224 >> stage))
            C = convs[-1][1]
    return np.array(convs), np.array([(7 * 7 * 512, 4096), (4096, 4096), (4096, 1000)])


def weights(convs: Array, dense: Array) -> tuple[Array, Array]:
    """How many weights each layer has."""
    return 9 * convs[:, 0] * convs[:, 1], dense[:, 0] * dense[:, 1]


def activations(convs: Array, dense: Array) -> tuple[Array, Array]:
    """How many numbers each layer makes of one image."""
    return convs[:, 1] * convs[:, 2] ** 2, dense[:, 1]


def multiplications(convs: Array, dense: Array) -> tuple[Array, Array]:
    """How many products each layer takes for one image."""
    of_convs, of_dense = weights(convs, dense)
    return of_convs * convs[:, 2] ** 2, of_dense


def second_alone(edit: str) -> dict[str, Callable[..., Array]]:
    """The repair of what is said of two numbers and, by the edit, so of the second alone."""
    return {edit: lambda *_: truth(False, True)}


def truth(*values: Any) -> Array:
    """Conditions as numbers, 1 where they hold and 0 where they do not."""
    return np.array(values, float)
