"""The modules of the first families as data: function, module, PyTorch's version, parameters and sample inputs."""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

import numpy as np

from autograd_zoo import nn

SHAPES = [(), (4,), (3, 5), (2, 3, 4), (1, 3), (0,), (3, 0)]


@dataclass(frozen=True, eq=False)
class Case:
    """One call, in two forms: the plain function `f(*inputs, **params)`, and the module that computes the same."""

    f: Callable[..., Any]
    build: Callable[..., nn.Module]  # the module, from the params
    torch: Callable[..., Any]  # (torch, *tensors, **params) -> tensor
    inputs: tuple[np.ndarray, ...]
    params: dict[str, Any] = field(default_factory=dict)
    smooth: bool = True
    parameters: tuple[str, ...] = ()  # the module's names of the inputs after the first
    large: float = 1e30  # the first input may be as large; 0 if it is bounded

    def __str__(self) -> str:
        params = (f"{key}={value}" for key, value in self.params.items())
        return "-".join([self.f.__name__, *params, "x".join(map(str, self.inputs[0].shape)) or "number"])

    def function(self, *inputs: Any) -> Any:
        return self.f(*inputs, **self.params)

    def module(self, *inputs: Any) -> Any:
        if not self.parameters:
            return self.build(**self.params)(*inputs)
        x, *given = inputs
        module = self.build(*map(np.shape, given), **self.params)
        for name, value in zip(self.parameters, given, strict=False):
            setattr(module, name, value)
        return module(x)


class Net(nn.Module):
    """A module with a part, so that the part has a path: "part"."""

    def __init__(self, part: nn.Module) -> None:
        self.part = part

    def forward(self, *inputs: Any) -> Any:
        return self.part(*inputs)


def away(shape: tuple[int, ...], seed: int = 0) -> np.ndarray:
    """Numbers of either sign, away from zero, where the kinks are, and from each other."""
    rng = np.random.default_rng(seed)
    size = math.prod(shape)
    return np.reshape(rng.permutation(np.linspace(0.1, 2.0, size)) * rng.choice([-1.0, 1.0], size), shape)


def positive(shape: tuple[int, ...], seed: int = 0) -> np.ndarray:
    return np.random.default_rng(seed).uniform(0.2, 1.0, shape)


def shares(shape: tuple[int, ...], seed: int = 0) -> np.ndarray:
    """Probabilities: positive numbers that sum to 1 along the last axis."""
    x = positive(shape, seed)
    return x / x.sum(-1, keepdims=True)


def switches(shape: tuple[int, ...]) -> np.ndarray:
    return np.random.default_rng(9).integers(0, 2, shape).astype(float)


def over_batch(losses: Any, reduction: str) -> Any:
    return {"mean": losses.mean, "sum": losses.sum, "none": lambda: losses}[reduction]()


ELEMENTWISE = [
    Case(f, build, torch, (away(a), away(b, 1)))
    for f, build, torch in [
        (nn.add, nn.Add, lambda torch, a, b: a + b),
        (nn.multiply, nn.Multiply, lambda torch, a, b: a * b),
    ]
    for a, b in [*zip(SHAPES, SHAPES, strict=True), ((3, 5), (5,)), ((2, 1, 4), (3, 1)), ((), (3,))]
]

GROUP = [
    *[
        Case(f, build, torch, (away(shape),), {"axis": axis, "keepdims": keepdims}, smooth=f is nn.sum)
        for f, build, torch in [
            (nn.sum, nn.Sum, lambda torch, x, axis, keepdims: torch.sum(x, axis, keepdims)),
            (
                nn.max,
                nn.Max,
                lambda torch, x, axis, keepdims: torch.amax(x, (*range(x.ndim),) if axis is None else axis, keepdims),
            ),
        ]
        for shape, axis in [((), None), ((4,), None), ((3, 5), 0), ((3, 5), -1), ((2, 3, 4), (0, 2)), ((2, 3, 4), None)]
        for keepdims in (False, True)
    ],
    *[Case(nn.sum, nn.Sum, lambda torch, x: x.sum(), (away(shape),)) for shape in [(0,), (3, 0)]],
    *[Case(nn.switch, nn.Switch, lambda torch, x, s: s * x, (away(s), switches(s))) for s in SHAPES],
]

