"""The zoo at a glance: a table of its families, for the README."""

from __future__ import annotations

from ..closed_form import formulas
from . import FAMILIES, ZOO
from .verdicts import EXPECTED

VERDICTS = ("exact", "exact within", "reading", "wrong")


def table() -> str:
    """A line a family, as Markdown: its modules, and how many printed formulas have which verdict."""
    lines = [
        "| family | modules | exact | exact within | right under a reading | wrong |",
        "|---|---|---:|---:|---:|---:|",
    ]
    total = [0] * len(VERDICTS)
    for family in FAMILIES:
        names = ", ".join(specimen.name for specimen in ZOO if specimen.family == family)
        found = [EXPECTED[row.id] for row in formulas() if row.source == "document" and row.id.startswith(f"{family}.")]
        counts = [found.count(verdict) for verdict in VERDICTS]
        total = [a + b for a, b in zip(total, counts, strict=True)]
        lines.append(f"| {family} | {names} | " + " | ".join(str(n or "") for n in counts) + " |")
    lines.append(f"| **all** | {len(ZOO)} modules | " + " | ".join(map(str, total)) + " |")
    return "\n".join(lines) + "\n"
