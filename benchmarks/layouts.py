"""Which engine lays the gallery out best: crossings, lines through boxes and titles, length of lines, area, time.

    python benchmarks/layouts.py

Each graph of docs/gallery.py, in the same folding and direction, is laid out by our own layout and by Graphviz. Lines
are measured as they are drawn. Fewer and less is better in every column; an engine that is not installed is left out.
"""

from __future__ import annotations

import sys
import time
from collections.abc import Iterator, Sequence
from itertools import combinations, pairwise
from pathlib import Path

from graph_viz import Drawing
from graph_viz.layout.geometry import Box
from graph_viz.svg import curves, title_width

sys.path.append(str(Path(__file__).parents[1] / "docs"))

import gallery  # the graphs

ENGINES = ("own", "pygraphviz", "dot")
COLUMNS = ("crossings", "through a box", "through a title", "length of lines", "area", "seconds")
FINE = 12  # straight pieces that a Bézier curve is measured in
TITLE = 14.0  # px: the height of the title of a frame

Point = tuple[float, float]


def measures(drawing: Drawing) -> dict[str, float]:
    """The numbers of one drawing, by column; length in px, area in 1,000 px²."""
    start = time.perf_counter()
    layout = drawing.layout
    seconds = time.perf_counter() - start
    lines = [list(_flat(curves.curve(layout, k))) for k in range(len(layout.routes))]
    view = drawing.figure.view
    ends = [(edge.tail, edge.head) for edge in view.edges]
    widths = {path: title_width(*cluster.title) for path, cluster in view.clusters.items()}
    titles = [(x + 10, y + 4, widths[path], TITLE) for path, (x, y, *_) in layout.clusters.items()]
    boxes = list(layout.boxes.items())
    return {
        "crossings": sum(
            _cross(a, b)
            for (one, a), (other, b) in combinations(zip(ends, lines, strict=True), 2)
            if one[0] != other[0] and one[1] != other[1]  # those share their way, or end side by side
        ),
        "through a box": sum(
            _enters(line, box) for (u, v), line in zip(ends, lines, strict=True) for x, box in boxes if x not in (u, v)
        ),
        "through a title": sum(_enters(line, title) for line in lines for title in titles),
        "length of lines": sum(_distance(p, q) for line in lines for p, q in pairwise(line)),
        "area": layout.width * layout.height / 1000,
        "seconds": seconds,
    }


def _flat(points: Sequence[Point]) -> Iterator[Point]:
    """A chain of cubic Bézier curves as the corners of a polygon."""
    yield points[0]
    for k in range(0, len(points) - 1, 3):
        a, b, c, d = points[k : k + 4]
        for step in range(1, FINE + 1):
            t, s = step / FINE, 1 - step / FINE
            weights = (s**3, 3 * s * s * t, 3 * s * t * t, t**3)
            x, y = (sum(w * p[i] for w, p in zip(weights, (a, b, c, d), strict=True)) for i in (0, 1))
            yield x, y


def _distance(p: Point, q: Point) -> float:
    return ((p[0] - q[0]) ** 2 + (p[1] - q[1]) ** 2) ** 0.5


def _cross(one: Sequence[Point], other: Sequence[Point]) -> int:
    """How often two polygons cross."""

    def side(a: Point, b: Point, p: Point) -> float:
        return (b[0] - a[0]) * (p[1] - a[1]) - (b[1] - a[1]) * (p[0] - a[0])

    return sum(
        side(a, b, c) * side(a, b, d) < 0 and side(c, d, a) * side(c, d, b) < 0
        for a, b in pairwise(one)
        for c, d in pairwise(other)
    )


def _enters(line: Sequence[Point], box: Box) -> bool:
    """Whether a polygon has a corner, or the middle between two, inside a box."""
    x, y, w, h = box
    middles = [((p[0] + q[0]) / 2, (p[1] + q[1]) / 2) for p, q in pairwise(line)]
    return any(x < u < x + w and y < v < y + h for u, v in [*line, *middles])


def main() -> None:
    """Print a table for each graph, and the sums."""
    sums: dict[str, dict[str, float]] = {}
    print(f"{'':36}" + "".join(f"{column:>18}" for column in COLUMNS))
    for name in gallery.PLATES:
        direction = gallery.draw(name).layout.direction
        for engine in ENGINES:
            try:
                found = measures(gallery.draw(name, engine=engine, direction=direction))
            except RuntimeError:  # not installed
                continue
            total = sums.setdefault(engine, dict.fromkeys(COLUMNS, 0.0))
            for column, value in found.items():
                total[column] += value
            _print(name, engine, found)
    for engine, total in sums.items():
        _print("all", engine, total)


def _print(name: str, engine: str, found: dict[str, float]) -> None:
    numbers = "".join(f"{found[column]:>18,.{2 if column == 'seconds' else 0}f}" for column in COLUMNS)
    print(f"{name:24}{engine:12}{numbers}")


if __name__ == "__main__":
    main()
