"""Rule 8: where nothing else folds, a cut: what is next to the results, or to chosen nodes, and the rest as counts.

What is left out stands in two boxes: all that what is shown depends on, "before"; and all else, "after". So no box is
on a cycle.
"""

from __future__ import annotations

import heapq
from collections.abc import Collection, Iterable
from dataclasses import replace
from typing import Any

from ..captions import counted
from ..scopes import Path
from .draft import Draft, Key
from .groups import free, regrouped

CROWDED = 150  # boxes that are cut, where nobody says how many there may be


def window(draft: Draft, most: int, around: Collection[Key] = ()) -> Draft:
    """The draft with all but about `most` nodes around some, by default the results, in a group or two."""
    before, after = _neighbours(draft)
    inner = _inner(before, after, around, most) if around else _last(draft, before, after, most)
    inner |= {u for v in inner for u in before[v] if draft.nodes[u]["kind"] == "state"}
    earlier = _reached((u for v in inner for u in before[v]), before, inner)
    later = draft.nodes.keys() - inner - earlier
    inserted: dict[Key, Path] = {}
    shown = counted(_operations(draft, inner), "operation")
    note = f"cut to {shown}; around=t draws what is next to another Tensor, budget=None all"
    about: dict[Path, dict[str, Any]] = {}
    for nodes, word in ((earlier, "before"), (later, "after")):
        operations = _operations(draft, nodes)
        if operations:
            name = f"{counted(operations, 'operation')} {word}"
            path = free(draft, (), name)
            known = {"name": name, "call": 0, "module": None, "path": None, "id": None, "made": "cut"}
            about[path] = known
            inserted |= {v: path for v in nodes if draft.nodes[v]["kind"] != "parameter"}
    return replace(regrouped(draft, inserted, about), notes=[*draft.notes, *([note] if about else [])])


def _operations(draft: Draft, nodes: Iterable[Key]) -> int:
    """How many operations of the tape these are."""
    return sum(len(draft.members.get(v, [v])) for v in nodes if draft.nodes[v]["op"] is not None)


def keys_of(draft: Draft, nodes: Collection[int]) -> set[Key]:
    """What stands for nodes of the tape."""
    rolled = {v: key for key, members in draft.members.items() for v in members}
    return {rolled.get(v, v) for v in nodes}


def _neighbours(draft: Draft) -> tuple[dict[Key, list[Key]], dict[Key, list[Key]]]:
    """What each node takes, and what takes it."""
    before: dict[Key, list[Key]] = {v: [] for v in draft.nodes}
    after: dict[Key, list[Key]] = {v: [] for v in draft.nodes}
    for u, v, _ in draft.forward():
        before[v].append(u)
        after[u].append(v)
    return before, after


def _last(draft: Draft, before: dict[Key, list[Key]], after: dict[Key, list[Key]], most: int) -> set[Key]:
    """The nodes next to the results; of each that is shown, all that takes it is shown too."""
    rank = {v: k for k, v in enumerate(draft.nodes)}
    waiting = {v: len(users) for v, users in after.items()}
    ready = [(0, -rank[v], v) for v, n in waiting.items() if not n]
    heapq.heapify(ready)
    inner: set[Key] = set()
    while ready and len(inner) < most:
        distance, _, v = heapq.heappop(ready)
        inner.add(v)
        for u in before[v]:
            waiting[u] -= 1
            if not waiting[u]:
                heapq.heappush(ready, (distance + 1, -rank[u], u))
    return inner


def _inner(before: dict[Key, list[Key]], after: dict[Key, list[Key]], around: Collection[Key], most: int) -> set[Key]:
    """The nodes next to some, in both directions, with what is between them; fewer where that is much."""
    size = most
    while True:
        inner = set(around)
        edge = list(inner)
        while edge and len(inner) < size:
            found = dict.fromkeys(w for v in edge for w in (*before[v], *after[v]) if w not in inner)
            edge = list(found)[: size - len(inner)]
            inner |= set(edge)
        earlier = _reached((u for v in inner for u in before[v]), before, inner)
        later = _reached((w for v in inner for w in after[v]), after, inner)
        inner |= earlier & later
        if len(inner) <= 2 * most or size <= len(around):
            return inner
        size //= 2


def _reached(start: Iterable[Key], ways: dict[Key, list[Key]], apart: set[Key]) -> set[Key]:
    """All that is reached from some nodes, but what is shown; also by way of that."""
    found: set[Key] = set()
    waiting = list(start)
    while waiting:
        v = waiting.pop()
        if v not in found:
            found.add(v)
            waiting += ways[v]
    return found - apart
