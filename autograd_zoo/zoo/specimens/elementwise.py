"""Specimens of the elementwise family."""

from __future__ import annotations

from ... import nn
from ..specimen import Specimen
from .inputs import WITH_SCALAR, alike, module, numbers


def _binary(name: str, cls: type[nn.Module], doc: str) -> Specimen:
    return Specimen(
        name=name,
        family="elementwise",
        run=module(cls),
        inputs=("a", "b"),
        domain=numbers,
        others=alike(),
        shapes=WITH_SCALAR,
        doc=doc,
    )


SPECIMENS = (
    _binary("add", nn.Add, "y = a ⊕ b"),
    _binary("multiply", nn.Multiply, "y = a ⊙ b"),
)
