"""Rows of SeparableConv-2D, with the conventions of the rows of Conv-2D."""

from collections.abc import Callable
from typing import Any

import numpy as np

from ..formula import Formula
from ..notation import Array
from .assumptions import SUMMED
from .build import rows
from .maps import SENSES, Transpose, convolve, cut, indices, laid, minus, reversed_about_0, swapped, table
from .samples import away_from_zero

_K = 3
_FAILING_SENSES = {
    "ᵀ swaps the axes": swapped,
    **{name: sense for name, sense in SENSES.items() if sense is not reversed_about_0},
}
_G = r"∂L/∂{y_{s,i',j'}}"
_SUMS_H = r"\sum\limits_{i'}^H\sum\limits_{j'}^H"
_DX = r"∂L/∂{x_{p,i,j}}=\sum\limits_{s}^Mw_{s,p}^2"
_DW1 = r"∂L/∂{w_{p,i,j}^1}=\sum\limits_{s}^Mw_{s,p}^2" + _SUMS_H


def _layer(rng: np.random.Generator) -> tuple[Array, ...]:
    """x, w¹ and w², with more output channels than input channels or fewer, never as many."""
    C = int(rng.choice([2, 3]))
    H = _K + int(rng.integers(2))
    return away_from_zero(rng, C, H, H), away_from_zero(rng, C, _K, _K), away_from_zero(rng, 5 - C, C)


def _o_operator(x: Array, w1: Array, w2: Array, **_: Any) -> Array:
    return cut(convolve(laid(x, 2), laid(w1, 2), 2), x.shape[1:])


def _o_sum(x: Array, w1: Array, w2: Array, **_: Any) -> Array:
    C, H, _W = x.shape
    x = laid(x, 2)
    return table(
        lambda p, i, j: sum(x[p, i - i_, j - j_] * w1[p, i_, j_] for i_ in range(_K) for j_ in range(_K)), C, H, H
    )


def _y_operator(x: Array, w1: Array, w2: Array, **_: Any) -> Array:
    o = _o_sum(x, w1, w2)
    return cut(convolve(laid(o, 2), laid(w2[..., np.newaxis, np.newaxis], 2), 2), x.shape[1:])


def _y_sum(x: Array, w1: Array, w2: Array, **_: Any) -> Array:
    (M, C), (_, H, _W) = w2.shape, x.shape
    o = _o_sum(x, w1, w2)
    return table(lambda s, i, j: sum(o[p, i, j] * w2[s, p] for p in range(C)), M, H, H)


def _dx_operator(transpose: Transpose) -> Callable[..., Array]:
    def printed(g: Array, y: Array, x: Array, w1: Array, w2: Array, **_: Any) -> Array:
        products = convolve(transpose(w1, 2), laid(g[:, np.newaxis], 2), 2)
        return cut(np.sum(w2[..., np.newaxis, np.newaxis] * products, axis=0), x.shape[1:])

    return printed


def _products(maps: Array, g: Array, w2: Array, sizes: tuple[int, ...]) -> Array:
    """Σₛ w²_{s,p} Σ_i′ m_{p,i−i′} ∂L/∂y_{s,i′} for transposed maps m."""

    def entry(s: int, p: int, *i: int) -> float:
        return float(w2[s, p] * sum(maps[p, *minus(i, i_)] * g[s, *i_] for i_ in indices(g.shape[1:])))

    return table(lambda p, *i: sum(entry(s, p, *i) for s in range(len(g))), *sizes)


def _dx_sum(transpose: Transpose) -> Callable[..., Array]:
    return lambda g, y, x, w1, w2, **_: _products(transpose(w1, 2), g, w2, x.shape)


def _dw1(transpose: Transpose) -> Callable[..., Array]:
    return lambda g, y, x, w1, w2, **_: _products(transpose(x, 2), g, w2, w1.shape)


def _dw2(g: Array, y: Array, x: Array, w1: Array, w2: Array, **_: Any) -> Array:
    o = _o_sum(x, w1, w2)
    return table(lambda s, p: sum(g[s, i, j] * o[p, i, j] for i, j in indices(o.shape[1:])), *w2.shape)


