"""Sliding windows over the last axes of an array, and the sum of windows back into place: each is the other's rule."""

from __future__ import annotations

from ..closed_form import sliding
from ..engine.functions import HANDLERS
from ..engine.primitive import primitive
from ..engine.rules import defvjp

windows = primitive(sliding.windows)
overlap_add = primitive(sliding.overlap_add)

defvjp(
    windows,
    lambda g, y, x, size, stride=1, dilation=1: overlap_add(g, shape=x.shape, stride=stride, dilation=dilation),
    reach="cut",
)
defvjp(
    overlap_add,
    lambda g, y, w, shape, stride=1, dilation=1: windows(g, w.shape[len(shape) :], stride=stride, dilation=dilation),
    reach="cut",
)
HANDLERS[sliding.windows] = windows
HANDLERS[sliding.overlap_add] = overlap_add
windows.__module__ = overlap_add.__module__ = __name__  # where pickle looks for them
