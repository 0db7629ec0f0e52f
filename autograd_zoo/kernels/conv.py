"""Convolutional layers, plain, transposed and separable: what each of them asks of three contractions."""

from __future__ import annotations

import math
from collections.abc import Sequence
from types import ModuleType
from typing import Any, Unpack

import numpy as np

from ..closed_form import conv as cf
from ..closed_form.correlation import check_shapes, rotated, transposed_size
from ..closed_form.notation import Array
from ..closed_form.windows import Padding, PerAxis, Windows, counts, spatial, windows_of
from . import correlation, depthwise
from .axes import Axis
from .memory import empty
from .statistics import finite, sums
from .twins import twin_of


@twin_of(cf.conv)
def conv(
    x: Array,
    W: Array,
    b: Array | None = None,
    *,
    stride: PerAxis = 1,
    padding: Padding = 0,
    dilation: PerAxis = 1,
    groups: int = 1,
    true_convolution: bool = False,
) -> Array:
    """yₛᵢ = bₛ + Σ_p Σ_i′ x_{p,i+i′} w_{s,p,i′}"""
    layer: Any = {"stride": stride, "padding": padding, "dilation": dilation, "groups": groups}
    if unusual(x, W, b):
        return cf.conv(x, W, b, **layer, true_convolution=true_convolution)
    check_shapes(x, W, b, groups, channels=W.shape[1] * groups, outputs=W.shape[0])
    w = windows_of(W, layer)
    return small(x, rotated(W, true_convolution), b, w, groups, counts(x, w))


@twin_of(cf.conv_dx, nan=True)
def conv_dx(g: Array, y: Array, x: Array, W: Array, b: Array | None = None, **layer: Unpack[cf.Layer]) -> Array:
    """∂L/∂x_{p,i} = Σₛ Σ_i′ w_{s,p,i−i′} ∂L/∂y_{s,i′}"""
    if unusual(g, W):
        return cf.conv_dx(g, y, x, W, b, **layer)
    w = windows_of(W, layer)
    turned = rotated(W, layer.get("true_convolution"))
    return large(g, turned, None, w, layer.get("groups", 1), spatial(x, w))


@twin_of(cf.conv_dW, nan=True)
def conv_dW(g: Array, y: Array, x: Array, W: Array, b: Array | None = None, **layer: Unpack[cf.Layer]) -> Array:
    """∂L/∂w_{s,p,i} = Σ_i′ x_{p,i+i′} ∂L/∂y_{s,i′}"""
    if unusual(g, W, x):
        return cf.conv_dW(g, y, x, W, b, **layer)
    found = kernel(g, x, W, windows_of(W, layer), layer.get("groups", 1))
    return rotated(found, layer.get("true_convolution"))


@twin_of(cf.conv_db, nan=True)
def conv_db(g: Array, y: Array, x: Array, W: Array, b: Array | None = None, **layer: Unpack[cf.Layer]) -> Array:
    """∂L/∂bₛ = Σᵢ ∂L/∂yₛᵢ"""
    return channel_sums(g, np.ndim(W) - 2)


@twin_of(cf.conv_transpose)
def conv_transpose(
    x: Array,
    W: Array,
    b: Array | None = None,
    *,
    stride: PerAxis = 1,
    padding: Padding = 0,
    output_padding: PerAxis = 0,
    dilation: PerAxis = 1,
    groups: int = 1,
) -> Array:
    """yₛᵢ = bₛ + Σ_p Σ_i′ w_{p,s,i−i′} x_{p,i′}, the backward pass of a convolution from M channels to C"""
    layer: Any = {"stride": stride, "padding": padding, "dilation": dilation, "groups": groups}
    if unusual(x, W, b):
        return cf.conv_transpose(x, W, b, output_padding=output_padding, **layer)
    check_shapes(x, W, b, groups, channels=W.shape[0], outputs=W.shape[1] * groups)
    w = windows_of(W, layer)
    return large(x, W, b, w, groups, transposed_size(x, w, output_padding))


@twin_of(cf.conv_transpose_dx)
def conv_transpose_dx(
    g: Array, y: Array, x: Array, W: Array, b: Array | None = None, **layer: Unpack[cf.TransposedLayer]
) -> Array:
    """∂L/∂x_{p,i} = Σₛ Σ_i′ ∂L/∂y_{s,i+i′} w_{p,s,i′}"""
    if unusual(g, W):
        return cf.conv_transpose_dx(g, y, x, W, b, **layer)
    w = windows_of(W, layer)
    return small(g, W, None, w, layer.get("groups", 1), spatial(x, w))


