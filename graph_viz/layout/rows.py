"""Columns in rows, one below the other, where all of them in one would be too wide; and the edges from row to row.

An edge to the next row turns behind the end of its own, runs back between the two, and turns again. Those that leave
higher turn farther out, and run back lower: so they cross no more often than they did before. An edge that has nothing
to do in a row passes before its beginning.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field

from .net import Net, Point, Segment

LANE, REST = 9.0, 12.0  # px between two edges that turn, and from them to boxes: an arrow head and a corner
TRIES = 4
PASSED = 2  # rows from tail to head from which on an edge passes those between

Source = tuple[int, float]  # what edges that leave together have in common: their vertex, and where they leave it


@dataclass
class Rows:
    """Where each column begins and ends, and how far its row is moved across; and the lanes of edges between rows."""

    starts: list[float]
    stops: list[float]
    row: list[int]  # of each column
    shift: list[float]  # of each row, across
    bottom: list[float] = field(default_factory=list)  # of each row, across
    right: list[float] = field(default_factory=list)  # of each row, along: where edges may turn
    lanes: list[dict[Source, int]] = field(default_factory=list)  # of the edges that leave each row
    passing: dict[Source, float] = field(default_factory=dict)  # where along those pass that skip a row

    def across(self, column: int, y: float) -> float:
        """A place across, in a column."""
        return y + self.shift[self.row[column]]

    def points(self, net: Net, way: Sequence[Segment]) -> list[Point]:
        """The points of an edge between its ends."""
        found: list[Point] = []
        aside = self.passing[_source(way[0])] if _passes(net, way, self.row) else None
        beside = False
        for s in way:
            c, d = net.column[s.tail], net.column[s.head]
            leave, enter = (
                self.across(k, net.across[v] + y) for k, v, y in ((c, s.tail, s.leave), (d, s.head, s.enter))
            )
            if not beside:
                found.append((self.stops[c], leave))
                crosses = self.row[c] < self.row[d]
                if aside is not None and (crosses or c == 0):
                    found += self._turned(s, c, leave) if c else []
                    found.append((aside, found[-1][1]))
                    beside = True
                elif crosses:
                    found += self._turned(s, c, leave)
                    found.append((self._entry(s, c, d), found[-1][1]))
                    found.append((found[-1][0], enter))
            if beside and aside is not None and self.row[d] == self.row[net.column[way[-1].head]]:
                found.append((aside, enter))
                beside, aside = False, None
            if not beside:
                found.append((self.starts[d], enter))
        return found

    def _turned(self, s: Segment, column: int, leave: float) -> list[Point]:
        """The corners behind the end of a row."""
        row = self.row[column]
        lane = self.lanes[row][_source(s)]
        right = self.right[row] + REST + LANE * lane
        return [(right, leave), (right, self.bottom[row] + REST + LANE * lane)]

    def _entry(self, s: Segment, column: int, next: int) -> float:
        """Where along an edge turns into the next row."""
        lanes = self.lanes[self.row[column]]
        return self.starts[self.row.index(self.row[next], 1)] - REST - LANE * (len(lanes) - 1 - lanes[_source(s)])


def wrapped(
    net: Net, ways: Iterable[Sequence[Segment]], starts: Sequence[float], stops: Sequence[float], limit: float | None
) -> Rows:
    """The columns in as many rows as it takes, each no longer than `limit`; the first and the last one are borders."""
    end = len(starts) - 1
    if limit is None or starts[end] <= limit:
        return Rows(list(starts), list(stops), [0] * (end + 1), [0.0])
    known = list(ways)
    room = limit
    for _ in range(TRIES):  # how much room the edges take beside a row is only seen then
        rows = _placed(net, known, starts, stops, _rows(starts, stops, room))
        if rows.starts[end] <= limit:
            break
        room -= rows.starts[end] - limit
    return rows


def _placed(
    net: Net, ways: Sequence[Sequence[Segment]], starts: Sequence[float], stops: Sequence[float], row: list[int]
) -> Rows:
    """The columns in these rows."""
    end = len(starts) - 1
    rows = Rows(list(starts), list(stops), row, [0.0])
    if not row[end]:
        return rows
    count = row[end] + 1
    rows.lanes, passing = _lanes(net, ways, row, count)
    most = max(map(len, rows.lanes))
    begin = max(starts[1], REST + LANE * (most + len(passing)))
    rows.passing = {key: begin - REST - LANE * (most + k) for k, key in enumerate(passing)}
    for k in range(count):
        inside = [v for v, c in enumerate(net.column) if row[c] == k and 0 < c < end]
        low = min(net.across[v] - net.half[v] for v in inside)
        high = max(net.across[v] + net.half[v] for v in inside)
        if k:
            rows.shift.append(rows.bottom[-1] + 3 * REST + LANE * max(0, len(rows.lanes[k - 1]) - 1) - low)
        rows.bottom.append(high + rows.shift[k])
        columns = [c for c in range(1, end) if row[c] == k]
        for c in columns:
            rows.starts[c], rows.stops[c] = (x[c] - starts[columns[0]] + begin for x in (starts, stops))
        rows.right.append(rows.stops[columns[-1]])
    turned = max(rows.right[k] + REST + LANE * len(rows.lanes[k]) for k in range(count - 1))
    rows.starts[end] = rows.stops[end] = max(turned, rows.right[-1] + starts[end] - stops[end - 1])
    return rows


def _rows(starts: Sequence[float], stops: Sequence[float], limit: float) -> list[int]:
    """The row of each column: as few rows as it takes, and in these as equally long as they can be."""
    least, most = 0.0, limit - starts[1] - REST - 3 * LANE
    fewest = _greedy(starts, stops, most)[-1]
    for _ in range(24):  # the shortest rows of which there are no more
        middle = (least + most) / 2
        least, most = (least, middle) if _greedy(starts, stops, middle)[-1] <= fewest else (middle, most)
    return _greedy(starts, stops, most)


def _greedy(starts: Sequence[float], stops: Sequence[float], room: float) -> list[int]:
    """The row of each column where as many as there is room for stand in each."""
    row, first, found = 0, 1, [0]
    for c in range(1, len(starts) - 1):
        if stops[c] - starts[first] > room and c > first:
            row, first = row + 1, c
        found.append(row)
    return [*found, row]


def _lanes(
    net: Net, ways: Iterable[Sequence[Segment]], row: Sequence[int], count: int
) -> tuple[list[dict[Source, int]], dict[Source, None]]:
    """A lane for each source of edges that leave a row, the lowest one first; and the sources of those that pass."""
    places: list[dict[Source, Point]] = [{} for _ in range(count)]
    passing: dict[Source, None] = {}
    for way in ways:
        passes = _passes(net, way, row)
        if passes:
            passing[_source(way[0])] = None
        leaving = [s for s in way if row[net.column[s.tail]] < row[net.column[s.head]]]
        for s in leaving if not passes else leaving[:1] if net.column[way[0].tail] else []:
            at = net.across[s.tail] + s.leave, net.across[s.head] + s.enter
            known = places[row[net.column[s.tail]]]
            known[_source(s)] = max(known.get(_source(s), at), at)
    return [
        {key: lane for lane, key in enumerate(sorted(of, key=lambda k: of[k], reverse=True))} for of in places
    ], passing


def _passes(net: Net, way: Sequence[Segment], row: Sequence[int]) -> bool:
    """Whether an edge has nothing to do in a whole row; one that comes in has nothing to do in the first."""
    first, last = net.column[way[0].tail], net.column[way[-1].head]
    return row[last] - (row[first] if first else -1) >= PASSED


def _source(s: Segment) -> Source:
    return s.tail, s.leave
