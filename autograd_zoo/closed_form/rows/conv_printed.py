"""Rows of Conv-2D, Conv-1D and Conv-3D: three passes of two equalities each, printed for each number of axes.

All feature maps are H long and all kernels K, as in the document, and indices count from 0: yᵢ meets x_{i−i′} up to xᵢ
itself, which is a layer that pads K − 1 zeros before x. What is printed is a true convolution, and judged as one.
"""

from functools import partial
from typing import Any, NamedTuple

import numpy as np

from ..formula import Formula
from ..notation import Array
from .build import Transcription, read, rows
from .maps import convolve, cut, indices, laid, minus, table, transposed
from .samples import Sample, away_from_zero


class Section(NamedTuple):
    """One section of the document: its number of axes, the size K, and the letter of what ᵀ means at its word."""

    k: int
    K: int
    literal: str
    remark: str


SECTIONS = (
    Section(2, 3, "s", "Under Conv-1D ᵀ is said to rotate by 180°; here, as a matrix's transpose, it swaps the axes."),
    Section(1, 3, "r", "The sign ᵀ is said to rotate by 180°."),
    Section(3, 2, "p", "A rotation by 180° reverses two axes, and here three have to be."),
)

_ORIGIN = (
    "The sum needs the array reversed about index 0. Rotated within its bounds, it is the same but for a shift, which "
    "vanishes if indices count from the centre of each array."
)


def _forward_operator(letters: str, x: Array, W: Array, **_: Any) -> Array:
    k = np.ndim(x) - 1
    maps = cut(convolve(laid(x, k, letters), laid(W, k, letters), k), x.shape[1:], letters)
    return maps.sum(axis=1) if "S" in letters else maps


def _forward_sum(letters: str, x: Array, W: Array, **_: Any) -> Array:
    (C, *H), (M, _, *K) = x.shape, W.shape
    x = laid(x, len(H), letters)
    return table(
        lambda s, *i: sum(x[p, *minus(i, i_, letters)] * W[s, p, *i_] for p in range(C) for i_ in indices(K)), M, *H
    )


def _dx_operator(literal: str, letters: str, g: Array, y: Array, x: Array, W: Array, **_: Any) -> Array:
    k = np.ndim(x) - 1
    products = convolve(transposed(W, k, letters, literal), laid(g[:, np.newaxis], k, letters), k)
    return cut(np.sum(products, axis=0), x.shape[1:], letters)


def _dx_sum(literal: str, letters: str, g: Array, y: Array, x: Array, W: Array, **_: Any) -> Array:
    (C, *H), M = x.shape, len(W)
    w_T = transposed(W, len(H), letters, literal)
    return table(
        lambda p, *i: sum(w_T[s, p, *minus(i, i_, letters)] * g[s, *i_] for s in range(M) for i_ in indices(H)), C, *H
    )


def _dW_operator(literal: str, letters: str, g: Array, y: Array, x: Array, W: Array, **_: Any) -> Array:
    k = np.ndim(x) - 1
    products = convolve(transposed(x, k, letters, literal), laid(g[:, np.newaxis], k, letters), k)
    return cut(products, W.shape[2:], letters)


def _dW_sum(literal: str, letters: str, g: Array, y: Array, x: Array, W: Array, **_: Any) -> Array:
    _, *H = x.shape
    x_T = transposed(x, len(H), letters, literal)
    return table(lambda s, p, *i: sum(x_T[p, *minus(i, i_, letters)] * g[s, *i_] for i_ in indices(H)), *W.shape)


def _dx_mended(g: Array, y: Array, x: Array, W: Array, **_: Any) -> Array:
    """w_{s,p,i'−i} for every sense of ∗: what is corrected has no ᵀ."""
    (C, *H), M = x.shape, len(W)
    W = laid(W, len(H))
    return table(lambda p, *i: sum(W[s, p, *minus(i_, i)] * g[s, *i_] for s in range(M) for i_ in indices(H)), C, *H)


def _dW_mended(g: Array, y: Array, x: Array, W: Array, **_: Any) -> Array:
    _, *H = x.shape
    x = laid(x, len(H))
    return table(lambda s, p, *i: sum(x[p, *minus(i_, i)] * g[s, *i_] for i_ in indices(H)), *W.shape)


def _transposed(section: Section, transcribe: Transcription, mended: Transcription) -> dict[str, Any]:
    """What the rows with ᵀ have alike: each sense of it, and under which letters it is tried."""
    return {
        **read("ITZ", lambda letters: partial(transcribe, section.literal, letters), *_OTHERS[section.literal]),
        "mended": mended,
        "note": f"{section.remark} {_ORIGIN}",
    }


