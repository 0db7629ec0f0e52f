"""Elementwise modules: Add and Multiply."""

from __future__ import annotations

from typing import Any

from ..engine.values import unmasked
from .module import Module


def add(a: Any, b: Any) -> Any:
    """y = a ⊕ b

    Shapes: a and b broadcast against each other, to the shape of y.
    Source: elementwise.add.y.

    >>> import autograd_zoo as az
    >>> az.nn.add(az.Tensor([1.0, 2.0]), 10.0).data
    array([11., 12.])
    """
    return unmasked(a) + unmasked(b)


def multiply(a: Any, b: Any) -> Any:
    """y = a ⊙ b

    Shapes: a and b broadcast against each other, to the shape of y.
    Source: elementwise.multiply.y.

    >>> import autograd_zoo as az
    >>> az.nn.multiply(az.Tensor([1.0, 2.0]), 10.0).data
    array([10., 20.])
    """
    return unmasked(a) * unmasked(b)


class Add(Module):
    """y = a ⊕ b; see `add`."""

    forward = staticmethod(add)


class Multiply(Module):
    """y = a ⊙ b; see `multiply`."""

    forward = staticmethod(multiply)
