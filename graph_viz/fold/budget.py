"""Rule 4: which groups are collapsed. Either somebody says so, or there is a budget of boxes.

The schedule of what is collapsed first depends on the graph alone, and a budget only says how far to go: more budget
never collapses more.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Iterator
from typing import Any

from ..scopes import Path, clean_path
from .draft import Draft, Key, around, keeps_ports

NAMED = 0.75  # of the budget: what named results may leave

Open = Callable[[dict[str, Any]], bool] | Collection[Any]


class Boxes:
    """How many boxes a draft has with some groups collapsed."""

    def __init__(self, draft: Draft, saved: Iterable[Key], constants: bool | None) -> None:
        self.own: dict[Path, int] = {}  # boxes that stand right in a scope
        nodes = draft.nodes
        homes: dict[Key, set[Path]] = {}
        for u, v, _ in draft.lines:
            if nodes[u]["kind"] == "parameter":
                homes.setdefault(u, set()).add(nodes[v]["scope"])
        for v, node in nodes.items():
            shown = 1
            if node["constants"] and constants is not False:
                shown += sum((c["shape"] != () if constants is None else constants) for c in node["constants"].values())
            for scope in homes[v] if v in homes else (node["scope"],):
                self.own[scope] = self.own.get(scope, 0) + shown
        for v in saved:
            self.own[nodes[v]["scope"]] -= 1

    def count(self, collapsed: Collection[Path]) -> int:
        """The number of boxes if these groups are collapsed."""
        boxes: set[Path] = set()
        total = 0
        for scope, n in self.own.items():
            box = collapsed_in(scope, collapsed)
            if box is None:
                total += n
            else:
                boxes.add(box)
        return total + len(boxes)


def collapsed_in(scope: Path, collapsed: Collection[Path]) -> Path | None:
    """The outermost collapsed group around what stands in a scope."""
    return next((scope[:k] for k in range(1, len(scope) + 1) if scope[:k] in collapsed), None)


def groups(draft: Draft) -> dict[Path, list[Key]]:
    """Every group that can be collapsed, outer ones before inner ones, with what stands in it."""
    found: dict[Path, list[Key]] = {}
    arounds: dict[Path, list[list[Key]]] = {}
    for v, node in draft.nodes.items():
        scope = node["scope"]
        if scope not in arounds:
            arounds[scope] = [found.setdefault(path, []) for path in around(scope)]
        for nodes in arounds[scope]:
            nodes.append(v)
    return found


def schedule(draft: Draft) -> Iterator[tuple[float, list[Path]]]:
    """What is collapsed, one list after the other, each with the share of the budget that is to be kept then.

    First comes what leads to named results, which shows more than modules do, so it must leave a small picture; then
    modules that hold no other ones, and loops in loops; then runs of alike modules; then what follows a module with
    weights alone, with it; then modules that hold such as are collapsed, and so on. An outermost group that holds a
    result stays expanded: a picture of one box, or without its loss, shows nothing. So does every group around what
    failed.
    """
    levels: dict[int, list[Path]] = {}
    heights = _heights(draft)
    named: list[Path] = []
    runs: dict[int, list[Path]] = {}
    layers: list[Path] = []
    for path, nodes in groups(draft).items():
        made = draft.scopes[path].get("made")
        kinds = {draft.nodes[v]["kind"] for v in nodes}
        if "failed" in kinds or (len(path) == 1 and "output" in kinds):
            continue
        if made == "named":
            named.append(path)
        elif made == "formula" or (made == "calls" and draft.scopes[path].get("plain")):
            levels.setdefault(0, []).append(path)
        elif made == "run":
            runs.setdefault(len(path), []).append(path)
        elif made == "layer":
            layers.append(path)
        else:
            levels.setdefault(heights[path], []).append(path)
    yield NAMED, named
    yield 1.0, levels.pop(0, [])
    yield from ((1.0, runs[depth]) for depth in sorted(runs))
    yield 1.0, layers
    yield from ((1.0, levels[height]) for height in sorted(levels))


def _heights(draft: Draft) -> dict[Path, int]:
    """How many levels of modules each group holds, or another of its class at its depth; what is named is no level."""
    heights: dict[Path, int] = {}
    levels: dict[int, list[Path]] = {}
    for path in groups(draft):
        levels.setdefault(len(path), []).append(path)
    for depth in sorted(levels, reverse=True):
        kinds: dict[Any, int] = {}
        for path in levels[depth]:
            kind = draft.scopes[path]["module"] or path
            kinds[kind] = max(kinds.get(kind, 0), heights.get(path, 0))
        for path in levels[depth]:
            heights[path] = kinds[draft.scopes[path]["module"] or path]
            if path[:-1]:
                module = draft.scopes[path].get("made") not in ("named", "formula", "layer")
                heights[path[:-1]] = max(heights.get(path[:-1], 0), heights[path] + module)
    return heights


def within(draft: Draft, boxes: Boxes, budget: int, collapsed: set[Path]) -> tuple[set[Path], list[str]]:
    """The collapsed groups with which a draft has no more than `budget` boxes, or as few as there can be."""
    notes: list[str] = []
    collapsing = Collapsing(draft, collapsed)
    for share, paths in schedule(draft):
        notes += [f"{clean_path(path)} stays open: {CYCLE}" for path in paths if not collapsing.collapse(path)]
        if boxes.count(collapsing.collapsed) <= share * budget:
            break
    return collapsing.collapsed, notes


def levels(draft: Draft, depth: int) -> Iterator[Path]:
    """The groups below `depth` levels of expanded ones."""
    return (path for path in groups(draft) if len(path) == depth + 1)


def asked(draft: Draft, open: Open) -> Iterator[Path]:
    """The outermost groups that are not to be expanded."""
    given = None if callable(open) else {item if isinstance(item, str) else tuple(item) for item in open}
    wanted: set[Path] = set()
    sizes = groups(draft)
    for path, nodes in sizes.items():
        about = {**draft.scopes[path], "scope": path}
        if given is None:
            about["operations"] = sum(draft.nodes[v]["op"] is not None for v in nodes)
            yes = open(about)  # type: ignore[operator]
        else:
            yes = bool(given & {path, ".".join(path), about["name"], about["path"]})
        if yes:
            wanted.update(around(path) if given is not None else [path])
    for path in sizes:
        if path not in wanted and all(outer in wanted for outer in around(path)[:-1]):
            yield path


CYCLE = "a computation outside uses it and is used by it"


class Collapsing:
    """Groups that are collapsed one after the other, unless that would make a cycle."""

    def __init__(self, draft: Draft, collapsed: Iterable[Path]) -> None:
        self.draft, self.collapsed = draft, set[Path]()
        flow = [(v, node["scope"]) for v, node in draft.nodes.items() if node["op"] is not None]
        ends: dict[Path, list[int]] = {}
        for k, (_, scope) in enumerate(flow):
            for path in around(scope):
                end = ends.setdefault(path, [k, k, 0])
                end[1], end[2] = k, end[2] + 1
        # What is computed in one go is no part of a cycle; nor is what has a single way out.
        self.compact = {
            path for path, (a, b, n) in ends.items() if b - a + 1 == n or draft.scopes[path].get("made") == "named"
        }
        self.careful = False
        for path in sorted(collapsed, key=len):
            self.collapse(path)

    def collapse(self, path: Path) -> bool:
        """Collapse a group, if that makes no cycle; say whether."""
        if collapsed_in(path, self.collapsed) is not None:
            return True
        careful = self.careful or path not in self.compact
        if careful and _cyclic(self.draft, self.collapsed | {path}):
            return False
        self.collapsed.add(path)
        self.careful = careful
        return True


def _cyclic(draft: Draft, collapsed: set[Path]) -> bool:
    import networkx as nx

    boxes = {v: collapsed_in(node["scope"], collapsed) or v for v, node in draft.nodes.items()}
    for v, node in draft.nodes.items():
        if node["kind"] == "state" and boxes[v] == node["scope"] and keeps_ports(draft, boxes[v]):
            boxes[v] = v
    flow = nx.DiGraph()  # given the edges, it would guess what they are, and warn at its oldest version
    flow.add_edges_from((boxes[u], boxes[v]) for u, v, _ in draft.forward() if boxes[u] != boxes[v])
    return not nx.is_directed_acyclic_graph(flow)
