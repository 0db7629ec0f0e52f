"""The labs, one a family and a finale: what each asks for, as its file in labs/ says, with the hints."""

from __future__ import annotations

import tomllib
from dataclasses import dataclass
from pathlib import Path

FOLDER = Path(__file__).parent / "labs"
NAMES = (
    *("elementwise", "group", "activation", "loss", "pooling", "regularization", "linear", "conv", "normalization"),
    *("recurrent", "attention", "block", "finale"),
)
OVER_SAMPLES = "Every sample uses the parameter: its gradient is a sum over them all."


@dataclass(frozen=True, kw_only=True)
class Question:
    """A gradient that is asked for, or a misprint that is hunted."""

    of: str
    """A specimen's name, or the id of a printed formula that is wrong."""
    by: str = ""
    """The input that the gradient is by; of a misprint nothing."""
    arguments: str
    """What the function takes after the upstream gradient and the result."""
    text: str = ""
    """The forward pass."""
    hints: tuple[str, ...]
    """One at a time."""

    @property
    def name(self) -> str:
        """What it is called in the score."""
        return f"{self.of} by {self.by}" if self.by else self.of

    @property
    def function(self) -> str:
        """What the function that answers it is called.

        >>> [LABS[name].questions[-1].function for name in ("activation", "normalization")]
        ['softmax_dx', 'corrected_batch_norm_dx']
        """
        return f"{self.of}_d{self.by}" if self.by else f"corrected_{'_'.join(self.of.split('.')[1:])}"


@dataclass(frozen=True)
class Lab:
    """What stands in a file of labs/."""

    title: str
    about: str
    questions: tuple[Question, ...]


def _lab(name: str) -> Lab:
    """A lab. What a question does not say is as in the one before, if that is of the same specimen."""
    said = tomllib.loads((FOLDER / f"{name}.toml").read_text(encoding="utf-8"))
    questions: list[Question] = []
    for row in said["question"]:
        if row.pop("over_samples", False):
            row["hints"] = [OVER_SAMPLES, *row.get("hints", ())]
        if questions and questions[-1].of == row["of"]:
            before = questions[-1]
            again = {"text": "The same forward pass; another input.", "arguments": before.arguments}
            row = {**again, "hints": before.hints, **row}
        row["text"] = " ".join(row.get("text", "").split("\n")).strip()
        questions.append(Question(**{**row, "hints": tuple(row["hints"])}))
    return Lab(said["title"], " ".join(said["about"].split("\n")).strip(), tuple(questions))


LABS = {name: _lab(name) for name in NAMES}
HINTS = {question.name: question.hints for lab in LABS.values() for question in lab.questions}
