"""The exercises of the course: an answer is judged by what was asked, and what is wrong with it is said."""

from __future__ import annotations

import tomllib
from collections.abc import Callable
from dataclasses import dataclass
from decimal import Decimal
from fractions import Fraction
from functools import cache
from importlib import import_module
from pathlib import Path
from typing import Any

import numpy as np

from ..engine.tensor import Array, Tensor
from . import book
from .trials import raised
from .verdict import Verdict, wrong

FOLDER = Path(__file__).parent / "chapters"
CHAPTERS = tuple(sorted(path.stem[-2:] for path in FOLDER.glob("chapter_*.toml")))
"""The chapters that have exercises: "00", "01", ..."""


@dataclass(frozen=True, kw_only=True)
class Exercise:
    """One question of a chapter, with all that is said of an answer."""

    right: Any
    """The answer, a number, an array or a word; or a function that computes it, of what the chapter hands to it."""
    code: str
    """The answer as a reader would write it: lines that assign to `answer`."""
    why: str
    """What is said with the right answer."""
    hint: str
    """What is said of a wrong one, without telling the right one."""
    mistakes: tuple[tuple[Any, str], ...]
    """Answers that one expects to come, and what is said of each."""
    read: Callable[[Any], Any] | None = None
    """What of an answer is compared, where it is a function or a formula, or where several are right."""
    asked: str = ""
    """What is asked for, if `read` is given; the shape of `right` tells it else."""
    tolerance: float = 1e-6

    def reading(self, answer: Any) -> Any:
        """What of an answer is compared: an array of numbers, or a word.

        Raises: ValueError or TypeError for an answer of another kind.
        """
        value = plain(answer) if self.read is None else self.read(plain(answer))
        return value if isinstance(value, str) else real(value)


def plain(value: Any) -> Any:
    """An answer as Python and NumPy have it: a Tensor as its array, a fraction as a float, also those in lists.

    >>> plain([Tensor(1.0), Fraction(1, 2), "W1"])
    [array(1.), 0.5, 'W1']
    """
    if isinstance(value, Tensor):
        return value.data
    if isinstance(value, (Fraction, Decimal)):
        return float(value)
    if isinstance(value, np.ndarray) and value.dtype == object:
        return plain(value.tolist())
    return [plain(v) for v in value] if type(value) in (list, tuple) else value


def real(value: Any) -> Array:
    """An array of real numbers, and nothing that merely could be read as one, such as "3" or True.

    Raises: ValueError or TypeError for what is none.
    """
    array = np.asarray(plain(value))
    if array.dtype.kind not in "iuf" or isinstance(value, np.ma.MaskedArray):
        raise TypeError(f"a {type(value).__name__} is no real number, nor an array of them")
    return array.astype(float)


def exercise(name: str, answer: Any, **given: Any) -> Verdict | None:
    """Judge the answer to an exercise: say that it is right and why, or what is wrong; say nothing of `...`.

    Parameters
    ----------
    name : str
        the exercise's: chapter and number, such as "00-3"
    answer : object
        what is asked for; `...` is no answer yet
    **given
        what the chapter computed and the right answer depends on

    Returns
    -------
    Verdict or None
        None before there is an answer. The verdict is noted in the score

    Raises
    ------
    KeyError
        for an exercise that there is not

    Examples
    --------
    >>> import autograd_zoo as az
    >>> az.lab.exercise("00-3", ...)
    >>> az.lab.exercise("00-3", [0, 6])
    00-3: not yet.
      They add up to what they should, but both uses are alike: why should one of them send nothing?
    """
    asked = find(name)
    if answer is ...:
        return None
    verdict = _judged(name, asked, answer, asked.right(**given) if callable(asked.right) else asked.right)
    book.note(name, verdict)
    return verdict


