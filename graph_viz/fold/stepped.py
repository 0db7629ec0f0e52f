"""Time steps apart: the draft of a tape unrolled, with a group for all that is computed in a step, where it stands."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from ..scopes import Path
from .chains import chains
from .columns import find_columns, read, repeated
from .draft import Draft, plain
from .groups import about_group, cones, free, regrouped
from .loops import marked
from .quotient import Choice

if TYPE_CHECKING:
    import networkx as nx

ALL = "time steps"


def stepped(graph: nx.MultiDiGraph, choice: Choice, loops: bool) -> tuple[Draft, Choice] | None:
    """The draft of a traced graph with a group for each time step, all closed; None where nothing is rolled.

    Parameters
    ----------
    graph : networkx.MultiDiGraph
    choice : Choice
        what is folded in the rolled one
    loops : bool
        whether plain loops are rolled there too
    """
    graph = marked(graph) if loops else graph
    candidates = list(repeated(graph))
    if not candidates:
        return None
    search, draft = read(graph), plain(graph)
    find_columns(search, candidates, frozenset())
    inserted: dict[int, Path] = {}
    about: dict[Path, dict[str, Any]] = {}
    outer_of: dict[Path, Path] = {}
    steps: dict[Path, set[int]] = {}
    for v, column in search.place.items():
        node, outer = draft.nodes[v], column.group[:-1]
        if node["kind"] == "parameter" or node["scope"][: len(outer)] != outer:
            continue
        group = outer_of.setdefault(outer, free(draft, outer, ALL))
        step = (*group, f"t = {search.step[v]}")
        steps.setdefault(group, set()).add(search.step[v])
        about[step] = about_group(step[-1], "calls")
        inserted[v] = step + node["scope"][len(outer) :]
        for k in range(len(outer) + 1, len(node["scope"]) + 1):
            about.setdefault(step + node["scope"][len(outer) : k], draft.scopes[node["scope"][:k]])
    for group, found in steps.items():
        about[group] = about_group(ALL, "calls", times=len(found))
    if not inserted:
        return None
    draft = cones(regrouped(draft, inserted, about))
    return draft, Choice(choice.collapsed | steps.keys(), chains(draft), bool(choice.constants))
