"""The judge: what a function gives on every trial, and the one thing that is to be said of it."""

from __future__ import annotations

import inspect
from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from difflib import get_close_matches
from functools import partial
from typing import Any

import numpy as np

from ..engine.check import check_gradients
from ..engine.mode import switched
from ..engine.primitive import primitive
from ..engine.rules import RULES, defvjp
from ..engine.tensor import Array
from ..zoo import BY_NAME, Specimen
from . import book
from .misprints import judge_formula
from .patterns import Found
from .shapes import misshapen
from .trials import LARGE, Fault, Function, Trial, accepted, trials
from .verdict import Verdict, wrong

MIXED = "What is of one sample gets into the gradient of another."  # which must be 0 there
GENERAL = ("term", "raises", "shape", "lost", "centered", "mask", "permuted")
"""Kinds that say less than that a function is right for one sample only."""
UNPLACED = "A term is missing, or too many."


def judge(name: str, function: Function, by: str | Sequence[str] | None = None) -> Verdict:
    """Say whether a function is the gradient of a specimen, and what is wrong if not, but never the right numbers.

    Parameters
    ----------
    name : str
        a specimen's, such as "batch_norm"; or a formula's, such as "normalization.batch_norm.dx", whose corrected
        version the function is then
    function : callable
        the gradient in plain NumPy, `(g, y, *inputs, **params) -> array`, where g = ∂L/∂y. Keyword arguments that it
        does not take are not varied
    by : str or sequence of str, optional
        the input that the gradient is by; the first by default. Of several the function returns a dict

    Returns
    -------
    Verdict
        a Diagnosis whose findings have a kind, one of `az.lab.KINDS`, and a text; it is noted in the score

    Raises
    ------
    KeyError
        for an unknown name, with the nearest known one
    ValueError
        for an input that the specimen has not

    Examples
    --------
    >>> import autograd_zoo as az
    >>> az.lab.judge("tanh", lambda g, y, x: g * (1 - y**2))
    tanh by x: right.
    >>> az.lab.judge("tanh", lambda g, y, x: g * (y**2 - 1))
    tanh by x: not yet.
      The sign is wrong.
    """
    if not isinstance(name, str):
        raise TypeError(f"judge takes a specimen's name and a function, as in judge('tanh', tanh_dx); got {name!r}")
    if not (by is None or isinstance(by, str) or (isinstance(by, Sequence) and all(isinstance(b, str) for b in by))):
        raise TypeError(f"by is the name of an input, or several in a list; got {by!r}")
    if "." in name:
        verdict = judge_formula(name, function)
        book.note(name, verdict)
        return verdict
    specimen = find(name)
    wanted = [specimen.inputs[0]] if by is None else [by] if isinstance(by, str) else list(by)
    for one in wanted or [""]:
        if one not in specimen.inputs:
            raise ValueError(f"{name} has no input {one!r}: its inputs are {', '.join(specimen.inputs)}")
    several = not (by is None or isinstance(by, str))
    verdicts = []
    for one in wanted:
        verdict = _judged(specimen, one, _part(function, one) if several else function)
        book.note(book.question(name, one), verdict)
        verdicts.append(verdict)
    return verdicts[0] if len(verdicts) == 1 else _together(verdicts)


def find(name: str) -> Specimen:
    """The specimen of this name."""
    if name not in BY_NAME:
        near = get_close_matches(name, BY_NAME, n=1)
        hint = f"did you mean {near[0]!r}?" if near else "az.lab.names() lists all"
        raise KeyError(f"the zoo has no {name!r}: {hint}")
    return BY_NAME[name]


def _part(function: Function, by: str) -> Function:
    """The gradient by one input, of a function that returns several in a dict."""

    def part(*args: Any, **params: Any) -> Any:
        found = function(*args, **params)
        if found is None or found is ...:
            return None
        if not isinstance(found, Mapping):
            raise TypeError(f"a dict of gradients was asked for, not a {type(found).__name__}")
        return found.get(by)

    part.__signature__ = inspect.signature(function)  # type: ignore[attr-defined]
    return part


def _together(verdicts: Sequence[Verdict]) -> Verdict:
    """Several verdicts as one; findings say which input they are of."""
    return Verdict(
        ok=all(v.ok for v in verdicts),
        order=min(v.order for v in verdicts),
        findings=tuple(f for v in verdicts for f in v.findings),
        notes=tuple(f"{v.question}: {'right' if v.ok else v.kind}" for v in verdicts),
        question=", ".join(v.question for v in verdicts),
    )


def _judged(specimen: Specimen, by: str, function: Function) -> Verdict:
    """The verdict on the gradient by one input."""
    question = book.question(specimen.name, by)
    with switched(fused=False):
        tried, note = trials(specimen, by, function)
        if text := _signature(tried[0], function):
            return wrong(question, "signature", text)
        answers = [_answer(trial, function) for trial in tried]
        kinds = [_kinds(trial, answer) for trial, answer in zip(tried, answers, strict=True)]
        if all(not k for k in kinds):
            return _right(question, tried, function, note)
        kind, text = _said(tried, kinds)
    return wrong(question, kind, text)


def _signature(trial: Trial, function: Function) -> str:
    """What is wrong with how the function is to be called."""
    try:
        signature = inspect.signature(function)
    except (TypeError, ValueError):
        return "" if callable(function) else f"A function is judged; what came is of type {type(function).__name__}."
    try:
        signature.bind(*trial.names, **accepted(function, trial.params))
    except TypeError as error:
        return f"Your function is called as f({', '.join(trial.names)}), and does not take that: {error}."
    return ""


