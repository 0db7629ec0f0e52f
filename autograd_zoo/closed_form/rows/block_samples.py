"""Random inputs of blocks: small maps, no two elements of which are equal, kernels, and the γ and β beside them."""

from collections.abc import Sequence

import numpy as np

from ..notation import Array
from .samples import Sample, away_from_zero

C, E, GROUPS = 2, 4, 2
"""Channels of x, channels inside a block that is wide there, and groups."""


def maps(rng: np.random.Generator, *channels: int, size: int = 3) -> Array:
    """Two samples of small maps, no two elements of which are equal."""
    shape = (2, *channels, size, size)
    return rng.permutation(np.linspace(-2.0, 2.0, int(np.prod(shape)))).reshape(shape)


def units(
    channels: int, *kernels: tuple[int, ...], size: int = 3, spread: float = 1.0, last: tuple[int, ...] = ()
) -> Sample:
    """A sampler of maps, and for each kernel W, γ times `spread`, and β; those of `last` are at the end."""

    def draw(rng: np.random.Generator) -> tuple[Array, ...]:
        drawn, constants = [maps(rng, channels, size=size)], list[Array]()
        for i, shape in enumerate(kernels, 1):
            W, gamma, beta = (away_from_zero(rng, *of) for of in (shape, shape[:1], shape[:1]))
            drawn += [W, spread * gamma]
            (constants if i in last else drawn).append(beta)
        return *drawn, *constants

    return draw


def arrays(channels: int, *shapes: tuple[int, ...], size: int = 3) -> Sample:
    """A sampler of maps and of parameters of these shapes."""
    return lambda rng: (maps(rng, channels, size=size), *(away_from_zero(rng, *shape) for shape in shapes))


def _layer(C: int) -> tuple[tuple[int, ...], ...]:
    """The shapes of a layer of a dense block: γ, β and W, twice."""
    return (C,), (C,), (3, C, 1, 1), (3,), (3,), (1, 3, 3, 3)


def _inception(*paths: Sequence[tuple[int, int]]) -> list[tuple[int, ...]]:
    """The shapes of kernels that are this large, path by path."""
    return [(C, C, *size) for path in paths for size in path]


SAMPLES: dict[str, Sample] = {
    "conv_norm_activation": units(4, (4, 2, 3, 3)),
    "squeeze_excitation": arrays(4, (3, 4), (3,), (4, 3), (4,)),
    "inception_block": units(C, *_inception([(1, 1)], [(1, 1), (3, 3)], [(1, 1), (3, 3), (3, 3)], [(1, 1)]), size=2),
    "inception_block.asymmetric": units(
        C, *_inception([(1, 1)], [(1, 1), (1, 3), (3, 1)], [(1, 1), (1, 5), (5, 1)], [(1, 1)])
    ),
    "basic_block": units(C, (3, C, 3, 3), (3, 3, 3, 3), (3, C, 1, 1)),
    "basic_block.identity": units(C, (C, C, 3, 3), (C, C, 3, 3)),
    "bottleneck": units(C, (E, C, 1, 1), (E, E // GROUPS, 3, 3), (3, E, 1, 1), (3, C, 1, 1)),
    "bottleneck.identity": units(3, (C, 3, 1, 1), (C, C, 3, 3), (3, C, 1, 1)),
    "dense_block": arrays(C, *_layer(C), *_layer(C + 1)),
    "transition": arrays(3, (3,), (3,), (2, 3, 1, 1), size=4),
    "xception_block": arrays(C, (C, 3, 3), (3, C), (3,), (3,), (3, 3, 3), (3, 3), (3,), (3,), (3, C, 1, 1), (3,), (3,)),
    "depthwise_separable": units(C, (C, 1, 3, 3), (3, C, 1, 1)),
    "inverted_residual": units(C, (E, C, 1, 1), (E, 1, 3, 3), (C, E, 1, 1), spread=3.0),
    "shuffle_unit": units(E, (E, 2, 1, 1), (E, 1, 3, 3), (E, 2, 1, 1), last=(2,)),
    "shuffle_unit_v2": units(2 * C, (C, C, 1, 1), (C, 1, 3, 3), (C, C, 1, 1), last=(2,)),
    "shuffle_unit_v2_down": units(C, (C, 1, 3, 3), (C, C, 1, 1), (C, C, 1, 1), (C, 1, 3, 3), (C, C, 1, 1), last=(1, 4)),
}
"""By the names of blocks."""
