"""One row of the table: what is done, what would be right, and how what happened is judged."""

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np

REFUSED = "refused"  # as an oracle: the only right thing is an error
NAMED = "refused, says how"
UNDEFINED = "undefined"  # as an oracle: there is no such number, so that a finite one is wrong
SILENT, RIGHT, NAN, WRONG, NOT_SAID = "silent", "right", "not finite", "wrong", "-"
FINE = {RIGHT, NAN, REFUSED, NAMED}  # what may stand in our column


@dataclass(frozen=True)
class Case:
    """`do(L)` runs the program in library L, or is a dict by library name.

    `right` is what it should return: numbers (by a closed form or by differences, as `source` says), True for what must
    hold afterwards, REFUSED or UNDEFINED. Where an error should say how to go on, `names` has the words, of
    which one is in its text. A program that returns a text tells what went wrong.
    """

    when: str
    right: Any
    source: str
    do: Callable[[Any], Any] | dict[str, Callable[[Any], Any]]
    names: tuple[str, ...] = ()
    seconds: float = 60.0  # for one library
    slow: bool = False  # it runs when the page is written, and not among the tests

    def program(self, library: str) -> Callable[[Any], Any] | None:
        """What this library runs, if it can say it at all."""
        return self.do.get(library) if isinstance(self.do, dict) else self.do


class Dies(Exception):
    """The process of a program was ended by a signal."""


class Hangs(BaseException):
    """The time is over."""


def process(program: str, *arguments: str, seconds: float = 20.0) -> Any:
    """What a program prints as JSON in a process of its own; an error there is one here, with its text."""
    try:
        command = [sys.executable, "-c", program, *arguments]
        done = subprocess.run(command, capture_output=True, text=True, check=False, timeout=seconds)
    except subprocess.TimeoutExpired:
        raise Hangs from None
    if done.returncode < 0:
        raise Dies(done.returncode)
    if done.returncode:
        raise RuntimeError(done.stderr)
    return json.loads(done.stdout)


def refusal(case: Case, error: BaseException) -> str:
    """The verdict on an error, with all that its traceback would print."""
    told: BaseException | None = error
    while told is not None:
        if any(word in " ".join((str(told), *getattr(told, "__notes__", ()))) for word in case.names):
            return NAMED
        told = told.__cause__ or told.__context__
    return REFUSED


def judged(case: Case, value: Any) -> str:
    """The verdict on a value that was returned."""
    if isinstance(value, str):
        return f"{WRONG}: {value}"
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
