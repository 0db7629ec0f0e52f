"""Products of elements over axes, running sums and products, and linear recurrences.

Never by division: ∂(Π x)/∂x_i is the product of the others, with zeros among them too.
"""

from __future__ import annotations

import math
from typing import Any

import numpy as np
from numpy.lib.array_utils import normalize_axis_tuple

from ..engine.functions import implements
from ..engine.primitive import primitive
from ..engine.rules import defvjp, label
from .reduction import masked, restored


def shifted(h: Any, first: float) -> Any:
    """h one place later along the last axis, with `first` in front."""
    return np.concatenate([np.full((*h.shape[:-1], 1), first, h.dtype), h], axis=-1)[..., :-1]


def before(x: Any) -> Any:
    """The products of all elements before each one, along the last axis."""
    return shifted(np.cumprod(x, axis=-1), 1.0)


def prod_dx(
    g: Any, y: Any, x: Any,
    axis: Any = None, dtype: Any = None, keepdims: bool = False, initial: Any = 1, where: Any = True,
) -> Any:  # fmt: skip
    """∂/∂x_i of Π x is the product before i times the product after it; several axes are read as one."""
    x = x if where is True else np.where(where, x, 1.0)
    axes = normalize_axis_tuple(axis, x.ndim) if axis is not None and x.ndim else tuple(range(x.ndim))
    last = tuple(range(-len(axes), 0))
    moved = np.moveaxis(x, axes, last)
    lines = np.reshape(moved, (*moved.shape[: x.ndim - len(axes)], math.prod(x.shape[k] for k in axes)))
    others = before(lines) * before(lines[..., ::-1])[..., ::-1]
    g = restored(g if initial == 1 else g * initial, x, axis, keepdims)
    return masked(g * np.moveaxis(np.reshape(others, moved.shape), last, axes), where)


@primitive
def recurrence(a: Any, b: Any) -> Any:
    """h_i = a_i h_{i−1} + b_i along the last axis, from h_{−1} = 0."""
    h = np.array(b)
    for i in range(1, h.shape[-1]):
        h[..., i] += a[..., i] * h[..., i - 1]
    return h


def recurrence_db(g: Any, a: Any) -> Any:
    """The recurrence backwards: r_i = g_i + a_{i+1} r_{i+1}."""
    return recurrence(shifted(a[..., ::-1], 0.0), g[..., ::-1])[..., ::-1]


def recurrence_dab(g: Any, h: Any, a: Any, b: Any) -> tuple[Any, Any]:
    """∂/∂a_i = r_i h_{i−1} and ∂/∂b_i = r_i."""
    r = recurrence_db(g, a)
    return r * shifted(h, 0.0), r


def cumprod_dx(g: Any, y: Any, x: Any, axis: Any = None, dtype: Any = None) -> Any:
    """∂/∂x_i: the product before i, times Σ_{k≥i} g_k Π_{i<j≤k} x_j, a recurrence."""
    if axis is None or not x.ndim:
        return np.reshape(shifted(y, 1.0) * recurrence_db(g, np.reshape(x, -1)), x.shape)
    g, y, x = (np.moveaxis(t, axis, -1) for t in (g, y, x))
    return np.moveaxis(shifted(y, 1.0) * recurrence_db(g, x), -1, axis)


defvjp(np.prod, prod_dx, reach="sums")
defvjp(recurrence, joint=recurrence_dab, reach="lines")
defvjp(np.cumprod, cumprod_dx, reach="sums")

# ---- running sums -----------------------------------------------------------------------------------------------


def cumsum_dx(g: Any, y: Any, x: Any, axis: Any = None, dtype: Any = None) -> Any:
    """The running sum from the other end."""
    axis = axis or 0  # without an axis, y has but one
    return np.reshape(np.flip(np.cumsum(np.flip(g, axis), axis), axis), x.shape)


defvjp(np.cumsum, cumsum_dx, reach="moved")


def running(cumulative: Any, cumulate: Any, first: float) -> None:
    """Compose the array API's running sum or product, which may have the empty one in front, of NumPy's older one."""

    @implements(cumulative)
    def handler(x: Any, /, *, axis: Any = None, dtype: Any = None, include_initial: bool = False) -> Any:
        if axis is None and x.ndim != 1:
            raise ValueError(f"{label(cumulative)} of an array with {x.ndim} axes runs along one of them: pass axis=")
        axis = axis or 0
        y = cumulate(x, axis=axis, dtype=dtype)
        front = [1 if k == axis % x.ndim else n for k, n in enumerate(x.shape)]
        return np.concatenate([np.full(front, first, y.dtype), y], axis=axis) if include_initial else y


if hasattr(np, "cumulative_sum"):  # NumPy 2.1
    running(np.cumulative_sum, np.cumsum, 0.0)
    running(np.cumulative_prod, np.cumprod, 1.0)
