"""Convolutional modules, plain, transposed and separable, as plain NumPy functions for any number of axes.

A gradient has a rule's signature `(g, y, *inputs, **params)` with g = ∂L/∂y, and sums over the batch. The document's
letters: p counts the C input channels, s the M output channels, i the positions and i′ the elements of the kernel, one
index for each of the k spatial axes, which come last. `stride`, `padding` (zeros on either side, or a pair for both)
and `dilation` are numbers, or one for each axis; with `groups`, each group of channels is a module of its own.

What a convolutional module computes is an auto-correlation, x_{i+i′} w_{i′}. The document prints the convolution,
x_{i−i′} w_{i′}: that is `true_convolution=True`, which rotates the kernel by 180° and, with it, its gradient.
"""

from typing import NamedTuple, TypedDict, Unpack

import numpy as np

from .correlation import check_shapes, correlate, kernel, rotated, spread, transposed_size
from .docstrings import THOSE_OF_FORM, gradient_of
from .notation import Array, Maybe
from .protocol import named
from .windows import Padding, PerAxis, Windows, counts, spatial, windows, windows_of


class SeparableLayer(TypedDict, total=False):
    """The keyword arguments of `separable_conv`."""

    stride: PerAxis
    padding: Padding
    dilation: PerAxis
    true_convolution: bool


class Layer(SeparableLayer, total=False):
    """The keyword arguments of `conv`."""

    groups: int


class TransposedLayer(TypedDict, total=False):
    """The keyword arguments of `conv_transpose`."""

    stride: PerAxis
    padding: Padding
    output_padding: PerAxis
    dilation: PerAxis
    groups: int


def output_size(size: int, kernel_size: int, stride: int = 1, padding: int = 0, dilation: int = 1) -> int:
    """H_out = ⌊(H_in + 2 padding − dilation (kernel_size − 1) − 1) / stride⌋ + 1

    Shapes: numbers, of one axis.
    Source: conv.conv.claim.height and conv.conv.claim.width, printed without the rounding.

    >>> output_size(28, kernel_size=5, stride=2, padding=2)
    14
    """
    return (size + 2 * padding - dilation * (kernel_size - 1) - 1) // stride + 1


def conv(
    x: Array, W: Array,
    b: Maybe = None,
    *, stride: PerAxis = 1, padding: Padding = 0, dilation: PerAxis = 1, groups: int = 1,
    true_convolution: bool = False,
) -> Array:  # fmt: skip
    """yₛᵢ = bₛ + Σ_p Σ_i′ x_{p,i+i′} w_{s,p,i′}

    Shapes: x (..., C, n₁, ..., nₖ), W (M, C/groups, K₁, ..., Kₖ), b (M,) or None, the result (..., M, o₁, ..., oₖ).
    Raises: ValueError where the channels, groups or sizes do not fit.
    Source: conv.conv.y.general, ours; printed as a true convolution, conv.conv.y.2d.sum, also for 1d and 3d.

    >>> conv(np.array([[[1.0, 2.0, 4.0]]]), np.array([[[1.0, 10.0]]]))
    array([[[21., 42.]]])
    """
    w = windows(W.shape[2:], stride=stride, padding=padding, dilation=dilation)
    check_shapes(x, W, b, groups, channels=W.shape[1] * groups, outputs=W.shape[0])
    return _plus(correlate(x, rotated(W, true_convolution), w, groups, counts(x, w)), b, w)


@gradient_of(conv, THOSE_OF_FORM, also="printed for the true convolution, conv.conv.dx.2d.sum")
def conv_dx(g: Array, y: Array, x: Array, W: Array, b: Maybe = None, **layer: Unpack[Layer]) -> Array:
    """∂L/∂x_{p,i} = Σₛ Σ_i′ w_{s,p,i−i′} ∂L/∂y_{s,i′}"""
    w = windows_of(W, layer)
    return spread(g, rotated(W, layer.get("true_convolution")), w, layer.get("groups", 1), spatial(x, w))


@gradient_of(conv, THOSE_OF_FORM, also="printed for the true convolution, conv.conv.dW.2d.sum")
def conv_dW(g: Array, y: Array, x: Array, W: Array, b: Maybe = None, **layer: Unpack[Layer]) -> Array:
    """∂L/∂w_{s,p,i} = Σ_i′ x_{p,i+i′} ∂L/∂y_{s,i′}"""
    return rotated(kernel(g, x, windows_of(W, layer), layer.get("groups", 1)), layer.get("true_convolution"))


