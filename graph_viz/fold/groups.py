"""Groups that no module call makes: what leads to a named result, runs of alike modules, and what a pattern matches.

Each is a scope put between those of the draft, so that it is collapsed, drawn as a cluster and counted like a module.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from itertools import groupby
from typing import Any

from ..scopes import Path
from .draft import Draft, Key

RUN = 3  # siblings that are worth a "+2 more"


def regrouped(draft: Draft, inserted: dict[Key, Path], about: dict[Path, dict[str, Any]]) -> Draft:
    """The draft with some nodes in other scopes."""
    if not inserted:
        return draft
    nodes = {v: {**node, "scope": inserted[v]} if v in inserted else node for v, node in draft.nodes.items()}
    return replace(draft, nodes=nodes, scopes={**draft.scopes, **about})


def free(draft: Draft, outer: Path, name: str) -> Path:
    """A path for a group in `outer` that no scope has."""
    path, n = (*outer, name), 1
    while path in draft.scopes:
        path, n = (*outer, f"{name}#{n}"), n + 1
    return path


def ungrouped(draft: Draft, path: Path) -> Path:
    """The path of a module without the runs and layers around it, which only some drafts have."""
    kept = (k for k in range(len(path)) if draft.scopes[path[: k + 1]].get("made") not in ("run", "layer"))
    return tuple(path[k] for k in kept)


def cones(draft: Draft) -> Draft:
    """Group each named result with all that leads to it alone: f_t with the operations of its gate.

    A group so made has one way out, so that closing it closes no cycle.
    """
    users: dict[Key, set[Key]] = {}
    for u, v, _ in draft.lines:
        users.setdefault(u, set()).add(v)
    root: dict[Key, Key] = {}
    for v in reversed(draft.nodes):
        node = draft.nodes[v]
        if node["op"] is None or node["kind"] != "op":
            continue
        if node["name"]:
            root[v] = v
            continue
        roots = {root.get(w) for w in users.get(v, ())}
        if len(roots) == 1 and (r := roots.pop()) is not None and draft.nodes[r]["scope"] == node["scope"]:
            root[v] = r
    sizes: dict[Key, int] = {}
    for r in root.values():
        sizes[r] = sizes.get(r, 0) + 1
    about: dict[Path, dict[str, Any]] = {}
    paths: dict[Key, Path] = {}
    for r in draft.nodes:
        if sizes.get(r, 0) > 1:
            node = draft.nodes[r]
            path = free(draft, node["scope"], node["name"])
            path = path if path not in about else (*path[:-1], f"{path[-1]}%{r}")
            outer = draft.scopes.get(node["scope"], {})
            paths[r] = path
            about[path] = about_group(node["name"], "named", path=outer.get("path"), steps=node.get("steps"))
    return regrouped(draft, {v: paths[r] for v, r in root.items() if r in paths}, about)


def about_group(name: str, made: str, **more: Any) -> dict[str, Any]:
    """What is known of a group that no module call makes, as of a scope."""
    known = {"name": name, "call": 0, "module": None, "path": None, "id": None, "made": made, **more}
    return {key: value for key, value in known.items() if value is not None or key in ("module", "path", "id")}


def inside(draft: Draft) -> dict[Path, list[Key]]:
    """The operations in each scope and the ports of its rolled modules, in order: what moves with it."""
    found: dict[Path, list[Key]] = {}
    for v, node in draft.nodes.items():
        if node["op"] is not None or node["kind"] == "state":
            for k in range(1, len(node["scope"]) + 1):
                found.setdefault(node["scope"][:k], []).append(v)
    return found


def runs(draft: Draft) -> Draft:
    """Group what follows the first of alike modules: "+5 more"; and the calls of one module that were not rolled."""
    content = inside(draft)
    if not content:
        return draft
    moves = (v for v, node in draft.nodes.items() if node["op"] is not None or node["kind"] == "state")
    rank = {v: k for k, v in enumerate(moves)}
    arguments: dict[Key, list[tuple[int, Key]]] = {}
    for u, v, position in draft.lines:
        arguments.setdefault(v, []).append((position, u))
    children: dict[Path, list[Path]] = {}
    for path in content:
        children.setdefault(path[:-1], []).append(path)
    inserted: dict[Key, Path] = {}
    about: dict[Path, dict[str, Any]] = {}
    for outer, paths in sorted(children.items(), key=lambda row: len(row[0])):
        if any(v in inserted for v in content[paths[0]][:1]):
            continue
        for made, module, members in _series(draft, paths, content, arguments):
            nodes = [v for path in members for v in content[path]]
            if made == "run" and rank[nodes[-1]] - rank[nodes[0]] + 1 != len(nodes):
                continue
            n, name = len(members), draft.scopes[members[0]]["name"]
            label = f"+{n} more {module}" if made == "run" else name
            path = free(draft, outer, label)
            more = {"more" if made == "run" else "times": n, "plain": draft.scopes[members[0]].get("plain")}
            about[path] = about_group(label, made, module=module, **more)
            for member in members:
                for v in content[member]:
                    scope = draft.nodes[v]["scope"]
                    inserted[v] = path + scope[len(outer) :]
    moved = {scope: (draft.nodes[v]["scope"], scope) for v, scope in inserted.items()}
    for old, new in moved.values():
        for k in range(1, len(new) + 1):
            if new[:k] not in about and new[:k] not in draft.scopes:
                about[new[:k]] = draft.scopes[old[: k - 1]]
    return regrouped(draft, inserted, about)


def _series(
    draft: Draft, paths: list[Path], content: dict[Path, list[Key]], arguments: dict[Key, list[tuple[int, Key]]]
) -> Iterator[tuple[str, str, list[Path]]]:
    """Among siblings: the calls of one module, and all but the first of a run of modules that are alike."""
    scopes = draft.scopes
    calls: dict[Any, list[Path]] = {}
    for path in paths:
        calls.setdefault(scopes[path].get("id"), []).append(path)
    for key, same in calls.items():
        if key is not None and len(same) >= RUN:
            yield "calls", scopes[same[0]]["module"], same
    single = [path for path in paths if len(calls[scopes[path].get("id")]) < RUN and scopes[path]["module"]]
    for (module, _), alike in groupby(
        single, key=lambda path: (scopes[path]["module"], _form(draft, path, content, arguments))
    ):
        found = list(alike)
        if len(found) >= RUN and len({scopes[path]["id"] for path in found}) == len(found):
            yield "run", module, found[1:]


def _form(draft: Draft, path: Path, content: dict[Path, list[Key]], arguments: dict[Key, list[tuple[int, Key]]]) -> int:
    """What is the same in modules that do the same."""
    nodes, depth = content[path], len(path)
    place = {v: k for k, v in enumerate(nodes)}
    return hash(
        tuple(
            (
                draft.nodes[v]["op"],
                draft.nodes[v]["shape"],
                draft.nodes[v]["scope"][depth:],
                tuple(sorted((p, place.get(u, -1)) for p, u in arguments.get(v, ()))),
            )
            for v in nodes
        )
    )


def matched(draft: Draft, pattern: str) -> Draft:
    """Group what a pattern such as "Conv2d > BatchNorm2d > ReLU" matches: neighbours, each used by the next alone.

    A word is the class or the name of a module call, or an operation.
    """
    words = [word.strip().lower() for word in pattern.split(">")]
    taken: dict[Key, Path] = {}
    about: dict[Path, dict[str, Any]] = {}
    levels: dict[Path, dict[Key, None]] = {}  # of each scope, what stands in it: module calls and operations
    for v, node in draft.nodes.items():
        if node["op"] is not None:
            scope = node["scope"]
            for k in range(len(scope) + 1):
                levels.setdefault(scope[:k], {})[scope[: k + 1] if k < len(scope) else v] = None
    content = inside(draft)
    users: dict[Key, set[Key]] = {}
    for u, v, _ in draft.forward():
        users.setdefault(u, set()).add(v)

    def fits(item: Key, word: str) -> bool:
        if item in draft.scopes and item in content:
            known = draft.scopes[item]
            return word in {str(known["module"]).lower(), str(known["name"]).lower()}
        return item in draft.nodes and bool(word == draft.nodes[item]["op"])

    for scope, items in levels.items():
        n = 0
        where = {v: item for item in items for v in (content[item] if item in content else [item])}
        after = {
            item: {where.get(w) for v in (content[item] if item in content else [item]) for w in users.get(v, ())}
            - {item}
            for item in items
        }
        used: set[Key] = set()
        for item in items:
            chain = [item]
            while (
                len(chain) < len(words) and len(after[chain[-1]]) == 1 and (e := next(iter(after[chain[-1]]))) in items
            ):
                chain.append(e)
            if len(chain) < len(words) or used & set(chain) or not all(map(fits, chain, words)):
                continue
            used |= set(chain)
            n += 1
            name = pattern.strip() if n == 1 else f"{pattern.strip()} [{n}]"
            path = free(draft, scope, name)
            about[path] = about_group(pattern.strip(), "pattern", path=draft.scopes.get(scope, {}).get("path"))
            for v in (v for e in chain for v in (content[e] if e in content else [e])):
                if v not in taken:
                    old = draft.nodes[v]["scope"]
                    taken[v] = path + old[len(scope) :]
                    for k in range(len(scope) + 1, len(old) + 1):
                        about.setdefault(path + old[len(scope) : k], draft.scopes[old[:k]])
    if not taken:
        note = f"fold={pattern!r} matches nothing: its words are classes, names of calls or operations"
        return replace(draft, notes=[*draft.notes, note])
    return regrouped(draft, taken, about)
