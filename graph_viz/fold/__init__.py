"""The second stage: from the nodes of a tape to the marks of a picture. A new graph says what each mark hides.

The rules stand in `roll` (time steps), `groups` (what is named, alike, or matches a pattern), `budget` (what is
closed), `chains` and `pins` (parameters); here they are applied in turn.
"""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from typing import Any

from .. import operations
from ..quick import uncollected
from ..scopes import Path, clean_path
from . import budget as budgets
from .budget import CYCLE, Closing, Marks, Open, closed_in
from .chains import chains, spelled
from .draft import Draft, Key, around
from .groups import cones, matched, runs
from .pins import Places, inner_name
from .roll import roll

BUDGET = 40  # marks that a reader takes in
FRAMED = ("named", "pattern", None)  # groups that have a frame when they are open; a run has none


@uncollected
def fold(
    graph: Any,
    *,
    depth: int | None = None,
    open: Open | None = None,
    closed: Collection[Path] | None = None,
    fold: str | None = None,
    constants: bool | None = None,
    budget: int | None = BUDGET,
    rolled: Draft | None = None,
) -> Any:
    """The marks to draw for a graph made by `trace`.

    Parameters
    ----------
    graph : networkx.MultiDiGraph
    depth : int, optional
        how many levels of modules are open; what is deeper is closed into one mark a module call
    open : callable or set, optional
        which modules are open: a function of what is known of a call, or paths and names; others are closed
    closed : set of scopes, optional
        exactly the groups that are closed
    fold : str, optional
        a pattern such as "Linear > ReLU": what matches is one mark
    constants : bool, optional
        constants become marks of their own (True) or part of the operation's text (False); by default numbers are
        text, and arrays are marks unless there are too many
    budget : int, optional
        how many marks there should be at most, where nothing else says what is closed; None for no limit
    rolled : Draft, optional
        what `roll` made of the graph, if it is known

    Returns
    -------
    networkx.MultiDiGraph
        A mark is a node of the tape (its number), a closed group (its scope), a constant (consumer, position), the
        port of a state ("state", scope, k) or a further copy of a parameter ("pin", node, scope). Each has its
        `members`, a `label`, and `frames`, the scopes around it from the outermost one. The graph's attributes are
        those of `graph`, and `notes`, `closed`, `groups` (what can be closed), and `frames`, with the number of steps
        of those that are rolled.

    Notes
    -----
    Marks are the classes of a partition of the tape, and its edges are the tape's between different classes, but that
    a line from one time step to the next leads to a port, and one from a pinned parameter leaves its nearest copy. It
    is acyclic except for the lines from step to step: a module whose result comes back to it by way of another is not
    closed and gets no frame; a note tells.
    """
    draft = roll(graph) if rolled is None else rolled
    if fold:
        draft = matched(draft, fold)
    patterns = {path for path, about in draft.scopes.items() if about.get("made") == "pattern"}
    told = depth is not None or open is not None
    much = budget is not None and not told and _exceeds(draft, constants, patterns, budget)
    linked: dict[Key, list[Key]] = {}
    if much:
        draft = cones(runs(draft))
        linked = chains(draft)
        constants = bool(constants)
    notes: list[str] = []
    if closed is not None:
        shut = Closing(draft, closed).shut
    elif open is not None:
        shut = Closing(draft, patterns | set(budgets.asked(draft, open))).shut
    elif depth is not None:
        wanted = patterns | set(budgets.levels(draft, depth))
        shut = Closing(draft, wanted).shut
        notes += [f"{clean_path(path)} stays open: {CYCLE}" for path in wanted if closed_in(path, shut) is None]
    elif much:
        saved = [v for chain in linked.values() for v in chain[:-1]]
        assert budget is not None
        shut, notes = budgets.within(draft, Marks(draft, saved, constants), budget, patterns)
    else:
        shut = Closing(draft, patterns).shut
    view = _view(graph, draft, _Choice(frozenset(shut), linked, constants))
    view.graph["notes"] += notes
    view.graph["notes"] += _unframe(view)
    return view


def _exceeds(draft: Draft, constants: bool | None, patterns: set[Path], budget: int) -> bool:
    """Whether a draft has more marks than there may be; each of its nodes is at least one."""
    few = patterns or len(draft.nodes) <= budget
    return not few or Marks(draft, (), constants).count(patterns) > budget


@dataclass(frozen=True)
class _Choice:
    """What is folded in a view."""

    shut: frozenset[Path]
    chains: dict[Key, list[Key]]
    constants: bool | None


