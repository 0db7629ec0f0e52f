"""Rows of the Inception block: two kernels of 3 × 3 in place of one of 5 × 5, or 1 × n and n × 1 in place of n × n."""

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np

from autograd_zoo.closed_form.formula import Formula
from autograd_zoo.closed_form.notation import Array
from autograd_zoo.closed_form.rows.block_chain import (
    JOIN,
    MAXIMUM,
    RELU,
    Step,
    convolution,
    maps,
    norm,
    normalization,
    rows,
    step,
)
from autograd_zoo.closed_form.rows.samples import away_from_zero

Kernels = tuple[int, int]

_PLACE = "Not printed; Linear modules, Conv-2D, text: complex cells with multiple parallel data paths"
_NOTE = "The index ij means path i, and its j-th convolution with the normalization after it."
_C, _M = 2, 2  # channels that come in, and that each convolution gives
_NORM = normalization(eps=1e-3)

# The kernels of each path.
_THREES: Sequence[Sequence[Kernels]] = (((1, 1),), ((1, 1), (3, 3)), ((1, 1), (3, 3), (3, 3)), ((1, 1),))
_ASYMMETRIC: Sequence[Sequence[Kernels]] = (((1, 1),), ((1, 1), (1, 3), (3, 1)), ((1, 1), (1, 5), (5, 1)), ((1, 1),))


def _steps(paths: Sequence[Sequence[Kernels]]) -> tuple[Step, ...]:
    """Return the steps of all paths, and of joining them."""
    steps = [step("p", MAXIMUM, "x")]
    ends: list[str] = []
    for i, kernels in enumerate(paths, 1):
        end = "p" if i == len(paths) else "x"
        for j, size in enumerate(kernels, 1):
            k = f"{i}{j}"
            steps += [
                step(f"z_{k}", convolution(padding=tuple(n // 2 for n in size)), end, f"W_{k}"),
                step(f"u_{k}", _NORM, f"z_{k}", f"gamma_{k}", f"beta_{k}"),
                step(f"a_{k}", RELU, f"u_{k}"),
            ]
            end = f"a_{k}"
        ends.append(end)
    return *steps, step("y", JOIN, *ends)


def _sample(paths: Sequence[Sequence[Kernels]], size: int) -> Any:
    """Return what draws maps of this size, and W, γ and β for all convolutions."""

    def draw(rng: np.random.Generator) -> tuple[Array, ...]:
        parameters: list[Array] = []
        for kernels in paths:
            for C, K in zip((_C, *[_M] * len(kernels)), kernels, strict=False):
                parameters += [away_from_zero(rng, _M, C, *K), *norm(rng, _M)]
        return maps(rng, _C, size=size), *parameters

    return draw


def _of(paths: Sequence[Sequence[Kernels]], size: int, **more: Any) -> tuple[Formula, ...]:
    """Return the rows of a block with these kernels."""
    indices = [f"{i}{j}" for i, kernels in enumerate(paths, 1) for j in range(1, len(kernels) + 1)]
    inputs = ("x", *(f"{name}_{k}" for k in indices for name in ("W", "gamma", "beta")))
    params: Mapping[str, Any] = {"lengths": tuple(map(len, paths))}
    return rows("inception_block", inputs, _steps(paths), _sample(paths, size), _PLACE, note=_NOTE, **params, **more)


FORMULAS: tuple[Formula, ...] = (
    *_of(_THREES, 2),
    *_of(_ASYMMETRIC, 3, suffix=".asymmetric", quantities=("x", "W_23", "gamma_23", "beta_23")),
)
