"""The misprint hunt: formulas of the document that are wrong, to be mended by the reader, and judged."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from ..closed_form import Formula
from ..closed_form.formula import arguments, cases
from ..engine.checker import patterns as checked
from ..engine.checker.diagnosis import Evidence
from ..engine.checker.places import flipped, permuted, shifted, transposed
from ..engine.tensor import Array
from ..zoo import errata
from ..zoo.verdicts import judged
from .trials import Fault, Function, accepted, called
from .verdict import Verdict, wrong
from .words import in_words

SEEDS = 4
CLOSE = 1e-7

PATTERNS = (
    ("sign", checked._sign),
    ("factor", checked._factor),
    ("transposed", transposed),
    ("flipped", flipped),
    ("shifted", shifted),
    ("mask", checked._mask),
    ("lost", checked._lost),
    ("sign", checked._some_signs),
    ("factor", checked._some_factor),
    ("permuted", permuted),
    ("centered", checked._centered),
)


@dataclass(frozen=True, repr=False)
class Misprint:
    """A printed formula that is wrong: what stands there, where, and one number that shows it."""

    formula: Formula
    text: str

    def __repr__(self) -> str:
        return self.text

    def _repr_markdown_(self) -> str:
        from ..notebook import displayed

        return f"{displayed(self.formula.latex)}\n\n{self.text}"


def hunt(id: str) -> Misprint:
    """A wrong formula of the document, with a number that shows that it is wrong; what is wrong is left to the reader.

    Raises: KeyError for an unknown id; ValueError for a formula that is right.

    >>> import autograd_zoo as az
    >>> az.lab.hunt("normalization.batch_norm.dx")
    normalization.batch_norm.dx (Normalization, BN, backward-pass, third equation)
    On one sample its element (0, 4) is 3.87086 as printed; differences of the forward pass do not give that.
    """
    formula = errata.find(id)
    if judged(formula).verdict != "wrong" or formula.quantity == "claim":
        raise ValueError(f"{id} is no wrong formula: az.lab.names(misprints=True) lists those")
    found = errata.sample(formula).results
    printed, right = found["as printed"], found["right"]
    read = next((name for name in found if name not in ("as printed", "corrected", "right", "by differences")), "")
    says = f"{id} ({formula.place})\n"
    if isinstance(printed, str):
        says += f"Read literally, {printed}."
        printed = found[read] if read else printed
    if not isinstance(printed, str) and printed.shape != np.shape(right):
        says += f"It gives an array of shape {printed.shape}, and must give {np.shape(right)}."
    elif not isinstance(printed, str) and not np.isfinite(printed).any():
        says += "Read literally, no number of it is finite: indices leave their arrays."
    elif not isinstance(printed, str):
        index = np.unravel_index(np.nanargmax(np.abs(printed - right)), np.shape(right))
        place = f"its element {tuple(map(int, index))}" if index else "it"
        says += f"On one sample {place} is {printed[index]:.6g} as printed; "
        says += "differences of the forward pass do not give that."
    return Misprint(formula, says)


def judge_formula(id: str, function: Function) -> Verdict:
    """Say whether a function, `(g, y, *inputs, **params) -> array` on one sample, is what the formula should be."""
    formula = errata.find(id)
    if not callable(function):
        return wrong(id, "signature", f"A function is judged, and not a {type(function).__name__}.")
    kinds: list[tuple[str, str]] = []
    printed = True
    for case in cases(formula):
        for seed in range(SEEDS):
            given = arguments(case, np.random.default_rng(seed))
            right = np.asarray(case.corrected(*given, **case.params))
            try:
                found = called(function, [np.array(a) for a in given], accepted(function, case.params))
            except Fault as fault:
                return wrong(id, fault.kind, fault.text)
            printed = printed and _is_printed(case, given, found)
            if found.shape != right.shape:
                kinds.append(("shape", f"It has the shape {found.shape}, and must have {right.shape}."))
            elif not np.isfinite(found).all():
                kinds.append(("nonfinite", "It is nan or infinite in places."))
            elif not _same(found, right):
                kinds.append(_kind(found, right, given[0]))
    if kinds and printed:
        return wrong(id, "printed", "That is the formula as it is printed.")
    if kinds:
        return wrong(id, *max(kinds, key=kinds.count))
    return Verdict(ok=True, order=1, question=id)


def _is_printed(case: Formula, given: tuple[Array, ...], found: Array) -> bool:
    """Whether these are the numbers of the formula as printed, or of a reading that does not save it."""
    for way in (case.printed, *case.readings.values()):
        try:
            with np.errstate(all="ignore"):
                printed = np.asarray(way(*given, **case.params), float)
        except (ValueError, ZeroDivisionError, TypeError):
            continue
        if printed.shape == found.shape and np.allclose(printed, found, rtol=CLOSE, atol=CLOSE, equal_nan=True):
            return True
    return False


def _same(a: Array, b: Array) -> bool:
    return bool(np.allclose(a, b, rtol=CLOSE, atol=CLOSE * float(np.abs(b).max(initial=0.0))))


def _kind(found: Array, right: Array, g: Array) -> tuple[str, str]:
    """What one array looks like beside the right one."""
    tape, slopes = found.reshape(1, -1), right.reshape(1, -1)
    allowed = CLOSE * (np.abs(slopes) + np.abs(slopes).max(initial=0.0))
    none = np.zeros(slopes.shape)
    evidence = Evidence(
        order=1,
        argument=0,
        x=right,
        result=None,
        places=np.arange(right.size),
        units=np.arange(0),
        weights=np.ravel(g),
        tape=tape,
        slopes=slopes,
        allowed=allowed,
        kink=none,
        wrong=np.abs(tape - slopes) > allowed,
        jump=none > 0,
        edge=none > 0,
        tolerance=CLOSE,
    )
    for kind, pattern in PATTERNS:
        if text := pattern(evidence):
            return kind, in_words(text)
    return "term", "An index, a factor or a term is still wrong."
