"""A lab as it is handed out: the cells of its notebook, with empty functions to be written."""

from __future__ import annotations

import re
from collections.abc import Iterator

from .judging import find
from .questions import LABS, Question

RULES = """\
Write each gradient in plain NumPy. A function gets the upstream gradient `g` = ∂L/∂y, the result `y`, and the inputs; \
it returns ∂L/∂(input), in the shape of that input. The judge compares it with the tape, on samples of several shapes, \
and says what is wrong, never the right numbers. It counts attempts; hints come one at a time, after an attempt: take \
the `#` away and run the cell. (The closed forms can be imported. Then it is no lab.)"""
HUNT = """\
So it is printed. Which sign, index, factor or transpose is wrong? Write the formula as it should read; here it is for \
one sample, without batch axes."""
NO_HUNT = "(In this family none of the document's gradients is misprinted; so there is no hunt.)"


def cells(lab: str) -> Iterator[tuple[str, str]]:
    """The cells of a lab's notebook: each "markdown" or "code", and its source.

    >>> dict(cells("activation"))["code"]  # the last one
    'az.lab.score()'
    """
    asked = LABS[lab]
    yield "markdown", f"# Lab: {asked.title}\n\n{asked.about}\n\n{RULES}"
    yield "code", f'import numpy as np\n\nimport autograd_zoo as az\n\naz.lab.begin("{lab}")'
    for number, question in enumerate(asked.questions, start=1):
        yield from _asked(number, question)
    hunted = any(not question.by for question in asked.questions)
    yield "markdown", "## Score" if hunted else f"## Score\n\n{NO_HUNT}"
    yield "code", "az.lab.score()"


def _asked(number: int, question: Question) -> Iterator[tuple[str, str]]:
    """The cells of a question: what is asked, the function, the judge, and the hint."""
    by = ""
    if question.by:
        symbol = re.sub(r"^(?=(?:beta|gamma)\b|(?:beta|gamma)_)", r"\\", question.by)
        wanted = rf"Wanted: $\partial L/\partial {symbol}$."
        yield "markdown", f"## {number}. {question.name}\n\n{question.text}\n\n{wanted}"
        by = "" if question.by == find(question.of).inputs[0] else f', by="{question.by}"'
    else:
        yield "markdown", f"## {number}. Misprint hunt: {question.of}\n\n{HUNT}"
        yield "code", f'az.lab.hunt("{question.of}")'
        yield "markdown", "What is right instead?"
    yield "code", f"def {question.function}(g, y, {question.arguments}):\n    return ...  # your gradient"
    yield "code", f'az.lab.judge("{question.of}", {question.function}{by})'
    yield "code", f'# print(az.lab.hint("{question.of}"{by}))'
