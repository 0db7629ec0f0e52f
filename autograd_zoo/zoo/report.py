"""The report of a check: rows as data, a table for a terminal or a notebook, and JSON."""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from html import escape
from math import isfinite, isnan
from textwrap import fill, shorten, wrap

from .document import LINES, claimed, kind
from .judge import Judgement
from .verdicts import EXPECTED, apart, said

WIDTH = 100  # of the lines of text below the table, at most
SCREEN, MOST = 40, 12  # lines of the first screen; those in it that say what is wrong
NEXT = (
    "autograd-zoo check -v               every quantity of every module, and what makes a formula right",
    "autograd-zoo check --formulas       every formula and claim with its verdict, one line each",
    "autograd-zoo check --formula ID -v  one of them, with the numbers side by side",
)
COLUMNS = ("closed form", "differences", "order 2", "fused", "kernel")
ITSELF = "the same"  # in place of an error where a module's forward pass is the closed form
RIGHT = {"exact within": "exact within: ", "reading": "right if "}  # how it is said what makes a formula right
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
    closed: tuple[str, ...] = ()
    """The specimens whose forward pass is the closed form itself, which is not compared with itself."""

    @property
    def failures(self) -> tuple[Row, ...]:
        """The rows that disagree."""
        return tuple(row for row in self.rows if not row.ok)

    @property
    def changed(self) -> tuple[Judgement, ...]:
        """The formulas whose verdict is not the one on record."""
        return tuple(j for j in self.judgements if EXPECTED.get(j.formula.id) != str(j))

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
            cells = [f"{by[c].error:.0e}" if c in by else "" for c in COLUMNS]
            if quantity == "y" and specimen in self.closed:
                cells[0] = ITSELF
            shown = "∂L/∂" + quantity[1:] if quantity != "y" else "y"
            yield (specimen if specimen != previous else "", shown, *cells, "ok" if ok else "WRONG")
            previous = specimen

    def summary(self) -> str:
        """One paragraph: how much was compared, and what came out."""
        modules = counted(len({row.specimen for row in self.rows}), "module")
        cases = counted(sum(row.cases for row in self.rows), "comparison") + (" on real data" if self.data else "")
        kinds = apart(self.judgements)
        judged = "; ".join(
            f"{counted(len(found), name)}: {said(j.verdict for j in found)}"
            for name, found in kinds.items()
            if found or name == "printed formula"
        )
        changed = f"; {counted(len(self.changed), 'verdict')} changed" if self.changed else ""
        return f"{modules}, {cases}, {len(self.failures)} disagree. {judged}{changed}."

    def families(self) -> Iterator[tuple[str, ...]]:
        """The cells of a shorter table: a line for each family, with its worst errors."""
        for family in dict.fromkeys(row.family for row in self.rows):
            rows = [row for row in self.rows if row.family == family]
            worst = (max((row.error for row in rows if row.against == c), default=None) for c in COLUMNS)
            cells = ("" if error is None else f"{error:.0e}" for error in worst)
            modules, cases = len({row.specimen for row in rows}), sum(row.cases for row in rows)
            yield (family, str(modules), f"{cases:,}", *cells, "ok" if all(row.ok for row in rows) else "WRONG")

    def screen(self, width: int = WIDTH) -> str:
        """The first screen: the report if it fits, else a line a family, what is wrong, the counts, what to run."""
        whole = self.text(width)
        if whole.count("\n") < SCREEN:
            return whole
        lines = ["The worst relative error of the tape in each family, against:"]
        lines += aligned([("family", "modules", "comparisons", *COLUMNS, ""), *self.families()])
        wrong = [shorten(text, width, placeholder=" ...") for text in self.problems()]
        if wrong:
            lines += ["", *_first(wrong, MOST)]
        left = MOST - min(len(wrong), MOST)
        amiss = sorted((j for j in self.errata if j.verdict == "wrong"), key=lambda j: claimed(j.formula))
        if amiss and left:
            lines += ["", "Printed, and wrong (its line in the document, its error, and what is amiss):"]
            lines += _first(_wrong(amiss[:left], width), left, len(amiss), ": autograd-zoo check --formulas")
        return "\n".join([*lines, "", *wrap(self.summary(), width), "", *NEXT])

    def text(self, width: int = WIDTH) -> str:
        """The whole report, its table as wide as it is, and the text below it in lines of this width."""
        lines = aligned([("module", "quantity", *COLUMNS, ""), *self.table()])
        notes = [*self.errata_lines(), *self.problems(), *self.closed_lines(), self.summary()]
        indented = (fill(note, width, subsequent_indent=" " * 6 if note.startswith(" ") else "") for note in notes)
        return "\n".join([*lines, "", *indented])

    def __str__(self) -> str:
        return self.text()

    __repr__ = __str__

    def errata_lines(self) -> Iterator[str]:
        """The errata: each formula that does not hold as printed, with both errors and what makes it right."""
        if self.errata:
            yield "Printed formulas that do not hold as they stand (relative errors, corrected against differences):"
        for j in self.errata:
            yield f"  {j.formula.id}  (printed: {size(j.error_printed)}, corrected: {size(j.error_corrected)})"
            yield f"    {RIGHT.get(j.verdict, 'repair: ')}{j.assumed}"
        if self.errata:
            yield ""

    def closed_lines(self) -> Iterator[str]:
        """Where nothing is compared because the two are one, the reason."""
        if self.closed:
            yield (
                f"{ITSELF}: the module's forward pass is the closed form itself, given Tensors; what holds it is the "
                "printed formula, transcribed"
            )

    def problems(self) -> Iterator[str]:
        """What is not as it should be, a line each."""
        for row in self.failures:
            found = f"{row.error:.1e} (allowed {row.tolerance:.0e})"
            yield f"WRONG: {row.specimen} {row.quantity}, tape against {row.against}: {found}"
        for j in self.unmended:
            yield f"WRONG: {j.formula.id} as corrected: {size(j.error_corrected)} (allowed {CORRECTED:.0e})"
        for j in self.changed:
            yield f"CHANGED: {j.formula.id} is {j}, on record as {EXPECTED.get(j.formula.id, 'nothing')}"

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
                "kind": kind(j.formula), "corrected_latex": j.formula.corrected_latex, "verdict": j.verdict,
                "within": j.within, "reading": j.reading, "repair": j.repair,
                "error_printed": _finite(j.error_printed), "error_corrected": _finite(j.error_corrected),
                "note": j.formula.note,
            }
            for j in self.judgements
        ]  # fmt: skip
        whole = {"ok": self.ok, "forward_is_closed_form": self.closed, "rows": rows, "formulas": formulas}
        return json.dumps(whole, ensure_ascii=False, indent=1, allow_nan=False)

    def _repr_html_(self) -> str:
        head = "".join(f"<th>{escape(c)}</th>" for c in ("module", "quantity", *COLUMNS, ""))
        body = "".join("<tr>" + "".join(f"<td>{escape(c)}</td>" for c in line) + "</tr>" for line in self.table())
        notes = "<br>".join(map(escape, [*self.errata_lines(), *self.problems(), *self.closed_lines(), self.summary()]))
        return f"<table><thead><tr>{head}</tr></thead><tbody>{body}</tbody></table><p>{notes}</p>"


