"""Rows of SeparableConv-2D and the code before it, with the conventions of the rows of Conv-2D."""

from functools import partial
from typing import Any

import numpy as np

from .. import conv, normalization
from ..formula import Formula
from ..notation import Array
from .build import read, rows
from .claims import claim
from .conv_claims import channel_by_channel, correlation, depthwise
from .conv_printed import layer
from .maps import convolve, cut, indices, laid, minus, table, transposed
from .samples import Sample, away_from_zero

_K = 3
_FROM_0 = r"\qquad i,i',j,j'=0,1,\dots,\;x_{p,i,j}=0\text{ outside of }0..H-1"
_AS_CONV = "A true convolution, as in Conv-2D."
_G = r"∂L/∂{y_{s,i',j'}}"
_SUMS_H = r"\sum\limits_{i'}^H\sum\limits_{j'}^H"
_DX = r"∂L/∂{x_{p,i,j}}=\sum\limits_{s}^Mw_{s,p}^2"
_DW1 = r"∂L/∂{w_{p,i,j}^1}=\sum\limits_{s}^Mw_{s,p}^2" + _SUMS_H


def _sampler(K: int) -> Sample:
    def sample(rng: np.random.Generator) -> tuple[Array, ...]:
        """Draw x, w¹ and w², with more output channels than input channels or fewer, never as many."""
        C = int(rng.choice([2, 3]))
        H = K + int(rng.integers(2))
        return away_from_zero(rng, C, H, H), away_from_zero(rng, C, K, K), away_from_zero(rng, 5 - C, C)

    return sample


def _o_operator(letters: str, x: Array, w1: Array, w2: Array, **_: Any) -> Array:
    return cut(convolve(laid(x, 2, letters), laid(w1, 2, letters), 2), x.shape[1:], letters)


def _o_sum(letters: str, x: Array, w1: Array, w2: Array, **_: Any) -> Array:
    C, H, _W = x.shape
    x = laid(x, 2, letters)
    return table(lambda p, *i: sum(x[p, *minus(i, i_, letters)] * w1[p, *i_] for i_ in indices(w1.shape[1:])), C, H, H)


def _y_operator(letters: str, x: Array, w1: Array, w2: Array, **_: Any) -> Array:
    o = _o_sum("IZ", x, w1, w2)
    products = cut(convolve(laid(o, 2), laid(w2[..., np.newaxis, np.newaxis], 2), 2), x.shape[1:])
    return products.sum(axis=1) if "S" in letters else products


def _y_sum(x: Array, w1: Array, w2: Array, **_: Any) -> Array:
    (M, C), (_, H, _W) = w2.shape, x.shape
    o = _o_sum("IZ", x, w1, w2)
    return table(lambda s, i, j: sum(o[p, i, j] * w2[s, p] for p in range(C)), M, H, H)


def _dx_operator(letters: str, literal: str, g: Array, y: Array, x: Array, w1: Array, w2: Array, **_: Any) -> Array:
    """w¹ without its ᵀ, with `literal` "", or with one that means what `letters` say."""
    maps = transposed(w1, 2, letters if literal else letters.replace("T", ""), literal)
    products = convolve(maps, laid(g[:, np.newaxis], 2, letters), 2)
    return cut(np.sum(w2[..., np.newaxis, np.newaxis] * products, axis=0), x.shape[1:], letters)


def _products(maps: Array, letters: str, g: Array, w2: Array, sizes: tuple[int, ...]) -> Array:
    """Σₛ w²_{s,p} Σ_i′ m_{p,i−i′} ∂L/∂y_{s,i′} for transposed maps m."""

    def entry(s: int, p: int, *i: int) -> float:
        return float(w2[s, p] * sum(maps[p, *minus(i, i_, letters)] * g[s, *i_] for i_ in indices(g.shape[1:])))

    return table(lambda p, *i: sum(entry(s, p, *i) for s in range(len(g))), *sizes)


