"""Specimens of the group family."""

from __future__ import annotations

from functools import partial
from typing import Any

from ... import nn
from ..specimen import Specimen
from .inputs import SHAPES, WITH_SCALAR, alike, distinct, module, numbers

AXES: tuple[dict[str, Any], ...] = ({}, {"axis": 0}, {"axis": -1, "keepdims": True})

_group = partial(Specimen, family="group")
_over_axes = partial(_group, shapes=SHAPES, variants=AXES)

SPECIMENS = (
    _over_axes(name="sum", run=module(nn.Sum), domain=numbers, doc="y = Σ xᵢ"),
    _over_axes(name="max", run=module(nn.Max), domain=distinct, smooth=False, doc="y = max{xᵢ}"),
    _group(
        name="switch",
        run=module(nn.Switch),
        inputs=("x", "s"),
        domain=numbers,
        others=alike(),
        shapes=WITH_SCALAR,
        doc="y = s ⊙ x",
    ),
)