def counted(n: int, what: str) -> str:
    """A number of things: "1 module", "2 modules", "2 claims in words", "2 further entries"."""
    first, *more = what.split(" in ")
    if n != 1:
        first = f"{first[:-1]}ies" if first.endswith("y") else f"{first}s"
    return " in ".join([f"{n:,} {first}", *more])


def padded(cells: Sequence[tuple[str, ...]]) -> list[str]:
    """The lines of a table, whose columns stand below each other."""
    widths = [max(map(len, column)) for column in zip(*cells, strict=True)]
    return ["  ".join(cell.ljust(w) for cell, w in zip(line, widths, strict=True)) for line in cells]


def aligned(cells: Sequence[tuple[str, ...]]) -> list[str]:
    """The lines of a table, its head underlined."""
    head, *lines = (line.rstrip() for line in padded(cells))
    return [head, "─" * max(map(len, [head, *lines])), *lines]


def _first(lines: list[str], most: int, of: int = 0, command: str = "") -> list[str]:
    of = max(of, len(lines))
    return lines if of <= most else [*lines[:most], f"  and {of - most} more{command}"]


def _wrong(judgements: list[Judgement], width: int) -> list[str]:
    """A line each: which, where, by how much, and why."""
    where = (str(*LINES.get(j.formula.id, ())[:1]) for j in judgements)
    heads = padded([("", j.formula.id, at, "") for j, at in zip(judgements, where, strict=True)])
    texts = (f"{size(j.error_printed)}: {j.formula.note}" for j in judgements)
    room = max(width - len(heads[0]), 20)
    return [head + shorten(text, room, placeholder=" ...") for head, text in zip(heads, texts, strict=True)]


def size(error: float | None) -> str:
    """An error of a formula in a few characters."""
    if error is None or isfinite(error):
        return "none" if error is None else f"{error:.0e}"
    return "not finite" if isnan(error) else "shapes do not fit"


def _small(error: float | None) -> bool:
    return error is not None and error <= CORRECTED


def _finite(x: float | None) -> float | None:
    return x if x is not None and isfinite(x) else None
