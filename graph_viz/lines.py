"""What a line of the picture says besides what it joins: its gradient's weight, a label, and a tooltip."""

from __future__ import annotations

import math
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

from .captions import counted
from .style import shape

THIN, THICK = 0.7, 2.1  # px: of a gradient that is nothing beside the greatest one, and of that
DECADES = 4.0  # powers of ten between the two
STEP, FIRST = "t → t+1", "t = 0"  # of a state: from one time step to the next, and before the first


@dataclass(frozen=True)
class Line:
    """A line as it is written."""

    backward: float | None = None  # px: the width of the lane on which a gradient comes back; None: none does
    label: str = ""
    tooltip: str = ""
    state: bool = False  # from one time step to the next
    needed: bool = False  # the label is written even where there is little room


def of(view: Any, swept: bool) -> list[Line]:
    """The lines of a folded graph, in the order of its edges; with lanes for the gradients if it was `swept`."""
    norms = dict(view.nodes(data="norm"))
    greatest = max((n for n in norms.values() if n is not None and math.isfinite(n)), default=0.0)
    return [
        Line(
            backward=_thickness(edge.get("norm", norms[u]), greatest) if swept and _pulled(view.nodes[u]) else None,
            label=" ".join(_labels(view, u, v, edge)),
            tooltip=_tooltip(edge),
            state=bool(edge.get("state")),
            needed=bool(edge.get("state") or edge.get("initial")),
        )
        for u, v, edge in view.edges(data=True)
    ]


def _pulled(tail: Any) -> bool:
    """Whether a gradient comes back to a mark."""
    return tail["kind"] not in ("constant", "failed")


def _thickness(norm: float | None, greatest: float) -> float:
    """The width of a gradient's lane, from the logarithm of its norm.

    >>> _thickness(1.0, 1.0), _thickness(0.01, 1.0), _thickness(0.0, 1.0)
    (2.1, 1.4, 0.7)
    """
    if norm is None or not greatest or math.isnan(norm):
        return 1.0
    share = 1.0 + math.log10(norm / greatest) / DECADES if norm else 0.0
    return THIN + (THICK - THIN) * min(1.0, max(0.0, share))


def _labels(view: Any, u: Any, v: Any, edge: dict[str, Any]) -> Iterable[str]:
    """What is written on a line: a time step, or a shape that no box says or that is stretched, and its count."""
    tail, head = view.nodes[u], view.nodes[v]
    if edge.get("state") or edge.get("initial"):
        yield STEP if edge.get("state") else FIRST
        return
    if tail["kind"] == "module":
        if edge["shape"] and edge["shape"] not in [s for *_, s in view.in_edges(u, data="shape")]:
            yield shape(edge["shape"])
    elif head.get("broadcasts") and edge["shape"] and len(edge["shape"]) <= len(head.get("shape", ())):
        if edge["shape"] != head["shape"]:
            yield f"↔ {shape(edge['shape'])}"
    if edge.get("count", 1) > 1 and not (tail.get("steps") or head.get("steps")):  # of rolled steps it is understood
        yield f"×{edge['count']}"


def _tooltip(edge: dict[str, Any]) -> str:
    """What lies on a line: how many values, and of which shape."""
    values = counted(edge.get("count", 1), "value")
    if edge.get("state"):
        return f"{values} from each time step to the next, {shape(edge['shape'])}"
    return f"{values}, {shape(edge['shape'])}" + (", before the first time step" if edge.get("initial") else "")
