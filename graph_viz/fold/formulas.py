"""Formulas of the library as groups: what `softmax_cross_entropy` recorded is one box, which opens."""

from __future__ import annotations

from collections import Counter
from itertools import pairwise
from typing import Any

from .. import operations
from ..scopes import Formula, Path
from .draft import Draft, Key, around, common, made
from .groups import free, regrouped

FEWEST = 3  # operations that are worth a frame


def framed(draft: Draft) -> Draft:
    """Group what each call of a formula recorded.

    A group of a few operations would hide more than it says, and one with all that a module computes is the module.
    """
    calls: dict[int, Formula] = {}
    inside: dict[int, list[Key]] = {}
    sizes: Counter[Path] = Counter()
    for v, node in draft.nodes.items():
        if node["op"] is not None:
            sizes.update(node["scope"][:k] for k in range(1, len(node["scope"]) + 1))
            for formula in node.get("formulas", ()):
                calls.setdefault(formula.call, formula)
                inside.setdefault(formula.call, []).append(v)
    whole = {call for call, nodes in inside.items() if not _says(draft, calls[call], nodes, sizes)}
    for node in draft.nodes.values():
        calling = [formula.call for formula in node.get("formulas", ()) if node["op"] is not None]
        whole |= {inner for outer, inner in pairwise(calling) if len(inside[inner]) == len(inside[outer])}
    paths: dict[tuple[int, Path], Path] = {}
    about: dict[Path, dict[str, Any]] = {}
    inserted: dict[Key, Path] = {}
    for v, node in draft.nodes.items():
        path: Path = ()
        scope: Path = node["scope"]
        done = 0
        for formula in node.get("formulas", ()) if node["op"] is not None else ():
            if formula.call in whole:
                continue
            path += scope[done : formula.depth]
            _told(draft, about, path, scope[: formula.depth])
            done = formula.depth
            if (formula.call, path) not in paths:
                new = _free(draft, about, path, formula.name)
                paths[formula.call, path] = new
                about[new] = {"name": formula.name, "call": 0, "module": None, "path": None, "id": None}
                about[new] |= {"made": "formula", **({"steps": node["steps"]} if "steps" in node else {})}
            path = paths[formula.call, path]
        if path:
            inserted[v] = path + scope[done:]
            _told(draft, about, inserted[v], scope)
    return regrouped(draft, inserted, about)


def closed(draft: Draft) -> set[Path]:
    """The groups that are closed where nothing else is said: not around what failed, nor around all there is."""
    recorded = [node for node in draft.nodes.values() if node["op"] is not None]
    failed = {path for node in recorded if node["kind"] == "failed" for path in around(node["scope"])}
    whole = common([node["scope"] for node in recorded]) if recorded else ()
    return made(draft, "formula") - failed - set(around(whole))


def _says(draft: Draft, formula: Formula, nodes: list[Key], sizes: Counter[Path]) -> bool:
    """Whether a group says something: it has operations that compute, and not all that the module around it has."""
    outer = draft.nodes[nodes[0]]["scope"][: formula.depth]
    computing = sum(operations.of(draft.nodes[v]["op"]).role == "computes" for v in nodes)
    return computing >= FEWEST and (not outer or sizes[outer] > len(nodes))


def _told(draft: Draft, about: dict[Path, dict[str, Any]], new: Path, old: Path) -> None:
    """Let it be known of the scopes of a new path, which ends as an old one does, what was known of the old ones."""
    while new and old and new[-1] == old[-1]:
        if new not in draft.scopes:
            about.setdefault(new, draft.scopes[old])
        new, old = new[:-1], old[:-1]


def _free(draft: Draft, about: dict[Path, dict[str, Any]], outer: Path, name: str) -> Path:
    """A path for a group that neither a scope nor another group has."""
    path, n = free(draft, outer, name), 1
    while path in about:
        path, n = (*outer, f"{name}#{n + 1}"), n + 1
    return path
