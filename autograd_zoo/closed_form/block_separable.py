"""Blocks of separable convolutions: those of MobileNetV1 and MobileNetV2, and of Xception.

The kernels' indices count the convolutions from the input on; those of the skip connection have none.
"""

from typing import Any

from .block_unit import unit
from .docstrings import gradient_of
from .equations import Gradients, Terms, evaluated, gradients
from .notation import Array
from .operations import ADD, SEPARABLE, act, batch_norm, maximum

__all__ = [
    "depthwise_separable", "depthwise_separable_gradients",
    "inverted_residual", "inverted_residual_gradients",
    "xception_block", "xception_block_gradients",
]  # fmt: skip


@evaluated
def depthwise_separable(*inputs: Array, stride: int = 1, activation: str = "relu") -> Terms:
    """y = f(u₂), u₂ = BN(a₁ ∗ W₂), a₁ = f(u₁), u₁ = BN(x ∗ W₁), W₁ depthwise and W₂ pointwise

    Shapes: x (N, C, H, W), W_1 (C, 1, K, K), W_2 (M, C, 1, 1), γ and β as many as W has kernels, y (N, M, H', W').
    Source: block.depthwise_separable.y, ours; Howard et al., MobileNets, CoRR 2017.
    """
    f = act(activation)
    first = unit("u_1", "x", "1", stride=stride, depthwise=True)
    return {**first, "a_1": f("u_1"), **unit("u_2", "a_1", "2"), "y": f("u_2")}


@gradient_of(depthwise_separable)
def depthwise_separable_gradients(g: Array, y: Array, *inputs: Array, **params: Any) -> Gradients:
    """∂L/∂u₂ = ∂L/∂y ⊙ f'(u₂), ∂L/∂u₁ = ∂L/∂a₁ ⊙ f'(u₁), and from these the gradients by x, W, γ and β"""
    return gradients(depthwise_separable, g, *inputs, **params)


@evaluated
def inverted_residual(*inputs: Array, stride: int = 1, activation: str = "relu6") -> Terms:
    """y = u₃ + x, u₃ = BN(a₂ ∗ W₃), a₂ = f(BN(a₁ ∗ W₂)), a₁ = f(BN(x ∗ W₁)), W₂ depthwise, W₁ and W₃ pointwise

    x is added where u₃ has its shape, which is at stride 1 and with as many channels.

    Shapes: x (N, C, H, W), W_1 (E, C, 1, 1), W_2 (E, 1, 3, 3), W_3 (M, E, 1, 1), γ and β as many as W has kernels,
    y (N, M, H', W').
    Source: block.inverted_residual.y, ours; Sandler et al., MobileNetV2, CVPR 2018.
    """
    f, added = act(activation), stride == 1 and len(inputs[-1]) == inputs[0].shape[1]  # as many β₃ as channels
    return {
        **unit("u_1", "x", "1"),
        "a_1": f("u_1"),
        **unit("u_2", "a_1", "2", stride=stride, depthwise=True),
        "a_2": f("u_2"),
        **unit("u_3" if added else "y", "a_2", "3"),
        **({"y": ADD("u_3", "x")} if added else {}),
    }


@gradient_of(inverted_residual)
def inverted_residual_gradients(g: Array, y: Array, *inputs: Array, **params: Any) -> Gradients:
    """∂L/∂u₃ = ∂L/∂y, ∂L/∂uᵢ = ∂L/∂aᵢ ⊙ f'(uᵢ), and ∂L/∂x = ∂L/∂u₁ ∂u₁/∂x + ∂L/∂y where x was added"""
    return gradients(inverted_residual, g, *inputs, **params)


@evaluated
def xception_block(*inputs: Array, strides: int = 1, activation: str = "relu") -> Terms:
    """y = pool(u₂) + BN(x ∗ W), u₂ = BN(sep(f(u₁), v₂, w₂)), u₁ = BN(sep(f(x), v₁, w₁))

    sep is the separable convolution with the depthwise kernels v and the pointwise w; pool, at strides of 2, is the
    maximum of 3 × 3 numbers, and else nothing.

    Shapes: x (N, C, H, W), v_1 (C, 3, 3), w_1 (M, C), v_2 (M, 3, 3), w_2 (M, M), W (M, C, 1, 1), γ and β (M,),
    y (N, M, H', W').
    Source: block.xception_block.y, ours; Chollet, Xception, CVPR 2017.
    """
    f, pool = act(activation), {"p": maximum(stride=strides)("u_2")} if strides > 1 else {}
    return {
        "a_0": f("x"),
        "z_1": SEPARABLE("a_0", "v_1", "w_1"),
        "u_1": batch_norm()("z_1", "gamma_1", "beta_1"),
        "a_1": f("u_1"),
        "z_2": SEPARABLE("a_1", "v_2", "w_2"),
        "u_2": batch_norm()("z_2", "gamma_2", "beta_2"),
        **pool,
        **unit("s", "x", stride=strides),
        "y": ADD("p" if pool else "u_2", "s"),
    }


@gradient_of(xception_block)
def xception_block_gradients(g: Array, y: Array, *inputs: Array, **params: Any) -> Gradients:
    """∂L/∂x = ∂L/∂a₀ ⊙ f'(x) + ∂L/∂s ∂s/∂x, a₀ = f(x), s = BN(x ∗ W), and ∂L/∂p = ∂L/∂s = ∂L/∂y"""
    return gradients(xception_block, g, *inputs, **params)
