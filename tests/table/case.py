"""A row of the table, and its cases: calls of a module with sample inputs, in each form that the module has."""

from __future__ import annotations

import inspect
import math
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from functools import cache, cached_property
from typing import Any

import numpy as np

import autograd_zoo as az
from autograd_zoo.closed_form.parts import Part, sharing

SHAPES = [(), (4,), (3, 5), (2, 3, 4), (1, 3), (0,), (3, 0)]
ALL = "function module closed torch"
CONSTANT = ("mask", "D")  # inputs of an attention that are never Tensors here


@dataclass(frozen=True, eq=False)
class Call:
    """Inputs and parameters, and what they are for: which forms of a module take them, and whether PyTorch does."""

    inputs: tuple[Any, ...]
    params: Mapping[str, Any]
    of: str

    def __str__(self) -> str:
        params = (f"{key}={'array' if isinstance(value, np.ndarray) else value}" for key, value in self.params.items())
        return "-".join([*("x".join(map(str, np.shape(x))) or "number" for x in self.inputs[:3]), *params])


def call(*inputs: Any, of: str = ALL, **params: Any) -> Call:
    """A call of all forms, or of those that `of` names."""
    return Call(inputs, params, of)


@dataclass(frozen=True, eq=False, kw_only=True)
class Row:
    """What the tests know of one specimen. The names of its closed forms are those of the specimen."""

    calls: Iterable[Call] = ()
    function: Callable[..., Any] | None = None
    """The function of `nn`, of arrays or Tensors: `(*inputs, **params)`."""
    module: Callable[..., Any] | None = None
    """The module of `nn`, called with its inputs and parameters; by default as the specimen calls it."""
    torch: Callable[..., Any] | None = None
    """PyTorch's counterpart, a function of tensors: `(*inputs, **params)`."""
    twin: Callable[..., Any] | None = None
    """PyTorch's counterpart, a module, where that is no function."""
    draw: Callable[..., Any] | None = None
    """Draws a module and its twin: `(n, f)` -> ours, PyTorch's, channels of x; n draws integers, f is an activation."""
    orders: int = 3
    """The derivatives that exist at the sample inputs, and are tried; 2 at kinks, and where 3 take long."""
    thorough: int = 1000
    """How many of the calls are tried at every order and far from zero; of the others it would tell nothing new."""
    large: float = 1e30
    """The first input may be as large; 0 if it is bounded."""
    fuses: bool = True
    """Whether it is recorded as one node inside `az.fused()`."""
    limits: tuple[list[float], list[float]] | None = None
    """Of an activation: values and derivatives at EXTREMES, typed in, which a stable form reaches without overflow."""


class Form:
    """A case in one of its forms: its value, and its gradients by every input that has one."""

    def __init__(self, case: Case, kind: str) -> None:
        self.case, self.kind = case, kind

    def __call__(self, *inputs: Any) -> Any:
        f = {"function": self.case.row.function, "module": self.case.module, "closed": self.case.closed}[self.kind]
        return f(*inputs, **self.case.call.params)

    def swept(self, inputs: Iterable[Any], g: Any = None) -> tuple[Any, list[Any]]:
        """The value, and the gradients by the inputs, for a cotangent, by default one that is always the same."""
        inputs = list(inputs)
        if self.kind == "closed":
            y = self(*inputs)
            g = cotangent(y) if g is None else g
            with sharing():
                return y, [rule and rule(g, y, *inputs, **self.case.call.params) for rule in self.rules]
        return swept(self, inputs, g)

    @cached_property
    def sample(self) -> tuple[Any, list[Any]]:
        """Value and gradients at the sample inputs, which every property compares with."""
        return self.swept(self.case.inputs)

    @cached_property
    def joint(self) -> Callable[..., Any] | None:
        """The closed form of all gradients at once, or None."""
        known = az.zoo.BY_NAME[self.case.specimen]
        return getattr(known.formulas, f"{known.forward.__name__}_gradients", None)

    @cached_property
    def rules(self) -> list[Callable[..., Any] | None]:
        """The closed form of the gradient by each input, or None."""
        known = az.zoo.BY_NAME[self.case.specimen]
        names = list(inspect.signature(known.forward).parameters)[: len(self.case.inputs)]
        if "gradients" in known.gradients:
            return [None if x in CONSTANT else Part(self.joint, x) for x in names]
        rules = [getattr(known.formulas, f"{known.forward.__name__}_d{x}", None) for x in names]
        return rules + [None] * (len(self.case.inputs) - len(rules))  # of any number of parameters


