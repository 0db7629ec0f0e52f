"""Which of the vertices of a column stands above which: as one reads an expression, then so that few lines cross."""

from __future__ import annotations

from bisect import bisect_right, insort

from .net import Net, Segment

SWEEPS = 12
SLOT, CORNER = 14.0, 6.0  # px between two lines that enter one box, and from its corner


def order(net: Net) -> None:
    """Fill the rows of the net: a walk from the results back gives the first order, barycentre sweeps improve it."""
    for entering in net.slots.values():  # until there are slots, a hair's breadth keeps arguments in their order
        for s in entering:
            s.enter = 1e-3 * (s.slot or 0)
    seen: set[int] = set()
    stack = [v for v in reversed(range(len(net.column))) if not net.behind[v]]
    while stack:
        v = stack.pop()
        if v not in seen:
            seen.add(v)
            net.rows[net.column[v]].append(v)
            stack.extend(s.tail for s in reversed(net.before[v]))
    best, fewest = [row[:] for row in net.rows], crossings(net)
    for k in range(SWEEPS):
        if not fewest:
            break
        place = _places(net)
        for row in net.rows if k % 2 else reversed(net.rows):
            keys = {v: _barycentre(net, v, place, forward=bool(k % 2)) for v in row}
            row.sort(key=keys.__getitem__)
            place.update((v, float(i)) for i, v in enumerate(row))
        now = crossings(net)
        if now < fewest:
            best, fewest = [row[:] for row in net.rows], now
    net.rows = best


def crossings(net: Net) -> int:
    """How many pairs of lines cross."""
    place = _places(net)
    total = 0
    for row in net.rows:
        heads: list[float] = []
        for _, head in sorted(_ends(net, s, place) for v in row for s in net.behind[v]):
            total += len(heads) - bisect_right(heads, head)
            insort(heads, head)
    return total


def assign_slots(net: Net) -> None:
    """Spread the lines that enter a box over its side; one that outweighs the others enters in the middle."""
    place = _places(net)
    for v, entering in net.slots.items():
        if all(s.slot is None for s in entering):
            entering.sort(key=lambda s: _ends(net, s, place)[0])
        else:
            entering.sort(key=lambda s: s.slot or 0)
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
