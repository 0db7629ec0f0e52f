"""Activations, on (64, 128, 512)."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np

from autograd_zoo import nn

from ..engines import Workload, anp, mg, torch
from ..floors import pointwise as floors
from . import normal, workload

F = np.float32


def _hips_gelu(x: Any) -> Any:
    from autograd.scipy.special import erf

    return 0.5 * x * (1 + erf(x * F(0.5**0.5)))


ENGINES: dict[str, dict[str, Any]] = {
    "tanh": dict(
        torch=lambda x: torch.tanh(x),
        ours=nn.tanh,
        mygrad=lambda x: mg.tanh(x),
        hips=lambda x: anp.tanh(x),
        floor=floors.tanh,
    ),
    "sigmoid": dict(
        torch=lambda x: torch.sigmoid(x),
        ours=nn.sigmoid,
        mygrad=lambda x: mg.nnet.sigmoid(x),
        hips=lambda x: 1 / (1 + anp.exp(-x)),
        floor=floors.sigmoid,
    ),
    "relu": dict(
        torch=lambda x: torch.relu(x),
        ours=nn.relu,
        mygrad=lambda x: mg.nnet.relu(x),
        hips=lambda x: anp.maximum(x, 0),
        floor=floors.relu,
    ),
    "gelu": dict(
        torch=lambda x: torch.nn.functional.gelu(x),
        ours=nn.gelu,
        mygrad="has no erf",
        hips=_hips_gelu,
        floor=floors.gelu,
    ),
}


def _make(name: str) -> Callable[..., Workload]:
    def make(shape: tuple[int, ...]) -> Workload:
        x, g = normal(0, shape, shape)
        engines = dict(ENGINES[name])
        floor = engines.pop("floor")
        return Workload(f"{name} {shape}", [x], g, floor=lambda m: floor(m, x, g), **engines)

    return make


for name in ENGINES:
    workload(name, tiny={"shape": (2, 3, 8)}, shape=(64, 128, 512))(_make(name))
