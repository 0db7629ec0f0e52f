"""Rows of the unit that blocks are made of, and of Squeeze-and-Excitation."""

import numpy as np

from autograd_zoo.closed_form.formula import Formula
from autograd_zoo.closed_form.notation import Array
from autograd_zoo.closed_form.rows.block_chain import (
    AFFINE,
    MEAN,
    NORM,
    RELU,
    SCALE,
    SIGMOID,
    convolution,
    maps,
    norm,
    rows,
    step,
)
from autograd_zoo.closed_form.rows.samples import away_from_zero


def _unit(rng: np.random.Generator) -> tuple[Array, ...]:
    return maps(rng, 4), away_from_zero(rng, 4, 2, 3, 3), *norm(rng, 4)


def _squeeze(rng: np.random.Generator) -> tuple[Array, ...]:
    C, R = 4, 3
    weights = (away_from_zero(rng, *shape) for shape in ((R, C), (R,), (C, R), (C,)))
    return maps(rng, C), *weights


FORMULAS: tuple[Formula, ...] = (
    *rows(
        "conv_norm_activation",
        ("x", "W", "gamma", "beta"),
        (
            step("z", convolution(stride=2, padding=1, groups=2), "x", "W"),
            step("u", NORM, "z", "gamma", "beta"),
            step("y", RELU, "u"),
        ),
        _unit,
        "Not printed; beside the Inception family, which popularized batch normalization layers",
        stride=2,
        groups=2,
    ),
    *rows(
        "squeeze_excitation",
        ("x", "W_1", "b_1", "W_2", "b_2"),
        (
            step("m", MEAN, "x"),
            step("u_1", AFFINE, "m", "W_1", "b_1"),
            step("a", RELU, "u_1"),
            step("u_2", AFFINE, "a", "W_2", "b_2"),
            step("s", SIGMOID, "u_2"),
            step("y", SCALE, "s", "x"),
        ),
        _squeeze,
        "Not printed; Linear modules, FC, text: the squeeze and excitation operations",
    ),
)
