"""Rule 3: the calls of a module that do the same in every time step become one, with a port for each state."""

from __future__ import annotations

import math
import re
from collections.abc import Iterable
from typing import TYPE_CHECKING, Any

from ..quick import uncollected
from ..scopes import Path, clean_path
from ..summaries import Summary
from ..view import Line, Port
from .columns import Column, Search, Steps, find_columns, read, repeated
from .draft import Draft, Key, plain

if TYPE_CHECKING:
    import networkx as nx


@uncollected
def roll(graph: nx.MultiDiGraph) -> Draft:
    """The draft of a traced graph, its time steps rolled.

    A node of the draft that is a column of steps has `steps`, how many. What a step takes from the one before enters
    at a *port*: a node `Port(path, k)` of kind "state". The edge into it from the node that makes the state has
    `state`; that from where the state begins has `initial`. Only lines with `state` close cycles.
    """
    candidates = list(repeated(graph))
    refused: frozenset[Path] = frozenset()
    while candidates:
        search = read(graph)
        rolled, notes = find_columns(search, candidates, refused)
        draft = _merged(graph, search, rolled) if search.columns else plain(graph)
        cyclic = _sort(draft)
        if not cyclic:
            notes += [
                f"{clean_path(path)} is not rolled: its steps do not follow each other" for path in sorted(refused)
            ]
            draft.notes += notes
            return draft
        refused |= {search.place[v].group for v in cyclic if v in search.place} or frozenset(rolled)
    return plain(graph)


def _sort(draft: Draft) -> set[Key]:
    """Put nodes in an order in which lines lead forward, in place; or say which lie on cycles."""
    rank = {v: k for k, v in enumerate(draft.nodes)}
    if all(rank[u] < rank[v] for u, v, _ in draft.forward()):
        return set()
    import networkx as nx

    flow = nx.DiGraph()
    flow.add_nodes_from(draft.nodes)
    flow.add_edges_from((u, v) for u, v, _ in draft.forward())
    if nx.is_directed_acyclic_graph(flow):
        draft.nodes = {v: draft.nodes[v] for v in nx.lexicographical_topological_sort(flow, key=rank.__getitem__)}
        return set()
    loops = {v for part in nx.strongly_connected_components(flow) if len(part) > 1 for v in part}
    return loops | set(nx.nodes_with_selfloops(flow))


def _merged(graph: nx.MultiDiGraph, search: Search, rolled: dict[Path, Steps]) -> Draft:
    """The quotient of the tape by its columns, with ports."""
    first = {v: column.members[0] for v, column in search.place.items()}
    fed = _state_fed(search)
    draft = Draft({}, {}, _scopes(graph, rolled))
    columns = {column.members[0]: column for column in search.columns}
    ports = _ports(search, columns, fed)
    entering: dict[Path, list[Key]] = {}
    for key in dict.fromkeys(ports.values()):
        entering.setdefault(key.scope, []).append(key)
    states: dict[int, set[int]] = {}
    for v, position in fed:
        states.setdefault(v, set()).add(position)
    made = {key: source for (source, _), key in ports.items()}
    for v, node in search.nodes.items():
        if v not in first:
            draft.nodes[v] = node
        elif v == first[v]:
            column, own = columns[v], states.get(v, set())
            inner = _cluster(column) == column.group
            top = entering.pop(column.group, []) if inner else [ports[fed[v, p], column.scope] for p in sorted(own)]
            for key in top:  # ports stand at the top of their cluster, or before the only one that uses them
                if key in draft.nodes:
                    continue
                draft.nodes[key] = _port(search, columns[made[key]], key.scope)
                draft.members[key] = []
            draft.nodes[v] = _stack(search, column, own)
            draft.members[v] = column.members
    for (v, position), source in fed.items():
        port = draft.nodes[ports[source, _cluster(columns[v])]]
        port["initial"] = port["initial"] or search.nodes[v]["constants"].get(position)

    def edge(u: Key, v: Key, position: int, tape: Line, **about: bool) -> None:
        made = {"shape": search.nodes[tape[0]]["shape"], "state": False, "initial": False, **about, "tape": []}
        draft.lines.setdefault((u, v, position), made)["tape"].append(tape)

    whole: dict[tuple[Key, Key], int] = {}
    for v, position, u in (
        (v, p, u) for v, arguments in search.arguments.items() for p, u in sorted(arguments.items())
    ):
        a, b, line = first.get(u, u), first.get(v, v), (u, v, position)
        if (b, position) not in fed:
            gathered = u in first and v not in first  # all steps by one operation, such as a stack
            edge(a, b, whole.setdefault((a, b), position) if gathered else position, line)
            continue
        key = ports[fed[b, position], _cluster(columns[b])]
        later = a == fed[b, position] and v != columns[b].members[0]
        edge(a, key, 1 - later, line, state=later, initial=not later)
        edge(key, b, position, line)
    return draft


def _cluster(column: Column) -> Path:
    """The scope in which a column has its states: that of the rolled module, if it is in there."""
    inside = column.scope[: len(column.group)] == column.group
    return column.group if inside else column.scope


