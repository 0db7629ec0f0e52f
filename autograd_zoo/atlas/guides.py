"""The guides and the reference, as Sphinx built them, brought into the site: what the atlas has too leads there."""

from __future__ import annotations

import os
import re
from collections.abc import Callable, Iterator
from html import escape, unescape
from pathlib import Path, PurePosixPath

from .keywords import GUIDES
from .search import Entry, page, plain

FOLDER = "docs"
"""Where they stand in the site."""
MOVED = {"errata.html": "errata.html", "glossary.html": "course/glossary.html", "notebooks.html": "course.html"}
"""Pages that the atlas has, as they are called there, and where they are in the site."""
LEFT = re.compile(
    r"notebooks/|\.doctrees/|\.buildinfo|searchindex\.js|search\.html|objects\.inv|_sources/|.*\.ttf$"
    r"|_static/(searchtools|language_data|\w+-stemmer)\.js"
)
"""What is not brought: the course, which is there, and what only Sphinx's own search needs."""
_HREF = re.compile(r'(<(?:a|link)\b[^>]*?\bhref=")([^"#:]+\.html)(#[^"]*)?(")')
_FORM = re.compile(r'<form class="sidebar-search-container".*?</form>\s*<div id="searchbox"></div>', re.DOTALL)
_SEARCH = re.compile(r'<link rel="search"[^>]*>')
_FONT = re.compile(r"@font-face \{[^}]*\.ttf[^}]*\}")
_NAMED = {  # what axe-core misses in Sphinx's pages
    '<p class="caption" role="heading">': '<p class="caption" role="heading" aria-level="2">',
    '<aside class="sidebar-drawer">': '<aside class="sidebar-drawer" aria-label="Pages">',
    '<aside class="toc-drawer">': '<aside class="toc-drawer" aria-label="On this page">',
    '<th class="head"><p></p></th>': '<td class="head"></td>',
    "<p><img": '<p tabindex="0"><img',
    "<pre>": '<pre tabindex="0">',
    '<div class="table-wrapper': '<div tabindex="0" class="table-wrapper',
}
_MAIN = re.compile(r'<article role="main"[^>]*>(.*?)</article>', re.DOTALL)
_SECTION = re.compile(r'<section id="([^"]+)">\s*(?:<span[^>]*></span>\s*)*<h[23]>(.*?)</h[23]>', re.DOTALL)
_NAME = re.compile(r'<dt class="sig sig-object py" id="([^"]+)">')
_TITLE = re.compile(r"<h1>(.*?)</h1>", re.DOTALL)
_USED = re.compile(r'(?:src|href|srcset)="([^"#?]+)')


class Guides:
    """The pages of a folder that `sphinx -b html` wrote.

    Raises
    ------
    ValueError
        if there is no index.html of Sphinx in the folder
    """

    def __init__(self, folder: Path) -> None:
        if not (folder / "index.html").is_file() or not (folder / "_static").is_dir():
            raise ValueError(f"{folder} has no pages of Sphinx: python -m sphinx -b html docs {folder}")
        self.folder = folder
        there = sorted(p.relative_to(folder).as_posix() for p in folder.rglob("*") if p.is_file())
        kept = [path for path in there if not LEFT.match(path) and path not in MOVED]
        self.pages = {path: (folder / path).read_text(encoding="utf-8") for path in kept if path.endswith(".html")}
        used = {
            os.path.normpath(f"{PurePosixPath(path).parent}/{unescape(address)}")
            for path, text in self.pages.items()
            for address in _USED.findall(text)
        }
        self.others = [path for path in kept if path not in self.pages and (path.startswith("_static") or path in used)]

    def files(self, frame: Callable[[str], str], ids: dict[str, str]) -> Iterator[tuple[str, str | bytes]]:
        """All files by their path in the site; `frame` makes, of the way up, what stands for Sphinx's search."""
        for path in self.others:
            if path.endswith("/site.css"):  # the site has the font already
                yield f"{FOLDER}/{path}", _FONT.sub("", (self.folder / path).read_text(encoding="utf-8"))
            else:
                yield f"{FOLDER}/{path}", (self.folder / path).read_bytes()
        for path, text in self.pages.items():
            yield f"{FOLDER}/{path}", _framed(_led(text, path, ids), path, frame)

    def entries(self) -> Iterator[Entry]:
        """What the search finds in them."""
        for path, text in self.pages.items():
            if not (main := _MAIN.search(text)) or not (title := _TITLE.search(main[1])) or path.startswith("gen"):
                continue
            stem, name = PurePosixPath(path).stem, _text(title[1])
            parts = [(id, _text(head)) for id, head in _SECTION.findall(main[1])]
            reference = path.startswith("api/")
            keywords = "" if reference else GUIDES.get(stem, "")
            kind = "section" if reference else "guide"
            what = "reference" if reference else "guide"
            yield from page(kind, name, what, f"{FOLDER}/{path}", keywords, main[1], [] if reference else parts)
            for id in _NAME.findall(main[1]):
                yield Entry("name", id.rpartition(".")[2], id, f"{FOLDER}/{path}#{id}", id.rpartition(".")[2])


def _text(html: str) -> str:
    return plain(html).removesuffix("¶").strip()


def _framed(text: str, path: str, frame: Callable[[str], str]) -> str:
    """A page with the site's links and search in the place of Sphinx's search."""
    up = "../" * (path.count("/") + 1)
    style = f'<link rel="stylesheet" href="{up}static/search.css">'
    head = f'{style}<script src="{up}static/search.js" defer></script></head>'
    site = frame(up)
    text = _FORM.sub(lambda _: site, text)
    for tag, named in _NAMED.items():
        text = text.replace(tag, named)
    return _SEARCH.sub("", text).replace("</head>", head, 1)


def _led(text: str, path: str, ids: dict[str, str]) -> str:
    """A page whose links lead to the pages of the atlas where there are such."""

    def moved(found: re.Match[str]) -> str:
        before, address, part, quote = found.groups("")
        to = os.path.normpath(f"{PurePosixPath(path).parent}/{address}")
        target = f"course/{PurePosixPath(to).name}" if to.startswith("notebooks/") else MOVED.get(to)
        if target is None:
            return found[0]
        known = ids.get(part[1:], "") if target == "errata.html" else ""  # elsewhere the parts have other names
        return f"{before}{'../' * (path.count('/') + 1)}{target}{'#' + escape(known) if known else ''}{quote}"

    return _HREF.sub(moved, text)


def sphinx_id(id: str) -> str:
    """What Sphinx makes of an id.

    >>> from autograd_zoo.atlas.guides import sphinx_id
    >>> sphinx_id("activation.log_softmax.dx")
    'activation-log-softmax-dx'
    """
    return re.sub(r"[^a-z0-9]+", "-", id.lower()).strip("-")
