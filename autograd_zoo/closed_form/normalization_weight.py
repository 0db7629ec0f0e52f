"""Weight Normalization, which gives weights a learned length, as plain NumPy functions.

A gradient has a rule's signature `(dw, w, *inputs, **params)`: the letter g is the length here, so the cotangent ∂L/∂w
is called dw. Norms are taken in float64, results come back in the dtype of v.
"""

import numpy as np
from numpy.lib.array_utils import normalize_axis_index

from .docstrings import gradient_of
from .moments import Axes, affine, cast, inverse_root, safe_divide, summed, wide
from .notation import Array

__all__ = ["weight_norm", "weight_norm_dg", "weight_norm_dv"]


def weight_norm(v: Array, g: Array, *, axis: int | None = 0) -> Array:
    """w = g v/‖v‖, with one norm for each index along `axis`, or a single one for axis = None; 0 where v = 0

    Shapes: v and the result any; g (n,), n the length of v along `axis`, or () for axis = None.
    Raises: ValueError where g has another shape, for an axis that v does not have, and by the module for integers.
    Source: normalization.weight_norm.y, ours, after Salimans and Kingma 2016.

    >>> weight_norm(np.array([[3.0, 4.0], [0.0, 2.0]]), np.array([10.0, 1.0]))
    array([[6., 8.],
           [0., 1.]])
    """
    u, kept = cast(v, wide(v)), _kept(axis, v)
    others = tuple([i for i in range(v.ndim) if i not in kept])
    return affine(safe_divide(u, np.sqrt(np.sum(u * u, axis=others, keepdims=True))), g, None, v, kept)


@gradient_of(weight_norm, "dw, w, v and the result the same, g as in `weight_norm`")
def weight_norm_dv(dw: Array, w: Array, v: Array, g: Array, *, axis: int | None = 0) -> Array:
    """∂L/∂v = g/‖v‖ (∂L/∂w − v̂ Σ ∂L/∂w ⊙ v̂), where v̂ = v/‖v‖; 0 where v = 0"""
    inverse = _inverse_norm(v, axis)
    v_hat = v * inverse
    along_v = np.sum(dw * v_hat, axis=_reduced(axis, v), keepdims=True)
    return affine((dw - v_hat * along_v) * inverse, g, None, v, _kept(axis, v))


@gradient_of(weight_norm, "dw, w, v the same, g and the result as in `weight_norm`")
def weight_norm_dg(dw: Array, w: Array, v: Array, g: Array, *, axis: int | None = 0) -> Array:
    """∂L/∂g = Σ ∂L/∂w ⊙ v/‖v‖; 0 where v = 0"""
    return summed(dw * (v * _inverse_norm(v, axis)), v, _kept(axis, v))


def _kept(axis: int | None, v: Array) -> Axes:
    return () if axis is None else (normalize_axis_index(axis, v.ndim),)


def _reduced(axis: int | None, v: Array) -> Axes:
    """The axes over which a norm is taken."""
    kept = _kept(axis, v)
    return tuple(i for i in range(v.ndim) if i not in kept)


def _inverse_norm(v: Array, axis: int | None) -> Array:
    """1/‖v‖, in float64, and 0 for ‖v‖ = 0."""
    reduced = _reduced(axis, v)
    return inverse_root(np.sum(np.multiply(v, v, dtype=wide(v)), axis=reduced, keepdims=True))
