"""Sample calls of every closed form: function, inputs, parameters. The gradients are found by their names."""

import inspect
import math
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np

from autograd_zoo import closed_form
from autograd_zoo.closed_form.parts import Part


@dataclass(frozen=True)
class Case:
    """One call of the forward pass `name`, which is "family.function"."""

    name: str
    samplers: tuple[Callable[[np.random.Generator], np.ndarray], ...]
    params: dict[str, Any]

    @property
    def id(self):
        return "-".join([self.name, *(f"{key}={value}" for key, value in self.params.items())])

    @property
    def forward(self):
        return function(self.name)

    @property
    def gradients(self):
        """Position of an input -> the closed form of the gradient with respect to it."""
        names = list(inspect.signature(self.forward).parameters)[: len(self.samplers)]
        if exists(f"{self.name}_gradients") and not exists(f"{self.name}_d{names[0]}"):
            joint = function(f"{self.name}_gradients")
            return {i: Part(joint, name) for i, name in enumerate(names) if name not in ("mask", "D")}
        return {i: function(f"{self.name}_d{name}") for i, name in enumerate(names) if exists(f"{self.name}_d{name}")}

    def inputs(self, seed=0):
        rng = np.random.default_rng(seed)
        return [sampler(rng) for sampler in self.samplers]

    def cotangent(self, y, seed=1):
        return np.asarray(np.random.default_rng(seed).standard_normal(np.shape(y)))


def function(name):
    family, _, attribute = name.partition(".")
    return getattr(getattr(closed_form, family), attribute)


def exists(name):
    family, _, attribute = name.partition(".")
    return hasattr(getattr(closed_form, family), attribute)


def case(name, *samplers, **params):
    return Case(name, samplers, params)


def real(*shape):
    """Numbers away from zero, and pairwise apart, so that no kink and no tie is near."""

    def sample(rng):
        size = math.prod(shape)
        return np.reshape(rng.permutation(np.linspace(0.1, 2.0, size)) * rng.choice([-1.0, 1.0], size), shape)

    return sample


def positive(*shape):
    return lambda rng: rng.uniform(0.2, 1.0, shape)


def mask(*shape):
    return lambda rng: np.where(rng.random(shape) < 0.4, 0.0, 1.0)


POINTWISE = ["relu", "relu6", "leaky_relu", "elu", "selu", "sigmoid", "softplus", "tanh", "gelu"]

CASES = [
    *[case(f"elementwise.{name}", real(3, 4), real(3, 4)) for name in ("add", "multiply")],
    *[
        case(f"group.{name}", real(2, 3, 4), axis=axis, keepdims=keepdims)
        for name in ("sum", "max")
        for axis in (None, 1, -1, (0, 2), (-1, 0))
        for keepdims in (False, True)
    ],
    case("group.switch", real(3, 4), mask(3, 4)),
    *[case(f"activation.{name}", real(3, 4)) for name in POINTWISE],
    case("activation.leaky_relu", real(3, 4), negative_slope=0.2),
    case("activation.elu", real(3, 4), alpha=0.7),
    case("activation.gelu", real(3, 4), approximate="tanh"),
    *[
        case(f"activation.{name}", real(2, 3, 4), axis=axis)
        for name in ("softmax", "log_softmax")
        for axis in (-1, 0, 1)
    ],
    case("activation.prelu", real(2, 3, 4), real()),
    case("activation.prelu", real(2, 3, 4), real(1), axis=0),
    case("activation.prelu", real(2, 3, 4), real(3)),
    case("activation.prelu", real(2, 3, 4), real(4), axis=-1),
    case("activation.prelu", real(4), real(4), axis=0),
    *[
        case(f"loss.{name}", *samplers, reduction=reduction)
        for name, samplers in {
            "cross_entropy": (positive(2, 3, 4), positive(2, 3, 4)),
            "softmax_cross_entropy": (real(2, 3, 4), positive(2, 3, 4)),
            "squared_error": (real(2, 3, 4), real(2, 3, 4)),
        }.items()
        for reduction in ("sum", "mean", "none")
    ],
    case("regularization.dropout", real(3, 4), mask(3, 4), q=0.25),
    case("linear.linear", real(4), real(3, 4), real(3)),
    case("linear.linear", real(2, 5, 4), real(3, 4), real(3)),
    case("linear.linear", real(5, 4), real(3, 4)),
]
