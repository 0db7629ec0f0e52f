"""Layer and RMS Normalization: a block after the other goes through all steps in the cache, on its way there and back.

Instead of x̂ the forward pass keeps the mean and 1/√(σ² + ε) of each sample: to subtract them again costs less than to
write x̂ and to read it. What has no spread, or too much for its dtype, or holds a NaN, is left to the closed form.
"""

from __future__ import annotations

import math
from typing import Any

import numpy as np
from numpy.lib.array_utils import normalize_axis_tuple

from ..closed_form import normalization as cf
from ..closed_form.moments import AffineGradients, Axes
from ..closed_form.notation import Array, Maybe
from ..engine.values import Kept
from .memory import empty, finished, scratch
from .statistics import along_rows, blocks, deviate, dots, finite, piece, safe, standardize, sums
from .twins import twin_of


class Rows:
    """How x is laid out as a sample each row: (1, rows, 1, M), copied where the axes of a sample are not the last."""

    def __init__(self, x: Array, axes: Axes) -> None:
        self.axes = tuple(sorted(normalize_axis_tuple(axes, x.ndim)))
        self.order = (*[axis for axis in range(x.ndim) if axis not in self.axes], *self.axes)
        self.moved = self.order != tuple(range(x.ndim))
        self.length = math.prod([x.shape[axis] for axis in self.axes])
        self.lengths = [x.shape[axis] for axis in self.axes]

    def of(self, x: Array) -> Array:
        """x as rows."""
        return x.transpose(self.order).reshape(1, -1, 1, self.length)

    def fresh(self, x: Array) -> tuple[Array, Array]:
        """An array like x, and the rows to fill, which are it unless they must be moved."""
        y = empty(x.shape, x.dtype)
        return y, y.reshape(1, -1, 1, self.length) if not self.moved else empty(
            (1, x.size // self.length, 1, self.length), x.dtype
        )

    def filled(self, y: Array, rows: Array) -> Array:
        """y, once its rows are filled."""
        if self.moved:
            y.transpose(self.order)[...] = rows.reshape([y.shape[axis] for axis in self.order])
        return y


def vector(v: Maybe, x: Array) -> Maybe:
    """The parameter as one run, of the dtype of x."""
    return None if v is None else np.ascontiguousarray(v, x.dtype).reshape(-1)


@twin_of(cf.layer_norm)
def layer_norm(
    x: Array, gamma: Array | None = None, beta: Array | None = None, *, axes: Axes = (-1,), eps: float = 1e-5
) -> Any:
    """y = γ ⊙ (x − μ)/√(σ² + ε) + β"""
    rows, weight, bias = Rows(x, axes), vector(gamma, x), vector(beta, x)
    y, out = rows.fresh(x)

    def finish(d: Array, inverse: Array, block: slice) -> None:
        d *= inverse
        if weight is not None:
            d *= weight
        if bias is not None:
            d += bias

    moments = standardize(rows.of(x), out, eps, finish)
    return cf.layer_norm(x, gamma, beta, axes=axes, eps=eps) if moments is None else Kept(rows.filled(y, out), moments)


@twin_of(cf.layer_norm_gradients, nan=True)
def layer_norm_gradients(
    g: Array, y: Array, x: Array, gamma: Maybe = None, beta: Maybe = None,
    *, axes: Axes = (-1,), eps: float = 1e-5, kept: Any = None,
) -> AffineGradients:  # fmt: skip
    """∂L/∂x = (s − 1/M Σ s − x̂ 1/M Σ s ⊙ x̂)/√(σ² + ε), where s = ∂L/∂y ⊙ γ; with it the sums for γ and β"""
    rows, weight = Rows(x, axes), vector(gamma, x)
    (dx, out), gs, xs = rows.fresh(x), rows.of(g), rows.of(x)
    means = np.full(rows.length, 1 / rows.length, x.dtype) if weight is None else weight / x.dtype.type(rows.length)

    def step(block: slice) -> tuple[Maybe, Maybe, bool]:
        g, o, r = piece(gs, block, "g", out), out[:, block], kept.inverse[:, block]
        d = deviate(piece(xs, block, "x", out), kept, block)
        np.multiply(g, d, out=o)
        dgamma = None if gamma is None else along_rows(r, o)
        dbeta = None if beta is None else along_rows(np.ones_like(r), g)
        through_mean, through_root = -r * sums(g, means), -(r**3) * sums(o, means)
        if weight is None:
            np.multiply(g, r[..., None], out=o)
        else:
            np.multiply(g, weight, out=o)
            o *= r[..., None]
        d *= through_root[..., None]
        o += d
        o += through_mean[..., None]
        return dgamma, dbeta, finite(o)

    found = blocks(step, xs)
    dgamma = None if gamma is None else total([a for a, _, _ in found], gamma, x)
    dbeta = None if beta is None else total([b for _, b, _ in found], beta, x)
    dx = rows.filled(dx, out)
    finished(dx, [good for _, _, good in found])
    return AffineGradients(dx, dgamma, dbeta)


def total(parts: list[Any], parameter: Array, x: Array) -> Array:
    """The sum of what each block gives, as the gradient of a parameter."""
    return np.sum(parts, axis=0, dtype=np.float64).astype(x.dtype).reshape(np.shape(parameter))


@twin_of(cf.rms_norm)
def rms_norm(x: Array, gamma: Array | None = None, *, axes: Axes = (-1,), eps: float = 1e-5) -> Any:
    """y = γ ⊙ x/√(1/M Σ x² + ε)"""
    rows, weight = Rows(x, axes), vector(gamma, x)
    xs, (y, out) = rows.of(x), rows.fresh(x)
    inverse = np.empty((1, xs.shape[1], 1), x.dtype)

    def step(block: slice) -> None:
        x, o = piece(xs, block, "x", out), out[:, block]
        inverse[:, block] = 1 / np.sqrt(dots(x, x) / rows.length + eps)
        np.multiply(x, inverse[:, block, :, None], out=o)
        if weight is not None:
            o *= weight

    blocks(step, xs)
    if not safe(inverse):
        return cf.rms_norm(x, gamma, axes=axes, eps=eps)
    return Kept(rows.filled(y, out), inverse)


@twin_of(cf.rms_norm_dx)
def rms_norm_dx(
    g: Array, y: Array, x: Array, gamma: Array | None = None, *, axes: Axes = (-1,), eps: float = 1e-5, kept: Any = None
) -> Array:
    """∂L/∂x = (s − x̂ 1/M Σ s ⊙ x̂)/√(1/M Σ x² + ε), where s = ∂L/∂y ⊙ γ"""
    rows, weight = Rows(x, axes), vector(gamma, x)
    (dx, out), gs, xs = rows.fresh(x), rows.of(g), rows.of(x)

    def step(block: slice) -> None:
        g, x, o, r = piece(gs, block, "g", out), piece(xs, block, "x", out), out[:, block], kept[:, block]
        s = g if weight is None else np.multiply(g, weight, out=scratch("s", x.shape, x.dtype))
        through_root = -(r**2) * dots(s, x) / rows.length
        np.multiply(x, through_root[..., None], out=o)
        o += s
        o *= r[..., None]

    blocks(step, xs)
    return rows.filled(dx, out)


@twin_of(cf.rms_norm_dgamma)
def rms_norm_dgamma(
    g: Array, y: Array, x: Array, gamma: Array | None = None, *, axes: Axes = (-1,), eps: float = 1e-5, kept: Any = None
) -> Array:
    """∂L/∂γ = ∂L/∂y ⊙ x/√(1/M Σ x² + ε), summed over the samples"""
    rows = Rows(x, axes)
    gs, xs = rows.of(g), rows.of(x)

    def step(block: slice) -> Array:
        g, x = gs[:, block], xs[:, block]
        return along_rows(kept[:, block], np.multiply(g, x, out=scratch("product", x.shape, x.dtype)))

    return total(blocks(step, xs), np.empty(rows.lengths), x)
