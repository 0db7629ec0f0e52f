"""What an edge of the picture says besides what it joins: its gradient's weight, a label, and a tooltip."""

from __future__ import annotations

import math
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from .captions import counted
from .style import shape
from .view import Edge, View

THIN, THICK = 0.7, 2.1  # px: of a gradient that is nothing beside the greatest one, and of that
DECADES = 4.0  # powers of ten between the two
STEP, FIRST = "t → t+1", "t = 0"  # of a state: from one time step to the next, and before the first


@dataclass(frozen=True)
class Stroke:
    """An edge as it is written."""

    backward: float | None = None  # px: the width of the lane on which a gradient comes back; None: none does
    label: str = ""
    tooltip: str = ""
    state: bool = False  # from one time step to the next
    needed: bool = False  # the label is written even where there is little room


def strokes(view: View, swept: Sequence[float | None] | bool) -> list[Stroke]:
    """The strokes of a view, in the order of its edges, with lanes where gradients came back: how long they are there.

    In a sweep that led nowhere (False), or everywhere (True), nothing is said of lengths.
    """
    nothing = [math.nan if swept and edge.tape else None for edge in view.edges]
    returned = nothing if isinstance(swept, bool) else swept
    greatest = max((length for length in returned if length is not None and math.isfinite(length)), default=0.0)
    return [
        Stroke(
            backward=None if length is None else _thickness(length, greatest),
            label=" ".join(_labels(view, edge)),
            tooltip=_tooltip(edge),
            state=edge.state,
            needed=edge.state or edge.initial,
        )
        for edge, length in zip(view.edges, returned, strict=True)
    ]


def _thickness(length: float, greatest: float) -> float:
    """The width of a gradient's lane, from the logarithm of its length.

    >>> _thickness(1.0, 1.0), _thickness(0.01, 1.0), _thickness(0.0, 1.0)
    (2.1, 1.4, 0.7)
    """
    if math.isnan(length) or math.isinf(greatest):
        return 1.0
    share = 1.0 + math.log10(length / greatest) / DECADES if length and greatest else 0.0
    return THIN + (THICK - THIN) * min(1.0, max(0.0, share))


def _labels(view: View, edge: Edge) -> Iterable[str]:
    """What is written on an edge: a time step, or a shape that no box says or that is stretched, and its count."""
    tail, head = view.boxes[edge.tail], view.boxes[edge.head]
    if edge.state or edge.initial:
        yield STEP if edge.state else FIRST
        return
    if tail.kind == "module":
        if tail.shape is None and edge.shape:  # of several results it says which
            yield shape(edge.shape)
    elif head.broadcasts and 0 < len(edge.shape) <= len(head.shape or ()) and edge.shape != head.shape:
        yield f"↔ {shape(edge.shape)}"
    if edge.count > 1 and not (tail.steps or head.steps):  # of rolled steps it is understood
        yield f"×{edge.count}"


def _tooltip(edge: Edge) -> str:
    """What lies on an edge: how many values, and of which shape."""
    values = counted(edge.count, "value")
    if edge.state:
        return f"{values} from each time step to the next, {shape(edge.shape)}"
    return f"{values}, {shape(edge.shape)}" + (", before the first time step" if edge.initial else "")
