"""How far apart the vertices of a column stand: each as near as possible to where its edges are straight."""

from __future__ import annotations

from itertools import accumulate, pairwise

from .net import Net
from .straighten import straighten

SWEEPS, LAST = 18, 3  # in all, and how many of them are followed by moves of whole parts
BOXES, EDGES = 16.0, 9.0  # px between two boxes, and between an edge and anything else
NUDGE = 5.0  # px: so small a step looks like a mistake

Wish = tuple[float, float]  # where an edge would be straight, and its weight


def align(net: Net) -> None:
    """Set `net.across`, keeping the order of every column: looking back, looking ahead, and then at both sides.

    In the last sweeps what is straight also moves as one, where that is better.
    """
    for row in net.rows:
        starts = list(accumulate(_separations(net, row), initial=0.0))
        for v, start in zip(row, starts, strict=False):
            net.across[v] = start - starts[-1] / 2
    gaps = {pair: gap for row in net.rows for pair, gap in zip(pairwise(row), _separations(net, row), strict=True)}
    for k in range(SWEEPS):
        both = k >= SWEEPS // 2
        for row in net.rows[:: 1 if k % 2 == 0 else -1]:
            wishes = [_wishes(net, v, both or k % 2 == 0, both or k % 2 == 1) for v in row]
            for v, place in zip(row, settle(wishes, _separations(net, row)), strict=True):
                net.across[v] = place
        if k >= SWEEPS - LAST:
            straighten(net, gaps)


def nudge(net: Net) -> None:
    """Let an edge that is all but straight leave its box a little beside the middle, and so be straight."""
    for leaving in net.behind:
        for s in leaving if len(leaving) == 1 else ():
            climb = net.across[s.head] + s.enter - net.across[s.tail] - s.leave
            if s.free and abs(climb) <= min(NUDGE, net.half[s.tail] / 2):
                s.leave += climb


def _separations(net: Net, row: list[int]) -> list[float]:
    half = net.half
    return [half[a] + half[b] + (BOXES if half[a] and half[b] else EDGES) for a, b in pairwise(row)]


def _wishes(net: Net, v: int, back: bool, ahead: bool) -> list[Wish]:
    wishes = [(net.across[s.tail] + s.leave - s.enter, s.weight) for s in net.before[v] if back]
    wishes += [(net.across[s.head] + s.enter - s.leave, s.weight) for s in net.behind[v] if ahead]
    return wishes or [(net.across[v], 0.01)]


def settle(wishes: list[list[Wish]], separations: list[float]) -> list[float]:
    """Places, at least `separations` apart, that make the weighted distances to all wishes least.

    Isotonic regression: what is too close is joined into a block, which stands at the median of its wishes. (A median,
    not a mean: a few light edges do not pull a heavy one out of the straight.)

    >>> settle([[(0.0, 1.0)], [(0.0, 1.0)]], [10.0])
    [-5.0, 5.0]
    >>> settle([[(0.0, 2.0)], [(0.0, 1.0)]], [10.0])
    [0.0, 10.0]
    """
    offsets = list(accumulate(separations, initial=0.0))
    blocks: list[tuple[float, int, list[Wish]]] = []  # place, how many, their wishes
    for own, offset in zip(wishes, offsets, strict=False):
        block = [(place - offset, weight) for place, weight in own]
        place, count = _median(block), 1
        while blocks and blocks[-1][0] > place:
            _, more, others = blocks.pop()
            block, count = others + block, count + more
            place = _median(block)
        blocks.append((place, count, block))
    places = [place for place, count, _ in blocks for _ in range(count)]
    return [place + offset for place, offset in zip(places, offsets, strict=False)]


def _median(wishes: list[Wish]) -> float:
    """The weighted median; the middle, where a whole interval is."""
    wishes.sort()
    half = sum(weight for _, weight in wishes) / 2
    below = 0.0
    for i, (place, weight) in enumerate(wishes):
        below += weight
        if below > half * (1 + 1e-9):
            return place
        if below >= half * (1 - 1e-9) and i + 1 < len(wishes):
            return (place + wishes[i + 1][0]) / 2
    return wishes[-1][0]
