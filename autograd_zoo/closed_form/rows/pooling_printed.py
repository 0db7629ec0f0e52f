"""Rows of MaxPooling2D and AveragePooling2D, as printed.

Indices count from 0, and outside an array everything is 0. P and Q are the window's sizes, printed p and q for the
maximum. Samples are wider than high, and windows too, so that a letter which serves both axes is noticed.
"""

from functools import partial
from typing import Any, NamedTuple

import numpy as np

from ..formula import Formula
from ..notation import Array
from .build import TABLE_ROW, Transcription, read, rows
from .maps import first, indices, table
from .samples import Sample


class Layer(NamedTuple):
    """The window's height P and width Q, and the stride U of both axes."""

    P: int
    Q: int
    U: int

    def fitting(self, x: Array) -> tuple[int, int]:
        """How many windows fit into x."""
        return (x.shape[0] - self.P) // self.U + 1, (x.shape[1] - self.Q) // self.U + 1


def _layer(kernel_size: tuple[int, int], stride: tuple[int, int]) -> Layer:
    return Layer(*kernel_size, stride[0])


def _params(P: int, Q: int, U: int) -> dict[str, Any]:
    return {"kernel_size": (P, Q), "stride": (U, U)}


def _map(H: int, W: int) -> Sample:
    """A sampler of maps without ties, of a size."""
    return lambda rng: (rng.permutation(np.linspace(-2.0, 2.0, H * W)).reshape(H, W),)


_WIDE = _map(5, 14)
_SPREAD = (
    {"sample": _map(6, 6), "params": _params(2, 2, 2)},
    {"sample": _map(5, 7), "params": _params(3, 3, 2)},
    {"sample": _map(4, 5), "params": _params(2, 3, 1)},
    {"sample": _map(3, 3), "params": _params(1, 1, 1)},
)
"""Square windows and not, that overlap and not, on square maps and others, of even sizes and odd."""


def _at(a: Array, *index: int, letters: str = "Z") -> float:
    """An entry of a, or outside of it 0, or no value."""
    inside = all(0 <= i < n for i, n in zip(index, a.shape, strict=True))
    return float(a[index]) if inside else 0.0 if "Z" in letters else np.nan


def _max_y(letters: str, x: Array, **params: Any) -> Array:
    """A slice counts from 0 and leaves its end out; or, without the letter I, counts from 1 and has its end."""
    P, Q, U = layer = _layer(**params)
    f = first(letters)
    return table(
        lambda i, j: np.max(x[U * (i + f) - f : U * (i + f) + P, U * (j + f) - f : U * (j + f) + Q]), *layer.fitting(x)
    )


def _max_dx(g: Array, y: Array, x: Array, **params: Any) -> Array:
    """The condition selects an i, j: that of the window with the largest maximum, for only windows have indices."""
    P, _, U = _layer(**params)
    H, _W = x.shape
    largest = max(indices(y.shape), key=lambda i: np.max(x[U * i[0] : U * i[0] + P, U * i[1] : U * i[1] + P]))
    total = sum(_at(g, i_, j_) for i_ in range(H) for j_ in range(H))
    return table(lambda i, j: total if (i, j) == largest else 0.0, *x.shape)


def _max_dx_inside(q: bool = False, all_windows: bool = False) -> Transcription:
    """The transcription with the condition inside the sums, with q for the second p, and over all windows."""

    def printed(g: Array, y: Array, x: Array, **params: Any) -> Array:
        P, Q, U = _layer(**params)
        dx, H = np.zeros(x.shape), x.shape[0]
        for i_, j_ in indices(y.shape if all_windows else (H, H)):
            window = x[U * i_ : U * i_ + P, U * j_ : U * j_ + (Q if q else P)]
            if window.size:
                i, j = np.unravel_index(np.argmax(window), window.shape)
                dx[U * i_ + i, U * j_ + j] += _at(g, i_, j_)
        return dx

    return printed


def _avg_y(letters: str, x: Array, **params: Any) -> Array:
    """In the factor p and q are the indices of the sums, or by K their sizes."""
    P, Q, U = layer = _layer(**params)
    f = first(letters)

    def entry(i: int, j: int) -> float:
        terms = ((p, q) for p in range(f, P + f) for q in range(f, Q + f))
        of = (((P * Q) if "K" in letters else p * q, U * (i + f) + p - f, U * (j + f) + q - f) for p, q in terms)
        return float(sum(np.divide(_at(x, *at), count) for count, *at in of))

    return table(entry, *layer.fitting(x))


