"""The fourth stage: the picture as SVG. Colours are attributes, and CSS besides where the page around may be dark."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from xml.sax.saxutils import escape, quoteattr

from ..captions import GAP, NAME_LINE, PAD_X, PAD_Y, ROW_LINE, Caption
from ..edges import Stroke
from ..layout import Layout, Rectangle
from ..layout.net import Point
from ..letters import pieces
from ..scopes import Path
from ..style import FONTS, KINDS, NAME, ROW, SYMBOL, SYMBOL_FONTS, Theme, width, wrapped
from ..view import Box, Key, View
from . import curves, labels
from .curves import number as _n
from .curves import xy as _xy
from .ink import BACK, Ink, css

LANE = 2.0  # px from the middle of an edge to each of its lanes, forward and back
TIP, BREADTH = 6.0, 2.8  # px: the length of an arrow head, and half its breadth
NORM = "‖∂‖"  # of a parameter's gradient, in a row of a closed module
STACK = 3.0  # px by which the box behind a closed module shows
POINT, CORNER = 7.0, 6.0  # px: of a tag, of an octagon
PILL = 17.0  # px: the radius of a box that stands for a chain, but no more than half its height
CROSS = 3.5  # px: half the cross on what failed
DOT = 2.6  # px: the radius of the dot on what is shown in several places
NEXT = "5 3"  # dashes of an edge from one time step to the next
SWATCH = (18.0, 11.0)  # px: a box of the legend
LEGEND_LINE, LEGEND_GAP, SIDE = 18.0, 16.0, 16.0  # px
NARROWEST = 280.0  # px: of a picture with a legend

SHIFT, SMALL = {"": 0.0, "_": 0.2, "^": -0.38}, 0.78  # of the size of the text: how far it is low or high; its size

TEXT = f'font-family="{FONTS}" font-size="{ROW:g}" text-anchor="middle"'


@dataclass(frozen=True)
class Keys:
    """What a page calls the boxes and clusters of its pictures."""

    boxes: Mapping[Key, str]
    clusters: Mapping[Path, str]


@dataclass(frozen=True)
class Picture:
    """What is written besides the layout."""

    view: View
    captions: Mapping[Key, Caption]
    tooltips: Mapping[Key, str]
    strokes: Sequence[Stroke]  # of the edges
    label: str  # the picture in one sentence,
    description: str  # ... and in many
    notes: Sequence[str]
    legend: Mapping[str, str]  # what each kind is called there; none, if there is to be no legend

    def kinds(self, layout: Layout) -> list[str]:
        """The kinds of boxes that there are, in the order of the legend."""
        there = {box.kind for box in self.view} | ({"frame"} if layout.clusters else set())
        return [kind for kind in KINDS if kind in there]


def write(picture: Picture, layout: Layout, theme: Theme, *, fluid: bool = False) -> str:
    """The SVG of a picture: the same bytes for the same graph.

    It shrinks with a page that is narrower, where the page's style reaches it; if `fluid`, also where it is an image,
    as in exported notebooks: then its size is that of the page, and what is drawn is no larger than otherwise.
    """
    ink = Ink(theme == "dark")
    kinds = picture.kinds(layout)
    body = list(_body(picture, layout, ink, None))
    w, h = layout.width, layout.height
    below = [*(_legend(kinds, picture) if picture.legend else []), *map(_note, picture.notes)]
    if below:
        w = max(w, NARROWEST)
        parts, h = _flow(below, w, h, ink)
        body += parts
    auto = theme == "auto"
    size, most = (_size(w, h), "100%") if not fluid else (f'width="100%" {_view(w, h)}', f"{_n(w)}px")
    return "\n".join(
        [
            f'<svg xmlns="http://www.w3.org/2000/svg" class="graph-viz{" gv-auto" * auto}" {size} '
            f'style="max-width:{most};height:auto" role="img" aria-label={quoteattr(picture.label)}>',
            f"<title>{escape(picture.label)}</title>",
            f"<desc>{escape(picture.description)}</desc>",
            *([f"<style>{css(kinds)}</style>"] if auto else []),
            f'<rect width="100%" height="100%" {ink.paint("paper")}/>',
            f'<g {TEXT} style="font-variant-numeric:tabular-nums">',
            *body,
            "</g>",
            "</svg>",
            "",
        ]
    )


def write_bare(picture: Picture, layout: Layout, keys: Keys) -> str:
    """The SVG of a picture for a page, with legend and notes. The page has the colours, and knows parts by `keys`."""
    ink = Ink(bare=True)
    w = max(layout.width, NARROWEST)
    below = [*(_legend(picture.kinds(layout), picture) if picture.legend else []), *map(_note, picture.notes)]
    parts, h = _flow(below, w, layout.height, ink) if below else ([], layout.height)
    body = [*_body(picture, layout, ink, keys), "<g>", *parts, "</g>"]
    return f'<svg xmlns="http://www.w3.org/2000/svg" {_size(w, h)} {TEXT}>{"".join(body)}</svg>'


def title_width(name: str, module: str) -> float:
    """The room that the title of a cluster needs."""
    return width(name, ROW, bold=True) + (GAP + width(module, ROW) if module else 0.0)


# ---- parts ------------------------------------------------------------------------------------------------------


def _body(picture: Picture, layout: Layout, ink: Ink, keys: Keys | None) -> Iterator[str]:
    yield from _clusters(picture, layout, ink, keys)
    ways = [_way(picture, layout, k) for k in range(len(picture.strokes))]
    for stroke, edge, way in zip(picture.strokes, picture.view.edges, ways, strict=True):
        parts = "".join(_edge(stroke, way, ink))
        yield f'<g data-ends="{keys.boxes[edge.tail]} {keys.boxes[edge.head]}">{parts}</g>' if keys else parts
    for box in picture.view:
        yield from _box(picture, box, layout.boxes[box.key], ink, keys)
    for text, at, inside in edge_labels(picture, layout, ways):
        yield from _edge_label(text, at, inside, ink)


def _way(picture: Picture, layout: Layout, k: int) -> list[Point]:
    """The way of an edge; from above it ends at the second box of a stack, which stands out there."""
    way = curves.curve(layout, k)
    above = layout.direction == "TB" and KINDS[picture.view.boxes[picture.view.edges[k].head].kind].stacked
    return curves.cut(way, end=STACK) if above else way


def _clusters(picture: Picture, layout: Layout, ink: Ink, keys: Keys | None) -> Iterator[str]:
    for path, place in layout.clusters.items():
        name, module = picture.view.clusters[path].title
        spans = f'<tspan font-weight="600">{escape(name)}</tspan>'
        if module:
            spans += f'<tspan dx="{_n(GAP)}" {ink.paint("muted")}>{escape(module)}</tspan>'
        text = _text(place[0] + 10, place[1] + 15, spans, ink.paint("text"), anchor="start")
        parts = f'<rect {_rectangle(place)} rx="{_n(KINDS["frame"].radius)}" {ink.box("frame")}/>{text}'
        yield f'<g data-frame="{keys.clusters[path]}">{parts}</g>' if keys else parts


def _edge(stroke: Stroke, way: Sequence[Point], ink: Ink) -> Iterator[str]:
    """An edge forward and, where a gradient comes back, dashed beside it."""
    lanes = stroke.backward is not None
    there = curves.beside(way, -LANE) if lanes else way
    dashes = NEXT if stroke.state else ""
    tooltip = f"<title>{escape(stroke.tooltip)}</title>" if stroke.tooltip else ""
    path = f'd="{curves.path(curves.cut(there, end=TIP - 1))}" {ink.line("edge", dashes=dashes)}'
    yield f"<path {path}>{tooltip}</path>" if tooltip else f"<path {path}/>"
    yield f'<path d="{_tip(there)}" {ink.paint("edge")}/>'
    if stroke.backward is not None:
        back = curves.beside(way, LANE)[::-1]
        path = curves.path(curves.cut(back, end=TIP - 1))
        yield f'<path d="{path}" {ink.line("grad", stroke.backward, BACK)}/>'
        yield f'<path d="{_tip(back)}" {ink.paint("grad")}/>'


def _tip(way: Sequence[Point]) -> str:
    """The arrow head at the end of an edge."""
    x, y = way[-1]
    before = next((p for p in way[-2::-1] if abs(p[0] - x) + abs(p[1] - y) > 0.05), way[0])
    length = max(((x - before[0]) ** 2 + (y - before[1]) ** 2) ** 0.5, 1e-9)
    u, v = (x - before[0]) / length, (y - before[1]) / length
    corners = [(x - TIP * u - b * v, y - TIP * v + b * u) for b in (-BREADTH, BREADTH)]
    return f"M{_xy((x, y))}L{' '.join(map(_xy, corners))}Z"


def edge_labels(picture: Picture, layout: Layout, ways: Sequence[Sequence[Point]]) -> Iterator[tuple[str, Point, bool]]:
    """What is written on edges, where there is room, a time step always: its text, its middle, and if in a frame."""
    clusters = picture.view.clusters
    titles = [(x, y, title_width(*clusters[path].title) + 14, 20.0) for path, (x, y, *_) in layout.clusters.items()]
    wanted = [(stroke.label, way, stroke.needed) for stroke, way in zip(picture.strokes, ways, strict=True)]
    for stroke, place in zip(picture.strokes, labels.place(wanted, [*layout.boxes.values(), *titles]), strict=True):
        if place is not None:
            room, (x, y) = width(stroke.label, labels.SIZE) + 2, place
            x = min(max(x, room / 2 + 2), max(layout.width - room / 2 - 2, room / 2))
            inside = any(a <= x <= a + w and b <= y <= b + h for a, b, w, h in layout.clusters.values())
            yield stroke.label, (x, y), inside


def _edge_label(text: str, at: Point, inside: bool, ink: Ink) -> Iterator[str]:
    (x, y), room = at, width(text, labels.SIZE) + 2
    ground = _rectangle((x - room / 2, y - labels.HIGH / 2, room, labels.HIGH))
    yield f"<rect {ground} {ink.paint('inside' if inside else 'paper')}/>"
    yield _text(x, y + 0.35 * labels.SIZE, escape(text), ink.paint("muted"), size=labels.SIZE)


def _box(picture: Picture, box: Box, place: Rectangle, ink: Ink, keys: Keys | None) -> Iterator[str]:
    x, y, w, h = place
    c, kind = picture.captions[box.key], KINDS[box.kind]
    radius = min(h / 2, PILL) if box.chain else kind.radius
    paint = ink.box(box.kind, any(row.tone == "wrong" for row in c.rows))
    tooltip = f"<g><title>{escape(picture.tooltips[box.key])}</title>"
    yield f'<g data-mark="{keys.boxes[box.key]}">' if keys else tooltip
    if kind.stacked:
        yield _outline((x + STACK, y - STACK, w, h), kind.outline, radius, ink.box(box.kind))
    yield _outline(place, kind.outline, radius, paint)
    if box.kind == "failed":
        u, v = x + CORNER + CROSS, y + CORNER + CROSS
        arms = "".join(f"M{_xy((u - CROSS, v - s))}L{_xy((u + CROSS, v + s))}" for s in (CROSS, -CROSS))
        yield f'<path d="{arms}" {ink.line("wrong", 1.6)}/>'
    if box.copied:
        yield f'<circle cx="{_n(x + w)}" cy="{_n(y)}" r="{_n(DOT)}" {ink.paint("edge")}/>'
    top = y + (h - c.height) / 2 + PAD_Y  # a box may be higher than its text, for many edges to enter
    pieces = [(c.before, ""), (c.title, ' font-weight="600"'), (c.after, f' dx="{_n(GAP)}" {ink.paint("muted")}')]
    yield _text(x + w / 2, top + 0.72 * NAME_LINE, _spans(pieces, NAME), ink.paint("text"), size=NAME)
    for k, row in enumerate(c.rows):
        baseline = top + NAME_LINE + (k + 0.75) * ROW_LINE
        if row.word:
            told = f' data-row="{row.word}"' if keys and row.word in ("value", "grad") else ""
            told += ' data-final=""' if keys and NORM in row.text else ""
            yield _text(x + PAD_X, baseline, _spans([(row.word, "")], ROW), ink.paint("muted"), anchor="start")
            yield _text(x + w - PAD_X, baseline, escape(row.text), ink.paint(row.tone) + told, anchor="end")
        else:
            yield _text(x + w / 2, baseline, escape(row.text), ink.paint(row.tone))
    yield "</g>"


def _outline(box: Rectangle, shape: str, radius: float, paint: str) -> str:
    """The border of a box."""
    if shape == "box":
        return f"<rect {_rectangle(box)}" + (f' rx="{_n(radius)}"' if radius else "") + f" {paint}/>"
    return f'<path d="M{"L".join(map(_xy, corners(box, shape)))}Z" {paint}/>'


def corners(box: Rectangle, shape: str) -> list[Point]:
    """The corners of a border that is no rectangle: of a tag that points to the right, or of an octagon."""
    x, y, w, h = box
    if shape == "tag":
        return [(x, y), (x + w - POINT, y), (x + w, y + h / 2), (x + w - POINT, y + h), (x, y + h)]
    c, right, bottom = min(CORNER, h / 3), x + w, y + h
    upper = [(x + c, y), (right - c, y), (right, y + c), (right, bottom - c)]
    return [*upper, (right - c, bottom), (x + c, bottom), (x, bottom - c), (x, y + c)]


# ---- below the picture --------------------------------------------------------------------------------------------

_Piece = tuple[str, str, float]  # what it is, its text, its width


def _legend(kinds: Sequence[str], picture: Picture) -> list[_Piece]:
    words = [(kind, picture.legend[kind]) for kind in kinds]
    backward = any(stroke.backward is not None for stroke in picture.strokes)
    words += [("edge", "value"), ("grad", "gradient")] if backward else []
    words += [("next", "to the next step")] if any(stroke.state for stroke in picture.strokes) else []
    words += [("copy", "shown in several places")] if any(box.shares for box in picture.view) else []
    return [(kind, word, SWATCH[0] + 8 + width(word, ROW)) for kind, word in words]


def _note(note: str) -> _Piece:
    return "note", note, width(note, ROW)


def _flow(pieces: Sequence[_Piece], room: float, top: float, ink: Ink) -> tuple[list[str], float]:
    """The legend in rows that fit, and every note in lines of its own; with the height that is reached."""
    parts: list[str] = []
    x, y = SIDE, top + LEGEND_LINE / 2
    for kind, text, length in pieces:
        if x > SIDE and (kind == "note" or x + length > room - SIDE):
            x, y = SIDE, y + LEGEND_LINE
        if kind == "note":
            for line in wrapped(text, room - 2 * SIDE, ROW):
                parts.append(_text(SIDE, y + 4, escape(line), ink.paint("muted"), anchor="start"))
                y += LEGEND_LINE - 4
            continue
        parts += [_swatch(kind, x, y, ink), _text(x + SWATCH[0] + 8, y + 4, text, ink.paint("muted"), anchor="start")]
        x += length + LEGEND_GAP
    return parts, y + (LEGEND_LINE if x > SIDE else 4)


def _swatch(kind: str, x: float, y: float, ink: Ink) -> str:
    w, h = SWATCH
    if kind in KINDS:
        k = KINDS[kind]
        own = _outline((x, y - h / 2, w, h), k.outline, min(4.0, k.radius), ink.box(kind))
        if k.stacked:  # as in the picture
            own = _outline((x + 2.5, y - h / 2 - 2.5, w, h), k.outline, 1.5, ink.box(kind)) + own
        if kind == "frame":  # with its title, and what is in it
            inner = _outline((x + 6, y - 1.5, 7.0, 4.5), "box", 1.5, ink.box("frame"))
            own += f'<path d="M{_xy((x + 3, y - 3.5))}L{_xy((x + 9, y - 3.5))}" {ink.line("muted")}/>{inner}'
        return own
    if kind == "copy":
        return f'<circle cx="{_n(x + w / 2)}" cy="{_n(y)}" r="{_n(DOT)}" {ink.paint("edge")}/>'
    way = curves.chain([(x, y), (x + w, y)])
    paint, tip = ("grad", way[::-1]) if kind == "grad" else ("edge", way)
    dashes = {"grad": BACK, "next": NEXT}.get(kind, "")
    line = curves.path(curves.cut(tip, end=TIP - 1))
    return f'<path d="{line}" {ink.line(paint, dashes=dashes, key=True)}/><path d="{_tip(tip)}" {ink.paint(paint)}/>'


# ---- numbers and tags ---------------------------------------------------------------------------------------------


def _size(w: float, h: float) -> str:
    return f'width="{_n(w)}" height="{_n(h)}" {_view(w, h)}'


def _view(w: float, h: float) -> str:
    return f'viewBox="0 0 {_n(w)} {_n(h)}"'


def _rectangle(box: Rectangle) -> str:
    return 'x="{}" y="{}" width="{}" height="{}"'.format(*map(_n, box))


def _spans(texts: Sequence[tuple[str, str]], size: float) -> str:
    """Text in pieces, each with attributes of its own; what follows the _ or ^ of a symbol is set low or high."""
    spans, low = [], 0.0
    for text, about in texts:
        own = about
        for shown, script in pieces(text):
            drop = SHIFT[script] * size
            move = f' dy="{_n(drop - low)}"' if drop != low else ""
            small = f' font-size="{_n(SMALL * size)}"' * bool(script)
            if shown:
                low = drop
                spans.append(f"<tspan{own}{move}{small}>{escape(shown)}</tspan>" if own + move else escape(shown))
            own = re.sub(' dx="[^"]*"', "", about)
    return "".join(spans)


def _text(x: float, y: float, content: str, paint: str, *, anchor: str = "", size: float | None = None) -> str:
    font = f' font-size="{_n(size)}"' if size else ""
    font += f' font-family="{SYMBOL_FONTS}"' if SYMBOL.search(content) else ""
    font += f' text-anchor="{anchor}"' if anchor else ""  # else in the middle, as all around it
    return f'<text x="{_n(x)}" y="{_n(y)}" {paint}{font}>{content}</text>'