@dataclass(frozen=True, eq=False)
class Case:
    """One call of a specimen, in the forms that it has."""

    specimen: str
    row: Row
    call: Call
    thorough: bool = True
    forms: tuple[Form, ...] = field(init=False)

    def __post_init__(self) -> None:
        known = {"function": self.row.function, "module": self.module, "closed": self.closed}
        kinds = [kind for kind in known if known[kind] is not None and kind in self.call.of]
        object.__setattr__(self, "forms", tuple(Form(self, kind) for kind in kinds))

    def __str__(self) -> str:
        return f"{self.specimen}-{self.call}"

    @property
    def inputs(self) -> tuple[Any, ...]:
        return self.call.inputs

    @property
    def module(self) -> Callable[..., Any] | None:
        known = az.zoo.BY_NAME.get(self.specimen)
        return self.row.module or (known and known.run)

    @property
    def closed(self) -> Callable[..., Any] | None:
        known = az.zoo.BY_NAME.get(self.specimen)
        return known and known.forward

    @property
    def torch(self) -> Callable[..., Any] | None:
        """The same function of PyTorch's tensors, if there is one that takes this call."""
        return self.row.torch if "torch" in self.call.of else None


def cases(rows: Mapping[str, Row]) -> list[Case]:
    """The cases of some rows."""
    return [Case(name, row, given, k < row.thorough) for name, row in rows.items() for k, given in enumerate(row.calls)]


def closed(specimen: str, *inputs: Any, **params: Any) -> Form:
    """A closed form with these inputs."""
    (form,) = Case(specimen, Row(), call(*inputs, of="closed", **params)).forms
    return form


def is_float(x: Any) -> bool:
    return isinstance(x, np.ndarray | np.floating) and x.dtype.kind == "f"


def tensor(x: Any) -> Any:
    """A leaf of x, if x is of floats: of indices and masks there is no gradient."""
    return az.Tensor(x) if is_float(x) else x


@cache
def normal(shape: tuple[int, ...], dtype: np.dtype[Any]) -> Any:
    """Normal numbers, always the same, which are asked for at every point of a difference."""
    return np.random.default_rng(1).standard_normal(shape).astype(dtype)


def cotangent(y: Any) -> Any:
    """A cotangent for y, always the same."""
    return normal(np.shape(y), y.dtype).copy()


def swept(f: Callable[..., Any], inputs: Iterable[Any], g: Any = None) -> tuple[Any, list[Any]]:
    """The value of f, and its gradients by the inputs, by the tape; None by indices and masks."""
    leaves = [tensor(x) for x in inputs]
    y = f(*leaves)
    found = iter(az.gradient(y, [x for x in leaves if isinstance(x, az.Tensor)], cotangent(y) if g is None else g))
    return y.data, [next(found) if isinstance(x, az.Tensor) else None for x in leaves]


# ---- sample inputs -----------------------------------------------------------------------------------------------


def away(shape: tuple[int, ...], seed: int = 0) -> np.ndarray:
    """Numbers of either sign, away from zero, where the kinks are, and from each other."""
    rng = np.random.default_rng(seed)
    size = math.prod(shape)
    return np.reshape(rng.permutation(np.linspace(0.1, 2.0, size)) * rng.choice([-1.0, 1.0], size), shape)


def drawn(*shapes: tuple[int, ...]) -> tuple[np.ndarray, ...]:
    """An array `away` from zero in each shape, all different."""
    return tuple(away(shape, seed) for seed, shape in enumerate(shapes))


def mixed(shape: tuple[int, ...]) -> np.ndarray:
    """Numbers away from zero whose signs alternate along every axis, so that no two neighbours are alike."""
    return np.abs(away(shape)) * (-1.0) ** np.indices(shape).sum(axis=0)


def positive(shape: tuple[int, ...], seed: int = 0) -> np.ndarray:
    return np.random.default_rng(seed).uniform(0.2, 1.0, shape)


def shares(shape: tuple[int, ...], seed: int = 0) -> np.ndarray:
    """Probabilities: positive numbers that sum to 1 along the last axis."""
    x = positive(shape, seed)
    return x / x.sum(-1, keepdims=True)


def switches(shape: tuple[int, ...]) -> np.ndarray:
    return np.random.default_rng(9).integers(0, 2, shape).astype(float)
