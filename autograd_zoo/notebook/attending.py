"""Weights of attention as a picture: the row of a query lights up, with its numbers."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np

from .moving import Frame, Grid, Moving, Walk, each, number


def attending(
    maps: Mapping[str, Any], queries: Sequence[str] = (), keys: Sequence[str] = (), bars: bool = True
) -> Moving:
    """A picture of maps with a row for each query and a column for each key: the pointer on a row says its numbers.

    Parameters
    ----------
    maps
        arrays of one shape, (T, S), by their titles: weights of several heads, or weights, scores and gradients
    queries, keys
        what rows and columns are called: their numbers, if nothing is said
    bars
        whether cells have bars: for weights, which are at most 1

    Raises
    ------
    ValueError
        if the maps have several shapes, or as many names do not fit

    Examples
    --------
    >>> from autograd_zoo.notebook import attending
    >>> picture = attending({"A": [[0.25, 0.75], [0.5, 0.5]]}, queries=("it", "was"), keys=("the", "cat"))
    >>> picture.walks[0].frames[0].says
    ('it, A: the 0.25, cat 0.75; together 1',)
    """
    arrays = {title: np.asarray(map, dtype=float) for title, map in maps.items()}
    shapes = {a.shape for a in arrays.values()}
    if len(shapes) != 1 or len(next(iter(shapes))) != 2 or 0 in next(iter(shapes)):
        raise ValueError(
            f"the maps must be of one shape, (queries, keys), none of which is 0; they have {sorted(shapes)}"
        )
    ((T, S),) = shapes
    rows, columns = [*queries] or [f"query {i}" for i in range(T)], [*keys] or [f"key {j}" for j in range(S)]
    if (len(rows), len(columns)) != (T, S):
        raise ValueError(f"{T} queries and {S} keys need as many names; there are {len(rows)} and {len(columns)}")
    first = next(iter(arrays.values()))
    frames = [
        Frame(
            name,
            {(k, i * S + j): "in" for k in range(len(arrays)) for j in range(S)},
            tuple(f"{name}, {title}: {_row(columns, a[i])}" for title, a in arrays.items()),
        )
        for i, name in enumerate(rows)
    ]
    places = {(k, p): index[0] for k in range(len(arrays)) for p, index in each(first)}
    return Moving(
        [Grid(title, a, rows, columns, bars=bars, digits=2) for title, a in arrays.items()],
        (Walk("query", frames, places),),
        label=f"Maps with a row for each query and a column for each key: {', '.join(arrays)}",
    )


def _row(columns: Sequence[str], values: np.ndarray) -> str:
    numbers = ", ".join(f"{name} {number(v)}" for name, v in zip(columns, values, strict=True))
    return f"{numbers}; together {number(round(float(values.sum()), 12))}"
