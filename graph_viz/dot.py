"""The picture as DOT source, with all its text, for those who want Graphviz's own drawing."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from .captions import Caption
from .layout import ROOT, Direction, Frame
from .style import KINDS


def source(
    view: Any, captions: Mapping[Any, Caption], titles: Mapping[Frame, tuple[str, str]], direction: Direction
) -> str:
    """Readable DOT of a folded graph: nodes n0, n1, ... and a cluster for each frame; the text is nowhere markup."""
    import graphviz

    def quoted(*lines: str) -> Any:  # a str that graphviz writes in quotes, whatever is in it
        return graphviz.nohtml(r"\n".join(graphviz.escape(line.replace("&", "&amp;")) for line in lines))

    top = graphviz.Digraph("graph_viz")
    graphs: dict[Frame, Any] = {ROOT: top}
    outer: dict[Frame, Frame] = {}
    for _, frames in view.nodes(data="frames"):
        outer.update(zip(frames, [ROOT, *frames], strict=False))
    for k, path in enumerate(outer):
        label = quoted(" ".join(filter(None, titles[path])))
        graphs[path] = graphviz.Digraph(f"cluster_{k}", graph_attr={"label": label})
    top.attr(rankdir=direction)
    top.attr("node", shape="box", fontname="Arial", fontsize="11", style="filled")
    ids = {mark: f"n{k}" for k, mark in enumerate(view.nodes)}
    for mark, attributes in view.nodes(data=True):
        kind, caption = KINDS[attributes["kind"]], captions[mark]
        lines = [f"{caption.before}{caption.title} {caption.after}".rstrip()]
        lines += [" ".join(filter(None, (row.word, row.text))) for row in caption.rows]
        style = ["filled", *(["rounded"] if kind.radius else []), *(["dashed"] if kind.dashes else [])]
        graphs[(attributes["frames"] or [ROOT])[-1]].node(
            ids[mark],
            quoted(*lines),
            style=",".join(style),
            fillcolor=kind.light[0],
            color=kind.light[1],
            penwidth=f"{kind.border:g}",
            **({"peripheries": "2"} if kind.stacked else {}),
        )
    for path in sorted(outer, key=len, reverse=True):  # a subgraph is copied: inner ones must be complete
        graphs[outer[path]].subgraph(graphs[path])
    for u, v in view.edges():
        top.edge(ids[u], ids[v])
    return str(top.source)
