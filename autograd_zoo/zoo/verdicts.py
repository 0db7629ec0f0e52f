"""The verdicts on record: computed by `record`, never typed, and compared with at every check."""

from __future__ import annotations

import json
from functools import cache
from importlib.resources import files
from math import isfinite, nan

from ..closed_form import formulas
from ..closed_form.parts import sharing
from .dictionary import READINGS
from .judge import Judgement, judge

EXPECTED: dict[str, str] = json.loads(files(__package__).joinpath("verdicts.json").read_text(encoding="utf-8"))

judged = cache(judge)  # a formula does not change


def record(path: str) -> None:
    """Judge every formula anew, and write the verdicts to `path`, for this package's verdicts.json."""
    with sharing():
        verdicts = {row.id: judge(row).verdict for row in formulas()}
    with open(path, "w", encoding="utf-8") as file:
        file.write(json.dumps(verdicts, indent=1) + "\n")


def used() -> list[str]:
    """A table of Markdown: of each letter the formulas that need it, and the smallest error that one has without it."""
    found = ["| letter | needed by | least error without it |", "| --- | --- | --- |"]
    document = [judged(row) for row in formulas() if row.source == "document"]
    for letter in READINGS:
        needing = [j for j in document if letter in (j.reading or "")]
        without = [without_it(j, letter) for j in needing]
        finite = [error for error in without if isfinite(error)]
        least = f"{min(finite):.1g}" if finite else "no value, or no shape that fits"
        found.append(f"| {letter} | {', '.join(f'`{j.formula.id}`' for j in needing)} | {least} |")
    return found


def without_it(j: Judgement, letter: str) -> float:
    """The error of a formula under its reading but for one letter."""
    others = (j.reading or "").replace(letter, "")
    return next((trial.error for trial in j.trials if trial.name == others), nan)
