"""Rows of Conv-2D, Conv-1D and Conv-3D: three passes of two equalities each, printed for each number of axes.

All feature maps are H long and all kernels K, as in the document, and indices count from 0: yᵢ meets x_{i−i′} up to xᵢ
itself, which is a layer that pads K − 1 zeros before x. What is printed is a true convolution, and judged as one.
"""

from collections.abc import Callable, Mapping
from typing import Any, NamedTuple

import numpy as np

from ..formula import Formula
from ..notation import Array
from .assumptions import SUMMED
from .build import rows
from .maps import (
    SENSES,
    Transpose,
    convolve,
    cut,
    indices,
    laid,
    minus,
    reversed_within,
    rotated_in_plane,
    swapped,
    table,
)
from .samples import away_from_zero


class Section(NamedTuple):
    """One section of the document: its number of axes, the size K, and what ᵀ means when taken at its word."""

    k: int
    K: int
    transpose: Transpose
    remark: str


SECTIONS = (
    Section(
        2, 3, swapped, "Under Conv-1D ᵀ is said to rotate by 180°; here, as a matrix's transpose, it swaps the axes."
    ),
    Section(1, 3, reversed_within, "The sign ᵀ is said to rotate by 180°."),
    Section(3, 2, rotated_in_plane, "A rotation by 180° reverses two axes, and here three have to be."),
)

_ORIGIN = (
    "The sum needs the array reversed about index 0. Rotated within its bounds, it is the same but for a shift, which "
    "vanishes if indices count from the centre of each array."
)


def _forward_operator(x: Array, W: Array, **_: Any) -> Array:
    k = np.ndim(x) - 1
    return cut(convolve(laid(x, k), laid(W, k), k), x.shape[1:])


def _forward_sum(x: Array, W: Array, **_: Any) -> Array:
    (C, *H), (M, _, *K) = x.shape, W.shape
    x = laid(x, len(H))
    return table(lambda s, *i: sum(x[p, *minus(i, i_)] * W[s, p, *i_] for p in range(C) for i_ in indices(K)), M, *H)


def _dx_operator(transpose: Transpose) -> Callable[..., Array]:
    def printed(g: Array, y: Array, x: Array, W: Array, **_: Any) -> Array:
        k = np.ndim(x) - 1
        return cut(np.sum(convolve(transpose(W, k), laid(g[:, np.newaxis], k), k), axis=0), x.shape[1:])

    return printed


def _dx_sum(transpose: Transpose) -> Callable[..., Array]:
    def printed(g: Array, y: Array, x: Array, W: Array, **_: Any) -> Array:
        (C, *H), M = x.shape, len(W)
        w_T = transpose(W, len(H))
        return table(
            lambda p, *i: sum(w_T[s, p, *minus(i, i_)] * g[s, *i_] for s in range(M) for i_ in indices(H)), C, *H
        )

    return printed


def _dW_operator(transpose: Transpose) -> Callable[..., Array]:
    def printed(g: Array, y: Array, x: Array, W: Array, **_: Any) -> Array:
        k = np.ndim(x) - 1
        return cut(convolve(transpose(x, k), laid(g[:, np.newaxis], k), k), W.shape[2:])

    return printed


def _dW_sum(transpose: Transpose) -> Callable[..., Array]:
    def printed(g: Array, y: Array, x: Array, W: Array, **_: Any) -> Array:
        _, *H = x.shape
        x_T = transpose(x, len(H))
        return table(lambda s, p, *i: sum(x_T[p, *minus(i, i_)] * g[s, *i_] for i_ in indices(H)), *W.shape)

    return printed


def _transposed(section: Section, transcribe: Callable[[Transpose], Callable[..., Array]]) -> Mapping[str, Any]:
    """The transcription under each sense of ᵀ, the literal one first."""
    return {
        "printed": transcribe(section.transpose),
        "readings": {name: transcribe(sense) for name, sense in SENSES.items() if sense is not section.transpose},
        "note": f"{section.remark} {_ORIGIN}",
    }


