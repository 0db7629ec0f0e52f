"""Specimens of the loss family."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np

from ... import nn
from ...engine.tensor import Array
from ..specimen import Draw, Specimen
from .inputs import SHAPES, alike, module, normalized, numbers, probabilities


def _targets(rng: np.random.Generator, x: Array) -> tuple[Array, ...]:
    return (probabilities(rng, x.shape),)


def _loss(
    name: str,
    cls: type[nn.Module],
    target: str,
    doc: str,
    *,
    domain: Draw = numbers,
    others: Callable[[np.random.Generator, Array], tuple[Array, ...]] = _targets,
    **more: Any,
) -> Specimen:
    """The specimen of a loss, with each of its reductions; by default scores and probabilities are compared."""
    return Specimen(
        name=name,
        family="loss",
        doc=doc,
        run=module(cls),
        inputs=("x", target),
        domain=domain,
        others=others,
        shapes=SHAPES,
        variants=tuple({"reduction": r} for r in ("mean", "sum", "none")),
        **more,
    )


SPECIMENS = (
    _loss("cross_entropy", nn.CrossEntropy, "p", "L = −Σ pᵢ log xᵢ", domain=probabilities, accept=normalized),
    _loss("softmax_cross_entropy", nn.SoftmaxCrossEntropy, "p", "L = −Σ pᵢ log softmax(x)ᵢ"),
    _loss("squared_error", nn.SquaredError, "t", "L = ‖t − x‖²", others=alike()),
)