_OTHERS = {"s": ("IZr",), "r": (), "p": ("IZr",)}


def _sampler(k: int, K: int) -> Sample:
    def sample(rng: np.random.Generator) -> tuple[Array, ...]:
        """x and W, with more output channels than input channels or fewer, never as many."""
        C = int(rng.choice([2, 3]))
        H = K + int(rng.integers(2))
        return away_from_zero(rng, C, *[H] * k), away_from_zero(rng, 5 - C, C, *[K] * k)

    return sample


def layer(k: int, K: int) -> dict[str, Any]:
    """What `conv` is called with: K − 1 zeros before each of k axes, and a kernel that is rotated."""
    return {"padding": ((K - 1, 0),) * k, "true_convolution": True}


def _rows(section: Section) -> tuple[Formula, ...]:
    k, K = section.k, section.K
    i = ",".join("ijk"[:k])
    i_, i_minus, i_plus = (",".join(form.format(a) for a in "ijk"[:k]) for form in ("{0}'", "{0}-{0}'", "{0}'-{0}"))
    sums_K, sums_H = ("".join(rf"\sum\limits_{{{a}'}}^{end}" for a in "ijk"[:k]) for end in "KH")
    y, x = f"y_{{s,{i}}}", f"x_{{p,{i}}}"
    g = rf"∂L/∂{{y_{{s,{i_}}}}}"
    from_0 = "".join(rf"\sum\limits_{{{a}'=0}}^{{K-1}}" for a in "ijk"[:k])
    outside = rf",\;x_{{p,{i}}}=0\text{{ outside of }}0..H-1"
    opposite = ",".join(f"-{a}" for a in "ijk"[:k])
    dx, dw = rf"∂L/∂{{{x}}}=\sum\limits_{{s}}^M", rf"∂L/∂{{w_{{s,p,{i}}}}}="
    row = rows(
        "conv.conv",
        f"Linear modules, Conv-{k}D",
        _sampler(k, K),
        spread=({"sample": _sampler(k, 1), "params": layer(k, 1)}, {"sample": _sampler(k, 2), "params": layer(k, 2)}),
        **layer(k, K),
    )

    def gradient(at: str, name: str, lhs: str, array: str, *transcribed: Transcription) -> tuple[Formula, ...]:
        """The rows of a gradient that is printed as the convolution of an array under ᵀ, and as a sum."""
        operator, total, mended = transcribed
        here, mirrored, minus, plus = map(array.format, (i, opposite, i_minus, i_plus))
        return (
            row[f"{name}.{k}d.operator"](
                f"{lhs}{here}^T*{g}",
                at=f"{at}, first equality",
                corrected_latex=rf"{lhs}{here}^T*{g}\\\text{{where }}{here}^T={mirrored}",
                **_transposed(section, operator, mended),
            ),
            row[f"{name}.{k}d.sum"](
                rf"{lhs}{sums_H}{minus}^T\cdot{{{g}}}",
                at=f"{at}, second equality",
                corrected_latex=rf"{lhs}{sums_H}{plus}\cdot{{{g}}}",
                **_transposed(section, total, mended),
            ),
        )

    return (
        row[f"y.{k}d.operator"](
            f"{y}={x}*w_{{s,p,{i_}}}",
            at="forward-pass, first equality",
            corrected_latex=rf"{y}=\sum\limits_{{p}}^C{x}*w_{{s,p,{i_}}}\qquad i,i'=0,1,\dots{outside}",
            **read("ISZ", lambda letters: partial(_forward_operator, letters)),
            note="The index p is free on the right and missing on the left: one map for each pair s, p.",
        ),
        row[f"y.{k}d.sum"](
            rf"{y}=\sum\limits_{{p}}^C{sums_K}x_{{p,{i_minus}}}\cdot{{w_{{s,p,{i_}}}}}",
            at="forward-pass, second equality",
            corrected_latex=(
                rf"{y}=\sum\limits_{{p}}^C{from_0}x_{{p,{i_minus}}}\cdot{{w_{{s,p,{i_}}}}}\qquad i=0,1,\dots{outside}"
            ),
            **read("IZ", lambda letters: partial(_forward_sum, letters)),
            note="A true convolution. Modules compute the auto-correlation, with i + i′, as the text above it says.",
        ),
        *gradient("backward-pass", "dx", dx, "w_{{s,p,{}}}", _dx_operator, _dx_sum, _dx_mended),
        *gradient("parameter-pass", "dW", dw, "x_{{p,{}}}", _dW_operator, _dW_sum, _dW_mended),
    )


FORMULAS: tuple[Formula, ...] = tuple(row for section in SECTIONS for row in _rows(section))
