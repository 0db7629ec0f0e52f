"""The errata as Markdown, in the parts of it that GitHub, Sphinx and other readers share."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator

from . import facts
from .dictionary import OTHERWISE, meaning
from .document import COPY, FURTHER, KINDS
from .entries import HOW, REJECTED, Entry, Reading, Tried, readings, stated
from .facts import Fact
from .latex import portable
from .report import counted
from .verdicts import said

_CODE = re.compile(r"(`[^`]*`)")
_MARKUP = re.compile(r"[\\*_<>\[\]|~$#]")


def page(entries: list[Entry]) -> str:
    """What does not hold as the document prints it: first what is wrong, then the readings, then one by one."""
    found = [e for e in entries if e.verdict != "exact"]
    used = readings(found)
    parts = [
        "# Errata",
        f'What "{COPY.title}" prints that does not hold as printed. {_tally(entries)} [One rule](verdicts.md) '
        "decides: a *reading* says what a printed sign means, the same wherever it stands; what needs a "
        "*repair* is *wrong*, however small the repair is.",
        "Each formula was transcribed literally and compared with the closed form that the tape agrees with. "
        f"{prose(HOW)}",
        "The same as data is [errata.json](errata.json), described by [errata.schema.json](errata.schema.json). Both "
        "are generated (`python docs/generated.py`), and tests hold them true.",
        "## The document",
        _table(
            ("the copy that was read", ""),
            [
                ("title", f"{COPY.title} (its first line)"),
                ("SHA-256", f"`{COPY.sha256}`"),
                ("length", f"{COPY.bytes:,} bytes, {COPY.lines} lines"),
                ("author, address, date", "not in the copy"),
            ],
        ),
        "Lines are counted in this copy, from 1. It is plain text: numbers of references run on from the word before "
        "them, and quotations leave them so. Of a chain a = b = c each equality is quoted by itself, as a = c; white "
        "space and marks of alignment are left out.",
        "## What is wrong",
        _table(
            ("line", "formula or claim", "error as printed", "least repair", "what is amiss"),
            [
                (_at(e), _link(e.id), stated(e.error_printed), prose(e.repair or ""), prose(e.note))
                for e in found
                if e.verdict == "wrong"
            ],
        ),
        "## The dictionary of readings",
        "A letter means the same in every formula. Beside it are the formulas that need it, with their errors under "
        "all letters of their reading but this one.",
        _table(("letter", "what the notation means", "needed by", "least error without it"), map(_reading, used)),
        "Tried beside them, and not of the dictionary, because something else that is printed fails with them:",
        _table(("letter", "what it would mean"), [(letter, prose(says)) for letter, says in OTHERWISE.items()]),
        "## One by one",
    ]
    for e in found:
        parts += _entry(e)
    exact = [e for e in entries if e.verdict == "exact"]
    parts += ["## What holds as printed", _table(("line", "formula or claim", "in the document"), map(_exact, exact))]
    parts += [
        "## Facts, apart from the formulas",
        "Figures, references and names that do not hold, each with where that was checked.",
        _table(("line", "printed", "what is so", "checked in"), map(_fact, facts.rows())),
    ]
    return "\n\n".join(parts) + "\n"


def prose(text: str) -> str:
    """A sentence as Markdown that shows it as it is, with its `code`."""
    parts = _CODE.split(" ".join(text.split()))
    return "".join(part if k % 2 else _MARKUP.sub(r"\\\g<0>", part) for k, part in enumerate(parts))


def _tally(entries: list[Entry]) -> str:
    """How many formulas and claims have which verdict."""
    kinds = ((name, [e.verdict for e in entries if e.kind == kind]) for kind, name in KINDS.items())
    tally = " ".join(f"{counted(len(verdicts), name)}: {said(verdicts)}." for name, verdicts in kinds if verdicts)
    return f"{tally} {FURTHER}" if any(e.kind == "further" for e in entries) else tally


def _entry(e: Entry) -> Iterator[str]:
    """The section of one entry: the quotation, what came of it, the correction, the evidence, the command."""
    yield f"### {e.id}"
    by = f" {_letters(e.reading)}" if e.reading else f": {prose(e.within)}" if e.within else ""
    yield f"**{e.verdict}**{by}. {prose(e.place)}. The copy prints, in {e.at}:"
    if e.kind == "claim":
        yield f"> “{prose(e.printed)}”"
        yield "What was judged is:"
        yield _math(e.latex)
    else:
        yield "\n".join(f"> {line}" for line in _math(e.printed).splitlines())
    if e.corrected:
        yield "It should read:"
        yield _math(e.corrected)
    if e.note:
        yield prose(e.note)
    if e.reading:
        yield f"Under {_letters(e.reading)}: {prose(meaning(e.reading))}."
    tried = [(_tried(t), stated(t.error)) for t in e.tried]
    truth = "differences" if e.against == "differences" else "the closed form"
    corrected = [(f"corrected, against {truth}", stated(e.error_corrected))] if e.error_corrected is not None else []
    yield _table(("under", "error"), [("as printed", stated(e.error_printed)), *tried, *corrected])
    yield f"`{e.command}`"


def _tried(t: Tried) -> str:
    under = f"{' under' if t.edits else ''} {_letters(t.letters)}" if t.letters else ""
    return f"{t.kind}{under}" + (f": {prose(t.edits)}" if t.edits else f" {REJECTED}" if t.rejected else "")


def _letters(letters: str) -> str:
    return f"[{letters}](#the-dictionary-of-readings)"


def _fact(fact: Fact) -> tuple[str, str, str, str]:
    printed = f"“{prose(fact.printed)}”" if fact.quoted else fact.printed
    return ", ".join(map(str, fact.lines)), printed, prose(fact.found), prose(fact.source)


def _reading(reading: Reading) -> tuple[str, str, str, str]:
    alike: dict[str, list[str]] = {}
    for id, error in reading.rows:
        alike.setdefault(stated(error), []).append(_link(id))
    needed = "<br>".join(f"{', '.join(ids)} ({e})" for e, ids in alike.items())
    return reading.letter, prose(reading.says), needed, stated(reading.least)


def _exact(e: Entry) -> tuple[str, str, str]:
    return _at(e), f"`{e.id}`", f"“{prose(e.printed)}”" if e.kind == "claim" else prose(e.place)


def _at(e: Entry) -> str:
    return ", ".join(map(str, e.lines))


def _link(id: str) -> str:
    """A link to the section of an entry, whose anchor GitHub and Sphinx make of its heading alike."""
    return f"[{prose(id)}](#{re.sub(r'[^a-z0-9_ -]', '', id.lower())})"


def _math(latex: str) -> str:
    """A formula in a block, in which no backslash is Markdown's."""
    return f"```math\n{portable(latex)}\n```"


def _table(head: tuple[str, ...], rows: Iterable[tuple[str, ...]]) -> str:
    return "\n".join(f"| {' | '.join(cells)} |" for cells in [head, ("---",) * len(head), *rows])