@gradient_of(conv, THOSE_OF_FORM)
def conv_db(g: Array, y: Array, x: Array, W: Array, b: Maybe = None, **layer: Unpack[Layer]) -> Array:
    """∂L/∂bₛ = Σᵢ ∂L/∂yₛᵢ"""
    return _channel_sums(g, np.ndim(W) - 2)


def conv_transpose(
    x: Array, W: Array,
    b: Maybe = None,
    *, stride: PerAxis = 1, padding: Padding = 0, output_padding: PerAxis = 0, dilation: PerAxis = 1, groups: int = 1,
) -> Array:  # fmt: skip
    """yₛᵢ = bₛ + Σ_p Σ_i′ w_{p,s,i−i′} x_{p,i′}, the backward pass of a convolution from M channels to C

    Of the sizes that this convolution maps to x's, the result has the smallest, or `output_padding` more.

    Shapes: x (..., C, n₁, ..., nₖ), W (C, M/groups, K₁, ..., Kₖ), b (M,) or None, the result (..., M, o₁, ..., oₖ).
    Raises: ValueError where the channels, groups or sizes do not fit.
    Source: conv.conv_transpose.y.general, ours.

    >>> conv_transpose(np.array([[[1.0, 2.0]]]), np.array([[[1.0, 10.0]]]), stride=2)
    array([[[ 1., 10.,  2., 20.]]])
    """
    w = windows(W.shape[2:], stride=stride, padding=padding, dilation=dilation)
    check_shapes(x, W, b, groups, channels=W.shape[0], outputs=W.shape[1] * groups)
    return _plus(spread(x, W, w, groups, transposed_size(x, w, output_padding)), b, w)


@gradient_of(conv_transpose, THOSE_OF_FORM)
def conv_transpose_dx(
    g: Array, y: Array, x: Array, W: Array, b: Maybe = None, **layer: Unpack[TransposedLayer]
) -> Array:
    """∂L/∂x_{p,i} = Σₛ Σ_i′ ∂L/∂y_{s,i+i′} w_{p,s,i′}"""
    w = windows_of(W, layer)
    return correlate(g, W, w, layer.get("groups", 1), spatial(x, w))


@gradient_of(conv_transpose, THOSE_OF_FORM)
def conv_transpose_dW(
    g: Array, y: Array, x: Array, W: Array, b: Maybe = None, **layer: Unpack[TransposedLayer]
) -> Array:
    """∂L/∂w_{p,s,i} = Σ_i′ ∂L/∂y_{s,i+i′} x_{p,i′}"""
    return kernel(x, g, windows_of(W, layer), layer.get("groups", 1))


@gradient_of(conv_transpose, THOSE_OF_FORM)
def conv_transpose_db(
    g: Array, y: Array, x: Array, W: Array, b: Maybe = None, **layer: Unpack[TransposedLayer]
) -> Array:
    """∂L/∂bₛ = Σᵢ ∂L/∂yₛᵢ"""
    return _channel_sums(g, np.ndim(W) - 2)


def separable_conv(
    x: Array, w1: Array, w2: Array,
    b: Maybe = None,
    *, stride: PerAxis = 1, padding: Padding = 0, dilation: PerAxis = 1, true_convolution: bool = False,
) -> Array:  # fmt: skip
    """yₛᵢ = bₛ + Σ_p o_{p,i} w²_{s,p}, a pointwise layer after the depthwise o_{p,i} = Σ_i′ x_{p,i+i′} w¹_{p,i′}

    Shapes: x (..., C, n₁, ..., nₖ), w1 (C, K₁, ..., Kₖ), w2 (M, C), b (M,) or None, the result (..., M, o₁, ..., oₖ).
    Raises: ValueError where the channels or sizes do not fit.
    Source: conv.separable_conv.y.general, ours; printed for the true convolution, conv.separable_conv.y.sum.
    """
    o = separable_conv_o(
        x, w1, w2, b, stride=stride, padding=padding, dilation=dilation, true_convolution=true_convolution
    )
    return conv(named(o, "o"), _pointwise(w2, w1), b)


def separable_conv_o(x: Array, w1: Array, w2: Array, b: Maybe = None, **layer: Unpack[SeparableLayer]) -> Array:
    """o_{p,i} = Σ_i′ x_{p,i+i′} w¹_{p,i′}, what the depthwise layer gives to the pointwise one

    Shapes: x, w1, w2, b and the layer as in `separable_conv`, the result (..., C, o₁, ..., oₖ).
    Source: conv.separable_conv.o.general, ours; printed for the true convolution, conv.separable_conv.o.sum.
    """
    return conv(x, w1[:, np.newaxis], groups=w1.shape[0], **layer)