POINTWISE = [
    (nn.relu, nn.ReLU, lambda torch, x: torch.relu(x), [{}], False),
    (nn.relu6, nn.ReLU6, lambda torch, x: torch.nn.functional.relu6(x), [{}], False),
    (
        nn.leaky_relu,
        nn.LeakyReLU,
        lambda torch, x, **params: torch.nn.functional.leaky_relu(x, **params),
        [{}, {"negative_slope": 0.2}, {"negative_slope": 2.0}],
        False,
    ),
    (nn.elu, nn.ELU, lambda torch, x, **params: torch.nn.functional.elu(x, **params), [{}, {"alpha": 0.5}], True),
    (nn.selu, nn.SELU, lambda torch, x: torch.selu(x), [{}], True),
    (
        nn.gelu,
        nn.GELU,
        lambda torch, x, **params: torch.nn.functional.gelu(x, **params),
        [{}, {"approximate": "tanh"}],
        True,
    ),
    (nn.sigmoid, nn.Sigmoid, lambda torch, x: torch.sigmoid(x), [{}], True),
    (nn.softplus, nn.Softplus, lambda torch, x: torch.nn.functional.softplus(x), [{}], True),
    (nn.tanh, nn.Tanh, lambda torch, x: torch.tanh(x), [{}], True),
]

ACTIVATION = [
    *[
        Case(f, build, torch, (away(shape),), params, smooth)
        for f, build, torch, variants, smooth in POINTWISE
        for params in variants
        for shape in SHAPES
    ],
    *[
        Case(f, build, torch, (away(shape),), {} if axis is None else {"axis": axis})
        for f, build, torch in [
            (nn.softmax, nn.Softmax, lambda torch, x, axis=-1: torch.softmax(x, axis)),
            (nn.log_softmax, nn.LogSoftmax, lambda torch, x, axis=-1: torch.log_softmax(x, axis)),
        ]
        for shape, axis in [*((shape, None) for shape in SHAPES), ((3, 5), 0), ((2, 3, 4), 1), ((2, 3, 4), -3)]
    ],
    *[
        Case(
            nn.prelu,
            lambda a: nn.PReLU(*a),
            lambda torch, x, a: torch.nn.functional.prelu(x, a.reshape(-1)),
            (away(shape), positive(a)),
            smooth=False,
            parameters=("a",),
        )
        for shape, a in [
            ((4,), (1,)),
            ((2, 3), ()),
            ((2, 3, 4), (1,)),
            ((2, 3), (3,)),
            ((2, 3, 4), (3,)),
            ((0, 3), (3,)),
        ]
    ],
]

BATCHES = [(4,), (3, 5), (2, 3, 4), (1, 3)]
REDUCTIONS = ["mean", "sum", "none"]

LOSS = [
    Case(f, build, torch, (predicted(shape), target(shape, 1)), {"reduction": reduction}, large=large)
    for f, build, torch, predicted, target, large in [
        (
            nn.cross_entropy,
            nn.CrossEntropy,
            lambda torch, x, p, reduction: over_batch(-(p * x.log()).sum(-1), reduction),
            shares,
            shares,
            0.0,
        ),
        (
            nn.softmax_cross_entropy,
            nn.SoftmaxCrossEntropy,
            lambda torch, x, p, reduction: over_batch(-(p * x.log_softmax(-1)).sum(-1), reduction),
            away,
            shares,
            1e30,
        ),
        (
            nn.squared_error,
            nn.SquaredError,
            lambda torch, x, t, reduction: over_batch(((t - x) ** 2).sum(-1), reduction),
            away,
            away,
            1e18,  # its square is a float32
        ),
    ]
    for shape in BATCHES
    for reduction in REDUCTIONS
]

REGULARIZATION = [
    Case(
        nn.dropout,
        lambda **params: lambda x, D: nn.dropout(x, D, **params),  # the module draws D itself
        lambda torch, x, D, q=0.5: D * x / (1.0 - q),
        (away(shape), switches(shape)),
        params,
    )
    for shape in SHAPES
    for params in ({}, {"q": 0.2}, {"q": 0.0})
]

LINEAR = [
    Case(
        nn.linear,
        lambda W, b=None: nn.Linear(W[1], W[0], bias=b is not None),
        lambda torch, x, W, b=None: torch.nn.functional.linear(x, W, b),
        (away((*batch, 4)), away((3, 4), 1), away((3,), 2))[: 2 + bias],
        parameters=("W", "b"),
    )
    for batch in [(), (5,), (2, 3), (1,), (0,)]
    for bias in (True, False)
]
