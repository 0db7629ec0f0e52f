"""What blocks are made of: a convolution, Batch Normalization and an activation, and Squeeze-and-Excitation.

A block's gradients share most of their work, so one function gives them all: `squeeze_excitation_gradients(g, y,
*inputs, **params)` with g = ∂L/∂y, in the order of the inputs. It is the chain rule, line by line: da is ∂L/∂a.
Normalization is with the statistics of the batch. `activation` is the name of a function of the activation family that
has no other argument.
"""

from typing import Any

import numpy as np

from autograd_zoo.closed_form import activation as activations
from autograd_zoo.closed_form import conv, linear, normalization, pooling
from autograd_zoo.closed_form.notation import Array

__all__ = [
    "conv_norm_activation",
    "conv_norm_activation_gradients",
    "squeeze_excitation",
    "squeeze_excitation_gradients",
]

Gradients = tuple[Array, ...]


# ---- what all blocks share -------------------------------------------------------------------------------------


def act(activation: str, u: Array) -> Array:
    """Return a = f(u) for the activation of this name."""
    return getattr(activations, activation)(u)


def act_du(da: Array, activation: str, u: Array) -> Array:
    """Return ∂L/∂u for a = f(u)."""
    return getattr(activations, f"{activation}_dx")(da, act(activation, u), u)


def norm_gradients(du: Array, z: Array, gamma: Array, beta: Array, eps: float = 1e-5) -> Gradients:
    """Return the gradients by z, γ and β for u = BN(z)."""
    rules = (normalization.batch_norm_dx, normalization.batch_norm_dgamma, normalization.batch_norm_dbeta)
    return tuple(rule(du, None, z, gamma, beta, eps=eps) for rule in rules)


def conv_norm(x: Array, W: Array, gamma: Array, beta: Array, eps: float = 1e-5, **layer: Any) -> Array:
    """Return u = BN(x ∗ W), without an activation; a kernel of odd size keeps the size of the maps at stride 1."""
    z = conv.conv(x, W, **_padded(W, layer))
    return normalization.batch_norm(z, gamma, beta, eps=eps)


def conv_norm_gradients(
    du: Array, x: Array, W: Array, gamma: Array, beta: Array, eps: float = 1e-5, **layer: Any
) -> Gradients:
    """Return the gradients by x, W, γ and β for u = BN(x ∗ W)."""
    layer = _padded(W, layer)
    z = conv.conv(x, W, **layer)
    dz, dgamma, dbeta = norm_gradients(du, z, gamma, beta, eps)
    return conv.conv_dx(dz, z, x, W, **layer), conv.conv_dW(dz, z, x, W, **layer), dgamma, dbeta


def _padded(W: Array, layer: dict[str, Any]) -> dict[str, Any]:
    """Return the layer with the padding that keeps the size of the maps, unless it has one."""
    d = layer.get("dilation", 1)
    return {"padding": tuple(d * (k - 1) // 2 for k in np.shape(W)[2:])} | layer


# ---- the unit, and Squeeze-and-Excitation -----------------------------------------------------------------------


def conv_norm_activation(
    x: Array, W: Array, gamma: Array, beta: Array, *, activation: str = "relu", eps: float = 1e-5, **layer: Any
) -> Array:
    """y = f(u), u = BN(x ∗ W)

    Shapes: x (N, C, H, W), W (M, C/groups, K, K'), gamma and beta (M,), the result (N, M, H', W'); `layer` holds the
    keyword arguments of `conv`, with a padding that keeps the size unless one is given.
    Source: block.conv_norm_activation.y, ours.
    """
    return act(activation, conv_norm(x, W, gamma, beta, eps, **layer))


def conv_norm_activation_gradients(
    g: Array,
    y: Array,
    x: Array,
    W: Array,
    gamma: Array,
    beta: Array,
    *,
    activation: str = "relu",
    eps: float = 1e-5,
    **layer: Any,
) -> Gradients:
    """∂L/∂x, ∂L/∂W, ∂L/∂γ and ∂L/∂β of `conv_norm_activation`, through ∂L/∂u = ∂L/∂y ⊙ f'(u)

    Shapes: g and y as y, the results as the inputs.
    Source: block.conv_norm_activation.dx and its like, ours.
    """
    u = conv_norm(x, W, gamma, beta, eps, **layer)
    return conv_norm_gradients(act_du(g, activation, u), x, W, gamma, beta, eps, **layer)


def squeeze_excitation(
    x: Array,
    W_1: Array,
    b_1: Array,
    W_2: Array,
    b_2: Array,
    *,
    activation: str = "relu",
    scale_activation: str = "sigmoid",
) -> Array:
    """y = s ⊙ x, s = σ(W₂ f(W₁ m + b₁) + b₂), m the mean of each map

    Shapes: x and the result (N, C, H, W), W_1 (R, C), b_1 (R,), W_2 (C, R), b_2 (C,).
    Source: block.squeeze_excitation.y, ours; Hu et al., Squeeze-and-Excitation Networks, CVPR 2018.
    """
    a = act(activation, linear.linear(pooling.global_avg_pool(x), W_1, b_1))
    s = act(scale_activation, linear.linear(a, W_2, b_2))
    return s[..., None, None] * x


def squeeze_excitation_gradients(
    g: Array,
    y: Array,
    x: Array,
    W_1: Array,
    b_1: Array,
    W_2: Array,
    b_2: Array,
    *,
    activation: str = "relu",
    scale_activation: str = "sigmoid",
) -> Gradients:
    """∂L/∂x = ∂L/∂y ⊙ s + ∂L/∂m ∂m/∂x, and the gradients by W₁, b₁, W₂ and b₂, through ∂L/∂s = Σᵢⱼ ∂L/∂yᵢⱼ xᵢⱼ

    Shapes: g and y as x, the results as the inputs.
    Source: block.squeeze_excitation.dx and its like, ours.
    """
    m = pooling.global_avg_pool(x)
    u_1 = linear.linear(m, W_1, b_1)
    a = act(activation, u_1)
    u_2 = linear.linear(a, W_2, b_2)
    s = act(scale_activation, u_2)
    ds = np.sum(g * x, axis=(-2, -1))
    du_2 = act_du(ds, scale_activation, u_2)
    da = linear.linear_dx(du_2, u_2, a, W_2)
    du_1 = act_du(da, activation, u_1)
    dm = linear.linear_dx(du_1, u_1, m, W_1)
    dx = g * s[..., None, None] + pooling.global_avg_pool_dx(dm, m, x)
    return (
        dx,
        linear.linear_dW(du_1, u_1, m, W_1),
        linear.linear_db(du_1, u_1, m, W_1),
        linear.linear_dW(du_2, u_2, a, W_2),
        linear.linear_db(du_2, u_2, a, W_2),
    )
