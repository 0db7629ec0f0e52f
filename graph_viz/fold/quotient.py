"""The view of a draft, once it is settled what is collapsed: which box stands for each node, and what is between."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace
from itertools import accumulate
from typing import Any

from ..letters import UNNAMED
from ..scopes import Path, clean_path
from ..style import clean
from ..view import Box, Cluster, Constant, ConstantOf, Content, Edge, Exit, Key, Line, Parameter, View
from .budget import CYCLE, collapsed_in, groups
from .chains import gist, spelled
from .copies import Places, inner_name
from .draft import Draft, around, keeps_ports
from .operands import beside, called, operands

SHOWN = ("named", "pattern", "formula", None)  # groups that are clusters when they are expanded; a run is none


@dataclass(frozen=True)
class Choice:
    """What is folded in a view."""

    collapsed: frozenset[Path]
    chains: dict[Key, list[Key]]
    constants: bool | None
    framed: bool = False  # every group that is open is a cluster, also a run: where it can be closed again


class Partition:
    """Which box stands for each node of a draft."""

    def __init__(self, draft: Draft, choice: Choice) -> None:
        self.draft, self.choice = draft, choice
        last = {v: end for end, chain in choice.chains.items() for v in chain}
        scopes = {node["scope"] for node in draft.nodes.values()}
        group_of = {scope: collapsed_in(scope, choice.collapsed) for scope in scopes}
        self.box_of: dict[Key, Any] = {}
        for v, node in draft.nodes.items():
            group = group_of[node["scope"]]
            port = node["kind"] == "state" and group == node["scope"]
            if group is not None and port and keeps_ports(draft, group):  # a collapsed step keeps its ports
                group = None
            self.box_of[v] = last.get(v, v) if group is None else group
        self.places = Places(draft, self.box_of)
        self.box_of.update(self.places.holder)
        self.members: dict[Key, list[Key]] = {}
        for v, key in self.box_of.items():
            self.members.setdefault(key, []).append(v)

        self.exits = self._exits()
        self.offsets: dict[Key, int] = {}  # of a node of a chain: how many arguments those before it have
        for chain in choice.chains.values():
            arities = [draft.nodes[v]["arity"] for v in chain]
            self.offsets.update(zip(chain, accumulate(arities, initial=0), strict=False))
        self.named = self._named()
        self.operands = operands(self.draft)

    def _named(self) -> dict[Key, dict[int, str]]:
        """Of each node of a chain but the first, what it takes besides the one before it: by position, the name."""
        found: dict[Key, dict[int, str]] = {v: {} for chain in self.choice.chains.values() for v in chain[1:]}
        inside: dict[Key, list[int]] = {}
        for u, v, position in self.draft.lines:
            if v in found and self.box_of[u] != self.box_of[v]:
                found[v][position] = clean(self.draft.nodes[u]["name"])
            elif v in found:
                inside.setdefault(v, []).append(position)
        for v, positions in inside.items():  # x + x
            found[v].update(dict.fromkeys(positions, UNNAMED) if len(positions) > 1 else {})
        return found

    def operand(self, v: Key, clusters: tuple[Path, ...]) -> str:
        """What the only Tensor that a node takes is called where that node stands."""
        return called(self.draft, self.operands.get(v), clusters)

    def _exits(self) -> dict[Path, dict[Key, None]]:
        """Of each collapsed group, what is used outside; if nothing is, what goes on to its own next step."""
        found: dict[Path, dict[Key, None]] = {}
        carried: dict[Path, dict[Key, None]] = {}
        for v, node in self.draft.nodes.items():
            if node["kind"] == "output" and self.box_of[v] in self.choice.collapsed:
                found.setdefault(self.box_of[v], {})[v] = None
        for (u, v, _), line in self.draft.lines.items():
            box = self.box_of[u]
            if box in self.choice.collapsed and self.box_of[v] != box and self.draft.nodes[u]["op"] is not None:
                (carried if line["state"] else found).setdefault(box, {})[u] = None
        return {**carried, **found}

    def keys(self) -> list[Key]:
        """The boxes in order of creation: a collapsed module is not as old as its parameters."""
        nodes = self.draft.nodes
        rank = {v: k for k, v in enumerate(nodes)}
        first = {
            key: min((rank[v] for v in found if nodes[v]["op"] is not None), default=rank[found[0]])
            for key, found in self.members.items()
        }
        return sorted(first, key=first.__getitem__)

    def ends(self, u: Key, v: Key) -> tuple[Key, Key] | None:
        """The boxes that a line of the draft joins; None where it is inside one, or a row of one."""
        a, b = self.box_of[u], self.box_of[v]
        if u in self.places.copies and b not in self.choice.collapsed:
            return self.places.tail(self.draft, u, v), b
        return None if a in self.places.copies or u in self.places.holder or a == b else (a, b)


def quotient(draft: Draft, choice: Choice) -> View:
    """The view of a draft; what lies on a cycle of clusters and boxes is no cluster, and a note tells."""
    parts = Partition(draft, choice)
    boxes = {box.key: box for key in parts.keys() for box in _boxes(parts, key)}
    edges = _edges(parts, boxes)
    entering: dict[Key, list[Edge]] = {key: [] for key in boxes}
    for edge in edges:
        entering[edge.head].append(edge)
    around_box = {key: box.clusters for key, box in boxes.items()}
    removed = _cyclic(around_box, edges)
    clusters = {
        path: _cluster(path, draft.scopes[path])
        for path in dict.fromkeys(path for paths in around_box.values() for path in paths)
        if path not in removed
    }
    return View(
        {key: _standing(box, clusters) for key, box in boxes.items()},
        _by_tail(edges, boxes),
        entering,
        clusters,
        (*draft.notes, *(f"{clean_path(path)} has no frame: {CYCLE}" for path in removed)),
        choice.collapsed,
        tuple(groups(draft)),
    )


def closed(draft: Draft, choice: Choice, paths: Iterable[Path]) -> dict[Path, Box]:
    """The box of each of some groups where it is collapsed and nothing around it is."""
    levels: dict[int, list[Path]] = {}
    for path in paths:
        levels.setdefault(len(path), []).append(path)
    boxes: dict[Path, Box] = {}
    for level in levels.values():
        parts = Partition(draft, replace(choice, collapsed=frozenset(level)))
        boxes |= {path: _group(parts, path) for path in level}
    return boxes


def opened(draft: Draft, choice: Choice) -> tuple[View, list[Edge]]:
    """The view with every group open, as a cluster; and its edges in the order of the draft's lines.

    That order decides between equals when a view with other groups open is laid out.
    """
    choice = replace(choice, collapsed=frozenset(), framed=True)
    view = quotient(draft, choice)
    return view, _edges(Partition(draft, choice), dict(view.boxes))


# ---- boxes ----------------------------------------------------------------------------------------------------------


def _boxes(parts: Partition, key: Key) -> Iterator[Box]:
    """What is drawn for one class of the partition: a box; its constants, or its further copies."""
    choice, nodes = parts.choice, parts.draft.nodes
    if key in choice.collapsed:
        yield _group(parts, key)
    elif key in parts.places.copies:
        yield from _copies(parts, key)
    else:
        inside = choice.chains.get(key, [key])
        written: list[dict[int, Constant]] = []  # of each node, the constants that are part of its text
        for v in inside:
            name = parts.operand(v, _clusters(parts, nodes[v]["scope"]))
            constants = {i: beside(Constant.of(c), name) for i, c in nodes[v]["constants"].items()}
            wanted = choice.constants  # by default arrays get boxes of their own
            apart = {i: c for i, c in constants.items() if (c.shape != () if wanted is None else wanted)}
            yield from (_constant(parts, v, i, c) for i, c in apart.items())
            written.append({i: c for i, c in constants.items() if i not in apart})
        yield _operation(parts, key, inside, written)


def _constant(parts: Partition, user: Any, position: int, c: Constant) -> Box:
    node = parts.draft.nodes[user]
    about: dict[str, Any] = {
        "shape": c.shape,
        "value": c.value,
        "constant": c.text,
        "what": c.what,
        "name": c.name or None,
        "label": c.name or None,
        "clusters": _clusters(parts, node["scope"]),
    }
    return Box(ConstantOf(user, position), "input" if c.given else "constant", steps=node.get("steps", 0), **about)


def _operation(parts: Partition, key: Key, inside: list[Key], written: list[dict[int, Constant]]) -> Box:
    """A node of the draft; or a chain, as the box of its last node, which lists the operations."""
    nodes = parts.draft.nodes
    about: dict[str, Any] = {"clusters": _clusters(parts, nodes[key]["scope"]), "members": _tape(parts, inside)}
    taken = [parts.operand(v, about["clusters"]) for v in inside]
    if key not in parts.choice.chains:
        return Box.of(key, nodes[key], constants=written[0], operand=taken[0], **about)
    boxes = [Box.of(v, nodes[v], constants=c, operand=t) for v, c, t in zip(inside, written, taken, strict=True)]
    named = [parts.named.get(v, {}) for v in inside]
    chain, told = (tuple(spelled(boxes, named, all=whole)) for whole in (False, True))
    return replace(boxes[-1], constants={}, chain=chain, told=told, first=boxes[0].op, **about)


def _copies(parts: Partition, key: Key) -> Iterator[Box]:
    """A parameter, in each scope that has a consumer."""
    node, copies = parts.draft.nodes[key], parts.places.copies[key]
    several = len(copies) > 1 or len(parts.places.users[key]) > 1
    for scope, copy in copies.items():
        clusters = _clusters(parts, scope)
        label = inner_name(parts.draft.scopes, clusters[-1] if clusters else (), node["name"])
        members = _tape(parts, [key]) if copy == key else ()
        yield Box.of(copy, node, label=label, clusters=clusters, members=members, copied=several)


def _group(parts: Partition, path: Path) -> Box:
    """A collapsed group; its parameters are rows of its box."""
    draft, about = parts.draft, parts.draft.scopes[path]
    inside = parts.members[path]
    nodes = [draft.nodes[v] for v in inside]
    exits = list(parts.exits.get(path, ()))
    only = draft.nodes[exits[0]] if len(exits) == 1 else {}
    content = Content(
        operations=sum(len(draft.members.get(v, [v])) for v in inside if draft.nodes[v]["op"] is not None),
        parameters=tuple(_row(parts, path, v) for v in parts.places.rows.get(path, ())),
        output=any(node["kind"] == "output" for node in nodes),
        exits=tuple(Exit(draft.nodes[v]["name"], draft.nodes[v]["shape"], _tape(parts, [v])) for v in exits),
        times=about.get("times", 0),
        runs=about.get("times", 0) * max(node.get("steps", 1) for node in nodes) or 1,
        more=about.get("more", 0),
        gist=gist(nodes) if about.get("made") == "named" else (),
    )
    given = any(word in about for word in ("made", "steps", "times", "more"))
    return Box(
        path,
        "module",
        op=about["module"],
        label=about["name"] if given else path[-1],
        clusters=_clusters(parts, path[:-1]),
        members=_tape(parts, inside),
        steps=about.get("steps", 0),
        content=content,
        **{word: only[word] for word in ("shape", "value", "grad", "norm") if only},
    )


def _row(parts: Partition, path: Path, v: int) -> Parameter:
    """A parameter as a row of a collapsed group."""
    node = parts.draft.nodes[v]
    name = inner_name(parts.draft.scopes, path, node["name"])
    return Parameter(name, node["shape"], node.get("norm"), v, parts.places.elsewhere(v, path))


def _tape(parts: Partition, nodes: list[Any]) -> tuple[int, ...]:
    """The nodes of the tape behind nodes of the draft."""
    return tuple(sorted(v for key in nodes for v in parts.draft.members.get(key, [key])))


# ---- edges ----------------------------------------------------------------------------------------------------------


def _edges(parts: Partition, boxes: dict[Key, Box]) -> list[Edge]:
    """The lines of a draft between different boxes; into a group one edge stands for all of a tail."""
    found: dict[tuple[Key, Key, int], Edge] = {}
    for key, box in boxes.items():
        if isinstance(key, ConstantOf) and box.shape is not None:
            user = parts.box_of[key.user]
            position = key.position + parts.offsets.get(key.user, 0)
            found[key, user, position] = Edge(key, user, position, box.shape)
    tapes: dict[tuple[Key, Key, int], list[Line]] = {}
    for (u, v, at), line in parts.draft.lines.items():
        ends = parts.ends(u, v)
        if ends is not None:
            position = at + parts.offsets.get(v, 0)
            kind = (*ends, int(line["state"]) if boxes[ends[1]].unordered else position)
            tapes.setdefault(kind, []).extend(line.get("tape") or [(u, v, at)])
            found.setdefault(kind, Edge(*ends, position, line["shape"], state=line["state"], initial=line["initial"]))
    for kind, tape in tapes.items():
        found[kind] = replace(found[kind], count=len(tape), tape=tuple(tape))
    return list(found.values())


def _by_tail(edges: list[Edge], boxes: dict[Key, Box]) -> tuple[Edge, ...]:
    """The edges in the order of their tails, those between the same two boxes together."""
    rank = {key: k for k, key in enumerate(boxes)}
    first: dict[tuple[Key, Key], int] = {}
    for k, edge in enumerate(edges):
        first.setdefault((edge.tail, edge.head), k)
    return tuple(sorted(edges, key=lambda edge: (rank[edge.tail], first[edge.tail, edge.head])))


# ---- clusters -------------------------------------------------------------------------------------------------------


def _clusters(parts: Partition, scope: Path) -> tuple[Path, ...]:
    """The clusters around what stands in a scope, outermost first."""
    scopes, choice = parts.draft.scopes, parts.choice
    there = (path for path in around(scope) if choice.framed or scopes[path].get("made") in SHOWN)
    return tuple(path for path in there if path not in choice.collapsed)


def _cluster(path: Path, about: dict[str, Any]) -> Cluster:
    made = about.get("made")
    module = "" if about["name"] == about["module"] else about["module"] or ""
    often = {word: about[word] for word in ("steps", "times") if word in about}
    return Cluster(path, about["name"] if made else path[-1], module, made, **often)


def _standing(box: Box, clusters: dict[Path, Cluster]) -> Box:
    """A box among the clusters that there are."""
    around_it = tuple(path for path in box.clusters if path in clusters)
    alone = box.steps > 0 and not any(clusters[path].steps or clusters[path].times for path in around_it)
    return replace(box, clusters=around_it, alone=alone) if alone or around_it != box.clusters else box


def _cyclic(around_box: dict[Key, tuple[Path, ...]], edges: list[Edge]) -> list[Path]:
    """The clusters that lie on a cycle of clusters and boxes: taken away, until there is none."""
    import networkx as nx

    removed: dict[Path, None] = {}
    kept = {key: list(paths) for key, paths in around_box.items()}
    while any(kept.values()):
        levels = nx.DiGraph()
        levels.add_edges_from(
            next((a, b) for a, b in zip([*kept[e.tail], e.tail], [*kept[e.head], e.head], strict=False) if a != b)
            for e in edges
            if not e.state
        )
        cyclic = {path for part in nx.strongly_connected_components(levels) if len(part) > 1 for path in part}
        found = dict.fromkeys(path for paths in kept.values() for path in paths if path in cyclic)
        if not found:
            break
        removed |= found
        kept = {key: [path for path in paths if path not in removed] for key, paths in around_box.items()}
    return list(removed)
