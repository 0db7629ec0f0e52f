"""The layout of one level: boxes in columns, edges from column to column, few crossings, the main path straight.

Coordinates are (along, across) the direction of reading. An edge runs level through a column, at a place of its own,
and bends between two columns, where no box is: so it crosses none.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any

from . import loops
from .align import align, nudge
from .loops import Loop
from .net import Net, Point, Segment
from .order import assign_slots, order
from .rows import wrapped

Item = Any  # anything hashable

FAR, SLOPE = 96.0, 0.5  # px between two columns: SLOPE times the way that an edge climbs, within bounds
TIGHT = 44.0  # ... the bound where there is little room along
MARGIN = 16.0  # px from the border of the level to its first and last column
# The weights of an edge: in a longest path, which is the spine of a picture; to its first bend, and between its bends.
SPINE, TO_BEND, STRAIGHT = 3.0, 2.0, 4.0


@dataclass(frozen=True)
class Link:
    """An edge from one item to another. Those with one tail and one source share their way as long as they can."""

    tail: Item
    head: Item
    source: Item
    weight: float = 1.0
    leave: float | None = None  # where it leaves the tail: across, from its middle, where it leaves if None
    enter: float | None = None  # where it enters the head; None: at one of its slots,
    slot: int | None = None  # ... in this order; None: in any order
    back: bool = False  # to an earlier item, around all others


@dataclass(frozen=True)
class Level:
    """Where everything is: the middle of each item, the points of each link, and the extent along and across."""

    places: dict[Item, Point]
    routes: list[list[Point]]
    along: float
    across: Point
    broken: bool = False  # whether the columns stand in rows


def arrange(
    sizes: dict[Item, Point], links: Sequence[Link], first: Iterable[Item] = (), last: Iterable[Item] = (),
    *, near: float = 40.0, lead: float = 0.0, least: float = 0.0, limit: float | None = None,
) -> Level:  # fmt: skip
    """Place the items of one level of an acyclic graph.

    Parameters
    ----------
    sizes : dict
        the size of each item along and across, in the order in which the items were made
    links : list of Link
    first, last : items
        the ports of a cluster, which stand on its border before, or behind, all other items
    near : float
        the least room between two columns
    lead, least : float
        room for a title along the first border, and the least extent along
    limit : float, optional
        the extent along beyond which the columns stand in rows
    """
    forward = [link for link in links if not link.back]
    columns, spine = _columns(list(sizes), forward, frozenset(first), frozenset(last))
    net = Net(rows=[[] for _ in range(max(columns.values(), default=0) + 2 - bool(last))])
    vertices = {x: net.add(columns[x], across / 2) for x, (_, across) in sizes.items()}
    ways = _ways(net, vertices, links, spine)
    around = [way for way in ways if isinstance(way, Loop)]
    order(net, [loop.segment for loop in around])
    loops.assign_sides(net, around)
    assign_slots(net)
    align(net)
    nudge(net)
    along = {vertices[x]: size for x, (size, _) in sizes.items()}
    return _coordinates(net, vertices, ways, along, near, lead, least, limit)


def _columns(
    items: list[Item], links: Sequence[Link], first: frozenset[Item], last: frozenset[Item]
) -> tuple[dict[Item, int], set[tuple[Item, Item]]]:
    """The column of each item, and the pairs on the spine.

    An item stands as early as its inputs allow; later, next to its consumers, if their edges weigh more.
    """
    tails: dict[Item, dict[Item, None]] = {x: {} for x in items}
    heads: dict[Item, dict[Item, None]] = {x: {} for x in items}
    pull = dict.fromkeys(items, 0.0)
    for link in links:
        tails[link.head][link.tail] = None
        heads[link.tail][link.head] = None
        pull[link.tail] += link.weight
        pull[link.head] -= link.weight
    waiting = {x: len(tails[x]) for x in items}
    ready = [x for x in items if not tails[x]]
    column = dict.fromkeys(items, 1) | dict.fromkeys(first, 0)
    for x in ready:  # grows while it is walked
        for y in heads[x]:
            column[y] = max(column[y], column[x] + 1)
            waiting[y] -= 1
            if not waiting[y]:
                ready.append(y)
    spine = _spine(ready, tails, heads)
    column |= dict.fromkeys(last, max((column[x] for x in items if x not in last), default=0) + 1)
    for x in reversed(ready):
        if heads[x] and pull[x] > 0 and x not in first:
            column[x] = min(column[y] for y in heads[x]) - 1
    return column, spine


def _spine(
    ready: list[Item], tails: dict[Item, dict[Item, None]], heads: dict[Item, dict[Item, None]]
) -> set[tuple[Item, Item]]:
    """The pairs of neighbours on a longest path; `ready` is a topological order."""
    depth, height = dict.fromkeys(ready, 0), dict.fromkeys(ready, 0)
    for x in ready:
        depth[x] = max((depth[y] + 1 for y in tails[x]), default=0)
    for x in reversed(ready):
        height[x] = max((height[y] + 1 for y in heads[x]), default=0)
    longest = max(depth.values(), default=0)
    return {(x, y) for x in ready for y in heads[x] if depth[x] + 1 + height[y] == longest}


def _ways(
    net: Net, vertices: dict[Item, int], links: Sequence[Link], spine: set[tuple[Item, Item]]
) -> list[list[Segment] | Loop]:
    """Cut every link into segments from column to column; the segments of each link, or its loop."""
    shared: dict[tuple[Item, Item, int], Segment] = {}
    ways: list[list[Segment] | Loop] = []
    for link in links:
        if link.back:
            loop = Loop(Segment(vertices[link.tail], vertices[link.head], link.leave or 0.0, link.enter or 0.0, 0.0))
            if link.enter is None:
                net.slots.setdefault(loop.segment.head, []).append(loop.segment)
            ways.append(loop)
            continue
        here, head, leave, weight = vertices[link.tail], vertices[link.head], link.leave or 0.0, TO_BEND * link.weight
        way: list[Segment] = []
        for column in range(net.column[here] + 1, net.column[head]):
            key = (link.tail, link.source, column)
            if key not in shared:
                shared[key] = net.join(Segment(here, net.add(column), leave, 0.0, weight))
            way.append(shared[key])
            here, leave, weight = way[-1].head, 0.0, STRAIGHT * link.weight
        weight = link.weight * (SPINE if (link.tail, link.head) in spine else 1.0)
        way.append(net.join(Segment(here, head, leave, link.enter or 0.0, weight, link.slot)))
        if link.enter is None:
            net.slots.setdefault(head, []).append(way[-1])
        way[0].free = link.leave is None
        ways.append(way)
    return ways


def _coordinates(
    net: Net, vertices: dict[Item, int], ways: list[list[Segment] | Loop], along: dict[int, float],
    near: float, lead: float, least: float, limit: float | None,
) -> Level:  # fmt: skip
    """Columns as wide as their widest item, and between them the room that their edges need to bend and to turn."""
    around = [way for way in ways if isinstance(way, Loop)]
    loops.assign_lanes(net, around)
    end = len(net.rows) - 1
    widths = [max((along.get(v, 0.0) for v in row), default=0.0) for row in net.rows]
    widths[0] = lead
    climbs = [0.0] * len(widths)
    for s in (s for entering in net.before for s in entering):
        climb = abs(net.across[s.tail] + s.leave - net.across[s.head] - s.enter)
        climbs[net.column[s.tail]] = max(climbs[net.column[s.tail]], climb)
    starts: list[float] = []
    for far in (FAR, TIGHT):
        if starts and (limit is None or starts[end] <= limit):
            break
        starts, u = [], 0.0
        for c, (size, climb) in enumerate(zip(widths, climbs, strict=True)):
            starts.append(u)
            level = c in (0, end - 1) and climb < 1.0  # what only passes the border needs no room to bend
            u += size + max(MARGIN if level else max(near, min(far, SLOPE * climb)), loops.room(net, around, c))
    starts[end] = max(starts[end], least)
    stops = [start + size for start, size in zip(starts, widths, strict=True)]
    rows = wrapped(net, [way for way in ways if not isinstance(way, Loop)], starts, stops, None if around else limit)
    starts, stops = rows.starts, rows.stops

    places = {}
    for x, v in vertices.items():
        c = net.column[v]
        # A source stands at the end of its column, where its edges begin; a port on the border.
        middle = (starts[c] + stops[c]) / 2 if net.before[v] else stops[c] - along[v] / 2
        places[x] = (0.0 if c == 0 else middle, rows.across(c, net.across[v]))
    middles = {v: places[x][0] for x, v in vertices.items()}
    moved = [rows.across(c, y) for c, y in zip(net.column, net.across, strict=True)]
    low = min((y - half for y, half in zip(moved, net.half, strict=True)), default=0.0)
    high = max((y + half for y, half in zip(moved, net.half, strict=True)), default=0.0)
    routes = []
    for way in ways:
        ends = (way.segment, way.segment) if isinstance(way, Loop) else (way[0], way[-1])
        tail, head = ends[0].tail, ends[1].head
        first = (middles[tail] + along[tail] / 2, moved[tail] + ends[0].leave)
        last = (middles[head] - along[head] / 2, moved[head] + ends[1].enter)
        if isinstance(way, Loop):
            edge = low if way.segment.side < 0 else high
            routes.append(loops.way(way, first, last, stops[net.column[tail]], starts[net.column[head]], edge))
            continue
        routes.append([first, *rows.points(net, way), last])
    across = (low - loops.border(around, -1), high + loops.border(around, 1))
    return Level(places, routes, starts[end], across, broken=len(rows.shift) > 1)
