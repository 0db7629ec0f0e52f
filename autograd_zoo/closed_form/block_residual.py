"""Residual blocks, basic and bottleneck: what a stack of convolutions gives is added to what went in.

The shortcut is the identity, or with parameters W_s, γ_s and β_s a projection, BN(x ∗ W_s), with the block's stride.
The gradients by all inputs that are there come together, in their order.
"""

from autograd_zoo.closed_form.block_unit import Gradients, act, act_du, conv_norm, conv_norm_gradients
from autograd_zoo.closed_form.notation import Array

__all__ = ["basic_block", "basic_block_gradients", "bottleneck", "bottleneck_gradients"]


def basic_block(
    x: Array,
    W_1: Array,
    gamma_1: Array,
    beta_1: Array,
    W_2: Array,
    gamma_2: Array,
    beta_2: Array,
    W_s: Array | None = None,
    gamma_s: Array | None = None,
    beta_s: Array | None = None,
    *,
    stride: int = 1,
    activation: str = "relu",
) -> Array:
    """y = f(BN(a ∗ W₂) + x), a = f(BN(x ∗ W₁)), where a projection stands for x if there is one

    Shapes: x (N, C, H, W), W_1 (M, C, 3, 3), W_2 (M, M, 3, 3), W_s (M, C, 1, 1), γ and β (M,), the result
    (N, M, H/stride, W/stride), rounded up.
    Source: block.basic_block.y, ours; He et al., Deep Residual Learning for Image Recognition, CVPR 2016.
    """
    a = act(activation, conv_norm(x, W_1, gamma_1, beta_1, stride=stride))
    u_2 = conv_norm(a, W_2, gamma_2, beta_2)
    return act(activation, u_2 + _shortcut(x, W_s, gamma_s, beta_s, stride))


def basic_block_gradients(
    g: Array,
    y: Array,
    x: Array,
    W_1: Array,
    gamma_1: Array,
    beta_1: Array,
    W_2: Array,
    gamma_2: Array,
    beta_2: Array,
    W_s: Array | None = None,
    gamma_s: Array | None = None,
    beta_s: Array | None = None,
    *,
    stride: int = 1,
    activation: str = "relu",
) -> Gradients:
    """∂L/∂s = ∂L/∂y ⊙ f'(s) of the sum s goes both ways: ∂L/∂x is what comes back from the stack and the shortcut

    Shapes: g and y as y, the results as the inputs.
    Source: block.basic_block.dx and its like, ours.
    """
    u_1 = conv_norm(x, W_1, gamma_1, beta_1, stride=stride)
    a = act(activation, u_1)
    s = conv_norm(a, W_2, gamma_2, beta_2) + _shortcut(x, W_s, gamma_s, beta_s, stride)
    ds = act_du(g, activation, s)
    da, dW_2, dgamma_2, dbeta_2 = conv_norm_gradients(ds, a, W_2, gamma_2, beta_2)
    du_1 = act_du(da, activation, u_1)
    dx, dW_1, dgamma_1, dbeta_1 = conv_norm_gradients(du_1, x, W_1, gamma_1, beta_1, stride=stride)
    dx_s, *of_shortcut = _shortcut_gradients(ds, x, W_s, gamma_s, beta_s, stride)
    return dx + dx_s, dW_1, dgamma_1, dbeta_1, dW_2, dgamma_2, dbeta_2, *of_shortcut


def bottleneck(
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
    W_s: Array | None = None,
    gamma_s: Array | None = None,
    beta_s: Array | None = None,
    *,
    stride: int = 1,
    groups: int = 1,
    activation: str = "relu",
) -> Array:
    """y = f(BN(a₂ ∗ W₃) + x), a₂ = f(BN(a₁ ∗ W₂)), a₁ = f(BN(x ∗ W₁)), where a projection may stand for x

    Shapes: x (N, C, H, W), W_1 (R, C, 1, 1), W_2 (R, R/groups, 3, 3), W_3 (M, R, 1, 1), W_s (M, C, 1, 1), γ and β as
    many numbers as their W has kernels, the result (N, M, H/stride, W/stride), rounded up.
    Source: block.bottleneck.y, ours; He et al., CVPR 2016; with groups Xie et al., Aggregated Residual Transformations
    for Deep Neural Networks, CVPR 2017.
    """
    a_1 = act(activation, conv_norm(x, W_1, gamma_1, beta_1))
    a_2 = act(activation, conv_norm(a_1, W_2, gamma_2, beta_2, stride=stride, groups=groups))
    u_3 = conv_norm(a_2, W_3, gamma_3, beta_3)
    return act(activation, u_3 + _shortcut(x, W_s, gamma_s, beta_s, stride))


def bottleneck_gradients(
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
    W_s: Array | None = None,
    gamma_s: Array | None = None,
    beta_s: Array | None = None,
    *,
    stride: int = 1,
    groups: int = 1,
    activation: str = "relu",
) -> Gradients:
    """∂L/∂s = ∂L/∂y ⊙ f'(s) of the sum s goes both ways: ∂L/∂x is what comes back from the stack and the shortcut

    Shapes: g and y as y, the results as the inputs.
    Source: block.bottleneck.dx and its like, ours.
    """
    u_1 = conv_norm(x, W_1, gamma_1, beta_1)
    a_1 = act(activation, u_1)
    u_2 = conv_norm(a_1, W_2, gamma_2, beta_2, stride=stride, groups=groups)
    a_2 = act(activation, u_2)
    s = conv_norm(a_2, W_3, gamma_3, beta_3) + _shortcut(x, W_s, gamma_s, beta_s, stride)
    ds = act_du(g, activation, s)
    da_2, dW_3, dgamma_3, dbeta_3 = conv_norm_gradients(ds, a_2, W_3, gamma_3, beta_3)
    du_2 = act_du(da_2, activation, u_2)
    da_1, dW_2, dgamma_2, dbeta_2 = conv_norm_gradients(du_2, a_1, W_2, gamma_2, beta_2, stride=stride, groups=groups)
    du_1 = act_du(da_1, activation, u_1)
    dx, dW_1, dgamma_1, dbeta_1 = conv_norm_gradients(du_1, x, W_1, gamma_1, beta_1)
    dx_s, *of_shortcut = _shortcut_gradients(ds, x, W_s, gamma_s, beta_s, stride)
    of_stack = (dW_1, dgamma_1, dbeta_1, dW_2, dgamma_2, dbeta_2, dW_3, dgamma_3, dbeta_3)
    return dx + dx_s, *of_stack, *of_shortcut


def _shortcut(x: Array, W_s: Array | None, gamma_s: Array | None, beta_s: Array | None, stride: int) -> Array:
    """Return x, or its projection."""
    return x if W_s is None else conv_norm(x, W_s, gamma_s, beta_s, stride=stride)


def _shortcut_gradients(
    ds: Array, x: Array, W_s: Array | None, gamma_s: Array | None, beta_s: Array | None, stride: int
) -> Gradients:
    """Return the gradients by x and, of a projection, by W_s, γ_s and β_s."""
    return (ds,) if W_s is None else conv_norm_gradients(ds, x, W_s, gamma_s, beta_s, stride=stride)
