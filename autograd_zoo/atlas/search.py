"""The index that the search box reads: every page and its parts, and the words by which each is found.

A word weighs more in a title than in a text; a page more than a formula. `static/search.js` adds up and sorts.
"""

from __future__ import annotations

import json
import re
from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator, Sequence
from html import unescape
from typing import NamedTuple

TITLE, KEYWORD, TEXT = 6, 5, 1
OFTEN = 4  # times that a word stands in a text until it weighs twice as much
KINDS = {"chapter": 3.5, "module": 3.0, "guide": 2.0, "section": 1.5, "name": 1.0, "formula": 0.3}
"""What an entry can be, and how much it counts: what explains comes before what is looked up by its name."""
STOP = frozenset(
    "a an and are as at be been but by can do does for from has have how i if in into is it its me my not of on or one "
    "so than that the their then there they this to was we what when where which while who why will with you".split()
)
LONGEST = 40  # letters of a word: what is longer is none
_PLURAL = re.compile(r"(?<=\w\w[^\Wsui])s$")  # gradients, but bias, class, axis, modulus
_WORD = re.compile(r"[^\W_]+")
_ASIDE = re.compile(r"<(math|svg|script|style|pre)\b.*?</\1>", re.DOTALL)
_TAG = re.compile(r"<[^>]+>")


class Entry(NamedTuple):
    """Something that is found."""

    kind: str
    title: str
    what: str
    """What it is, or where, in a few words."""
    address: str
    keywords: str = ""
    text: str = ""


def words(text: str) -> Iterator[str]:
    """The words of a text as they are looked for.

    >>> from autograd_zoo.atlas.search import words
    >>> list(words("The `batch_norm` of CNNs, a class"))
    ['batch', 'norm', 'cnn', 'class']
    """
    found = map(str.lower, _WORD.findall(text))
    return (_PLURAL.sub("", word) for word in found if word not in STOP and len(word) < LONGEST)


def plain(html: str) -> str:
    """The text of some HTML, without code, formulas and pictures."""
    return " ".join(unescape(_TAG.sub(" ", _ASIDE.sub(" ", html))).split())


def sections(html: str, headings: Iterable[tuple[str, str]]) -> Iterator[tuple[str, str, str]]:
    """The id, title and text of each part of a page; the first has no id, and what stands before all others."""
    start, of = 0, ("", "")
    for id, title in headings:
        if (end := html.find(f' id="{id}"', start)) < 0:
            continue
        yield (*of, plain(html[start:end]))
        start, of = end, (id, title)
    yield (*of, plain(html[start:]))


def page(kind: str, title: str, what: str, address: str, keywords: str, html: str, parts: Sequence[tuple[str, str]],
) -> Iterator[Entry]:  # fmt: skip
    """The entries of a page and of its parts, of which each has its own text, and the page the headings of all."""
    found = list(sections(html, parts))
    headings = " ".join(name for _, name, _ in found)
    yield Entry(kind, title, what, address, keywords, f"{headings} {found[0][2]}")
    for id, name, text in found[1:]:
        yield Entry("section", name, title, f"{address}#{id}", "", text)


def index(entries: Sequence[Entry]) -> str:
    """The index as a script, which can be loaded from a folder too: pages, and for each word (page · 8 + weight)."""
    found: defaultdict[str, dict[int, int]] = defaultdict(dict)
    for k, entry in enumerate(entries):
        counts = Counter(words(entry.text))
        weights = {word: TEXT + (count >= OFTEN) for word, count in counts.items()}
        weights |= dict.fromkeys(words(entry.keywords), KEYWORD) | dict.fromkeys(words(entry.title), TITLE)
        for word, weight in weights.items():
            found[word][k] = weight
    data = {
        "kinds": list(KINDS.values()),
        "stop": sorted(STOP),
        "pages": [[list(KINDS).index(e.kind), e.title, e.what, e.address] for e in entries],
        "words": {word: [k * 8 + weight for k, weight in found[word].items()] for word in sorted(found)},
    }
    return f"window.ATLAS={json.dumps(data, ensure_ascii=False, separators=(',', ':'))};\n"
