"""The second stage: from the nodes of a tape to the marks of a picture. A new graph says what each mark hides."""

from __future__ import annotations

from typing import Any

from .scopes import Path
from .style import clean


def fold(graph: Any, *, depth: int | None = None, constants: bool | None = None) -> Any:
    """The marks to draw for a graph made by `trace`.

    Parameters
    ----------
    graph : networkx.MultiDiGraph
    depth : int, optional
        how many levels of modules are open; what is deeper is closed into one mark a module call
    constants : bool, optional
        constants become marks of their own (True) or part of the operation's text (False); by default numbers are
        text and arrays are marks

    Returns
    -------
    networkx.MultiDiGraph
        A mark is a node of the tape (its number), a closed module (its scope) or a constant (consumer, position). Each
        has its `members`, a `label`, and `frames`, the scopes around it from the outermost one; a parameter stands
        with its consumers. The graph's attributes are those of `graph`, and `notes`, what could not be done.

    Notes
    -----
    Marks are the classes of a partition of the tape, and its edges are the tape's between different classes. It stays
    acyclic: a module whose result comes back to it by way of another is not closed and gets no frame; a note tells.
    """
    homes = _homes(graph)
    mark_of = {v: _closed(home, depth) or v for v, home in homes.items()}
    notes = _reopen(graph, mark_of)
    members: dict[Any, list[int]] = {}
    for v, mark in mark_of.items():
        members.setdefault(mark, []).append(v)

    view = type(graph)(**graph.graph, notes=notes)
    for mark, inside in sorted(members.items(), key=lambda row: _first_operation(graph, row[1])):
        if isinstance(mark, tuple):
            view.add_node(mark, **_module(graph, mark, inside))
            continue
        node, frames = graph.nodes[mark], _around(homes[mark])
        apart = {i: c for i, c in node["constants"].items() if (c["shape"] != () if constants is None else constants)}
        for i, c in apart.items():
            view.add_node((mark, i), **c, kind="constant", op=None, label=None, grad=None, frames=frames, members=[])
            view.add_edge((mark, i), mark, key=i, position=i, shape=c["shape"], count=1)
        view.add_node(mark, **node)
        view.nodes[mark].update(
            constants={i: c for i, c in node["constants"].items() if i not in apart},
            label=_inside(graph, homes[mark], node["name"]) if node["kind"] == "parameter" else node["name"],
            arity=graph.in_degree(mark) + len(node["constants"]),
            frames=frames,
            members=inside,
        )
    for u, v, position, edge in graph.edges(keys=True, data=True):
        a, b = mark_of[u], mark_of[v]
        if a == b:
            continue
        key = 0 if isinstance(b, tuple) else position  # between two boxes one line stands for all
        if isinstance(b, tuple) and view.has_edge(a, b, key):
            view.edges[a, b, key]["count"] += 1
        else:
            view.add_edge(a, b, key=key, position=key, shape=edge["shape"], count=1)
    view.graph["notes"] += _unframe(view)
    return view


def _first_operation(graph: Any, inside: list[int]) -> int:
    """When a mark was made: a closed module is not as old as its parameters."""
    return next((v for v in inside if graph.nodes[v]["op"] is not None), inside[0])


def _homes(graph: Any) -> dict[int, Path]:
    """Where each node stands: in its scope, a parameter in the innermost scope around all its consumers."""
    homes: dict[int, Path] = {}
    for v, node in graph.nodes(data=True):
        consumers = [graph.nodes[w]["scope"] for w in graph.successors(v)] if node["kind"] == "parameter" else []
        homes[v] = _common(consumers) if consumers else node["scope"]
    return homes


def _common(paths: list[Path]) -> Path:
    """The longest common beginning of `paths`."""
    first, last = min(paths), max(paths)
    n = next((i for i, (a, b) in enumerate(zip(first, last, strict=False)) if a != b), min(len(first), len(last)))
    return first[:n]


def _closed(home: Path, depth: int | None) -> Path | None:
    """The closed module that hides a node, if `depth` levels are open."""
    return None if depth is None or len(home) <= depth else home[: depth + 1]


def _around(home: Path) -> list[Path]:
    """The frames around what stands in `home`, outermost first."""
    return [home[: k + 1] for k in range(len(home))]


def _reopen(graph: Any, mark_of: dict[int, Any]) -> list[str]:
    """Open, in place, every closed module that lies on a cycle of marks; say which."""
    import networkx as nx

    opened: dict[Any, None] = {}
    while any(isinstance(mark, tuple) for mark in mark_of.values()):
        quotient = nx.DiGraph()
        quotient.add_edges_from((mark_of[u], mark_of[v]) for u, v in graph.edges() if mark_of[u] != mark_of[v])
        cyclic = {m for part in nx.strongly_connected_components(quotient) if len(part) > 1 for m in part}
        if not cyclic:
            break
        opened.update((m, None) for m in mark_of.values() if isinstance(m, tuple) and m in cyclic)
        mark_of.update((v, v) for v, m in mark_of.items() if m in opened)
    return [_cyclic(path, "stays open") for path in opened]


def _unframe(view: Any) -> list[str]:
    """Take away, in place, every frame that lies on a cycle of frames and marks; say which."""
    import networkx as nx

    removed: dict[Path, None] = {}
    frames = dict(view.nodes(data="frames"))
    while any(frames.values()):
        boxes = nx.DiGraph()
        boxes.add_edges_from(_apart([*frames[u], u], [*frames[v], v]) for u, v in view.edges())
        cyclic = {path for part in nx.strongly_connected_components(boxes) if len(part) > 1 for path in part}
        found = dict.fromkeys(path for around in frames.values() for path in around if path in cyclic)
        if not found:
            break
        removed |= found
        for around in frames.values():
            around[:] = [path for path in around if path not in found]
    return [_cyclic(path, "has no frame") for path in removed]


def _cyclic(path: Path, what: str) -> str:
    return f"{clean('.'.join(path))} {what}: a computation outside uses it and is used by it"


def _apart(tail: list[Any], head: list[Any]) -> tuple[Any, Any]:
    """Where two lists begin to differ."""
    return next((a, b) for a, b in zip(tail, head, strict=False) if a != b)


def _module(graph: Any, path: Path, inside: list[int]) -> dict[str, Any]:
    """The attributes of a closed module; its parameters are rows of its box."""
    nodes = [graph.nodes[v] for v in inside]
    return {
        "kind": "module",
        "op": graph.graph["scopes"][path]["module"],
        "label": path[-1],
        "frames": _around(path[:-1]),
        "members": inside,
        "operations": sum(node["op"] is not None for node in nodes),
        "output": any(node["kind"] == "output" for node in nodes),
        "parameters": [(_inside(graph, path, n["name"]), n["shape"]) for n in nodes if n["kind"] == "parameter"],
    }


def _inside(graph: Any, path: Path, name: str | None) -> str:
    """The name of a parameter inside the module call `path`."""
    prefix = graph.graph["scopes"][path]["path"] if path else None
    return (name or "parameter").removeprefix(f"{prefix}." if prefix else "")