_row = rows(
    "conv",
    "separable_conv",
    "Linear modules, SeparableConv-2D",
    _layer,
    padding=((_K - 1, 0),) * 2,
    true_convolution=True,
)
_ORIGIN = "In this section too, ᵀ has to reverse about index 0, not to swap the axes as a matrix's transpose does."

FORMULAS: tuple[Formula, ...] = (
    _row("o.operator", r"o_{p,i,j}=x_{p,i,j}*w_{p,i',j'}^1", _o_operator, at="forward-pass, o, first equality"),
    _row(
        "o.sum",
        r"o_{p,i,j}=\sum\limits_{i'}^K\sum\limits_{j'}^Kx_{p,i-i',j-j'}\cdot{w_{p,i',j'}^1}",
        _o_sum,
        at="forward-pass, o, second equality",
        note="A true convolution, as in Conv-2D.",
    ),
    _row(
        "y.operator",
        r"y_{s,i,j}=o_{p,i,j}*w_{s,p}^2",
        _y_operator,
        at="forward-pass, y, first equality",
        corrected_latex=r"y_{s,i,j}=\sum\limits_{p}^Co_{p,i,j}*w_{s,p}^2",
        readings={SUMMED: lambda x, w1, w2, **_: _y_operator(x, w1, w2).sum(axis=1)},
        note="The index p is free on the right and missing on the left, as in the first equality of Conv-2D.",
    ),
    _row(
        "y.sum", r"y_{s,i,j}=\sum\limits_{p}^Co_{p,i,j}\cdot{w_{s,p}^2}", _y_sum, at="forward-pass, y, second equality"
    ),
    _row(
        "dx.operator",
        rf"{_DX}(w_{{p,i,j}}^1*{_G})",
        _dx_operator(laid),
        at="backward-pass, first equality",
        corrected_latex=rf"{_DX}(w_{{p,i,j}}^{{1,T}}*{_G})\\\text{{where }}w_{{p,i,j}}^{{1,T}}=w_{{p,-i,-j}}^1",
        readings={
            f"w¹ stands for its transpose, and {name}": _dx_operator(sense) for name, sense in _FAILING_SENSES.items()
        },
        mended=_dx_operator(reversed_about_0),
        note=(
            "The ᵀ that the second equality has is missing here, and it has to reverse about index 0. Were ∗ a "
            "correlation, no ᵀ would be missing; but o and y have it as a convolution, by their second equalities."
        ),
    ),
    _row(
        "dx.sum",
        rf"{_DX}{_SUMS_H}w_{{s,p,i-i',j-j'}}^{{1,T}}\cdot{{{_G}}}",
        lambda g, y, x, w1, w2, **_: _dx_sum(swapped)(g, y, x, np.reshape(w1, (*w2.shape, _K, _K)), w2),
        at="backward-pass, second equality",
        corrected_latex=rf"{_DX}{_SUMS_H}w_{{p,i'-i,j'-j}}^1\cdot{{{_G}}}",
        readings={
            f"the index s of w¹ is left out, and {name}": _dx_sum(sense) for name, sense in _FAILING_SENSES.items()
        },
        mended=_dx_sum(reversed_about_0),
        note=f"The kernel w¹ of the forward pass has no index s, and not enough elements for one. {_ORIGIN}",
    ),
    _row(
        "dw1",
        rf"{_DW1}x_{{p,i-i',j-j'}}^T\cdot{{{_G}}}",
        _dw1(swapped),
        at="parameter-pass",
        corrected_latex=rf"{_DW1}x_{{p,i'-i,j'-j}}\cdot{{{_G}}}",
        readings={name: _dw1(sense) for name, sense in SENSES.items()},
        note=_ORIGIN,
    ),
    _row(
        "dw2",
        r"∂L/∂{w_{s,p}^2}=\sum\limits_{i}^H\sum\limits_{j}^H∂L/∂{y_{s,i,j}}\cdot{o_{p,i,j}}",
        _dw2,
        at="parameter-pass",
    ),
)