@gradient_of(separable_conv, THOSE_OF_FORM, also="printed for the true convolution, conv.separable_conv.dx.sum")
def separable_conv_dx(
    g: Array, y: Array, x: Array, w1: Array, w2: Array, b: Maybe = None, **layer: Unpack[SeparableLayer]
) -> Array:
    """∂L/∂x_{p,i} = Σₛ w²_{s,p} Σ_i′ w¹_{p,i−i′} ∂L/∂y_{s,i′}"""
    return conv_dx(_do(g, w1, w2), None, x, w1[:, np.newaxis], groups=len(w1), **layer)


@gradient_of(separable_conv, THOSE_OF_FORM, also="printed for the true convolution, conv.separable_conv.dw1")
def separable_conv_dw1(
    g: Array, y: Array, x: Array, w1: Array, w2: Array, b: Maybe = None, **layer: Unpack[SeparableLayer]
) -> Array:
    """∂L/∂w¹_{p,i} = Σₛ w²_{s,p} Σ_i′ x_{p,i+i′} ∂L/∂y_{s,i′}"""
    return conv_dW(_do(g, w1, w2), None, x, w1[:, np.newaxis], groups=len(w1), **layer)[:, 0]


def separable_conv_dw2(
    g: Array, y: Array, x: Array, w1: Array, w2: Array, b: Maybe = None, **layer: Unpack[SeparableLayer]
) -> Array:
    """∂L/∂w²_{s,p} = Σᵢ ∂L/∂yₛᵢ o_{p,i}

    Shapes: g and y (..., M, o₁, ..., oₖ), w2 and the result (M, C), the rest as in `separable_conv`.
    Source: conv.separable_conv.dw2.
    """
    o = separable_conv_o(x, w1, w2, b, **layer)
    return np.reshape(conv_dW(g, None, o, _pointwise(w2, w1)), np.shape(w2))


@gradient_of(separable_conv, THOSE_OF_FORM)
def separable_conv_db(
    g: Array, y: Array, x: Array, w1: Array, w2: Array, b: Maybe = None, **layer: Unpack[SeparableLayer]
) -> Array:
    """∂L/∂bₛ = Σᵢ ∂L/∂yₛᵢ"""
    return _channel_sums(g, np.ndim(w1) - 1)


class SeparableGradients(NamedTuple):
    """The gradients of `separable_conv`; None where b is."""

    x: Array
    w1: Array
    w2: Array
    b: Maybe


def separable_conv_gradients(
    g: Array, y: Array, x: Array, w1: Array, w2: Array, b: Array | None = None, **layer: Unpack[SeparableLayer]
) -> SeparableGradients:
    """∂L/∂x, ∂L/∂w¹, ∂L/∂w² and ∂L/∂b, of which the first two share ∂L/∂o_{p,i} = Σₛ w²_{s,p} ∂L/∂yₛᵢ

    Shapes: as in `separable_conv`, each gradient as its input.
    Source: conv.separable_conv.dx.general and its like.
    """
    do, depthwise = _do(g, w1, w2), w1[:, np.newaxis]
    return SeparableGradients(
        x=conv_dx(do, None, x, depthwise, groups=len(w1), **layer),
        w1=conv_dW(do, None, x, depthwise, groups=len(w1), **layer)[:, 0],
        w2=separable_conv_dw2(g, y, x, w1, w2, b, **layer),
        b=None if b is None else separable_conv_db(g, y, x, w1, w2, b, **layer),
    )


def _do(g: Array, w1: Array, w2: Array) -> Array:
    """∂L/∂o_{p,i} = Σₛ w²_{s,p} ∂L/∂yₛᵢ: a pointwise layer too, with the transposed kernel."""
    return conv(g, _pointwise(np.swapaxes(w2, 0, 1), w1))


def _pointwise(w2: Array, w1: Array) -> Array:
    """W2 as a kernel of size 1 along each of the axes that w1 slides over."""
    return w2[..., *(np.newaxis,) * (w1.ndim - 1)]


def _plus(y: Array, b: Maybe, w: Windows) -> Array:
    return y if b is None else y + np.reshape(b, (-1, *[1] * len(w.kernel)))


def _channel_sums(g: Array, k: int) -> Array:
    channel_axis = np.ndim(g) - k - 1
    return np.sum(g, axis=tuple(i for i in range(np.ndim(g)) if i != channel_axis))
