"""Our own layout: places for marks, frames around modules, and the ways of the lines, in Python alone.

A frame is laid out alone, from the innermost one outwards, and is a single box in the level around it: frames never
overlap, and what is inside one does not depend on what is outside. A line enters and leaves a frame at a port.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

from .geometry import PAD, ROOT, TITLE, Direction, Edge, Frame, Layout, Mark, Problem, Rectangle
from .layers import Level, Link, arrange
from .net import Point

NEAR = {"LR": 40.0, "TB": 28.0}  # px between two columns, or rows, where lines lead straight on


def nested(problem: Problem) -> Layout:
    """Lay out a graph; see `layout.layout`. It is acyclic, but for lines back, also where every frame is one box."""
    sizes, _, _, titles, direction = problem
    plans, ways = _plans(problem)
    levels: dict[Frame, Level] = {}
    extents: dict[Frame, Point] = {}
    for path, plan in reversed(plans.items()):
        levels[path] = _arrange(path, plan, levels, extents, problem)
        extents[path] = _across(path, levels[path], titles, direction)

    # From here on outer frames come first: where each level has its origin, along and across.
    origins: dict[Frame, Point] = {ROOT: (0.0, -extents[ROOT][0])}
    boxes: dict[Mark, Rectangle] = {}
    for path, plan in plans.items():
        u, v = origins[path]
        for kind, x in plan.items:
            if kind == "mark":
                along, across = _turn(sizes[x], direction)
                middle = levels[path].places[kind, x]
                boxes[x] = _box(u + middle[0] - along / 2, v + middle[1] - across / 2, along, across, direction)
            elif kind == "frame":
                middle = levels[path].places[kind, x]
                origins[x] = (u + middle[0] - levels[x].along / 2, v + middle[1] - sum(extents[x]) / 2)
    rectangles = {
        path: _box(u, v + extents[path][0], levels[path].along, extents[path][1] - extents[path][0], direction)
        for path, (u, v) in origins.items()
    }
    width, height = rectangles.pop(ROOT)[2:]
    routes = []
    for way in ways:
        points = [(origins[path], point) for path, k in way for point in levels[path].routes[k]]
        routes.append(_thinned([_turn((o[0] + p[0], o[1] + p[1]), direction) for o, p in points]))
    return Layout({mark: boxes[mark] for mark in sizes}, rectangles, routes, width, height, direction)


@dataclass
class _Plan:
    """What stands in one frame: items ("mark", x), ("frame", path), ("in", source) and ("out", source), and links."""

    items: dict[Any, None] = field(default_factory=dict)
    links: list[Link] = field(default_factory=list)
    known: dict[Any, int] = field(default_factory=dict)

    def link(self, tail: Any, head: Any, edge: Edge, back: bool) -> int:
        """The number of the link from tail to head; several lines of one source into a frame or port share one."""
        self.items.update({tail: None, head: None})
        key = (tail, head, edge.tail, back)
        if key not in self.known or head[0] == "mark":
            self.known[key] = len(self.links)
            slot = edge.slot if head[0] == "mark" else 0
            self.links.append(Link(tail, head, edge.tail, edge.weight, slot=slot, back=back))
        return self.known[key]


def _steps(edge: Edge, frames: Mapping[Mark, Sequence[Frame]]) -> list[tuple[Frame, Any, Any, bool]]:
    """The way of a line: out of the frames around its tail, across their common one, into those around its head.

    A line back leads back in their common frame alone.
    """
    out, into = [ROOT, *frames[edge.tail]], [ROOT, *frames[edge.head]]
    common = sum(a == b for a, b in zip(out, into, strict=False))
    tails = [("frame", path) for path in out[1:]] + [("mark", edge.tail)]
    heads = [("frame", path) for path in into[1:]] + [("mark", edge.head)]
    port_out, port_in = ("out", edge.tail), ("in", edge.tail)
    return [
        *((out[k], tails[k], port_out, False) for k in reversed(range(common, len(out)))),
        (out[common - 1], tails[common - 1], heads[common - 1], edge.back),
        *((into[k], port_in, heads[k], False) for k in range(common, len(into))),
    ]


def _plans(problem: Problem) -> tuple[dict[Frame, _Plan], list[list[tuple[Frame, int]]]]:
    """What each frame holds, outer frames before inner ones; and each edge as links, numbered in their frames."""
    plans: dict[Frame, _Plan] = {ROOT: _Plan()}
    for mark in problem.sizes:
        outer = ROOT
        for path in problem.frames[mark]:
            plans[outer].items["frame", path] = None
            plans.setdefault(path, _Plan())
            outer = path
        plans[outer].items["mark", mark] = None
    ways = [
        [(path, plans[path].link(tail, head, edge, back)) for path, tail, head, back in _steps(edge, problem.frames)]
        for edge in problem.edges
    ]
    return dict(sorted(plans.items(), key=lambda row: len(row[0]))), ways


def _arrange(
    path: Frame,
    plan: _Plan,
    levels: Mapping[Frame, Level],
    extents: Mapping[Frame, Point],
    problem: Problem,
) -> Level:
    """Lay out one frame, whose inner frames are boxes by now."""
    sizes, _, _, titles, direction = problem

    def size(kind: str, x: Any) -> Point:
        if kind == "frame":
            return levels[x].along, extents[x][1] - extents[x][0]
        return _turn(sizes[x], direction) if kind == "mark" else (0.0, 0.0)

    def port(item: Any, side: str, source: Mark) -> float | None:
        """Where the line of `source` passes the border of an inner frame, from the middle of its side."""
        kind, inner = item
        if kind != "frame":
            return None if kind == "mark" else 0.0
        return levels[inner].places[side, source][1] - sum(extents[inner]) / 2

    links = [
        replace(link, leave=port(link.tail, "out", link.source), enter=port(link.head, "in", link.source))
        for link in plan.links
    ]
    root, level_title = path == ROOT, direction == "LR"
    return arrange(
        {item: size(*item) for item in plan.items},
        links,
        [item for item in plan.items if item[0] == "in"],
        [item for item in plan.items if item[0] == "out"],
        near=NEAR[direction],
        lead=0.0 if root or level_title else TITLE,
        least=titles[path] + 2 * PAD if level_title and not root else 0.0,
    )


def _across(path: Frame, level: Level, titles: Mapping[Frame, float], direction: Direction) -> Point:
    """The extent of a frame across, with padding and, where lines run from left to right, its title."""
    low, high = level.across[0] - PAD, level.across[1] + PAD
    if path == ROOT:
        return low, high
    if direction == "LR":
        return low - TITLE + PAD / 2, high
    # From top to bottom lines enter beside the title, not across it.
    beside = min((place[1] for (kind, _), place in level.places.items() if kind == "in"), default=high)
    return min(low, beside - titles[path] - 2 * PAD), high


def _turn(point: Point, direction: Direction) -> Point:
    """(along, across) of (x, y), and the other way round."""
    return point if direction == "LR" else (point[1], point[0])


def _box(along: float, across: float, length: float, breadth: float, direction: Direction) -> Rectangle:
    return (*_turn((along, across), direction), *_turn((length, breadth), direction))


def _thinned(points: list[Point]) -> list[Point]:
    """Without points that repeat the one before, or stand on a level line."""
    kept: list[Point] = []
    for p in points:
        if kept and abs(p[0] - kept[-1][0]) + abs(p[1] - kept[-1][1]) < 1e-6:
            continue
        if len(kept) > 1 and any(abs(p[i] - kept[-1][i]) + abs(kept[-1][i] - kept[-2][i]) < 1e-6 for i in (0, 1)):
            kept.pop()
        kept.append(p)
    return kept
