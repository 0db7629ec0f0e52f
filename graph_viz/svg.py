"""The fourth stage: the picture as SVG. Colours are attributes, and CSS besides where the page around may be dark."""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import Any
from xml.sax.saxutils import escape, quoteattr

from .captions import GAP, NAME_LINE, PAD_X, PAD_Y, ROW_LINE, Caption
from .layout import Box, Layout
from .net import Point
from .style import FONTS, INK, KINDS, NAME, ROW, SYMBOL, SYMBOL_FONTS, Theme, width

LANE = 2.0  # px from the middle of a line to each of its lanes, forward and back
TIP, BREADTH = 6.0, 2.8  # px: the length of an arrow head, and half its breadth
STACK = 3.0  # px by which the box behind a closed module shows
SWATCH = (18.0, 11.0)  # px: a box of the legend
LEGEND_LINE, LEGEND_GAP, SIDE = 18.0, 16.0, 16.0  # px
NARROWEST = 280.0  # px: of a picture with a legend


@dataclass(frozen=True)
class Mark:
    """A mark as it is written: its kind, its text, and its tooltip."""

    kind: str
    caption: Caption
    tooltip: str


@dataclass(frozen=True)
class Picture:
    """What is written besides the layout."""

    marks: Mapping[Any, Mark]
    titles: Mapping[Any, tuple[str, str]]  # of each frame: its name, its class
    backward: Sequence[bool]  # of each edge: whether a gradient comes back along it
    label: str  # the picture in one sentence,
    description: str  # ... and in many
    notes: Sequence[str]
    legend: bool


def write(picture: Picture, layout: Layout, theme: Theme) -> str:
    """The SVG of a picture: the same bytes for the same graph."""
    ink = _Ink(theme == "dark")
    body = [
        *_frames(picture, layout, ink),
        *_edges(picture, layout, ink),
        *(part for key, mark in picture.marks.items() for part in _mark(mark, layout.boxes[key], ink)),
    ]
    kinds = [k for k in KINDS if any(m.kind == k for m in picture.marks.values()) or (k == "frame" and layout.frames)]
    w, h = layout.width, layout.height
    below = [*(_legend(kinds, any(picture.backward)) if picture.legend else []), *map(_note, picture.notes)]
    if below:
        w = max(w, NARROWEST)
        parts, h = _flow(below, w, h, ink)
        body += parts
    size = f'width="{_n(w)}" height="{_n(h)}" viewBox="0 0 {_n(w)} {_n(h)}"'
    auto = theme == "auto"
    return "\n".join(
        [
            f'<svg xmlns="http://www.w3.org/2000/svg" class="graph-viz{" gv-auto" * auto}" {size} '
            f'style="max-width:100%;height:auto" role="img" aria-label={quoteattr(picture.label)}>',
            f"<title>{escape(picture.label)}</title>",
            f"<desc>{escape(picture.description)}</desc>",
            *([f"<style>{_css(kinds)}</style>"] if auto else []),
            f'<rect width="100%" height="100%" {ink.paint("paper")}/>',
            f'<g font-family="{FONTS}" font-size="{_n(ROW)}" style="font-variant-numeric:tabular-nums">',
            *body,
            "</g>",
            "</svg>",
            "",
        ]
    )


# ---- colours ----------------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class _Ink:
    """Colours as attributes of SVG elements; the class lets CSS replace them."""

    dark: bool

    def paint(self, name: str) -> str:
        """Fill with a colour of style.INK."""
        return f'class="gv-{name}" fill="{INK[name][self.dark]}"'

    def line(self, name: str) -> str:
        """Draw with a colour of style.INK."""
        return f'class="gv-{name}-line" fill="none" stroke="{INK[name][self.dark]}"'

    def box(self, kind: str, wrong: bool = False, radius: float | None = None) -> str:
        """Fill and border of a kind of mark."""
        k = KINDS[kind]
        radius = k.radius if radius is None else radius
        fill, border = k.dark if self.dark else k.light
        border, thickness = (INK["wrong"][self.dark], 2.2) if wrong else (border, k.border)
        dashes = f' stroke-dasharray="{k.dashes}"' if k.dashes else ""
        classes = f"gv-{kind} gv-wrong-line" if wrong else f"gv-{kind}"
        paint = f'class="{classes}" fill="{fill}" stroke="{border}"'
        return f'{paint} rx="{_n(radius)}" stroke-width="{_n(thickness)}"{dashes}'


