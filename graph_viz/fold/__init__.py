"""The second stage: from the nodes of a tape to the boxes of a picture. A `View` says what each box hides.

The rules stand in `roll` (time steps), `groups` (what is named, alike, or matches a pattern), `budget` (what is
collapsed), `chains` and `copies` (parameters); here they are applied in turn, and `quotient` makes the view.
"""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import replace
from typing import Any

from ..quick import uncollected
from ..scopes import Path, clean_path
from ..view import Key, View
from . import budget as budgets
from .budget import CYCLE, Closing, Marks, Open, closed_in
from .chains import chains
from .draft import Draft
from .groups import cones, matched, runs
from .quotient import Choice, quotient
from .roll import roll

BUDGET = 40  # marks that a reader takes in


@uncollected
def fold(
    graph: Any,
    *,
    depth: int | None = None,
    open: Open | None = None,
    collapsed: Collection[Path] | None = None,
    fold: str | None = None,
    constants: bool | None = None,
    budget: int | None = BUDGET,
    rolled: Draft | None = None,
) -> View:
    """The boxes to draw for a graph made by `trace`.

    Parameters
    ----------
    graph : networkx.MultiDiGraph
    depth : int, optional
        how many levels of modules are open; what is deeper is closed into one mark a module call
    open : callable or set, optional
        which modules are open: a function of what is known of a call, or paths and names; others are closed
    collapsed : set of scopes, optional
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
    View
        A box stands for a node of the tape, a collapsed group, a constant, the port of a state, or a further copy of a
        parameter; `view.Key` has their keys.

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
    if collapsed is not None:
        shut = Closing(draft, collapsed).shut
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
    draft = replace(draft, notes=[*draft.notes, *notes])
    return quotient(draft, Choice(frozenset(shut), linked, constants))


def _exceeds(draft: Draft, constants: bool | None, patterns: set[Path], budget: int) -> bool:
    """Whether a draft has more marks than there may be; each of its nodes is at least one."""
    few = patterns or len(draft.nodes) <= budget
    return not few or Marks(draft, (), constants).count(patterns) > budget
