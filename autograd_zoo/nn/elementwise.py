"""Elementwise modules: Add and Multiply."""

from __future__ import annotations

from ..closed_form import elementwise as cf
from .fusion import fused_by
from .module import Module

add = fused_by()(cf.add)
multiply = fused_by()(cf.multiply)


class Add(Module):
    """y = a ⊕ b; see `add`."""

    forward = staticmethod(add)


class Multiply(Module):
    """y = a ⊙ b; see `multiply`."""

    forward = staticmethod(multiply)
