"""Which nodes of the tape do the same in every time step: columns, found by comparing the calls of one module.

Nothing is told by names: the engine noted the calls, and calls are merged if they hold the same operations on the same
parameters, joined in the same way. What stands around them and does the same in every step follows.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from typing import Any

from ..scopes import Path, clean_path

FEWEST = 3  # calls that are worth rolling
OUTSIDE = (0, -1)  # where an argument is from that no call of the module has made


@dataclass
class Column:
    """Nodes that do the same, one for each step; `start` is the step of the first one."""

    members: list[int]
    scope: Path
    group: Path  # the rolled module that it belongs to, or was found from
    start: int = 0


@dataclass
class Steps:
    """The calls of one module in one scope, in order, as lists of nodes."""

    path: Path  # of all of them, rolled
    calls: list[Path]
    nodes: list[list[int]]
    carried: bool = False  # does one call use the results of the one before?
    plain: bool = False  # are they steps of a plain loop?


@dataclass
class Search:
    """The tape, as it is looked at here; and the columns found so far."""

    nodes: dict[int, dict[str, Any]]
    arguments: dict[int, dict[int, int]]  # of each node: its argument by position
    consumers: dict[int, list[tuple[int, int]]]  # of each node: who uses it, and as which argument
    columns: list[Column] = field(default_factory=list)
    place: dict[int, Column] = field(default_factory=dict)  # of each node: its column,
    step: dict[int, int] = field(default_factory=dict)  # ... and in which step
    looks: dict[int, tuple[Any, ...]] = field(default_factory=dict)
    known: dict[Any, tuple[Any, ...]] = field(default_factory=dict)

    def add(self, column: Column) -> None:
        """Take up a column."""
        self.columns.append(column)
        self.place.update(dict.fromkeys(column.members, column))
        self.step.update(zip(column.members, range(column.start, column.start + len(column.members)), strict=True))

    def look(self, v: int) -> tuple[Any, ...]:
        """What must be the same in every step."""
        if v not in self.looks:
            node = self.nodes[v]
            arity = len(self.arguments[v]) + len(node["constants"])
            kind = "op" if node["kind"] == "output" else node["kind"]
            look = node["op"], kind, node["shape"], node["dtype"], tuple(node["params"]), arity
            self.looks[v] = self.known.setdefault(look, look)  # one tuple for all that look so
        return self.looks[v]


def read(graph: Any) -> Search:
    """A traced graph, ready to be searched."""
    arguments: dict[int, dict[int, int]] = {v: {} for v in graph}
    consumers: dict[int, list[tuple[int, int]]] = {v: [] for v in graph}
    for v, found in graph.pred.items():
        for u, positions in found.items():
            for position in positions:
                arguments[v][position] = u
                consumers[u].append((v, position))
    return Search(dict(graph.nodes(data=True)), arguments, consumers)


def find_columns(
    search: Search, repeated: list[Steps], refused: frozenset[Path]
) -> tuple[dict[Path, Steps], list[str]]:
    """Find the columns, among modules that are called repeatedly; which are rolled, what could not be, and why."""
    rolled: dict[Path, Steps] = {}
    waiting: list[Steps] = []
    notes: list[str] = []
    for steps in repeated:
        calls = {call for outer in rolled.values() for call in outer.calls}
        inside = any(steps.path[:k] in calls for k in range(len(steps.path)))
        if steps.path in refused or inside:
            continue
        found = _compare(search, steps)
        if isinstance(found, str):
            notes.append(found)
        elif found.carried:
            if len(found.calls) < len(steps.calls):
                notes.append(f"{clean_path(steps.path)}: the first of {len(steps.calls)} steps differs, and is apart")
            _take(search, rolled, found)
        else:
            waiting.append(found)
    done = 0
    while True:
        if done < len(search.columns):
            for column in [*_sources(search, search.columns[done]), *_followers(search, search.columns[done])]:
                if not any(v in search.place for v in column.members):
                    search.add(column)
            done += 1
        elif (attached := _attached(search, waiting)) is not None:
            waiting.remove(attached)
            _take(search, rolled, attached)
        else:
            return rolled, notes


def repeated(graph: Any) -> Iterator[Steps]:
    """Modules that are called several times in one scope, outer ones first."""
    groups: dict[tuple[Path, Any], list[Path]] = {}
    for path, about in graph.graph["scopes"].items():
        if about.get("id") is not None:
            groups.setdefault((path[:-1], about["id"]), []).append(path)
    groups = {key: paths for key, paths in groups.items() if len(paths) >= FEWEST}
    inside: dict[Path, list[int]] = {path: [] for paths in groups.values() for path in paths}
    around: dict[Path, list[list[int]]] = {}
    for v, scope in graph.nodes(data="scope") if groups else ():
        if scope not in around:
            around[scope] = [inside[scope[:k]] for k in range(1, len(scope) + 1) if scope[:k] in inside]
        for nodes in around[scope]:
            nodes.append(v)
    for (outer, _), paths in sorted(groups.items(), key=lambda row: len(row[0][0])):
        calls = sorted((path for path in paths if inside[path]), key=lambda path: inside[path][0])
        if len(calls) >= FEWEST:
            path = (*outer, calls[0][-1].rpartition("[")[0] or calls[0][-1])
            plain = "plain" in graph.graph["scopes"][calls[0]]
            yield Steps(path, calls, [inside[p] for p in calls], plain=plain)


def _compare(search: Search, steps: Steps) -> Steps | str:
    """The calls if they do the same, perhaps but the first one; otherwise in which they do not."""
    depth = len(steps.path)
    most = max(map(len, steps.nodes))
    where = {v: t * most + k for t, nodes in enumerate(steps.nodes) for k, v in enumerate(nodes)}

    def source(t: int, u: int) -> Any:
        if u not in where:
            return OUTSIDE
        s, k = divmod(where[u], most)
        return t - s, k

    def row(t: int, v: int) -> tuple[Any, ...]:
        sources = tuple(sorted((p, source(t, u)) for p, u in search.arguments[v].items()))
        return search.look(v), search.nodes[v]["scope"][depth:], sources

    def form(t: int) -> list[tuple[Any, ...]]:
        return [row(t, v) for v in steps.nodes[t]]

    keys = [hash(tuple([hash(row(t, v)) for v in nodes])) for t, nodes in enumerate(steps.nodes)]
    usual = Counter(keys[1:]).most_common(1)[0][0]
    first, model = form(0), form(1 + keys[1:].index(usual))
    odd = [t for t, key in enumerate(keys) if t and key != usual]
    fits = len(first) == len(model) and all(map(_starts, first, model))
    if (odd == [1] or not (odd or fits)) and len(keys) > FEWEST:  # the second step is odd if it is joined to an odd one
        rest = _compare(search, replace(steps, calls=steps.calls[1:], nodes=steps.nodes[1:]))
        if not isinstance(rest, str) and rest.carried:
            return rest
    name = f"{clean_path(steps.path)}: {len(keys)} calls are not rolled"
    if odd:
        return f"{name}: {_difference(odd[0], form(odd[0]), model)}"
    if not fits:
        return f"{name}: {_difference(0, first, model)}"
    joints = {s[0] for _, _, sources in model for _, s in sources if s != OUTSIDE}
    if joints - {0, 1}:
        return f"{name}: a step uses one before the last"
    return replace(steps, carried=1 in joints)


def _starts(first: tuple[Any, ...], other: tuple[Any, ...]) -> bool:
    """Whether a node of the first step is one of any other: only what others carry over comes from outside."""
    begin, later = dict(first[2]), dict(other[2])
    carried = {p for p, s in later.items() if s != OUTSIDE and s[0] == 1}
    return first[:2] == other[:2] and all(begin.get(p, OUTSIDE) == s for p, s in later.items() if p not in carried)


def _difference(t: int, form: list[Any], model: list[Any]) -> str:
    """In what a step is not like the others."""
    for a, b in zip(form, model, strict=False):
        if a[0][0] != b[0][0]:
            return f"step {t} has {a[0][0]} where others have {b[0][0]}"
        if a != b:
            return f"{a[0][0] or 'an input'} of step {t} is not like that of others"
    longer = form if len(form) > len(model) else model
    extra = longer[min(len(form), len(model))][0][0]
    return f"step {t} has {'also' if longer is form else 'no'} {extra}"


def _take(search: Search, rolled: dict[Path, Steps], steps: Steps) -> None:
    """Roll the calls of a module."""
    rolled[steps.path] = steps
    depth = len(steps.path)
    for members in zip(*steps.nodes, strict=True):
        scope = steps.path + search.nodes[members[0]]["scope"][depth:]
        search.add(Column(list(members), scope, steps.path))


def _attached(search: Search, waiting: list[Steps]) -> Steps | None:
    """What carries nothing over, but whose calls go with the steps of another: an embedding, a head; or siblings."""
    for steps in waiting:
        if steps.plain:  # siblings
            return steps
        for column in zip(*steps.nodes, strict=True):
            for neighbours in _neighbours(search, column):
                columns = {id(search.place.get(u)) for u in neighbours}
                if len(columns) == 1 and [search.step.get(u) for u in neighbours] == list(range(len(neighbours))):
                    return steps
    return None


def _neighbours(search: Search, column: tuple[int, ...]) -> Iterator[list[int]]:
    """The arguments at one position, and the users, of all nodes of a column."""
    for position in search.arguments[column[-1]]:
        yield [search.arguments[v].get(position, -1) for v in column]
    for k in range(min(len(search.consumers[v]) for v in column)):
        yield [search.consumers[v][k][0] for v in column]


def _sources(search: Search, column: Column) -> Iterator[Column]:
    """Columns of the arguments of a column."""
    for position in search.arguments[column.members[-1]]:
        found = [search.arguments[v].get(position, -1) for v in column.members]
        if _alike(search, found):
            yield Column(found, search.nodes[found[0]]["scope"], column.group, column.start)


def _followers(search: Search, column: Column) -> Iterator[Column]:
    """Columns of what uses a column; what adds up the steps begins with the second one."""
    users: dict[Any, list[list[int]]] = {}
    for t, v in enumerate(column.members):
        for w, position in search.consumers[v]:
            if w not in search.place:
                key = (search.look(w), search.nodes[w]["scope"], position)
                users.setdefault(key, [[] for _ in column.members])[t].append(w)
    for (_, scope, _), found in users.items():
        if len(set(map(len, found))) == 1:
            rows = [list(row) for row in zip(*found, strict=True)]
            yield from (Column(row, scope, column.group, column.start) for row in rows if _alike(search, row))
        elif not found[0] and set(map(len, found[1:])) == {1}:
            row = [w for (w,) in found[1:]]
            if len(row) >= FEWEST - 1 and _alike(search, row):
                yield Column(row, scope, column.group, column.start + 1)


def _alike(search: Search, found: list[int]) -> bool:
    """Whether nodes are different ones of one look in one scope, whose arguments are alike too."""
    if len(set(found)) < len(found) or any(v < 0 or v in search.place for v in found):
        return False
    looks = {(search.look(v), search.nodes[v]["scope"]) for v in found}
    if len(looks) > 1 or search.nodes[found[0]]["kind"] == "parameter":
        return False
    for position in set(search.arguments[found[-1]]):
        later = [search.arguments[v].get(position, -1) for v in found[1:]]
        same = len(set(later)) == 1
        if not (same or later == found[:-1] or len(set(later)) == len(later)):
            return False
    return True
