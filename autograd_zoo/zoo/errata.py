"""The formulas one by one: all of them in lines, and one of them with its numbers side by side."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from difflib import get_close_matches
from textwrap import wrap
from typing import Any

from ..closed_form import Formula, formulas
from .document import COPY, EXCERPTS
from .entries import Tried, entry
from .latex import readable
from .numbers import sample, told
from .report import WIDTH, size
from .verdicts import judged

__all__ = ["explain", "find", "lines", "sample"]
UNBROKEN: dict[str, Any] = {"break_long_words": False, "break_on_hyphens": False}


def lines(rows: Iterable[Formula]) -> Iterator[str]:
    """One line a formula: its id, whose it is, the verdict, the error as printed, and as corrected where it has one."""
    for j in map(judged, rows):
        errors = size(j.error_printed) + (f", corrected {size(j.error_corrected)}" if j.verdict != "exact" else "")
        verdict = f"reading {j.reading}" if j.reading else j.verdict
        yield f"{j.formula.id:<44} {j.formula.source:<9} {verdict:<12} {errors}"


def find(id: str) -> Formula:
    """The formula with this id.

    Raises
    ------
    KeyError
        for an unknown id, with the nearest known one, or with those of a module
    """
    rows = {row.id: row for row in formulas()}
    if id not in rows:
        raise KeyError(f"no formula is called {id!r}: {_hint(id, rows)}")
    return rows[id]


def _hint(id: str, known: Iterable[str]) -> str:
    """What may have been meant: the formulas of a module, or the nearest id, whatever the case of its letters."""
    ids = {row.lower(): row for row in known}
    below = [row.removeprefix(f"{id}.") for row in ids.values() if row.startswith(f"{id}.")]
    if below:
        return f"behind {id}. goes one of {', '.join(below)}"
    near = get_close_matches(id.lower(), ids, n=1)
    return f"did you mean {ids[near[0]]}?" if near else "autograd-zoo check --formulas lists them"


def explain(formula: Formula, verbose: bool = False) -> Iterator[str]:
    """What a formula says, what came of it, and with `verbose` one sample to compute by hand."""
    j = judged(formula)
    e = entry(j)
    yield f"{e.id}: {e.verdict}" + (f": {e.within}" if e.within else f" {e.reading}" if e.reading else "")
    truth = "differences of the forward pass" if e.against == "differences" else "the closed form"
    cells = [("place", e.place + (f" ({e.at} of the document)" if e.lines else ""))]
    cells += [("copy", f"{COPY.title}, SHA-256 {COPY.sha256}")] if e.lines else []
    cells += [("found by", " ".join(EXCERPTS[e.id]))] if e.id in EXCERPTS else []
    if e.kind == "claim":
        cells += [("says", f"“{e.printed}”"), *_latex("judged", e.latex)]
    else:
        cells += _latex("printed", e.latex)
    cells.append(("error", f"{size(e.error_printed)} as printed"))
    if e.error_corrected is not None:
        cells.append(("", f"{size(e.error_corrected)} as corrected, against {truth}"))
    cells += [(_came(t), f"{t.says}  ({size(t.error)})") for t in e.tried]
    cells += _latex("corrected", e.corrected) if e.corrected else []
    cells += [("note", e.note)] if e.note else []
    for head, text in cells:
        yield from wrap(text, WIDTH, initial_indent=f"  {head:<11}", subsequent_indent=" " * 13, **UNBROKEN)
    for line in told(j) if verbose else ():
        yield from wrap(line, WIDTH, initial_indent="    ", subsequent_indent="        ", **UNBROKEN)


def _came(t: Tried) -> str:
    """What came of a reading or a repair."""
    if t.kind == "repair":
        return "repair" if t.holds else "not enough"
    return "right if" if t.holds else "fails if"


def _latex(head: str, latex: str) -> list[tuple[str, str]]:
    """A formula in lines that end where a reader can go on."""
    return [(head if not k else "", line) for k, line in enumerate(readable(latex, WIDTH - 13))]
