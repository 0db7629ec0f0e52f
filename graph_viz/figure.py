"""A figure: a view with what is written into it and where everything is. All formats are written from it."""

from __future__ import annotations

import math
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from functools import cached_property
from itertools import pairwise
from typing import Any

from . import operations, svg, words
from .captions import Caption, caption
from .edges import strokes
from .fold import settled
from .fold.draft import Draft
from .fold.groups import ungrouped
from .fold.quotient import Choice, quotient
from .fold.stepped import stepped
from .lanes import returned
from .layout import Direction, Edge, Engine, Layout, layout
from .scopes import Path
from .style import Theme
from .summaries import elements, summary
from .svg import Picture
from .trace import history
from .view import Box, Key, View

MOST = 1500  # boxes in a picture: nobody reads more, and few viewers show them
FEW = 20  # boxes that are taken in at a glance, and read from left to right like a formula
WIDE, GAP = 1120.0, 40.0  # px: boxes and gaps in a row that are read from left to right, and such a gap
FRAME = 30.0  # px: what a gap is wider for each side of a frame in it
PAGE = 680.0  # px that are as wide as a page of A4 or letter if the letters of a row are 8 pt high,
HIGH = 900.0 / PAGE  # ... how much higher the page is,
TURNED = 0.02  # ... and how much smaller letters might be for each edge that turns into the next row
LEGIBLE = 130  # boxes for which the layouts of a page are tried; more are laid out as they come
SPOKEN = 60  # boxes up to which the SVG itself holds the whole description
ENTRY = 6.0  # px of a box's side for each edge that enters there
STRAIGHT = {"parameter": 0.2, "constant": 0.2, "input": 0.5}  # how straight the edge of such a leaf ought to be


@dataclass(frozen=True)
class Look:
    """What is shown of each box, and how a picture is laid out and coloured; see `draw`."""

    values: bool
    gradients: bool
    direction: Direction | None = None
    engine: Engine = "own"
    limit: float = 20.0
    legend: bool = True
    theme: Theme = "auto"
    width: float | None = None  # px; None: PAGE, or any if a direction is given


