"""What the page of a module tells: its topic, what and why, and which of its formulas stand apart."""

from __future__ import annotations

import json
import re
from collections.abc import Iterable
from importlib.resources import files
from itertools import takewhile
from typing import NamedTuple, get_args

from ..zoo.document import LINES, claimed
from ..zoo.judge import Judgement, Verdict

MANY = 3  # gradients by nothing but the chain rule: more of them are one paragraph, to be opened
LONG = 16  # lines of code: what is longer opens on request


class Topic(NamedTuple):
    """The title of a module's page, and what the module does and why it is there, in two sentences."""

    title: str
    text: str


TOPICS: dict[str, Topic] = {
    name: Topic(**row)
    for name, row in json.loads(files(__package__).joinpath("topics.json").read_text("utf-8")).items()
}

_NAME = r"\{(?:[^{}]|\{[^{}]*\})*\}"
_LOCAL = re.compile(rf"\\frac\{{\\partial{_NAME}\}}\{{\\partial{_NAME}\}}")


def restates(latex: str) -> bool:
    r"""Whether a formula is nothing but partial derivatives, multiplied and added: the chain rule.

    >>> restates(r"\frac{\partial{L}}{\partial{x}}=\frac{\partial{L}}{\partial{u}}\frac{\partial{u}}{\partial{x}}")
    True
    >>> restates(r"\frac{\partial{L}}{\partial{x}}=\frac{\partial{L}}{\partial{y}}W")
    False
    """
    return "=" in latex and not re.sub(r"[=+\s]|\\text\{, \}", "", _LOCAL.sub("", latex))


class Told(NamedTuple):
    """The formulas of a page: those that it shows, and those of ours that restate the chain rule, which it folds."""

    shown: list[Judgement]
    folded: list[Judgement]


def told(judgements: Iterable[Judgement]) -> Told:
    """The formulas of a page: what the document prints first, then what it says in words, then ours."""
    found = sorted(judgements, key=lambda j: (j.formula.source != "document", claimed(j.formula)))
    folded = [j for j in found if j.formula.source == "ours" and j.verdict == "exact" and restates(j.formula.latex)]
    folded = folded if len(folded) > MANY else []
    return Told([j for j in found if j not in folded], folded)


def printed_in(judgements: Iterable[Judgement]) -> list[tuple[str, str]]:
    """Where the document prints a module's formulas: what the places of the same lines have in common; those lines."""
    found: dict[tuple[int, ...], list[list[str]]] = {}
    for j in judgements:
        if j.formula.source == "document":
            found.setdefault(LINES[j.formula.id], []).append(j.formula.place.split(", "))
    return [(", ".join(_common(there)), ", ".join(map(str, lines))) for lines, there in sorted(found.items())]


def _common(lists: list[list[str]]) -> list[str]:
    """What some lists begin with."""
    return [first for first, *_ in takewhile(lambda parts: len(set(parts)) == 1, zip(*lists, strict=False))]


def worst_first(judgements: Iterable[Judgement]) -> list[Judgement]:
    """What is wrong, then what is right under a reading, then what is exact within a condition."""
    return sorted(judgements, key=lambda j: get_args(Verdict).index(j.verdict), reverse=True)
