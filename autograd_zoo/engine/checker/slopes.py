"""Slopes by differences, and how far each of them can be trusted: what the checker judges a gradient against."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from itertools import pairwise
from typing import NamedTuple

import numpy as np

from ..tensor import Array

STEP = 1e-3  # of a five-point difference, relative: its error is O(h⁴), so a wide step keeps rounding away
WIDER, FINER = (1, 2), tuple(range(-1, -11, -1))  # powers of ten by which other steps differ from it
SURE = -3  # with this one and those before it, what is far off is wrong beyond doubt
DIGITS = 1e-3  # of a slope that is known no better than this, wider steps are asked
CLOSE = 1e-3  # of a kink: how well the slope between its sides is known
UNDERFLOW = float(np.finfo(float).tiny / np.finfo(float).eps)  # what is smaller was made of numbers that lose digits
SAFETY = 10.0  # by how much an estimated error may be wrong
ROUNDING = 4.5  # noise ν in the values adds at most 1.5 ν/h to a slope, and a few samples may understate ν threefold


def differences(f: Callable[[Array], float], x: Array, step: float = STEP, elements: Array | None = None) -> Array:
    """∂f/∂x of a function from arrays to numbers: (8 (f₊₁ − f₋₁) − (f₊₂ − f₋₂)) / 12h for each element.

    Parameters
    ----------
    elements : array of ints, optional
        flat indices of the elements wanted; all of them by default

    Returns
    -------
    ndarray of x's shape, or of the shape of `elements`

    Examples
    --------
    >>> import numpy as np
    >>> differences(lambda x: float(np.sum(x**3)), np.array([1.0, 2.0])).round(9)
    array([ 3., 12.])
    """
    flat = np.ravel(x)
    steps = step * np.maximum(0.1, np.abs(flat))
    wanted = np.arange(flat.size) if elements is None else elements

    def at(i: int, k: int) -> float:
        moved = flat.copy()
        moved[i] += k * steps[i]
        return f(moved.reshape(x.shape))

    found = [(8.0 * (at(i, 1) - at(i, -1)) - (at(i, 2) - at(i, -2))) / (12.0 * steps[i]) for i in map(int, wanted)]
    return np.array(found, dtype=float).reshape(x.shape if elements is None else np.shape(elements))


@dataclass(frozen=True)
class Views:
    """What is looked at of a function's values: their weighted sum, then some of them alone.

    Changes are weighted, and not values, so that a large value does not drown the change of a small one.
    """

    weights: Array
    units: Array
    """Which values are looked at alone."""
    center: Array
    """The values at the point itself."""

    def of(self, change: Array) -> Array:
        """The views of a change of the values."""
        return np.concatenate([[self.weights @ change], change[self.units]])


def noise(values: Callable[..., Array], xs: list[Array], views: Views, eps: float, rng: np.random.Generator) -> Array:
    """The noise in each view: how much it jumps between neighbouring points, as it does if f cancels inside."""
    size = eps * np.abs(views.center)
    found = np.concatenate([[np.abs(views.weights) @ size], size[views.units]])
    for t in (1e-14, 1e-13, 1e-12):  # so close that f is straight between them
        moves = [t * np.maximum(0.1, np.abs(x)) * rng.uniform(0.5, 1.5, x.shape) for x in xs]
        there, back = (values(*(x + s * m for x, m in zip(xs, moves, strict=True))) for s in (1.0, -1.0))
        found = np.fmax(found, np.abs(views.of(there + back - 2.0 * views.center)) / np.sqrt(6.0))
    return found


class Rung(NamedTuple):
    """Differences with one step h; a number for each view, nan where f is not finite or refuses the moved point."""

    slope: Array
    noise: Array
    """What the noise between neighbouring points may add to the slope."""
    blur: Array
    """The same, or more if these very differences are rough."""
    bend: Array
    """The slope to the right less that to the left."""
    leap: Array
    """What the value changes by, from h to the left to h to the right."""


class Element:
    """One element of an argument, moved by ever other steps."""

    def __init__(self, values: Callable[[Array], Array], x: Array, place: int, views: Views, noise: Array) -> None:
        self.values, self.x, self.place, self.views, self.noise = values, x, place, views, noise
        self.rungs: dict[int, Rung] = {}
        self.refusal: Exception | None = None

    def climb(self, k: int) -> Rung:
        """The differences with the k-th step."""
        at = float(self.x.flat[self.place])
        h = (at + STEP * 10.0**k * max(0.1, abs(at))) - at  # a step that x really takes
        of, center = self.views.of, self.views.center
        try:
            p1, m1, p2, m2 = (self._moved(at + n * h) for n in (1.0, -1.0, 2.0, -2.0)) if h else [center * np.nan] * 4
        except Exception as error:
            self.refusal = error
            p1 = m1 = p2 = m2 = center * np.nan
        h = h or np.inf
        rough = np.abs(of(p2 + m2 - 4.0 * (p1 + m1) + 6.0 * center)) / np.sqrt(70.0)
        slope = of(8.0 * (p1 - m1) - (p2 - m2)) / (12.0 * h)
        self.rungs[k] = Rung(
            slope=np.where(np.isfinite(slope), slope, np.nan),
            noise=ROUNDING / h * self.noise,
            blur=ROUNDING / h * np.fmax(self.noise, rough),
            bend=np.abs(of(p1 + m1 - 2.0 * center)) / h,
            leap=np.abs(of(p1 - m1)),
        )
        return self.rungs[k]

    def _moved(self, to: float) -> Array:
        moved = self.x.copy()
        moved.flat[self.place] = to
        return self.values(moved)

    def triples(self) -> list[tuple[Rung, Rung, Rung]]:
        """Three steps that follow one another, the finest first."""
        rungs = self._by_step()
        return list(zip(rungs, rungs[1:], rungs[2:], strict=False))

    def kink(self) -> Array:
        """The slope to the right less that to the left where it does not vanish with the step; else 0."""
        found = np.zeros(self.noise.shape)
        for three in self.triples():
            bends = np.stack([rung.bend for rung in three])
            steady = (np.ptp(bends, axis=0) < 0.1 * bends[0]) & (bends[0] > three[0].noise)
            found = np.where(steady & (found == 0.0), bends[0], found)
        return found

    def jump(self) -> Array:
        """Whether the value leaps, and by the same, however small the step."""
        leaps = np.stack([rung.leap for k, rung in self.rungs.items() if k < -1])
        known = np.isfinite(leaps).all(axis=1)
        if known.sum() < 5:
            return np.zeros(self.noise.shape, bool)
        least, most = leaps[known].min(axis=0), leaps[known].max(axis=0)
        return np.asarray((most < 1.1 * least) & (least > SAFETY * self.noise))

    def best(self) -> tuple[Array, Array]:
        """The slopes that can be trusted most, and their errors: by how much three steps differ, and noise.

        A wide step that a finer one contradicts, by more than noise, has left the neighbourhood of x.
        """
        slope, error = self.rungs[0].slope, np.full(self.noise.shape, np.inf)
        rungs = self._by_step()
        for i, (a, b, c) in enumerate(self.triples()):
            contradictions = [np.abs(b.slope - finer.slope) - finer.blur for finer in rungs[:i]]
            spread = np.ptp([a.slope, b.slope, c.slope], axis=0) + np.fmax(b.blur, 0.1 * a.blur)
            estimate = np.fmax.reduce([spread, *contradictions]) + 0.0 * spread  # nan where one of the three is
            slope, error = np.where(estimate < error, b.slope, slope), np.fmin(error, estimate)
        return slope, error

    def others(self, slope: Array, error: Array) -> Iterator[tuple[Array, Array]]:
        """Slopes, and their errors, that two steps agree on as well, and which are not `slope`; else nan.

        So it is where a value too large hides part of what x does, but for wide steps: which is right cannot be known.
        """
        for a, b in pairwise(self._by_step()):
            s = b.slope
            blur = SAFETY * (np.abs(a.slope - s) + b.noise)
            another = (blur <= 0.3 * np.abs(s)) & (np.abs(s - slope) > blur + error)
            yield np.where(another, s, np.nan), blur

    def _by_step(self) -> list[Rung]:
        return [self.rungs[k] for k in sorted(self.rungs)]


class Slope(NamedTuple):
    """What differences say of one element; a number for each view."""

    slope: Array
    allowed: Array
    """By how much a right gradient may differ from the slope."""
    wrong: Array
    kink: Array
    """The slope to the right less that to the left, where f has a kink."""
    jump: Array
    edge: Array
    """Whether f is finite to both sides for no step at all."""


def judge(element: Element, tape: Array, tolerance: float, slack: Array | None = None) -> Slope:
    """Compare the tape's gradient by one element with differences: of one step, and of others where one is not enough.

    To agree to `tolerance` with the slope of any step is proof, for it does not happen by chance. Where noise hides the
    slope, wider steps are asked. With `slack`, which the tape's own rounding may add, every step is asked, unless four
    of them leave no doubt.
    """
    rung = element.climb(0)
    slope, error = rung.slope, rung.noise
    right = _within(tape, slope, tolerance, 0.0)
    within = _within(tape, slope, tolerance, error)
    if not (right | (within & (error <= DIGITS * np.fmax(np.abs(slope), np.abs(tape))))).all():
        agreed, fine = slope, right | within
        for k in FINER + WIDER if slack is not None else WIDER if fine.all() else ():
            slope = element.climb(k).slope
            agrees = ~right & _within(tape, slope, tolerance, 0.0)
            agreed, right = np.where(agrees, slope, agreed), right | agrees
            if right.all() or (k == SURE and slack is not None and (right | fine | _far(element, tape, slack)).all()):
                break
        if len(element.rungs) > 1:
            slope, error = element.best()
            error = SAFETY * error + (0.0 if slack is None else slack)
            within = _within(tape, slope, tolerance, error)
            for other, blur in element.others(slope, error):
                also = ~within & _within(tape, other, tolerance, blur)
                slope, error, within = np.where(also, other, slope), np.where(also, blur, error), within | also
        slope, error = np.where(right, agreed, slope), np.where(right, 0.0, error)
    none = np.zeros(tape.shape)
    if slack is None or right.all():
        return Slope(slope, tolerance * np.abs(slope) + error, ~(right | within), none, none > 0, none > 0)
    edge = np.logical_and.reduce([np.isnan(rung.slope) for rung in element.rungs.values()])
    if edge.all() and element.refusal is not None:
        raise element.refusal
    kink, jump = np.where(right, 0.0, element.kink()), element.jump() & ~right
    error = np.where(kink > 0.0, CLOSE * kink, error)  # what makes a kink rough is no noise
    wrong = ~right & (jump | ~_within(tape, slope, tolerance, error))
    return Slope(slope, tolerance * np.abs(slope) + error, wrong, kink, jump, edge)


def _within(tape: Array, slope: Array, tolerance: float, error: Array | float) -> Array:
    return np.asarray(np.abs(tape - slope) <= tolerance * np.abs(slope) + error + UNDERFLOW)


def _far(element: Element, tape: Array, slack: Array) -> Array:
    """Whether the tape is beyond doubt off: by far more than the slopes' errors, and at no kink."""
    slope, error = element.best()
    return np.asarray((np.abs(tape - slope) > 1e4 * error + 10.0 * slack) & (element.kink() == 0.0))
