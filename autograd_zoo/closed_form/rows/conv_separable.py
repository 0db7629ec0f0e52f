"""Rows of SeparableConv-2D, with the conventions of the rows of Conv-2D."""

from collections.abc import Callable
from typing import Any

import numpy as np

from .. import conv
from ..formula import Formula
from ..notation import Array
from .assumptions import SUMMED
from .maps import (
    SENSES,
    Transpose,
    convolve,
    cut,
    indices,
    laid,
    minus,
    reversed_about_0,
    swapped,
    table,
)
from .samples import away_from_zero

_K = 3
_FAILING_SENSES = {
    "ᵀ swaps the axes": swapped,
    **{name: sense for name, sense in SENSES.items() if sense is not reversed_about_0},
}
_PARAMS = {"padding": ((_K - 1, 0),) * 2, "true_convolution": True}
_G = r"\frac{\partial{L}}{\partial{y_{s,i',j'}}}"
_SUMS_H = r"\sum\limits_{i'}^H\sum\limits_{j'}^H"
_DX = r"\frac{\partial{L}}{\partial{x_{p,i,j}}}=\sum\limits_{s}^Mw_{s,p}^2"
_DW1 = r"\frac{\partial{L}}{\partial{w_{p,i,j}^1}}=\sum\limits_{s}^Mw_{s,p}^2" + _SUMS_H


def _layer(rng: np.random.Generator) -> tuple[Array, ...]:
    """Draw x, w¹ and w², with more output channels than input channels or fewer, never as many."""
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


def _dx_sum(transpose: Transpose) -> Callable[..., Array]:
    def printed(g: Array, y: Array, x: Array, w1: Array, w2: Array, **_: Any) -> Array:
        C, H, _W = x.shape
        w1_T = transpose(w1, 2)
        return table(
            lambda p, *i: sum(
                w2[s, p] * sum(w1_T[p, *minus(i, i_)] * g[s, *i_] for i_ in indices((H, H))) for s in range(len(w2))
            ),
            *(C, H, H),
        )

    return printed


def _dw1(transpose: Transpose) -> Callable[..., Array]:
    def printed(g: Array, y: Array, x: Array, w1: Array, w2: Array, **_: Any) -> Array:
        _C, H, _W = x.shape
        x_T = transpose(x, 2)
        return table(
            lambda p, *i: sum(
                w2[s, p] * sum(x_T[p, *minus(i, i_)] * g[s, *i_] for i_ in indices((H, H))) for s in range(len(w2))
            ),
            *w1.shape,
        )

    return printed


def _dw2(g: Array, y: Array, x: Array, w1: Array, w2: Array, **_: Any) -> Array:
    o = _o_sum(x, w1, w2)
    return table(lambda s, p: sum(g[s, i, j] * o[p, i, j] for i, j in indices(o.shape[1:])), *w2.shape)


def _row(quantity: str, equality: str, place: str, **more: Any) -> Formula:
    """Return a row with what all of them share."""
    return Formula(
        id=".".join(["conv.separable_conv", quantity, *filter(None, [equality])]),
        specimen="separable_conv",
        quantity=quantity,
        place=f"Linear modules, SeparableConv-2D, {place}",
        sample=_layer,
        params=_PARAMS,
        source="document",
        **more,
    )


_ORIGIN = "In this section too, ᵀ has to reverse about index 0, not to swap the axes as a matrix's transpose does."

FORMULAS: tuple[Formula, ...] = (
    _row(
        "o",
        "operator",
        "forward-pass, o, first equality",
        latex=r"o_{p,i,j}=x_{p,i,j}*w_{p,i',j'}^1",
        printed=_o_operator,
        corrected=conv.separable_conv_o,
    ),
    _row(
        "o",
        "sum",
        "forward-pass, o, second equality",
        latex=r"o_{p,i,j}=\sum\limits_{i'}^K\sum\limits_{j'}^Kx_{p,i-i',j-j'}\cdot{w_{p,i',j'}^1}",
        printed=_o_sum,
        corrected=conv.separable_conv_o,
        note="A true convolution, as in Conv-2D.",
    ),
    _row(
        "y",
        "operator",
        "forward-pass, y, first equality",
        latex=r"y_{s,i,j}=o_{p,i,j}*w_{s,p}^2",
        printed=_y_operator,
        corrected=conv.separable_conv,
        corrected_latex=r"y_{s,i,j}=\sum\limits_{p}^Co_{p,i,j}*w_{s,p}^2",
        readings={
            SUMMED: lambda x, w1, w2, **_: _y_operator(x, w1, w2).sum(axis=1),
        },
        note="The index p is free on the right and missing on the left, as in the first equality of Conv-2D.",
    ),
    _row(
        "y",
        "sum",
        "forward-pass, y, second equality",
        latex=r"y_{s,i,j}=\sum\limits_{p}^Co_{p,i,j}\cdot{w_{s,p}^2}",
        printed=_y_sum,
        corrected=conv.separable_conv,
    ),
    _row(
        "dx",
        "operator",
        "backward-pass, first equality",
        latex=rf"{_DX}(w_{{p,i,j}}^1*{_G})",
        printed=_dx_operator(laid),
        corrected=conv.separable_conv_dx,
        corrected_latex=rf"{_DX}(w_{{p,i,j}}^{{1,T}}*{_G})\\\text{{where }}w_{{p,i,j}}^{{1,T}}=w_{{p,-i,-j}}^1",
        forward=conv.separable_conv,
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
        "dx",
        "sum",
        "backward-pass, second equality",
        latex=rf"{_DX}{_SUMS_H}w_{{s,p,i-i',j-j'}}^{{1,T}}\cdot{{{_G}}}",
        printed=lambda g, y, x, w1, w2, **_: _dx_sum(swapped)(g, y, x, np.reshape(w1, (*w2.shape, _K, _K)), w2),
        corrected=conv.separable_conv_dx,
        corrected_latex=rf"{_DX}{_SUMS_H}w_{{p,i'-i,j'-j}}^1\cdot{{{_G}}}",
        forward=conv.separable_conv,
        readings={
            f"the index s of w¹ is left out, and {name}": _dx_sum(sense) for name, sense in _FAILING_SENSES.items()
        },
        mended=_dx_sum(reversed_about_0),
        note=f"The kernel w¹ of the forward pass has no index s, and not enough elements for one. {_ORIGIN}",
    ),
    _row(
        "dw1",
        "",
        "parameter-pass",
        latex=rf"{_DW1}x_{{p,i-i',j-j'}}^T\cdot{{{_G}}}",
        printed=_dw1(swapped),
        corrected=conv.separable_conv_dw1,
        corrected_latex=rf"{_DW1}x_{{p,i'-i,j'-j}}\cdot{{{_G}}}",
        forward=conv.separable_conv,
        readings={name: _dw1(sense) for name, sense in SENSES.items()},
        note=_ORIGIN,
    ),
    _row(
        "dw2",
        "",
        "parameter-pass",
        latex=(
            r"\frac{\partial{L}}{\partial{w_{s,p}^2}}=\sum\limits_{i}^H\sum\limits_{j}^H"
            r"\frac{\partial{L}}{\partial{y_{s,i,j}}}\cdot{o_{p,i,j}}"
        ),
        printed=_dw2,
        corrected=conv.separable_conv_dw2,
        forward=conv.separable_conv,
    ),
)
