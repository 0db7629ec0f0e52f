"""The picture as DOT source, with all its text, for those who want Graphviz's own drawing."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from ..captions import Caption
from ..edges import strokes
from ..layout.geometry import ROOT, Direction, outer_clusters
from ..scopes import Path
from ..style import INK, KINDS
from ..view import Key, View

if TYPE_CHECKING:
    from ..figure import Figure

SHAPES = {"tag": "cds", "octagon": "octagon"}  # Graphviz's names of our outlines, where they are no boxes


def source(view: View, captions: Mapping[Key, Caption], direction: Direction) -> str:
    """Readable DOT of a view: nodes n0, n1, ... and its clusters; the text is nowhere markup."""
    import graphviz

    def quoted(*lines: str) -> Any:  # a str that graphviz writes in quotes, whatever is in it
        return graphviz.nohtml(r"\n".join(graphviz.escape(line.replace("&", "&amp;")) for line in lines))

    top = graphviz.Digraph("graph_viz")
    graphs: dict[Path, Any] = {ROOT: top}
    outer = outer_clusters(box.clusters for box in view)
    for k, path in enumerate(outer):
        label = quoted(" ".join(filter(None, view.clusters[path].title)))
        graphs[path] = graphviz.Digraph(f"cluster_{k}", graph_attr={"label": label})
    top.attr(rankdir=direction)
    top.attr("node", shape="box", fontname="Arial", fontsize="11", style="filled")
    top.attr("edge", fontname="Arial", fontsize="9")
    ids = {key: f"n{k}" for k, key in enumerate(view.boxes)}
    for box in view:
        kind, lines = KINDS[box.kind], captions[box.key].lines
        style = ["filled", *(["rounded"] if kind.radius else []), *(["dashed"] if kind.dashes else [])]
        graphs[[ROOT, *box.clusters][-1]].node(
            ids[box.key],
            quoted(*lines),
            style=",".join(style),
            fillcolor=kind.light[0],
            color=kind.light[1],
            penwidth=f"{kind.border:g}",
            **({"shape": SHAPES[kind.outline]} if kind.outline in SHAPES else {}),
            **({"peripheries": "2"} if kind.stacked else {}),
        )
    for path in sorted(outer, key=len, reverse=True):  # a subgraph is copied: inner ones must be complete
        graphs[outer[path]].subgraph(graphs[path])
    for edge, stroke in zip(view.edges, strokes(view, swept=False), strict=True):
        back = {"constraint": "false", "style": "dashed"} if stroke.state else {}
        label = {"fontcolor": INK["muted"][0], "xlabel": quoted(stroke.label)} if stroke.label else {}
        top.edge(ids[edge.tail], ids[edge.head], **back, **label)
    return str(top.source)


def write(figure: Figure) -> str:
    """The DOT of a drawing."""
    return source(figure.view, figure.captions, figure.direction)
