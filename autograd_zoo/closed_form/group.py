"""Group modules, Sum, Max and Switch: their formulas as plain NumPy functions.

A gradient has a rule's signature `(g, y, *inputs, **params)` with g = ∂L/∂y. The document groups a whole vector; here
`axis` says which axes form a group, as in NumPy, and this file's `sum` and `max` hide the builtins like NumPy's do.
"""

import numpy as np

from .docstrings import gradient_of, printed
from .notation import Array

Axis = int | tuple[int, ...] | None


@printed("x any; the result without the axes of `axis`, or with length 1 there if `keepdims`")
def sum(x: Array, *, axis: Axis = None, keepdims: bool = False) -> Array:
    """y = Σ xᵢ over `axis`"""
    return np.sum(x, axis=axis, keepdims=keepdims)


def sum_dx(g: Array, y: Array, x: Array, *, axis: Axis = None, keepdims: bool = False) -> Array:
    """∂L/∂x = ∂L/∂y 1ᵀ

    Shapes: g and y as `sum` gives them, x and the result the same.
    Source: group.sum.dx.

    >>> sum_dx(np.array([1.0, 2.0]), None, np.zeros((2, 3)), axis=1)
    array([[1., 1., 1.],
           [2., 2., 2.]])
    """
    return np.broadcast_to(_restored(g, x, axis, keepdims), np.shape(x))


def max(x: Array, *, axis: Axis = None, keepdims: bool = False) -> Array:
    """y = max{xᵢ} over `axis`; elements that tie share the gradient equally

    Shapes: x any; the result without the axes of `axis`, or with length 1 there if `keepdims`.
    Raises: ValueError from NumPy for an empty group, which has no maximum.
    Source: group.max.y.
    """
    return np.max(x, axis=axis, keepdims=keepdims)


def max_dx(g: Array, y: Array, x: Array, *, axis: Axis = None, keepdims: bool = False) -> Array:
    """∂L/∂xᵢ = ∂L/∂y / k if xᵢ is one of k maximal elements, else 0

    With one maximal element this is the printed formula. On a tie the printed one hands out k times ∂L/∂y, more than
    any subgradient; equal shares add up to ∂L/∂y.

    Shapes: g and y as `max` gives them, x and the result the same.
    Source: group.max.dx.

    >>> max_dx(1.0, 3.0, np.array([1.0, 3.0, 3.0]))
    array([0. , 0.5, 0.5])
    """
    # Among NaNs the maximum is NaN, which equals nothing: there the NaNs are the maximal elements.
    maximal = (x == _restored(y, x, axis, keepdims)) | (x != x)
    count = np.sum(maximal, axis=axis, keepdims=True, dtype=x.dtype)
    return np.where(maximal, _restored(g, x, axis, keepdims) / count, 0.0)


@printed("x and s broadcast against each other, to the shape of the result")
def switch(x: Array, s: Array) -> Array:
    """y = s ⊙ x: the switch s lets x pass (1) or not (0)"""
    return s * x


@gradient_of(switch)
def switch_dx(g: Array, y: Array, x: Array, s: Array) -> Array:
    """∂L/∂x = ∂L/∂y ⊙ sᵀ"""
    return g * s


@gradient_of(switch, also="ours")
def switch_ds(g: Array, y: Array, x: Array, s: Array) -> Array:
    """∂L/∂s = ∂L/∂y ⊙ xᵀ"""
    return g * x


def _restored(reduced: Array, x: Array, axis: Axis, keepdims: bool) -> Array:
    """Give a reduced array back the axes it lost, with length 1, so that it broadcasts with x."""
    return reduced if keepdims or axis is None or not np.shape(x) else np.expand_dims(reduced, axis)