def _css(kinds: Sequence[str]) -> str:
    """Colours as custom properties: the reader's scheme decides, and above it the notebook's own."""
    names = [f"{k}-{part}" for k in kinds for part in ("fill", "line")] + list(INK)
    colours = [[c for k in kinds for c in (KINDS[k].light, KINDS[k].dark)[dark]] for dark in (0, 1)]
    light, dark = (
        "".join(f"--gv-{n}:{c};" for n, c in zip(names, colours[d] + [c[d] for c in INK.values()], strict=True))
        for d in (0, 1)
    )
    return "\n".join(
        [
            f".gv-auto{{{light}}}",
            f"@media (prefers-color-scheme:dark){{.gv-auto{{{dark}}}}}",
            f'[data-jp-theme-light="true"] .gv-auto,.vscode-light .gv-auto{{{light}}}',
            f'[data-jp-theme-light="false"] .gv-auto,.vscode-dark .gv-auto,html[theme="dark"] .gv-auto{{{dark}}}',
            *(f".gv-auto .gv-{k}{{fill:var(--gv-{k}-fill);stroke:var(--gv-{k}-line)}}" for k in kinds),
            *(f".gv-auto .gv-{k}{{fill:var(--gv-{k})}}.gv-auto .gv-{k}-line{{stroke:var(--gv-{k})}}" for k in INK),
        ]
    )


# ---- parts ------------------------------------------------------------------------------------------------------


def _frames(picture: Picture, layout: Layout, ink: _Ink) -> Iterator[str]:
    for path, box in layout.frames.items():
        name, module = picture.titles[path]
        yield f"<rect {_rectangle(box)} {ink.box('frame')}/>"
        spans = f'<tspan font-weight="600">{escape(name)}</tspan>'
        if module:
            spans += f'<tspan dx="{_n(GAP)}" {ink.paint("muted")}>{escape(module)}</tspan>'
        yield _text(box[0] + 10, box[1] + 15, spans, ink.paint("text"), anchor="start")


def title_width(name: str, module: str) -> float:
    """The room that the title of a frame needs."""
    return width(name, ROW, bold=True) + (GAP + width(module, ROW) if module else 0.0)


def _edges(picture: Picture, layout: Layout, ink: _Ink) -> Iterator[str]:
    """Every line, forward and, where a gradient comes back, dashed beside it."""
    turn = layout.direction == "TB"
    for route, backward in zip(layout.routes, picture.backward, strict=True):
        points = [(y, x) for x, y in route] if turn else route
        shift = LANE if backward else 0.0
        yield f'<path d="{_way(points, -shift, turn, end=TIP - 1)}" {ink.line("edge")}/>'
        yield f'<path d="{_tip(points[-1][0], points[-1][1] - shift, -TIP, turn)}" {ink.paint("edge")}/>'
        if backward:
            yield f'<path d="{_way(points, shift, turn, start=TIP - 1)}" {ink.line("grad")} stroke-dasharray="4 2.5"/>'
            yield f'<path d="{_tip(points[0][0], points[0][1] + shift, TIP, turn)}" {ink.paint("grad")}/>'


def _way(points: Sequence[Point], shift: float, turn: bool, *, start: float = 0.0, end: float = 0.0) -> str:
    """A line through `points`, level around each, `shift` beside its middle, and cut at its ends for arrow heads."""
    parts = [f"M{_xy(points[0][0] + start, points[0][1] + shift, turn)}"]
    for (u, v), (s, t) in pairwise(points):
        if abs(v - t) > 0.05:
            # Where the line is steep, beside it is no longer above it: move the bend by the sine of its angle.
            middle = (u + s) / 2 - shift * math.sin(math.atan2(2 * (t - v), s - u - 2 * TIP)) / 0.75
            bends = (_xy(middle, v + shift, turn), _xy(middle, t + shift, turn), _xy(s - TIP, t + shift, turn))
            parts.append(f"L{_xy(u + TIP, v + shift, turn)}C{' '.join(bends)}")
        last = (s, t) == points[-1]
        parts.append(f"L{_xy(s - end * last, t + shift, turn)}")
    return "".join(parts)


def _tip(u: float, v: float, back: float, turn: bool) -> str:
    """An arrow head that points to (u, v)."""
    corners = (_xy(u, v, turn), _xy(u + back, v - BREADTH, turn), _xy(u + back, v + BREADTH, turn))
    return f"M{corners[0]}L{corners[1]} {corners[2]}Z"


