"""Arrays built of others: blocks, elements inserted and deleted, resized; and parts of numbers. All composed."""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from typing import Any

import numpy as np

from ..engine.functions import implements
from ..engine.values import fixed_index, is_tensor, raw
from .scatter import scatter_add
from .shape import along, arrayed, axis_of

# ---- inserted, deleted, resized ---------------------------------------------------------------------------------


def line(a: Any, axis: int | None) -> tuple[Any, int]:
    """An array and the axis along which it is changed: without one it is a vector."""
    a = arrayed(a)
    return (np.ravel(a), 0) if axis is None else (a, axis_of(axis, a))


@implements(np.delete)
def _delete(arr: Any, obj: Any, axis: int | None = None) -> Any:
    arr, axis = line(arr, axis)
    return np.take(arr, np.delete(np.arange(arr.shape[axis]), fixed_index(obj)), axis)


@implements(np.insert)
def _insert(arr: Any, obj: Any, values: Any, axis: int | None = None) -> Any:
    arr, axis = line(arr, axis)
    n, obj = arr.shape[axis], fixed_index(obj)
    values = values if is_tensor(values) else np.asarray(values, arr.dtype)
    count = len(np.insert(np.arange(n), obj, 0)) - n
    values = np.reshape(values, (*(1,) * (arr.ndim - values.ndim), *values.shape))
    if not isinstance(obj, slice) and np.size(obj) == 1:  # one place, and as many elements there as `values` has
        values = np.moveaxis(values, 0, axis) if not np.ndim(obj) else values
        count = values.shape[axis]
        place = np.flatnonzero(obj) if np.asarray(obj).dtype == bool and np.ndim(obj) else np.ravel(obj).astype(int)
        obj = np.repeat(place, count)  # a negative one is counted from the end of `arr` still
    values = np.broadcast_to(values, (*arr.shape[:axis], count, *arr.shape[axis + 1 :]))
    plan = np.insert(np.arange(n), obj, np.arange(n, n + count))
    return np.take(np.concatenate([arr, values], axis=axis), plan, axis)


@implements(np.resize)
def _resize(a: Any, new_shape: Any) -> Any:
    flat, size = np.ravel(a), math.prod(np.ravel(new_shape).tolist())
    if not flat.size:
        return np.pad(flat, (0, size)).reshape(new_shape)
    return np.reshape(np.take(flat, np.arange(size) % flat.size), new_shape)


@implements(np.trim_zeros)
def _trim_zeros(filt: Any, trim: str = "fb", axis: Any = None) -> Any:
    filt = arrayed(filt)
    there = np.argwhere(raw(filt))
    axes = range(filt.ndim) if axis is None else [axis_of(k, filt) for k in np.ravel(axis).tolist()]
    for k in axes:
        first, last = (there[:, k].min(), there[:, k].max() + 1) if len(there) else (0, 0)
        whole = (0, filt.shape[k]) if len(there) else (0, 0)
        cut = slice(first if "f" in trim.lower() else whole[0], last if "b" in trim.lower() else whole[1])
        filt = filt[along(k, cut)]
    return filt


# ---- sets and counts --------------------------------------------------------------------------------------------


@implements(np.unique)
def _unique(ar: Any, return_index: bool = False, return_inverse: bool = False, return_counts: bool = False) -> Any:
    asked: dict[str, Any] = {"return_inverse": return_inverse, "return_counts": return_counts}
    parts: Any = np.unique(raw(ar), return_index=True, **asked)
    _, first, *others = parts
    values = np.ravel(ar)[first]
    found = (values, *([first] if return_index else []), *others)
    return found if len(found) > 1 else values


implements(np.union1d)(lambda ar1, ar2: np.unique(np.concatenate([np.ravel(ar1), np.ravel(ar2)])))
if hasattr(np, "unique_values"):  # since NumPy 2.1
    implements(np.unique_values)(lambda x: np.unique(x))


