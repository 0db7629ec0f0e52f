"""Which of the vertices of a column stands above which: as one reads an expression, then so that few edges cross."""

from __future__ import annotations

from bisect import bisect_left, bisect_right, insort
from collections.abc import Iterator, Mapping, Sequence

from .net import Net, Segment

SWEEPS, PATIENCE, HURRY = 24, 6, 3  # at most; how many in vain; at most where there is more than one takes in
ROUNDS, REACH = 4, 12  # of moves of single vertices, in a sweep; how many places far
MOST = 250  # vertices, beyond which one walk and a few sweeps must do
SLOT, CORNER = 14.0, 6.0  # px between two edges that enter one box, and from its corner

Ends = tuple[list[float], list[float]]  # of a vertex: where its edges end in the column before it, and behind it


def order(net: Net, loops: Sequence[Segment] = ()) -> None:
    """Fill the rows of the net: walks from the results back, and from the sources on, give the first orders.

    Of each, barycentre sweeps and moves of single vertices make a better one; the best is taken. Edges back count as
    crossing what is between their ends and the border.
    """
    for entering in net.slots.values():  # until there are slots, a hair's breadth keeps arguments in their order
        for s in entering:
            s.enter = 1e-3 * (s.slot or 0)
    best: list[list[int]] = []
    fewest = -1
    for forward, mirrored in ((False, False), (True, False), (False, True), (True, True)):
        net.rows = _walked(net, forward, mirrored)
        rows, count = _swept(net, loops)
        if count and len(net.column) <= MOST:
            rows, count = _led_outside(net, rows, count, loops)
        if fewest < 0 or count < fewest:
            best, fewest = rows, count
        if not fewest or len(net.column) > MOST:
            break
    net.rows = best


def _walked(net: Net, forward: bool, mirrored: bool) -> list[list[int]]:
    """The vertices of each column in the order in which a walk along the edges, or back, comes to them."""
    rows: list[list[int]] = [[] for _ in net.rows]
    starts = [v for v in range(len(net.column)) if not (net.before if forward else net.behind)[v]]
    seen: set[int] = set()
    step = 1 if mirrored else -1
    stack = starts[::step]
    while stack:
        v = stack.pop()
        if v not in seen:
            seen.add(v)
            rows[net.column[v]].append(v)
            stack += [s.head for s in net.behind[v][::step]] if forward else [s.tail for s in net.before[v][::step]]
    return rows


def _swept(net: Net, loops: Sequence[Segment]) -> tuple[list[list[int]], int]:
    """The best rows that sweeps from those of the net come to, and how many edges cross there."""
    best, fewest = [row[:] for row in net.rows], crossings(net) + _around(net, loops, _places(net))
    idle = 0
    for k in range(SWEEPS if len(net.column) <= MOST else HURRY):
        if not fewest or idle == PATIENCE:
            break
        place = _places(net)
        for row in net.rows if k % 2 else reversed(net.rows):
            keys = {v: _barycentre(net, v, place, forward=bool(k % 2)) for v in row}
            row.sort(key=keys.__getitem__)
            place.update((v, float(i)) for i, v in enumerate(row))
        _sift(net, place, loops)
        now = crossings(net) + _around(net, loops, place)
        idle += 1
        if now < fewest:
            best, fewest, idle = [row[:] for row in net.rows], now, 0
    return best, fewest


def _sift(net: Net, place: dict[int, float], loops: Sequence[Segment]) -> None:
    """Move single vertices within their columns to where fewest edges cross, as long as that helps."""
    todo = set(range(len(net.rows)))
    for _ in range(ROUNDS):
        changed: set[int] = set()
        for c in sorted(todo):
            ends = {v: _beside(net, v, place) for v in net.rows[c]}
            for v in net.rows[c][:]:
                if _sifted(net.rows[c], v, ends, place, net, loops):
                    changed |= {c - 1, c, c + 1}
        todo = {c for c in changed if 0 <= c < len(net.rows)}
        if not todo:
            break


def _sifted(
    row: list[int], v: int, ends: dict[int, Ends], place: dict[int, float], net: Net, loops: Sequence[Segment]
) -> bool:
    """Move one vertex of a row to its best place; whether there was a better one."""
    here = row.index(v)
    own = [s for s in loops if v in (s.tail, s.head)]
    around = _around(net, own, place)
    best, most = here, 0
    for step in (-1, 1):
        gain = 0
        for i in range(here + step, here + step * (REACH + 1), step):
            if not 0 <= i < len(row):
                break
            gain += _gain(ends[row[i]], ends[v]) if step < 0 else _gain(ends[v], ends[row[i]])
            total = gain
            if own:
                place[v] = float(i)
                total += around - _around(net, own, place)
                place[v] = float(here)
            if total > most:
                best, most = i, total
    if most:
        row.insert(best, row.pop(here))
        place.update((w, float(i)) for i, w in enumerate(row))
    return most > 0


