"""The lines of a layout as chains of cubic Bézier curves, 1 + 3n points in px: beside one another, cut, and written."""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence
from itertools import pairwise

from ..layout.geometry import Layout
from ..layout.net import Point

STEM, RADIUS = 6.0, 9.0  # px that a line is level where it leaves and enters; the radius of a corner
QUARTER = 0.5523  # of the radius: where the inner points of a quarter of a circle lie
SHARPEST = 0.3  # 1 + the cosine of an angle: a line beside a sharper turn does not run out into a spike


def curve(layout: Layout, k: int) -> list[Point]:
    """The line of edge number `k`, from its tail to its head."""
    route = layout.routes[k]
    return list(route) if layout.curved else chain(route, down=layout.direction == "TB")


def chain(route: Sequence[Point], *, down: bool = False) -> list[Point]:
    """A route of points as curves: an S where both coordinates differ, else straight, with round corners.

    >>> chain([(0.0, 0.0), (30.0, 0.0)])
    [(0.0, 0.0), (10.0, 0.0), (20.0, 0.0), (30.0, 0.0)]
    """
    found = [route[0]]
    for k, (a, b) in enumerate(pairwise(route)):
        if min(abs(a[0] - b[0]), abs(a[1] - b[1])) > 0.05:
            _bend(found, a, b, down)
            continue
        before, behind = _corner(route, k), _corner(route, k + 1)
        if before:  # its quarter was drawn up to where this line begins
            a = found[-1]
        _straight(found, _toward(b, a, behind))
        if behind:
            c = _toward(b, route[k + 2], behind)
            found += [_toward(b, found[-1], behind * (1 - QUARTER)), _toward(b, c, behind * (1 - QUARTER)), c]
    return found


def beside(points: Sequence[Point], shift: float) -> list[Point]:
    """The line `shift` px to the right of a line, as one looks along it.

    >>> beside([(0.0, 0.0), (10.0, 0.0), (20.0, 0.0), (30.0, 0.0)], 2.0)
    [(0.0, 2.0), (10.0, 2.0), (20.0, 2.0), (30.0, 2.0)]
    """
    ways = [_direction(a, b) for a, b in pairwise(points)]
    known = [way for way in ways if way is not None] or [(1.0, 0.0)]
    last = known[0]
    filled = []
    for way in ways:  # points may coincide: the line goes on as it came
        last = last if way is None else way
        filled.append(last)
    around = zip(points, [filled[0], *filled], [*filled, filled[-1]], strict=True)
    moved = []
    for (x, y), (a, b), (c, d) in around:
        # Legs of the polygon move in parallel; a corner goes to where the moved legs meet.
        reach = shift / max(SHARPEST, 1 + a * c + b * d)
        moved.append((x - (b + d) * reach, y + (a + c) * reach))
    return moved


def cut(points: Sequence[Point], start: float = 0.0, end: float = 0.0) -> list[Point]:
    """A line without its first `start` and its last `end` px, where the arrow heads are.

    >>> path(cut([(0.0, 0.0), (10.0, 0.0), (20.0, 0.0), (30.0, 0.0)], end=15.0))
    'M0 0L15 0'
    """
    return _shorter(_shorter(list(points), start)[::-1], end)[::-1]


def path(points: Sequence[Point]) -> str:
    """The path of an SVG element.

    >>> path([(0.0, 0.0), (10.0, 0.0), (20.0, 0.0), (30.0, 0.0)])
    'M0 0L30 0'
    """
    parts = [f"M{xy(points[0])}"]
    for a, b, c, d in pieces(points):
        flat = all(abs((d[0] - a[0]) * (p[1] - a[1]) - (d[1] - a[1]) * (p[0] - a[0])) < 1e-3 for p in (b, c))
        parts.append(f"L{xy(d)}" if flat else f"C{xy(b)} {xy(c)} {xy(d)}")
    return "".join(parts)


def number(value: float) -> str:
    """A coordinate to a tenth of a pixel."""
    return f"{round(value, 1) + 0.0:g}" if abs(value) < 1e5 else f"{value:.1f}"


def xy(point: Point) -> str:
    """A point of a path."""
    return f"{number(point[0])} {number(point[1])}"


def pieces(points: Sequence[Point]) -> Iterator[tuple[Point, Point, Point, Point]]:
    """The cubic curves of a chain."""
    return zip(points[:-1:3], points[1::3], points[2::3], points[3::3], strict=True)


def _straight(found: list[Point], b: Point) -> None:
    (x, y), (s, t) = found[-1], b
    if math.dist((x, y), b) > 1e-6:
        found += [(x + (s - x) / 3, y + (t - y) / 3), (x + (s - x) * 2 / 3, y + (t - y) * 2 / 3), b]


def _bend(found: list[Point], a: Point, b: Point, down: bool) -> None:
    """A line that leaves and enters level, and bends between."""
    (u, v), (s, t) = (a[::-1], b[::-1]) if down else (a, b)
    stem = min(STEM, (s - u) / 4)
    inner = [((u + s) / 2, v), ((u + s) / 2, t), (s - stem, t)]
    _straight(found, (v, u + stem) if down else (u + stem, v))
    found += [(v, u) for u, v in inner] if down else inner
    _straight(found, b)


def _corner(route: Sequence[Point], k: int) -> float:
    """The radius of the corner at point `k`; 0 where there is none."""
    if not 0 < k < len(route) - 1:
        return 0.0
    a, b, c = route[k - 1 : k + 2]
    turns = any(abs(a[i] - b[i]) < 0.05 and abs(b[1 - i] - c[1 - i]) < 0.05 for i in (0, 1))
    return min(RADIUS, math.dist(a, b) / 2, math.dist(b, c) / 2) if turns else 0.0


def _toward(a: Point, b: Point, way: float) -> Point:
    """The point `way` px from a to b."""
    length = math.dist(a, b) or 1.0
    return a[0] + (b[0] - a[0]) * way / length, a[1] + (b[1] - a[1]) * way / length


def _direction(a: Point, b: Point) -> Point | None:
    length = math.dist(a, b)
    return ((b[0] - a[0]) / length, (b[1] - a[1]) / length) if length > 1e-6 else None


def _shorter(points: list[Point], by: float) -> list[Point]:
    """Without the first `by` px; a piece that is shorter goes as a whole, but not the last one."""
    while by > 0 and len(points) > 4 and math.dist(points[0], points[3]) <= by:
        by -= math.dist(points[0], points[3])
        points = points[3:]
    if by <= 0 or len(points) < 4:
        return points
    low, high = 0.0, 1.0
    for _ in range(20):
        t = (low + high) / 2
        low, high = (t, high) if math.dist(points[0], behind(points[:4], t)[0]) < by else (low, t)
    return behind(points[:4], low) + points[4:]


def behind(curve: Sequence[Point], t: float) -> list[Point]:
    """The part of a curve from parameter `t` on, by de Casteljau's construction."""
    piece, last = list(curve), []
    while piece:
        last.append(piece[-1])
        piece = [(a[0] + (b[0] - a[0]) * t, a[1] + (b[1] - a[1]) * t) for a, b in pairwise(piece)]
    return last[::-1]