def _dx_sum(letters: str, with_s: bool, g: Array, y: Array, x: Array, w1: Array, w2: Array, **_: Any) -> Array:
    """With the index s, of which w¹ has as many values as w² has, or without."""
    w1 = np.reshape(w1, (*w2.shape, *w1.shape[1:])) if with_s else w1
    return _products(transposed(w1, 2, letters, "s"), letters, g, w2, x.shape)


def _dw1(letters: str, g: Array, y: Array, x: Array, w1: Array, w2: Array, **_: Any) -> Array:
    return _products(transposed(x, 2, letters, "s"), letters, g, w2, w1.shape)


def _mended(maps: Array, g: Array, w2: Array, sizes: tuple[int, ...]) -> Array:
    """Σₛ w²_{s,p} Σ_i′ m_{p,i′−i} ∂L/∂y_{s,i′} for maps m, that is without any ᵀ."""
    maps = laid(maps, 2)

    def entry(p: int, *i: int) -> float:
        return float(sum((w2[:, p] @ g[:, *i_]) * maps[p, *minus(i_, i)] for i_ in indices(g.shape[1:])))

    return table(entry, *sizes)


def _dx_mended(g: Array, y: Array, x: Array, w1: Array, w2: Array, **_: Any) -> Array:
    return _mended(w1, g, w2, x.shape)


def _dw1_mended(g: Array, y: Array, x: Array, w1: Array, w2: Array, **_: Any) -> Array:
    return _mended(x, g, w2, w1.shape)


def _dw2(g: Array, y: Array, x: Array, w1: Array, w2: Array, **_: Any) -> Array:
    o = _o_sum("IZ", x, w1, w2)
    return table(lambda s, p: sum(g[s, i, j] * o[p, i, j] for i, j in indices(o.shape[1:])), *w2.shape)


# ---- what the text says -----------------------------------------------------------------------------------------


def _code(x: Array, w1: Array, w2: Array) -> Array:
    """The document's block of code: both layers, each with its normalization and its activation."""
    x = np.maximum(normalization.batch_norm(_by_channel_of_batch(x, w1)), 0.0)
    return np.maximum(normalization.batch_norm(_pointwise(x, w2)), 0.0)


def _by_channel_of_batch(x: Array, w1: Array) -> Array:
    return np.stack([channel_by_channel(sample, w1[:, np.newaxis]) for sample in x])


def _pointwise(x: Array, w2: Array) -> Array:
    return np.stack([correlation(sample, w2[..., np.newaxis, np.newaxis]) for sample in x])


def _batch(rng: np.random.Generator) -> tuple[Array, ...]:
    x, W = depthwise(rng)
    x = np.stack([x, *away_from_zero(rng, int(rng.integers(0, 3)), *x.shape)])
    return x, W[:, 0], away_from_zero(rng, int(rng.integers(2, 5)), len(W))


# ---- what is printed -------------------------------------------------------------------------------------------

_row = rows(
    "conv.separable_conv",
    "Linear modules, SeparableConv-2D",
    _sampler(_K),
    spread=({"sample": _sampler(2), "params": layer(2, 2)},),
    **layer(2, _K),
)
_ORIGIN = "In this section too, ᵀ has to reverse about index 0, not to swap the axes as a matrix's transpose does."

