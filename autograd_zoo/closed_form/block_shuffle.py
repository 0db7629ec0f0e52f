"""Blocks of ShuffleNet and ShuffleNetV2, and the channel shuffle.

After a depthwise convolution there is no activation: its β is a shift that the next normalization takes away. The
gradient by it is 0, so it comes last among the inputs, and the functions for the gradients leave it out.
"""

from typing import Any

import numpy as np

from .block_unit import unit
from .docstrings import gradient_of
from .equations import Gradients, Operation, Terms, evaluated, gradients, operation
from .notation import Array
from .operations import ADD, FIRST_HALF, JOIN, MEAN_3X3, SECOND_HALF, act

__all__ = [
    "channel_shuffle", "channel_shuffle_dx",
    "shuffle_unit", "shuffle_unit_gradients", "shuffle_unit_v2", "shuffle_unit_v2_down",
    "shuffle_unit_v2_down_gradients", "shuffle_unit_v2_gradients",
]  # fmt: skip


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


@gradient_of(channel_shuffle)
def channel_shuffle_dx(g: Array, y: Array, x: Array, *, groups: int) -> Array:
    """∂L/∂x_{(C/G)j+i} = ∂L/∂y_{Gi+j}: the channels of C/G groups, shuffled"""
    return channel_shuffle(g, groups=np.shape(g)[1] // groups)


def _shuffle(groups: int) -> Operation:
    return operation("shuffle({0})", channel_shuffle, groups=groups)


# ---- ShuffleNet ------------------------------------------------------------------------------------------------


@evaluated
def shuffle_unit(*inputs: Array, groups: int, stride: int = 1, activation: str = "relu") -> Terms:
    """y = f(x + u₃), or f([pool(x), u₃]) at stride 2, u₃ = BN(u₂ ∗ W₃), u₂ = BN(s ∗ W₂), s = shuffle(f(BN(x ∗ W₁)))

    W₁ and W₃ are pointwise within groups, W₂ is depthwise; pool is the mean of 3 × 3 numbers, zeros around x among
    them. β₂ is the last input.

    Shapes: x (N, C, H, W), W_1 (R, C/groups, 1, 1), W_2 (R, 1, 3, 3), W_3 (M, R/groups, 1, 1), γ and β as many as W has
    kernels, y (N, M, H, W) with M = C, or (N, C + M, H', W') at stride 2.
    Source: block.shuffle_unit.y, ours; Zhang et al., ShuffleNet, CVPR 2018.
    """
    f = act(activation)
    together = {"v": ADD("x", "u_3")} if stride == 1 else {"p": MEAN_3X3("x"), "v": JOIN("p", "u_3")}
    return {
        **unit("u_1", "x", "1", groups=groups),
        "a_1": f("u_1"),
        "s": _shuffle(groups)("a_1"),
        **unit("u_2", "s", "2", shift=False, stride=stride, depthwise=True),
        **unit("u_3", "u_2", "3", groups=groups),
        **together,
        "y": f("v"),
    }


@gradient_of(shuffle_unit)
def shuffle_unit_gradients(g: Array, y: Array, *inputs: Array, **params: Any) -> Gradients:
    """∂L/∂x = ∂L/∂v + ∂L/∂u₁ ∂u₁/∂x with v = x + u₃ and y = f(v), or ∂L/∂pool ∂pool/∂x + ∂L/∂u₁ ∂u₁/∂x at stride 2"""
    return gradients(shuffle_unit, g, *inputs, **params)


# ---- ShuffleNetV2 ----------------------------------------------------------------------------------------------


def _branch(x: str, i: str, j: str, k: str, activation: str, stride: int = 1) -> Terms:
    """a_k = f(BN(u_j ∗ W_k)), u_j = BN(a_i ∗ W_j), a_i = f(BN(x ∗ W_i))."""
    f = act(activation)
    return {
        **unit(f"u_{i}", x, i),
        f"a_{i}": f(f"u_{i}"),
        **unit(f"u_{j}", f"a_{i}", j, shift=False, stride=stride, depthwise=True),
        **unit(f"u_{k}", f"u_{j}", k),
        f"a_{k}": f(f"u_{k}"),
    }


@evaluated
def shuffle_unit_v2(*inputs: Array, activation: str = "relu") -> Terms:
    """y = shuffle([x′, a₃]), a₃ = f(BN(u₂ ∗ W₃)), u₂ = BN(a₁ ∗ W₂), a₁ = f(BN(x″ ∗ W₁)), x = [x′, x″]

    x′ and x″ are the halves of x's channels; W₁ and W₃ are pointwise, W₂ is depthwise; the shuffle has two groups. β₂
    is the last input.

    Shapes: x and y (N, 2C, H, W), W_1 and W_3 (C, C, 1, 1), W_2 (C, 1, 3, 3), γ and β (C,).
    Source: block.shuffle_unit_v2.y, ours; Ma et al., ShuffleNet V2, ECCV 2018.
    """
    return {
        "x'": FIRST_HALF("x"),
        "x''": SECOND_HALF("x"),
        **_branch("x''", "1", "2", "3", activation),
        "v": JOIN("x'", "a_3"),
        "y": _shuffle(2)("v"),
    }


@gradient_of(shuffle_unit_v2)
def shuffle_unit_v2_gradients(g: Array, y: Array, *inputs: Array, **params: Any) -> Gradients:
    """[∂L/∂x′, ∂L/∂a₃] is ∂L/∂y, shuffled back, and ∂L/∂x = [∂L/∂x′, ∂L/∂u₁ ∂u₁/∂x″]"""
    return gradients(shuffle_unit_v2, g, *inputs, **params)


@evaluated
def shuffle_unit_v2_down(*inputs: Array, activation: str = "relu") -> Terms:
    """y = shuffle([a₂, a₅]), a₂ = f(BN(u₁ ∗ W₂)), u₁ = BN(x ∗ W₁), and a₅ = f(BN(BN(f(BN(x ∗ W₃)) ∗ W₄) ∗ W₅))

    W₁ and W₄ are depthwise, with a stride of 2; the others are pointwise. β₁ and β₄ are the last inputs.

    Shapes: x (N, C, H, W), W_1 (C, 1, 3, 3), W_2 (M, C, 1, 1), W_3 (M, C, 1, 1), W_4 (M, 1, 3, 3), W_5 (M, M, 1, 1),
    γ and β as many as W has kernels, y (N, 2M, H', W').
    Source: block.shuffle_unit_v2_down.y, ours; Ma et al., ShuffleNet V2, ECCV 2018.
    """
    return {
        **unit("u_1", "x", "1", shift=False, stride=2, depthwise=True),
        **unit("u_2", "u_1", "2"),
        "a_2": act(activation)("u_2"),
        **_branch("x", "3", "4", "5", activation, stride=2),
        "v": JOIN("a_2", "a_5"),
        "y": _shuffle(2)("v"),
    }


@gradient_of(shuffle_unit_v2_down)
def shuffle_unit_v2_down_gradients(g: Array, y: Array, *inputs: Array, **params: Any) -> Gradients:
    """[∂L/∂a₂, ∂L/∂a₅] is ∂L/∂y, shuffled back, and ∂L/∂x = ∂L/∂u₁ ∂u₁/∂x + ∂L/∂u₃ ∂u₃/∂x"""
    return gradients(shuffle_unit_v2_down, g, *inputs, **params)
