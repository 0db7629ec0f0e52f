"""Names as they are shown: whatever a user calls a thing, a terminal gets text and never a control sequence."""

from __future__ import annotations


def printable(name: object) -> str:
    r"""`name` with everything that is no visible text written as an escape: controls, bidi marks, lone surrogates.

    >>> print(printable("W\x1b[31m\n∂"))
    W\x1b[31m\n∂
    """
    text = str(name)
    if text.isprintable():
        return text
    return "".join(c if c.isprintable() else c.encode("unicode_escape").decode("ascii") for c in text)


def elided(text: str, room: int = 100) -> str:
    """`text` without its middle, where it is longer than `room`, as paths of modules within modules can be."""
    return text if len(text) <= room else f"{text[: room // 2]}...{text[-room // 2 :]}"
