"""Rule 3, of plain loops: operations of one scope that repeat, one after the other, are steps as calls of a module are.

What repeats is found in the order in which the tape was recorded, and put into a scope for each step; `roll` compares
the steps as it compares the calls of a module. What it does not roll goes back to where it was. Loops in a step that is
rolled are found there too, and stand in one box each that counts their steps.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from itertools import groupby
from typing import TYPE_CHECKING, Any

import numpy as np

from ..scopes import Path
from .columns import Search, read
from .draft import Draft
from .roll import roll

if TYPE_CHECKING:
    import networkx as nx

FEWEST = 4  # steps that are worth a frame
LONGEST = 500  # operations of a step
NAME = "loop"

Loop = list[list[int]]  # the nodes of each step


def looped(graph: nx.MultiDiGraph, rolled: Draft) -> Draft:
    """The draft of a traced graph with its plain loops rolled too; `rolled` if there are none."""
    found = _settled(graph)
    return rolled if found is None else found[1]


def marked(graph: nx.MultiDiGraph) -> nx.MultiDiGraph:
    """A traced graph in which each step of a loop that is rolled has a scope of its own."""
    found = _settled(graph)
    return graph if found is None else found[0]


def _settled(graph: nx.MultiDiGraph) -> tuple[nx.MultiDiGraph, Draft] | None:
    loops = list(find(graph))
    while loops:
        marked, calls = _marked(graph, loops)
        draft = roll(marked)
        kept = [loop for loop, paths in zip(loops, calls, strict=True) if paths[0] not in draft.scopes]
        if len(kept) == len(loops):
            return marked, draft
        loops = kept
    return None


def find(graph: nx.MultiDiGraph) -> Iterator[Loop]:
    """The plain loops of a graph, as far as they repeat the same operations on what is outside in the same way."""
    search = read(graph)
    order = [v for v, node in search.nodes.items() if node["op"] is not None]
    for _, found in groupby(order, key=lambda v: search.nodes[v]["scope"]):
        yield from _among(search, list(found))


def _among(search: Search, nodes: list[int]) -> Iterator[Loop]:
    """The loops among nodes of one scope that were recorded one after the other."""
    waiting = [nodes]
    while waiting:
        nodes = waiting.pop()
        run = _repeated([search.look(v) for v in nodes]) if len(nodes) >= FEWEST else None
        if run is None:
            continue
        start, end, period = run
        loop = _phase(search, nodes[start:end], period)
        if loop is not None:
            yield loop
        waiting += [nodes[:start], nodes[end:]]


def _repeated(looks: list[tuple[Any, ...]]) -> tuple[int, int, int] | None:
    """The longest part that repeats itself, and after how many: (start, end, period); the shortest period of these."""
    numbers = {look: k for k, look in enumerate(dict.fromkeys(looks))}
    word = np.array([numbers[look] for look in looks])
    best: tuple[int, int, int, int] | None = None
    for period in range(1, min(len(word) // FEWEST, LONGEST) + 1):
        same = np.concatenate([[False], word[period:] == word[:-period], [False]])
        edges = np.flatnonzero(same[1:] != same[:-1])
        starts, lengths = edges[::2], edges[1::2] - edges[::2]
        if len(lengths) and (lengths.max() + period) // period >= FEWEST:
            k = int(lengths.argmax())
            found = (int(lengths[k]) + period, -period, int(starts[k]), period)
            best = max(best or found, found)
    return None if best is None else (best[2], best[2] + best[0], best[3])


def _phase(search: Search, nodes: list[int], period: int) -> Loop | None:
    """Where a step begins: where least is carried over from one step to the next; None where steps are not alike."""
    found: list[tuple[int, int, Loop]] = []
    for begin in range(period):
        n = (len(nodes) - begin) // period
        loop = [nodes[begin + t * period : begin + (t + 1) * period] for t in range(n)]
        if n >= FEWEST and _fits(search, loop):
            found.append((_carried(search, loop), begin, loop))
    return min(found)[2] if found else None


def _carried(search: Search, loop: Loop) -> int:
    """How many values go from one step to the next."""
    before, last = set(loop[-2]), loop[-1]
    return len({u for v in last for u in search.arguments[v].values() if u in before})


def _fits(search: Search, loop: Loop) -> bool:
    """Whether what comes from outside is one thing for all steps, or another one of the same look for each.

    All results of steps that carry nothing over go to one operation, if they go outside, in their order.
    """
    step = {v: t for t, nodes in enumerate(loop) for v in nodes}
    for members in zip(*loop, strict=True):
        for position in search.arguments[members[-1]]:
            sources = [search.arguments[v].get(position, -1) for v in members]
            outside = [u for u in sources[1:] if u not in step]
            if outside and not (len(outside) == len(sources) - 1 and _one_or_each(search, outside)):
                return False
    return bool(_carried(search, loop)) or _gathered(search, loop, step)


def _one_or_each(search: Search, sources: list[int]) -> bool:
    if len(set(sources)) == 1:
        return True
    parameters = any(search.nodes[u]["kind"] == "parameter" for u in sources if u >= 0)
    return -1 not in sources and not parameters and len(set(sources)) == len(sources)


def _gathered(search: Search, loop: Loop, step: dict[int, int]) -> bool:
    for members in zip(*loop, strict=True):
        uses = [(w, p, t) for t, v in enumerate(members) for w, p in search.consumers[v] if w not in step]
        counts = Counter(w for w, _, _ in uses)
        in_order = [t for _, t in sorted((p, t) for _, p, t in uses)] == sorted(t for *_, t in uses)
        if (len(counts) > 1 and any(n > 1 for n in counts.values())) or (len(counts) == 1 and not in_order):
            return False
    return True


def _marked(graph: nx.MultiDiGraph, loops: list[Loop]) -> tuple[nx.MultiDiGraph, list[list[Path]]]:
    """A copy of a graph in which each step of a loop has a scope of its own; and these scopes."""
    marked = graph.copy()
    marked.graph["scopes"] = scopes = dict(graph.graph["scopes"])
    calls: list[list[Path]] = []
    search = read(graph)

    def mark(outer: Path, loop: Loop, number: tuple[int, ...], several: bool) -> list[Path]:
        name = f"{NAME} {number[-1] + 1}" if several else NAME
        paths = [(*outer, f"{name}[{t}]") for t in range(len(loop))]
        steps: dict[int, set[int]] = {}  # of each call of a formula: one that stands in a single step is inside it
        for t, nodes in enumerate(loop):
            for formula in (formula for v in nodes for formula in graph.nodes[v].get("formulas", ())):
                steps.setdefault(formula.call, set()).add(t)
        for t, (path, nodes) in enumerate(zip(paths, loop, strict=True)):
            scopes[path] = {"name": name, "call": t, "module": "", "path": None, "id": (NAME, *number), "plain": True}
            for v in nodes:
                node = marked.nodes[v]
                node["scope"] = path
                node["formulas"] = tuple(
                    formula._replace(depth=len(path)) if steps[formula.call] == {t} else formula
                    for formula in node.get("formulas", ())
                )
        return paths

    for number, loop in enumerate(loops):
        calls.append(mark(graph.nodes[loop[0][0]]["scope"], loop, (number,), len(loops) > 1))
        inner = _inner(search, loop)
        for path, nodes in zip(calls[-1], loop, strict=True):
            for k, places in enumerate(inner):
                mark(path, [[nodes[i] for i in step] for step in places], (number, k), len(inner) > 1)
    return marked, calls


def _inner(search: Search, loop: Loop) -> list[Loop]:
    """The loops in a step, as places in it: they are the same in all steps."""
    place = {v: k for k, v in enumerate(loop[-1])}
    return [[[place[v] for v in nodes] for nodes in found] for found in _among(search, loop[-1])]
