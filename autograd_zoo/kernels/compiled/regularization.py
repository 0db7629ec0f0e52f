"""Drop-out, in one pass over memory."""

from __future__ import annotations

import numpy as np

from ...closed_form import regularization as cf
from ...closed_form.notation import Array
from .activation import pointwise
from .jit import compiled_twin, loop


@loop
def _scaled(x: Array, D: Array, y: Array, scale: float) -> None:
    for i in range(x.size):
        y[i] = D[i] * x[i] * scale


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
