"""What came of each formula and claim of the document, as data that the errata's page, the atlas and JSON show."""

from __future__ import annotations

import json
from collections.abc import Iterable
from dataclasses import asdict, dataclass
from math import inf, isfinite, nan
from typing import Any, Literal

from ..closed_form import formulas
from . import facts
from .dictionary import OTHERWISE, READINGS, meaning
from .document import COPY, KINDS, LINES, QUOTES, kind
from .judge import HOLDS, Judgement, Trial
from .report import size
from .verdicts import counts, judged

NOISE = 1e-9  # an error below it is rounding, of which every processor has its own: what is published gives this bound
REJECTED = "(rejected: not of the dictionary)"
HOW = (
    "An error is the largest of |a − b| / max(1, |b|) over all elements of the result and all samples of the spread, "
    "where a is what the formula gives and b what is right: so it is relative to b where b is more than 1, and "
    f"absolute where it is less. Below {NOISE:.0e} it is rounding. Right is the closed form; what is corrected is "
    "compared with it on all samples, and on one of them, where it is a gradient and there is no kink, with central "
    "differences of the forward pass."
)


@dataclass(frozen=True)
class Tried:
    """What letters were read into a formula, or what was changed in it, and its error then."""

    kind: Literal["reading", "repair"]
    letters: str
    """Of the dictionary, or of what was tried beside it; a repair may come on top of some."""
    edits: str | None
    """What a repair changes."""
    error: float

    @property
    def holds(self) -> bool:
        """Whether the formula is right then."""
        return self.error <= HOLDS

    @property
    def rejected(self) -> bool:
        """Whether it is a reading with a letter that is none of the dictionary's: it counts for nothing."""
        return self.kind == "reading" and not set(self.letters) <= set(READINGS)

    @property
    def says(self) -> str:
        """What it means, in words."""
        if not self.edits:
            return meaning(self.letters) + (f" {REJECTED}" if self.rejected else "")
        return self.edits + (f" (under {self.letters})" if self.letters else "")


@dataclass(frozen=True)
class Entry:
    """One formula or claim of the document: where it stands, what came of it, and the evidence."""

    id: str
    kind: str
    """Of a printed formula, a claim in words, or a further entry of a formula: a key of `KINDS`."""
    place: str
    lines: tuple[int, ...]
    """In the copy of the document; none of what is ours."""
    verdict: str
    within: str | None
    """What has to hold for an "exact within"."""
    reading: str | None
    """The letters of the dictionary under which it is right."""
    repair: str | None
    """The least repair of what is wrong."""
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
    def at(self) -> str:
        """The lines of the copy, in words."""
        return f"line{'s' * (len(self.lines) != 1)} {', '.join(map(str, self.lines))}"

    @property
    def command(self) -> str:
        """What computes all of it again, and shows the numbers."""
        return f"autograd-zoo check --formula {self.id} -v"

    def without(self, letter: str) -> float:
        """The error under all letters of its reading but one; nan where those were not tried."""
        others = (self.reading or "").replace(letter, "")
        known = {t.letters: t.error for t in self.tried if t.kind == "reading"} | {"": self.error_printed}
        return known.get(others, nan)


@dataclass(frozen=True)
class Reading:
    """A letter of the dictionary: what it means, and the formulas that need it, each with its error without it."""

    letter: str
    says: str
    rows: tuple[tuple[str, float], ...]

    @property
    def least(self) -> float:
        """The smallest of these errors that is a number, else the first."""
        errors = [error for _, error in self.rows]
        return min(filter(isfinite, errors), default=errors[0] if errors else nan)


def entry(j: Judgement) -> Entry:
    """The judgement as data."""
    f = j.formula
    tried = tuple(map(_tried, j.trials[1:]))
    return Entry(
        id=f.id,
        kind=kind(f),
        place=f.place,
        lines=LINES.get(f.id, ()),
        verdict=j.verdict,
        within=j.within,
        reading=j.reading,
        repair=next((t.says for t in tried if t.edits and t.holds), None) if j.repair else None,
        printed=QUOTES.get(f.id, f.latex),
        latex=f.latex,
        error_printed=j.error_printed,
        tried=tried,
        corrected=f.corrected_latex,
        error_corrected=j.error_corrected,
        against="differences" if f.forward and f.smooth else "closed form",
        note=f.note,
    )


def _tried(trial: Trial) -> Tried:
    """A trial, with the letters parted from the edits: a repair's name is "edits", or "letters: edits"."""
    if trial.kind == "reading":
        return Tried("reading", trial.name, None, trial.error)
    letters, _, edits = trial.name.rpartition(": ")
    return Tried("repair", letters, edits, trial.error)


def document() -> list[Entry]:
    """Every formula and claim of the document, in the document's order of families."""
    return [entry(judged(row)) for row in formulas() if row.source == "document"]


def readings(entries: Iterable[Entry]) -> list[Reading]:
    """The dictionary: its letters in order, each with the entries that need it."""
    found = list(entries)
    return [
        Reading(letter, says, tuple((e.id, e.without(letter)) for e in found if letter in (e.reading or "")))
        for letter, says in READINGS.items()
    ]


def stated(error: float | None) -> str:
    """An error in words that are the same on every machine."""
    return f"below {NOISE:.0e}" if error is not None and error < NOISE else size(error)


def published(entries: list[Entry]) -> str:
    """The errata as JSON, which docs/errata.schema.json describes."""
    whole: dict[str, Any] = {
        "$schema": "errata.schema.json",
        "document": asdict(COPY) | {"author": None, "address": None, "date": None},
        "errors": HOW,
        "counts": {k: counts(e.verdict for e in entries if e.kind == k) for k in KINDS},
        "readings": [
            {
                "letter": reading.letter,
                "says": reading.says,
                "rows": [{"id": id, "error_without": _rounded(wrong)} for id, wrong in reading.rows],
            }
            for reading in readings(entries)
        ],
        "otherwise": [{"letter": letter, "says": says} for letter, says in OTHERWISE.items()],
        "entries": [
            asdict(e)
            | {
                "error_printed": _rounded(e.error_printed),
                "error_corrected": _rounded(e.error_corrected),
                "tried": [asdict(t) | {"error": _rounded(t.error), "holds": t.holds} for t in e.tried],
                "command": e.command,
            }
            for e in entries
        ],
        "facts": [fact._asdict() for fact in facts.rows()],
    }
    return json.dumps(whole, ensure_ascii=False, indent=1, allow_nan=False) + "\n"


def _rounded(error: float | None) -> float | str | None:
    """An error to one digit, as it is stated; words where that is no number."""
    if error is None:
        return None
    return float(f"{error:.0e}") if NOISE <= error < inf else stated(error)
