"""A layout problem as DOT for Graphviz, without any text, and its answer as a `Layout`."""

from __future__ import annotations

import json
import math
from collections.abc import Sequence

from .geometry import PAD, ROOT, Direction, Key, Layout, Path, Problem, Rectangle, outer_clusters
from .net import Point

INCH = 72.0  # px: we give and take what Graphviz calls points
NEAR, BETWEEN = 20, 36  # px between two boxes of a column, and between two columns
TITLE, MARGIN = 14, 14.0  # px: the height of the title of a cluster; around the picture


def write(problem: Problem) -> str:
    """DOT of boxes n0, n1, ... in clusters cluster_0, ..., with lines e0, e1, ...: sizes, and no text."""
    sizes, edges, clusters, titles, direction, _ = problem
    number = {key: k for k, key in enumerate(sizes)}
    outer = outer_clusters(clusters.values())
    inner: dict[Path, list[Path]] = {path: [] for path in (ROOT, *outer)}
    for path, around in outer.items():
        inner[around].append(path)
    boxes: dict[Path, list[Key]] = {path: [] for path in inner}
    for key in sizes:
        boxes[clusters[key][-1] if clusters[key] else ROOT].append(key)
    slots: dict[Key, list[int]] = {}
    for edge in edges:
        if edge.slot is not None and not edge.back:
            slots.setdefault(edge.head, []).append(edge.slot)
    names = {path: f"cluster_{k}" for k, path in enumerate(outer)}

    lines = [
        "digraph {",
        f"graph [rankdir={direction}, nodesep={NEAR / INCH:.3f}, ranksep={BETWEEN / INCH:.3f}, margin=0, pad=0];",
        'node [shape=box, fixedsize=true, margin=0, label=""];',
        "edge [dir=none];",
    ]
    stack: list[tuple[Path, str]] = [(ROOT, "")]
    while stack:
        path, closing = stack.pop()
        if closing:
            lines.append(closing)
            continue
        if path != ROOT:
            label = f"label=<{_table(titles[path], TITLE, ['<TR><TD></TD></TR>'])}>"
            lines.append(f"subgraph {names[path]} {{ graph [{label}, labeljust=l, margin={PAD:g}];")
            stack.append((path, "}"))
        for key in boxes[path]:
            lines.append(f"n{number[key]} [{_box(sizes[key], sorted(slots.get(key, ())), direction)}];")
        stack += [(within, "") for within in reversed(inner[path])]
    leave, enter = ("e", "w") if direction == "LR" else ("s", "n")
    for k, edge in enumerate(edges):
        ordered = edge.slot is not None and not edge.back and len(slots[edge.head]) > 1
        port = f"p{edge.slot}:{enter}" if ordered else enter
        about = [f"id=e{k}", f"tailport={leave}", f'headport="{port}"', f"weight={max(1, round(10 * edge.weight))}"]
        about += ["constraint=false"] if edge.back else []
        lines.append(f"n{number[edge.tail]} -> n{number[edge.head]} [{', '.join(about)}];")
    return "\n".join([*lines, "}", ""])


def _box(size: Point, slots: Sequence[int], direction: Direction) -> str:
    """The attributes of a box: its size and, where lines have an order, an empty table whose cells they enter."""
    sized = f"width={size[0] / INCH:.4f}, height={size[1] / INCH:.4f}"
    if len(slots) < 2:
        return sized
    (w, h), n = size, len(set(slots))
    w, h = (w, h / n) if direction == "LR" else (w / n, h)
    cells = [f'<TD PORT="p{slot}" {_fixed(w, h)}></TD>' for slot in dict.fromkeys(slots)]
    rows = [f"<TR>{cell}</TR>" for cell in cells] if direction == "LR" else [f"<TR>{''.join(cells)}</TR>"]
    return f"{sized}, label=<{_table(*size, rows)}>"


def _table(width: float, height: float, rows: Sequence[str]) -> str:
    bare = 'BORDER="0" CELLBORDER="0" CELLSPACING="0" CELLPADDING="0"'
    return f"<TABLE {bare} {_fixed(width, height)}>{''.join(rows)}</TABLE>"


