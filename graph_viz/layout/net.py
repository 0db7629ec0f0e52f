"""What the steps of a level's layout work on: items and the bends of edges as vertices, in columns, with segments."""

from __future__ import annotations

from dataclasses import dataclass, field

Point = tuple[float, float]


@dataclass
class Segment:
    """The part of an edge between two neighbouring columns; it leaves and enters across from the middle of its ends."""

    tail: int
    head: int
    leave: float
    enter: float
    weight: float
    slot: int | None = None
    free: bool = False  # whether it may leave a little beside the middle
    side: int = 0  # of a loop: it enters before (-1) or behind (1) all others


@dataclass
class Net:
    """Items and the bends of edges as numbered vertices, in columns, with the segments between them."""

    column: list[int] = field(default_factory=list)  # of each vertex
    half: list[float] = field(default_factory=list)  # its size across, halved
    across: list[float] = field(default_factory=list)  # its middle
    before: list[list[Segment]] = field(default_factory=list)  # the segments that enter it
    behind: list[list[Segment]] = field(default_factory=list)  # the segments that leave it
    rows: list[list[int]] = field(default_factory=list)  # the vertices of each column, in order
    slots: dict[int, list[Segment]] = field(default_factory=dict)  # entering segments that get a slot

    def add(self, column: int, half: float = 0.0) -> int:
        """A new vertex."""
        self.column.append(column)
        self.half.append(half)
        self.across.append(0.0)
        self.before.append([])
        self.behind.append([])
        return len(self.column) - 1

    def join(self, segment: Segment) -> Segment:
        """A new segment."""
        self.before[segment.head].append(segment)
        self.behind[segment.tail].append(segment)
        return segment