def _led_outside(net: Net, rows: list[list[int]], fewest: int, loops: Sequence[Segment]) -> tuple[list[list[int]], int]:
    """The rows, with whole strands moved to the border where fewer edges cross so: no vertex could move there alone."""
    for strand in _strands(net):
        for at_end in (False, True):
            net.rows = [row[:] for row in rows]
            for v in strand:
                row = net.rows[net.column[v]]
                row.remove(v)
                row.insert(len(row) * at_end, v)
            now = crossings(net) + _around(net, loops, _places(net))
            if now < fewest:
                rows, fewest = net.rows, now
    return rows, fewest


def _strands(net: Net) -> Iterator[list[int]]:
    """The paths on which no other edge enters or leaves."""

    def single(s: Segment) -> bool:
        return len(net.behind[s.tail]) == len(net.before[s.head]) == 1

    for v in range(len(net.column)):
        if not any(map(single, net.before[v])):
            strand = [v]
            for w in strand:  # grows while it is walked
                strand += [s.head for s in net.behind[w] if single(s)]
            yield strand


def _beside(net: Net, v: int, place: dict[int, float]) -> Ends:
    """Where the edges of a vertex end in the column before and in the one behind it, from above."""
    before = sorted(_ends(net, s, place)[0] for s in net.before[v])
    return before, sorted(_ends(net, s, place)[1] for s in net.behind[v])


def _gain(a: Ends, b: Ends) -> int:
    """How many crossings fewer there are if the vertex with the ends `b` stands before its neighbour with `a`."""
    gain = 0
    for mine, others in zip(a, b, strict=True):
        if others:
            gain += sum(bisect_left(others, end) + bisect_right(others, end) - len(others) for end in mine)
    return gain


def crossings(net: Net) -> int:
    """How many pairs of edges cross."""
    place = _places(net)
    total = 0
    for row in net.rows:
        heads: list[float] = []
        for _, head in sorted(_ends(net, s, place) for v in row for s in net.behind[v]):
            total += len(heads) - bisect_right(heads, head)
            insort(heads, head)
    return total


def _around(net: Net, loops: Sequence[Segment], place: Mapping[int, float]) -> int:
    """How many vertices stand between the ends of each loop and the border that it is led around, see `loops`."""
    total = 0
    for s in loops:
        low = place[s.tail] + place[s.head]
        high = len(net.rows[net.column[s.tail]]) + len(net.rows[net.column[s.head]]) - 2 - low
        total += int(min(low, high))
    return total


def assign_slots(net: Net) -> None:
    """Spread the edges that enter a box over its side; one that outweighs the others enters in the middle."""
    place = _places(net)
    for v, entering in net.slots.items():
        if all(s.slot is None for s in entering):
            entering.sort(key=lambda s: (s.side, _ends(net, s, place)[0]))
        else:
            entering.sort(key=lambda s: (s.side, s.slot or 0))
        heaviest = max(s.weight for s in entering)
        main = [i for i, s in enumerate(entering) if s.weight == heaviest]
        middle = float(main[0]) if len(main) == 1 else (len(entering) - 1) / 2
        reach = max(middle, len(entering) - 1 - middle)
        step = min(SLOT, (net.half[v] - CORNER) / reach) if reach else 0.0
        for i, s in enumerate(entering):
            s.enter = (i - middle) * step


def _places(net: Net) -> dict[int, float]:
    return {v: float(i) for row in net.rows for i, v in enumerate(row)}


def _ends(net: Net, s: Segment, place: dict[int, float]) -> tuple[float, float]:
    """The ends of a segment, in places of their columns."""
    return (
        place[s.tail] + 0.45 * s.leave / max(1.0, net.half[s.tail]),
        place[s.head] + 0.45 * s.enter / max(1.0, net.half[s.head]),
    )


def _barycentre(net: Net, v: int, place: dict[int, float], forward: bool) -> float:
    """The middle of the other ends of a vertex's segments; where it is, if it has none."""
    ends = [_ends(net, s, place)[0 if forward else 1] for s in (net.before if forward else net.behind)[v]]
    return sum(ends) / len(ends) if ends else place[v]
