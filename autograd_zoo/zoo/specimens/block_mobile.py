"""Specimens of the block family: the blocks of Xception, MobileNet and ShuffleNet."""

from __future__ import annotations

import math
from dataclasses import replace
from functools import partial
from typing import Any

import numpy as np

from ... import nn
from ...engine.mode import switched
from ...engine.tape import Tape
from ...engine.tensor import Array, Tensor
from ...primitives.windows import windows
from ..specimen import Specimen
from .block import MARGIN, TRIES, no_luck, of_block, spread
from .inputs import module

TANH = {"activation": "tanh"}


def _shuffle_unit(stride: int = 1, **params: Any) -> nn.ShuffleUnit:
    """A unit whose kernels have the same shapes at both strides."""
    return nn.ShuffleUnit(4, 4 * stride, stride=stride, mid_channels=4, **params)


def _without_ties(specimen: Specimen) -> Specimen:
    """The specimen, its parameters drawn until no window of its pooling has two maxima that a small step would swap."""

    def others(rng: np.random.Generator, x: Array) -> tuple[Array, ...]:
        for _ in range(TRIES):
            drawn = specimen.others(rng, x)
            with switched(fused=True):
                y = specimen.run(Tensor(x), *drawn, **specimen.variants[-1])
            (u,) = (node.saved[0] for node in Tape(y) if getattr(node.op, "__name__", "") == "max_pool")
            around = [(0, 0), (0, 0), (1, 1), (1, 1)]
            largest = np.sort(windows(np.pad(u, around, constant_values=-math.inf), (3, 3), 2).reshape(-1, 9))
            if np.min(largest[:, -1] - largest[:, -2]) > MARGIN:
                return drawn
        raise no_luck(specimen.name, "each window has one maximum")

    return replace(specimen, others=others)


SPECIMENS = (
    _without_ties(
        of_block(
            "xception_block",
            "y = max of 3×3 of u₂ + BN(W ∗ x), u₂ of 2 separable convolutions",
            partial(nn.XceptionBlock, 2, 3),
            2,
            variants=({"strides": 2},),
        )
    ),
    of_block(
        "depthwise_separable",
        "y = f(BN(W₂ ∗ a)), a = f(BN(W₁ ∗ x)), W₁ depthwise",
        partial(nn.DepthwiseSeparable, 2, 3),
        2,
        variants=({}, TANH | {"stride": 2}),
    ),
    of_block(
        "inverted_residual",
        "y = x + BN(W₃ ∗ f(BN(W₂ ∗ f(BN(W₁ ∗ x))))), wide, W₂ depthwise",
        partial(nn.InvertedResidual, 2, 2, expand_ratio=2),
        2,
        variants=({}, TANH | {"stride": 2}),
    ),
    Specimen(
        name="channel_shuffle",
        family="block",
        doc="y[Gi + j] = x[C/G j + i]",
        run=module(nn.ChannelShuffle),
        domain=spread,
        accept=lambda data: data.reshape(1, -1)[:, : data.size // 6 * 6],
        shapes=((2, 6), (1, 6, 3), (2, 12, 2, 3)),
        variants=({"groups": 2}, {"groups": 3}),
    ),
    of_block(
        "shuffle_unit",
        "y = f(x + BN(W₃ ∗ BN(W₂ ∗ shuffle(f(BN(W₁ ∗ x)))))), grouped",
        _shuffle_unit,
        4,
        last=("bn2.beta",),
        variants=({"groups": 2}, TANH | {"groups": 2, "stride": 2}),
    ),
    of_block(
        "shuffle_unit_v2",
        "y = shuffle([x′, f(BN(W₃ ∗ BN(W₂ ∗ f(BN(W₁ ∗ x″)))))])",
        partial(nn.ShuffleUnitV2, 4, 4),
        4,
        last=("branch2.4.beta",),
        variants=({},),
    ),
    of_block(
        "shuffle_unit_v2_down",
        "y = shuffle([a₂, a₅]), a₂ of two and a₅ of three convolutions",
        partial(nn.ShuffleUnitV2, 2, 4, 2),
        2,
        last=("branch1.1.beta", "branch2.4.beta"),
        variants=({},),
    ),
)
