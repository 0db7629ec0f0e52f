"""Group modules: Sum, Max and Switch."""

from __future__ import annotations

from ..closed_form import group as cf
from .applied import Applied
from .fusion import fused_by
from .module import Module

Axis = int | tuple[int, ...] | None

sum = fused_by()(cf.sum)
max = fused_by()(cf.max)
switch = fused_by()(cf.switch)


class _Reduction(Applied):
    settings = ("axis", "keepdims")

    def __init__(self, axis: Axis = None, keepdims: bool = False) -> None:
        self.axis, self.keepdims = axis, keepdims

    def extra_repr(self) -> str:
        return f"axis={self.axis}, keepdims={self.keepdims}"


class Sum(_Reduction):
    """y = Σ xᵢ over `axis`; see `sum`."""

    form = staticmethod(sum)


class Max(_Reduction):
    """y = max{xᵢ} over `axis`; see `max`."""

    form = staticmethod(max)


class Switch(Module):
    """y = s ⊙ x; see `switch`."""

    forward = staticmethod(switch)