class Figure:
    """A view of the graph behind `results`; its layout is made when it is first asked for."""

    def __init__(
        self,
        graph: Any,
        results: list[Any],
        folding: Mapping[str, Any],
        look: Look,
        folded: tuple[Draft, Choice] | None = None,
    ) -> None:
        self.graph, self.results, self.folding, self.look = graph, results, folding, look
        self.draft, self.choice = folded or settled(graph, **folding)
        self.view: View = quotient(self.draft, self.choice)
        view = self.view
        self.names: dict[Key, str] = words.references(view)
        shapes = any(box.shape for box in view)
        shown = {"values": look.values, "gradients": look.gradients}
        self.captions = {box.key: caption(box, shapes=shapes, **shown) for box in view}
        self.label = words.summary(view, self.names)
        blank = words.missing_gradients(view) if look.gradients else []
        self.notes = [*words.said(view), *words.folded(view), *view.notes, *blank]

    def collapsed(self, groups: frozenset[Path]) -> Figure:
        """The same graph with exactly these groups collapsed."""
        folded = self.draft, replace(self.choice, collapsed=groups)
        return Figure(self.graph, self.results, self.folding, self.look, folded)

    def apart(self) -> Iterator[tuple[Draft, Choice]]:
        """The same with a group for each time step, if any are rolled and nothing else says what is folded."""
        known = [about for about in self.draft.scopes.values() if about.get("steps") or about.get("times")]
        if known and not self.folding.get("around") and not self.folding.get("fold"):
            groups = (path for path in self.choice.collapsed if self.draft.scopes[path].get("made") is None)
            closed = self.choice.collapsed | {ungrouped(self.draft, path) for path in groups}
            loops = any("plain" in about for about in known)
            found = stepped(self.graph, replace(self.choice, collapsed=closed), loops)
            yield from [] if found is None else [found]

    @cached_property
    def sentences(self) -> dict[Key, str]:
        """Each box in words."""
        shown = {"values": self.look.values, "gradients": self.look.gradients}
        return {box.key: words.sentence(self.view, box, self.names, **shown) for box in self.view}

    @cached_property
    def tooltips(self) -> dict[Key, str]:
        """The same with all elements of small arrays, where numbers are shown."""
        nodes, look = history(self.results), self.look
        found = dict(self.sentences)
        for box in self.view:
            if look.values and isinstance(box.node, int) and box.kind != "state" and not box.steps:
                t = nodes[box.node]
                given = [("value", t.data, box.value), *([("grad", t.grad, box.grad)] if look.gradients else [])]
                told = [f"{word} {text}" for word, a, known in given if summary(a) == known and (text := elements(a))]
                found[box.key] = ", ".join([found[box.key], *told])
        return found

    @cached_property
    def description(self) -> str:
        """The view in words: a line for each box, modules as an indented list, and the notes."""
        return "\n".join([self.label, *words.tree(self.sentences, self.view), *self.notes])

    @cached_property
    def flowing(self) -> Figure:
        """The same as wide as it comes, for what has no pages."""
        return Figure(
            self.graph, self.results, self.folding, replace(self.look, width=math.inf), (self.draft, self.choice)
        )

    @cached_property
    def direction(self) -> Direction:
        """From left to right or from top to bottom."""
        return self.layout.direction if self._paged else self._usual

    @cached_property
    def layout(self) -> Layout:
        """Where everything is: on a page, the layout whose letters are largest there."""
        if not self._paged:
            broken = self.look.width and math.isfinite(self.look.width) and self._usual == "LR"
            return self._arranged(self._usual, self.look.width if broken else None)
        width = self.look.width or PAGE
        best, found = -1.0, None
        ways: list[tuple[Direction, float | None]] = [("LR", None), ("LR", width), ("TB", None)]
        for direction, length in ways:
            tried = self._arranged(direction, length)
            size = min(1.0, width / tried.width, width * HIGH / tried.height) - TURNED * self._turned(tried)
            if size > best:
                best, found = size, tried
            if best == 1.0:
                break
        assert found is not None
        return found

    @property
    def _modules(self) -> set[Path]:
        """The frames that are calls of modules, also where several are drawn as one."""
        scopes = self.graph.graph["scopes"].items()
        calls = {_without_numbers(path) for path, about in scopes if about["module"] and about["id"] is not None}
        clusters = self.view.clusters.items()
        return {path for path, cluster in clusters if not cluster.made and _without_numbers(path) in calls}

    @property
    def too_large(self) -> str:
        """Why there is no picture, and what to do; empty if there is one."""
        if len(self.view) <= MOST:
            return ""
        return (
            f"{len(self.view):,} boxes are more than a picture can show ({MOST:,}): give a budget=40 of boxes, without "
            "depth and open, or draw what is next to a Tensor with around=t; `.source` and `.describe()` have all"
        )

    @property
    def _paged(self) -> bool:
        """Whether the layout is to fit a page, and may choose how."""
        look = self.look
        chosen = look.direction is None and look.engine == "own" and look.width != math.inf
        return chosen and len(self.view) <= LEGIBLE

    @property
    def _usual(self) -> Direction:
        """The direction that was asked for, or that in which so many boxes are read."""
        short = len(self.view) <= FEW and _length(self.view, self.captions) <= WIDE
        return self.look.direction or ("LR" if short else "TB")

    def _arranged(self, direction: Direction, length: float | None) -> Layout:
        """The layout in a direction, in rows no longer than `length`."""
        view, look = self.view, self.look
        if self.too_large:
            raise ValueError(self.too_large)
        sizes = {}
        for key, c in self.captions.items():
            room = ENTRY * len(view.entering[key])
            across = direction == "TB"
            sizes[key] = (max(c.width, room * across), max(c.height, room * (not across)))
        edges = [
            Edge(e.tail, e.head, _slot(view.boxes[e.head], e.position), _straight(view.boxes[e.tail]), back=e.state)
            for e in view.edges
        ]
        clusters = {box.key: box.clusters for box in view}
        titles = {path: svg.title_width(*cluster.title) for path, cluster in view.clusters.items()}
        return layout(sizes, edges, clusters, titles, direction, engine=look.engine, limit=look.limit, length=length)

    def _turned(self, layout: Layout) -> int:
        """How many results turn back on their way to another row."""
        flow = ((edge, route) for edge, route in zip(self.view.edges, layout.routes, strict=True) if not edge.state)
        turned = {edge.tail for edge, route in flow if any(b[0] < a[0] - 1.0 for a, b in pairwise(route))}
        return len(turned) if layout.broken else 0

    @cached_property
    def picture(self) -> Picture:
        """What is written besides the layout."""
        view = self.view
        back = returned(self.results, view.edges) if self.look.gradients else False
        return Picture(
            view=view,
            captions=self.captions,
            tooltips=self.tooltips,
            strokes=strokes(view, back),
            label=self.label,
            description=self.description if len(view) <= SPOKEN else self.label,
            notes=[*self.notes, *self.layout.notes],
            legend=words.legend(view, self._modules) if self.look.legend else {},
        )


def _length(view: View, captions: Mapping[Key, Caption]) -> float:
    """How wide the longest path of a picture is from left to right."""
    import networkx as nx

    flow = nx.DiGraph()
    frames = {box.key: set(box.clusters) for box in view}
    flow.add_weighted_edges_from(
        (e.tail, e.head, captions[e.head].width + GAP + FRAME * len(frames[e.tail] ^ frames[e.head]))
        for e in view.edges
        if not e.state
    )
    return float(nx.dag_longest_path_length(flow)) if flow else 0.0


def _without_numbers(path: Path) -> Path:
    """A path without the numbers of calls: of cell[3], cell."""
    return tuple(re.sub(r"\[\d+\]$", "", element) for element in path)


def _slot(head: Box, position: int) -> int | None:
    """The place of an argument among the edges that enter a box; None where any may come first."""
    return None if head.unordered or operations.of(head.first or head.op).commutative else position


def _straight(tail: Box) -> float:
    return STRAIGHT.get(tail.kind, 1.0)
