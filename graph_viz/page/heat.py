"""Heat-maps: the elements of an array as cells between two colours, zero between them; of few elements the numbers."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

import numpy as np

from ..style import number, shape
from ..summaries import SMALL

SIDE = 12  # rows and columns at most: cells of a larger array are means of blocks of it
LEVELS = np.array(list("abcdefghijklmno"))  # from the most negative to the most positive, "h" for 0

Heat = Mapping[str, str]
"""What a page draws: "shape"; "cells", as `levels` gives them; "most", the number at both ends of the scale; and of few
elements "numbers", rows parted by "/"; or "means", where cells are means."""


def heat(value: object) -> Heat | None:
    """The heat-map of an array; None of a single number, of nothing, and of complex numbers, which have no sign.

    >>> heat(np.array([[-1.0, 0.0], [0.5, 1.0]]))
    {'shape': '2×2', 'cells': 'ah/lo', 'most': '1', 'numbers': '−1 0/0.5 1'}
    """
    array = np.asarray(value)
    if array.size < 2 or array.dtype.kind == "c":
        return None
    table = np.asarray(array, float).reshape(-1, array.shape[-1])
    blocks = means(table)
    found = {"shape": shape(array.shape), "cells": levels(blocks), "most": number(_greatest(blocks))}
    if array.size <= SMALL:
        return found | {"numbers": "/".join(" ".join(number(float(x)) for x in row) for row in table)}
    return found if blocks.shape == table.shape else found | {"means": "means of blocks"}


def means(table: np.ndarray) -> np.ndarray:
    """The means of at most 12 × 12 blocks of a table, which are as equal as can be."""
    for axis in (0, 1):
        starts = np.unique(np.arange(SIDE) * table.shape[axis] // SIDE)
        sizes = np.diff([*starts, table.shape[axis]])
        table = np.add.reduceat(table, starts, axis) / (sizes if axis else sizes[:, None])
    return table


def levels(table: np.ndarray) -> str:
    """The elements of a table as letters, rows parted by "/": "a" is minus the greatest, "h" 0, "o" the greatest.

    >>> levels(np.array([[-1.0, 0.0], [0.5, np.nan]]))
    'ah/l?'
    """
    finite = np.isfinite(table)
    steps = np.round(np.where(finite, table, 0.0) / (_greatest(table) or 1.0) * 7).astype(int)
    cells = np.where(finite, LEVELS[steps + 7], "?")
    return "/".join("".join(row) for row in cells)


def fitting(heats: Iterable[tuple[int, Heat | None]], room: int) -> dict[int, Heat]:
    """The first of some numbered heat-maps that have no more than so many characters together."""
    found: dict[int, Heat] = {}
    for k, each in heats:
        if each is not None:
            room -= sum(map(len, each.values()))
            if room < 0:
                break
            found[k] = each
    return found


def _greatest(table: np.ndarray) -> float:
    """The greatest absolute value among what is finite."""
    return float(np.max(np.abs(table), where=np.isfinite(table), initial=0.0))
