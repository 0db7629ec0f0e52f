"""How positions of one map meet those of another through a kernel: along one axis, and in a block of samples."""

from __future__ import annotations

import math
from functools import lru_cache
from itertools import product
from typing import Any, NamedTuple


class Axis(NamedTuple):
    """Position o of y meets element i of the kernel at x's position stride · o + dilation · i + start."""

    kernel: int
    stride: int
    dilation: int
    start: int

    def reached(self, offset: int, count: int, n: int) -> tuple[slice, slice]:
        """Of `count` positions those where stride · o + offset + start is one of n, and these."""
        start = offset + self.start
        first = max(0, -(start // self.stride))
        last = max(first, min(count, (n - 1 - start) // self.stride + 1))
        at = self.stride * first + start
        return slice(first, last), slice(at, at + self.stride * (last - first), self.stride)


class Geometry(NamedTuple):
    """Where things lie in a block of samples of x, as `correlation.Block` describes it; `geometry` computes it.

    Attributes
    ----------
    shape : tuple of int
        of the shifted maps, (G, channels, *phases, samples, *lengths, width)
    moves : tuple of (place, source)
        what goes there, as (samples, G, channels, *phases, *lengths, width); if `planes` with the last two axes as one
    outside : tuple of places
        columns there that are outside of x, which a move of whole planes fills with what wraps around
    margins : tuple of places
        rows, and columns if no planes are moved, that are outside of x and stay so
    met : tuple of places
        what each row of the kernel meets, in `shape`
    samples, long, plain, flat
        as in `Block`
    """

    shape: tuple[int, ...]
    moves: tuple[tuple[Any, Any], ...]
    outside: tuple[Any, ...]
    margins: tuple[Any, ...]
    met: tuple[Any, ...]
    samples: int
    long: bool
    plain: bool
    flat: bool
    planes: bool


class Limits(NamedTuple):
    """The elements of a block, what makes a product thin, and the positions of y that are few."""

    block: int
    thin: int
    few: int


@lru_cache(256)
def geometry(
    x: tuple[int, ...],
    axes: tuple[Axis, ...],
    count: tuple[int, ...],
    outputs: tuple[int, int],
    samples: int,
    limits: Limits,
) -> Geometry:
    """Where up to so many samples lie, of a map of shape x = (G, C, *n) that gives (G, M) = `outputs` maps."""
    (G, C, *size), (*rest, line), positions, few = x, axes, math.prod(count), limits.few
    phases = [sorted({a.dilation * i % a.stride for i in range(a.kernel)}) for a in rest]
    lengths = [o + a.dilation * (a.kernel - 1) // a.stride for a, o in zip(rest, count, strict=False)]
    channels, rows = line.kernel * C, list(product(*(range(a.kernel) for a in rest)))
    flat = len(axes) > 2 or positions < few
    plain = not flat and all(a == (1, 1, a.dilation, 0) for a in axes) and list(count) == size
    long = channels < limits.thin and not plain
    each = channels * math.prod(map(len, phases)) * math.prod(lengths) * count[-1]
    joined = (len(rows) if long else flat) * channels * positions
    room = limits.block // max(G * each, G * joined, math.prod(outputs) * positions)
    samples = min(samples, max(room, -(-few // positions) if flat else 1))
    planes = bool(rest) and count[-1] == size[-1] and line.stride == rest[-1].stride == 1
    all_of = slice(None)
    moves: list[tuple[Any, Any]] = []
    outside: list[Any] = []
    margins: list[Any] = []
    columns = [line.reached(line.dilation * j, count[-1], size[-1]) for j in range(line.kernel)]
    for some in product(*map(enumerate, phases)):
        at = [i for i, _ in some]
        met = [a.reached(phase, q, n) for a, (_, phase), q, n in zip(rest, some, lengths, size, strict=False)]
        into, out_of = [t for t, _ in met], [s for _, s in met]
        for i, t in enumerate(into):
            before = (all_of, all_of, all_of, *at, *(all_of,) * i)
            margins += [(*before, rows) for rows in beyond(t, lengths[i])]
        for j, (to, source) in enumerate(columns):
            place = (all_of, all_of, slice(j * C, (j + 1) * C), *at)
            (outside if planes else margins).extend((*place, *into, edge) for edge in beyond(to, count[-1]))
            if any(s.start >= s.stop for s in (to, *into)):
                continue
            if planes:
                to_run, of_run = run(into[-1], out_of[-1], count[-1], source.start - to.start)
                moves.append(((*place, *into[:-1], to_run), (..., *out_of[:-1], of_run)))
            else:
                moves.append(((*place, *into, to), (..., *out_of, source)))
    seen: list[Any] = []
    for row in rows:
        offsets = [a.dilation * i for a, i in zip(rest, row, strict=True)]
        at = [known.index(d % a.stride) for known, d, a in zip(phases, offsets, rest, strict=True)]
        first = [d // a.stride for d, a in zip(offsets, rest, strict=True)]
        seen.append((all_of, all_of, *at, all_of, *(slice(q, q + o) for q, o in zip(first, count, strict=False))))
    shape = (G, channels, *map(len, phases), samples, *lengths, count[-1])
    found = (tuple(moves), tuple(outside), tuple(margins), tuple(seen))
    return Geometry(shape, *found, samples, long, plain, flat, planes)


def beyond(inside: slice, n: int) -> list[slice]:
    """What is left of n positions before and after those inside, if anything is."""
    start = min(inside.start, n)
    return [s for s in (slice(0, start), slice(max(start, inside.stop), n)) if s.start < s.stop]


def run(to: slice, source: slice, width: int, shift: int) -> tuple[slice, slice]:
    """Rows of one plane, and rows of another, as runs of elements; those of the other come from `shift` later.

    What that takes from a next row is outside of this one.
    """
    first, last = to.start * width, to.stop * width
    begin, end = source.start * width + shift, source.stop * width + shift
    before, after = max(0, -shift), max(0, shift)
    return slice(first + before, last - after), slice(begin + before, end - after)
