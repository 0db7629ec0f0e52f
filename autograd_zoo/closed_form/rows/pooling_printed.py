"""Rows of MaxPooling2D and AveragePooling2D, as printed.

Indices count from 0, and outside an array everything is 0. P and Q are the window's sizes, printed p and q for the
maximum. Samples are wider than high, and windows too, so that a letter which serves both axes is noticed.
"""

from collections.abc import Callable
from typing import Any

import numpy as np

from .. import pooling
from ..formula import Formula
from ..notation import Array
from .build import rows
from .maps import few_values, indices, numbers, table, without_ties

_P, _Q, _U = 2, 3, 2
_LAYER: dict[str, Any] = {"kernel_size": (_P, _Q), "stride": (_U, _U)}


def _at(a: Array, *index: int) -> float:
    """An entry of a, or 0 outside of it."""
    return float(a[index]) if all(0 <= i < n for i, n in zip(index, a.shape, strict=True)) else 0.0


def _fitting(x: Array) -> tuple[int, int]:
    """How many windows fit into x."""
    return (x.shape[0] - _P) // _U + 1, (x.shape[1] - _Q) // _U + 1


def _max_y(x: Array, **_: Any) -> Array:
    return table(lambda i, j: np.max(x[_U * i : _U * i + _P, _U * j : _U * j + _Q]), *_fitting(x))


def _max_dx(g: Array, y: Array, x: Array, **_: Any) -> Array:
    """The condition selects an i, j: that of the window with the largest maximum, for only windows have indices."""
    H, _W = x.shape
    largest = max(indices(y.shape), key=lambda i: np.max(x[_U * i[0] : _U * i[0] + _P, _U * i[1] : _U * i[1] + _P]))
    total = sum(_at(g, i_, j_) for i_ in range(H) for j_ in range(H))
    return table(lambda i, j: total if (i, j) == largest else 0.0, *x.shape)


def _max_dx_inside(width: int, all_windows: bool) -> Callable[..., Array]:
    """The transcription with the condition inside the sums, for windows that are `width` wide."""

    def printed(g: Array, y: Array, x: Array, **_: Any) -> Array:
        dx, H = np.zeros(x.shape), x.shape[0]
        for i_, j_ in indices(y.shape if all_windows else (H, H)):
            window = x[_U * i_ : _U * i_ + _P, _U * j_ : _U * j_ + width]
            if window.size:
                i, j = np.unravel_index(np.argmax(window), window.shape)
                dx[_U * i_ + i, _U * j_ + j] += _at(g, i_, j_)
        return dx

    return printed


def _avg_y(x: Array, **_: Any) -> Array:
    """The factor has the p and q of the sums, and is infinite where they are 0."""
    return table(
        lambda i, j: sum(np.divide(x[_U * i + p, _U * j + q], p * q) for p in range(_P) for q in range(_Q)),
        *_fitting(x),
    )


def _avg_y_from_1(x: Array, **_: Any) -> Array:
    x = np.pad(x, ((1, 0), (1, 0)))
    return table(
        lambda i, j: sum(x[_U * i + p, _U * j + q] / (p * q) for p in range(1, _P + 1) for q in range(1, _Q + 1)),
        *_fitting(x[1:, 1:]),
    )


def _avg_y_sizes(x: Array, **_: Any) -> Array:
    return table(
        lambda i, j: 1 / (_P * _Q) * sum(x[_U * i + p, _U * j + q] for p in range(_P) for q in range(_Q)), *_fitting(x)
    )


def _avg_dx(g: Array, y: Array, x: Array, **_: Any) -> Array:
    """The sums run over a = (i − p)/U up to P, and so for b and Q: then p = i − Ua and q = j − Ub."""
    return table(
        lambda i, j: sum(np.divide(_at(g, a, b), (i - _U * a) * (j - _U * b)) for a in range(_P) for b in range(_Q)),
        *x.shape,
    )


def _avg_dx_sizes(g: Array, y: Array, x: Array, **_: Any) -> Array:
    total = sum(_at(g, a, b) for a in range(_P) for b in range(_Q))
    return np.full(x.shape, total / (_P * _Q))


