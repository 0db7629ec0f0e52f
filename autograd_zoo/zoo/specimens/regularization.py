"""Specimens of the regularization family."""

from __future__ import annotations

from ... import nn
from ..specimen import Specimen
from .inputs import WITH_SCALAR, numbers

SPECIMENS = (
    Specimen(
        name="dropout",
        family="regularization",
        run=nn.dropout,
        inputs=("x",),
        domain=numbers,
        others=lambda rng, x: (rng.integers(0, 2, x.shape).astype(x.dtype),),
        shapes=WITH_SCALAR,
        variants=({"q": 0.5}, {"q": 0.2}),
        doc="y = 1/(1 − q) D ⊙ x",
    ),
)
