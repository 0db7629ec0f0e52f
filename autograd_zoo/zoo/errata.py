"""The formulas one by one: all of them in lines, one of them with its numbers side by side, the errata as a page."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from difflib import get_close_matches
from itertools import zip_longest

import numpy as np

from ..closed_form import Formula, formulas, judge
from ..closed_form.formula import arguments
from ..engine.tensor import Array

SHOWN = 12  # numbers of a sample that are printed


def lines(rows: Iterable[Formula]) -> Iterator[str]:
    """One line a formula: its id, whose it is, the verdict, the error as printed."""
    for j in map(judge, rows):
        yield f"{j.formula.id:<44} {j.formula.source:<9} {j.verdict:<8} {size(j.error_printed)}"


def size(error: float) -> str:
    """An error in a few characters."""
    return "shapes do not fit" if error == float("inf") else f"{error:.0e}"


def find(id: str) -> Formula:
    """The formula with this id.

    Raises
    ------
    KeyError
        for an unknown id, with the nearest known one
    """
    rows = {row.id: row for row in formulas()}
    if id not in rows:
        near = get_close_matches(id, rows, n=1)
        hint = f"did you mean {near[0]}?" if near else "autograd-zoo check --formulas lists them"
        raise KeyError(f"no formula is called {id!r}: {hint}")
    return rows[id]


def explain(formula: Formula, verbose: bool = False) -> Iterator[str]:
    """What a formula says, what came of it, and with `verbose` the numbers side by side on one sample."""
    j = judge(formula)
    yield f"{formula.id}: {j.verdict}"
    yield f"  place      {formula.place}"
    yield f"  printed    {formula.latex}"
    yield f"  error      {size(j.error_printed)}"
    for reading, error in j.failed_readings:
        yield f"  fails if   {reading}  ({size(error)})"
    if j.reading:
        yield f"  right if   {j.reading}"
    if formula.corrected_latex:
        yield f"  corrected  {formula.corrected_latex}"
    if formula.note:
        yield f"  note       {formula.note}"
    if verbose:
        printed, corrected = numbers(formula)
        if isinstance(printed, str):
            yield f"  on one sample, as printed: {printed}"
            printed = np.zeros(0)
        else:
            yield f"  on one sample, of shape {printed.shape} as printed, and {corrected.shape} as it should be:"
        columns = [[f"{x:.12g}" for x in a.flat[:SHOWN]] for a in (printed, corrected)]
        for left, right in zip_longest(["as printed", *columns[0]], ["as it should be", *columns[1]], fillvalue=""):
            yield f"    {left:<24}{right}"
        if corrected.size > SHOWN:
            yield f"    ... {corrected.size - SHOWN} numbers more"


def numbers(formula: Formula, seed: int = 0) -> tuple[Array | str, Array]:
    """The literal transcription and the closed form on one sample; a sentence where the printed shapes do not fit."""
    given = arguments(formula, np.random.default_rng(seed))
    corrected = np.asarray(formula.corrected(*given, **formula.params))
    try:
        with np.errstate(all="ignore"):
            return np.asarray(formula.printed(*given, **formula.params)), corrected
    except ValueError as refusal:
        return f"shapes do not fit: {refusal}", corrected


def page() -> str:
    """The errata as Markdown: every formula of the document that does not hold as printed."""
    found = [j for j in map(judge, formulas()) if j.verdict != "exact" and j.formula.source == "document"]
    parts = [
        "# Errata",
        "Formulas of the document that do not hold as printed. Each was transcribed literally and compared with the "
        "closed form that the tape and differences agree with; errors are relative. A *reading* names what one must "
        "assume for the formula to be right; what is *wrong* is so under every reading tried. "
        "`autograd-zoo check --formula ID -v` shows the numbers side by side. "
        "The page is generated (`python docs/errata.py`), and a test holds it true.",
    ]
    for j in found:
        part = [f"## {j.formula.id}", f"{j.formula.place}: **{j.verdict}**, error as printed: {size(j.error_printed)}."]
        part.append(f"Printed: ${j.formula.latex}$")
        readings = [f"- fails if {reading} ({size(error)})" for reading, error in j.failed_readings]
        readings += [f"- right if {j.reading}"] if j.reading else []
        part += ["\n".join(readings)] if readings else []
        if j.formula.corrected_latex:
            part.append(f"Corrected: ${j.formula.corrected_latex}$")
        if j.formula.note:
            part.append(j.formula.note)
        parts += part
    return "\n\n".join(parts) + "\n"
