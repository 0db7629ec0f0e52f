"""A traced graph with flat attributes, strings and numbers alone, as files of graphs hold them."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import TYPE_CHECKING, Any

from .scopes import Path
from .style import clean, exact

if TYPE_CHECKING:
    import networkx as nx


def plain(graph: nx.MultiDiGraph) -> nx.MultiDiGraph:
    """The same nodes and edges; what is not there, a value, a name, has no attribute.

    >>> import autograd_zoo as az, graph_viz
    >>> x = az.Tensor([3.0, 4.0], name="x")
    >>> graph_viz.to_networkx(x * 2.0, plain=True).nodes[1]["constants"]
    '1: 2'
    """
    flat = graph.__class__()
    for v, about in graph.nodes(data=True):
        flat.add_node(v, **dict(_attributes(about)))
    for tail, head, position, about in graph.edges(keys=True, data=True):
        flat.add_edge(tail, head, key=position, position=position, shape=shape_text(about["shape"]))
    return flat


def _attributes(about: Mapping[str, Any]) -> Iterator[tuple[str, str | int | float]]:
    for key in ("op", "kind", "name", "idiom", "label", "message", "dtype"):
        if about.get(key):
            yield key, clean(about[key])
    yield "shape", shape_text(about["shape"])
    yield "scope", scope_text(about["scope"])
    for key in ("order", "arity", "elementwise", "broadcasts", "norm"):
        if about.get(key) is not None:
            yield key, about[key]
    for key in ("value", "grad"):
        x = about[key]
        if isinstance(x, tuple):
            yield from zip((f"{key}_min", f"{key}_max"), x, strict=True)
        elif x is not None:
            yield key, x
    if about["params"]:
        yield "params", clean(", ".join(f"{key}={x}" for key, x in about["params"].items()))
    if about["constants"]:
        yield "constants", "; ".join(f"{i}: {_constant(c)}" for i, c in about["constants"].items())


def _constant(c: Mapping[str, Any]) -> str:
    value = c["value"]
    return clean(c["text"] or (exact(value) if isinstance(value, float) else value))


def shape_text(lengths: tuple[int, ...]) -> str:
    """A shape in ASCII: "4x3", "3", and "" of a scalar."""
    return "x".join(map(str, lengths))


def scope_text(path: Path) -> str:
    """The module calls around a node, the outermost one first: "MLP/fc1"; a "/" in a name becomes another one."""
    return "/".join(clean(call).replace("/", "∕") or "_" for call in path)
