"""Blocks of separable convolutions: those of MobileNetV1 and MobileNetV2, and of Xception.

A gradient is the chain rule, line by line, from ∂L/∂y back to the inputs: du_1 is ∂L/∂u₁. The kernels' indices count
the convolutions from the input on; those of the skip connection have none.
"""

from typing import Any

import numpy as np

from autograd_zoo.closed_form import conv, normalization, pooling
from autograd_zoo.closed_form.block_unit import (
    Gradients,
    act,
    act_du,
    conv_norm,
    conv_norm_gradients,
    norm_gradients,
)
from autograd_zoo.closed_form.notation import Array

__all__ = [
    "depthwise_separable",
    "depthwise_separable_gradients",
    "inverted_residual",
    "inverted_residual_gradients",
    "xception_block",
    "xception_block_gradients",
]

_POOL: dict[str, Any] = {"kernel_size": (3, 3), "stride": 2, "padding": 1}


def depthwise_separable(
    x: Array,
    W_1: Array,
    gamma_1: Array,
    beta_1: Array,
    W_2: Array,
    gamma_2: Array,
    beta_2: Array,
    *,
    stride: int = 1,
    activation: str = "relu",
) -> Array:
    """y = f(u₂), u₂ = BN(a₁ ∗ W₂), a₁ = f(u₁), u₁ = BN(x ∗ W₁), W₁ depthwise and W₂ pointwise

    Shapes: x (N, C, H, W), W_1 (C, 1, K, K), W_2 (M, C, 1, 1), γ and β as many as W has kernels, y (N, M, H', W').
    Source: block.depthwise_separable.y, ours; Howard et al., MobileNets, CoRR 2017.
    """
    a_1 = act(activation, conv_norm(x, W_1, gamma_1, beta_1, stride=stride, groups=len(W_1)))
    return act(activation, conv_norm(a_1, W_2, gamma_2, beta_2))


def depthwise_separable_gradients(
    g: Array,
    y: Array,
    x: Array,
    W_1: Array,
    gamma_1: Array,
    beta_1: Array,
    W_2: Array,
    gamma_2: Array,
    beta_2: Array,
    *,
    stride: int = 1,
    activation: str = "relu",
) -> Gradients:
    """∂L/∂u₂ = ∂L/∂y ⊙ f'(u₂), ∂L/∂u₁ = ∂L/∂a₁ ⊙ f'(u₁), and from these the gradients by x, W, γ and β

    Shapes: g and y as `depthwise_separable` gives them, the results as the inputs.
    Source: block.depthwise_separable.dx and its like, ours.
    """
    depthwise = {"stride": stride, "groups": len(W_1)}
    u_1 = conv_norm(x, W_1, gamma_1, beta_1, **depthwise)
    a_1 = act(activation, u_1)
    u_2 = conv_norm(a_1, W_2, gamma_2, beta_2)
    du_2 = act_du(g, activation, u_2)
    da_1, *second = conv_norm_gradients(du_2, a_1, W_2, gamma_2, beta_2)
    du_1 = act_du(da_1, activation, u_1)
    dx, *first = conv_norm_gradients(du_1, x, W_1, gamma_1, beta_1, **depthwise)
    return dx, *first, *second


def inverted_residual(
    x: Array,
    W_1: Array,
    gamma_1: Array,
    beta_1: Array,
    W_2: Array,
    gamma_2: Array,
    beta_2: Array,
    W_3: Array,
    gamma_3: Array,
    beta_3: Array,
    *,
    stride: int = 1,
    activation: str = "relu6",
) -> Array:
    """y = u₃ + x, u₃ = BN(a₂ ∗ W₃), a₂ = f(BN(a₁ ∗ W₂)), a₁ = f(BN(x ∗ W₁)), W₂ depthwise, W₁ and W₃ pointwise

    x is added where u₃ has its shape, which is at stride 1 and with as many channels.

    Shapes: x (N, C, H, W), W_1 (E, C, 1, 1), W_2 (E, 1, 3, 3), W_3 (M, E, 1, 1), γ and β as many as W has kernels,
    y (N, M, H', W').
    Source: block.inverted_residual.y, ours; Sandler et al., MobileNetV2, CVPR 2018.
    """
    a_1 = act(activation, conv_norm(x, W_1, gamma_1, beta_1))
    a_2 = act(activation, conv_norm(a_1, W_2, gamma_2, beta_2, stride=stride, groups=len(W_2)))
    u_3 = conv_norm(a_2, W_3, gamma_3, beta_3)
    return u_3 + x if _added(x, W_3, stride) else u_3


