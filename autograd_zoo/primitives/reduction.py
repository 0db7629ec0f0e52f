"""Reductions: sums, means, variances, products, extremes and logsumexp over axes, and running sums and products."""

from __future__ import annotations

import math
from inspect import unwrap
from typing import Any

import numpy as np
from numpy.lib.array_utils import normalize_axis_tuple

from ..closed_form import special
from ..engine.around import quiet
from ..engine.functions import HANDLERS, implements
from ..engine.primitive import primitive
from ..engine.rules import defvjp, label
from ..engine.tensor import call
from ..engine.values import raw, truth
from .elementwise import loud, only
from .length import along


def restored(g: Any, x: Any, axis: Any, keepdims: bool) -> Any:
    """g with the axes of x that were reduced, of length 1; without an `axis` g is a number, which fits any x."""
    return g if axis is None or keepdims or not x.ndim else np.expand_dims(g, axis)


# ---- sums and means ---------------------------------------------------------------------------------------------
# sum and broadcast_to are each other's rules.

defvjp(
    np.sum,
    lambda g, y, x, axis=None, keepdims=False: np.broadcast_to(restored(g, x, axis, keepdims), x.shape),
    reach="moved",
)


def wide(x: Any) -> Any:
    """The dtype of statistics of x: at least float64, for float32 would lose the deviations of 1e8 + (0, 8, 16, 24)."""
    return np.result_type(x, np.float64)


@primitive
def mean(a: Any, axis: Any = None, *, keepdims: bool = False) -> Any:
    """`np.mean`, summed up in float64."""
    return np.mean(a, axis, wide(a), keepdims=keepdims).astype(a.dtype)


def mean_dx(g: Any, y: Any, x: Any, axis: Any = None, keepdims: bool = False) -> Any:
    """∂/∂x of Σx / n is 1/n. (n itself may be too large for a float16.)"""
    return np.broadcast_to(restored(g * (y.size / max(x.size, 1)), x, axis, keepdims), x.shape)


defvjp(mean, mean_dx, reach="moved")
implements(np.mean)(mean)


@implements(np.average)
def average(a: Any, axis: Any = None, weights: Any = None, returned: bool = False, *, keepdims: bool = False) -> Any:
    """`np.average`: Σ w a / Σ w, for weights in the shape of `a` or of its reduced axes."""
    axis = axis if axis is None else normalize_axis_tuple(axis, a.ndim)
    if weights is None:
        y = np.mean(a, axis=axis, keepdims=keepdims)
        return (y, np.full(y.shape, a.size / max(y.size, 1), y.dtype)) if returned else y
    shape = np.shape(a)
    if np.shape(weights) != shape:
        axes = normalize_axis_tuple(range(len(shape)) if axis is None else axis, len(shape))
        if np.shape(weights) != tuple(shape[k] for k in axes):
            raise ValueError(
                f"np.average: weights of shape {np.shape(weights)} fit neither a, {shape}, nor its axes {axes}; "
                "give them the shape of a, or one length for each axis that is averaged over"
            )
        weights = np.transpose(weights, np.argsort(axes))
        weights = np.reshape(weights, [n if k in axes else 1 for k, n in enumerate(shape)])
    total = np.sum(np.broadcast_to(weights, shape), axis=axis, keepdims=keepdims)
    if truth(np.any(np.equal(total, 0))):
        raise ZeroDivisionError("np.average: the weights sum to zero, so they cannot be normalized")
    y = np.sum(a * weights, axis=axis, keepdims=keepdims) / total
    return (y, total.astype(y.dtype)) if returned else y


# ---- variances --------------------------------------------------------------------------------------------------


def from_first(x: Any, axis: Any) -> Any:
    """The differences of x to its first elements along `axis`, in float64: of equal elements exactly 0."""
    axes = normalize_axis_tuple(range(x.ndim) if axis is None else axis, x.ndim)
    return np.subtract(x, x[tuple(slice(1) if k in axes else slice(None) for k in range(x.ndim))], dtype=wide(x))


