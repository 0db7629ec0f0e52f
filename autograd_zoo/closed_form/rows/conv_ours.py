"""Rows of the convolutions as modules compute them: with stride U, A zeros around, dilation D, groups and a bias.

The kernel of a layer with groups is one of all channels with zeros between the groups, and a separable kernel is a
product, w_{s,p,i′,j′} = w²_{s,p} w¹_{p,i′,j′}: so one set of transcriptions serves all rows.
"""

from collections.abc import Callable, Sequence
from typing import Any

import numpy as np

from ..formula import Formula
from ..notation import Array
from .build import Rows, rows
from .maps import Index, indices, table
from .samples import Sample, away_from_zero

# One number for each of the two axes; the zeros before a map are not as many as those after it.
_U, _D, _A, _A_END, _MORE = (2, 1), (1, 2), (1, 0), (2, 1), (1, 1)
_LAYER: dict[str, Any] = {"stride": _U, "padding": tuple(zip(_A, _A_END, strict=True)), "dilation": _D}
_C, _G = 4, 2


def _sampler(kernels: Callable[[int, Index], Sequence[Index]]) -> Sample:
    """A sampler of maps x, of kernels whose shapes follow from M output channels and a size K, and of a bias."""

    def sample(rng: np.random.Generator) -> tuple[Array, ...]:
        M, K = int(rng.choice([2, 6])), (int(rng.integers(1, 4)), int(rng.integers(1, 3)))
        x, b = away_from_zero(rng, _C, *(int(n) for n in rng.integers(3, 5, 2))), away_from_zero(rng, M)
        return x, *(away_from_zero(rng, *shape) for shape in kernels(M, K)), b

    return sample


