"""The pictures of a page, all laid out beforehand: one for each level of modules, and one for each module opened."""

from __future__ import annotations

from typing import Any

from ..captions import counted
from ..scopes import Path

MOST_VIEWS = 24
MOST_MARKS = 120  # of a picture that one still reads on a screen
MOST_WORK = 100_000  # nodes that are folded for all views together: a long tape gets few


def of(drawing: Any) -> tuple[list[Any], list[str]]:
    """The drawing itself and further ones of the same graph, the outermost modules first; and what was left out."""
    views: list[Any] = [drawing]
    seen, crowded = {frozenset(drawing._view)}, 0
    choices = _choices(drawing._view.graph["groups"])
    room = max(2, MOST_WORK // len(drawing._graph))
    while choices and len(views) < MOST_VIEWS and room:
        view = drawing._with(closed=choices.pop(0))
        room -= 1
        marks = frozenset(view._view)
        if marks not in seen and len(marks) <= MOST_MARKS:
            views.append(view)
        crowded += len(marks) > MOST_MARKS
        seen.add(marks)
    notes = [f"{counted(crowded, 'view')} of more than {MOST_MARKS} marks left out of this page"] * bool(crowded)
    notes += [f"{counted(len(choices), 'view')} of deeper modules left out of this page"] * bool(choices)
    return views, notes


def _choices(groups: tuple[Path, ...]) -> list[frozenset[Path]]:
    """Which groups to close: first those of each level, then all but one and the way to it."""
    levels = range(1, max(map(len, groups), default=0) + 2)
    closed = [frozenset(path for path in groups if len(path) == depth) for depth in levels]
    ways = [{path[:k] for k in range(1, len(path) + 1)} for path in sorted(groups, key=len)]
    return list(dict.fromkeys([*closed, *(frozenset(groups) - way for way in ways)]))