@primitive
def centered(x: Any, *, axis: Any = None) -> Any:
    """The deviations of x from its mean along `axis`: a projection, and so its own rule."""
    d = from_first(x, axis)
    total = np.sum(d, axis=axis, keepdims=True)
    return (d - total / max(d.size // max(total.size, 1), 1)).astype(x.dtype)


def lost(ddof: float, correction: float) -> float:
    """The degrees of freedom that a variance loses, one number by either of its names."""
    for name, value in (("ddof", ddof), ("correction", correction)):
        if type(value) is not int and np.ndim(value):
            raise TypeError(f"{name}= must be a number, got {value!r}")
    if ddof and correction:
        raise ValueError("ddof and correction are two names of one number, and cannot both be given")
    return ddof or correction


@primitive
def var(a: Any, axis: Any = None, *, ddof: Any = 0, keepdims: bool = False, correction: Any = 0) -> Any:
    """`np.var` in float64."""
    return np.var(from_first(a, axis), axis, ddof=lost(ddof, correction), keepdims=keepdims).astype(a.dtype)


@primitive
def std(a: Any, axis: Any = None, *, ddof: Any = 0, keepdims: bool = False, correction: Any = 0) -> Any:
    """`np.std` in float64."""
    return np.std(from_first(a, axis), axis, ddof=lost(ddof, correction), keepdims=keepdims).astype(a.dtype)


def freedom(x: Any, y: Any, ddof: float) -> float:
    """The divisor n − ddof of a variance y of x; nan where NumPy's result has no meaning either."""
    return max(x.size / max(y.size, 1) - ddof, 0.0) or math.nan


def var_dx(g: Any, y: Any, x: Any, axis: Any = None, ddof: Any = 0, keepdims: bool = False, correction: Any = 0) -> Any:
    """∂/∂x of Σ(x − m)² / n is 2(x − m) / n, n less the degrees of freedom lost."""
    scale = 2.0 / freedom(x, y, ddof or correction)
    return restored(g * scale, x, axis, keepdims) * centered(x, axis=axis)


def lengthwise(g: Any, y: Any, x: Any, axis: Any, keepdims: bool) -> Any:
    """g x / y, the gradient of lengths y of x over `axis`."""
    return along(g, x, y, lambda t: restored(t, x, axis, keepdims))


def std_dx(g: Any, y: Any, x: Any, axis: Any = None, ddof: Any = 0, keepdims: bool = False, correction: Any = 0) -> Any:
    """∂/∂x of y = √var is (x − m) / (n y), and 0 where x is constant."""
    scale = 1.0 / freedom(x, y, ddof or correction)
    return scale * lengthwise(g, y, centered(x, axis=axis), axis, keepdims)


defvjp(centered, lambda g, y, x, axis=None: centered(g, axis=axis), reach="sums")
defvjp(var, var_dx, reach="sums")
defvjp(std, std_dx, reach="sums")
implements(np.var)(var)
implements(np.std)(std)

# ---- extremes ---------------------------------------------------------------------------------------------------


def extreme_dx(g: Any, y: Any, x: Any, axis: Any = None, keepdims: bool = False) -> Any:
    """The gradient goes to the elements that equal the extreme y, in equal shares; it is nan if y is."""
    g, y = restored(g, x, axis, keepdims), restored(y, x, axis, keepdims)
    taken = np.equal(x, y)
    share = (1.0 / np.maximum(np.sum(taken, axis=axis, keepdims=True), 1)).astype(x.dtype)
    return loud(only(g * share, taken), g, y)


defvjp(np.max, extreme_dx, reach="chosen")
defvjp(np.min, extreme_dx, reach="chosen")
implements(np.amax)(lambda *args, **kwargs: call(np.max, args, kwargs))
implements(np.amin)(lambda *args, **kwargs: call(np.min, args, kwargs))


@implements(np.ptp)
def ptp(a: Any, axis: Any = None, *, keepdims: bool = False) -> Any:
    """`np.ptp`, the largest less the smallest."""
    return np.max(a, axis=axis, keepdims=keepdims) - np.min(a, axis=axis, keepdims=keepdims)


logsumexp = primitive(quiet(unwrap(special.logsumexp)))


def logsumexp_dx(g: Any, y: Any, x: Any, axis: Any = None, keepdims: bool = False) -> Any:
    """The softmax eˣ / Σ eˣ, and 0 where all x are −∞.

    (As exp(x − y) it would lose digits in x − y, and for large x not even sum to 1.)
    """
    e = np.exp(x - special.peak(x, axis))
    total = np.sum(e, axis=axis, keepdims=True)
    return restored(g, x, axis, keepdims) * e / np.where(np.equal(total, 0), 1.0, total)


defvjp(logsumexp, logsumexp_dx, reach="sums")
HANDLERS[special.logsumexp] = logsumexp
logsumexp.__module__ = __name__  # where pickle looks for it
HANDLERS[special.peak] = lambda x, axis: special.peak(raw(x), axis)  # a plain value

# ---- products ---------------------------------------------------------------------------------------------------
# Never by division: ∂(Π x)/∂x_i is the product of the others, with zeros among them too.


def shifted(h: Any, first: float) -> Any:
    """h one place later along the last axis, with `first` in front."""
    return np.concatenate([np.full((*h.shape[:-1], 1), first, h.dtype), h], axis=-1)[..., :-1]


def before(x: Any) -> Any:
    """The products of all elements before each one, along the last axis."""
    return shifted(np.cumprod(x, axis=-1), 1.0)


def prod_dx(g: Any, y: Any, x: Any, axis: Any = None, keepdims: bool = False) -> Any:
    """∂/∂x_i of Π x is the product before i times the product after it; several axes are read as one."""
    axes = normalize_axis_tuple(axis, x.ndim) if axis is not None and x.ndim else tuple(range(x.ndim))
    last = tuple(range(-len(axes), 0))
    moved = np.moveaxis(x, axes, last)
    lines = np.reshape(moved, (*moved.shape[: x.ndim - len(axes)], math.prod(x.shape[k] for k in axes)))
    others = before(lines) * before(lines[..., ::-1])[..., ::-1]
    return restored(g, x, axis, keepdims) * np.moveaxis(np.reshape(others, moved.shape), last, axes)


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


def cumprod_dx(g: Any, y: Any, x: Any, axis: Any = None) -> Any:
    """∂/∂x_i: the product before i, times Σ_{k≥i} g_k Π_{i<j≤k} x_j, a recurrence."""
    if axis is None or not x.ndim:
        return np.reshape(shifted(y, 1.0) * recurrence_db(g, np.reshape(x, -1)), x.shape)
    g, y, x = (np.moveaxis(t, axis, -1) for t in (g, y, x))
    return np.moveaxis(shifted(y, 1.0) * recurrence_db(g, x), -1, axis)


defvjp(np.prod, prod_dx, reach="sums")
defvjp(recurrence, joint=recurrence_dab, reach="lines")
defvjp(np.cumprod, cumprod_dx, reach="sums")

# ---- running sums -----------------------------------------------------------------------------------------------


def cumsum_dx(g: Any, y: Any, x: Any, axis: Any = None) -> Any:
    """The running sum from the other end."""
    axis = axis or 0  # without an axis, y has but one
    return np.reshape(np.flip(np.cumsum(np.flip(g, axis), axis), axis), x.shape)


defvjp(np.cumsum, cumsum_dx, reach="moved")


def running(cumulative: Any, cumulate: Any, first: float) -> None:
    """Compose the array API's running sum or product, which may have the empty one in front, of NumPy's older one."""

    @implements(cumulative)
    def handler(x: Any, /, *, axis: Any = None, include_initial: bool = False) -> Any:
        if axis is None and x.ndim != 1:
            raise ValueError(f"{label(cumulative)} of an array with {x.ndim} axes runs along one of them: pass axis=")
        axis = axis or 0
        y = cumulate(x, axis=axis)
        front = [1 if k == axis % x.ndim else n for k, n in enumerate(x.shape)]
        return np.concatenate([np.full(front, first, y.dtype), y], axis=axis) if include_initial else y


if hasattr(np, "cumulative_sum"):  # NumPy 2.1
    running(np.cumulative_sum, np.cumsum, 0.0)
    running(np.cumulative_prod, np.cumprod, 1.0)
