"""How positions of one map meet those of another through a kernel, along one axis."""

from __future__ import annotations

from typing import NamedTuple


class Axis(NamedTuple):
    """Position o of y meets element i of the kernel at x's position stride · o + dilation · i + start."""

    kernel: int
    stride: int
    dilation: int
    start: int

    def reached(self, offset: int, count: int, n: int) -> tuple[slice, slice]:
        """Of `count` positions those where stride · o + offset + start is one of n, and these."""
        start = offset + self.start
        first = max(0, -(start // self.stride))
        last = max(first, min(count, (n - 1 - start) // self.stride + 1))
        at = self.stride * first + start
        return slice(first, last), slice(at, at + self.stride * (last - first), self.stride)