def _view(graph: Any, draft: Draft, choice: _Choice) -> Any:
    """The graph of marks."""
    last = {v: end for end, chain in choice.chains.items() for v in chain}
    mark_of: dict[Key, Key] = {}
    boxes: dict[Path, Path | None] = {}
    for v, node in draft.nodes.items():
        scope = node["scope"]
        if scope not in boxes:
            boxes[scope] = closed_in(scope, choice.shut)
        box = boxes[scope]
        outer = node["kind"] == "state" and box == scope
        mark_of[v] = last.get(v, v) if box is None or outer else box
    places = Places(draft, mark_of)
    mark_of.update(places.holder)
    members: dict[Key, list[Key]] = {}
    for v, mark in mark_of.items():
        members.setdefault(mark, []).append(v)

    scopes = {path: about for path, about in draft.scopes.items()}
    view = type(graph)(**{**graph.graph, "scopes": scopes}, notes=list(draft.notes))
    view.graph["closed"] = choice.shut
    view.graph["groups"] = tuple(budgets.groups(draft))
    first = _first(draft, members)
    for mark in sorted(members, key=first.__getitem__):
        inside = members[mark]
        if mark in choice.shut:
            view.add_node(mark, **_module(draft, mark, inside, places))
        elif mark in places.copies:
            _add_parameter(view, draft, mark, places.copies[mark])
        elif mark in choice.chains:
            _add_chain(view, draft, mark, inside, choice)
        else:
            _add(view, draft, mark, choice)
    for (u, v, position), line in draft.lines.items():
        a, b = mark_of[u], mark_of[v]
        if u in places.copies and b not in choice.shut:
            a = places.tail(draft, u, v)
        elif a in places.copies or u in places.holder or a == b:  # a row of the box, or inside it
            continue
        merged = b in choice.shut or b in choice.chains or (isinstance(b, tuple) and b[0] == "state")
        key = int(line["state"]) if merged else position  # between two boxes one line stands for all
        if view.has_edge(a, b, key):
            view.edges[a, b, key]["count"] += line["count"]
        else:
            view.add_edge(a, b, key=key, position=key, **line)
    rolled = {path for path, about in scopes.items() if "steps" in about or "times" in about}
    for _, m in view.nodes(data=True):
        if "steps" in m and not rolled.intersection(m["frames"]):
            m["alone"] = True  # nothing around it says how many steps it stands for
    view.graph["frames"] = {
        path: {word: scopes[path][word] for word in ("steps", "times") if word in scopes[path]}
        for _, frames in view.nodes(data="frames")
        for path in frames
        if "steps" in scopes[path] or "times" in scopes[path]
    }
    return view


def _first(draft: Draft, members: dict[Key, list[Key]]) -> dict[Key, int]:
    """When each mark was made: a closed module is not as old as its parameters."""
    rank = {v: k for k, v in enumerate(draft.nodes)}
    return {
        mark: min((rank[v] for v in found if draft.nodes[v]["op"] is not None), default=rank[found[0]])
        for mark, found in members.items()
    }


def _tape(draft: Draft, nodes: list[Key]) -> list[int]:
    """The nodes of the tape behind nodes of the draft."""
    return sorted(v for key in nodes for v in draft.members.get(key, [key]))


def _frames(draft: Draft, scope: Path, shut: frozenset[Path] = frozenset()) -> list[Path]:
    """The frames around what stands in a scope, outermost first."""
    return [path for path in around(scope) if draft.scopes[path].get("made") in FRAMED and path not in shut]


def _add(view: Any, draft: Draft, mark: Key, choice: _Choice) -> None:
    """Add a node as a mark, and its constants as marks of their own where they are."""
    node = draft.nodes[mark]
    frames = _frames(draft, node["scope"], choice.shut)
    wanted = choice.constants
    apart = {i: c for i, c in node["constants"].items() if (c["shape"] != () if wanted is None else wanted)}
    for i, c in apart.items():
        _add_constant(view, (mark, i), c, frames, node)
        view.add_edge((mark, i), mark, key=i, position=i, shape=c["shape"], count=1, state=False, initial=False)
    view.add_node(mark, **node)
    view.nodes[mark].update(
        constants={i: c for i, c in node["constants"].items() if i not in apart},
        label=node.get("label") or node["name"],
        frames=frames,
        members=_tape(draft, [mark]),
    )


