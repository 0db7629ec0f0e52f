"""What came of each formula and claim of the document, as data that the errata's page, the atlas and JSON show."""

from __future__ import annotations

import json
from collections.abc import Iterable
from dataclasses import asdict, dataclass
from math import inf
from typing import Any, Literal

import numpy as np

from ..closed_form import Formula, Judgement, formulas
from ..closed_form.formula import error
from .document import COPY, LINES, QUOTES, claimed
from .report import size
from .verdicts import counts, judged

NOISE = 1e-9  # an error below it is rounding, of which every processor has its own: what is published gives this bound
KINDS = {"formula": "printed formula", "claim": "claim in words"}
HOW = (
    "An error is the largest of |a − b| / max(1, |b|) over all elements of the result and five random samples, where a "
    "is what the formula gives and b what is right: so it is relative to b where b is more than 1, and absolute where "
    f"it is less. Below {NOISE:.0e} it is rounding. Right is the closed form; what is corrected is compared, on one "
    "sample, with central differences of the forward pass where it is a gradient, else with the closed form."
)


@dataclass(frozen=True)
class Tried:
    """What was assumed of a formula, or changed in it, and its error then."""

    kind: Literal["reading", "repair"]
    says: str
    error: float
    holds: bool


@dataclass(frozen=True)
class Entry:
    """One formula or claim of the document: where it stands, what came of it, and the evidence."""

    id: str
    kind: Literal["formula", "claim"]
    place: str
    lines: tuple[int, ...]
    """In the copy of the document; none of what is ours."""
    verdict: str
    within: str | None
    """What has to hold for an "exact within"."""
    printed: str
    """The quotation: LaTeX of a formula, words of a claim."""
    latex: str
    """What was judged: of a formula that which is printed, of a claim what its words were taken to say."""
    error_printed: float
    tried: tuple[Tried, ...]
    corrected: str | None
    error_corrected: float | None
    against: Literal["differences", "closed form"]
    """What the corrected one was compared with."""
    note: str

    @property
    def command(self) -> str:
        """What computes all of it again, and shows the numbers."""
        return f"autograd-zoo check --formula {self.id} -v"

    @property
    def reading(self) -> str | None:
        """The reading under which it is right."""
        return next((t.says for t in self.tried if t.holds and t.kind == "reading"), None)


@dataclass(frozen=True)
class Reading:
    """One reading of the document's notation: its letter, and the formulas that need it, with their error without."""

    letter: str
    says: str
    rows: tuple[tuple[str, float], ...]


def entry(j: Judgement) -> Entry:
    """The judgement as data."""
    f = j.formula
    tried = [Tried("reading", says, wrong, False) for says, wrong in j.failed_readings]
    if j.reading:
        tried.append(Tried("reading", j.reading, _worst(f, j.reading), True))
    return Entry(
        id=f.id,
        kind="claim" if claimed(f) else "formula",
        place=f.place,
        lines=LINES.get(f.id, ()),
        verdict=j.verdict,
        within=None,
        printed=QUOTES.get(f.id, f.latex),
        latex=f.latex,
        error_printed=j.error_printed,
        tried=tuple(tried),
        corrected=f.corrected_latex,
        error_corrected=j.error_corrected,
        against="differences" if f.forward else "closed form",
        note=f.note,
    )


def _worst(f: Formula, reading: str) -> float:
    """The error under a reading, over the samples that the verdict was found on."""
    return max(error(f, f.readings[reading], np.random.default_rng(seed)) for seed in range(5))


def document() -> list[Entry]:
    """Every formula and claim of the document, in the document's order of families."""
    return [entry(judged(row)) for row in formulas() if row.source == "document"]


def readings(entries: Iterable[Entry]) -> list[Reading]:
    """The readings that make formulas right, each once, numbered in the order in which they are first needed."""
    rows: dict[str, list[tuple[str, float]]] = {}
    for e in entries:
        if e.reading:
            rows.setdefault(e.reading, []).append((e.id, e.error_printed))
    return [Reading(f"R{k}", says, tuple(found)) for k, (says, found) in enumerate(rows.items(), 1)]


def stated(error: float | None) -> str:
    """An error in words that are the same on every machine."""
    return f"below {NOISE:.0e}" if error is not None and error < NOISE else size(error)


def published(entries: list[Entry]) -> str:
    """The errata as JSON, which docs/errata.schema.json describes."""
    letters = {reading.says: reading.letter for reading in readings(entries)}
    rows = []
    for e in entries:
        row = asdict(e) | {"error_printed": _rounded(e.error_printed), "error_corrected": _rounded(e.error_corrected)}
        row["tried"] = [
            {
                "kind": t.kind,
                "letter": letters.get(t.says),
                "says": t.says,
                "error": _rounded(t.error),
                "holds": t.holds,
            }
            for t in e.tried
        ]
        rows.append(row | {"command": e.command})
    whole: dict[str, Any] = {
        "$schema": "errata.schema.json",
        "document": asdict(COPY) | {"author": None, "address": None, "date": None},
        "errors": HOW,
        "counts": {kind: counts(e.verdict for e in entries if e.kind == kind) for kind in KINDS},
        "readings": [
            {
                "letter": reading.letter,
                "says": reading.says,
                "rows": [{"id": id, "error_without": _rounded(wrong)} for id, wrong in reading.rows],
            }
            for reading in readings(entries)
        ],
        "entries": rows,
    }
    return json.dumps(whole, ensure_ascii=False, indent=1, allow_nan=False) + "\n"


def _rounded(error: float | None) -> float | str | None:
    """An error to one digit, as it is stated; words where that is no number."""
    return (
        float(f"{error:.0e}")
        if error is not None and NOISE <= error < inf
        else error
        if error is None
        else stated(error)
    )
