"""What a judge says: a Diagnosis that a notebook shows in words, and what kinds of mistakes there are."""

from __future__ import annotations

from dataclasses import dataclass
from textwrap import fill

from ..engine.check import Diagnosis, Finding
from ..engine.checker.diagnosis import KINDS as CHECKED

KINDS = {
    "right": "right, wherever it was tried",
    "unanswered": "the function returns nothing yet; this is no attempt",
    "signature": "the function does not take what it is called with",
    "raises": "the function raises an exception",
    "no numbers": "what it returns is no array of real numbers",
    "writes": "it changes an array that it was given",
    "shape": "the gradient has another shape than its input",
    "nonfinite": "the gradient is nan or infinite",
    "random": "called twice, it returns two gradients",
    "one sample": "right for a single sample, wrong for several",
    "variant": "right with some keyword arguments, wrong with others",
    "upstream": "the upstream gradient g is handed on as it is",
    "path": "what comes back along one path is forgotten",
    "path sign": "what comes back along one path has the wrong sign",
    "path factor": "what comes back along one path is multiplied by a number",
    "other input": "the gradient by another input",
    "printed": "the formula as it is printed",
    "order 2": "right at order 1, wrong when differentiated again",
} | {
    kind: CHECKED[kind]
    for kind in (
        *("zero", "cotangent", "sign", "batch sum", "factor", "transposed", "flipped", "shifted", "mask", "lost"),
        *("permuted", "centered", "constant", "term"),
    )
}
"""The kinds of mistakes, and what they mean; those below "order 2" are the gradient checker's."""


@dataclass(frozen=True, repr=False)
class Verdict(Diagnosis):
    """What a judge says of one function; a Diagnosis with the question that it answers.

    Its findings tell what is wrong, and never what is right: `found` and `expected` are nan.
    """

    question: str = ""

    @property
    def kind(self) -> str:
        """The kind of the first mistake, or "right"."""
        return self.findings[0].kind if self.findings else "right"

    def __str__(self) -> str:
        head = f"{self.question}: {'right' if self.ok else 'no answer yet' if self.kind == 'unanswered' else 'not yet'}"
        return "\n".join([f"{head}.", *self._lines()])

    def _lines(self) -> list[str]:
        said = [*(f.text for f in self.findings), *self.notes]
        return [fill(text, 110, initial_indent="  ", subsequent_indent="  ", break_long_words=False) for text in said]

    __repr__ = __str__


def wrong(question: str, kind: str, text: str, *notes: str, order: int = 1) -> Verdict:
    """A verdict of one finding."""
    nan = float("nan")
    finding = Finding(kind, order, None, (), nan, nan, text)
    return Verdict(ok=False, order=order, findings=(finding,), notes=notes, question=question)
