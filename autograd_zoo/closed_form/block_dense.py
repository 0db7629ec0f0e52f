"""Dense blocks: each layer sees what all layers before it gave, and a transition narrows and halves what comes out."""

from typing import Any

from .docstrings import gradient_of
from .equations import Gradients, Terms, evaluated, gradients
from .notation import Array
from .operations import HALVE, JOIN, act, batch_norm, convolution

__all__ = ["dense_block", "dense_block_gradients", "transition", "transition_gradients"]


@evaluated
def dense_block(*inputs: Array, activation: str = "relu") -> Terms:
    """y = [x, h₁, ..., h_L], h_l = H_l([x, h₁, ..., h_{l−1}]), H = f(BN(f(BN(·)) ∗ W₁)) ∗ W₂ with own parameters

    Shapes: x (N, C, H, W); for each layer γ₁, β₁ (C',), W_1 (B, C', 1, 1), γ₂, β₂ (B,), W_2 (G, B, 3, 3), where
    C' = C, C + G, C + 2G, ...; the result (N, C + LG, H, W).
    Source: block.dense_block.y, ours; Huang et al., Densely Connected Convolutional Networks, CVPR 2017.
    """
    seen, terms, layers = "x", Terms(), range(1, max(2, len(inputs) // 6 + 1))
    for i in layers:
        joined = f"x_{i}" if i in layers[:-1] else "y"
        terms |= {
            **_convolved(f"z_{i}", seen, f"{i}1", activation),
            **_convolved(f"h_{i}", f"z_{i}", f"{i}2", activation),
            joined: JOIN(seen, f"h_{i}"),
        }
        seen = joined
    return terms


@gradient_of(dense_block)
def dense_block_gradients(g: Array, y: Array, *inputs: Array, **params: Any) -> Gradients:
    """∂L/∂[x, h₁, ..., h_{l−1}] is the part of ∂L/∂[x, h₁, ..., h_l] for these, and what comes back through h_l"""
    return gradients(dense_block, g, *inputs, **params)


@evaluated
def transition(*inputs: Array, activation: str = "relu") -> Terms:
    """y = the mean of each window of 2 × 2 of f(BN(x)) ∗ W

    Shapes: x (N, C, H, W), gamma and beta (C,), W (M, C, 1, 1), the result (N, M, H/2, W/2), rounded down.
    Source: block.transition.y, ours; Huang et al., CVPR 2017.
    """
    return {**_convolved("z", "x", "", activation), "y": HALVE("z")}


@gradient_of(transition)
def transition_gradients(g: Array, y: Array, *inputs: Array, **params: Any) -> Gradients:
    """∂L/∂x, ∂L/∂γ, ∂L/∂β and ∂L/∂W of `transition`, through a quarter of ∂L/∂y for each element of a window"""
    return gradients(transition, g, *inputs, **params)


def _convolved(z: str, x: str, i: str, activation: str) -> Terms:
    """z = f(BN(x)) ∗ W with the parameters of index i."""
    i = i and f"_{i}"
    return {
        f"u{i}": batch_norm()(x, f"gamma{i}", f"beta{i}"),
        f"a{i}": act(activation)(f"u{i}"),
        z: convolution()(f"a{i}", f"W{i}"),
    }
