"""Specimens of the group family."""

from __future__ import annotations

from typing import Any

from ... import nn
from ..specimen import Specimen
from .inputs import SHAPES, WITH_SCALAR, alike, distinct, module, numbers

AXES: tuple[dict[str, Any], ...] = ({}, {"axis": 0}, {"axis": -1, "keepdims": True})

SPECIMENS = (
    Specimen(
        name="sum",
        family="group",
        run=module(nn.Sum),
        domain=numbers,
        shapes=SHAPES,
        variants=AXES,
        doc="y = Σ xᵢ",
    ),
    Specimen(
        name="max",
        family="group",
        run=module(nn.Max),
        domain=distinct,
        shapes=SHAPES,
        variants=AXES,
        smooth=False,
        doc="y = max{xᵢ}",
    ),
    Specimen(
        name="switch",
        family="group",
        run=module(nn.Switch),
        inputs=("x", "s"),
        domain=numbers,
        others=alike(),
        shapes=WITH_SCALAR,
        doc="y = s ⊙ x",
    ),
)
