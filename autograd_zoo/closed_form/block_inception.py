"""The Inception block: parallel paths of convolutions over the same maps, and what they give side by side.

A path is a chain of units f(BN(· ∗ W)), whose kernels keep the size of the maps: 1 × 1, 3 × 3, but also 1 × n and
n × 1. The index ij of a parameter means path i, and its j-th unit.
"""

from collections.abc import Sequence
from typing import Any

from .block_unit import unit
from .docstrings import gradient_of
from .equations import Gradients, Terms, evaluated, gradients
from .notation import Array
from .operations import JOIN, act, maximum

__all__ = ["inception_block", "inception_block_gradients"]


@evaluated
def inception_block(*inputs: Array, lengths: Sequence[int], activation: str = "relu", eps: float = 1e-3) -> Terms:
    """y = [p₁(x), ..., p_{n−1}(x), p_n(max pool 3 × 3 of x)], each p a chain of units f(BN(· ∗ W))

    Shapes: x (N, C, H, W); for each unit W (M, C', K, K'), γ and β (M,); `lengths` has the number of units of each
    path; the result (N, ΣM of the last units, H, W).
    Source: block.inception_block.y, ours; Szegedy et al., Going Deeper with Convolutions, CVPR 2015.
    """
    terms, ends = {"p": maximum()("x")}, []
    for i, length in enumerate(lengths, 1):
        end = "p" if i == len(lengths) else "x"
        for k in (f"{i}{j}" for j in range(1, length + 1)):
            terms |= {**unit(f"u_{k}", end, k, eps=eps), f"a_{k}": act(activation)(f"u_{k}")}
            end = f"a_{k}"
        ends.append(end)
    return {**terms, "y": JOIN(*ends)}


@gradient_of(inception_block)
def inception_block_gradients(g: Array, y: Array, *inputs: Array, **params: Any) -> Gradients:
    """∂L/∂x = Σ ∂L/∂p ∂p/∂x over the paths p, each of which takes back its own channels of ∂L/∂y"""
    return gradients(inception_block, g, *inputs, **params)
