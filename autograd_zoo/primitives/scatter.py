"""Rows added up at places: what reading the same row more than once sends back."""

from __future__ import annotations

from typing import Any

import numpy as np

OFTEN = 16  # a row that is met more often is summed by itself, in float64


def added_rows(g: Any, at: Any, n: int) -> Any:
    """Zeros (n, ...), with row k of g added to row at[k] for each k: first those met first, then those met again, ...

    That is as many passes as the row that is met most often has, each over fewer rows; np.add.at takes twenty times as
    long.
    """
    z = np.zeros((n, *g.shape[1:]), g.dtype)
    order = np.argsort(at, kind="stable")
    place = at[order]
    first = np.flatnonzero(np.concatenate([place[:1] == place[:1], place[1:] != place[:-1]]))
    count = np.diff(first, append=len(at))
    by = np.argsort(-count, kind="stable")
    first, count = first[by], count[by]
    often = np.count_nonzero(count > OFTEN)
    for start, times in zip(first[:often], count[:often], strict=True):
        rows = g[order[start : start + times]]
        z[place[start]] = np.add.reduce(rows, axis=0, dtype=np.result_type(rows, np.float64))
    first, count = first[often:], count[often:]
    total = g[order[first]]
    for k in range(1, int(count.max(initial=1))):
        more = np.count_nonzero(count > k)
        total[:more] += g[order[first[:more] + k]]
    z[place[first]] = total
    return z
