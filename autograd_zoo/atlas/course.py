"""The chapters of the course: what each is about, needs and takes, and the map of what comes before what."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from html import escape, unescape
from typing import NamedTuple

from .notebooks import Notebook

_TITLE = re.compile(r"(\d\d) ([^:]+)(?:: (.+))?")
_NEEDS = re.compile(r"You need (.*?)\. Reading takes about (\d+) minutes", re.DOTALL)
_NUMBER = re.compile(r"\b\d\d\b")
_PARAGRAPH = re.compile(r"<p>(.*?)</p>", re.DOTALL)
_PICTURE = re.compile(r'<img src="([^"]+)" alt="Graph of')
_BOX = re.compile(r"<g><title>(.*?)</title>(.*?)</g>", re.DOTALL)


class Chapter(NamedTuple):
    """A notebook with a number."""

    number: str
    topic: str
    question: str
    """What follows the colon of its title."""
    file: str
    lead: str
    """Its first paragraph, as HTML."""
    minutes: int
    needs: tuple[str, ...]
    """The numbers of the chapters that it says it needs."""
    picture: str
    """The first graph that it draws, beside its page; or nothing."""


def chapters(notebooks: Sequence[Notebook]) -> list[Chapter]:
    """The numbered ones of some notebooks, with what their first cell says."""
    return [_chapter(notebook, found) for notebook in notebooks if (found := _TITLE.fullmatch(notebook.title))]


def _chapter(notebook: Notebook, title: re.Match[str]) -> Chapter:
    text = unescape(re.sub(r"\s+", " ", re.sub(r"<[^>]+>", "", notebook.body[:20000])))
    said = _NEEDS.search(text)
    lead, picture = _PARAGRAPH.search(notebook.body), _PICTURE.search(notebook.body)
    number, topic, question = title.groups("")
    return Chapter(
        number=number,
        topic=topic,
        question=question,
        file=f"{notebook.stem}.html",
        lead=lead[1] if lead else "",
        minutes=int(said[2]) if said else 0,
        needs=tuple(_NUMBER.findall(said[1])) if said else (),
        picture=picture[1] if picture else "",
    )


def following(found: Sequence[Chapter]) -> list[tuple[str, str]]:
    """Pairs of chapters, the second of which needs the first, without those that follow from others.

    >>> from autograd_zoo.atlas.course import Chapter, following
    >>> needs = {"00": (), "01": ("00",), "02": ("00", "01")}
    >>> following([Chapter(k, "", "", "", "", 0, of, "") for k, of in needs.items()])
    [('00', '01'), ('01', '02')]
    """
    import networkx as nx

    there = {chapter.number for chapter in found}
    graph = nx.DiGraph((need, one.number) for one in found for need in one.needs if need in there)
    return sorted(nx.transitive_reduction(graph).edges)


def prerequisites(found: Sequence[Chapter], base: str = "course/") -> str:
    """The map: an SVG to stand in a page, whose boxes are links to the chapters below `base`."""
    from graph_viz import svg
    from graph_viz.captions import Caption, Row
    from graph_viz.edges import Stroke
    from graph_viz.layout import Edge, layout
    from graph_viz.view import Box, Key, View
    from graph_viz.view import Edge as Line

    pairs = following(found)
    captions: Mapping[Key, Caption] = {
        int(one.number): Caption(
            one.topic, (Row("", f"{one.minutes} minutes"),) * bool(one.minutes), before=f"{one.number} "
        )
        for one in found
    }
    boxes: Mapping[Key, Box] = {key: Box(key, "op") for key in captions}
    lines = tuple(Line(int(a), int(b), 0, ()) for a, b in pairs)
    view = View(boxes, lines, {key: [line for line in lines if line.head == key] for key in boxes}, {})
    label = "What comes before what: " + "; ".join(f"{a} before {b}" for a, b in pairs)
    tips: Mapping[Key, str] = {
        int(one.number): f"{one.number} {one.topic}: {one.question}".rstrip(": ") for one in found
    }
    picture = svg.Picture(view, captions, tips, [Stroke() for _ in lines], label, label, (), {})
    sizes = {key: (caption.width, caption.height) for key, caption in captions.items()}
    places = layout(sizes, [Edge(line.tail, line.head) for line in lines], {key: [] for key in boxes}, {}, "TB")
    links = iter(found)

    def linked(match: re.Match[str]) -> str:
        one = next(links)
        return f'<a href="{escape(base + one.file)}"><title>{match[1]}</title>{match[2]}</a>'

    drawn = _BOX.sub(linked, svg.write(picture, places, "auto"))
    return drawn.replace('role="img"', 'role="group"', 1)
