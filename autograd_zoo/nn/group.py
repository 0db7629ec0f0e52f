"""Group modules: Sum, Max and Switch."""

from __future__ import annotations

from typing import Any

import numpy as np

from ..engine.values import unmasked
from .module import Module

Axis = int | tuple[int, ...] | None


def sum(x: Any, *, axis: Axis = None, keepdims: bool = False) -> Any:
    """y = Σ xᵢ over `axis`

    Shapes: x of any shape; y without the axes summed, or with length 1 there for `keepdims`.
    Source: group.sum.y.

    >>> import autograd_zoo as az
    >>> az.nn.sum(az.Tensor([1.0, 2.0])).item()
    3.0
    """
    return np.sum(unmasked(x), axis=axis, keepdims=keepdims)


def max(x: Any, *, axis: Axis = None, keepdims: bool = False) -> Any:
    """y = max{xᵢ} over `axis`; elements that tie share the gradient equally

    Shapes: x of any shape; y without the axes reduced, or with length 1 there for `keepdims`.
    Raises: ValueError for an empty x, which has no maximum.
    Source: group.max.y.

    >>> import autograd_zoo as az
    >>> az.grad(az.nn.max)([1.0, 3.0, 3.0])
    array([0. , 0.5, 0.5])
    """
    return np.max(unmasked(x), axis=axis, keepdims=keepdims)


def switch(x: Any, s: Any) -> Any:
    """y = s ⊙ x: the switch s lets x pass (1) or not (0)

    Shapes: x and s broadcast against each other, to the shape of y.
    Source: group.switch.y.

    >>> import autograd_zoo as az
    >>> az.nn.switch(az.Tensor([1.0, 2.0]), [0.0, 1.0]).data
    array([0., 2.])
    """
    return unmasked(s) * unmasked(x)


class _Reduction(Module):
    def __init__(self, axis: Axis = None, keepdims: bool = False) -> None:
        self.axis, self.keepdims = axis, keepdims

    def extra_repr(self) -> str:
        return f"axis={self.axis}, keepdims={self.keepdims}"


class Sum(_Reduction):
    """y = Σ xᵢ over `axis`; see `sum`."""

    def forward(self, x: Any) -> Any:
        """Sum the input."""
        return sum(x, axis=self.axis, keepdims=self.keepdims)


class Max(_Reduction):
    """y = max{xᵢ} over `axis`; see `max`."""

    def forward(self, x: Any) -> Any:
        """Take the maximum of the input."""
        return max(x, axis=self.axis, keepdims=self.keepdims)


class Switch(Module):
    """y = s ⊙ x; see `switch`."""

    forward = staticmethod(switch)
