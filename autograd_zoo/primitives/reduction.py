"""Reductions: sums, means, variances, products, extremes and logsumexp over axes, and running sums and products."""

from __future__ import annotations

import math
from typing import Any

import numpy as np
from numpy.lib.array_utils import normalize_axis_tuple

from ..closed_form import activation, special
from ..engine.around import quiet
from ..engine.functions import HANDLERS, implements
from ..engine.primitive import primitive
from ..engine.rules import defvjp
from ..engine.tensor import call
from ..engine.values import raw, truth
from ..kernels import TWINS, quick
from ..kernels.softmax import logsumexp as quick_logsumexp
from .elementwise import loud
from .length import along
from .masks import only


def restored(g: Any, x: Any, axis: Any, keepdims: bool) -> Any:
    """g with the axes of x that were reduced, of length 1; without an `axis` g is a number, which fits any x."""
    return g if axis is None or keepdims or not x.ndim else np.expand_dims(g, axis)


# ---- sums and means ---------------------------------------------------------------------------------------------
# sum and broadcast_to are each other's rules.


def masked(g: Any, where: Any) -> Any:
    """g where elements were taken, 0 elsewhere."""
    return g if where is True else only(g, where)


def sum_dx(
    g: Any, y: Any, x: Any,
    axis: Any = None, dtype: Any = None, keepdims: bool = False, initial: Any = 0, where: Any = True,
) -> Any:  # fmt: skip
    """g for every element that was taken."""
    return masked(np.broadcast_to(restored(g, x, axis, keepdims), x.shape), where)


def taking(where: Any = True, **_: Any) -> str:
    """How masks go through a sum: elements are dropped by `where=`."""
    return "moved" if where is True else "cut"


defvjp(np.sum, sum_dx, reach=taking)


def wide(x: Any) -> Any:
    """The dtype of statistics of x: at least float64, for float32 would lose the deviations of 1e8 + (0, 8, 16, 24)."""
    return np.result_type(x, np.float64)


def counted(x: Any, y: Any, axis: Any, where: Any, lost: float = 0) -> Any:
    """How many elements of x are behind each of a reduction y, less those `lost`; nan if none.

    A number, or an array over the axes of x where some elements are left out.
    """
    if where is True:
        return max(x.size / max(y.size, 1) - lost, 0.0) or math.nan
    n = np.sum(np.broadcast_to(where, x.shape), axis=axis, keepdims=True) - lost
    return np.where(n > 0, n, math.nan)


@primitive
def mean(a: Any, axis: Any = None, *, dtype: Any = None, keepdims: bool = False, where: Any = True) -> Any:
    """`np.mean`, summed up in float64."""
    return np.mean(a, axis, wide(a), keepdims=keepdims, where=where).astype(dtype or a.dtype)


def mean_dx(
    g: Any, y: Any, x: Any, axis: Any = None, dtype: Any = None, keepdims: bool = False, where: Any = True
) -> Any:
    """∂/∂x of Σx / n is 1/n. (n itself may be too large for a float16.)"""
    share = 1.0 / counted(x, y, axis, where)
    return masked(np.broadcast_to(restored(g, x, axis, keepdims) * share, x.shape), where)


defvjp(mean, mean_dx, reach=taking)
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


def from_first(x: Any, axis: Any, where: Any = True) -> Any:
    """The differences of x to its first elements along `axis`, in float64: of equal elements exactly 0."""
    if where is not True:  # an element that is taken stands for those that are not
        x = np.where(where, x, np.max(x, axis, keepdims=True, initial=-math.inf, where=where))
    axes = normalize_axis_tuple(range(x.ndim) if axis is None else axis, x.ndim)
    return np.subtract(x, x[tuple(slice(1) if k in axes else slice(None) for k in range(x.ndim))], dtype=wide(x))


@primitive
def centered(x: Any, *, axis: Any = None, where: Any = True) -> Any:
    """The deviations of x from its mean along `axis`, 0 where not taken: a projection, and so its own rule."""
    d = from_first(x, axis, where)
    total = np.sum(d, axis=axis, keepdims=True, where=where)
    return masked(d - total / counted(d, total, axis, where), where).astype(x.dtype)


def lost(ddof: float, correction: float) -> float:
    """The degrees of freedom that a variance loses, one number by either of its names."""
    for name, value in (("ddof", ddof), ("correction", correction)):
        if type(value) is not int and np.ndim(value):
            raise TypeError(f"{name}= must be a number, got {value!r}")
    if ddof and correction:
        raise ValueError("ddof and correction are two names of one number, and cannot both be given")
    return ddof or correction


def moment(function: Any) -> Any:
    """NumPy's `function`, var or std, in float64."""

    def op(
        a: Any,
        axis: Any = None,
        *,
        dtype: Any = None,
        ddof: Any = 0,
        keepdims: bool = False,
        where: Any = True,
        correction: Any = 0,
    ) -> Any:
        d, ddof = from_first(a, axis, where), lost(ddof, correction)
        return function(d, axis, ddof=ddof, keepdims=keepdims, where=where).astype(dtype or a.dtype)

    op.__name__ = op.__qualname__ = function.__name__
    return implements(function)(primitive(op))


var, std = moment(np.var), moment(np.std)


