"""What a wrong gradient looks like, in the gradient checker's words and those of paths: a kind and a sentence."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from functools import cached_property, lru_cache
from itertools import combinations, product

import numpy as np

from ..engine.checker import patterns as checked
from ..engine.checker.diagnosis import Evidence
from ..engine.checker.places import flipped, permuted, shifted, transposed, transposed_factor
from ..engine.tensor import Array
from .paths import PATHS, Pass
from .trials import LARGE, Trial
from .words import in_words

CLOSE = 1e-6  # of the largest number: what agrees as well as this is no chance
NUMBERS = {-1.0: "forgotten", -2.0: "sign", 1.0: "twice"}


class Found:
    """What a function made of a trial, beside what the tape says."""

    def __init__(self, trial: Trial, rows: Array, large: Array) -> None:
        self.trial, self.rows, self.large = trial, rows, large
        self.off = rows - trial.truth

    @cached_property
    def right(self) -> bool:
        """Whether all numbers are the tape's."""
        return bool((np.abs(self.off) <= self.trial.allowed).all())

    @cached_property
    def evidence(self) -> Evidence:
        """The same as the checker has it, with the tape in the place of differences."""
        t, flat = self.trial, (len(self.rows), -1)
        truth, allowed = t.truth.reshape(flat), t.allowed.reshape(flat)
        none = np.zeros(truth.shape)
        return Evidence(
            order=1,
            argument=0,
            x=t.x,
            result=t.y.shape,
            places=np.arange(t.x.size),
            units=np.arange(t.y.size),
            weights=np.ravel(t.cotangents[0]),
            tape=self.rows.reshape(flat),
            slopes=truth,
            allowed=allowed,
            kink=none,
            wrong=np.abs(self.off).reshape(flat) > allowed,
            jump=none > 0,
            edge=none > 0,
            tolerance=1e-7,
        )

    def kinds(self, only: str = "") -> dict[str, str]:
        """Every kind whose pattern fits, or one, with its sentence; the first is what is said."""
        found: dict[str, str] = {}
        for kind, says in PATTERNS:
            if only in ("", kind) and kind not in found and (text := says(self)):
                found[kind] = text
        return found


def _checker(pattern: Callable[[Evidence], str]) -> Callable[[Found], str]:
    """A pattern of the checker, in words that fit a function."""

    def says(found: Found) -> str:
        return in_words(pattern(found.evidence))

    return says


def _zero(found: Found) -> str:
    return "" if found.rows.any() else "The gradient is zero everywhere."


def _linear(found: Found) -> str:
    """Another cotangent, of the other sign, gives something else than a multiple."""
    expected = LARGE * found.rows[0]
    if (np.abs(found.large - expected) <= CLOSE * np.abs(expected).max(initial=0.0)).all():
        return ""
    return "Your function is not linear in g: twice the g must give twice the gradient, and -g the negative one."


def _sample_axes(t: Trial) -> list[int]:
    """The axes of the result along which every element of the input counts more than once, as a parameter does."""
    truth = np.abs(t.truth[1:]).reshape(*t.y.shape, -1) > 0.0
    counts = (truth.any(axis=tuple(k for k in range(t.y.ndim) if k != axis)).sum(axis=0) for axis in range(t.y.ndim))
    return [axis for axis, count in enumerate(counts) if (count > 1).all()]


def _batch_mean(found: Found) -> str:
    """1/n of what it should be, where n samples count."""
    t, axes = found.trial, _sample_axes(found.trial)
    for k in range(1, len(axes) + 1):
        for some in combinations(axes, k):
            n = int(np.prod([t.y.shape[axis] for axis in some]))
            if t.batch in some and _same(n * found.rows, t.truth):
                return f"Your gradient is 1/{n} of what it should be: a mean over {n} samples, for a sum."
    return ""


def _one_sample(found: Found) -> str:
    """Only one of many samples counts, and that one is right."""
    t, axes = found.trial, _sample_axes(found.trial)
    for some in ([t.batch], axes) if t.batch in axes else ():
        others = tuple(k for k in range(t.y.ndim + 1) if k not in some)
        full = np.abs(found.rows[1:]).reshape(*t.y.shape, -1).any(axis=others)
        if full.sum() == 1:
            counts = np.abs(found.rows[1:]).reshape(len(t.y.ravel()), -1).any(axis=1)
            if _same(found.rows[1:][counts], t.truth[1:][counts]):
                return "Only one of the samples counts: a sum over them is missing."
    return ""


def _spread(found: Found) -> str:
    """Every sample has the sum, or the mean, of what the samples should have each."""
    truth = found.trial.truth
    axis = found.trial.batch + 1
    if truth.ndim <= axis or truth.shape[axis] == 1:
        return ""
    for how, reduce in (("sum", np.sum), ("mean", np.mean)):
        spread = np.broadcast_to(reduce(truth, axis=axis, keepdims=True), truth.shape)
        if _same(found.rows, spread):
            return f"Every sample gets the {how} of all samples' gradients, where each has its own."
    return ""


def _upstream(found: Found) -> str:
    t = found.trial
    if t.x.shape != t.y.shape or not _same(found.rows, np.array(t.cotangents)):
        return ""
    return "The upstream gradient g is handed on as it is: the local derivative is missing."


