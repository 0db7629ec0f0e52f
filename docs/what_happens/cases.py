"""One row of the table: what is done, what would be right, and how what happened is judged."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np

REFUSED = "refused"  # as an oracle: the only right thing is an error
UNDEFINED = "undefined"  # as an oracle: there is no such number, so that a finite one is wrong
SILENT, RIGHT, NAN, WRONG, NOT_SAID = "silent", "right", "not finite", "wrong", "-"
FINE = {RIGHT, NAN, REFUSED}  # what may stand in our column


@dataclass(frozen=True)
class Case:
    """`do(L)` runs the program in library L, or is a dict by library name.

    `right` is what it should return: numbers (by a closed form or by differences, as `source` says), True for what must
    hold afterwards, REFUSED or UNDEFINED.
    """

    when: str
    right: Any
    source: str
    do: Callable[[Any], Any] | dict[str, Callable[[Any], Any]]

    def program(self, library: str) -> Callable[[Any], Any] | None:
        """What this library runs, if it can say it at all."""
        return self.do.get(library) if isinstance(self.do, dict) else self.do


def judged(case: Case, value: Any) -> str:
    """The verdict on a value that was returned."""
    if isinstance(case.right, str):
        if case.right == REFUSED:
            return SILENT
        return NAN if not np.isfinite(np.asarray(value, float)).all() else f"{WRONG}: {shown(value)}"
    if isinstance(case.right, bool):
        return RIGHT if bool(value) is case.right else SILENT
    found, right = np.asarray(value, float), np.asarray(case.right, float)
    if found.shape != right.shape:
        return f"{WRONG}: shape {found.shape}"
    close = np.isclose(found, right, rtol=1e-6, atol=1e-9, equal_nan=True)
    if close.all():
        return RIGHT
    return NAN if np.all(close | ~np.isfinite(found)) else f"{WRONG}: {shown(value)}"


def shown(value: Any) -> str:
    """A value in a cell of a table."""
    flat = np.asarray(value, float).ravel()
    return ", ".join(f"{x:.3g}" for x in flat[:4]) + (", …" if flat.size > 4 else "")
