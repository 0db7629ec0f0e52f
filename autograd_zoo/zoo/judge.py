"""The judge: a verdict on a formula by one rule, from its errors over a whole spread of samples.

Nobody types a verdict. `docs/verdicts.md` has the rule in words, with what it was tried on.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from inspect import signature
from typing import Any, Literal

import numpy as np

from ..closed_form.formula import Formula, arguments, by_differences, cases, error, gap
from ..closed_form.parts import sharing
from ..engine.tensor import Array
from .dictionary import READINGS, holding, meaning

Verdict = Literal["exact", "exact within", "reading", "wrong"]
SEEDS = range(5)
HOLDS = 1e-9  # the error up to which a formula holds on a sample


@dataclass(frozen=True)
class Trial:
    """One transcription over the spread: its error on each sample."""

    kind: Literal["printed", "reading", "repair"]
    name: str
    """Letters of the dictionary, or the edits; "" for the literal transcription."""
    errors: tuple[float, ...]

    @property
    def error(self) -> float:
        """The largest error; nan where one is."""
        return float(np.max(self.errors))


@dataclass(frozen=True, kw_only=True, eq=False)
class Judgement:
    """What the judge found: the verdict, and the errors of all that was tried."""

    formula: Formula
    verdict: Verdict
    within: str | None = None
    """The predicate that parts the samples that hold from those that fail."""
    reading: str | None = None
    """The letters of the first reading under which the formula holds."""
    repair: str | None = None
    """The first repair that makes the formula right, of a wrong one."""
    trials: tuple[Trial, ...] = ()
    """The formula as printed, then all readings and repairs of the row."""
    error_printed: float
    """The largest error of the literal transcription."""
    error_corrected: float | None = None
    """That of `corrected_latex`, over the spread and against differences; None where there is none."""

    def __str__(self) -> str:
        by = self.within or self.reading
        return f"{self.verdict}: {by}" if by else self.verdict

    @property
    def assumed(self) -> str:
        """What the letters of the reading mean, in words; or the repair of a wrong formula, or the predicate."""
        return meaning(self.reading or "") or self.within or self.repair or ""

    @property
    def failed_readings(self) -> tuple[tuple[str, float], ...]:
        """The readings and repairs that do not hold, each with its error."""
        good = (self.reading, self.repair)
        return tuple((t.name, t.error) for t in self.trials[1:] if t.name not in good)


@dataclass(frozen=True, eq=False)
class _Sample:
    case: Formula
    given: tuple[Any, ...]
    truth: Array
    holding: dict[str, bool]


def _samples(formula: Formula, seeds: Iterable[int]) -> list[_Sample]:
    """Every case of the row for every seed, with what is true there."""
    names = list(signature(formula.forward or formula.corrected).parameters)
    found = []
    for case in cases(formula):
        for seed in seeds:
            given = arguments(case, np.random.default_rng(seed))
            inputs = given if formula.forward is None else given[2:]
            view = dict(zip(names, inputs, strict=False)) | dict(case.params)
            found.append(_Sample(case, given, case.corrected(*given, **case.params), holding(view)))
    return found


def _admitted(name: str) -> bool:
    """Whether all letters of a reading are of the dictionary."""
    return set(name) <= set(READINGS)


@sharing()
def judge(formula: Formula, seeds: Iterable[int] = SEEDS, tolerance: float = HOLDS) -> Judgement:
    """Judge a formula by its errors over all cases of its spread and all seeds.

    It is *exact* if the literal transcription holds for every sample; *exact within* a predicate of the fixed list if
    it holds for those samples of which the predicate is true, and for no other; a *reading* if it holds for every
    sample under letters of the dictionary; else *wrong*. The first that fits, in this order, is the verdict.

    Raises
    ------
    ValueError
        If `seeds` is empty: nothing would be compared, and every formula would hold.
    """
    seeds = tuple(seeds)
    if not seeds:
        raise ValueError("judge expects at least one seed, got none: pass for instance seeds=range(5)")
    samples = _samples(formula, seeds)

    def trial(kind: Literal["printed", "reading", "repair"], name: str, form: Callable[..., Array]) -> Trial:
        return Trial(kind, name, tuple(gap(form, s.given, s.case.params, s.truth) for s in samples))

    printed = trial("printed", "", formula.printed)
    held = [e <= tolerance for e in printed.errors]
    if all(held):
        return Judgement(formula=formula, verdict="exact", trials=(printed,), error_printed=printed.error)
    readings = [trial("reading", name, form) for name, form in formula.readings.items()]
    repairs = [trial("repair", name, form) for name, form in formula.repairs.items()]
    within = next((p for p in samples[0].holding if any(held) and [s.holding.get(p) for s in samples] == held), None)
    reading = next((t.name for t in readings if t.error <= tolerance and _admitted(t.name)), None)
    repair = next((t.name for t in repairs if t.error <= tolerance), None)
    verdict: Verdict = "exact within" if within else "reading" if reading else "wrong"
    corrected = None
    if formula.mended:
        differences = error(formula, formula.mended, np.random.default_rng(seeds[0]), by_differences(formula))
        corrected = float(np.max([*trial("repair", "", formula.mended).errors, differences]))
    return Judgement(
        formula=formula,
        verdict=verdict,
        within=within,
        reading=reading if verdict == "reading" else None,
        repair=repair if verdict == "wrong" else None,
        trials=(printed, *readings, *repairs),
        error_printed=printed.error,
        error_corrected=corrected,
    )
