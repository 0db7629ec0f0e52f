"""Drop-out, in one pass over memory."""

from __future__ import annotations

import numpy as np

from ...closed_form import regularization as cf
from ...closed_form.notation import Array
from .activation import pointwise
from .jit import NOTHING, compiled_twin, inline, summing


@inline
def product(x: float, D: float, scale: float) -> float:
    """D x scale, in this order: where D is 0, x times scale may overflow."""
    return D * x * scale


@summing
def _scaled(x: Array, D: Array, y: Array, scale: float) -> float:
    told = NOTHING
    for i in range(x.size):
        v = product(x[i], D[i], scale)
        y[i] = v
        told += v * NOTHING
    return told


def kept(x: Array, D: Array, q: float) -> Array | None:
    """D ⊙ x/(1 − q)"""
    return pointwise(_scaled, x, D, numbers=(1 / (1 - q),)) if 0 <= q < 1 and np.shape(D) == np.shape(x) else None


@compiled_twin(cf.dropout)
def dropout(x: Array, D: Array, *, q: float = 0.5) -> Array | None:
    """y = 1/(1 − q) D ⊙ x"""
    return kept(x, D, q)


@compiled_twin(cf.dropout_dx)
def dropout_dx(g: Array, y: Array, x: Array, D: Array, *, q: float = 0.5) -> Array | None:
    """∂L/∂x = 1/(1 − q) ∂L/∂y ⊙ Dᵀ"""
    return kept(g, D, q)
