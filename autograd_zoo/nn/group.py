"""Group modules: Sum, Max and Switch."""

from __future__ import annotations

from typing import Any

from ..closed_form import group as cf
from .fusion import fused_by
from .module import Module

Axis = int | tuple[int, ...] | None

sum = fused_by()(cf.sum)
max = fused_by()(cf.max)
switch = fused_by()(cf.switch)


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
