"""The formulas one by one: all of them in lines, one of them with its numbers side by side, the errata as a page."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from difflib import get_close_matches
from itertools import zip_longest

import numpy as np

from ..closed_form import Formula, formulas
from ..closed_form.formula import arguments, by_differences
from ..engine.tensor import Array
from .report import size
from .verdicts import judged

SHOWN = 12  # numbers of a sample that are printed
NOISE = 1e-9  # an error below it is rounding, of which every processor has its own: the page gives this bound


def lines(rows: Iterable[Formula]) -> Iterator[str]:
    """One line a formula: its id, whose it is, the verdict, the error as printed, and as corrected where it has one."""
    for j in map(judged, rows):
        errors = size(j.error_printed) + (f", corrected {size(j.error_corrected)}" if j.verdict != "exact" else "")
        yield f"{j.formula.id:<44} {j.formula.source:<9} {j.verdict:<8} {errors}"


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
    j = judged(formula)
    yield f"{formula.id}: {j.verdict}"
    yield f"  place      {formula.place}"
    yield f"  printed    {formula.latex}"
    yield f"  error      {size(j.error_printed)} as printed"
    if j.error_corrected is not None:
        truth = "differences of the forward pass" if formula.forward else "the closed form"
        yield f"             {size(j.error_corrected)} as corrected, against {truth}"
    for reading, error in j.failed_readings:
        yield f"  fails if   {reading}  ({size(error)})"
    if j.assumed:
        yield f"  {'repair  ' if j.verdict == 'wrong' else 'right if'}   {j.assumed}"
    if formula.corrected_latex:
        yield f"  corrected  {formula.corrected_latex}"
    if formula.note:
        yield f"  note       {formula.note}"
    if verbose:
        printed, corrected, differences = numbers(formula)
        if isinstance(printed, str):
            yield f"  on one sample, as printed: {printed}"
            printed = np.zeros(0)
        else:
            yield f"  on one sample, of shape {printed.shape} as printed, and {corrected.shape} as it should be:"
        table = {"as printed": printed, "as it should be": corrected}
        if differences is not None:
            table["by differences"] = differences
        columns = [[head, *(f"{x:.12g}" for x in a.flat[:SHOWN])] for head, a in table.items()]
        for cells in zip_longest(*columns, fillvalue=""):
            yield ("    " + "".join(f"{cell:<24}" for cell in cells)).rstrip()
        if corrected.size > SHOWN:
            yield f"    ... {corrected.size - SHOWN} numbers more"


def numbers(formula: Formula, seed: int = 0, letters: str = "") -> tuple[Array | str, Array, Array | None]:
    """The transcription, literal or by letters, the closed form, and of a gradient differences, on one sample.

    Where the printed shapes do not fit, a sentence takes the place of the first.
    """
    given = arguments(formula, np.random.default_rng(seed))
    corrected = np.asarray(formula.corrected(*given, **formula.params))
    truth = by_differences(formula)
    differences = None if truth is formula.corrected else np.asarray(truth(*given, **formula.params))
    try:
        with np.errstate(all="ignore"):
            form = formula.readings[letters] if letters else formula.printed
            return np.asarray(form(*given, **formula.params)), corrected, differences
    except ValueError as refusal:
        return f"shapes do not fit: {refusal}", corrected, differences


def page() -> str:
    """The errata as Markdown: every formula of the document that does not hold as printed."""
    found = [j for row in formulas() if row.source == "document" and (j := judged(row)).verdict != "exact"]
    parts = [
        "# Errata",
        f"Formulas of the document that do not hold as printed: {sum(j.verdict == 'reading' for j in found)} that are "
        f"right under a reading, {sum(j.verdict == 'wrong' for j in found)} that are wrong. Each was transcribed "
        "literally and compared with the closed form that the tape agrees with; the corrected formula was transcribed "
        "too, and where it is a gradient compared with differences of the forward pass. Errors are relative; below "
        f"{NOISE:.0e} they are rounding, and depend on the machine. A "
        "*reading* [names one thing](design.md#verdicts) that makes the formula right if one assumes it; what is "
        "*wrong* is so under every reading tried, also under some that mend a part of it. "
        "`autograd-zoo check --formula ID -v` shows the numbers side by side. "
        "The page is generated (`python docs/generated.py`), and a test holds it true.",
    ]
    for j in found:
        errors = f"error as printed: {_stated(j.error_printed)}, as corrected: {_stated(j.error_corrected)}"
        part = [f"## {j.formula.id}", f"{j.formula.place}: **{j.verdict}**, {errors}."]
        part.append(f"Printed: ${j.formula.latex}$")
        readings = [f"- fails if {reading} ({_stated(error)})" for reading, error in j.failed_readings]
        readings += [f"- {'repair:' if j.verdict == 'wrong' else 'right if'} {j.assumed}"] if j.assumed else []
        part += ["\n".join(readings)] if readings else []
        if j.formula.corrected_latex:
            part.append(f"Corrected: ${j.formula.corrected_latex}$")
        if j.formula.note:
            part.append(j.formula.note)
        parts += part
    return "\n\n".join(parts) + "\n"


def _stated(error: float | None) -> str:
    """An error in a page that is the same on every machine."""
    return f"below {NOISE:.0e}" if error is not None and error < NOISE else size(error)
