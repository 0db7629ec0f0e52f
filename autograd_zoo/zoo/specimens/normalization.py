"""Specimens of the normalization family."""

from __future__ import annotations

from functools import partial
from typing import Any

import numpy as np

from ... import closed_form as cf
from ... import nn
from ...engine.tensor import Array
from ..specimen import Specimen
from .inputs import numbers, with_parameters

BATCH = {2: nn.BatchNorm1d, 3: nn.BatchNorm1d, 4: nn.BatchNorm2d, 5: nn.BatchNorm3d}
INSTANCE = {3: nn.InstanceNorm1d, 4: nn.InstanceNorm2d, 5: nn.InstanceNorm3d}

# At least four numbers for each mean: of two, x̂ is ±1 wherever they lie, and a gradient of 0 has no relative error.
MAPS = ((3, 4, 5), (2, 6, 2, 3), (1, 2, 2, 3, 2), (2, 4, 7), (3, 2, 4, 1))
SAMPLES = ((5,), (3, 6), (2, 3, 4), (1, 8), (2, 1, 2, 4))
EPS: tuple[dict[str, Any], ...] = ({}, {"eps": 0.1})


def _of_channels(rng: np.random.Generator, x: Array) -> tuple[Array, ...]:
    """γ and β, one number for each channel."""
    return numbers(rng, x.shape[1:2]), numbers(rng, x.shape[1:2])


def _of_sample(rng: np.random.Generator, x: Array) -> tuple[Array, ...]:
    """γ and β, one number for each element of a sample."""
    return numbers(rng, x.shape[-1:]), numbers(rng, x.shape[-1:])


def _statistics(rng: np.random.Generator, x: Array) -> tuple[Array, ...]:
    """γ and β, and running statistics."""
    return *_of_channels(rng, x), numbers(rng, x.shape[1:2]), rng.uniform(0.2, 2.0, x.shape[1])


def _evaluate(x: Any, gamma: Any, beta: Any, mu: Any, sigma2: Any, **params: Any) -> Any:
    module: Any = BATCH[x.ndim](x.shape[1], **params).eval()
    module.gamma, module.beta, module.running_mean, module.running_var = gamma, beta, mu, sigma2
    return module(x)


def _weighted(v: Any, g: Any, **params: Any) -> Any:
    """W of a normalized Linear layer: what it makes of the unit vectors."""
    module = nn.WeightNorm(nn.Linear(v.shape[1], v.shape[0], bias=False), **params)
    module.v, module.g = v, g
    return module(np.eye(v.shape[1])).T


_normalization = partial(
    Specimen,
    family="normalization",
    inputs=("x", "gamma", "beta"),
    domain=numbers,
    others=_of_channels,
    variants=EPS,
)
"""The specimen of a normalization; by default it has γ and β for each channel, and is tried with another ε."""

SPECIMENS = (
    _normalization(
        name="batch_norm",
        doc="yₘ = γ (xₘ − μ_B)/√(σ_B² + ε) + β",
        run=with_parameters(lambda x, *_, **params: BATCH[x.ndim](x.shape[1], **params), "gamma", "beta"),
        shapes=((5, 3), (4, 1), *MAPS),
        intermediates={"μ_B": cf.normalization.batch_norm_dmu, "σ²_B": cf.normalization.batch_norm_dsigma2},
    ),
    _normalization(
        name="batch_norm_inference",
        doc="yₘ = γ (xₘ − μ)/√(σ² + ε) + β, with running statistics",
        run=_evaluate,
        inputs=("x", "gamma", "beta", "mu", "sigma2"),
        others=_statistics,
        shapes=((5, 3), (1, 2), *MAPS),
    ),
    _normalization(
        name="layer_norm",
        doc="y = γ ⊙ (x − μ)/√(σ² + ε) + β over a layer",
        run=with_parameters(lambda x, *_, **params: nn.LayerNorm(x.shape[-1], **params), "gamma", "beta"),
        others=_of_sample,
        shapes=SAMPLES,
    ),
    _normalization(
        name="instance_norm",
        doc="y = γ (x − μ)/√(σ² + ε) + β over a channel",
        run=with_parameters(lambda x, *_, **params: INSTANCE[x.ndim](x.shape[1], **params), "gamma", "beta"),
        shapes=MAPS,
        accept=lambda x: x if x.ndim > 2 else x[:, None],  # a vector is a map of one channel
    ),
    _normalization(
        name="group_norm",
        doc="y = γ (x − μ)/√(σ² + ε) + β over a group of channels",
        run=with_parameters(
            lambda x, *_, groups, **params: nn.GroupNorm(groups, x.shape[1], **params), "gamma", "beta"
        ),
        shapes=((3, 8), *MAPS),
        variants=({"groups": 1}, {"groups": 2, "eps": 0.1}),
    ),
    _normalization(
        name="rms_norm",
        doc="y = γ ⊙ x/√(1/M Σ xᵢ² + ε)",
        run=with_parameters(lambda x, gamma, eps=1e-5: nn.RMSNorm(x.shape[-1], eps), "gamma"),
        inputs=("x", "gamma"),
        others=lambda rng, x: _of_sample(rng, x)[:1],
        shapes=SAMPLES,
    ),
    _normalization(
        name="weight_norm",
        doc="w = g v/‖v‖",
        run=_weighted,
        inputs=("v", "g"),
        others=lambda rng, v: (numbers(rng, v.shape[:1]),),
        shapes=((3, 4), (1, 5), (5, 3), (2, 7), (6, 2)),
        variants=({}, {"axis": -2}),
    ),
)
