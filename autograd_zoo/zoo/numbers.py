"""One sample of a formula with all its numbers, so that a reader can compute it again by hand."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from inspect import Parameter, signature
from itertools import islice
from typing import Any

import numpy as np

from ..closed_form import Formula
from ..closed_form.formula import arguments, by_differences, cases
from ..engine.tensor import Array
from .dictionary import meaning
from .judge import HOLDS, SEEDS, Judgement
from .report import WIDTH, padded
from .specimens import ZOO
from .verdicts import judged

SHOWN = 120  # numbers of one array that are printed
DIGITS = 12  # of each, where the columns leave room


@dataclass(frozen=True)
class Sample:
    """What a formula was given, and what came out under each way to take it."""

    seed: int
    case: int
    """Of the formula's spread; 0 is the row itself."""
    params: Mapping[str, Any]
    given: Mapping[str, Array]
    """The inputs by name; of a gradient before them "g", the cotangent ∂L/∂y, and "y", what the forward pass gives."""
    results: Mapping[str, Array | str]
    """As printed, under each reading, corrected, right, and of a gradient by differences; or why there is none."""


def sample(formula: Formula, seed: int | None = None, case: int = 0) -> Sample:
    """The numbers of a formula on one sample of its spread: by default the smallest that shows what is wrong with it.

    Raises: IndexError for a case that the spread has not.
    """
    if seed is None:
        case, seed = _telling(formula)
    formula = list(cases(formula))[case]
    given = _given(formula, seed)
    truth = by_differences(formula)
    ways: dict[str, Callable[..., Array]] = {"as printed": formula.printed, **formula.readings}
    if formula.mended:
        ways["corrected"] = formula.mended
    ways["right"] = formula.corrected
    if truth is not formula.corrected:
        ways["by differences"] = truth
    results = {name: _computed(way, given, formula.params) for name, way in ways.items()}
    names = _names(formula, len(given) - (2 if formula.forward else 0))
    named = dict(zip([*(["g", "y"] if formula.forward else []), *names], map(np.asarray, given), strict=True))
    return Sample(seed, case, formula.params, named, results)


def told(j: Judgement) -> Iterator[str]:
    """The sample in lines: what was given, and the results side by side, an index on every number."""
    formula, found = j.formula, sample(j.formula)
    of = f" and case {found.case} of the spread" if found.case else ""
    yield f"one sample, of numpy.random.default_rng({found.seed}){of}; indices count from 0"
    for name, array in found.given.items():
        said = {"g": " = ∂L/∂y, the cotangent", "y": ", what the forward pass gives"}.get(name, "")
        yield f"{name}{said if formula.forward else ''}: {words(array.shape)}"
        yield from _cells(array)
    if found.params:
        yield ", ".join(f"{name} = {value}" for name, value in found.params.items())
    yield from _table(found.results)
    yield "all of it in Python:"
    yield "  from autograd_zoo.zoo.errata import find, sample"
    yield f'  sample(find("{formula.id}"), {found.seed}{f", {found.case}" if found.case else ""})'


def words(shape: tuple[int, ...]) -> str:
    """A shape in words.

    Examples
    --------
    >>> from autograd_zoo.zoo.numbers import words
    >>> words(()), words((3,)), words((2, 1))
    ('one number', '3 numbers', '2 × 1 numbers')
    """
    return " × ".join(map(str, shape)) + " numbers" if shape else "one number"


_PRODUCT = "in a product the columns on the left are {}, the rows on the right {}"
_REFUSED = {  # what NumPy says of shapes -> what it means
    r"matmul: .* \(size (\d+) is different from (\d+)\)": _PRODUCT.format(r"\2", r"\1"),
    r"shapes .* not aligned: (\d+) .* != (\d+) .*": _PRODUCT.format(r"\1", r"\2"),
    r"operands could not be broadcast together with shapes (\(.*?\)) (\(.*?\)).*": r"element by element, \1 meets \2",
    r"cannot reshape array of size (\d+) into shape (\(.*\))": r"\1 numbers are no array of shape \2",
}


