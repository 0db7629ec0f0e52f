"""The picture as TikZ: boxes and lines where our layout has them, text and formulas as LaTeX sets them."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING

from ..captions import Caption
from ..layout.net import Point
from ..style import INK, KINDS
from ..svg import LANE, corners, curves, edge_labels
from ..view import Box
from .latex import OTHER, latex

if TYPE_CHECKING:
    from ..figure import Figure

HEAD = r"""% A document of its own; another one takes it by \input, with \usepackage{standalone} in its preamble.
\documentclass[tikz, border=6pt]{standalone}
\usepackage[T1]{fontenc}
\IfFileExists{lmodern.sty}{\usepackage{lmodern}}{}
\usepackage{amsmath, amssymb}
\usetikzlibrary{arrows.meta, shadows}
"""

STYLES = r"""\tikzset{
  graph viz/.style={x=0.75pt, y=-0.75pt, >={Stealth[length=4.5pt, width=4pt]}},
  gv box/.style={draw, align=center, inner sep=1pt, font=\fontsize{9}{11}\selectfont},
  gv line/.style={draw=gv edge, ->, line width=0.6pt},
  gv gradient/.style={draw=gv grad, ->, densely dashed},
  gv next/.style={gv line, dashed},
  gv label/.style={font=\fontsize{7}{8}\selectfont, text=gv muted, fill=gv paper, inner sep=0.8pt},
  gv title/.style={anchor=base west, font=\fontsize{7.5}{9}\selectfont, inner sep=0pt},"""
ROW = r"{\fontsize{7.5}{9.5}\selectfont %s}"


def write(figure: Figure) -> str:
    """A document with one picture, in light colours."""
    layout, picture, view = figure.layout, figure.picture, figure.view
    ids = {key: f"n{k}" for k, key in enumerate(view.boxes)}
    ways = [curves.curve(layout, k) for k in range(len(view.edges))]
    body = [r"\begin{tikzpicture}[graph viz]"]
    for path, (x, y, w, h) in layout.clusters.items():
        name, module = view.clusters[path].title
        title = rf"\textbf{{{latex(name)}}}" + (rf"\quad \textcolor{{gv muted}}{{{latex(module)}}}" if module else "")
        body.append(rf"\path[gv frame] ({_n(x)}, {_n(y)}) rectangle ({_n(x + w)}, {_n(y + h)});")
        body.append(rf"\node[gv title] at ({_n(x + 10)}, {_n(y + 15)}) {{{title}}};")
    for box in view:
        body.append(_node(box, figure.captions[box.key], ids[box.key], layout.boxes[box.key]))
    for stroke, way in zip(picture.strokes, ways, strict=True):
        there = curves.beside(way, -LANE) if stroke.backward is not None else way
        body.append(rf"\draw[{'gv next' if stroke.state else 'gv line'}] {_path(there)};")
        if stroke.backward is not None:
            width = f"line width={stroke.backward * 0.75:.2g}pt"
            body.append(rf"\draw[gv gradient, {width}] {_path(curves.beside(way, LANE)[::-1])};")
    for text, (x, y), inside in edge_labels(picture, layout, ways):
        ground = ", fill=gv inside" if inside else ""
        body.append(rf"\node[gv label{ground}] at ({_n(x)}, {_n(y)}) {{{latex(text)}}};")
    body.append(r"\end{tikzpicture}")
    styles = [OTHER, *_colours(), STYLES, *_kinds(), "}"]
    return "\n".join([f"% {figure.label}", HEAD, *styles, r"\begin{document}", *body, r"\end{document}", ""])


def _node(box: Box, caption: Caption, name: str, place: tuple[float, float, float, float]) -> str:
    x, y, w, h = place
    shape = KINDS[box.kind].outline
    border = "" if shape == "box" else rf"\path[gv {box.kind}] {' -- '.join(map(_xy, corners(place, shape)))} -- cycle;"
    style = "gv box, draw=none" if border else f"gv {box.kind}"
    before, after = (latex(part) for part in (caption.before, caption.after))
    title = before + (rf"\textbf{{{latex(caption.title)}}}" if caption.title else "")
    lines = [title + (rf"\enspace\textcolor{{gv muted}}{{{after}}}" if after else "")]
    for row in caption.rows:
        text = r"\enspace ".join(latex(part) for part in (row.word, row.text) if part)
        lines.append(ROW % (text if row.tone == "text" else rf"\textcolor{{gv {row.tone}}}{{{text}}}"))
    size = f"minimum width={w * 0.75:.4g}pt, minimum height={h * 0.75:.4g}pt"
    text = r" \\ ".join(lines)
    node = rf"\node[{style}, {size}] ({name}) at ({_n(x + w / 2)}, {_n(y + h / 2)}) {{{text}}};"
    return f"{border}\n{node}" if border else node


def _path(way: Sequence[Point]) -> str:
    """A chain of Bézier curves, straight ones as lines."""
    parts = [_xy(way[0])]
    for a, b, c, d in curves.pieces(way):
        flat = all(abs((d[0] - a[0]) * (p[1] - a[1]) - (d[1] - a[1]) * (p[0] - a[0])) < 1e-3 for p in (b, c))
        parts.append(f"-- {_xy(d)}" if flat else f".. controls {_xy(b)} and {_xy(c)} .. {_xy(d)}")
    return " ".join(parts)


def _colours() -> list[str]:
    both = {f"{kind} {part}": k.light[i] for kind, k in KINDS.items() for i, part in enumerate(("fill", "line"))}
    both |= {name: pair[0] for name, pair in INK.items()}
    return [rf"\definecolor{{gv {name}}}{{HTML}}{{{hue[1:].upper()}}}" for name, hue in both.items()]


def _kinds() -> list[str]:
    return [f"  gv {kind}/.style={{{', '.join(_look(kind))}}}," for kind in KINDS]


def _look(kind: str) -> Iterator[str]:
    """The style of a kind of box."""
    k = KINDS[kind]
    yield "draw" if kind == "frame" or k.outline != "box" else "gv box"
    yield f"draw=gv {kind} line, fill=gv {kind} fill, line width={k.border * 0.75:.3g}pt"
    if k.radius:
        yield f"rounded corners={k.radius * 0.75:.3g}pt"
    if k.dashes:
        yield "dashed"
    if k.stacked:
        yield f"copy shadow={{draw=gv {kind} line, fill=gv {kind} fill, shadow xshift=2pt, shadow yshift=2pt}}"


def _n(value: float) -> str:
    return curves.number(value)


def _xy(point: Point) -> str:
    return f"({_n(point[0])}, {_n(point[1])})"
