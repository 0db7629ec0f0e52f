"""The streams of the command: whatever their encoding, and whether they are open, full, or read by anybody."""

from __future__ import annotations

import codecs
import os
import re
import sys
import unicodedata
from contextlib import suppress
from functools import cache
from io import TextIOWrapper
from typing import Any

READABLE = "autograd_zoo.readable"
PLAIN = {
    "∂": "d",
    "λ": "lambda",
    "Λ": "Lambda",
    "∇": "grad ",
    "⁄": "/",
    "·": "*",
    "⋅": "*",
    "∗": "*",
    "×": "x",
    "⊙": "*",
    "⊕": "(+)",
    "⊗": "(x)",
    "∘": "o",
    "÷": "/",
    "∕": "/",
    "−": "-",
    "±": "+-",
    "→": "->",
    "←": "<-",
    "↔": "<->",
    "↦": "|->",
    "⇒": "=>",
    "≤": "<=",
    "≥": ">=",
    "≠": "!=",
    "≈": "~",
    "∝": "~",
    "∼": "~",
    "√": "sqrt",
    "∞": "inf",
    "∑": "sum",
    "∏": "prod",
    "∫": "int",
    "∈": " in ",
    "‖": "||",
    "∣": "|",
    "⊤": "T",
    "′": "'",
    "‘": "'",
    "’": "'",
    "“": '"',
    "”": '"',
    "–": "-",
    "—": "-",
    "‐": "-",
    "•": "*",
    "█": "#",
    "✓": "ok",
    "✗": "x",
}
GREEK = re.compile(r"GREEK (SMALL|CAPITAL) LETTER (?:FINAL )?(\w+)$")
RAISED = {"<super>": "^", "<sub>": "_"}


def prepare() -> None:
    """Let standard output and error print whatever comes, in what their encoding has; open those that are closed."""
    for number, name in enumerate(("stdin", "stdout", "stderr")):
        try:
            os.fstat(number)
        except OSError:  # the next file would get this number, and what is printed would end up in it
            os.set_inheritable(os.open(os.devnull, os.O_RDWR), True)
        if getattr(sys, name) is None:
            setattr(sys, name, open(os.devnull, "r" if name == "stdin" else "w", encoding="utf-8"))
    codecs.register_error(READABLE, readable)
    for stream in (sys.stdout, sys.stderr):
        if isinstance(stream, TextIOWrapper):
            stream.reconfigure(errors=READABLE)


def readable(error: UnicodeError) -> tuple[str, int]:
    """What is printed instead of characters that an encoding lacks: an error handler for `codecs`."""
    if not isinstance(error, UnicodeEncodeError):
        raise error
    return "".join(map(plain, error.object[error.start : error.end])), error.end


@cache
def plain(c: str) -> str:
    r"""A character in ASCII: a spelling that is read alike where there is one, else its escape.

    >>> [plain(c) for c in "∂→λΣ²é║名"]
    ['d', '->', 'lambda', 'Sigma', '^2', 'e', '|', '\\u540d']
    """
    if c.isascii():
        return c
    if c in PLAIN:
        return PLAIN[c]
    name = unicodedata.name(c, "")
    if greek := GREEK.match(name):
        return greek[2].title() if greek[1] == "CAPITAL" else greek[2].lower()
    if name.startswith("BOX DRAWINGS"):
        return {"HORIZONTAL": "-", "VERTICAL": "|"}.get(name.split()[-1] if len(name.split()) == 4 else "", "+")
    parts = [part for part in unicodedata.normalize("NFKD", c) if not unicodedata.combining(part)]
    if parts and parts != [c]:
        return RAISED.get(unicodedata.decomposition(c).split()[0], "") + "".join(map(plain, parts))
    return c.encode("ascii", "backslashreplace").decode()


def say(text: str) -> None:
    """Print on standard error. If that is full, or its reader has gone, nobody is left to tell."""
    try:
        print(text, file=sys.stderr, flush=True)
    except (OSError, ValueError):
        silence(sys.stderr)


def silence(stream: Any) -> None:
    """Let what a stream still holds, and all that follows, go nowhere."""
    with suppress(OSError, ValueError):
        os.dup2(os.open(os.devnull, os.O_WRONLY), stream.fileno())
