"""What a lab's notebook asks for: its questions, hints one at a time, and the score."""

from __future__ import annotations

from dataclasses import dataclass

from ..zoo import ZOO
from .book import BOOK, Page, forget, question
from .questions import HINTS, LABS


@dataclass(frozen=True, repr=False)
class Score:
    """The questions of a lab, or all that were tried: what was answered, in how many attempts, with how many hints."""

    rows: tuple[tuple[str, Page], ...]

    @property
    def right(self) -> int:
        """How many were answered."""
        return sum(page.right for _, page in self.rows)

    def __repr__(self) -> str:
        wide = max((len(name) for name, _ in self.rows), default=0)
        lines = [f"{name:<{wide}}  {_state(page)}" for name, page in self.rows]
        return "\n".join([*lines, f"{self.right} of {len(self.rows)} right"])


def _state(page: Page) -> str:
    said = "right" if page.right else "not yet" if page.attempts else "not tried"
    tried = f", attempts: {page.attempts}" if page.attempts else ""
    return f"{said}{tried}{f', hints: {page.hints}' if page.hints else ''}"


def begin(lab: str) -> Score:
    """Begin a lab, with a new score.

    Raises: KeyError for a lab that there is not.
    """
    if lab not in LABS:
        raise KeyError(f"there is no lab {lab!r}: they are {', '.join(LABS)}")
    forget()
    BOOK.update((asked.name, Page()) for asked in LABS[lab].questions)
    return score()


def score() -> Score:
    """What was answered until now, of the lab that was begun."""
    return Score(tuple(BOOK.items()))


def hint(name: str, by: str | None = None) -> str:
    """The next hint to a question; there is none before an attempt.

    Examples
    --------
    >>> import autograd_zoo as az
    >>> az.lab.forget()
    >>> print(az.lab.hint("tanh"))
    First an attempt: have a function judged, however wrong, then ask again.
    """
    asked = _question(name, by)
    page = BOOK.get(asked)
    if page is None or not page.attempts:
        return "First an attempt: have a function judged, however wrong, then ask again."
    known = HINTS.get(asked, ())
    if not known:
        return f"No hint is written for {asked}. az.lab.judge says what is wrong."
    if page.right:
        return "It is right already."
    text = known[min(page.hints, len(known) - 1)]
    page.hints = min(page.hints + 1, len(known))
    return f"Hint {page.hints} of {len(known)}: {text}"


def _question(name: str, by: str | None) -> str:
    from .judging import find

    return name if "." in name else question(name, by or find(name).inputs[0])


def names(*, misprints: bool = False) -> tuple[str, ...]:
    """What can be judged: the names of specimens; or the ids of the misprints that are hunted."""
    if not misprints:
        return tuple(s.name for s in ZOO)
    return tuple(asked.of for lab in LABS.values() for asked in lab.questions if not asked.by)
