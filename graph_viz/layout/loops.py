"""Edges back, from a later box of a level to an earlier one: each in a lane of its own, around everything else."""

from __future__ import annotations

from dataclasses import dataclass

from .net import Net, Point, Segment

LANE, TURN = 17.0, 9.0  # px between two lanes, where a label has room, and between two edges that turn in one gap
REST = 14.0  # px of a gap between a box and the first edge that turns there: an arrow head and a corner


@dataclass
class Loop:
    """An edge back. It leaves and enters level, and turns in the gaps behind its tail and before its head."""

    segment: Segment  # its side is that of the level: before or behind all that is there, across
    lane: int = 0  # on its side, from the inside,
    leaving: int = 0  # ... and its place among the edges that turn in the gap behind its tail,
    entering: int = 0  # ... and in the gap before its head


def assign_sides(net: Net, loops: list[Loop]) -> None:
    """Lead every loop around on the side that is nearer to both of its ends."""
    place = {v: (i, len(row) - 1 - i) for row in net.rows for i, v in enumerate(row)}
    taken = {-1: 0, 1: 0}
    for loop in loops:
        ends = place[loop.segment.tail], place[loop.segment.head]
        low, high = (sum(end[k] for end in ends) + taken[side] for k, side in enumerate((-1, 1)))
        loop.segment.side = -1 if low < high else 1
        taken[loop.segment.side] += 1


def assign_lanes(net: Net, loops: list[Loop]) -> None:
    """Give every loop a lane and its turns, so that one around another is outside of it everywhere."""
    for side in (-1, 1):
        own = [loop for loop in loops if loop.segment.side == side]
        own.sort(key=lambda loop: (_span(net, loop), -side * net.across[loop.segment.head]))
        gaps: dict[tuple[bool, int], int] = {}
        for lane, loop in enumerate(own):
            loop.lane = lane
            behind, before = (True, net.column[loop.segment.tail]), (False, net.column[loop.segment.head])
            loop.leaving, loop.entering = gaps.get(behind, 0), gaps.get(before, 0)
            gaps[behind], gaps[before] = loop.leaving + 1, loop.entering + 1


def _span(net: Net, loop: Loop) -> int:
    return net.column[loop.segment.tail] - net.column[loop.segment.head]


def room(net: Net, loops: list[Loop], gap: int) -> float:
    """What the loops that turn between the columns `gap` and `gap + 1` need there."""
    leaving = [loop.leaving for loop in loops if net.column[loop.segment.tail] == gap]
    entering = [loop.entering for loop in loops if net.column[loop.segment.head] == gap + 1]
    return sum(REST + TURN * (max(turns) + 1) for turns in (leaving, entering) if turns)


def border(loops: list[Loop], side: int) -> float:
    """How far the lanes of one side reach beyond everything else."""
    return LANE * max((loop.lane + 1 for loop in loops if loop.segment.side == side), default=0)


def way(loop: Loop, tail: Point, head: Point, stop: float, start: float, edge: float) -> list[Point]:
    """The points of a loop from `tail` to `head`; their columns stop and start there, and `edge` is beyond all else."""
    lane = edge + loop.segment.side * LANE * (loop.lane + 1)
    behind, before = stop + REST + TURN * loop.leaving, start - REST - TURN * loop.entering
    return [tail, (behind, tail[1]), (behind, lane), (before, lane), (before, head[1]), head]