def _mark(mark: Mark, box: Box, ink: _Ink) -> Iterator[str]:
    x, y, w, _ = box
    c = mark.caption
    yield f"<g><title>{escape(mark.tooltip)}</title>"
    if KINDS[mark.kind].stacked:
        yield f"<rect {_rectangle((x + STACK, y - STACK, *box[2:]))} {ink.box(mark.kind)}/>"
    yield f"<rect {_rectangle(box)} {ink.box(mark.kind, any(row.tone == 'wrong' for row in c.rows))}/>"
    top = y + (box[3] - c.height) / 2 + PAD_Y  # a box may be higher than its text, for many lines to enter
    title = f'{escape(c.before)}<tspan font-weight="600">{escape(c.title)}</tspan>'
    title += f'<tspan dx="{_n(GAP)}" {ink.paint("muted")}>{escape(c.after)}</tspan>' if c.after else ""
    yield _text(x + w / 2, top + 0.72 * NAME_LINE, title, ink.paint("text"), size=NAME)
    for k, row in enumerate(c.rows):
        baseline = top + NAME_LINE + (k + 0.75) * ROW_LINE
        if row.word:
            yield _text(x + PAD_X, baseline, escape(row.word), ink.paint("muted"), anchor="start")
            yield _text(x + w - PAD_X, baseline, escape(row.text), ink.paint(row.tone), anchor="end")
        else:
            yield _text(x + w / 2, baseline, escape(row.text), ink.paint(row.tone))
    yield "</g>"


# ---- below the picture --------------------------------------------------------------------------------------------

_Piece = tuple[str, str, float]  # what it is, its text, its width


def _legend(kinds: Sequence[str], backward: bool) -> list[_Piece]:
    words = [(kind, KINDS[kind].word) for kind in kinds]
    words += [("edge", "value"), ("grad", "gradient")] if backward else []
    return [(kind, word, SWATCH[0] + 6 + width(word, ROW)) for kind, word in words]


def _note(note: str) -> _Piece:
    return "note", note, width(note, ROW)


def _flow(pieces: Sequence[_Piece], room: float, top: float, ink: _Ink) -> tuple[list[str], float]:
    """The legend in rows that fit, and every note in lines of its own; with the height that is reached."""
    parts: list[str] = []
    x, y = SIDE, top + LEGEND_LINE / 2
    for kind, text, length in pieces:
        if x > SIDE and (kind == "note" or x + length > room - SIDE):
            x, y = SIDE, y + LEGEND_LINE
        if kind == "note":
            for line in _wrapped(text, room - 2 * SIDE):
                parts.append(_text(SIDE, y + 4, escape(line), ink.paint("muted"), anchor="start"))
                y += LEGEND_LINE - 4
            continue
        parts += [_swatch(kind, x, y, ink), _text(x + SWATCH[0] + 6, y + 4, text, ink.paint("muted"), anchor="start")]
        x += length + LEGEND_GAP
    return parts, y + (LEGEND_LINE if x > SIDE else 4)


def _swatch(kind: str, x: float, y: float, ink: _Ink) -> str:
    w, h = SWATCH
    if kind in KINDS:
        return f"<rect {_rectangle((x, y - h / 2, w, h))} {ink.box(kind, radius=min(4.0, KINDS[kind].radius))}/>"
    back = kind == "grad"
    dashes = ' stroke-dasharray="4 2.5"' if back else ""
    line = _way([(x, y), (x + w, y)], 0.0, False, start=(TIP - 1) * back, end=(TIP - 1) * (not back))
    tip = _tip(x, y, TIP, False) if back else _tip(x + w, y, -TIP, False)
    return f'<path d="{line}" {ink.line(kind)}{dashes}/><path d="{tip}" {ink.paint(kind)}/>'


def _wrapped(text: str, room: float) -> Iterator[str]:
    """`text` in lines no wider than `room`."""
    line = ""
    for word in text.split():
        if line and width(f"{line} {word}", ROW) > room:
            yield line
            line = word
        else:
            line = f"{line} {word}".strip()
    yield line


# ---- numbers and tags ---------------------------------------------------------------------------------------------


def _n(value: float) -> str:
    """A coordinate to a tenth of a pixel."""
    return f"{round(value, 1) + 0.0:g}" if abs(value) < 1e5 else f"{value:.1f}"


def _xy(u: float, v: float, turn: bool) -> str:
    return f"{_n(v)} {_n(u)}" if turn else f"{_n(u)} {_n(v)}"


def _rectangle(box: Box) -> str:
    return 'x="{}" y="{}" width="{}" height="{}"'.format(*map(_n, box))


def _text(x: float, y: float, content: str, paint: str, *, anchor: str = "middle", size: float | None = None) -> str:
    font = f' font-size="{_n(size)}"' if size else ""
    font += f' font-family="{SYMBOL_FONTS}"' if SYMBOL.search(content) else ""
    return f'<text x="{_n(x)}" y="{_n(y)}" text-anchor="{anchor}" {paint}{font}>{content}</text>'