def _same(a: Array, b: Array) -> bool:
    return bool((np.abs(a - b) <= CLOSE * np.abs(b).max(initial=0.0)).all())


@lru_cache(maxsize=256)
def _paths(t: Trial) -> dict[str, Array]:
    """What comes back along each path: the whole less that of a pass in which it is cut."""
    pass_, names = PATHS.get(t.specimen.name, (None, ()))
    parts = {name: t.truth - t.rows(_cut(pass_, name)) for name in names} if pass_ else {}
    least = CLOSE * np.abs(t.truth).max(initial=0.0)
    return {name: part for name, part in parts.items() if np.abs(part).max(initial=0.0) > least}


def _cut(pass_: Pass, name: str) -> Pass:
    return lambda *inputs, **params: pass_(name, *inputs, **params)


def _along(found: Found) -> Iterator[tuple[str, float]]:
    """Paths along which all that is wrong comes back, and how much of it is too much."""
    for name, part in _paths(found.trial).items():
        share = float(np.sum(part * found.off) / np.sum(part * part))
        if abs(share) > 1e-5 and _same(found.off, share * part):
            yield name, share


def _path(found: Found) -> str:
    for name, share in _along(found):
        if abs(share + 1.0) < 1e-5:
            return f"What comes back through {name} is forgotten."
    parts = _paths(found.trial)
    for k in range(2, len(parts)):
        for names in combinations(parts, k):
            if _same(found.off, -sum(parts[name] for name in names)):  # type: ignore[arg-type]
                return f"What comes back through {' and through '.join(names)} is forgotten."
    return ""


def _path_sign(found: Found) -> str:
    names = [name for name, share in _along(found) if abs(share + 2.0) < 1e-5]
    return f"What comes back through {names[0]} has the wrong sign." if names else ""


def _path_factor(found: Found) -> str:
    for name, share in _along(found):
        if min(abs(share + k) for k in (1.0, 2.0)) > 1e-5:
            return f"What comes back through {name} counts {1.0 + share:.6g} times."
    return ""


def _other_input(found: Found) -> str:
    t = found.trial
    for name, x in zip(t.specimen.inputs, t.inputs, strict=False):
        if name == t.by or x.shape != t.x.shape or not t.y.size:
            continue
        if _same(found.rows, t.rows(t.specimen.run, name)):
            return f"This is the gradient by {name}, and not by {t.by}."
    return ""


def _named_factor(found: Found) -> str:
    """An array that one knows is a factor too many, or missing."""
    t = found.trial
    truth, rows = t.truth[1:], found.rows[1:]
    full = truth != 0.0
    if not full.any() or (rows[~full] != 0.0).any() or not rows.any():
        return ""
    ratio = rows[full] / truth[full]
    arrays = {**dict(zip(t.names[2:], t.inputs, strict=True)), "y": t.y, "1 - y": 1.0 - t.y, "1 + y": 1.0 + t.y}
    for (name, a), (power, says) in product(arrays.items(), POWERS.items()):
        with np.errstate(all="ignore"):
            for laid in _laid(np.asarray(a, float), t):
                factor = np.broadcast_to(laid**power, truth.shape)[full]
                if np.isfinite(factor).all() and (np.ptp(factor) > 0 or factor.size == 1) and _same(ratio, factor):
                    return f"A factor is wrong: {says.format(name)}."
    return ""


POWERS = {
    1: "{} is a factor too many",
    -1: "the factor {} is missing",
    2: "({})² is a factor too many",
    -2: "the factor ({})² is missing",
}


def _laid(a: Array, t: Trial) -> Iterator[Array]:
    """An array as it may lie along the result, or along the input, of a Jacobian."""
    nx, ny = t.x.ndim, t.y.ndim
    if not a.ndim:
        return
    for shape, before, after in ((t.y.shape, 0, nx), (t.x.shape, ny, 0)):
        for start in range(len(shape) - a.ndim + 1):
            if a.shape == shape[start : start + a.ndim]:
                whole = a.reshape((1,) * (before + start) + a.shape + (1,) * (len(shape) - start - a.ndim + after))
                yield np.broadcast_to(whole, (*t.y.shape, *t.x.shape)).reshape(-1, *t.x.shape)


PATTERNS: list[tuple[str, Callable[[Found], str]]] = [
    ("zero", _zero),
    ("cotangent", _checker(checked._cotangent)),
    ("cotangent", _linear),
    ("mask", _checker(checked._mask)),
    ("upstream", _upstream),
    ("sign", _checker(checked._sign)),
    ("batch sum", _batch_mean),
    ("batch sum", _one_sample),
    ("batch sum", _spread),
    ("factor", _checker(checked._factor)),
    ("path", _path),
    ("path sign", _path_sign),
    ("path factor", _path_factor),
    ("other input", _other_input),
    ("transposed", _checker(transposed)),
    ("flipped", _checker(flipped)),
    ("shifted", _checker(shifted)),
    ("transposed", _checker(transposed_factor)),
    ("lost", _checker(checked._lost)),
    ("sign", _checker(checked._some_signs)),
    ("factor", _named_factor),
    ("factor", _checker(checked._some_factor)),
    ("permuted", _checker(permuted)),
    ("centered", _checker(checked._centered)),
]