@twin_of(cf.conv_transpose_dW)
def conv_transpose_dW(
    g: Array, y: Array, x: Array, W: Array, b: Array | None = None, **layer: Unpack[cf.TransposedLayer]
) -> Array:
    """∂L/∂w_{p,s,i} = Σ_i′ ∂L/∂y_{s,i+i′} x_{p,i′}"""
    if unusual(g, W, x):
        return cf.conv_transpose_dW(g, y, x, W, b, **layer)
    return kernel(x, g, W, windows_of(W, layer), layer.get("groups", 1))


@twin_of(cf.conv_transpose_db)
def conv_transpose_db(
    g: Array, y: Array, x: Array, W: Array, b: Array | None = None, **layer: Unpack[cf.TransposedLayer]
) -> Array:
    """∂L/∂bₛ = Σᵢ ∂L/∂yₛᵢ"""
    return channel_sums(g, np.ndim(W) - 2)


def unusual(x: Array, W: Array, *others: Array | None) -> bool:
    """Whether a closed form is to do it: for no axes, for nothing, for two types, for kernels that are not finite.

    (A kernel meets the zeros around x where the closed form leaves it out, and 0 · ∞ is nan.)
    """
    types = {x.dtype, W.dtype, *(a.dtype for a in others if a is not None)}
    return np.ndim(W) < 3 or len(types) > 1 or not (x.size and W.size and finite(W))


def axes_of(w: Windows) -> list[Axis]:
    """What the contractions want to know of windows."""
    along = zip(w.kernel, w.stride, w.dilation, w.padding, strict=True)
    return [Axis(kernel, stride, dilation, -before) for kernel, stride, dilation, (before, _) in along]


def in_groups(v: Array, groups: int, k: int) -> Array:
    """Maps (..., channels, *n) as (samples, groups, channels of a group, *n)."""
    *batch, channels = v.shape[: v.ndim - k]
    return v.reshape(math.prod(batch), groups, channels // groups, *v.shape[v.ndim - k :])


def contractions(W: Array, groups: int, *maps: Array) -> ModuleType:
    """Where the contractions of such a kernel are; in a band there are zeros, and 0 · ∞ is nan."""
    alone = groups > 1 and W.shape[1] == 1 and W.ndim < 5
    return depthwise if alone and all(map(finite, maps)) else correlation


def small(x: Array, W: Array, b: Array | None, w: Windows, groups: int, count: Sequence[int]) -> Array:
    """The map of `count` positions that the windows of x give: (..., M, *count)."""
    k = len(count)
    y = empty((*x.shape[: -k - 1], len(W), *count), x.dtype)
    kernels, bias = W.reshape(groups, -1, *W.shape[1:]), None if b is None else b.reshape(groups, -1)
    maps = in_groups(x, groups, k), in_groups(y, groups, k)
    contractions(W, groups, x).correlate(maps[0], kernels, bias, maps[1], axes_of(w))
    return y


def large(y: Array, W: Array, b: Array | None, w: Windows, groups: int, size: Sequence[int]) -> Array:
    """The map of `size` in whose windows y is spread: (..., C, *size)."""
    k = len(size)
    x = empty((*y.shape[: -k - 1], W.shape[1] * groups, *size), y.dtype)
    kernels, bias = W.reshape(groups, -1, *W.shape[1:]), None if b is None else b.reshape(groups, -1)
    maps = in_groups(y, groups, k), in_groups(x, groups, k)
    contractions(W, groups, y).spread(maps[0], kernels, bias, maps[1], axes_of(w))
    return x


def kernel(y: Array, x: Array, W: Array, w: Windows, groups: int) -> Array:
    """The gradient of W, for which y and x meet."""
    k = W.ndim - 2
    maps = in_groups(y, groups, k), in_groups(x, groups, k)
    found = contractions(W, groups, y, x).kernel(*maps, axes_of(w))
    return np.ascontiguousarray(found).reshape(W.shape)


def channel_sums(g: Array, k: int) -> Array:
    """Σ over the batch and the last k axes."""
    maps = g.reshape(-1, g.shape[g.ndim - k - 1], 1, math.prod(g.shape[g.ndim - k :]))
    return sums(maps).sum((0, 2))
