"""What every primitive must satisfy, as functions of a Case: test files list cases, and hold each to all of these."""

from __future__ import annotations

import re
import warnings
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np
import pytest
from differences import assert_orders
from every import every
from pytorch import ORACLE, torch

from autograd_zoo import Tensor, gradient


@dataclass(frozen=True)
class Case:
    """A function of arrays or Tensors alike, made of the operation under test, and sample inputs away from kinks."""

    name: str
    f: Callable[..., Any]
    xs: tuple[Any, ...]
    torch: Callable[..., Any] | None = None  # the same function of torch's tensors
    orders: int = 3

    def __str__(self) -> str:
        return self.name


def weights(y: Any) -> Any:
    """A cotangent for y, always the same."""
    return np.random.default_rng(1).normal(size=y.shape).astype(y.dtype)


def pulled(case: Case, leaves: list[Tensor], inputs: list[Tensor]) -> tuple[Any, list[Any]]:
    """The value of the case at `inputs`, and its gradients at the leaves they came from."""
    y = case.f(*inputs)
    return y.data, gradient(y, leaves, weights(y), allow_unused=True)


def reference(case: Case) -> tuple[Any, list[Any]]:
    leaves = [Tensor(x) for x in case.xs]
    return pulled(case, leaves, leaves)


def is_numpy(case: Case) -> None:
    """The value is NumPy's, for Tensors, and for any single argument that is one."""
    expected = case.f(*case.xs)
    for k in range(-1, len(case.xs)):
        y = case.f(*(Tensor(x) if k in (-1, i) else x for i, x in enumerate(case.xs)))
        assert type(y) is Tensor
        np.testing.assert_allclose(y.data, expected, rtol=1e-14, atol=1e-14, strict=True)


def curved(f: Callable[..., Any]) -> Callable[..., Any]:
    """y + 0.37 y² for y = f(...): the upstream gradient of what f is made of depends on the inputs too."""
    return lambda *xs: (lambda y: y + 0.37 * y * y)(f(*xs))


def is_differentiable(case: Case) -> None:
    """The gradients are those of differences, at every order."""
    assert_orders(curved(case.f), case.xs, case.orders, name=str(case))


def keeps_float32(case: Case) -> None:
    """float32 in, float32 out, value and gradient, and both near those of float64."""
    leaves = [Tensor(np.float32(x)) for x in case.xs]
    found, expected = pulled(case, leaves, leaves), reference(case)
    for a, b in zip((found[0], *found[1]), (expected[0], *expected[1]), strict=True):
        assert a.dtype == np.float32
        np.testing.assert_allclose(a, b, rtol=2e-4, atol=2e-4)


def takes_any_layout(case: Case) -> None:
    """Reversed and transposed views go through as contiguous arrays do."""
    expected = reference(case)
    for view in (np.flip, np.transpose):
        leaves = [Tensor(np.ascontiguousarray(view(x)).reshape(view(x).shape)) for x in case.xs]
        value, grads = pulled(case, leaves, [view(t) for t in leaves])
        np.testing.assert_allclose(value, expected[0], rtol=1e-12, atol=1e-12)
        for a, b in zip(grads, expected[1], strict=True):
            np.testing.assert_allclose(view(a), b, rtol=1e-12, atol=1e-12)


def agrees_with_torch(case: Case) -> None:
    """Value and gradients are PyTorch's."""
    assert case.torch is not None
    value, grads = reference(case)
    xs = [torch.tensor(np.asarray(x), requires_grad=True) for x in case.xs]
    y = case.torch(*xs)
    np.testing.assert_allclose(value, y.detach().numpy(), rtol=1e-9, atol=1e-9)
    with warnings.catch_warnings():  # its first sweep changes the filters
        expected = torch.autograd.grad(y, xs, torch.tensor(np.asarray(weights(value))), allow_unused=True)
    for a, b in zip(grads, expected, strict=True):
        np.testing.assert_allclose(a, np.zeros_like(a) if b is None else b.numpy(), rtol=1e-9, atol=1e-9)


def computes(case: Case) -> None:
    """The value is right, in float32 too, and however the arguments lie in memory: one test, for these are quick."""
    for property_ in (is_numpy, keeps_float32, takes_any_layout):
        property_(case)


WORD = re.compile(r"[\w.]+")
PROPERTIES = [computes, is_differentiable, agrees_with_torch]


def hold(cases: list[Case], holding: list[Callable[[Case], None]] = PROPERTIES) -> Any:
    """Run a test `(holds, case)` over all cases and properties, a property of an operation at once."""
    oracle = ORACLE
    pairs = [
        pytest.param(p, c, id=str(c), marks=oracle if p is agrees_with_torch else [])
        for c in cases
        for p in holding
        if c.torch or p is not agrees_with_torch
    ]
    return every(("holds", "case"), pairs, by=lambda holds, case: f"{WORD.match(case.name)[0]}-{holds.__name__}")
