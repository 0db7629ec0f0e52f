"""Operations that equations are made of: closed forms of all families, and what only puts arrays together.

In a list of equations they read like functions of names: `"u": AFFINE("x", "W", "b")` is u = Wx + b.
"""

from typing import Any

import numpy as np

from . import activation, conv, elementwise, linear, normalization, pooling
from .equations import Gradients, Operation, operation
from .notation import Array

ADD = operation("{0}+{1}", elementwise.add)
AFFINE = operation("{1}{0}+{2}", linear.linear)

_ACTIVATIONS = {
    "relu": r"max\{{0,{0}\}}",
    "relu6": r"min\{{max\{{0,{0}\}},6\}}",
    "sigmoid": r"\sigma({0})",
    "gelu": "GELU({0})",
}


def act(name: str) -> Operation:
    """f(u) for the activation of this name, which has no other argument."""
    return operation(_ACTIVATIONS.get(name, f"{name}({{0}})"), getattr(activation, name))


# ---- paths -----------------------------------------------------------------------------------------------------


def join(*paths: Array, axis: int) -> Array:
    """[a, b, ...], side by side along an axis."""
    return np.concatenate(paths, axis=axis)


def join_gradients(g: Array, y: Array, *paths: Array, axis: int) -> list[Array]:
    """Each path takes back its own part of ∂L/∂y."""
    return np.split(g, np.cumsum([path.shape[axis] for path in paths])[:-1], axis=axis)


def half(x: Array, *, second: bool) -> Array:
    """The first half of the channels of x, or the second."""
    return np.split(x, 2, axis=1)[second]


def half_dx(g: Array, y: Array, x: Array, *, second: bool) -> Array:
    """∂L/∂y in its half, and 0 in the other one."""
    return np.concatenate([np.zeros_like(g), g] if second else [g, np.zeros_like(g)], axis=1)


JOIN = operation("[{all}]", join, axis=1)
FIRST_HALF = operation(r"{0}_{{1..\frac{{C}}{{2}}}}", half, second=False)
SECOND_HALF = operation(r"{0}_{{\frac{{C}}{{2}}+1..C}}", half, second=True)


# ---- maps ------------------------------------------------------------------------------------------------------


def scale(s: Array, x: Array) -> Array:
    """s ⊙ x, one number for each map."""
    return s[..., None, None] * x


def scale_gradients(g: Array, y: Array, s: Array, x: Array) -> Gradients:
    """∂L/∂s = Σᵢⱼ ∂L/∂yᵢⱼ xᵢⱼ and ∂L/∂x = ∂L/∂y ⊙ s."""
    return np.sum(g * x, axis=(-2, -1)), scale(s, g)


def convolved(x: Array, W: Array, **layer: Any) -> Array:
    """x ∗ W, padded to keep the size of the maps at stride 1, with the keyword arguments of `conv`, or `depthwise`."""
    return conv.conv(x, W, **_layer(W, **layer))


def convolved_gradients(g: Array, y: Array, x: Array, W: Array, **layer: Any) -> Gradients:
    """∂L/∂x and ∂L/∂W of x ∗ W."""
    return tuple(rule(g, y, x, W, **_layer(W, **layer)) for rule in (conv.conv_dx, conv.conv_dW))


def _layer(W: Array, *, depthwise: bool = False, dilation: int = 1, **layer: Any) -> dict[str, Any]:
    """What `conv` is called with: a padding for kernels of odd size, and a group for each channel."""
    padding = tuple(dilation * (k - 1) // 2 for k in W.shape[2:])
    return {"padding": padding, "dilation": dilation} | ({"groups": len(W)} if depthwise else {}) | layer


def convolution(**layer: Any) -> Operation:
    """x ∗ W with the keyword arguments of `convolved`."""
    return operation("{0}*{1}", convolved, **layer)


def batch_norm(**params: Any) -> Operation:
    """Batch Normalization with the statistics of the batch."""
    return operation("BN_{{{1},{2}}}({0})", normalization.batch_norm, **params)


def maximum(stride: int = 1) -> Operation:
    """The maximum of 3 × 3 numbers around each place, or around every second one."""
    return operation(r"max_{{3\times3}}({0})", pooling.max_pool, kernel_size=(3, 3), stride=stride, padding=1)


SCALE = operation(r"{0}\odot {1}", scale)
SEPARABLE = operation("({0}*{1})*{2}", conv.separable_conv, padding=1)
MEAN = operation(r"\frac{{1}}{{HW}}\sum\limits_{{i,j}}{{{0}}}_{{i,j}}", pooling.global_avg_pool)
HALVE = operation("pool({0})", pooling.avg_pool, kernel_size=(2, 2))
MEAN_3X3 = operation(r"mean_{{3\times3}}({0})", pooling.avg_pool, kernel_size=(3, 3), stride=2, padding=1)
