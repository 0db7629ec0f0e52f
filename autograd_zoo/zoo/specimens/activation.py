"""Specimens of the activation family."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np

from ... import nn
from ...engine.tensor import Array
from ..specimen import Draw, Specimen
from .inputs import SHAPES, WITH_SCALAR, module, numbers, with_parameters


def _activation(
    name: str,
    cls: type[nn.Module],
    doc: str = "",
    *,
    run: Callable[..., Any] | None = None,
    domain: Draw = numbers,
    shapes: tuple[tuple[int, ...], ...] = WITH_SCALAR,
    **more: Any,
) -> Specimen:
    """The specimen of an activation; by default its module is called as it is, in every shape."""
    return Specimen(
        name=name, family="activation", doc=doc, run=run or module(cls), domain=domain, shapes=shapes, **more
    )


def _around_6(rng: np.random.Generator, shape: tuple[int, ...]) -> Array:
    """Numbers of which some are larger than 6, and none is close to 0 or 6."""
    return np.asarray(numbers(rng, shape) + rng.choice([0.0, 2.5, 8.5], shape))


def _around_3(rng: np.random.Generator, shape: tuple[int, ...]) -> Array:
    """Numbers in each of the three pieces of Hardsigmoid, none close to their ends."""
    return np.asarray(numbers(rng, shape) + rng.choice([-6.0, 0.0, 6.0], shape))


def _even(x: Array) -> Array:
    """The same without the last column, where there is an odd one."""
    return x[..., : x.shape[-1] // 2 * 2]


HALVES = tuple((*shape[:-1], 2 * shape[-1]) for shape in SHAPES)

SPECIMENS = (
    _activation("relu", nn.ReLU, smooth=False),
    _activation(
        "leaky_relu",
        nn.LeakyReLU,
        "yᵢ = max{0.01 xᵢ, xᵢ}",
        smooth=False,
        variants=({}, {"negative_slope": 0.2}),
    ),
    _activation(
        "prelu",
        nn.PReLU,
        "yᵢ = xᵢ if xᵢ > 0, else a xᵢ",
        smooth=False,
        inputs=("x", "a"),
        shapes=SHAPES[1:],
        run=with_parameters(lambda x, a: nn.PReLU(), "a"),
        others=lambda rng, x: (rng.uniform(0.1, 0.5, x.shape[1]),),
    ),
    _activation("relu6", nn.ReLU6, smooth=False, domain=_around_6),
    _activation("elu", nn.ELU, variants=({}, {"alpha": 0.5})),
    _activation("selu", nn.SELU),
    _activation("gelu", nn.GELU, "yᵢ = xᵢ Φ(xᵢ)", variants=({}, {"approximate": "tanh"})),
    _activation("sigmoid", nn.Sigmoid, "yᵢ = 1/(1 + exp(−xᵢ))"),
    _activation("silu", nn.SiLU),
    _activation("softmax", nn.Softmax, "yᵢ = exp(xᵢ)/Σₖ exp(xₖ)", shapes=SHAPES, variants=({}, {"axis": 0})),
    _activation("log_softmax", nn.LogSoftmax, "yᵢ = xᵢ − log Σₖ exp(xₖ)", shapes=SHAPES, variants=({}, {"axis": 0})),
    _activation("softplus", nn.Softplus),
    _activation("tanh", nn.Tanh, "yᵢ = tanh(xᵢ)"),
    _activation("log_sigmoid", nn.LogSigmoid),
    _activation("mish", nn.Mish),
    _activation("hardsigmoid", nn.Hardsigmoid, smooth=False, domain=_around_3),
    _activation("hardswish", nn.Hardswish, smooth=False, domain=_around_3),
    _activation("softsign", nn.Softsign),
    _activation("celu", nn.CELU, variants=({}, {"alpha": 0.5})),
    _activation("glu", nn.GLU, shapes=HALVES, accept=_even),
    _activation("swiglu", nn.SwiGLU, shapes=HALVES, accept=_even),
)
