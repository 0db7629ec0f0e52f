"""Separable convolutions: what each channel gives by itself is kept, and the gradients of both layers share its own."""

from __future__ import annotations

from typing import Any, Unpack

import numpy as np

from ..closed_form import conv as cf
from ..closed_form.notation import Array
from ..closed_form.windows import Padding, PerAxis
from ..engine.values import Kept
from .conv import conv, conv_db, conv_dW, conv_dx
from .twins import twin_of

W1, W2, B = 1, 2, 3  # numbers of the inputs


@twin_of(cf.separable_conv)
def separable_conv(
    x: Array, w1: Array, w2: Array,
    b: Array | None = None,
    *, stride: PerAxis = 1, padding: Padding = 0, dilation: PerAxis = 1, true_convolution: bool = False,
) -> Kept:  # fmt: skip
    """yₛᵢ = bₛ + Σ_p o_{p,i} w²_{s,p}, where o_{p,i} = Σ_i′ x_{p,i+i′} w¹_{p,i′}; kept is o"""
    layer: Any = {"stride": stride, "padding": padding, "dilation": dilation, "true_convolution": true_convolution}
    o = conv(x, w1[:, np.newaxis], groups=len(w1), **layer)
    return Kept(conv(o, pointwise(w2, w1), b), o)


@twin_of(cf.separable_conv_gradients)
def separable_conv_gradients(
    g: Array, y: Array, x: Array, w1: Array, w2: Array, b: Array | None = None,
    *, kept: Any = None, wanted: Any = range(4), **layer: Unpack[cf.SeparableLayer],
) -> cf.SeparableGradients:  # fmt: skip
    """All that are wanted, from ∂L/∂o_{p,i} = Σₛ w²_{s,p} ∂L/∂yₛᵢ, which the first two share"""
    across, depthwise = pointwise(w2, w1), w1[:, np.newaxis]
    do = conv_dx(g, y, kept, across) if {0, W1}.intersection(wanted) else None
    of: dict[str, Any] = {"groups": len(w1), **layer}
    return cf.SeparableGradients(
        x=conv_dx(do, kept, x, depthwise, **of) if 0 in wanted else None,
        w1=conv_dW(do, kept, x, depthwise, **of)[:, 0] if W1 in wanted else None,
        w2=conv_dW(g, y, kept, across).reshape(w2.shape) if W2 in wanted else None,
        b=conv_db(g, y, kept, across) if B in wanted and b is not None else None,
    )


def pointwise(w2: Array, w1: Array) -> Array:
    """W2 as a kernel of size 1 along each of the axes that w1 slides over."""
    return w2[..., *(np.newaxis,) * (w1.ndim - 1)]
