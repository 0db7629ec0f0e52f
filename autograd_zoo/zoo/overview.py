"""The zoo at a glance: a table of its families, and the counts of verdicts, for the README."""

from __future__ import annotations

from ..closed_form import Formula, formulas
from . import FAMILIES, ZOO
from .document import KINDS, kind
from .report import counted
from .verdicts import HEAD, cells, recorded, said


def table() -> str:
    """A line a family, as Markdown: its modules, and how many printed formulas have which verdict."""
    lines = [f"| family | modules | {' | '.join(HEAD)} |", f"|---|---|{'---:|' * (len(HEAD) - 1)}---|"]
    rows = formulas()
    for family in FAMILIES:
        names = ", ".join(specimen.name for specimen in ZOO if specimen.family == family)
        lines.append(_line(family, names, [row for row in rows if row.id.startswith(f"{family}.")]))
    lines.append(_line("**all**", f"{len(ZOO)} modules", list(rows)))
    return "\n".join(lines) + "\n"


def counts() -> str:
    """What the check says last of the document: how many formulas and claims have which verdict."""
    parts = []
    for k, name in KINDS.items():
        found = [recorded(row.id) for row in formulas() if row.source == "document" and kind(row) == k]
        parts.append(f"{counted(len(found), name)}: {said(found)}")
    return "; ".join(parts)


def _line(name: str, modules: str, rows: list[Formula]) -> str:
    return f"| {name} | {modules} | {' | '.join(cells(rows))} |"
