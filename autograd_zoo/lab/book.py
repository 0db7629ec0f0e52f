"""What was tried in this process: attempts, answers and hints by question. It is what the score is made of."""

from __future__ import annotations

from dataclasses import dataclass, field

from .verdict import Verdict


@dataclass
class Page:
    """What is known of one question."""

    attempts: int = 0
    right: bool = False
    hints: int = 0
    last: Verdict | None = field(default=None, repr=False)


BOOK: dict[str, Page] = {}
"""By question. A notebook's process keeps it, and the output of its last cell shows it."""


def question(name: str, by: str) -> str:
    """What a gradient is called."""
    return f"{name} by {by}"


def note(asked: str, verdict: Verdict) -> None:
    """Note an attempt; what returns nothing yet is none. What was right once stays so."""
    if verdict.kind == "unanswered":
        return
    page = BOOK.setdefault(asked, Page())
    page.attempts += 1
    page.right, page.last = page.right or verdict.ok, verdict


def forget() -> None:
    """Begin a new score."""
    BOOK.clear()