def _ungrouped(W: Array) -> Array:
    """The kernel of all channels, which is 0 from one group to another."""
    rows, columns, *K = W.shape
    full = np.zeros((_G, rows // _G, _G, columns, *K))
    for group in range(_G):
        full[group, :, group] = W[group * (rows // _G) : (group + 1) * (rows // _G)]
    return full.reshape(rows, _G * columns, *K)


def _regrouped(W: Array) -> Array:
    """The parts of the kernel of all channels that lie within the groups."""
    rows, columns, *K = W.shape
    full = W.reshape(_G, rows // _G, _G, columns // _G, *K)
    return np.concatenate([full[group, :, group] for group in range(_G)])


def _count(n: Index, K: Index) -> Index:
    """How many windows start early enough to end before the padding does."""
    return tuple(
        len(range(0, size + a + a_end - d * (k - 1), u))
        for size, a, a_end, d, k, u in zip(n, _A, _A_END, _D, K, _U, strict=True)
    )


def _at(x: Array, i: Index, i_: Index) -> float:
    """x at Ui + Di′ − A, or 0 outside."""
    place = [u * a + d * b - pad for u, a, d, b, pad in zip(_U, i, _D, i_, _A, strict=True)]
    return x[*place] if all(0 <= j < n for j, n in zip(place, x.shape, strict=True)) else 0.0


def _weight(w: Array, i: Index, i_: Index) -> float:
    """w at (i + A − Ui′)/D, or 0 where these are no indices of it."""
    place = [divmod(a + pad - u * b, d) for a, pad, u, b, d in zip(i, _A, _U, i_, _D, strict=True)]
    inside = all(rest == 0 and 0 <= j < n for (j, rest), n in zip(place, w.shape, strict=True))
    return w[*(j for j, _ in place)] if inside else 0.0


def _small(x: Array, W: Array, count: Index) -> Array:
    """Σ_p Σ_i′ x_{p,Ui+Di′−A} w_{s,p,i′}"""
    (M, C, *K) = W.shape
    return table(lambda s, *i: sum(_at(x[p], i, i_) * W[s, p, *i_] for p in range(C) for i_ in indices(K)), M, *count)


def _large(y: Array, W: Array, n: Index) -> Array:
    """Σₛ Σ_i′ w_{s,p,(i+A−Ui′)/D} y_{s,i′}"""
    M, *count = y.shape
    return table(
        lambda p, *i: sum(_weight(W[s, p], i, i_) * y[s, *i_] for s in range(M) for i_ in indices(count)),
        W.shape[1],
        *n,
    )


def _kernel(y: Array, x: Array, K: Index) -> Array:
    """Σ_i′ x_{p,Ui′+Di−A} y_{s,i′}"""
    M, *count = y.shape
    return table(lambda s, p, *i: sum(_at(x[p], i_, i) * y[s, *i_] for i_ in indices(count)), M, len(x), *K)


def _conv(x: Array, W: Array, b: Array, **_: Any) -> Array:
    return _small(x, _ungrouped(W), _count(x.shape[1:], W.shape[2:])) + b[:, np.newaxis, np.newaxis]


def _conv_transpose(x: Array, W: Array, b: Array, **_: Any) -> Array:
    sides = zip(x.shape[1:], W.shape[2:], _U, _D, _A, _A_END, _MORE, strict=True)
    n = tuple(u * (size - 1) + d * (k - 1) + 1 - a - a_end + more for size, k, u, d, a, a_end, more in sides)
    return _large(x, _ungrouped(W), n) + b[:, np.newaxis, np.newaxis]


def _product(w1: Array, w2: Array) -> Array:
    return w2[..., np.newaxis, np.newaxis] * w1


def _separable_conv(x: Array, w1: Array, w2: Array, b: Array, **_: Any) -> Array:
    return _small(x, _product(w1, w2), _count(x.shape[1:], w1.shape[1:])) + b[:, np.newaxis, np.newaxis]


def _separable_conv_o(x: Array, w1: Array, w2: Array, b: Array, **_: Any) -> Array:
    return _small(x, _product(w1, np.eye(_C)), _count(x.shape[1:], w1.shape[1:]))


_WHERE = r"\\U\text{: stride, }D\text{: dilation, }A\text{: padding}"
_SUMS_K, _SUMS_H = (rf"\sum\limits_{{i'}}^{end}\sum\limits_{{j'}}^{end}" for end in "KH")
_PLACE = "Ui+Di'-A,Uj+Dj'-A"
_PLACE_OF_K = "Ui'+Di-A,Uj'+Dj-A"
_FRACTION = r"\frac{i+A-Ui'}{D},\frac{j+A-Uj'}{D}"
_DY, _O, _W1 = r"\cdot{∂L/∂{y_{s,i',j'}}}", r"\cdot{o_{p,i',j'}}", r"\cdot{w_{p,i',j'}^1}"
_OVER_S, _OVER_P = r"\sum\limits_{s}^M", r"\sum\limits_{p}^C"


def _general(specimen: str, kernels: Callable[[int, Index], Sequence[Index]], **more: Any) -> Rows:
    """What makes the rows of a layer in general."""
    row = rows(
        f"conv.{specimen}",
        "Not printed; with stride, padding, dilation and bias, as modules compute it",
        _sampler(kernels),
        note="Outside a map x is 0, and so is w where a fraction is not an index of it.",
        **_LAYER,
        **more,
    )
    return Rows(lambda quantity, latex, printed, where=_WHERE: row[f"{quantity}.general"](latex + where, printed))


def _db(row: Rows) -> Formula:
    """The row of ∂L/∂b, which is the same for all."""
    latex = r"∂L/∂{b_s}=\sum\limits_{i}^H\sum\limits_{j}^H∂L/∂{y_{s,i,j}}"
    return row.db(latex, lambda g, *_, **__: table(lambda s: sum(g[s, *i] for i in indices(g.shape[1:])), len(g)), "")


_of_conv = _general("conv", lambda M, K: [(M, _C // _G, *K)], groups=_G)
_of_transpose = _general("conv_transpose", lambda M, K: [(_C, M // _G, *K)], groups=_G, output_padding=_MORE)
_of_separable = _general("separable_conv", lambda M, K: [(_C, *K), (M, _C)])

FORMULAS: tuple[Formula, ...] = (
    _of_conv.y(rf"y_{{s,i,j}}=b_s+{_OVER_P}{_SUMS_K}x_{{p,{_PLACE}}}\cdot{{w_{{s,p,i',j'}}}}", _conv),
    _of_conv.dx(
        rf"∂L/∂{{x_{{p,i,j}}}}={_OVER_S}{_SUMS_H}w_{{s,p,{_FRACTION}}}{_DY}",
        lambda g, y, x, W, b, **_: _large(g, _ungrouped(W), x.shape[1:]),
    ),
    _of_conv.dW(
        rf"∂L/∂{{w_{{s,p,i,j}}}}={_SUMS_H}x_{{p,{_PLACE_OF_K}}}{_DY}",
        lambda g, y, x, W, b, **_: _regrouped(_kernel(g, x, W.shape[2:])),
    ),
    _db(_of_conv),
    _of_transpose.y(rf"y_{{s,i,j}}=b_s+{_OVER_P}{_SUMS_H}w_{{p,s,{_FRACTION}}}\cdot{{x_{{p,i',j'}}}}", _conv_transpose),
    _of_transpose.dx(
        rf"∂L/∂{{x_{{p,i,j}}}}={_OVER_S}{_SUMS_K}∂L/∂{{y_{{s,{_PLACE}}}}}\cdot{{w_{{p,s,i',j'}}}}",
        lambda g, y, x, W, b, **_: _small(g, _ungrouped(W), x.shape[1:]),
    ),
    _of_transpose.dW(
        rf"∂L/∂{{w_{{p,s,i,j}}}}={_SUMS_H}∂L/∂{{y_{{s,{_PLACE_OF_K}}}}}\cdot{{x_{{p,i',j'}}}}",
        lambda g, y, x, W, b, **_: _regrouped(_kernel(x, g, W.shape[2:])),
    ),
    _db(_of_transpose),
    _of_separable.o(rf"o_{{p,i,j}}={_SUMS_K}x_{{p,{_PLACE}}}{_W1}", _separable_conv_o),
    _of_separable.y(rf"y_{{s,i,j}}=b_s+{_OVER_P}w_{{s,p}}^2{_SUMS_K}x_{{p,{_PLACE}}}{_W1}", _separable_conv),
    _of_separable.dx(
        rf"∂L/∂{{x_{{p,i,j}}}}={_OVER_S}w_{{s,p}}^2{_SUMS_H}w_{{p,{_FRACTION}}}^1{_DY}",
        lambda g, y, x, w1, w2, b, **_: _large(g, _product(w1, w2), x.shape[1:]),
    ),
    _of_separable.dw1(
        rf"∂L/∂{{w_{{p,i,j}}^1}}={_OVER_S}w_{{s,p}}^2{_SUMS_H}x_{{p,{_PLACE_OF_K}}}{_DY}",
        lambda g, y, x, w1, w2, b, **_: np.einsum("sp,sp...->p...", w2, _kernel(g, x, w1.shape[1:])),
    ),
    _of_separable.dw2(
        rf"∂L/∂{{w_{{s,p}}^2}}={_SUMS_H}∂L/∂{{y_{{s,i',j'}}}}{_O}",
        lambda g, y, x, w1, w2, b, **_: np.einsum("pij,spij->sp", w1, _kernel(g, x, w1.shape[1:])),
    ),
    _db(_of_separable),
)
