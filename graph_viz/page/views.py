"""The pictures of a page, all laid out beforehand: one for each level of modules, and one for each module expanded."""

from __future__ import annotations

from ..captions import counted
from ..figure import Figure
from ..scopes import Path

MOST_VIEWS = 24
MOST_BOXES = 120  # of a picture that one still reads on a screen
MOST_WORK = 100_000  # nodes that are folded for all views together: a long tape gets few


def of(figure: Figure) -> tuple[list[Figure], list[str]]:
    """The figure itself and further ones of the same graph, the outermost modules first; and what was left out."""
    figures = [figure]
    seen, crowded = {frozenset(figure.view.boxes)}, 0
    choices = _choices(figure.view.groups)
    room = max(2, MOST_WORK // len(figure.graph))
    while choices and len(figures) < MOST_VIEWS and room:
        other = figure.collapsed(choices.pop(0))
        room -= 1
        boxes = frozenset(other.view.boxes)
        if boxes not in seen and len(boxes) <= MOST_BOXES:
            figures.append(other)
        crowded += len(boxes) > MOST_BOXES
        seen.add(boxes)
    notes = [f"{counted(crowded, 'view')} of more than {MOST_BOXES} boxes left out of this page"] if crowded else []
    notes += [f"{counted(len(choices), 'view')} of deeper modules left out of this page"] if choices else []
    return figures, notes


def _choices(groups: tuple[Path, ...]) -> list[frozenset[Path]]:
    """Which groups to collapse: first those of each level, then all but one and the way to it."""
    levels = range(1, max(map(len, groups), default=0) + 2)
    collapsed = [frozenset(path for path in groups if len(path) == depth) for depth in levels]
    ways = [{path[:k] for k in range(1, len(path) + 1)} for path in sorted(groups, key=len)]
    return list(dict.fromkeys([*collapsed, *(frozenset(groups) - way for way in ways)]))
