"""The linear layer as one product of matrices, whatever batch axes there are; BLAS has threads of its own for it."""

from __future__ import annotations

import math

from ..closed_form import linear as cf
from ..closed_form.notation import Array
from .memory import empty
from .products import column_sums, product
from .twins import twin_of


@twin_of(cf.linear)
def linear(x: Array, W: Array, b: Array | None = None) -> Array:
    """y = Wx + b"""
    if len({x.dtype, W.dtype, x.dtype if b is None else b.dtype}) > 1:
        return cf.linear(x, W, b)
    y = empty((*x.shape[:-1], len(W)), x.dtype)
    product(flat(x), W.T, flat(y))
    if b is not None:
        y += b
    return y


@twin_of(cf.linear_dx, nan=True)
def linear_dx(g: Array, y: Array, x: Array, W: Array, b: Array | None = None) -> Array:
    """∂L/∂x = ∂L/∂y W"""
    if g.dtype != W.dtype:
        return cf.linear_dx(g, y, x, W, b)
    dx = empty((*g.shape[:-1], W.shape[1]), g.dtype)
    product(flat(g), W, flat(dx))
    return dx


@twin_of(cf.linear_dW, nan=True)
def linear_dW(g: Array, y: Array, x: Array, W: Array, b: Array | None = None) -> Array:
    """∂L/∂W = (x ∂L/∂y)ᵀ, summed over the batch"""
    if g.dtype != x.dtype:
        return cf.linear_dW(g, y, x, W, b)
    dW = empty((g.shape[-1], x.shape[-1]), g.dtype)
    product(flat(g).T, flat(x), dW)
    return dW


@twin_of(cf.linear_db, nan=True)
def linear_db(g: Array, y: Array, x: Array, W: Array, b: Array | None = None) -> Array:
    """∂L/∂b = ∂L/∂y, summed over the batch"""
    return column_sums(flat(g))


def flat(v: Array) -> Array:
    """v, shape (..., n), as a matrix with one sample per row."""
    return v.reshape(math.prod(v.shape[:-1]), v.shape[-1])
