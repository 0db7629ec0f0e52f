"""The verdicts on record: computed by `record`, never typed, and compared with at every check."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Iterable
from functools import cache
from importlib.resources import files

from ..closed_form import Formula, formulas
from ..closed_form.parts import sharing
from .document import KINDS, kind
from .judge import Judgement, judge

WORDS = {
    "exact": "exact",
    "exact within": "exact within a condition",
    "reading": "right under a reading",
    "wrong": "wrong",
}
"""The verdicts in the order in which they are counted, and what each is called where it is counted."""

EXPECTED: dict[str, str] = json.loads(files(__package__).joinpath("verdicts.json").read_text(encoding="utf-8"))
"""Of each formula the verdict, with the letters of a reading or the predicate of an "exact within" behind a colon."""

judged = cache(judge)  # a formula does not change


def recorded(id: str) -> str:
    """The verdict on record, by itself."""
    return EXPECTED[id].partition(":")[0]


def counts(verdicts: Iterable[str]) -> dict[str, int]:
    """How many there are of each verdict; none of a known one is 0, and an unknown one is counted too."""
    found = Counter(verdicts)
    return dict.fromkeys(WORDS, 0) | found


def said(verdicts: Iterable[str]) -> str:
    """The counts in words."""
    return ", ".join(f"{n} {WORDS.get(verdict, verdict)}" for verdict, n in counts(verdicts).items())


def apart(judgements: Iterable[Judgement]) -> dict[str, list[Judgement]]:
    """The judgements on what the document prints, by kind: a formula with two entries is counted by the first."""
    kinds: dict[str, list[Judgement]] = {name: [] for name in KINDS.values()}
    for j in judgements:
        if j.formula.source == "document":
            kinds[KINDS[kind(j.formula)]].append(j)
    return kinds


def cells(rows: Iterable[Formula]) -> list[str]:
    """Cells of a table of what is on record: how many printed formulas have which verdict, and the claims in words."""
    printed = [row for row in rows if row.source == "document"]
    formulas, claims = (counts(recorded(row.id) for row in printed if kind(row) == k) for k in ("formula", "claim"))
    return [*(str(n or "") for n in formulas.values()), ", ".join(f"{n} {WORDS[v]}" for v, n in claims.items() if n)]


HEAD = (*WORDS.values(), "claims in words")
"""The heads of these cells."""


def record(path: str) -> None:
    """Judge every formula anew, and write the verdicts to `path`, for this package's verdicts.json."""
    with sharing():
        verdicts = {row.id: str(judge(row)) for row in formulas()}
    with open(path, "w", encoding="utf-8") as file:
        file.write(json.dumps(verdicts, ensure_ascii=False, indent=1) + "\n")
