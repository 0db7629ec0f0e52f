"""Softmax, layer normalization and cross-entropy."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np

from autograd_zoo import nn

from ..engines import Workload, anp, mg, torch
from ..floors import rows as floors
from . import normal, workload

EPS = np.float32(1e-5)


def hips_softmax(x: Any) -> Any:
    e = anp.exp(x - anp.max(x, -1, keepdims=True))
    return e / anp.sum(e, -1, keepdims=True)


def composed_norm(xp: Any) -> Callable[..., Any]:
    """Layer normalization of an engine that has none, of its mean and its root."""

    def norm(x: Any, gamma: Any, beta: Any) -> Any:
        c = x - xp.mean(x, axis=-1, keepdims=True)
        return c / xp.sqrt(xp.mean(c * c, axis=-1, keepdims=True) + EPS) * gamma + beta

    return norm


def composed_cross_entropy(xp: Any, labels: Any) -> Callable[[Any], Any]:
    """The mean softmax cross-entropy of an engine that has none."""
    rows = np.arange(len(labels))

    def loss(z: Any) -> Any:
        z = z - xp.max(z, 1, keepdims=True)
        return xp.mean(xp.log(xp.sum(xp.exp(z), 1)) - z[rows, labels])

    return loss


@workload("softmax", tiny={"shape": (2, 3, 8)}, shape=(64, 128, 512))
def softmax(shape: tuple[int, ...]) -> Workload:
    x, g = normal(0, shape, shape)
    return Workload(
        f"softmax {shape}",
        [x],
        g,
        torch=lambda x: torch.softmax(x, -1),
        ours=nn.softmax,
        mygrad=lambda x: mg.nnet.softmax(x, axis=-1),
        hips=hips_softmax,
        floor=lambda m: floors.softmax(m, x, g),
    )


@workload("layer_norm", tiny={"shape": (2, 3, 8)}, shape=(64, 128, 512))
def layer_norm(shape: tuple[int, ...]) -> Workload:
    d = shape[-1:]
    x, g, gamma, beta = normal(0, shape, shape, d, d)
    return Workload(
        f"LayerNorm {shape}",
        [x, gamma, beta],
        g,
        torch=lambda x, a, b: torch.nn.functional.layer_norm(x, d, a, b),
        ours=nn.layer_norm,
        mygrad=composed_norm(mg),
        hips=composed_norm(anp),
        floor=lambda m: floors.layer_norm(m, x, gamma, beta, g),
    )


@workload("cross_entropy", tiny={"shape": (6, 5)}, shape=(4096, 1000))
def cross_entropy(shape: tuple[int, int]) -> Workload:
    (x,) = normal(0, shape)
    labels = np.random.default_rng(1).integers(0, shape[1], shape[0])
    return Workload(
        f"softmax cross-entropy {shape}",
        [x],
        None,
        torch=lambda x: torch.nn.functional.cross_entropy(x, torch.from_numpy(labels)),
        ours=lambda x: nn.softmax_cross_entropy(x, labels),
        mygrad=lambda x: mg.nnet.softmax_crossentropy(x, labels),
        hips=composed_cross_entropy(anp, labels),
        floor=lambda m: floors.cross_entropy(m, x, labels),
    )
