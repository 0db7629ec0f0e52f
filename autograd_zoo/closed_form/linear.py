"""Linear modules, the fully connected layer: its formulas as plain NumPy functions.

A gradient has a rule's signature `(g, y, *inputs)` with g = ∂L/∂y. Batch axes lead, and the gradients of the
parameters are summed over them. The document prints ∂L/∂W in numerator layout, (in, out); here it has W's own layout
(out, in), which is where each transpose comes from.
"""

import math

import numpy as np

from .docstrings import gradient_of
from .notation import Array, Maybe


def linear(x: Array, W: Array, b: Maybe = None) -> Array:
    """y = Wx + b, for each x along the last axis

    Shapes: x (..., in), W (out, in), b (out,) or None, the result (..., out).
    Source: linear.linear.y.

    >>> linear(np.array([1.0, 2.0]), np.array([[1.0, 1.0], [0.0, 3.0]]), np.array([10.0, 0.0]))
    array([13.,  6.])
    """
    y = x @ np.swapaxes(W, 0, 1)
    return y if b is None else y + b


@gradient_of(linear, "g and y (..., out), x and the result (..., in), W (out, in)")
def linear_dx(g: Array, y: Array, x: Array, W: Array, b: Maybe = None) -> Array:
    """∂L/∂x = ∂L/∂y W"""
    return np.matmul(g, W)


def linear_dW(g: Array, y: Array, x: Array, W: Array, b: Maybe = None) -> Array:
    """∂L/∂W = ∂L/∂y (I ⊗ xᵀ) = (x ∂L/∂y)ᵀ, summed over the batch

    Shapes: g and y (..., out), x (..., in), W and the result (out, in).
    Source: linear.linear.dW.kronecker and linear.linear.dW.product.

    >>> linear_dW(np.array([1.0, 10.0]), None, np.array([1.0, 2.0, 3.0]), np.zeros((2, 3)))
    array([[ 1.,  2.,  3.],
           [10., 20., 30.]])
    """
    return np.matmul(np.swapaxes(_flat(g), 0, 1), _flat(x))


@gradient_of(linear, "g and y (..., out), b and the result (out,)")
def linear_db(g: Array, y: Array, x: Array, W: Array, b: Maybe = None) -> Array:
    """∂L/∂b = ∂L/∂y, summed over the batch"""
    return np.sum(_flat(g), axis=0)


def _flat(v: Array) -> Array:
    """v, shape (..., n), as a matrix with one sample per row."""
    *batch, n = np.shape(v)
    return np.reshape(v, (math.prod(batch), n))
