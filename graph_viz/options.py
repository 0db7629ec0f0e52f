"""The options of `draw`, checked before anything is read."""

from __future__ import annotations

import math
from collections.abc import Collection, Mapping
from typing import get_args

from .layout import Direction, Engine
from .style import Theme


def check(
    direction: object,
    width: object,
    theme: object,
    engine: object,
    limit: object,
    depth: object,
    open: object,
    fold: object,
    budget: object,
    names: object,
) -> None:
    """Raise a ValueError for an option that has no such value, or a TypeError for what it cannot be."""
    _one_of("direction", direction, (None, *get_args(Direction)))
    _one_of("theme", theme, get_args(Theme))
    _one_of("engine", engine, get_args(Engine))
    if width is not None and not (isinstance(width, int | float) and not isinstance(width, bool) and width >= 200):
        raise ValueError(
            f"width is how many px a picture is to be wide, 200 or more, or None for a page; got {width!r}"
        )
    if not isinstance(limit, int | float) or isinstance(limit, bool) or not 0 < limit < math.inf:
        raise ValueError(f"limit is how many seconds Graphviz may take, more than 0; got {limit!r}")
    if depth is not None and not _count(depth, 0):
        raise ValueError(f"depth is how many levels of modules to open, 0, 1, 2, ..., or None for all; got {depth!r}")
    if budget not in (None, "auto") and not _count(budget, 1):
        raise ValueError(
            f"budget is how many boxes there may be, 1, 2, ..., None for no limit, or 'auto'; got {budget!r}"
        )
    if depth is not None and open is not None:
        raise ValueError("depth and open both say which modules are open: give one of them")
    if open is not None and (isinstance(open, str) or not (callable(open) or isinstance(open, Collection))):
        raise TypeError(f"open is a set of module names or paths, or a function that says yes or no; got {open!r}")
    if fold is not None and not (isinstance(fold, str) and all(word.strip() for word in fold.split(">"))):
        raise ValueError(f'fold is a pattern such as "Linear > ReLU", of classes, names or operations; got {fold!r}')
    if names is not None and not (isinstance(names, Mapping) and all(isinstance(name, str) for name in names)):
        raise TypeError(
            f'names is a dict of labels and Tensors or modules, as in {{"x": x}}; got {type(names).__name__}'
        )


def _count(n: object, least: int) -> bool:
    return isinstance(n, int) and not isinstance(n, bool) and n >= least


def _one_of(name: str, value: object, known: tuple[object, ...]) -> None:
    if value not in known:
        raise ValueError(f"{name} must be one of {', '.join(map(repr, known))}; got {value!r}")