def _sampler(k: int, K: int) -> Callable[[np.random.Generator], tuple[Array, ...]]:
    def sample(rng: np.random.Generator) -> tuple[Array, ...]:
        """x and W, with more output channels than input channels or fewer, never as many."""
        C = int(rng.choice([2, 3]))
        H = K + int(rng.integers(2))
        return away_from_zero(rng, C, *[H] * k), away_from_zero(rng, 5 - C, C, *[K] * k)

    return sample


def _rows(section: Section) -> tuple[Formula, ...]:
    k, K = section.k, section.K
    i = ",".join("ijk"[:k])
    i_, i_minus, i_plus = (",".join(form.format(a) for a in "ijk"[:k]) for form in ("{0}'", "{0}-{0}'", "{0}'-{0}"))
    sums_K, sums_H = ("".join(rf"\sum\limits_{{{a}'}}^{end}" for a in "ijk"[:k]) for end in "KH")
    y, x, w = f"y_{{s,{i}}}", f"x_{{p,{i}}}", f"w_{{s,p,{i}}}"
    g = rf"∂L/∂{{y_{{s,{i_}}}}}"
    opposite = ",".join(f"-{a}" for a in "ijk"[:k])
    dx, dw = rf"∂L/∂{{{x}}}=", rf"∂L/∂{{{w}}}="
    row = rows(
        "conv", "conv", f"Linear modules, Conv-{k}D", _sampler(k, K), padding=((K - 1, 0),) * k, true_convolution=True
    )
    return (
        row(
            f"y.{k}d.operator",
            f"{y}={x}*w_{{s,p,{i_}}}",
            _forward_operator,
            at="forward-pass, first equality",
            corrected_latex=rf"{y}=\sum\limits_{{p}}^C{x}*w_{{s,p,{i_}}}",
            readings={SUMMED: lambda x, W, **_: _forward_operator(x, W).sum(axis=1)},
            note="The index p is free on the right and missing on the left: one map for each pair s, p.",
        ),
        row(
            f"y.{k}d.sum",
            rf"{y}=\sum\limits_{{p}}^C{sums_K}x_{{p,{i_minus}}}\cdot{{w_{{s,p,{i_}}}}}",
            _forward_sum,
            at="forward-pass, second equality",
            note="A true convolution. Modules compute the auto-correlation, with i + i′, as the text above it says.",
        ),
        row(
            f"dx.{k}d.operator",
            rf"{dx}\sum\limits_{{s}}^M{w}^T*{g}",
            at="backward-pass, first equality",
            corrected_latex=rf"{dx}\sum\limits_{{s}}^M{w}^T*{g}\\\text{{where }}{w}^T=w_{{s,p,{opposite}}}",
            **_transposed(section, _dx_operator),
        ),
        row(
            f"dx.{k}d.sum",
            rf"{dx}\sum\limits_{{s}}^M{sums_H}w_{{s,p,{i_minus}}}^T\cdot{{{g}}}",
            at="backward-pass, second equality",
            corrected_latex=rf"{dx}\sum\limits_{{s}}^M{sums_H}w_{{s,p,{i_plus}}}\cdot{{{g}}}",
            **_transposed(section, _dx_sum),
        ),
        row(
            f"dW.{k}d.operator",
            rf"{dw}{x}^T*{g}",
            at="parameter-pass, first equality",
            corrected_latex=rf"{dw}{x}^T*{g}\\\text{{where }}{x}^T=x_{{p,{opposite}}}",
            **_transposed(section, _dW_operator),
        ),
        row(
            f"dW.{k}d.sum",
            rf"{dw}{sums_H}x_{{p,{i_minus}}}^T\cdot{{{g}}}",
            at="parameter-pass, second equality",
            corrected_latex=rf"{dw}{sums_H}x_{{p,{i_plus}}}\cdot{{{g}}}",
            **_transposed(section, _dW_sum),
        ),
    )


FORMULAS: tuple[Formula, ...] = tuple(row for section in SECTIONS for row in _rows(section))
