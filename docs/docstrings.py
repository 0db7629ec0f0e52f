"""Docstrings as reStructuredText: paragraphs "Shapes: ..." become fields, and formulas keep their * | and _."""

import re
from collections.abc import Container, Iterator

NAMES = "Shapes|Raises|Source"
FIELD = re.compile(rf"^({NAMES}): (.*(?:\n(?!(?:{NAMES}): ).+)*)\n?", re.MULTILINE)
WITHIN = re.compile(rf"(?<=\.) (?=(?:{NAMES}): )")
SECTION = re.compile(r"^\w+\n---+$", re.MULTILINE)
EMPTY = re.compile(rf"{SECTION.pattern}\s*(?=\Z|{SECTION.pattern})", re.MULTILINE)
DOCTEST = re.compile(r"(^[ ]*>>> .*(?:\n[ ]*\S.*)*)", re.MULTILINE)
CODE = re.compile(r"`([^`]+)`")
NAME = re.compile(r"[A-Za-z_][\w.]*")
EMPHASIS = re.compile(r"(?<![\w(\\])\*([a-z][a-z ]*)\*(?!\w)")
MARKUP = re.compile(r"[*|]|(?<=\w)_(?!\w)")
RAISED = re.compile(r"(\w+Error) (.*)")
FORMULA_ID = re.compile(r"\b[a-z]+\.\w+\.\w+(?:\.\w+)*")


def restructured(docstring: str, errata: Container[str] = ()) -> str:
    """The docstring as reStructuredText; of formulas that are among the errata, the ids become links.

    The fields stand before the first section of NumPy's style ("Parameters" and so on), which would take them in.
    """
    chunks = DOCTEST.split(docstring)
    text = "".join(chunk if i % 2 else _escaped(chunk) for i, chunk in enumerate(chunks))
    text = WITHIN.sub("\n", text)
    fields = "".join(_field(found[1], " ".join(found[2].split()), errata) for found in FIELD.finditer(text))
    if not fields:
        return text
    place = min(found.start() for found in (FIELD.search(text), SECTION.search(text)) if found)
    return f"{text[:place].rstrip()}\n\n{fields}\n{EMPTY.sub('', FIELD.sub('', text[place:]))}"


def _escaped(text: str) -> str:
    """The text, in which nothing but code in backticks and emphasis of lower-case words is markup."""
    return "".join(_code(part) if i % 2 else _literally(part) for i, part in enumerate(CODE.split(text)))


def _code(text: str) -> str:
    """A name, which becomes a link if the reference has it; other code as it is."""
    return f"`{text}`" if NAME.fullmatch(text) else f"``{text}``"


def _literally(text: str) -> str:
    parts = EMPHASIS.split(text)
    return "".join(f"*{part}*" if i % 2 else MARKUP.sub(r"\\\g<0>", part) for i, part in enumerate(parts))


def _field(name: str, text: str, errata: Container[str]) -> str:
    if name == "Raises" and (raised := RAISED.match(text)):
        return f":raises {raised[1]}: {raised[2]}\n"
    if name == "Source":
        text = FORMULA_ID.sub(lambda id: f":ref:`{id[0]} <{id[0]}>`" if id[0] in errata else id[0], text)
    return f":{name}: {text}\n"


def errata_ids(page: str) -> Iterator[str]:
    """The ids of the formulas that have a section on the errata page."""
    return (found[1] for found in re.finditer(r"^### (\S+)$", page, re.MULTILINE))
