"""Our own layout: places for boxes, clusters around modules, and the ways of the edges, in Python alone.

A cluster is laid out alone, from the innermost one outwards, and is a single box in the level around it: clusters never
overlap, and what is inside one does not depend on what is outside. An edge enters and leaves a cluster at a port.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

from .geometry import PAD, ROOT, TITLE, Direction, Edge, Key, Layout, Path, Problem, Rectangle
from .layers import MARGIN, Level, Link, arrange
from .net import Point
from .rows import REST

FRAME, LEAST = 2 * (MARGIN + REST), 200.0  # px that a frame takes along from what is in it, and what it leaves
NEAR = {"LR": 40.0, "TB": 28.0}  # px between two columns, or rows, where edges lead straight on


def nested(problem: Problem) -> Layout:
    """Lay out a graph; see `layout.layout`. It is acyclic, but for edges back, also where every cluster is one box."""
    sizes, _, _, titles, direction, _ = problem
    plans, ways = _plans(problem)
    levels: dict[Path, Level] = {}
    extents: dict[Path, Point] = {}
    for path, plan in reversed(plans.items()):
        levels[path] = _arrange(path, plan, levels, extents, problem)
        extents[path] = _across(path, levels[path], titles, direction)

    # From here on outer clusters come first: where each level has its origin, along and across.
    origins: dict[Path, Point] = {ROOT: (0.0, -extents[ROOT][0])}
    boxes: dict[Key, Rectangle] = {}
    for path, plan in plans.items():
        u, v = origins[path]
        for kind, x in plan.items:
            if kind == "box":
                along, across = _turn(sizes[x], direction)
                middle = levels[path].places[kind, x]
                boxes[x] = _box(u + middle[0] - along / 2, v + middle[1] - across / 2, along, across, direction)
            elif kind == "cluster":
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
    places = {key: boxes[key] for key in sizes}
    broken = any(level.broken for level in levels.values())
    return Layout(places, rectangles, routes, width, height, direction, broken=broken)


@dataclass
class _Plan:
    """What stands in a cluster: items ("box", x), ("cluster", path), ("in", source) and ("out", source), and links."""

    items: dict[Any, None] = field(default_factory=dict)
    links: list[Link] = field(default_factory=list)
    known: dict[Any, int] = field(default_factory=dict)

    def link(self, tail: Any, head: Any, edge: Edge, back: bool) -> int:
        """The number of the link from tail to head; several edges of one source into a cluster or port share one."""
        self.items.update({tail: None, head: None})
        key = (tail, head, edge.tail, back)
        if key not in self.known or head[0] == "box":
            self.known[key] = len(self.links)
            slot = edge.slot if head[0] == "box" else 0
            self.links.append(Link(tail, head, edge.tail, edge.weight, slot=slot, back=back))
        return self.known[key]


def _steps(edge: Edge, clusters: Mapping[Key, Sequence[Path]]) -> list[tuple[Path, Any, Any, bool]]:
    """The way of an edge: out of the clusters around its tail, across their common one, into those around its head.

    An edge back leads back in their common cluster alone.
    """
    out, into = [ROOT, *clusters[edge.tail]], [ROOT, *clusters[edge.head]]
    common = sum(a == b for a, b in zip(out, into, strict=False))
    tails = [("cluster", path) for path in out[1:]] + [("box", edge.tail)]
    heads = [("cluster", path) for path in into[1:]] + [("box", edge.head)]
    port_out, port_in = ("out", edge.tail), ("in", edge.tail)
    return [
        *((out[k], tails[k], port_out, False) for k in reversed(range(common, len(out)))),
        (out[common - 1], tails[common - 1], heads[common - 1], edge.back),
        *((into[k], port_in, heads[k], False) for k in range(common, len(into))),
    ]


def _plans(problem: Problem) -> tuple[dict[Path, _Plan], list[list[tuple[Path, int]]]]:
    """What each cluster holds, outer clusters before inner ones; and each edge as links, numbered in their clusters."""
    plans: dict[Path, _Plan] = {ROOT: _Plan()}
    for key in problem.sizes:
        outer = ROOT
        for path in problem.clusters[key]:
            plans[outer].items["cluster", path] = None
            plans.setdefault(path, _Plan())
            outer = path
        plans[outer].items["box", key] = None
    ways = [
        [(path, plans[path].link(tail, head, edge, back)) for path, tail, head, back in _steps(edge, problem.clusters)]
        for edge in problem.edges
    ]
    return dict(sorted(plans.items(), key=lambda row: len(row[0]))), ways


def _arrange(
    path: Path,
    plan: _Plan,
    levels: Mapping[Path, Level],
    extents: Mapping[Path, Point],
    problem: Problem,
) -> Level:
    """Lay out one cluster, whose inner clusters are boxes by now."""
    sizes, _, _, titles, direction, limit = problem

    def size(kind: str, x: Any) -> Point:
        if kind == "cluster":
            return levels[x].along, extents[x][1] - extents[x][0]
        return _turn(sizes[x], direction) if kind == "box" else (0.0, 0.0)

    def port(item: Any, side: str, source: Key) -> float | None:
        """Where the edge of `source` passes the border of an inner cluster, from the middle of its side."""
        kind, inner = item
        if kind != "cluster":
            return None if kind == "box" else 0.0
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
        limit=None if limit is None else max(limit - FRAME * len(path), LEAST),
    )


def _across(path: Path, level: Level, titles: Mapping[Path, float], direction: Direction) -> Point:
    """The extent of a cluster across, with padding and, where edges run from left to right, its title."""
    low, high = level.across[0] - PAD, level.across[1] + PAD
    if path == ROOT:
        return low, high
    if direction == "LR":
        return low - TITLE + PAD / 2, high
    # From top to bottom edges enter beside the title, not across it.
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
