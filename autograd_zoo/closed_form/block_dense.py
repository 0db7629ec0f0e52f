"""Dense blocks: each layer sees what all layers before it gave, and a transition narrows and halves what comes out.

The gradients by all inputs come together, in their order.
"""

import numpy as np

from autograd_zoo.closed_form import conv, normalization, pooling
from autograd_zoo.closed_form.block_unit import Gradients, act, act_du, norm_gradients
from autograd_zoo.closed_form.notation import Array

__all__ = ["dense_block", "dense_block_gradients", "transition", "transition_gradients"]


def dense_block(x: Array, *parameters: Array, activation: str = "relu") -> Array:
    """y = [x, h₁, ..., h_L], h_l = H_l([x, h₁, ..., h_{l−1}]), H = f(BN(f(BN(·)) ∗ W₁)) ∗ W₂ with own parameters

    Shapes: x (N, C, H, W); for each layer γ₁, β₁ (C',), W_1 (B, C', 1, 1), γ₂, β₂ (B,), W_2 (G, B, 3, 3), where
    C' = C, C + G, C + 2G, ...; the result (N, C + LG, H, W).
    Source: block.dense_block.y, ours; Huang et al., Densely Connected Convolutional Networks, CVPR 2017.
    """
    for layer in _layers(parameters):
        x = np.concatenate([x, _layer(x, *layer, activation=activation)], axis=1)
    return x


def dense_block_gradients(g: Array, y: Array, x: Array, *parameters: Array, activation: str = "relu") -> Gradients:
    """∂L/∂[x, h₁, ..., h_{l−1}] is the part of ∂L/∂[x, h₁, ..., h_l] for these, and what comes back through h_l

    Shapes: g and y as y, the results as the inputs.
    Source: block.dense_block.dx and its like, ours.
    """
    layers = _layers(parameters)
    seen = [x]  # what each layer takes
    for layer in layers:
        seen.append(np.concatenate([seen[-1], _layer(seen[-1], *layer, activation=activation)], axis=1))
    of_layers: list[Array] = []
    for z, layer in zip(reversed(seen[:-1]), reversed(layers), strict=True):
        dz, dh = np.split(g, [z.shape[1]], axis=1)
        through_h, *of_layer = _layer_gradients(dh, z, *layer, activation=activation)
        g = dz + through_h
        of_layers[:0] = of_layer
    return g, *of_layers


def _layers(parameters: tuple[Array, ...]) -> list[tuple[Array, ...]]:
    """Return the parameters layer by layer."""
    if len(parameters) % 6:
        raise ValueError(
            f"dense_block expects gamma_1, beta_1, W_1, gamma_2, beta_2, W_2 a layer, got {len(parameters)}"
        )
    return [parameters[i : i + 6] for i in range(0, len(parameters), 6)]


def _layer(
    x: Array, gamma_1: Array, beta_1: Array, W_1: Array, gamma_2: Array, beta_2: Array, W_2: Array, *, activation: str
) -> Array:
    z = conv.conv(act(activation, normalization.batch_norm(x, gamma_1, beta_1)), W_1)
    return conv.conv(act(activation, normalization.batch_norm(z, gamma_2, beta_2)), W_2, padding=1)


def _layer_gradients(
    g: Array,
    x: Array,
    gamma_1: Array,
    beta_1: Array,
    W_1: Array,
    gamma_2: Array,
    beta_2: Array,
    W_2: Array,
    *,
    activation: str,
) -> Gradients:
    """Return the gradients of `_layer` by x and the parameters, in their order."""
    u_1 = normalization.batch_norm(x, gamma_1, beta_1)
    a_1 = act(activation, u_1)
    z = conv.conv(a_1, W_1)
    u_2 = normalization.batch_norm(z, gamma_2, beta_2)
    a_2 = act(activation, u_2)
    da_2, dW_2 = conv.conv_dx(g, None, a_2, W_2, padding=1), conv.conv_dW(g, None, a_2, W_2, padding=1)
    dz, dgamma_2, dbeta_2 = norm_gradients(act_du(da_2, activation, u_2), z, gamma_2, beta_2)
    da_1, dW_1 = conv.conv_dx(dz, z, a_1, W_1), conv.conv_dW(dz, z, a_1, W_1)
    dx, dgamma_1, dbeta_1 = norm_gradients(act_du(da_1, activation, u_1), x, gamma_1, beta_1)
    return dx, dgamma_1, dbeta_1, dW_1, dgamma_2, dbeta_2, dW_2


def transition(x: Array, gamma: Array, beta: Array, W: Array, *, activation: str = "relu") -> Array:
    """y = the mean of each window of 2 × 2 of f(BN(x)) ∗ W

    Shapes: x (N, C, H, W), gamma and beta (C,), W (M, C, 1, 1), the result (N, M, H/2, W/2), rounded down.
    Source: block.transition.y, ours; Huang et al., CVPR 2017.
    """
    z = conv.conv(act(activation, normalization.batch_norm(x, gamma, beta)), W)
    return pooling.avg_pool(z, kernel_size=(2, 2))


def transition_gradients(
    g: Array, y: Array, x: Array, gamma: Array, beta: Array, W: Array, *, activation: str = "relu"
) -> Gradients:
    """∂L/∂x, ∂L/∂γ, ∂L/∂β and ∂L/∂W of `transition`, through a quarter of ∂L/∂y for each element of a window

    Shapes: g and y as y, the results as the inputs.
    Source: block.transition.dx and its like, ours.
    """
    u = normalization.batch_norm(x, gamma, beta)
    a = act(activation, u)
    z = conv.conv(a, W)
    dz = pooling.avg_pool_dx(g, y, z, kernel_size=(2, 2))
    da, dW = conv.conv_dx(dz, z, a, W), conv.conv_dW(dz, z, a, W)
    return *norm_gradients(act_du(da, activation, u), x, gamma, beta), dW