def refused(message: str) -> str:
    """Why shapes do not fit, in our words.

    Examples
    --------
    >>> import numpy as np
    >>> from autograd_zoo.zoo.numbers import refused
    >>> try:
    ...     np.ones((2, 3)) @ np.ones((4, 2))
    ... except ValueError as error:
    ...     print(refused(str(error)))
    shapes do not fit: in a product the columns on the left are 3, the rows on the right 4
    """
    for pattern, words_for in _REFUSED.items():
        message = re.sub(rf"^{pattern}$", words_for, message)
    return f"shapes do not fit: {message}"


def _given(formula: Formula, seed: int) -> tuple[Any, ...]:
    return arguments(formula, np.random.default_rng(seed))


def _telling(formula: Formula) -> tuple[int, int]:
    """The case and the seed of the smallest sample on which the formula fails; of the smallest, if it never does."""
    of = list(cases(formula))
    errors = dict(
        zip(((k, seed) for k in range(len(of)) for seed in SEEDS), judged(formula).trials[0].errors, strict=True)
    )
    failing = [at for at, error in errors.items() if not error <= HOLDS] or list(errors)
    return min(failing, key=lambda at: sum(map(np.size, of[at[0]].sample(np.random.default_rng(at[1])))))


def _computed(way: Callable[..., Array], given: tuple[Any, ...], params: Mapping[str, Any]) -> Array | str:
    try:
        with np.errstate(all="ignore"):
            return np.asarray(way(*given, **params))
    except ValueError as refusal:
        return refused(str(refusal))


def _names(formula: Formula, count: int) -> list[str]:
    """The names of the inputs: by whoever names all of them."""
    ways = [formula.printed, *formula.readings.values()]
    named = [_parameters(formula.forward or formula.corrected)]
    named += [_parameters(way)[2 if formula.forward else 0 :] for way in ways]
    if formula.quantity != "claim":
        named += [list(s.inputs) for s in ZOO if (s.form or s.name) == formula.specimen]
    known = max(named, key=lambda names: min(len(names), count))[:count]
    return [*known, *(f"input {k}" for k in range(len(known), count))]


def _parameters(way: Callable[..., Array]) -> list[str]:
    found = signature(way).parameters.values()
    return [p.name for p in found if p.kind is Parameter.POSITIONAL_OR_KEYWORD]


def _indexed(array: Array) -> Iterator[tuple[str, float]]:
    for index in np.ndindex(array.shape):
        yield f"[{','.join(map(str, index))}]" if index else "", float(array[index])


def _cells(array: Array) -> Iterator[str]:
    """The numbers of an array, as many on a line as it holds."""
    cells = [f"{index} {x:.{DIGITS}g}".strip() for index, x in islice(_indexed(array), SHOWN)]
    width = max(map(len, cells), default=0) + 2
    each = max((WIDTH - 8) // max(width, 1), 1)
    for k in range(0, len(cells), each):
        yield "  " + "".join(cell.ljust(width) for cell in cells[k : k + each]).rstrip()
    yield from _more(array)


def _more(array: Array) -> Iterator[str]:
    if array.size > SHOWN:
        yield f"  ... {array.size - SHOWN} numbers more"


def _table(results: Mapping[str, Array | str]) -> Iterator[str]:
    """A line for each number, a column for each result of the right shape; below them those of another one."""
    right = results["right"]
    assert isinstance(right, np.ndarray)
    fit = {name: a for name, a in results.items() if isinstance(a, np.ndarray) and a.shape == right.shape}
    own = {"as printed", "corrected", "right", "by differences"}
    yield f"the result, {words(right.shape)}:"
    heads = {name: name if name in own else f"reading {name}" for name in results}
    for name, head in heads.items():
        if name not in own:
            yield f"  {head}: {meaning(name)}"
    index = ["", *(i for i, _ in islice(_indexed(right), SHOWN))]
    for digits in range(DIGITS, 2, -1):
        columns = [[heads[name], *(f"{x:.{digits}g}" for x in a.flat[:SHOWN])] for name, a in fit.items()]
        lines = padded(list(zip(index, *columns, strict=True)))
        if len(lines[0]) <= WIDTH - 6:
            break
    yield from ("  " + line.rstrip() for line in lines)
    yield from _more(right)
    for name, a in results.items():
        if name in fit:
            continue
        if isinstance(a, str):
            yield f"{heads[name]}: {a}"
        else:
            yield f"{heads[name]} gives {words(a.shape)}, which are not {words(right.shape)}:"
            yield from _cells(a)
