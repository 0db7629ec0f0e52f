"""Rows of the residual blocks: with a projection and stride 2, and what is different without."""

from collections.abc import Iterable

import numpy as np

from autograd_zoo.closed_form.formula import Formula
from autograd_zoo.closed_form.notation import Array
from autograd_zoo.closed_form.rows.block_chain import ADD, NORM, RELU, Step, convolution, maps, norm, rows, step
from autograd_zoo.closed_form.rows.samples import away_from_zero

_PLACE = "Not printed; Linear modules, Conv-2D, text: block-level design"
_STRIDE, GROUPS = 2, 2


def _unit(i: int | str, x: str, **layer: int) -> tuple[Step, Step]:
    """Return u = BN(x ∗ W), both with the index i."""
    return step(f"z_{i}", convolution(**layer), x, f"W_{i}"), step(f"u_{i}", NORM, f"z_{i}", f"gamma_{i}", f"beta_{i}")


def _inputs(indices: Iterable[int | str]) -> tuple[str, ...]:
    return ("x", *(f"{name}_{i}" for i in indices for name in ("W", "gamma", "beta")))


def _units(rng: np.random.Generator, *shapes: tuple[int, ...]) -> tuple[Array, ...]:
    """Draw W, γ and β for each shape of W."""
    return tuple(a for shape in shapes for a in (away_from_zero(rng, *shape), *norm(rng, shape[0])))


def _basic(rng: np.random.Generator) -> tuple[Array, ...]:
    C, M = 2, 3
    return maps(rng, C), *_units(rng, (M, C, 3, 3), (M, M, 3, 3), (M, C, 1, 1))


def _basic_identity(rng: np.random.Generator) -> tuple[Array, ...]:
    C = 2
    return maps(rng, C), *_units(rng, (C, C, 3, 3), (C, C, 3, 3))


def grouped(rng: np.random.Generator) -> tuple[Array, ...]:
    """Draw maps and the parameters of a bottleneck block with groups and a projection."""
    C, R, M = 2, 4, 3
    return maps(rng, C), *_units(rng, (R, C, 1, 1), (R, R // GROUPS, 3, 3), (M, R, 1, 1), (M, C, 1, 1))


def _bottleneck_identity(rng: np.random.Generator) -> tuple[Array, ...]:
    C, R = 3, 2
    return maps(rng, C), *_units(rng, (R, C, 1, 1), (R, R, 3, 3), (C, R, 1, 1))


def _basic_stack(stride: int = 1) -> tuple[Step, ...]:
    return (
        *_unit(1, "x", stride=stride, padding=1),
        step("a", RELU, "u_1"),
        *_unit(2, "a", padding=1),
    )


def _bottleneck_stack(stride: int = 1, groups: int = 1) -> tuple[Step, ...]:
    return (
        *_unit(1, "x"),
        step("a_1", RELU, "u_1"),
        *_unit(2, "a_1", stride=stride, groups=groups, padding=1),
        step("a_2", RELU, "u_2"),
        *_unit(3, "a_2"),
    )


def _added(stack: tuple[Step, ...], shortcut: str) -> tuple[Step, ...]:
    """Return the stack, the sum of what it gives and the shortcut, and the activation."""
    return (*stack, step("s", ADD, stack[-1].out, shortcut), step("y", RELU, "s"))


_PROJECTION = _unit("s", "x", stride=_STRIDE)
_IDENTITY = "The gradients by the parameters are as with a projection."

FORMULAS: tuple[Formula, ...] = (
    *rows(
        "basic_block",
        _inputs((1, 2, "s")),
        (*_PROJECTION, *_added(_basic_stack(_STRIDE), "u_s")),
        _basic,
        _PLACE,
        stride=_STRIDE,
    ),
    *rows(
        "basic_block",
        _inputs((1, 2)),
        _added(_basic_stack(), "x"),
        _basic_identity,
        _PLACE,
        suffix=".identity",
        quantities=("x",),
        note=_IDENTITY,
    ),
    *rows(
        "bottleneck",
        _inputs((1, 2, 3, "s")),
        (*_PROJECTION, *_added(_bottleneck_stack(_STRIDE, GROUPS), "u_s")),
        grouped,
        _PLACE,
        stride=_STRIDE,
        groups=GROUPS,
    ),
    *rows(
        "bottleneck",
        _inputs((1, 2, 3)),
        _added(_bottleneck_stack(), "x"),
        _bottleneck_identity,
        _PLACE,
        suffix=".identity",
        quantities=("x",),
        note=_IDENTITY,
    ),
)