def _add_constant(view: Any, key: Key, constant: dict[str, Any], frames: list[Path], node: dict[str, Any]) -> None:
    steps = {"steps": node["steps"]} if "steps" in node else {}
    about = {"kind": "constant", "op": None, "label": None, "name": None, "grad": None, "norm": None}
    view.add_node(key, **constant, **about, **steps, frames=list(frames), members=[])


def _add_parameter(view: Any, draft: Draft, mark: Key, copies: dict[Path, Key]) -> None:
    """Add a parameter, in each scope that has a consumer."""
    node = draft.nodes[mark]
    pinned = {"pinned": mark} if len(copies) > 1 else {}
    for scope, key in copies.items():
        frames = _frames(draft, scope)
        label = inner_name(draft.scopes, frames[-1] if frames else (), node["name"])
        view.add_node(key, **node, **pinned)
        members = _tape(draft, [mark]) if key == mark else []
        view.nodes[key].update(label=label, frames=frames, members=members)


def _add_chain(view: Any, draft: Draft, mark: Key, inside: list[Key], choice: _Choice) -> None:
    """Add a chain: the mark of its last node, which lists the operations."""
    nodes = [draft.nodes[v] for v in inside]
    for v, node in zip(inside, nodes, strict=True):
        for i, c in node["constants"].items() if choice.constants else ():
            _add_constant(view, (v, i), c, _frames(draft, node["scope"]), node)
            view.add_edge((v, i), mark, key=0, position=0, shape=c["shape"], count=1, state=False, initial=False)
    shown = [{**node, "constants": {}} if choice.constants else node for node in nodes]
    view.add_node(mark, **nodes[-1])
    view.nodes[mark].update(
        constants={},
        chain=spelled(shown),
        label=nodes[-1]["name"],
        frames=_frames(draft, nodes[-1]["scope"]),
        members=_tape(draft, inside),
    )


def _module(draft: Draft, path: Path, inside: list[Key], places: Places) -> dict[str, Any]:
    """The attributes of a closed group; its parameters are rows of its box."""
    about = draft.scopes[path]
    nodes = {v: draft.nodes[v] for v in inside}
    rows = [draft.nodes[v] for v in places.rows.get(path, ())]
    made: dict[str, Any] = {word: about[word] for word in ("steps", "times", "more") if word in about}
    if about.get("made") == "named":
        made["gist"] = _gist(list(nodes.values()))
    return {
        "kind": "module",
        "op": about["module"],
        "label": about["name"] if "made" in about or made else path[-1],
        "frames": _frames(draft, path[:-1]),
        "members": _tape(draft, inside),
        "operations": sum(len(draft.members.get(v, [v])) for v, n in nodes.items() if n["op"] is not None),
        "output": any(node["kind"] == "output" for node in nodes.values()),
        "result": next((node["name"] for node in nodes.values() if node["kind"] == "output"), None),
        "parameters": [(inner_name(draft.scopes, path, n["name"]), n["shape"], n.get("norm")) for n in rows],
        "norm": max((node["norm"] for node in nodes.values() if node.get("norm") is not None), default=None),
        **made,
    }


def _gist(nodes: list[dict[str, Any]]) -> list[str]:
    """The operations that matter, each once: "@ + σ" for a gate."""
    ops = [node for node in nodes if node["op"] is not None and operations.of(node["op"]).role == "computes"]
    texts = spelled([{**node, "constants": {}, "params": {}} for node in ops])
    return list(dict.fromkeys(texts))


def _unframe(view: Any) -> list[str]:
    """Take away, in place, every frame that lies on a cycle of frames and marks; say which."""
    import networkx as nx

    removed: dict[Path, None] = {}
    frames = dict(view.nodes(data="frames"))
    lines = {(u, v) for u, v, state in view.edges(data="state") if not state}
    while any(frames.values()):
        boxes = nx.DiGraph()
        boxes.add_edges_from(_apart([*frames[u], u], [*frames[v], v]) for u, v in lines)
        cyclic = {path for part in nx.strongly_connected_components(boxes) if len(part) > 1 for path in part}
        found = dict.fromkeys(path for around_ in frames.values() for path in around_ if path in cyclic)
        if not found:
            break
        removed |= found
        for around_ in frames.values():
            around_[:] = [path for path in around_ if path not in found]
    return [f"{clean_path(path)} has no frame: {CYCLE}" for path in removed]


def _apart(tail: list[Any], head: list[Any]) -> tuple[Any, Any]:
    """Where two lists begin to differ."""
    return next((a, b) for a, b in zip(tail, head, strict=False) if a != b)