def inverted_residual_gradients(
    g: Array,
    y: Array,
    x: Array,
    W_1: Array,
    gamma_1: Array,
    beta_1: Array,
    W_2: Array,
    gamma_2: Array,
    beta_2: Array,
    W_3: Array,
    gamma_3: Array,
    beta_3: Array,
    *,
    stride: int = 1,
    activation: str = "relu6",
) -> Gradients:
    """∂L/∂u₃ = ∂L/∂y, ∂L/∂uᵢ = ∂L/∂aᵢ ⊙ f'(uᵢ), and ∂L/∂x = ∂L/∂u₁ ∂u₁/∂x + ∂L/∂y where x was added

    Shapes: g and y as `inverted_residual` gives them, the results as the inputs.
    Source: block.inverted_residual.dx and its like, ours.
    """
    depthwise = {"stride": stride, "groups": len(W_2)}
    u_1 = conv_norm(x, W_1, gamma_1, beta_1)
    a_1 = act(activation, u_1)
    u_2 = conv_norm(a_1, W_2, gamma_2, beta_2, **depthwise)
    a_2 = act(activation, u_2)
    da_2, *third = conv_norm_gradients(g, a_2, W_3, gamma_3, beta_3)
    du_2 = act_du(da_2, activation, u_2)
    da_1, *second = conv_norm_gradients(du_2, a_1, W_2, gamma_2, beta_2, **depthwise)
    du_1 = act_du(da_1, activation, u_1)
    dx, *first = conv_norm_gradients(du_1, x, W_1, gamma_1, beta_1)
    return dx + g if _added(x, W_3, stride) else dx, *first, *second, *third


def xception_block(
    x: Array,
    v_1: Array,
    w_1: Array,
    gamma_1: Array,
    beta_1: Array,
    v_2: Array,
    w_2: Array,
    gamma_2: Array,
    beta_2: Array,
    W: Array,
    gamma: Array,
    beta: Array,
    *,
    strides: int = 1,
    activation: str = "relu",
) -> Array:
    """y = pool(u₂) + BN(x ∗ W), u₂ = BN(sep(f(u₁), v₂, w₂)), u₁ = BN(sep(f(x), v₁, w₁))

    sep is the separable convolution with the depthwise kernels v and the pointwise w; pool, at strides of 2, is the
    maximum of 3 × 3 numbers, and else nothing.

    Shapes: x (N, C, H, W), v_1 (C, 3, 3), w_1 (M, C), v_2 (M, 3, 3), w_2 (M, M), W (M, C, 1, 1), γ and β (M,),
    y (N, M, H', W').
    Source: block.xception_block.y, ours; Chollet, Xception, CVPR 2017.
    """
    u_1 = _separable_norm(act(activation, x), v_1, w_1, gamma_1, beta_1)
    u_2 = _separable_norm(act(activation, u_1), v_2, w_2, gamma_2, beta_2)
    p = pooling.max_pool(u_2, **_POOL) if strides > 1 else u_2
    return p + conv_norm(x, W, gamma, beta, stride=strides)


def xception_block_gradients(
    g: Array,
    y: Array,
    x: Array,
    v_1: Array,
    w_1: Array,
    gamma_1: Array,
    beta_1: Array,
    v_2: Array,
    w_2: Array,
    gamma_2: Array,
    beta_2: Array,
    W: Array,
    gamma: Array,
    beta: Array,
    *,
    strides: int = 1,
    activation: str = "relu",
) -> Gradients:
    """∂L/∂x = ∂L/∂a₀ ⊙ f'(x) + ∂L/∂s ∂s/∂x, a₀ = f(x), s = BN(x ∗ W), and ∂L/∂p = ∂L/∂s = ∂L/∂y

    Shapes: g and y as `xception_block` gives them, the results as the inputs.
    Source: block.xception_block.dx and its like, ours.
    """
    a_0 = act(activation, x)
    u_1 = _separable_norm(a_0, v_1, w_1, gamma_1, beta_1)
    a_1 = act(activation, u_1)
    u_2 = _separable_norm(a_1, v_2, w_2, gamma_2, beta_2)
    du_2 = pooling.max_pool_dx(g, pooling.max_pool(u_2, **_POOL), u_2, **_POOL) if strides > 1 else g
    da_1, *second = _separable_norm_gradients(du_2, a_1, v_2, w_2, gamma_2, beta_2)
    du_1 = act_du(da_1, activation, u_1)
    da_0, *first = _separable_norm_gradients(du_1, a_0, v_1, w_1, gamma_1, beta_1)
    dx, *skip = conv_norm_gradients(g, x, W, gamma, beta, stride=strides)
    return dx + act_du(da_0, activation, x), *first, *second, *skip


def _added(x: Array, W_3: Array, stride: int) -> bool:
    """Return whether x is added to u₃."""
    return stride == 1 and len(W_3) == np.shape(x)[1]


def _separable_norm(x: Array, v: Array, w: Array, gamma: Array, beta: Array) -> Array:
    """Return u = BN(sep(x, v, w))."""
    return normalization.batch_norm(conv.separable_conv(x, v, w, padding=1), gamma, beta)


def _separable_norm_gradients(du: Array, x: Array, v: Array, w: Array, gamma: Array, beta: Array) -> Gradients:
    """Return the gradients by x, v, w, γ and β for u = BN(sep(x, v, w))."""
    z = conv.separable_conv(x, v, w, padding=1)
    dz, dgamma, dbeta = norm_gradients(du, z, gamma, beta)
    rules = (conv.separable_conv_dx, conv.separable_conv_dw1, conv.separable_conv_dw2)
    return *(rule(dz, z, x, v, w, padding=1) for rule in rules), dgamma, dbeta
