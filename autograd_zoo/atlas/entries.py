"""What the search finds of the course and the zoo."""

from __future__ import annotations

from collections.abc import Iterator

from .keywords import CHAPTERS, MODULES
from .notebooks import Notebook
from .search import Entry, page, plain


def chapter(notebook: Notebook) -> Iterator[Entry]:
    """A notebook and its parts; one that is of no family, as the glossary, counts as a guide."""
    kind = "chapter" if notebook.families else "guide"
    keywords = CHAPTERS.get(notebook.stem, "")
    yield from page(
        kind, notebook.title, "course", f"course/{notebook.stem}.html", keywords, notebook.body, notebook.headings
    )


def module(name: str, family: str, doc: str, html: str) -> Entry:
    """A module of the zoo, by its name in one word too, with the text of its page, which is about its derivative."""
    keywords = f"{MODULES.get(name, '')} {name.replace('_', '')} {doc}"
    return Entry(
        "module",
        name,
        f"{family} · {doc}",
        f"modules/{name}.html",
        keywords,
        f"derivative gradient backward {plain(html)}",
    )


def formula(id: str, verdict: str, module: str) -> Entry:
    """A formula, on the page of the first module that shows it."""
    return Entry("formula", id, f"formula · {verdict}", f"modules/{module}.html#{id}")
