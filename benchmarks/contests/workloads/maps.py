"""Batch normalization and pooling, on (32, 64, 32, 32)."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np

from autograd_zoo import nn

from ..engines import Workload, anp, mg, torch
from ..floors import maps as floors
from . import normal, workload

TINY = {"shape": (2, 3, 4, 4)}
SHAPE = (32, 64, 32, 32)
EPS = np.float32(1e-5)


def hips_batch_norm(x: Any, gamma: Any, beta: Any) -> Any:
    c = x - anp.mean(x, (0, 2, 3), keepdims=True)
    z = c / anp.sqrt(anp.mean(c * c, (0, 2, 3), keepdims=True) + EPS)
    return z * gamma.reshape(1, -1, 1, 1) + beta.reshape(1, -1, 1, 1)


@workload("batch_norm", tiny=TINY, shape=SHAPE)
def batch_norm(shape: tuple[int, ...]) -> Workload:
    c = (shape[1],)
    x, g, gamma, beta = normal(0, shape, shape, c, c)
    return Workload(
        f"BatchNorm2d {shape}",
        [x, gamma, beta],
        g,
        torch=lambda x, a, b: torch.nn.functional.batch_norm(x, None, None, a, b, True),
        ours=nn.batch_norm,
        mygrad=lambda x, a, b: mg.nnet.batchnorm(x, gamma=a, beta=b, eps=1e-5),
        hips=hips_batch_norm,
        floor=lambda m: floors.batch_norm(m, x, gamma, beta, g),
    )


def _pool(name: str, shape: tuple[int, ...], floor: Callable[..., Any], **engines: Any) -> Workload:
    n, c, h, w = shape
    x, g = normal(0, shape, (n, c, h // 2, w // 2))
    return Workload(f"{name} pooling 2×2 {shape}", [x], g, floor=lambda m: floor(m, x, g), **engines)


def window_max(x: Any) -> Any:
    """HIPS autograd: the maxima of windows of 2 × 2."""
    n, c, h, w = x.shape
    return anp.max(anp.max(anp.reshape(x, (n, c, h // 2, 2, w // 2, 2)), 5), 3)


def _window_mean(x: Any) -> Any:
    n, c, h, w = x.shape
    return anp.mean(anp.reshape(x, (n, c, h // 2, 2, w // 2, 2)), (3, 5))


@workload("max_pool", tiny=TINY, shape=SHAPE)
def max_pool(shape: tuple[int, ...]) -> Workload:
    return _pool(
        "max",
        shape,
        floors.max_pool,
        torch=lambda x: torch.nn.functional.max_pool2d(x, 2),
        ours=lambda x: nn.max_pool(x, kernel_size=(2, 2)),
        mygrad=lambda x: mg.nnet.max_pool(x, (2, 2), 2),
        hips=window_max,
    )


@workload("avg_pool", tiny=TINY, shape=SHAPE)
def avg_pool(shape: tuple[int, ...]) -> Workload:
    n, c, h, w = shape
    return _pool(
        "average",
        shape,
        floors.avg_pool,
        torch=lambda x: torch.nn.functional.avg_pool2d(x, 2),
        ours=lambda x: nn.avg_pool(x, kernel_size=(2, 2)),
        mygrad=lambda x: mg.mean(mg.reshape(x, (n, c, h // 2, 2, w // 2, 2)), axis=(3, 5)),
        hips=_window_mean,
    )
