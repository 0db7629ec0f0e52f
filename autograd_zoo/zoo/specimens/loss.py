"""Specimens of the loss family."""

from __future__ import annotations

from collections.abc import Callable, Mapping
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
    doc: str = "",
    *,
    domain: Draw = numbers,
    others: Callable[[np.random.Generator, Array], tuple[Array, ...]] = _targets,
    params: tuple[Mapping[str, Any], ...] = ({},),
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
        variants=tuple({"reduction": r, **more} for more in params for r in ("mean", "sum", "none")),
        **more,
    )


def _apart(rng: np.random.Generator, x: Array) -> tuple[Array, ...]:
    """Targets that are not close to the predictions, nor their difference to the width of a bow, ½ or 1."""
    return (x + rng.choice([-1.0, 1.0], x.shape) * rng.choice([0.3, 0.7, 1.4], x.shape),)


def _signs(rng: np.random.Generator, x: Array) -> tuple[Array, ...]:
    """Targets of either sign, with which no score stands at the margin."""
    t = rng.choice([-1.0, 1.0], x.shape)
    return (np.where(np.abs(t * x - 1.0) < 0.05, -t, t),)


def _shares(rng: np.random.Generator, shape: tuple[int, ...]) -> Array:
    return np.asarray(rng.uniform(0.1, 0.9, shape))


def _logs(rng: np.random.Generator, shape: tuple[int, ...]) -> Array:
    return np.log(probabilities(rng, shape))


def _inside(x: Array) -> Array:
    """Numbers brought between 0 and 1."""
    return np.asarray(0.1 + 0.8 / (1.0 + np.exp(-x)))


def _some_shares(rng: np.random.Generator, x: Array) -> tuple[Array, ...]:
    return (_shares(rng, x.shape),)


SPECIMENS = (
    _loss("cross_entropy", nn.CrossEntropy, "p", "L = −Σ pᵢ log xᵢ", domain=probabilities, accept=normalized),
    _loss("softmax_cross_entropy", nn.SoftmaxCrossEntropy, "p", "L = −Σ pᵢ log softmax(x)ᵢ"),
    _loss("squared_error", nn.SquaredError, "t", "L = ‖t − x‖²", others=alike()),
    _loss("l1", nn.L1, "t", others=_apart, smooth=False),
    _loss("smooth_l1", nn.SmoothL1, "t", others=_apart, smooth=False, params=({}, {"beta": 0.5})),
    _loss("huber", nn.Huber, "t", others=_apart, smooth=False, params=({}, {"delta": 0.5})),
    _loss("hinge", nn.Hinge, "t", others=_signs, smooth=False),
    _loss("bce", nn.BCE, "t", domain=_shares, others=_some_shares, accept=_inside),
    _loss("bce_with_logits", nn.BCEWithLogits, "t", others=_some_shares),
    _loss("kl_div", nn.KLDiv, "p", domain=_logs, params=({}, {"log_target": True})),
    _loss("nll", nn.NLL, "p", domain=_logs),
)
