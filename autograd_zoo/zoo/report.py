"""The report of a check: rows as data, a table for a terminal or a notebook, and JSON."""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import dataclass
from html import escape
from math import isfinite, isnan
from textwrap import fill

from .judge import Judgement
from .verdicts import EXPECTED

WIDTH = 100  # of the lines of text below the table
COLUMNS = ("closed form", "differences", "order 2", "fused")
CORRECTED = 1e-8  # what a corrected formula may differ from differences


@dataclass(frozen=True)
class Row:
    """One quantity of one specimen, compared in one way: the worst relative error over all cases."""

    specimen: str
    family: str
    quantity: str
    against: str
    error: float
    tolerance: float
    cases: int

    @property
    def ok(self) -> bool:
        """Whether the error is within the tolerance."""
        return self.error <= self.tolerance


@dataclass(frozen=True, repr=False)
class Report:
    """What a check found. `print` gives the table; a notebook shows it by itself."""

    rows: tuple[Row, ...]
    judgements: tuple[Judgement, ...]
    data: bool = False

    @property
    def failures(self) -> tuple[Row, ...]:
        """The rows that disagree."""
        return tuple(row for row in self.rows if not row.ok)

    @property
    def changed(self) -> tuple[Judgement, ...]:
        """The formulas whose verdict is not the one on record."""
        return tuple(j for j in self.judgements if EXPECTED.get(j.formula.id) != j.verdict)

    @property
    def unmended(self) -> tuple[Judgement, ...]:
        """The formulas that do not hold as corrected either."""
        return tuple(j for j in self.judgements if j.verdict != "exact" and not _small(j.error_corrected))

    @property
    def errata(self) -> tuple[Judgement, ...]:
        """The document's formulas that do not hold as printed."""
        return tuple(j for j in self.judgements if j.verdict != "exact" and j.formula.source == "document")

    @property
    def ok(self) -> bool:
        """Whether every gradient agrees, no verdict changed, and every corrected formula holds."""
        return not self.failures and not self.changed and not self.unmended

    def table(self) -> Iterator[tuple[str, ...]]:
        """The cells of the table: a line for each quantity of each specimen, a column for each comparison."""
        lines: dict[tuple[str, str], dict[str, Row]] = {}
        for row in self.rows:
            lines.setdefault((row.specimen, row.quantity), {})[row.against] = row
        previous = ""
        for (specimen, quantity), by in lines.items():
            ok = all(row.ok for row in by.values())
            cells = (f"{by[c].error:.0e}" if c in by else "" for c in COLUMNS)
            shown = "∂L/∂" + quantity[1:] if quantity != "y" else "y"
            yield (specimen if specimen != previous else "", shown, *cells, "ok" if ok else "WRONG")
            previous = specimen

    def summary(self) -> str:
        """One paragraph: how much was compared, and what came out."""
        document = [j for j in self.judgements if j.formula.source == "document"]
        count = {v: sum(j.verdict == v for j in document) for v in ("exact", "exact within", "reading", "wrong")}
        modules = _counted(len({row.specimen for row in self.rows}), "module")
        cases = _counted(sum(row.cases for row in self.rows), "comparison") + (" on real data" if self.data else "")
        return (
            f"{modules}, {cases}, {len(self.failures)} disagree. {_counted(len(document), 'printed formula')}: "
            f"{count['exact']} exact, "
            + (f"{count['exact within']} exact within a range, " if count["exact within"] else "")
            + f"{count['reading']} right under a reading, {count['wrong']} wrong"
            + (f"; {_counted(len(self.changed), 'verdict')} changed." if self.changed else ".")
        )

    def __str__(self) -> str:
        head = ("module", "quantity", *COLUMNS, "")
        cells = [head, *self.table()]
        widths = [max(len(line[k]) for line in cells) for k in range(len(head))]
        lines = ["  ".join(cell.ljust(w) for cell, w in zip(line, widths, strict=True)).rstrip() for line in cells]
        lines.insert(1, "─" * max(map(len, lines)))
        notes = [*self.errata_lines(), *self.problems(), self.summary()]
        indented = (fill(note, WIDTH, subsequent_indent=" " * 6 if note.startswith(" ") else "") for note in notes)
        return "\n".join([*lines, "", *indented])

    __repr__ = __str__

    def errata_lines(self) -> Iterator[str]:
        """The errata: each formula that does not hold as printed, with both errors and what makes it right."""
        if self.errata:
            yield "Printed formulas that do not hold as they stand (relative errors, corrected against differences):"
        for j in self.errata:
            yield f"  {j.formula.id}  (printed: {size(j.error_printed)}, corrected: {size(j.error_corrected)})"
            yield f"    {'repair: ' if j.verdict == 'wrong' else 'right if '}{j.assumed}"
        if self.errata:
            yield ""

    def problems(self) -> Iterator[str]:
        """What is not as it should be, a line each."""
        for row in self.failures:
            found = f"{row.error:.1e} (allowed {row.tolerance:.0e})"
            yield f"WRONG: {row.specimen} {row.quantity}, tape against {row.against}: {found}"
        for j in self.unmended:
            yield f"WRONG: {j.formula.id} as corrected: {size(j.error_corrected)} (allowed {CORRECTED:.0e})"
        for j in self.changed:
            yield f"CHANGED: {j.formula.id} is {j.verdict}, on record as {EXPECTED.get(j.formula.id, 'nothing')}"

    def to_json(self) -> str:
        """The report as strict JSON: rows, formulas, and whether all is well. An error that is not finite is null."""
        rows = [
            {
                "specimen": r.specimen, "family": r.family, "quantity": r.quantity, "against": r.against,
                "error": _finite(r.error), "tolerance": r.tolerance, "cases": r.cases, "ok": r.ok,
            }
            for r in self.rows
        ]  # fmt: skip
        formulas = [
            {
                "id": j.formula.id, "place": j.formula.place, "source": j.formula.source, "latex": j.formula.latex,
                "corrected_latex": j.formula.corrected_latex, "verdict": j.verdict, "reading": j.reading,
                "error_printed": _finite(j.error_printed), "error_corrected": _finite(j.error_corrected),
                "note": j.formula.note,
            }
            for j in self.judgements
        ]  # fmt: skip
        whole = {"ok": self.ok, "rows": rows, "formulas": formulas}
        return json.dumps(whole, ensure_ascii=False, indent=1, allow_nan=False)

    def _repr_html_(self) -> str:
        head = "".join(f"<th>{escape(c)}</th>" for c in ("module", "quantity", *COLUMNS, ""))
        body = "".join("<tr>" + "".join(f"<td>{escape(c)}</td>" for c in line) + "</tr>" for line in self.table())
        notes = "<br>".join(map(escape, [*self.errata_lines(), *self.problems(), self.summary()]))
        return f"<table><thead><tr>{head}</tr></thead><tbody>{body}</tbody></table><p>{notes}</p>"


def _counted(n: int, what: str) -> str:
    return f"{n:,} {what}{'s' * (n != 1)}"


def size(error: float | None) -> str:
    """An error of a formula in a few characters."""
    if error is None or isfinite(error):
        return "none" if error is None else f"{error:.0e}"
    return "not finite" if isnan(error) else "shapes do not fit"


def _small(error: float | None) -> bool:
    return error is not None and error <= CORRECTED


def _finite(x: float | None) -> float | None:
    return x if x is not None and isfinite(x) else None
