"""The picture as a Mermaid flowchart, which GitHub, GitLab and others draw in Markdown; the text is never markup."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from ..captions import Caption
from ..edges import strokes
from ..layout.geometry import ROOT, outer_clusters
from ..letters import pieces
from ..scopes import Path
from ..style import INK, KINDS
from ..view import Box

if TYPE_CHECKING:
    from ..figure import Figure

# Mermaid's shapes for our outlines, where they are no plain boxes; else by how round or stacked a box is.
SHAPES = {"tag": (">", "]"), "octagon": ("{{", "}}"), "stacked": ("[[", "]]"), "round": ("(", ")"), "box": ("[", "]")}
MARKUP = re.compile(r"_|[^\w ,=:/%'.+×−→…≤∂-]|[^\w ](?=\s*$)|^[-+.=:/%']|(?<=\d)\.(?= )")


def write(figure: Figure) -> str:
    """A flowchart with the boxes, edges and groups of the picture, in its colours."""
    view = figure.view
    ids = {key: f"n{k}" for k, key in enumerate(view.boxes)}
    outer = outer_clusters(box.clusters for box in view)
    inside: dict[Path, list[str]] = {ROOT: [], **{path: [] for path in outer}}
    for box in view:
        inside[[ROOT, *box.clusters][-1]].append(ids[box.key] + _node(box, figure.captions[box.key]))
    for k, path in reversed([*enumerate(outer)]):  # inner ones before those around them
        title = quoted(" ".join(filter(None, view.clusters[path].title)))
        body = [f"  {line}" for line in inside[path]]
        inside[outer[path]] += [f"subgraph c{k} [{title}]", *body, "end", f"class c{k} frame"]
    edges = []
    for edge, stroke in zip(view.edges, strokes(view, swept=False), strict=True):
        # To the next time step the line has no head, and begins at the state: a cycle would upset Mermaid's layout.
        line, begin, end = ("-.-", edge.head, edge.tail) if stroke.state else ("-->", edge.tail, edge.head)
        edges.append(f"{ids[begin]} {line}{f'|{quoted(stroke.label)}|' if stroke.label else ''} {ids[end]}")
    kinds = [kind for kind in KINDS if kind in {box.kind for box in view} | ({"frame"} if outer else set())]
    lines = [f"accTitle: {escaped(figure.label)}", *inside[ROOT], *edges, *map(_class, kinds)]
    return "\n".join([f"flowchart {figure.direction}", *(f"  {line}" for line in lines), ""])


def _node(box: Box, caption: Caption) -> str:
    kind = KINDS[box.kind]
    begin, end = SHAPES["stacked" if kind.stacked else "round" if kind.radius else kind.outline]
    return f"{begin}{quoted(*caption.lines)}{end}:::{box.kind}"


def _class(kind: str) -> str:
    k = KINDS[kind]
    dashes = f",stroke-dasharray:{k.dashes}" if k.dashes else ""
    style = f"fill:{k.light[0]},stroke:{k.light[1]},stroke-width:{k.border:g}px,color:{INK['text'][0]}{dashes}"
    return f"classDef {kind} {style}"


def quoted(*lines: str) -> str:
    """Text in quotes, with scripts low and high, and nothing else of it markup.

    >>> quoted("W_q <b>", "#1")
    '"W<sub>q</sub> #60;b#62;<br>#35;1"'
    """
    return f'"{"<br>".join(map(_scripted, lines))}"'


def _scripted(line: str) -> str:
    marks = {"": ("", ""), "_": ("<sub>", "</sub>"), "^": ("<sup>", "</sup>")}
    return "".join(marks[script][0] + escaped(text) + marks[script][1] for text, script in pieces(line))


def escaped(text: str) -> str:
    """Text with Mermaid's entities for all that it, Markdown or HTML could take for markup."""
    return MARKUP.sub(lambda found: f"#{ord(found[0])};", text)
