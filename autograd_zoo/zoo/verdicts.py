"""The verdicts on record: computed by `record`, never typed, and compared with at every check."""

from __future__ import annotations

import json
from functools import cache
from importlib.resources import files

from ..closed_form import formulas
from ..closed_form.parts import sharing
from .judge import judge

EXPECTED: dict[str, str] = json.loads(files(__package__).joinpath("verdicts.json").read_text(encoding="utf-8"))

judged = cache(judge)  # a formula does not change


def record(path: str) -> None:
    """Judge every formula anew, and write the verdicts to `path`, for this package's verdicts.json."""
    with sharing():
        verdicts = {row.id: judge(row).verdict for row in formulas()}
    with open(path, "w", encoding="utf-8") as file:
        file.write(json.dumps(verdicts, indent=1) + "\n")
