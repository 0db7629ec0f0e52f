"""The verdicts on record: computed by `record`, never typed, and compared with at every check."""

from __future__ import annotations

import json
from importlib.resources import files

EXPECTED: dict[str, str] = json.loads(files(__package__).joinpath("verdicts.json").read_text())


def record(path: str) -> None:
    """Judge every formula anew, and write the verdicts to `path`, for this package's verdicts.json."""
    from ..closed_form import formulas, judge

    verdicts = {row.id: judge(row).verdict for row in formulas()}
    with open(path, "w") as file:
        file.write(json.dumps(verdicts, indent=1) + "\n")
