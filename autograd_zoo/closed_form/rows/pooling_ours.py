"""Rows of pooling as modules compute it, with padding, dilation and windows that hang over, and of the global mean."""

import itertools
from collections.abc import Callable
from typing import Any

import numpy as np

from .. import pooling
from ..formula import Formula
from ..notation import Array
from .build import rows
from .maps import few_values, indices, numbers, table, without_ties

# One number for each axis.
_SIZE, _U, _A, _D = (3, 2), (2, 2), (1, 1), (1, 2)
_LAYER: dict[str, Any] = {"kernel_size": _SIZE, "stride": _U, "padding": _A, "ceil_mode": True}


def _starts(n: int, span: int, U: int, A: int) -> list[int]:
    """Where windows start: up to the first that reaches the end of the padding, if it starts before x ends."""
    starts = [-A]
    while starts[-1] + span < n + A and starts[-1] + U < n:
        starts.append(starts[-1] + U)
    return starts


def _windows(x: Array, D: tuple[int, int]) -> list[list[list[tuple[int, int]]]]:
    """For each row and column of windows, the indices in x that they meet, in row-major order."""
    rows, columns = (
        [
            [start + d * p for p in range(size) if 0 <= start + d * p < n]
            for start in _starts(n, d * (size - 1) + 1, U, A)
        ]
        for n, size, U, A, d in zip(x.shape, _SIZE, _U, _A, D, strict=True)
    )
    return [[list(itertools.product(row, column)) for column in columns] for row in rows]


def _each_window(value: Callable[[list[tuple[int, int]]], float], x: Array, D: tuple[int, int]) -> Array:
    """The map of the values of windows, each given as the indices that it meets."""
    return np.array([[value(window) for window in row] for row in _windows(x, D)])


def _max_y(x: Array, **_: Any) -> Array:
    return _each_window(lambda window: max(x[i] for i in window), x, _D)


def _max_dx(g: Array, y: Array, x: Array, **_: Any) -> Array:
    first = [[max(window, key=lambda i: x[i]) for window in row] for row in _windows(x, _D)]
    return table(lambda *i: sum(g[i_, j_] for i_, j_ in indices(y.shape) if first[i_][j_] == i), *x.shape)


def _avg_y(x: Array, **_: Any) -> Array:
    return _each_window(lambda window: sum(x[i] for i in window) / len(window), x, (1, 1))


def _avg_dx(g: Array, y: Array, x: Array, **_: Any) -> Array:
    windows = _windows(x, (1, 1))
    return table(
        lambda *i: sum(g[i_, j_] / len(windows[i_][j_]) for i_, j_ in indices(y.shape) if i in windows[i_][j_]),
        *x.shape,
    )


_DX = r"∂L/∂{x_{i,j}}"
_DY = r"∂L/∂{y_{i',j'}}"

_TABLE = "Not printed; table row"
_max_pool = rows(
    "pooling.max_pool", f"{_TABLE} MaxPooling2D with padding, dilation and ceil_mode", few_values, **_LAYER, dilation=_D
)
_avg_pool = rows(
    "pooling.avg_pool",
    f"{_TABLE} AveragePooling2D with padding and ceil_mode",
    numbers,
    **_LAYER,
    count_include_pad=False,
)
_global_avg_pool = rows("pooling.global_avg_pool", f"{_TABLE} AveragePooling2D with one window as large as x", numbers)

FORMULAS: tuple[Formula, ...] = (
    _max_pool["y.general"](
        r"y_{i,j}=\max\limits_{p<P,q<Q}x_{Ui+Dp-A,Uj+Dq-A}\\A\text{: padding, }D\text{: dilation}",
        _max_y,
        note="The maximum over those indices that lie in x.",
    ),
    _max_pool["dx.general"](
        rf"{_DX}=\sum\limits_{{i'}}\sum\limits_{{j'}}\begin{{cases}}{_DY}&\hspace{{10pt}}"
        r"\text{if }\argmax\limits_{p<P,q<Q}x_{Ui'+Dp-A,Uj'+Dq-A}\text{ is at }i,j"
        r"\\0&\hspace{10pt}\text{otherwise}\end{cases}\\A\text{: padding, }D\text{: dilation}",
        _max_dx,
        perturbed=lambda delta, x, **layer: pooling.max_pool(without_ties(x) + delta, **layer),
    ),
    _avg_pool["y.general"](
        r"y_{i,j}=\frac{1}{n_{i,j}}\sum\limits_p^P\sum\limits_q^Qx_{Ui+p-A,Uj+q-A}"
        r"\\A\text{: padding, }n_{i,j}\text{: number of terms in }x",
        _avg_y,
    ),
    _avg_pool["dx.general"](
        rf"{_DX}=\sum\limits_{{i',j'\text{{ over }}i,j}}\frac{{1}}{{n_{{i',j'}}}}{_DY}"
        r"\\n_{i,j}\text{: number of terms in }x",
        _avg_dx,
    ),
    _global_avg_pool.y(
        r"y=\frac{1}{HW}\sum\limits_{i}^H\sum\limits_{j}^Wx_{i,j}",
        lambda x: sum(x[i] for i in indices(x.shape)) / (x.shape[0] * x.shape[1]),
    ),
    _global_avg_pool.dx(
        rf"{_DX}=\frac{{1}}{{HW}}∂L/∂{{y}}", lambda g, y, x: table(lambda i, j: g / (x.shape[0] * x.shape[1]), *x.shape)
    ),
)
