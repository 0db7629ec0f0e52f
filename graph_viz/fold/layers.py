"""A module that has weights, with what follows it alone: convolution, normalization and activation as one box."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from itertools import count
from typing import Any

from ..scopes import Path
from ..view import Box
from .chains import spelled
from .draft import Draft, Key, around
from .groups import about_group, free, regrouped


def layers(draft: Draft, linked: Mapping[Key, Sequence[Key]]) -> Draft:
    """Group each module that has weights, and holds no other one, with what is made of its result step by step.

    Each step has one argument besides its parameters, which nothing else uses: so a group closes no cycle. A chain of
    `linked` operations is one step. All that there is in a module is no group in it.
    """
    smallest = _smallest(draft)
    first = {path: None for path in _weighted(draft) if path in smallest}
    items = _Items(draft, smallest, {path[:-1] for path in first}, linked)
    inserted: dict[Key, Path] = {}
    about: dict[Path, dict[str, Any]] = {}
    for path in first:
        outer, line = path[:-1], list(items.line(path, first))
        if len(line) < 2 or (outer and len(line) == items.count[outer]):
            continue
        name = " → ".join(items.name(item) for item in line)
        group = next(path for path in _free(draft, outer, name) if path not in about)
        about[group] = about_group(name, "layer", path=draft.scopes.get(outer, {}).get("path"))
        for v in (v for item in line for v in items.content[item]):
            old = draft.nodes[v]["scope"]
            inserted[v] = group + old[len(outer) :]
            for k in range(len(outer) + 1, len(old) + 1):
                about.setdefault(group + old[len(outer) : k], draft.scopes[old[:k]])
    return regrouped(draft, inserted, about)


def _free(draft: Draft, outer: Path, name: str) -> Iterator[Path]:
    """Paths for a group that no scope has."""
    yield free(draft, outer, name)
    for n in count(1):
        yield free(draft, outer, f"{name}#{n}")


def _weighted(draft: Draft) -> dict[Path, None]:
    """The scopes with a parameter of two axes or more."""
    nodes = draft.nodes
    return {
        path: None
        for u, v, _ in draft.lines
        if nodes[u]["kind"] == "parameter" and len(nodes[u]["shape"]) > 1
        for path in around(nodes[v]["scope"])
    }


def _smallest(draft: Draft) -> set[Path]:
    """The modules that hold neither another one nor the states of steps."""
    scopes = {node["scope"] for node in draft.nodes.values()}
    modules = {
        path
        for path in (path for scope in scopes for path in around(scope))
        if draft.scopes[path]["module"] and not draft.scopes[path].get("made")
    }
    states = {node["scope"] for node in draft.nodes.values() if node["kind"] == "state"}
    outer = {around_it for path in modules for around_it in around(path)[:-1]}
    return modules - outer - {path for scope in states for path in around(scope)}


class _Items:
    """What stands right in some scopes, modules and operations, and how it hangs together."""

    def __init__(
        self, draft: Draft, smallest: set[Path], scopes: set[Path], linked: Mapping[Key, Sequence[Key]]
    ) -> None:
        self.draft, self.smallest = draft, smallest
        self.content: dict[Key, list[Key]] = {}
        self.count: dict[Path, int] = {}  # of each scope
        self.after: dict[Key, set[Key | None]] = {}  # what uses an item: others beside it, or something outside (None)
        self.before: dict[Key, set[Key | None]] = {}
        last = {v: end for end, linking in linked.items() for v in linking}
        where: dict[Path, dict[Key, Key]] = {scope: {} for scope in scopes}
        for v, node in draft.nodes.items():
            if node["op"] is None:
                continue
            scope = node["scope"]
            for k in range(len(scope) + 1):
                if scope[:k] in where:
                    item = scope[: k + 1] if k < len(scope) else last.get(v, v)
                    where[scope[:k]][v] = item
                    self.content.setdefault(item, []).append(v)
        for scope, found in where.items():
            self.count[scope] = len(set(found.values()))
        for u, v, _ in draft.lines:
            if draft.nodes[u]["kind"] == "parameter":
                continue
            ends = draft.nodes[u]["scope"], draft.nodes[v]["scope"]
            for outer in {scope[:k] for scope in ends for k in range(len(scope) + 1)} & scopes:
                a, b = where[outer].get(u), where[outer].get(v)
                if a is not None and a != b:
                    self.after.setdefault(a, set()).add(b)
                if b is not None and a != b:
                    self.before.setdefault(b, set()).add(a)

    def line(self, item: Key, weighted: Mapping[Path, None]) -> Iterator[Key]:
        """An item and what follows it alone, up to the next that has weights, or to a result that is drawn."""
        steps = self._steps(item)
        while self._inner(item) and self._steps(item) == steps:
            yield item
            (after,) = found if len(found := self.after.get(item, set())) == 1 else (None,)
            alone = after is not None and self.before[after] == {item}
            if not alone or after in weighted or not (after in self.draft.nodes or after in self.smallest):
                return
            item = after

    def _steps(self, item: Key) -> set[int]:
        return {self.draft.nodes[v].get("steps", 0) for v in self.content[item]}

    def _inner(self, item: Key) -> bool:
        return all(self.draft.nodes[v]["kind"] == "op" for v in self.content[item])

    def name(self, item: Key) -> str:
        """A module as it is called in the one around it, or its class where that is a number; operations by signs."""
        nodes, about = self.draft.nodes, self.draft.scopes.get(item)
        if item not in nodes and about is not None:
            return str(about["module"] if item[-1].isdigit() else item[-1])
        return " → ".join(spelled([Box.of(v, nodes[v]) for v in self.content[item]]))
