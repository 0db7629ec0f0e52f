"""Rows of the dense block, with two layers, and of the transition between two of them."""

import numpy as np

from autograd_zoo.closed_form.formula import Formula
from autograd_zoo.closed_form.notation import Array
from autograd_zoo.closed_form.rows.block_chain import HALVE, JOIN, NORM, RELU, Step, convolution, maps, norm, rows, step
from autograd_zoo.closed_form.rows.samples import away_from_zero

_PLACE = "Not printed; Linear modules, Conv-2D, text: DenseNet"
_C, _B, _G = 2, 3, 1


def _layer(i: int, x: str) -> tuple[Step, ...]:
    """Return the steps of layer i, which gives h_i."""
    return (
        step(f"u_{i}1", NORM, x, f"gamma_{i}1", f"beta_{i}1"),
        step(f"a_{i}1", RELU, f"u_{i}1"),
        step(f"z_{i}", convolution(), f"a_{i}1", f"W_{i}1"),
        step(f"u_{i}2", NORM, f"z_{i}", f"gamma_{i}2", f"beta_{i}2"),
        step(f"a_{i}2", RELU, f"u_{i}2"),
        step(f"h_{i}", convolution(padding=1), f"a_{i}2", f"W_{i}2"),
    )


def sample(rng: np.random.Generator) -> tuple[Array, ...]:
    """Draw maps, and the parameters of two layers."""
    parameters: list[Array] = []
    for C in (_C, _C + _G):
        parameters += [*norm(rng, C), away_from_zero(rng, _B, C, 1, 1)]
        parameters += [*norm(rng, _B), away_from_zero(rng, _G, _B, 3, 3)]
    return maps(rng, _C), *parameters


def _transition(rng: np.random.Generator) -> tuple[Array, ...]:
    C = 3
    return maps(rng, C, size=4), *norm(rng, C), away_from_zero(rng, 2, C, 1, 1)


FORMULAS: tuple[Formula, ...] = (
    *rows(
        "dense_block",
        ("x", *(f"{name}_{i}{j}" for i in (1, 2) for j in (1, 2) for name in ("gamma", "beta", "W"))),
        (*_layer(1, "x"), step("x_1", JOIN, "x", "h_1"), *_layer(2, "x_1"), step("y", JOIN, "x_1", "h_2")),
        sample,
        _PLACE,
        note="The index ij means layer i, and its j-th convolution with the normalization before it.",
    ),
    *rows(
        "transition",
        ("x", "gamma", "beta", "W"),
        (
            step("u", NORM, "x", "gamma", "beta"),
            step("a", RELU, "u"),
            step("z", convolution(), "a", "W"),
            step("y", HALVE, "z"),
        ),
        _transition,
        _PLACE,
    ),
)
