"""What blocks are made of: a convolution, Batch Normalization and an activation, and Squeeze-and-Excitation.

A block is a list of equations, whose inputs are in the order in which the equations use them. It gives the value, and
all gradients at once: `squeeze_excitation_gradients(g, y, *inputs, **params)` with g = ∂L/∂y, in the order of the
inputs. Normalization is with the statistics of the batch. `activation` is the name of a function of the activation
family that has no other argument.
"""

from typing import Any

from .docstrings import gradient_of
from .equations import Gradients, Terms, evaluated, gradients
from .notation import Array
from .operations import AFFINE, MEAN, SCALE, act, batch_norm, convolution

__all__ = [
    "conv_norm_activation",
    "conv_norm_activation_gradients",
    "squeeze_excitation",
    "squeeze_excitation_gradients",
]


def unit(u: str, x: str, i: str = "", *, shift: bool = True, eps: float = 1e-5, **layer: Any) -> Terms:
    """u = BN(x ∗ W) with the parameters of index i; without `shift`, one that has no effect, β is a constant."""
    i = i and f"_{i}"
    norm = batch_norm(eps=eps)._replace(constants=0 if shift else 1)
    return {f"z{i}": convolution(**layer)(x, f"W{i}"), u: norm(f"z{i}", f"gamma{i}", f"beta{i}")}


@evaluated
def conv_norm_activation(*inputs: Array, activation: str = "relu", eps: float = 1e-5, **layer: Any) -> Terms:
    """y = f(u), u = BN(x ∗ W)

    Shapes: x (N, C, H, W), W (M, C/groups, K, K'), gamma and beta (M,), the result (N, M, H', W'); `layer` holds the
    keyword arguments of `conv`, with a padding that keeps the size unless one is given.
    Source: block.conv_norm_activation.y, ours.
    """
    return {**unit("u", "x", eps=eps, **layer), "y": act(activation)("u")}


@gradient_of(conv_norm_activation)
def conv_norm_activation_gradients(g: Array, y: Array, *inputs: Array, **params: Any) -> Gradients:
    """∂L/∂x, ∂L/∂W, ∂L/∂γ and ∂L/∂β of `conv_norm_activation`, through ∂L/∂u = ∂L/∂y ⊙ f'(u)"""
    return gradients(conv_norm_activation, g, *inputs, **params)


@evaluated
def squeeze_excitation(*inputs: Array, activation: str = "relu", scale_activation: str = "sigmoid") -> Terms:
    """y = s ⊙ x, s = σ(W₂ f(W₁ m + b₁) + b₂), m the mean of each map

    Shapes: x and the result (N, C, H, W), W_1 (R, C), b_1 (R,), W_2 (C, R), b_2 (C,).
    Source: block.squeeze_excitation.y, ours; Hu et al., Squeeze-and-Excitation Networks, CVPR 2018.
    """
    return {
        "m": MEAN("x"),
        "u_1": AFFINE("m", "W_1", "b_1"),
        "a": act(activation)("u_1"),
        "u_2": AFFINE("a", "W_2", "b_2"),
        "s": act(scale_activation)("u_2"),
        "y": SCALE("s", "x"),
    }


@gradient_of(squeeze_excitation)
def squeeze_excitation_gradients(g: Array, y: Array, *inputs: Array, **params: Any) -> Gradients:
    """∂L/∂x = ∂L/∂y ⊙ s + ∂L/∂m ∂m/∂x, and the gradients by W₁, b₁, W₂ and b₂, through ∂L/∂s = Σᵢⱼ ∂L/∂yᵢⱼ xᵢⱼ"""
    return gradients(squeeze_excitation, g, *inputs, **params)
