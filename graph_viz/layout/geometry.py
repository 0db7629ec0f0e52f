"""What goes into a layout and what comes out of it: sizes, lines and frames; places, and the ways of the lines."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Literal, NamedTuple

from .net import Point

Mark = Any  # anything hashable
Frame = tuple[Any, ...]  # named by the path of its scope
Rectangle = tuple[float, float, float, float]  # left, top, width, height
Direction = Literal["LR", "TB"]
Engine = Literal["auto", "pygraphviz", "dot", "own"]
ROOT: Frame = ()

TITLE, PAD = 20.0, 12.0  # px: the title of a frame, and its padding


@dataclass(frozen=True)
class Edge:
    """A line to draw. The order of `slot`s is kept where several enter one mark; None leaves it open."""

    tail: Mark
    head: Mark
    slot: int | None = None
    weight: float = 1.0  # how straight it ought to be
    back: bool = False  # from one time step to the next: led around, and no constraint on the order


class Problem(NamedTuple):
    """What is to be laid out; see `layout.layout`."""

    sizes: Mapping[Mark, Point]
    edges: Sequence[Edge]
    frames: Mapping[Mark, Sequence[Frame]]
    titles: Mapping[Frame, float]
    direction: Direction


@dataclass(frozen=True)
class Layout:
    """Where everything is, in px from the top left."""

    boxes: dict[Mark, Rectangle]
    frames: dict[Frame, Rectangle]  # outer ones before inner ones
    routes: list[list[Point]]  # of each edge; between the points of a pair it is level or bends, see `curves`
    width: float
    height: float
    direction: Direction
    curved: bool = False  # whether the routes are chains of cubic Bézier curves instead, 1 + 3n points each
    engine: str = "own"  # which engine made it,
    notes: list[str] = field(default_factory=list)  # ... and why not the one before


def outer_frames(arounds: Iterable[Sequence[Frame]]) -> dict[Frame, Frame]:
    """Each frame, outer ones before inner ones, and the frame around it; from the frames around each mark.

    >>> outer_frames([[("a",), ("a", "b")], [("c",)]])
    {('a',): (), ('a', 'b'): ('a',), ('c',): ()}
    """
    outer: dict[Frame, Frame] = {}
    for around in arounds:
        outer.update(zip(around, [ROOT, *around], strict=False))
    return outer
