"""The whole tape as a graph of Model Explorer, which opens and closes its groups itself.

A node is a Tensor, its namespace the module calls around it; of a leaf, those around all that use it. Attributes are
those of `to_networkx(y, plain=True)`; a group says its module and how many operations it holds.
"""

from __future__ import annotations

import json
from itertools import takewhile
from typing import TYPE_CHECKING, Any

from ..plain import plain, scope_text
from ..style import KINDS, clean
from ..words import outputs

if TYPE_CHECKING:
    from ..figure import Figure

OWN = ("name", "scope", "shape", "dtype")  # attributes that stand elsewhere


def write(figure: Figure) -> str:
    """A collection of one graph, in JSON."""
    graph = plain(figure.graph)
    nodes = [_node(graph, v, about, _home(figure.graph, v)) for v, about in graph.nodes(data=True)]
    title = f"Graph of {outputs(figure.view, figure.names)}"
    whole = {"id": title, "nodes": nodes, "groupNodeAttributes": {"": {"graph": title}, **_groups(figure.graph)}}
    return json.dumps({"label": title, "graphs": [whole]}, ensure_ascii=False, allow_nan=False, indent=1)


def _home(graph: Any, v: int) -> str:
    """Where a node stands: a leaf in the innermost scope around all that use it."""
    users = [graph.nodes[user]["scope"] for user in graph.successors(v)]
    if graph.nodes[v]["op"] is not None or not users:
        return scope_text(graph.nodes[v]["scope"])
    common = takewhile(lambda calls: len(set(calls)) == 1, zip(*users, strict=False))
    return scope_text(tuple(calls[0] for calls in common))


def _node(graph: Any, v: int, about: dict[str, Any], home: str) -> dict[str, Any]:
    entering = sorted((position, tail) for tail, _, position in graph.in_edges(v, keys=True))
    fill, border = KINDS[about["kind"]].light
    result = {key: x for key, x in about.items() if key in ("shape", "dtype")}
    return {
        "id": str(v),
        "label": about.get("name") or about.get("op") or about["kind"],
        "namespace": home,
        "attrs": _attributes({key: x for key, x in about.items() if key not in OWN}),
        "incomingEdges": [
            {"sourceNodeId": str(tail), "sourceNodeOutputId": "0", "targetNodeInputId": str(position)}
            for position, tail in entering
        ],
        "outputsMetadata": [{"id": "0", "attrs": _attributes(result)}],
        "style": {"backgroundColor": fill, "borderColor": border},
    }


def _attributes(about: dict[str, Any]) -> list[dict[str, str]]:
    return [{"key": key, "value": str(x)} for key, x in about.items()]


def _groups(graph: Any) -> dict[str, dict[str, str]]:
    """What is said of each scope."""
    held: dict[str, int] = {}
    for _, about in graph.nodes(data=True):
        for k in range(len(about["scope"])):
            path = scope_text(about["scope"][: k + 1])
            held[path] = held.get(path, 0) + (about["op"] is not None)
    modules = {scope_text(path): about["module"] for path, about in graph.graph["scopes"].items()}
    return {
        path: {"module": clean(modules[path] or "scope"), "operations": str(n)}
        for path, n in held.items()
        if path in modules
    }