Answer = Found | Fault


def _answer(trial: Trial, function: Function) -> Answer:
    """What a function gives on a trial, or why that is nothing to compare."""
    pull = partial(trial.pull, function, accepted(function, trial.params))
    try:
        rows = [pull(g) for g in trial.cotangents]
        if len({row.shape for row in rows}) > 1:
            return Fault("shape", "The gradient's shape depends on the numbers of g.")
        if rows[0].shape != trial.x.shape:
            return Fault(*misshapen(trial, np.array(rows)))
        if pull(trial.cotangents[0]).tobytes() != rows[0].tobytes():
            return Fault("random", "Called twice with the same arguments, your function returns two gradients.")
        large = pull(LARGE * trial.cotangents[0])
    except Fault as fault:
        return fault
    return Found(trial, np.array(rows), large)


def _kinds(trial: Trial, answer: Answer) -> dict[str, str]:
    """The kinds of mistakes that fit, the first of which fits best; none if all is right."""
    if isinstance(answer, Fault):
        return {answer.kind: answer.text}
    if not np.isfinite(answer.rows).all():
        return {"nonfinite": "The gradient is nan or infinite in places: a division by 0, or an overflow?"}
    if answer.right:
        return answer.kinds("cotangent")
    return answer.kinds() or {"term": UNPLACED}


def _said(tried: Sequence[Trial], kinds: Sequence[dict[str, str]]) -> tuple[str, str]:
    """The one kind that is said: one that fits wherever the function is wrong, or that which most trials show."""
    first = next((k for k in kinds if {"unanswered", "writes", "random", "no numbers"} & k.keys()), None)
    if first:
        return next(iter(first.items()))
    bad = [(trial, k) for trial, k in zip(tried, kinds, strict=True) if k]
    size = {id(k): float(np.abs(trial.truth).max(initial=0.0)) * trial.x.size for trial, k in bad}
    common = [kind for kind in bad[0][1] if all(kind in k for _, k in bad)]
    if common:
        kind = common[0]
    else:
        votes = Counter(next(iter(k)) for _, k in bad)
        kind = max(votes, key=lambda kind: (votes[kind], -list(votes).index(kind)))
    told = max((k for _, k in bad if kind in k), key=lambda k: size[id(k)])
    if found := _narrower(tried, kinds, kind):
        return found
    where = "" if len(bad) == len(tried) else f" (So it is with {max(bad, key=lambda b: size[id(b[1])])[0].told()}.)"
    return kind, told[kind] + where


def _narrower(tried: Sequence[Trial], kinds: Sequence[dict[str, str]], kind: str) -> tuple[str, str] | None:
    """Whether the function is right for one sample alone, or for the first keyword arguments alone."""
    same = [t.params == tried[0].params for t in tried]
    others = [bool(k) for k, s in zip(kinds, same, strict=True) if not s]
    if others and not any(k for k, s in zip(kinds, same, strict=True) if s):
        right, bad = tried[0], next(t for t, k in zip(tried, kinds, strict=True) if k)
        return "variant", f"Right with {_params(right)}, and wrong with {_params(bad)}."
    telling = [(t, k) for t, k in zip(tried, kinds, strict=True) if t.params == tried[0].params]
    singles = [k for t, k in telling if t.single and t.truth.any()]
    several = [k for t, k in telling if not t.single]
    if kind in GENERAL and singles and not any(singles) and several and all(several):
        trouble = {"term": "", "mask": MIXED}.get(kind, several[0].get(kind, ""))
        return "one sample", "Right for a single sample, and wrong for several." + (f" ({trouble})" if trouble else "")
    return None


def _params(trial: Trial) -> str:
    return ", ".join(f"{name} = {value!r}" for name, value in trial.params.items()) or "the default arguments"


def _right(question: str, tried: Sequence[Trial], function: Function, note: str) -> Verdict:
    """What is right at order 1 is differentiated once more, where that can be recorded."""
    trial = min((t for t in tried if t.truth.any()), key=lambda t: t.x.size * t.y.size, default=tried[0])
    notes, order = [note] if note else [], 1
    if trial.specimen.smooth and trial.truth.any():
        found, order = _second(trial, function)
        if found:
            return wrong(question, "order 2", found, order=2)
    return Verdict(ok=True, order=order, notes=tuple(notes), question=question)


def _second(trial: Trial, function: Function) -> tuple[str, int]:
    """What is wrong at order 2, where the function is the rule of a primitive; and the order that was reached."""
    place, params = trial.specimen.inputs.index(trial.by), dict(trial.params)

    def around(x: Any) -> tuple[Any, ...]:
        return (*trial.inputs[:place], x, *trial.inputs[place + 1 :])

    def value(x: Array) -> Array:
        with switched(recording=False):
            return np.array(getattr(y := trial.specimen.run(*around(x), **params), "data", y))

    f: Callable[..., Any] = primitive(value)
    defvjp(f, lambda g, y, x: function(g, y, *around(x), **accepted(function, params)))
    try:
        with np.errstate(all="ignore"):
            found = check_gradients(f, trial.x, order=2, report=True, most=12)
    except Exception:  # what cannot be recorded is no mistake: plain NumPy was asked for
        return "", 1
    finally:
        del RULES[f]  # no operation of ours, and nobody else's
    if any(finding.order == 2 and finding.kind == "order 2" for finding in found.findings):
        text = "Right at order 1, and wrong when it is differentiated again: something in it leaves the tape."
        return text, 2
    return "", found.order if found.ok else 1