def var_dx(
    g: Any, y: Any, x: Any,
    axis: Any = None, dtype: Any = None, ddof: Any = 0, keepdims: bool = False, where: Any = True, correction: Any = 0,
) -> Any:  # fmt: skip
    """∂/∂x of Σ(x − m)² / n is 2(x − m) / n, n less the degrees of freedom lost."""
    scale = 2.0 / counted(x, y, axis, where, ddof or correction)
    return restored(g, x, axis, keepdims) * scale * centered(x, axis=axis, where=where)


def lengthwise(g: Any, y: Any, x: Any, axis: Any, keepdims: bool) -> Any:
    """g x / y, the gradient of lengths y of x over `axis`."""
    return along(g, x, y, lambda t: restored(t, x, axis, keepdims))


def std_dx(
    g: Any, y: Any, x: Any,
    axis: Any = None, dtype: Any = None, ddof: Any = 0, keepdims: bool = False, where: Any = True, correction: Any = 0,
) -> Any:  # fmt: skip
    """∂/∂x of y = √var is (x − m) / (n y), and 0 where x is constant."""
    scale = 1.0 / counted(x, y, axis, where, ddof or correction)
    return scale * lengthwise(g, y, centered(x, axis=axis, where=where), axis, keepdims)


defvjp(centered, lambda g, y, x, axis=None, where=True: centered(g, axis=axis, where=where), reach="sums")
defvjp(var, var_dx, reach="sums")
defvjp(std, std_dx, reach="sums")

# ---- extremes ---------------------------------------------------------------------------------------------------


def extreme_dx(
    g: Any, y: Any, x: Any, axis: Any = None, keepdims: bool = False, initial: Any = math.inf, where: Any = True
) -> Any:
    """The gradient goes to the elements that equal the extreme y, in equal shares; it is nan if y is.

    A finite `initial` has a share as an element would.
    """
    g, y = restored(g, x, axis, keepdims), restored(y, x, axis, keepdims)
    taken = np.equal(x, y) if where is True else np.equal(x, y) & where
    count = np.sum(taken, axis=axis, keepdims=True)
    if np.isfinite(initial):
        count = count + np.equal(y, initial)
    return masked(loud(only(g * (1.0 / np.maximum(count, 1)).astype(x.dtype), taken), g, y), where)


defvjp(np.max, extreme_dx, reach="chosen")
defvjp(np.min, extreme_dx, reach="chosen")
implements(np.amax)(lambda *args, **kwargs: call(np.max, args, kwargs))
implements(np.amin)(lambda *args, **kwargs: call(np.min, args, kwargs))


@implements(np.ptp)
def ptp(a: Any, axis: Any = None, *, keepdims: bool = False) -> Any:
    """`np.ptp`, the largest less the smallest."""
    return np.max(a, axis=axis, keepdims=keepdims) - np.min(a, axis=axis, keepdims=keepdims)


@primitive
@quiet
def logsumexp(x: Any, axis: Any = None, keepdims: bool = False) -> Any:
    """Logarithm of a sum of exponentials: log Σ exp(x) over `axis`, without overflow."""
    return quick_logsumexp(x, axis, keepdims)


@primitive
@quiet
def shares(x: Any, axis: int = -1) -> Any:
    """The share of each exponential in their sum: exp(x)/Σ exp(x) along `axis`, without overflow."""
    return TWINS[activation.softmax](x, axis=axis)


@primitive
@quiet
def log_shares(x: Any, axis: int = -1) -> Any:
    """The logarithms of the shares: x − log Σ exp(x) along `axis`, without overflow."""
    return TWINS[activation.log_softmax](x, axis=axis)


def logsumexp_dx(g: Any, y: Any, x: Any, axis: Any = None, keepdims: bool = False) -> Any:
    """The softmax eˣ / Σ eˣ, and 0 where all x are −∞.

    (As exp(x − y) it would lose digits in x − y, and for large x not even sum to 1.)
    """
    if isinstance(x, np.ndarray) and isinstance(axis, int):
        share = TWINS[activation.softmax](x, axis=axis)
        nothing = np.equal(y, -math.inf)
        share = np.where(restored(nothing, x, axis, keepdims), 0.0, share) if nothing.any() else share
        return np.multiply(share, restored(g, x, axis, keepdims), out=share if share.dtype == g.dtype else None)
    e = np.exp(x - special.peak(x, axis))
    total = np.sum(e, axis=axis, keepdims=True)
    return restored(g, x, axis, keepdims) * e / np.where(np.equal(total, 0), 1.0, total)


defvjp(logsumexp, logsumexp_dx, reach="sums")
HANDLERS[special.logsumexp] = logsumexp
defvjp(shares, quick(activation.softmax_dx), reach=lambda **params: "sums" if params else "lines")
defvjp(log_shares, quick(activation.log_softmax_dx), reach=lambda **params: "sums" if params else "lines")
HANDLERS[special.log_shares] = lambda x, axis=-1: call(log_shares, (x,), {"axis": axis})
HANDLERS[special.shares] = lambda x, axis=-1: call(shares, (x,), {"axis": axis})
HANDLERS[special.peak] = lambda x, axis: special.peak(raw(x), axis)  # a plain value