def _avg_dx(letters: str, g: Array, y: Array, x: Array, **params: Any) -> Array:
    """The sums run over a = (i − p)/U up to P, and so for b and Q: then p = i − Ua and q = j − Ub.

    By F they run over p and q, and have those terms for which U divides i − p and j − q.
    """
    P, Q, U = _layer(**params)
    f = first(letters)

    def terms(i: int, n: int) -> list[tuple[int, int]]:
        """Of one axis, p and (i − p)/U."""
        if "F" in letters:
            return [(p, (i - p) // U) for p in range(f, n + f) if (i - p) % U == 0]
        return [(i - U * a, a) for a in range(f, n + f)]

    def entry(i: int, j: int) -> float:
        both = ((p, q, a, b) for p, a in terms(i + f, P) for q, b in terms(j + f, Q))
        of = ((P * Q if "K" in letters else p * q, _at(g, a - f, b - f, letters=letters)) for p, q, a, b in both)
        return float(sum(np.divide(value, count) for count, value in of))

    return table(entry, *x.shape)


def _avg_dx_mended(g: Array, y: Array, x: Array, **params: Any) -> Array:
    """∂L/∂y of each window, in equal parts to what is in it."""
    P, Q, U = _layer(**params)
    dx = np.zeros(x.shape)
    for i, j in indices(y.shape):
        dx[U * i : U * i + P, U * j : U * j + Q] += g[i, j] / (P * Q)
    return dx


def _max_y_mended(x: Array, **params: Any) -> Array:
    P, Q, U = layer = _layer(**params)
    return table(lambda i, j: max(x[U * i + p, U * j + q] for p, q in indices((P, Q))), *layer.fitting(x))


def _avg_y_mended(x: Array, **params: Any) -> Array:
    P, Q, U = layer = _layer(**params)
    return table(lambda i, j: 1 / (P * Q) * sum(x[U * i + p, U * j + q] for p, q in indices((P, Q))), *layer.fitting(x))


_DX = r"∂L/∂{x_{i,j}}"
_DY = r"∂L/∂{y_{i',j'}}"

_max_pool = rows("pooling.max_pool", f"{TABLE_ROW} MaxPooling2D", _WIDE, spread=_SPREAD, **_params(2, 3, 2))
_avg_pool = rows("pooling.avg_pool", f"{TABLE_ROW} AveragePooling2D", _WIDE, spread=_SPREAD, **_params(2, 3, 2))
_FROM_0 = r"\qquad i,j=0,1,\dots"

FORMULAS: tuple[Formula, ...] = (
    _max_pool.y(
        r"y_{i,j}=max(x_{Ui:Ui+p,Uj:Uj+q})\\\text{U: }\text{stride}",
        corrected_latex=rf"y_{{i,j}}=max\{{x_{{Ui+p',Uj+q'}}:0\le p'<p,0\le q'<q\}}{_FROM_0}",
        **read("I", lambda letters: partial(_max_y, letters)),
        mended=_max_y_mended,
        note="A slice counts from 0 and leaves its end out, as in Python.",
    ),
    _max_pool.dx(
        rf"{_DX}=\begin{{cases}}\sum\limits_{{i'}}^H\sum\limits_{{j'}}^H{_DY}&\hspace{{10pt}}"
        r"\text{if }\argmax\limits_{i',j'}\{x_{Ui':Ui'+p,Uj':Uj'+p}\}=i,j\\0&\hspace{10pt}\text{otherwise}"
        r"\end{cases}",
        _max_dx,
        corrected_latex=(
            rf"{_DX}=\sum\limits_{{i'}}\sum\limits_{{j'}}\begin{{cases}}{_DY}&\hspace{{10pt}}"
            r"\text{if }\argmax\{x_{Ui':Ui'+p,Uj':Uj'+q}\}=i,j\\0&\hspace{10pt}\text{otherwise}\end{cases}"
        ),
        repairs={
            "IZ: the condition inside the sums": _max_dx_inside(),
            "IZ: the condition inside the sums; p → q": _max_dx_inside(q=True),
            "IZ: the condition inside the sums; H → W": _max_dx_inside(all_windows=True),
            "IZ: the condition inside the sums; p → q; H → W": _max_dx_inside(q=True, all_windows=True),
        },
        note=(
            "Three repairs: each window has an argmax, so the case distinction belongs inside the sums; the second "
            "slice ends with p, where the forward pass has q; H ends both sums, too soon for a wide map. With p = q on "
            "a square map the first alone would do."
        ),
    ),
    _avg_pool.y(
        r"y_{i,j}=\frac{1}{pq}\sum\limits_p^P\sum\limits_q^Qx_{Ui+p,Uj+q}",
        corrected_latex=(
            rf"y_{{i,j}}=\frac{{1}}{{PQ}}\sum\limits_{{p=0}}^{{P-1}}\sum\limits_{{q=0}}^{{Q-1}}x_{{Ui+p,Uj+q}}{_FROM_0}"
        ),
        **read("IK", lambda letters: partial(_avg_y, letters)),
        mended=_avg_y_mended,
        note=(
            "In the sums p and q are indices, and P and Q the sizes of the window. Outside of a sum its index has no "
            "value, so that in the factor p and q can only be the sizes, by their names in the row above."
        ),
    ),
    _avg_pool.dx(
        rf"{_DX}=\frac{{1}}{{pq}}\sum\limits_{{\frac{{i-p}}{{U}}}}^P\sum\limits_{{\frac{{j-q}}{{U}}}}^Q"
        r"∂L/∂{y_{\frac{i-p}{U},\frac{j-q}{U}}}",
        corrected_latex=(
            rf"{_DX}=\frac{{1}}{{PQ}}\sum\limits_{{0\le p<P:U|i-p}}\;\sum\limits_{{0\le q<Q:U|j-q}}"
            r"∂L/∂{y_{\frac{i-p}{U},\frac{j-q}{U}}}" + _FROM_0
        ),
        **read("FIKZ", lambda letters: partial(_avg_dx, letters)),
        mended=_avg_dx_mended,
        note=(
            "The factor has the letters of the indices, as in the forward pass, and the sums have a fraction for their "
            "index. What runs up to P and Q is p and q, and of these only such that U divides i − p and j − q, for a "
            "window to start there."
        ),
    ),
)