def _ports(search: Search, columns: dict[int, Column], fed: dict[tuple[int, int], int]) -> dict[tuple[int, Path], Port]:
    """For each column that makes a state, by its first node, and each scope that takes it up, the port there."""
    ports: dict[tuple[int, Path], Port] = {}
    numbers: dict[Path, int] = {}
    for (v, _), source in sorted(fed.items()):
        cluster = _cluster(columns[v])
        if (source, cluster) not in ports:
            ports[source, cluster] = Port(cluster, numbers.get(cluster, 0))
            numbers[cluster] = numbers.get(cluster, 0) + 1
    return ports


def _state_fed(search: Search) -> dict[tuple[int, int], int]:
    """Which arguments come from the step before: (first node of a column, position) -> first node of the source's."""
    fed: dict[tuple[int, int], int] = {}
    for column in search.columns:
        for position in search.arguments[column.members[-1]]:
            sources = [search.arguments[v].get(position, -1) for v in column.members[1:]]
            source = search.place.get(sources[0])
            if source is None or any(search.place.get(u) is not source for u in sources):
                continue
            if [search.step[u] - column.start for u in sources] == list(range(len(sources))):
                fed[column.members[0], position] = source.members[0]
    return fed


def _scopes(graph: nx.MultiDiGraph, rolled: dict[Path, Steps]) -> dict[Path, dict[str, Any]]:
    """What is known of the scopes, with those of the rolled modules."""
    scopes: dict[Path, dict[str, Any]] = dict(graph.graph["scopes"])
    gone = {call: path for path, steps in rolled.items() for call in steps.calls}
    depths = {len(call) for call in gone}
    for path, about in graph.graph["scopes"].items():
        call = next((path[:k] for k in depths if path[:k] in gone), None)
        if call is not None:
            del scopes[path]
            new = gone[call] + path[len(call) :]
            word = "steps" if rolled[gone[call]].carried else "times"
            more = {word: len(rolled[gone[call]].calls)} if path == call else {}
            scopes.setdefault(new, {**about, **more})
    return scopes


def _port(search: Search, column: Column, cluster: Path) -> dict[str, Any]:
    """The attributes of the port of a state that `column` makes."""
    made = search.nodes[column.members[-1]]
    name = together([search.nodes[v]["name"] for v in column.members]) or made["name"]
    label = f"{name.removesuffix('_t')}(t−1)" if name else "state"
    return {
        "kind": "state",
        "op": None,
        "name": label,
        "label": label,
        "scope": cluster,
        "shape": made["shape"],
        "value": None,
        "grad": None,
        "norm": None,
        "params": {},
        "constants": {},
        "initial": None,
        "arity": 0,
    }


def _stack(search: Search, column: Column, states: set[int]) -> dict[str, Any]:
    """The attributes of a column: those of its nodes, numbers from the least to the greatest of all steps."""
    nodes = [search.nodes[v] for v in column.members]
    last = nodes[-1]
    constants = {}
    for p in last["constants"]:
        found = [node["constants"].get(p) for node in nodes]
        if p not in states and all(found):
            value = found[0]["value"] if isinstance(found[0]["value"], str) else joined(c["value"] for c in found)
            constants[p] = {**found[0], "value": value, "text": _range([c["text"] for c in found])}
            constants[p]["what"] = found[0]["what"] if len({c["what"] for c in found}) == 1 else ""
    output = next((node for node in nodes if node["kind"] == "output"), None)
    norms = [node["norm"] for node in nodes if node.get("norm") is not None]
    return {
        **last,
        "scope": column.scope,
        "name": output["name"] if output else together([node["name"] for node in nodes]),
        "kind": "output" if output else last["kind"],
        "value": joined(node["value"] for node in nodes),
        "grad": joined(node["grad"] for node in nodes),
        "norm": math.hypot(*norms) if norms else None,
        "params": {key: _range([node["params"][key] for node in nodes]) for key in last["params"]},
        "constants": constants,
        "steps": len(nodes),
    }


def _range(texts: list[str]) -> str:
    return texts[0] if len(set(texts)) == 1 else f"{texts[0]} … {texts[-1]}"


def joined(values: Iterable[Summary]) -> Summary:
    """The least and the greatest of summaries, or their only value; None if there is none."""
    numbers = [x for value in values if value is not None for x in (value if isinstance(value, tuple) else (value,))]
    if not numbers:
        return None
    low, high = (math.nan, math.nan) if any(map(math.isnan, numbers)) else (min(numbers), max(numbers))
    return low if low == high else (low, high)


def together(names: list[str | None]) -> str | None:
    """What many are called: what all are, or, of x0, x1, x2, ..., "x_t".

    >>> together(["h_1", "h_2"]), together(["x[0]", "x[1]"]), together(["a", "b"])
    ('h_t', 'x_t', None)
    """
    if len(set(names)) == 1:
        return names[0]
    stems = {re.sub(r"[_\[(]*\d+[\])]*$", "", name or "") for name in names}
    stem = stems.pop()
    return f"{stem}_t" if stem and not stems else None
