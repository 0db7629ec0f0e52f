"""One order of a check: the tape's Jacobian, and its weighted sum, against differences, one element after the other."""

from __future__ import annotations

import numpy as np

from ..tensor import Array
from .diagnosis import Evidence, Finding, not_linear, unrepeatable
from .levels import Level
from .places import CLOSE
from .slopes import SAFETY, Element, Slope, Views, judge, noise

LARGE = 2.0**20  # times the cotangent, which must be a mere factor; a power of two rounds nothing
ENOUGH = 8  # wrong elements that are looked at with every step; of others one step has to do


def compare(
    level: Level, order: int, tolerance: float, rng: np.random.Generator, most: int
) -> tuple[list[Evidence], list[Finding]]:
    """What there is to see of each argument; or that two sweeps differ, and then there is nothing to compare."""
    xs, size = level.xs, level.center.size
    places = [some(x.size, most, rng) for x in xs]
    units = some(size, min(most, 8 + 2 * sum(p.size for p in places)), rng)
    views = Views(level.flat_weights, units, level.center)
    tapes = _tapes(level, views)
    first, again = level.sweep(views.weights), level.sweep(views.weights)
    pairs = enumerate(zip(xs, first, again, strict=True))
    if findings := [unrepeatable(order, i, a, b, x) for i, (x, a, b) in pairs if _differ(x, a, b)]:
        return [], findings
    level.bend_by(first)
    found = []
    with np.errstate(all="ignore"):
        jitter = noise(level.values, xs, views, level.eps, rng)
        for i, x in enumerate(xs):
            tape = tapes[i][:, places[i]]
            slopes = _slopes(level, i, places[i], tape, views, jitter, tolerance, rng)
            result = level.outputs[0].shape if order == 1 else None
            found.append(Evidence.of(order, i, x, result, places[i], views, tape, slopes, tolerance))
    linear = order > 1 or any(e.wrong.any() for e in found)
    return found, [] if linear else _not_linear(level, views, first)


def _not_linear(level: Level, views: Views, first: list[Array]) -> list[Finding]:
    """Whether a large cotangent, of either sign, gives other gradients than its factor times `first`."""
    for times in (-LARGE, LARGE):
        for i, (a, large) in enumerate(zip(first, level.sweep(times * views.weights), strict=True)):
            off = np.abs(large - times * a) > CLOSE * np.abs(times * a).max(initial=0.0)
            if (off := off & np.isfinite(large)).any():
                index = tuple(map(int, np.argwhere(off)[0]))
                return [not_linear(i, index, float(large[index]), float(times * a[index]), times)]
    return []


def some(size: int, most: int, rng: np.random.Generator) -> Array:
    """Indices of all elements, or of as many as are to be tried."""
    return np.arange(size) if size <= most else np.sort(rng.choice(size, most, replace=False))


def shaken(x: Array, rng: np.random.Generator) -> Array:
    """`x` with other last digits."""
    return np.asarray(x * (1.0 + np.finfo(x.dtype).eps * rng.choice([-1.0, 1.0], x.shape)), x.dtype)


def _differ(x: Array, tape: Array, again: Array) -> bool:
    return tape.shape != x.shape or tape.dtype != x.dtype or tape.tobytes() != again.tobytes()


def _tapes(level: Level, views: Views) -> list[Array]:
    """For each argument, the tape's gradients: a row for each view."""
    rows = [level.sweep(views.weights), *(level.sweep(np.eye(1, views.center.size, j)[0]) for j in views.units)]
    return [np.stack([np.ravel(row[i]) for row in rows]) for i in range(len(level.xs))]


def _slopes(
    level: Level,
    i: int,
    places: Array,
    tape: Array,
    views: Views,
    jitter: Array,
    tolerance: float,
    rng: np.random.Generator,
) -> list[Slope]:
    """What differences say of each element; what disagrees is asked with every step, until enough are surely wrong."""

    def moved(x: Array) -> Array:
        return level.values(*level.xs[:i], x, *level.xs[i + 1 :])

    def look(n: int, slack: Array | None = None) -> Slope:
        return judge(Element(moved, level.xs[i], int(places[n]), views, jitter), tape[:, n], tolerance, slack)

    found = [look(n) for n in range(places.size)]
    doubtful = [n for n, slope in enumerate(found) if slope.wrong.any()]
    if doubtful:
        slack, sure = _slack(level, i, places, views, tape, rng), 0
        for n in sorted(doubtful, key=lambda n: -_excess(tape[:, n], found[n])):
            found[n] = look(n, slack[:, n])
            sure += bool(found[n].wrong.any())
            if sure == ENOUGH:
                break
    return found


def _slack(level: Level, i: int, places: Array, views: Views, tape: Array, rng: np.random.Generator) -> Array:
    """What rounding adds to the tape's gradients themselves: by how much they jump between neighbouring points."""
    found = np.finfo(float).eps * np.abs(tape).max(axis=0, initial=0.0) * np.ones(tape.shape)
    for _ in range(4):
        nearby = Level(level.f, [shaken(x, rng) for x in level.xs], rng, level.below)
        found = np.fmax(found, np.abs(_tapes(nearby, views)[i][:, places] - tape))
    return np.asarray(SAFETY * found)


def _excess(tape: Array, slope: Slope) -> float:
    """How far off the tape is, in what is allowed."""
    off = np.abs(tape - slope.slope) / np.fmax(slope.allowed, 1e-300)
    return float(np.max(np.where(slope.wrong, np.where(np.isnan(off), np.inf, off), 0.0), initial=0.0))