FORMULAS: tuple[Formula, ...] = (
    claim(
        "Linear modules, SeparableConv-2D, text",
        "conv.separable_conv.stack",
        "a stack of a layer with groups=channels and a 1x1 layer",
        r"o=relu(bn1(convdw1(x)))\\y=relu(bn2(conv2(o)))",
        printed=_code,
        corrected=lambda x, w1, w2: np.stack([conv.separable_conv(sample, w1, w2) for sample in x]),
        corrected_latex=r"o=convdw1(x)\\y=conv2(o)",
        repairs={
            "bn1 is dropped; relu is dropped; bn2 is dropped; relu is dropped": lambda x, w1, w2: _pointwise(
                _by_channel_of_batch(x, w1), w2
            )
        },
        sample=_batch,
        note="The code has a normalization and an activation after each layer, which the formulas below it have not.",
    ),
    _row["o.operator"](
        r"o_{p,i,j}=x_{p,i,j}*w_{p,i',j'}^1",
        at="forward-pass, o, first equality",
        corrected_latex=rf"o_{{p,i,j}}=x_{{p,i,j}}*w_{{p,i',j'}}^1{_FROM_0}",
        **read("IZ", lambda letters: partial(_o_operator, letters)),
        note=_AS_CONV,
    ),
    _row["o.sum"](
        r"o_{p,i,j}=\sum\limits_{i'}^K\sum\limits_{j'}^Kx_{p,i-i',j-j'}\cdot{w_{p,i',j'}^1}",
        at="forward-pass, o, second equality",
        corrected_latex=(
            r"o_{p,i,j}=\sum\limits_{i'=0}^{K-1}\sum\limits_{j'=0}^{K-1}x_{p,i-i',j-j'}\cdot{w_{p,i',j'}^1}" + _FROM_0
        ),
        **read("IZ", lambda letters: partial(_o_sum, letters)),
        note=_AS_CONV,
    ),
    _row["y.operator"](
        r"y_{s,i,j}=o_{p,i,j}*w_{s,p}^2",
        at="forward-pass, y, first equality",
        corrected_latex=r"y_{s,i,j}=\sum\limits_{p}^Co_{p,i,j}*w_{s,p}^2",
        **read("S", lambda letters: partial(_y_operator, letters)),
        note="The index p is free on the right and missing on the left, as in the first equality of Conv-2D.",
    ),
    _row["y.sum"](
        r"y_{s,i,j}=\sum\limits_{p}^Co_{p,i,j}\cdot{w_{s,p}^2}", _y_sum, at="forward-pass, y, second equality"
    ),
    _row["dx.operator"](
        rf"{_DX}(w_{{p,i,j}}^1*{_G})",
        partial(_dx_operator, "", ""),
        at="backward-pass, first equality",
        corrected_latex=rf"{_DX}(w_{{p,i,j}}^{{1,T}}*{_G})\\\text{{where }}w_{{p,i,j}}^{{1,T}}=w_{{p,-i,-j}}^1",
        readings={"IZ": partial(_dx_operator, "IZ", ""), "ITZ": partial(_dx_operator, "ITZ", "")},
        repairs={f"{letters}: w¹ → w¹ᵀ": partial(_dx_operator, letters, "s") for letters in ("IZs", "IZr", "ITZ")},
        mended=_dx_mended,
        note=(
            "The ᵀ that the second equality has is missing here, and it has to reverse about index 0. Were ∗ a "
            "correlation, no ᵀ would be missing; but o and y have it as a convolution, by their second equalities."
        ),
    ),
    _row["dx.sum"](
        rf"{_DX}{_SUMS_H}w_{{s,p,i-i',j-j'}}^{{1,T}}\cdot{{{_G}}}",
        partial(_dx_sum, "", True),
        at="backward-pass, second equality",
        corrected_latex=rf"{_DX}{_SUMS_H}w_{{p,i'-i,j'-j}}^1\cdot{{{_G}}}",
        readings={"ITZ": partial(_dx_sum, "ITZ", True)},
        repairs={f"{letters}: w_{{s,p}} → w_p": partial(_dx_sum, letters, False) for letters in ("IZs", "IZr", "ITZ")},
        mended=_dx_mended,
        note=f"The kernel w¹ of the forward pass has no index s, and not enough elements for one. {_ORIGIN}",
    ),
    _row.dw1(
        rf"{_DW1}x_{{p,i-i',j-j'}}^T\cdot{{{_G}}}",
        at="parameter-pass",
        corrected_latex=rf"{_DW1}x_{{p,i'-i,j'-j}}\cdot{{{_G}}}",
        **read("ITZ", lambda letters: partial(_dw1, letters), "IZr"),
        mended=_dw1_mended,
        note=_ORIGIN,
    ),
    _row.dw2(
        r"∂L/∂{w_{s,p}^2}=\sum\limits_{i}^H\sum\limits_{j}^H∂L/∂{y_{s,i,j}}\cdot{o_{p,i,j}}", _dw2, at="parameter-pass"
    ),
)
