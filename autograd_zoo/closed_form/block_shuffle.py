"""Blocks of ShuffleNet and ShuffleNetV2, and the channel shuffle.

A gradient is the chain rule, line by line, from ∂L/∂y back to the inputs: du_1 is ∂L/∂u₁. What was joined is cut
again, and what was shuffled is shuffled back.

After a depthwise convolution there is no activation: its β is a shift that the next normalization takes away. The
gradient by it is 0, so it comes last among the arguments, and the functions for the gradients leave it out.
"""

from typing import Any

import numpy as np

from autograd_zoo.closed_form import pooling
from autograd_zoo.closed_form.block_unit import Gradients, act, act_du, conv_norm, conv_norm_gradients
from autograd_zoo.closed_form.notation import Array

__all__ = [
    "channel_shuffle",
    "channel_shuffle_dx",
    "shuffle_unit",
    "shuffle_unit_gradients",
    "shuffle_unit_v2",
    "shuffle_unit_v2_down",
    "shuffle_unit_v2_down_gradients",
    "shuffle_unit_v2_gradients",
]

_POOL: dict[str, Any] = {"kernel_size": (3, 3), "stride": 2, "padding": 1}


# ---- the channel shuffle ---------------------------------------------------------------------------------------


def channel_shuffle(x: Array, *, groups: int) -> Array:
    """y_{Gi+j} = x_{(C/G)j+i}, channel i of group j, the G groups following each other

    Shapes: x and the result (N, C, ...), C divisible by G = groups.
    Source: block.channel_shuffle.y, ours; Zhang et al., ShuffleNet, CVPR 2018.

    >>> channel_shuffle(np.array([[0, 1, 2, 10, 11, 12]]), groups=2)
    array([[ 0, 10,  1, 11,  2, 12]])
    """
    N, C, *S = np.shape(x)
    return np.reshape(np.swapaxes(np.reshape(x, (N, groups, C // groups, *S)), 1, 2), np.shape(x))


def channel_shuffle_dx(g: Array, y: Array, x: Array, *, groups: int) -> Array:
    """∂L/∂x_{(C/G)j+i} = ∂L/∂y_{Gi+j}: the channels of C/G groups, shuffled

    Shapes: all the same.
    Source: block.channel_shuffle.dx, ours.
    """
    return channel_shuffle(g, groups=np.shape(g)[1] // groups)


# ---- ShuffleNet ------------------------------------------------------------------------------------------------


def shuffle_unit(
    x: Array,
    W_1: Array,
    gamma_1: Array,
    beta_1: Array,
    W_2: Array,
    gamma_2: Array,
    W_3: Array,
    gamma_3: Array,
    beta_3: Array,
    beta_2: Array,
    *,
    groups: int,
    stride: int = 1,
    activation: str = "relu",
) -> Array:
    """y = f(x + u₃), or f([pool(x), u₃]) at stride 2, u₃ = BN(u₂ ∗ W₃), u₂ = BN(s ∗ W₂), s = shuffle(f(BN(x ∗ W₁)))

    W₁ and W₃ are pointwise within groups, W₂ is depthwise; pool is the mean of 3 × 3 numbers, zeros around x among
    them.

    Shapes: x (N, C, H, W), W_1 (R, C/groups, 1, 1), W_2 (R, 1, 3, 3), W_3 (M, R/groups, 1, 1), γ and β as many as W has
    kernels, y (N, M, H, W) with M = C, or (N, C + M, H', W') at stride 2.
    Source: block.shuffle_unit.y, ours; Zhang et al., ShuffleNet, CVPR 2018.
    """
    a_1 = act(activation, conv_norm(x, W_1, gamma_1, beta_1, groups=groups))
    s = channel_shuffle(a_1, groups=groups)
    u_2 = conv_norm(s, W_2, gamma_2, beta_2, stride=stride, groups=len(W_2))
    u_3 = conv_norm(u_2, W_3, gamma_3, beta_3, groups=groups)
    return act(activation, _with_x(x, u_3, stride))


def shuffle_unit_gradients(
    g: Array,
    y: Array,
    x: Array,
    W_1: Array,
    gamma_1: Array,
    beta_1: Array,
    W_2: Array,
    gamma_2: Array,
    W_3: Array,
    gamma_3: Array,
    beta_3: Array,
    beta_2: Array,
    *,
    groups: int,
    stride: int = 1,
    activation: str = "relu",
) -> Gradients:
    """∂L/∂x = ∂L/∂v + ∂L/∂u₁ ∂u₁/∂x with v = x + u₃ and y = f(v), or ∂L/∂pool ∂pool/∂x + ∂L/∂u₁ ∂u₁/∂x at stride 2

    Shapes: g and y as `shuffle_unit` gives them, the results as the inputs but the last.
    Source: block.shuffle_unit.dx and its like, ours.
    """
    depthwise = {"stride": stride, "groups": len(W_2)}
    u_1 = conv_norm(x, W_1, gamma_1, beta_1, groups=groups)
    a_1 = act(activation, u_1)
    s = channel_shuffle(a_1, groups=groups)
    u_2 = conv_norm(s, W_2, gamma_2, beta_2, **depthwise)
    u_3 = conv_norm(u_2, W_3, gamma_3, beta_3, groups=groups)
    dv = act_du(g, activation, _with_x(x, u_3, stride))
    if stride == 1:
        dskip, du_3 = dv, dv
    else:
        dpool, du_3 = np.split(dv, [np.shape(x)[1]], axis=1)
        dskip = pooling.avg_pool_dx(dpool, None, x, **_POOL)
    du_2, *third = conv_norm_gradients(du_3, u_2, W_3, gamma_3, beta_3, groups=groups)
    ds, dW_2, dgamma_2, _ = conv_norm_gradients(du_2, s, W_2, gamma_2, beta_2, **depthwise)
    da_1 = channel_shuffle_dx(ds, s, a_1, groups=groups)
    du_1 = act_du(da_1, activation, u_1)
    dx, *first = conv_norm_gradients(du_1, x, W_1, gamma_1, beta_1, groups=groups)
    return dskip + dx, *first, dW_2, dgamma_2, *third


def _with_x(x: Array, u_3: Array, stride: int) -> Array:
    """Return x + u₃, or at stride 2 the channels of pool(x) and then those of u₃."""
    return x + u_3 if stride == 1 else np.concatenate([pooling.avg_pool(x, **_POOL), u_3], axis=1)


# ---- ShuffleNetV2 ----------------------------------------------------------------------------------------------


def shuffle_unit_v2(
    x: Array,
    W_1: Array,
    gamma_1: Array,
    beta_1: Array,
    W_2: Array,
    gamma_2: Array,
    W_3: Array,
    gamma_3: Array,
    beta_3: Array,
    beta_2: Array,
    *,
    activation: str = "relu",
) -> Array:
    """y = shuffle([x′, a₃]), a₃ = f(BN(u₂ ∗ W₃)), u₂ = BN(a₁ ∗ W₂), a₁ = f(BN(x″ ∗ W₁)), x = [x′, x″]

    x′ and x″ are the halves of x's channels; W₁ and W₃ are pointwise, W₂ is depthwise; the shuffle has two groups.

    Shapes: x and y (N, 2C, H, W), W_1 and W_3 (C, C, 1, 1), W_2 (C, 1, 3, 3), γ and β (C,).
    Source: block.shuffle_unit_v2.y, ours; Ma et al., ShuffleNet V2, ECCV 2018.
    """
    through, x_2 = np.split(x, 2, axis=1)
    parameters = (W_1, gamma_1, beta_1, W_2, gamma_2, W_3, gamma_3, beta_3, beta_2)
    a_3 = _branch(x_2, *parameters, stride=1, activation=activation)
    return channel_shuffle(np.concatenate([through, a_3], axis=1), groups=2)


def shuffle_unit_v2_gradients(
    g: Array,
    y: Array,
    x: Array,
    W_1: Array,
    gamma_1: Array,
    beta_1: Array,
    W_2: Array,
    gamma_2: Array,
    W_3: Array,
    gamma_3: Array,
    beta_3: Array,
    beta_2: Array,
    *,
    activation: str = "relu",
) -> Gradients:
    """[∂L/∂x′, ∂L/∂a₃] is ∂L/∂y, shuffled back, and ∂L/∂x = [∂L/∂x′, ∂L/∂u₁ ∂u₁/∂x″]

    Shapes: g and y as x, the results as the inputs but the last.
    Source: block.shuffle_unit_v2.dx and its like, ours.
    """
    dthrough, da_3 = np.split(channel_shuffle_dx(g, y, x, groups=2), 2, axis=1)
    parameters = (W_1, gamma_1, beta_1, W_2, gamma_2, W_3, gamma_3, beta_3, beta_2)
    dx_2, *branch = _branch_gradients(da_3, np.split(x, 2, axis=1)[1], *parameters, stride=1, activation=activation)
    return np.concatenate([dthrough, dx_2], axis=1), *branch


def shuffle_unit_v2_down(
    x: Array,
    W_1: Array,
    gamma_1: Array,
    W_2: Array,
    gamma_2: Array,
    beta_2: Array,
    W_3: Array,
    gamma_3: Array,
    beta_3: Array,
    W_4: Array,
    gamma_4: Array,
    W_5: Array,
    gamma_5: Array,
    beta_5: Array,
    beta_1: Array,
    beta_4: Array,
    *,
    activation: str = "relu",
) -> Array:
    """y = shuffle([a₂, a₅]), a₂ = f(BN(u₁ ∗ W₂)), u₁ = BN(x ∗ W₁), and a₅ = f(BN(BN(f(BN(x ∗ W₃)) ∗ W₄) ∗ W₅))

    W₁ and W₄ are depthwise, with a stride of 2; the others are pointwise.

    Shapes: x (N, C, H, W), W_1 (C, 1, 3, 3), W_2 (M, C, 1, 1), W_3 (M, C, 1, 1), W_4 (M, 1, 3, 3), W_5 (M, M, 1, 1),
    γ and β as many as W has kernels, y (N, 2M, H', W').
    Source: block.shuffle_unit_v2_down.y, ours; Ma et al., ShuffleNet V2, ECCV 2018.
    """
    u_1 = conv_norm(x, W_1, gamma_1, beta_1, stride=2, groups=len(W_1))
    a_2 = act(activation, conv_norm(u_1, W_2, gamma_2, beta_2))
    parameters = (W_3, gamma_3, beta_3, W_4, gamma_4, W_5, gamma_5, beta_5, beta_4)
    a_5 = _branch(x, *parameters, stride=2, activation=activation)
    return channel_shuffle(np.concatenate([a_2, a_5], axis=1), groups=2)


def shuffle_unit_v2_down_gradients(
    g: Array,
    y: Array,
    x: Array,
    W_1: Array,
    gamma_1: Array,
    W_2: Array,
    gamma_2: Array,
    beta_2: Array,
    W_3: Array,
    gamma_3: Array,
    beta_3: Array,
    W_4: Array,
    gamma_4: Array,
    W_5: Array,
    gamma_5: Array,
    beta_5: Array,
    beta_1: Array,
    beta_4: Array,
    *,
    activation: str = "relu",
) -> Gradients:
    """[∂L/∂a₂, ∂L/∂a₅] is ∂L/∂y, shuffled back, and ∂L/∂x = ∂L/∂u₁ ∂u₁/∂x + ∂L/∂u₃ ∂u₃/∂x

    Shapes: g and y as `shuffle_unit_v2_down` gives them, the results as the inputs but the last two.
    Source: block.shuffle_unit_v2_down.dx and its like, ours.
    """
    depthwise = {"stride": 2, "groups": len(W_1)}
    u_1 = conv_norm(x, W_1, gamma_1, beta_1, **depthwise)
    u_2 = conv_norm(u_1, W_2, gamma_2, beta_2)
    da_2, da_5 = np.split(channel_shuffle_dx(g, y, y, groups=2), 2, axis=1)
    du_2 = act_du(da_2, activation, u_2)
    du_1, *second = conv_norm_gradients(du_2, u_1, W_2, gamma_2, beta_2)
    dx_1, dW_1, dgamma_1, _ = conv_norm_gradients(du_1, x, W_1, gamma_1, beta_1, **depthwise)
    parameters = (W_3, gamma_3, beta_3, W_4, gamma_4, W_5, gamma_5, beta_5, beta_4)
    dx_2, *branch = _branch_gradients(da_5, x, *parameters, stride=2, activation=activation)
    return dx_1 + dx_2, dW_1, dgamma_1, *second, *branch


def _branch(
    x: Array,
    W_1: Array,
    gamma_1: Array,
    beta_1: Array,
    W_2: Array,
    gamma_2: Array,
    W_3: Array,
    gamma_3: Array,
    beta_3: Array,
    beta_2: Array,
    *,
    stride: int,
    activation: str,
) -> Array:
    """Return a₃."""
    a_1 = act(activation, conv_norm(x, W_1, gamma_1, beta_1))
    u_2 = conv_norm(a_1, W_2, gamma_2, beta_2, stride=stride, groups=len(W_2))
    return act(activation, conv_norm(u_2, W_3, gamma_3, beta_3))


def _branch_gradients(
    da_3: Array,
    x: Array,
    W_1: Array,
    gamma_1: Array,
    beta_1: Array,
    W_2: Array,
    gamma_2: Array,
    W_3: Array,
    gamma_3: Array,
    beta_3: Array,
    beta_2: Array,
    *,
    stride: int,
    activation: str,
) -> Gradients:
    """Return the gradients by x and the parameters, given ∂L/∂a₃."""
    depthwise = {"stride": stride, "groups": len(W_2)}
    u_1 = conv_norm(x, W_1, gamma_1, beta_1)
    a_1 = act(activation, u_1)
    u_2 = conv_norm(a_1, W_2, gamma_2, beta_2, **depthwise)
    u_3 = conv_norm(u_2, W_3, gamma_3, beta_3)
    du_3 = act_du(da_3, activation, u_3)
    du_2, *third = conv_norm_gradients(du_3, u_2, W_3, gamma_3, beta_3)
    da_1, dW_2, dgamma_2, _ = conv_norm_gradients(du_2, a_1, W_2, gamma_2, beta_2, **depthwise)
    du_1 = act_du(da_1, activation, u_1)
    dx, *first = conv_norm_gradients(du_1, x, W_1, gamma_1, beta_1)
    return dx, *first, dW_2, dgamma_2, *third
