"""Drop-out, in one pass over memory."""

from __future__ import annotations

import numpy as np

from ..closed_form import regularization as cf
from ..closed_form.notation import Array
from .pointwise import pointwise
from .twins import twin_of


@twin_of(cf.dropout)
def dropout(x: Array, D: Array, *, q: float = 0.5) -> Array:
    """y = 1/(1 − q) D ⊙ x"""
    if not (0 <= q < 1 and np.shape(D) == np.shape(x) and D.dtype == x.dtype):
        return cf.dropout(x, D, q=q)
    return _kept(x, D, q)


@twin_of(cf.dropout_dx)
def dropout_dx(g: Array, y: Array, x: Array, D: Array, *, q: float = 0.5) -> Array:
    """∂L/∂x = 1/(1 − q) ∂L/∂y ⊙ Dᵀ"""
    if not (0 <= q < 1 and np.shape(D) == np.shape(g) and D.dtype == g.dtype):
        return cf.dropout_dx(g, y, x, D, q=q)
    return _kept(g, D, q)


def _kept(x: Array, D: Array, q: float) -> Array:
    scale = 1.0 / (1.0 - q)

    def step(x: Array, D: Array, y: Array) -> None:
        np.multiply(D, x, out=y)
        np.multiply(y, scale, out=y)

    return pointwise(step, x, D, looked=True)
