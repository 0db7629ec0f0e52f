"""Where the labels of edges stand: on the edge, where it is long, and clear of boxes, other labels and other edges."""

from __future__ import annotations

import math
from collections.abc import Iterable, Iterator, Sequence

from ..layout import Rectangle
from ..layout.net import Point
from ..style import width
from .curves import behind, pieces

SIZE, HIGH = 9.0, 11.0  # px: of the letters, of a line of them
CLEAR = 2.0  # px around a label
PLACES = (0.5, 0.35, 0.65, 0.2, 0.8)  # along a piece of an edge
PIECES = 4  # of an edge, the longest ones
CELL = 24.0  # px: what stands where is looked up in squares of this size
SEEN = 18.0  # px of an edge that are seen beside its label
CROSSED = 1  # other edges that a label may hide if it need not be there

Cell = tuple[int, int]
Boxes = dict[Cell, list[Rectangle]]
Lines = dict[Cell, list[tuple[int, Point]]]


def place(wanted: Sequence[tuple[str, Sequence[Point], bool]], taken: Iterable[Rectangle]) -> list[Point | None]:
    """The middle of each label, None where there is no room for one that need not be there.

    Parameters
    ----------
    wanted : list
        the text of each label ("" for none), the curves of its edge, and whether it must be there
    taken : list of boxes
        what may not be covered

    Examples
    --------
    >>> first, second = ([(0.0, y), (20.0, y), (40.0, y), (60.0, y)] for y in (0.0, 5.0))
    >>> place([("4×3", first, False), ("4×3", second, False)], [])
    [(30.0, 0.0), None]
    """
    found: list[Point | None] = [None] * len(wanted)
    if not any(text for text, *_ in wanted):
        return found
    boxes: Boxes = {}
    lines: Lines = {}
    for box in taken:
        _enter(boxes, box)
    for k, (_, curve, _) in enumerate(wanted):
        for point in _samples(curve):
            lines.setdefault(_cell(point), []).append((k, point))
    for k in sorted(range(len(wanted)), key=lambda k: not wanted[k][2]):  # first those that must be there
        text, curve, needed = wanted[k]
        room = width(text, SIZE)
        if text and (needed or room + SEEN <= sum(math.dist(piece[0], piece[3]) for piece in pieces(curve))):
            found[k] = best = _best(curve, room, boxes, lines, k, needed)
            if best is not None:
                _enter(boxes, _around(best, room))
    return found


def _best(curve: Sequence[Point], room: float, boxes: Boxes, lines: Lines, own: int, needed: bool) -> Point | None:
    """The place for a label of an edge: what it covers counts first, then the other edges that it hides."""
    best: tuple[float, int, int, Point] | None = None
    for i, point in enumerate(_places(curve)):
        label = _around(point, room)
        cells = _cells(label)
        covered = sum(_overlap(label, box) for box in dict.fromkeys(box for c in cells for box in boxes.get(c, ())))
        hidden = {k for c in cells for k, p in lines.get(c, ()) if k != own and _overlap(label, (*p, 0.1, 0.1))}
        best = min(best or (math.inf, 0, 0, point), (covered, len(hidden), i, point))
        if not covered and not hidden:
            break
    return best[3] if best and (needed or (not best[0] and best[1] <= CROSSED)) else None


def _places(curve: Sequence[Point]) -> Iterator[Point]:
    """Where a label could stand, the best places first."""
    longest = sorted(pieces(curve), key=lambda piece: -math.dist(piece[0], piece[3]))[:PIECES]
    yield from (behind(piece, t)[0] for t in PLACES for piece in longest)


def _samples(curve: Sequence[Point]) -> Iterator[Point]:
    """Points along an edge, near enough to one another that no label stands between two of them."""
    for piece in pieces(curve):
        n = 1 + int(math.dist(piece[0], piece[3]) * 1.5 / HIGH)
        yield from (behind(piece, k / n)[0] for k in range(n))


def _around(point: Point, room: float) -> Rectangle:
    return point[0] - room / 2 - CLEAR, point[1] - HIGH / 2 - CLEAR, room + 2 * CLEAR, HIGH + 2 * CLEAR


def _overlap(a: Rectangle, b: Rectangle) -> float:
    """The area that two boxes share."""
    across = min(a[0] + a[2], b[0] + b[2]) - max(a[0], b[0])
    down = min(a[1] + a[3], b[1] + b[3]) - max(a[1], b[1])
    return max(0.0, across) * max(0.0, down)


def _cell(point: Point) -> Cell:
    return int(point[0] // CELL), int(point[1] // CELL)


def _cells(box: Rectangle) -> list[Cell]:
    (left, top), (right, bottom) = _cell(box[:2]), _cell((box[0] + box[2], box[1] + box[3]))
    return [(i, j) for i in range(left, right + 1) for j in range(top, bottom + 1)]


def _enter(boxes: Boxes, box: Rectangle) -> None:
    for cell in _cells(box):
        boxes.setdefault(cell, []).append(box)