def answer(name: str) -> str:
    """The answer to an exercise, and why; there is none before an attempt.

    Examples
    --------
    >>> import autograd_zoo as az
    >>> az.lab.forget()
    >>> print(az.lab.answer("00-3"))
    First an attempt: give an answer, however wrong, then ask again.
    """
    asked, page = find(name), book.BOOK.get(name)
    if page is None or not page.attempts:
        return "First an attempt: give an answer, however wrong, then ask again."
    return f"{asked.code}\n\n{asked.why}"


def find(name: str) -> Exercise:
    """The exercise of this name."""
    chapter, _, number = str(name).partition("-")
    known = exercises(chapter) if chapter in CHAPTERS else ()
    if number not in map(str, range(1, len(known) + 1)):
        has = f"chapter {chapter} has {chapter}-1 to {chapter}-{len(known)}" if known else "names look like 00-3"
        raise KeyError(f"there is no exercise {name!r}: {has}")
    return known[int(number) - 1]


@cache
def exercises(chapter: str) -> tuple[Exercise, ...]:
    """The exercises of a chapter, such as "00": what its file says, computed with what the module of that name has."""
    file = FOLDER / f"chapter_{chapter}.toml"
    names: dict[str, Any] = {"np": np}
    if file.with_suffix(".py").is_file():
        names |= vars(import_module(f".chapters.{file.stem}", __package__))
    return tuple(_exercise(row, names) for row in tomllib.loads(file.read_text(encoding="utf-8"))["exercise"])


def _exercise(row: dict[str, Any], names: dict[str, Any]) -> Exercise:
    """One exercise. Where nothing else says what is right, that is what its code assigns to `answer`."""
    row |= {name: eval(row[name], names) for name in ("right", "read") if name in row}
    if "right" not in row:
        exec(row["code"], scope := dict(names))
        row["right"] = scope["answer"]
    row["mistakes"] = tuple((eval(answer, names), sentence) for answer, sentence in row["mistakes"].items())
    return Exercise(**row)


def _judged(name: str, asked: Exercise, answer: Any, right: Any) -> Verdict:
    right = right if isinstance(right, str) else np.asarray(right, float)
    wanted = asked.asked or _form(right)
    head = f"{wanted[0].upper()}{wanted[1:]} {'are' if wanted.startswith('two ') else 'is'} asked for"
    try:
        found = asked.reading(answer)
    except (Exception, SystemExit) as error:
        came = f"A {type(answer).__name__} came, which is none"
        if asked.read:
            came = raised(error).replace("Your function raises", "What came, used as such, raises").removesuffix(".")
        return wrong(name, "no numbers", f"{head}. {came}.")
    for mistake, sentence in asked.mistakes:
        if _same(found, asked.reading(mistake), asked.tolerance):
            return wrong(name, "term", sentence)
    if np.shape(found) != np.shape(right) or isinstance(found, str) != isinstance(right, str):
        return wrong(name, "shape", f"{head}; {_form(found)} came.")
    if not isinstance(found, str) and not np.isfinite(found).all():
        return wrong(name, "nonfinite", "It is nan or infinite.")
    if not _same(found, right, asked.tolerance):
        return wrong(name, "term", asked.hint)
    return Verdict(ok=True, order=1, notes=(asked.why,), question=name)


def _same(a: Any, b: Any, tolerance: float) -> bool:
    """Whether two answers are the same numbers in the same form, or the same word."""
    if isinstance(a, str) or isinstance(b, str):
        return isinstance(a, str) and isinstance(b, str) and a == b
    return a.shape == b.shape and bool(np.allclose(a, b, rtol=tolerance, atol=tolerance))


def _form(value: Any) -> str:
    """What an answer is, in words.

    >>> _form(np.array(1.0)), _form(np.ones(3)), _form(np.ones((2, 3))), _form("yes")
    ('one number', 'a list of 3 numbers', 'an array of shape (2, 3)', 'a word')
    """
    if isinstance(value, str):
        return "a word"
    shapes = {0: "one number", 1: f"a list of {value.size} number{'s' * (value.size != 1)}"}
    return shapes.get(value.ndim, f"an array of shape {value.shape}")
