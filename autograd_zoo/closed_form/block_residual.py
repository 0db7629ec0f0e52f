"""Residual blocks, basic and bottleneck: what a stack of convolutions gives is added to what went in.

The shortcut is the identity, or with parameters W_s, γ_s and β_s a projection, BN(x ∗ W_s), with the block's stride.
"""

from typing import Any

from .block_unit import unit
from .docstrings import gradient_of
from .equations import Gradients, Operation, Terms, evaluated, gradients
from .notation import Array
from .operations import ADD, act

__all__ = ["basic_block", "basic_block_gradients", "bottleneck", "bottleneck_gradients"]


@evaluated
def basic_block(*inputs: Array, stride: int = 1, activation: str = "relu") -> Terms:
    """y = f(BN(a ∗ W₂) + x), a = f(BN(x ∗ W₁)), where a projection stands for x if there is one

    Shapes: x (N, C, H, W), W_1 (M, C, 3, 3), W_2 (M, M, 3, 3), W_s (M, C, 1, 1), γ and β (M,), the result
    (N, M, H/stride, W/stride), rounded up.
    Source: block.basic_block.y, ours; He et al., Deep Residual Learning for Image Recognition, CVPR 2016.
    """
    f = act(activation)
    stack = {**unit("u_1", "x", "1", stride=stride), "a": f("u_1"), **unit("u_2", "a", "2")}
    return _added(stack, f, projected=len(inputs) > 7, stride=stride)


@gradient_of(basic_block)
def basic_block_gradients(g: Array, y: Array, *inputs: Array, **params: Any) -> Gradients:
    """∂L/∂s = ∂L/∂y ⊙ f'(s) of the sum s goes both ways: ∂L/∂x is what comes back from the stack and the shortcut"""
    return gradients(basic_block, g, *inputs, **params)


@evaluated
def bottleneck(*inputs: Array, stride: int = 1, groups: int = 1, activation: str = "relu") -> Terms:
    """y = f(BN(a₂ ∗ W₃) + x), a₂ = f(BN(a₁ ∗ W₂)), a₁ = f(BN(x ∗ W₁)), where a projection may stand for x

    Shapes: x (N, C, H, W), W_1 (R, C, 1, 1), W_2 (R, R/groups, 3, 3), W_3 (M, R, 1, 1), W_s (M, C, 1, 1), γ and β as
    many numbers as their W has kernels, the result (N, M, H/stride, W/stride), rounded up.
    Source: block.bottleneck.y, ours; He et al., CVPR 2016; with groups Xie et al., Aggregated Residual Transformations
    for Deep Neural Networks, CVPR 2017.
    """
    f = act(activation)
    stack = {**unit("u_1", "x", "1"), "a_1": f("u_1"), **unit("u_2", "a_1", "2", stride=stride, groups=groups)}
    stack |= {"a_2": f("u_2"), **unit("u_3", "a_2", "3")}
    return _added(stack, f, projected=len(inputs) > 10, stride=stride)


@gradient_of(bottleneck)
def bottleneck_gradients(g: Array, y: Array, *inputs: Array, **params: Any) -> Gradients:
    """∂L/∂s = ∂L/∂y ⊙ f'(s) of the sum s goes both ways: ∂L/∂x is what comes back from the stack and the shortcut"""
    return gradients(bottleneck, g, *inputs, **params)


def _added(stack: Terms, f: Operation, projected: bool, stride: int) -> Terms:
    """y = f(s), where s is what the stack gives, added to x or to its projection."""
    shortcut = unit("u_s", "x", "s", stride=stride) if projected else {}
    s = ADD(list(stack)[-1], "u_s" if projected else "x")
    return {**stack, **shortcut, "s": s, "y": f("s")}
