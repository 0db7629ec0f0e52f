"""Where the document prints what: the copy that was read, by its hash, and the lines of every formula and claim in it.

`document.json` holds it, and quotes each claim as printed; `located` finds all of it in a copy, and `record` writes it.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from functools import cache
from hashlib import sha256
from importlib.resources import files
from pathlib import Path
from typing import Any

from ..closed_form import Formula, formulas

WORDS = 40  # of a quotation, at most
GAP = " … "  # between the parts of a quotation that leaves something out
LEAD, MARKED = 48, 72  # characters of an excerpt, at most: of what stands before a formula, of the formula itself
_IGNORED = re.compile(r"\s+|&|\\hspace\{[^}]*\}")  # what sets a formula in its place, and says nothing


@dataclass(frozen=True)
class Copy:
    """What identifies the copy of the document that the lines are counted in."""

    title: str
    sha256: str
    bytes: int
    lines: int


_RECORD: dict[str, Any] = json.loads(files(__package__).joinpath("document.json").read_text(encoding="utf-8"))
COPY = Copy(**_RECORD["copy"])
LINES: dict[str, tuple[int, ...]] = {id: tuple(row["lines"]) for id, row in _RECORD["rows"].items()}
QUOTES: dict[str, str] = {id: row["quote"] for id, row in _RECORD["rows"].items() if "quote" in row}
"""The claims in words, as printed. What has no quotation here is a formula, and its LaTeX is what is printed."""

EXCERPTS: dict[str, tuple[str, str]] = {
    id: tuple(row["excerpt"]) for id, row in _RECORD["rows"].items() if "excerpt" in row
}
"""Of each formula the words before it in the copy, and its own text there, both shortened: what one searches for."""


def claimed(formula: Formula) -> bool:
    """Whether the document says it in words, and prints no formula for it."""
    return formula.id in QUOTES


KINDS = {"formula": "printed formula", "claim": "claim in words", "further": "further entry"}
"""What an entry on the document is, and what it is called where it is counted."""
FURTHER = "A further entry judges a formula that is counted already, in other samples or by other formulas."


def kind(formula: Formula) -> str:
    """What of `KINDS` an entry is: each printed formula counts once, by its first entry."""
    return "claim" if claimed(formula) else "formula" if formula.id in _counted() else "further"


@cache
def _counted() -> frozenset[str]:
    """The first entry of every printed formula: by its LaTeX, and by the lines that print it."""
    first: dict[tuple[str, tuple[int, ...]], str] = {}
    for row in formulas():
        if row.source == "document" and not claimed(row):
            first.setdefault((row.latex, LINES.get(row.id, ())), row.id)
    return frozenset(first.values())


def identified(text: bytes) -> Copy:
    """What identifies a copy: its first line, its SHA-256, and its length in bytes and in lines."""
    lines = text.decode("utf-8").splitlines()
    return Copy(lines[0], sha256(text).hexdigest(), len(text), len(lines))


def located(formula: Formula, lines: Iterable[str], quote: str | None = None) -> tuple[int, ...]:
    r"""The lines, counted from 1, that print a formula, or each part of the quotation of a claim.

    Of a formula white space, `&` and `\hspace` are ignored; the one equality of a chain a = b = c may be a = c.

    Raises
    ------
    ValueError
        if there is no such line
    """
    if quote is None:
        exact, pattern = _IGNORED.sub("", formula.latex), _pattern(formula.latex)
        printed = [_IGNORED.sub("", line) for line in lines]
        found = {k for k, line in enumerate(printed, 1) if exact in line}
        found = found or {k for k, line in enumerate(printed, 1) if pattern.search(line)}
        wanted = formula.latex
    else:
        wanted, found, place = quote, set(), 0
        whole = "\n".join(" ".join(line.split()) for line in lines)
        for part in quote.split(GAP):
            place = whole.find(part, place)
            if place < 0:
                raise ValueError(f"the document does not print {part!r}, which quotes it for {formula.id}")
            found.add(whole.count("\n", 0, place) + 1)
            place += len(part)
    if not found:
        raise ValueError(
            f"the document does not print {wanted!r}, which is to be {formula.id}: "
            "print the row as the document does, or quote a claim in document.json first"
        )
    return tuple(sorted(found))


def excerpt(formula: Formula, lines: Sequence[str]) -> tuple[str, str]:
    """The words before a formula, in its line or else in the one above it, and its text in the copy; both shortened."""
    k = located(formula, lines)[0] - 1
    line = lines[k]
    ignored = {place for found in _IGNORED.finditer(line) for place in range(*found.span())}
    kept = [place for place in range(len(line)) if place not in ignored]
    printed = "".join(line[place] for place in kept)
    first, last = next(found.span() for found in _pattern(formula.latex).finditer(printed))
    begin, end = kept[first], kept[last - 1] + 1
    words, *others = re.split(r"\\[(\[]", line[:begin])
    above = next((text for text in reversed(lines[:k]) if text.strip()), "")
    lead = _shortened(words.split() or above.split())
    return f"{lead} …" if len(others) > 1 else lead, _cut(line[begin:end])


def _pattern(latex: str) -> re.Pattern[str]:
    """A formula as it may be printed, without what is ignored: itself, or else as the two ends of a chain."""
    text = _IGNORED.sub("", latex)
    left, _, right = text.partition("=")
    chain = re.escape(left) + r"=(?:(?!\\\\).)+?=" + re.escape(right)
    return re.compile(f"{re.escape(text)}|{chain}" if right else re.escape(text))


def _shortened(words: Sequence[str]) -> str:
    """The last of some words, as far as there is room."""
    text = " ".join(words)
    return text if len(text) <= LEAD else f"… {text[-LEAD:].partition(' ')[2]}"


def _cut(latex: str) -> str:
    """A formula without its middle, where it is long."""
    return latex if len(latex) <= MARKED else f"{latex[: MARKED - 24]} … {latex[-21:]}"


def record(copy: Path, path: Path) -> None:
    """Find all formulas and quotations in a copy of the document anew, and write `path`, this package's document.json.

    A new claim is quoted in that file first: `"id": {"quote": "...", "lines": []}`.
    """
    text = copy.read_bytes()
    lines = text.decode("utf-8").splitlines()
    rows: dict[str, Any] = {}
    for row in formulas():
        if row.source == "document":
            quote = QUOTES.get(row.id)
            rows[row.id] = {} if quote is None else {"quote": quote}
            rows[row.id]["lines"] = located(row, lines, quote)
            if quote is None:
                rows[row.id]["excerpt"] = excerpt(row, lines)
    whole = {"copy": vars(identified(text)), "rows": {"\0": 0}}
    head = json.dumps(whole, ensure_ascii=False, indent=1)
    body = ",\n".join(f"  {json.dumps(id)}: {json.dumps(row, ensure_ascii=False)}" for id, row in rows.items())
    path.write_text(head.replace('  "\\u0000": 0', body) + "\n", encoding="utf-8")
