"""Specimens of the loss family."""

from __future__ import annotations

from typing import Any

from ... import nn
from ..specimen import Specimen
from .inputs import SHAPES, alike, module, normalized, numbers, probabilities


def _loss(name: str, cls: type[nn.Module], target: str, doc: str, **more: Any) -> Specimen:
    usual = {
        "run": module(cls),
        "inputs": ("x", target),
        "domain": numbers,
        "others": lambda rng, x: (probabilities(rng, x.shape),),
        "shapes": SHAPES,
        "variants": tuple({"reduction": r} for r in ("mean", "sum", "none")),
    }
    return Specimen(**{"name": name, "family": "loss", "doc": doc} | usual | more)


SPECIMENS = (
    _loss("cross_entropy", nn.CrossEntropy, "p", "L = −Σ pᵢ log xᵢ", domain=probabilities, accept=normalized),
    _loss("softmax_cross_entropy", nn.SoftmaxCrossEntropy, "p", "L = −Σ pᵢ log softmax(x)ᵢ"),
    _loss("squared_error", nn.SquaredError, "t", "L = ‖t − x‖²", others=alike()),
)
