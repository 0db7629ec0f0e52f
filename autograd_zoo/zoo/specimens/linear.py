"""Specimens of the linear family."""

from __future__ import annotations

from ... import nn
from ..specimen import Specimen
from .inputs import SHAPES, numbers, with_parameters

SPECIMENS = (
    Specimen(
        name="linear",
        family="linear",
        run=with_parameters(lambda x, W, b: nn.Linear(W.shape[1], W.shape[0]), "W", "b"),
        inputs=("x", "W", "b"),
        domain=numbers,
        others=lambda rng, x: (numbers(rng, (3, x.shape[-1])), numbers(rng, (3,))),
        shapes=SHAPES,
        doc="y = Wx + b",
    ),
)
