"""Make bent edges straight by moving as one what hangs together by straight ones.

Where each vertex alone stands at its best place, a long edge may still drift a little in every column, since no vertex
of it can move without the others.
"""

from __future__ import annotations

from dataclasses import dataclass, field

from .net import Net, Segment

ROUNDS, EVEN = 6, 0.01  # passes over all bent segments; px: a segment that climbs less is straight
BEND = 4.0  # px of climb that a bend costs besides, in a line that is the main one at both its ends
MOST = 300  # vertices, beyond which nobody looks so closely


def straighten(net: Net, gaps: dict[tuple[int, int], float]) -> None:
    """Change `net.across`, part by part, as long as the weighted sum of all climbs and bends becomes less.

    Parameters
    ----------
    net : Net
    gaps : dict
        the least distance between the middles of two neighbours of a column
    """
    if len(net.column) > MOST:
        return
    segments = sorted((s for entering in net.before for s in entering), key=lambda s: -s.weight)
    mains = {id(s) for s in segments if _outweighs(s, net.behind[s.tail]) and _outweighs(s, net.before[s.head])}
    neighbours = {(a, 1): (b, gap) for (a, b), gap in gaps.items()}
    neighbours |= {(b, -1): (a, gap) for (a, b), gap in gaps.items()}
    parts = _Parts(net, mains, neighbours)
    for _ in range(ROUNDS):
        if not any([parts.straighten(s) for s in segments]):
            break


def _outweighs(s: Segment, others: list[Segment]) -> bool:
    """Whether a segment is the heaviest; of equal ones none is, and a symmetric fork stays so."""
    return all(s is other or s.weight > other.weight for other in others)


@dataclass
class _Parts:
    """The vertices of a net in parts that hang together by straight segments."""

    net: Net
    mains: set[int]
    neighbours: dict[tuple[int, int], tuple[int, float]]  # of a vertex, before (-1) and behind (1) it, and how far off
    known: dict[int, list[int]] = field(default_factory=dict)

    def straighten(self, s: Segment) -> bool:
        """Move the part of one end of a segment to where the segment is straight, if that is better; whether it was."""
        climb = self._climb(s)
        if abs(climb) <= EVEN or self._part(s.tail) is self._part(s.head):
            return False
        for start, way in ((s.tail, climb), (s.head, -climb)):
            side = 1 if way > 0 else -1
            moved = self._pushed(start, abs(way), side)
            if self._gain(moved, side) > EVEN:
                for v, far in moved.items():
                    self.net.across[v] += side * far
                self.known.clear()
                return True
        return False

    def _climb(self, s: Segment) -> float:
        return self.net.across[s.head] + s.enter - self.net.across[s.tail] - s.leave

    def _part(self, start: int) -> list[int]:
        if start not in self.known:
            found = self.known[start] = [start]
            for v in found:  # grows while it is walked
                for s in self.net.before[v] + self.net.behind[v]:
                    w = s.tail if s.head == v else s.head
                    if w not in self.known and abs(self._climb(s)) <= EVEN:
                        self.known[w] = found
                        found.append(w)
        return self.known[start]

    def _pushed(self, start: int, way: float, side: int) -> dict[int, float]:
        """How far everything moves if the part of a vertex moves, and pushes what is in its way."""
        moved: dict[int, float] = {}
        stack = [(start, way)]
        while stack:
            v, far = stack.pop()
            for w in self._part(v):
                if moved.get(w, 0.0) >= far - 1e-9:
                    break  # a part moves as one
                moved[w] = far
                if (w, side) in self.neighbours:
                    near, gap = self.neighbours[w, side]
                    push = far + gap - side * (self.net.across[near] - self.net.across[w])
                    if push > moved.get(near, 0.0) + 1e-9:
                        stack.append((near, push))
        return moved

    def _gain(self, moved: dict[int, float], side: int) -> float:
        """How much straighter everything is when these have moved."""
        gain = 0.0
        for v, far in moved.items():
            for s in self.net.before[v]:
                if (other := moved.get(s.tail, 0.0)) != far:
                    climb = self._climb(s)
                    gain += self._cost(s, climb) - self._cost(s, climb + side * (far - other))
            for s in self.net.behind[v]:
                if s.head not in moved:
                    climb = self._climb(s)
                    gain += self._cost(s, climb) - self._cost(s, climb - side * far)
        return gain

    def _cost(self, s: Segment, climb: float) -> float:
        bend = BEND if abs(climb) > EVEN and id(s) in self.mains else 0.0
        return s.weight * (abs(climb) + bend)
