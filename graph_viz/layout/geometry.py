"""What goes into a layout and what comes out of it: sizes, edges and clusters; places, and the ways of the edges."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Literal, NamedTuple

from .net import Point

Key = Any  # anything hashable
Path = tuple[Any, ...]  # named by the path of its scope
Rectangle = tuple[float, float, float, float]  # left, top, width, height
Direction = Literal["LR", "TB"]
Engine = Literal["auto", "pygraphviz", "dot", "own"]
ROOT: Path = ()

TITLE, PAD = 20.0, 12.0  # px: the title of a cluster, and its padding


@dataclass(frozen=True)
class Edge:
    """An edge to draw. The order of `slot`s is kept where several enter one box; None leaves it open."""

    tail: Key
    head: Key
    slot: int | None = None
    weight: float = 1.0  # how straight it ought to be
    back: bool = False  # from one time step to the next: led around, and no constraint on the order


class Problem(NamedTuple):
    """What is to be laid out; see `layout.layout`."""

    sizes: Mapping[Key, Point]
    edges: Sequence[Edge]
    clusters: Mapping[Key, Sequence[Path]]
    titles: Mapping[Path, float]
    direction: Direction
    limit: float | None = None  # px along, beyond which our own layout stands in rows


@dataclass(frozen=True)
class Layout:
    """Where everything is, in px from the top left."""

    boxes: dict[Key, Rectangle]
    clusters: dict[Path, Rectangle]  # outer ones before inner ones
    routes: list[list[Point]]  # of each edge; between the points of a pair it is level or bends, see `curves`
    width: float
    height: float
    direction: Direction
    curved: bool = False  # whether the routes are chains of cubic Bézier curves instead, 1 + 3n points each
    broken: bool = False  # whether there are rows,
    engine: str = "own"  # which engine made it,
    notes: list[str] = field(default_factory=list)  # ... and why not the one before


def outer_clusters(arounds: Iterable[Sequence[Path]]) -> dict[Path, Path]:
    """Each cluster, outer ones before inner ones, and the cluster around it; from the clusters around each box.

    >>> outer_clusters([[("a",), ("a", "b")], [("c",)]])
    {('a',): (), ('a', 'b'): ('a',), ('c',): ()}
    """
    outer: dict[Path, Path] = {}
    for around in arounds:
        outer.update(zip(around, [ROOT, *around], strict=False))
    return outer