def _fixed(width: float, height: float) -> str:
    return f'FIXEDSIZE="TRUE" WIDTH="{width:.0f}" HEIGHT="{height:.0f}"'


def read(answer: str, problem: Problem) -> Layout:
    """The layout that Graphviz answered, as JSON without drawing operations.

    Raises
    ------
    ValueError
        if it is no answer to what `write` asked
    """
    sizes, edges, clusters, _, direction, _ = problem
    try:
        found = json.loads(answer)
        _, _, width, height = _numbers(found["bb"])
        named = {thing["name"]: thing for thing in found.get("objects", ())}
        lines = {line["id"]: line for line in found.get("edges", ())}

        def place(x: float, y: float) -> Point:  # Graphviz has its origin at the bottom
            return x + MARGIN, height - y + MARGIN

        boxes: dict[Key, Rectangle] = {}
        for k, (key, (w, h)) in enumerate(sizes.items()):
            x, y = place(*_point(named[f"n{k}"]["pos"]))
            boxes[key] = (x - w / 2, y - h / 2, w, h)
        rectangles: dict[Path, Rectangle] = {}
        for k, path in enumerate(outer_clusters(clusters.values())):
            low_x, low_y, high_x, high_y = _numbers(named[f"cluster_{k}"]["bb"])
            rectangles[path] = (*place(low_x, high_y), high_x - low_x, high_y - low_y)
        routes = []
        for k, edge in enumerate(edges):
            points = [place(*point) for point in _route(lines[f"e{k}"]["pos"])]
            routes.append([_onto(boxes[edge.tail], points[0]), *points[1:-1], _onto(boxes[edge.head], points[-1])])
    except (KeyError, TypeError, IndexError, AttributeError) as error:
        raise ValueError(f"{type(error).__name__}: {error}") from error
    return Layout(boxes, rectangles, routes, width + 2 * MARGIN, height + 2 * MARGIN, direction, curved=True)


def _numbers(text: str) -> list[float]:
    numbers = [float(number) for number in text.split(",")]
    if not all(map(math.isfinite, numbers)):
        raise ValueError(f"a place {text}")
    return numbers


def _point(text: str) -> Point:
    """A point, which may have a third coordinate, and may be pinned: "x,y", "x,y,z", "x,y!"."""
    x, y, *_ = _numbers(text.removesuffix("!"))
    return x, y


def _route(pos: str) -> list[Point]:
    """The cubic pieces of a line: a point and three more for each, from "spline;spline;...".

    A spline is "s,x,y e,x,y x,y x,y x,y x,y ...". It ends short of the tips s and e, where Graphviz has arrows in mind,
    some versions even with dir=none; a straight piece leads there, as from one spline to the next.
    """
    route: list[Point] = []
    for spline in pos.split(";"):
        words = spline.split()
        tips = {word[0]: _point(word[2:]) for word in words if word.startswith(("s,", "e,"))}
        points = [_point(word) for word in words if not word.startswith(("s,", "e,"))]
        if len(points) < 4 or len(points) % 3 != 1:
            raise ValueError(f"a line of {len(points)} points")
        for stop in (tips.get("s", points[0]), points[0]):
            route += _straight(route[-1], stop) if route else [stop]
        route += points[1:]
        route += _straight(points[-1], tips.get("e", points[-1]))
    return route


def _straight(a: Point, b: Point) -> list[Point]:
    """The straight piece from a to b; nothing where they are one."""
    return [(a[0] + (b[0] - a[0]) * t, a[1] + (b[1] - a[1]) * t) for t in (1 / 3, 2 / 3, 1.0) if a != b]


def _onto(box: Rectangle, point: Point) -> Point:
    """The nearest point of the border of a box: the end of a line may miss it by a pixel, outside and inside."""
    x, y, w, h = box
    px, py = min(max(point[0], x), x + w), min(max(point[1], y), y + h)
    return min((x, py), (x + w, py), (px, y), (px, y + h), key=lambda p: abs(p[0] - px) + abs(p[1] - py))
