"""The layout of one level: boxes in columns, lines from column to column, few crossings, the main path straight.

Coordinates are (along, across) the direction of reading. A line runs level through a column, at a place of its own,
and bends between two columns, where no box is: so it crosses none.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any

from .align import align
from .net import Net, Point, Segment
from .order import assign_slots, order

Item = Any  # anything hashable

NEAR, FAR, SLOPE = 40.0, 96.0, 0.5  # px between two columns: SLOPE times the way that a line climbs, within bounds
MARGIN = 16.0  # px from the border of the level to its first and last column
TO_BEND, STRAIGHT = 2.0, 4.0  # the weight of a line to its first bend, and between its bends: a long line is straight


@dataclass(frozen=True)
class Link:
    """A line from one item to another. Those with one tail and one source share their way as long as they can."""

    tail: Item
    head: Item
    source: Item
    weight: float = 1.0
    leave: float = 0.0  # where it leaves the tail: across, from its middle
    enter: float | None = None  # where it enters the head; None: at one of its slots,
    slot: int | None = None  # ... in this order; None: in any order


@dataclass(frozen=True)
class Level:
    """Where everything is: the middle of each item, the points of each link, and the extent along and across."""

    places: dict[Item, Point]
    routes: list[list[Point]]
    along: float
    across: Point


def arrange(
    sizes: dict[Item, Point],
    links: Sequence[Link],
    first: Iterable[Item] = (),
    last: Iterable[Item] = (),
    *,
    lead: float = 0.0,
    least: float = 0.0,
) -> Level:
    """Place the items of one level of an acyclic graph.

    Parameters
    ----------
    sizes : dict
        the size of each item along and across, in the order in which the items were made
    links : list of Link
    first, last : items
        the ports of a frame, which stand on its border before, or behind, all other items
    lead, least : float
        room for a title along the first border, and the least extent along
    """
    columns = _columns(list(sizes), links, frozenset(first), frozenset(last))
    net = Net(rows=[[] for _ in range(max(columns.values(), default=0) + 2 - bool(last))])
    vertices = {x: net.add(columns[x], across / 2) for x, (_, across) in sizes.items()}
    ways = _ways(net, vertices, links)
    order(net)
    assign_slots(net)
    align(net)
    along = {vertices[x]: size for x, (size, _) in sizes.items()}
    return _coordinates(net, vertices, ways, along, lead, least)


def _columns(
    items: list[Item], links: Sequence[Link], first: frozenset[Item], last: frozenset[Item]
) -> dict[Item, int]:
    """The column of each item: as early as its inputs allow; later, next to its consumers, if those are more."""
    tails: dict[Item, dict[Item, None]] = {x: {} for x in items}
    heads: dict[Item, dict[Item, None]] = {x: {} for x in items}
    for link in links:
        tails[link.head][link.tail] = None
        heads[link.tail][link.head] = None
    waiting = {x: len(tails[x]) for x in items}
    ready = [x for x in items if not tails[x]]
    column = dict.fromkeys(items, 1) | dict.fromkeys(first, 0)
    for x in ready:  # grows while it is walked
        for y in heads[x]:
            column[y] = max(column[y], column[x] + 1)
            waiting[y] -= 1
            if not waiting[y]:
                ready.append(y)
    column |= dict.fromkeys(last, max((column[x] for x in items if x not in last), default=0) + 1)
    for x in reversed(ready):
        if len(heads[x]) > len(tails[x]) and x not in first:
            column[x] = min(column[y] for y in heads[x]) - 1
    return column


def _ways(net: Net, vertices: dict[Item, int], links: Sequence[Link]) -> list[list[Segment]]:
    """Cut every link into segments from column to column; the segments of each link."""
    shared: dict[tuple[Item, Item, int], Segment] = {}
    ways = []
    for link in links:
        here, head, leave, weight = vertices[link.tail], vertices[link.head], link.leave, TO_BEND
        way: list[Segment] = []
        for column in range(net.column[here] + 1, net.column[head]):
            key = (link.tail, link.source, column)
            if key not in shared:
                shared[key] = net.join(Segment(here, net.add(column), leave, 0.0, weight))
            way.append(shared[key])
            here, leave, weight = way[-1].head, 0.0, STRAIGHT
        way.append(net.join(Segment(here, head, leave, link.enter or 0.0, link.weight, link.slot)))
        if link.enter is None:
            net.slots.setdefault(head, []).append(way[-1])
        ways.append(way)
    return ways


def _coordinates(
    net: Net, vertices: dict[Item, int], ways: list[list[Segment]], along: dict[int, float], lead: float, least: float
) -> Level:
    """Columns as wide as their widest item, and between them the room that their lines need to bend."""
    end = len(net.rows) - 1
    widths = [max((along.get(v, 0.0) for v in row), default=0.0) for row in net.rows]
    widths[0] = lead
    climbs = [0.0] * len(widths)
    for s in (s for entering in net.before for s in entering):
        climb = abs(net.across[s.tail] + s.leave - net.across[s.head] - s.enter)
        climbs[net.column[s.tail]] = max(climbs[net.column[s.tail]], climb)
    starts, u = [], 0.0
    for c, (size, climb) in enumerate(zip(widths, climbs, strict=True)):
        starts.append(u)
        level = c in (0, end - 1) and climb < 1.0  # what only passes the border needs no room to bend
        u += size + (MARGIN if level else max(NEAR, min(FAR, SLOPE * climb)))
    starts[end] = max(starts[end], least)
    stops = [start + size for start, size in zip(starts, widths, strict=True)]

    places = {}
    for x, v in vertices.items():
        c = net.column[v]
        # A source stands at the end of its column, where its lines begin; a port on the border.
        middle = (starts[c] + stops[c]) / 2 if net.before[v] else stops[c] - along[v] / 2
        places[x] = (0.0 if c == 0 else middle, net.across[v])
    middles = {v: places[x][0] for x, v in vertices.items()}
    routes = []
    for way in ways:
        tail, head = way[0].tail, way[-1].head
        points = [(middles[tail] + along[tail] / 2, net.across[tail] + way[0].leave)]
        for s in way:
            points.append((stops[net.column[s.tail]], net.across[s.tail] + s.leave))
            points.append((starts[net.column[s.head]], net.across[s.head] + s.enter))
        points.append((middles[head] - along[head] / 2, net.across[head] + way[-1].enter))
        routes.append(points)
    low = min((y - half for y, half in zip(net.across, net.half, strict=True)), default=0.0)
    high = max((y + half for y, half in zip(net.across, net.half, strict=True)), default=0.0)
    return Level(places, routes, starts[end], (low, high))