def _avg_dx_factor_inside(g: Array, y: Array, x: Array, **_: Any) -> Array:
    """The factor has the p and q of the sums, as in the forward pass."""

    def entry(i: int, j: int) -> float:
        terms = ((p, q) for p in range(_P) for q in range(_Q) if (i - p) % _U == 0 == (j - q) % _U)
        return float(sum(np.divide(_at(g, (i - p) // _U, (j - q) // _U), p * q) for p, q in terms))

    return table(entry, *x.shape)


def _avg_dx_over_p_and_q(counts: Callable[[int], bool]) -> Callable[..., Array]:
    """The transcription with those terms for which both i − p and j − q count."""

    def printed(g: Array, y: Array, x: Array, **_: Any) -> Array:
        def entry(i: int, j: int) -> float:
            terms = ((i - p, j - q) for p in range(_P) for q in range(_Q) if counts(i - p) and counts(j - q))
            return 1 / (_P * _Q) * sum(_at(g, row // _U, column // _U) for row, column in terms)

        return table(entry, *x.shape)

    return printed


_INSIDE = "the condition stands inside the sums: the window i′, j′ has its maximum at i, j"
_SIZES = "in the factor p and q are the sizes of the window, as for MaxPooling2D"
_FRACTIONS = "the sums run over the p and q that make the fractions integers"
_DX = r"∂L/∂{x_{i,j}}"
_DY = r"∂L/∂{y_{i',j'}}"

_TABLE = "Parameter-free modules, table row"
_max_pool = rows("pooling", "max_pool", f"{_TABLE} MaxPooling2D", few_values, **_LAYER)
_avg_pool = rows("pooling", "avg_pool", f"{_TABLE} AveragePooling2D", numbers, **_LAYER)

FORMULAS: tuple[Formula, ...] = (
    _max_pool(
        "y",
        r"y_{i,j}=max(x_{Ui:Ui+p,Uj:Uj+q})\\\text{U: }\text{stride}",
        _max_y,
        note="With a first index that counts, and a last that does not, as in Python.",
    ),
    _max_pool(
        "dx",
        rf"{_DX}=\begin{{cases}}\sum\limits_{{i'}}^H\sum\limits_{{j'}}^H{_DY}&\hspace{{10pt}}"
        r"\text{if }\argmax\limits_{i',j'}\{x_{Ui':Ui'+p,Uj':Uj'+p}\}=i,j\\0&\hspace{10pt}\text{otherwise}"
        r"\end{cases}",
        _max_dx,
        corrected_latex=(
            rf"{_DX}=\sum\limits_{{i'}}\sum\limits_{{j'}}\begin{{cases}}{_DY}&\hspace{{10pt}}"
            r"\text{if }\argmax\{x_{Ui':Ui'+p,Uj':Uj'+q}\}=i,j\\0&\hspace{10pt}\text{otherwise}\end{cases}"
        ),
        readings={
            _INSIDE: _max_dx_inside(_P, all_windows=False),
            f"{_INSIDE}, and the second p is a q": _max_dx_inside(_Q, all_windows=False),
            f"{_INSIDE}, and the sums run over all windows": _max_dx_inside(_P, all_windows=True),
        },
        mended=_max_dx_inside(_Q, all_windows=True),
        perturbed=lambda delta, x, **layer: pooling.max_pool(without_ties(x) + delta, **layer),
        note=(
            "Three repairs: each window has an argmax, so the case distinction belongs inside the sums; p ends both "
            "slices, where the forward pass has q; H ends both sums, too soon for a wide map. Of several maxima, "
            "argmax is the first."
        ),
    ),
    _avg_pool(
        "y",
        r"y_{i,j}=\frac{1}{pq}\sum\limits_p^P\sum\limits_q^Qx_{Ui+p,Uj+q}",
        _avg_y,
        corrected_latex=r"y_{i,j}=\frac{1}{PQ}\sum\limits_p^P\sum\limits_q^Qx_{Ui+p,Uj+q}",
        readings={"the indices p and q count from 1": _avg_y_from_1, _SIZES: _avg_y_sizes},
        note=(
            "In the sums p and q are indices, and P and Q the sizes of the window. Outside of a sum its index has no "
            "value, so that in the factor p and q can only be the sizes, by their names in the row above."
        ),
    ),
    _avg_pool(
        "dx",
        rf"{_DX}=\frac{{1}}{{pq}}\sum\limits_{{\frac{{i-p}}{{U}}}}^P\sum\limits_{{\frac{{j-q}}{{U}}}}^Q"
        r"∂L/∂{y_{\frac{i-p}{U},\frac{j-q}{U}}}",
        _avg_dx,
        corrected_latex=(
            rf"{_DX}=\frac{{1}}{{PQ}}\sum\limits_{{p:U|i-p}}^P\sum\limits_{{q:U|j-q}}^Q"
            r"∂L/∂{y_{\frac{i-p}{U},\frac{j-q}{U}}}"
        ),
        readings={
            _SIZES: _avg_dx_sizes,
            _FRACTIONS: _avg_dx_factor_inside,
            f"{_SIZES}, and the sums run over p and q; fractions are rounded down": _avg_dx_over_p_and_q(
                lambda _: True
            ),
        },
        mended=_avg_dx_over_p_and_q(lambda multiple: multiple % _U == 0),
        note=(
            "Two repairs: the factor has the letters of the indices, as in the forward pass, and the sums have a "
            "fraction for their index. What runs up to P and Q is p and q, and of these only such that U divides i − p "
            "and j − q, for a window to start there."
        ),
    ),
)
