"""The second stage: from the nodes of a tape to the boxes of a picture. A `View` says what each box hides.

The rules stand in `roll` (time steps), `groups` (what is named, alike, or matches a pattern), `layers` (with what
follows them), `budget` (what is collapsed), `chains` and `copies` (parameters); here they are applied in turn, and
`quotient` makes the view.
"""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import replace
from typing import Any

from ..quick import uncollected
from ..scopes import Path, clean_path
from ..view import Key, View
from . import budget as budgets
from .budget import CYCLE, Boxes, Collapsing, Open, collapsed_in
from .chains import chains
from .draft import Draft, made
from .formulas import closed, framed
from .groups import cones, matched, runs
from .layers import layers
from .loops import looped
from .quotient import Choice, quotient
from .roll import roll
from .window import CROWDED, keys_of, window

BUDGET = 40  # boxes that a reader takes in


def fold(graph: Any, **options: Any) -> View:
    """The boxes to draw for a graph made by `trace`: the view of what is `settled`, which has the options.

    Returns
    -------
    View
        A box stands for a node of the tape, a collapsed group, a constant, the port of a state, or a further copy of a
        parameter; `view.Key` has their keys.

    Notes
    -----
    Boxes are the classes of a partition of the tape, and its edges are the tape's between different classes, but that
    an edge from one time step to the next leads to a port, and one from a copied parameter leaves its nearest copy.
    It is acyclic except for the edges from step to step: a module whose result comes back to it by way of another is
    not collapsed and is no cluster; a note tells.
    """
    return quotient(*settled(graph, **options))


@uncollected
def settled(
    graph: Any,
    *,
    depth: int | None = None,
    open: Open | None = None,
    collapsed: Collection[Path] | None = None,
    fold: str | None = None,
    constants: bool | None = None,
    budget: int | None = BUDGET,
    rolled: Draft | None = None,
    around: Collection[int] = (),
) -> tuple[Draft, Choice]:
    """What a graph made by `trace` is folded to: its draft, and which of the draft's groups are collapsed.

    Parameters
    ----------
    graph : networkx.MultiDiGraph
    depth : int, optional
        how many levels of modules are expanded; what is deeper is collapsed into one box a module call
    open : callable or set, optional
        which modules are expanded: a function of what is known of a call, or paths and names; others are collapsed
    collapsed : set of scopes, optional
        exactly the groups that are collapsed
    fold : str, optional
        a pattern such as "Linear > ReLU": what matches is one box
    constants : bool, optional
        constants become boxes of their own (True) or part of the operation's text (False); by default numbers are
        text, and arrays are boxes unless there are too many
    budget : int, optional
        how many boxes there should be at most, where nothing else says what is collapsed; None for no limit
    rolled : Draft, optional
        what `roll` made of the graph, if it is known
    around : list of int, optional
        nodes of which the neighbourhood is shown, half as many as the budget says, and what is between

    Returns
    -------
    draft : Draft
        in which every group that can be opened or closed is a scope
    choice : Choice
    """
    draft = rolled or roll(graph)
    plain, draft = draft, framed(draft)
    if fold:
        draft = matched(draft, fold)
    if around and len(draft.nodes) > (budget or BUDGET):
        draft = window(draft, (budget or BUDGET) // 2, keys_of(draft, around))
    patterns = made(draft, "pattern", "cut")
    told = depth is not None or open is not None
    much = budget is not None and not told and _exceeds(draft, constants, patterns, budget)
    if not told and budget is not None and collapsed is None:
        patterns |= closed(draft)
    linked: dict[Key, list[Key]] = {}
    lined = draft
    if much and budget is not None:
        if not (fold or around) and _exceeds_chained(draft, constants, budget):
            plain.looped = plain.looped or looped(graph, plain)
            draft = framed(plain.looped) if plain.looped is not plain else draft
        draft = cones(runs(draft))
        linked = chains(draft)
        lined = layers(draft, linked)
        if collapsed is not None and made(lined, "layer") & set(collapsed):
            draft = lined
        patterns = made(draft, "pattern", "cut") | closed(draft)
        constants = bool(constants)
    notes: list[str] = []
    if collapsed is not None:
        wanted = set(collapsed)
    elif open is not None:
        wanted = patterns | set(budgets.asked(draft, open))
    else:
        wanted = patterns if depth is None else patterns | set(budgets.levels(draft, depth))
    groups = Collapsing(draft, wanted).collapsed
    if collapsed is None and open is None and depth is not None:
        notes = [f"{clean_path(path)} stays open: {CYCLE}" for path in wanted if collapsed_in(path, groups) is None]
    elif collapsed is None and much and budget is not None:
        groups, notes, count = _within(lined, linked, constants, budget)
        if not made(lined, "layer") & groups:
            groups, notes, count = _within(draft, linked, constants, budget)
        else:
            draft = lined
        if not around and count > max(CROWDED, budget):
            draft = window(draft, budget)
            linked = chains(draft)
            groups, notes, _ = _within(draft, linked, constants, budget)
    draft = replace(draft, notes=[*draft.notes, *notes])
    return draft, Choice(frozenset(groups), linked, constants)


def _within(
    draft: Draft, linked: dict[Key, list[Key]], constants: bool | None, budget: int
) -> tuple[set[Path], list[str], int]:
    """The groups to collapse for a budget, with notes, and the boxes that there are then."""
    saved = [v for chain in linked.values() for v in chain[:-1]]
    boxes = Boxes(draft, saved, constants)
    groups, notes = budgets.within(draft, boxes, budget, made(draft, "pattern", "cut") | closed(draft))
    return groups, notes, boxes.count(groups)


def _exceeds_chained(draft: Draft, constants: bool | None, budget: int) -> bool:
    """Whether a draft has too many boxes also with its chains."""
    saved = [v for chain in chains(draft).values() for v in chain[:-1]]
    return Boxes(draft, saved, bool(constants)).count(()) > budget


def _exceeds(draft: Draft, constants: bool | None, patterns: set[Path], budget: int) -> bool:
    """Whether a draft has more boxes than there may be; each of its nodes is at least one."""
    few = patterns or len(draft.nodes) <= budget
    return not few or Boxes(draft, (), constants).count(patterns) > budget
