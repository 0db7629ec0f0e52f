"""What the kernels of recurrent sequences share: gates side by side, so that a step is one product for all of them.

Gates that are sigmoids stand first, and their weights and biases are halved: σ(a) = ½ + ½ tanh(a/2), so that one tanh
serves them all.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from ..closed_form.notation import Array, Maybe
from .memory import empty, scratch


def alike(*arrays: Maybe) -> bool:
    """Whether all arrays that are there have one dtype."""
    return len({a.dtype for a in arrays if a is not None}) == 1


def as_rows(a: Array) -> Array:
    """Vectors along the last axis, one under the other."""
    return a.reshape(-1, a.shape[-1])


def stacked(name: str, matrices: Sequence[Array]) -> Array:
    """Matrices one under the other: (gates · H, n)."""
    shape = sum(map(len, matrices)), matrices[0].shape[1]
    return np.concatenate(matrices, out=scratch(name, shape, matrices[0].dtype))


def turned(name: str, matrices: Sequence[Array], sigmoids: int) -> Array:
    """The transposed matrices side by side, (n, gates · H), those of the leading `sigmoids` halved."""
    H, n = matrices[0].shape
    side_by_side = scratch(name, (n, len(matrices) * H), matrices[0].dtype)
    for k, matrix in enumerate(matrices):
        np.multiply(matrix.T, 0.5 if k < sigmoids else 1.0, out=side_by_side[:, k * H : (k + 1) * H])
    return side_by_side


def projected(x: Array, h0: Array, matrices: Sequence[Array], biases: Sequence[Maybe], sigmoids: int) -> Array:
    """U x_t + b of all gates at all steps, (T, N, gates · H), by one product."""
    weights = turned("input", matrices, sigmoids)
    a = empty((len(x), len(as_rows(h0)), weights.shape[1]), x.dtype)
    np.matmul(as_rows(x), weights, out=as_rows(a))
    H = len(matrices[0])
    for k, b in enumerate(biases):
        if b is not None:
            a[..., k * H : (k + 1) * H] += b * 0.5 if k < sigmoids else b
    return a


def to_sigmoids(tanhs: Array) -> None:
    """σ(a), in place, of tanh(a/2)."""
    tanhs *= 0.5
    tanhs += 0.5


def weights_d(da: Array, inputs: Array) -> Array:
    """∂L/∂W = (Σ_t h_t ∂L/∂a_t)ᵀ, of rows (M, H) and (M, n)."""
    return np.matmul(da.T, inputs, out=empty((da.shape[1], inputs.shape[1]), da.dtype))


def recurrent_d(da: Array, h0: Array, h: Array) -> Array:
    """The same for weights of the states: da (T, N, H), the first state h0 (N, H) and all later ones h (T, N, H)."""
    if not len(da):
        return np.zeros((da.shape[2], h0.shape[1]), da.dtype)
    dW = weights_d(da[0], h0)
    dW += da[1:].reshape(-1, da.shape[2]).T @ as_rows(h[:-1])
    return dW


def biases_d(da: Array) -> Array:
    """∂L/∂b = Σ_t ∂L/∂a_t, of rows."""
    return np.ones(len(da), da.dtype) @ da