@implements(np.setdiff1d)
def _setdiff1d(ar1: Any, ar2: Any, assume_unique: bool = False) -> Any:
    ar1 = np.ravel(ar1) if assume_unique else np.unique(ar1)
    return ar1[~np.isin(raw(ar1), raw(ar2))]


@implements(np.bincount)
def _bincount(x: Any, weights: Any = None, minlength: int = 0) -> Any:
    if weights is None or is_tensor(x):
        raise TypeError("bincount counts plain integers: give the indices as an array; the weights may be a Tensor")
    x = np.asarray(x)
    n = max(int(np.max(x, initial=-1)) + 1, minlength)
    return scatter_add(np.ravel(weights), index=(np.ravel(x),), shape=(n,))


# ---- blocks -----------------------------------------------------------------------------------------------------


def depth(arrays: Any) -> int:
    """How many lists are inside each other; all parts must agree."""
    if not isinstance(arrays, list):
        return 0
    depths = {depth(part) for part in arrays}
    if len(depths) != 1:
        raise ValueError("block takes lists that are nested equally deep everywhere, and none of them empty")
    return depths.pop() + 1


def axes_of(arrays: Any) -> int:
    """The most axes of any array in nested lists."""
    return max(map(axes_of, arrays)) if isinstance(arrays, list) else arrayed(arrays).ndim


@implements(np.block)
def _block(arrays: Any) -> Any:
    deep = depth(arrays)
    ndim = max(deep, axes_of(arrays))

    def joined(part: Any, level: int) -> Any:
        if isinstance(part, list):
            return np.concatenate([joined(p, level - 1) for p in part], axis=-level)
        x = arrayed(part)
        return np.reshape(x, (*(1,) * (ndim - x.ndim), *x.shape))

    return joined(arrays, deep) if deep else np.positive(arrays)


@implements(np.full)
def _full(shape: Any, fill_value: Any, dtype: Any = None, order: str = "C") -> Any:
    """`np.full(shape, t, like=t)`: NumPy asks a Tensor what to do only through `like=`."""
    if not is_tensor(fill_value):
        return np.full(shape, fill_value, dtype)
    y: Any = np.broadcast_to(fill_value, shape if np.ndim(shape) else (shape,))
    return y if dtype is None else y.astype(dtype)


@implements(np.apply_over_axes)
def _apply_over_axes(func: Callable[..., Any], a: Any, axes: Any) -> Any:
    for axis in np.ravel(axes).tolist():
        y = func(a, axis)
        a = y if y.ndim == a.ndim else np.expand_dims(y, axis)
    return a


@implements(np.piecewise)
def _piecewise(x: Any, condlist: Any, funclist: Sequence[Any], *args: Any, **kw: Any) -> Any:
    conditions = raw(condlist) if isinstance(condlist, list) else [raw(condlist)]
    conditions = [np.asarray(c, bool) for c in (conditions if np.ndim(conditions[0]) or not x.ndim else [conditions])]
    if len(funclist) not in (len(conditions), len(conditions) + 1):
        raise ValueError(f"piecewise takes a function for each of {len(conditions)} conditions, and one for the rest")
    y: Any = np.zeros(x.shape, x.dtype)
    rest = ~np.logical_or.reduce(conditions)
    for c, f in zip([*conditions, rest], funclist, strict=False):
        y = np.where(c, f(x, *args, **kw) if callable(f) else f, y)
    return y


# ---- parts of a number ------------------------------------------------------------------------------------------

implements(np.divmod)(lambda x1, x2: (np.floor_divide(x1, x2), np.remainder(x1, x2)))
implements(np.modf)(lambda x: (x - np.trunc(x), np.trunc(x)))
implements(np.ldexp)(lambda x1, x2: x1 * np.ldexp(np.ones((), x1.dtype), raw(x2)))
implements(np.real_if_close)(lambda a: a)
