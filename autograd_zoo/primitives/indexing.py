"""Indexing primitives: elements written at an index, gathered along an axis, on diagonals and in triangles."""

from __future__ import annotations

import math
from collections.abc import Sequence
from operator import index as integer
from typing import Any, NoReturn

import numpy as np

from ..engine import errors
from ..engine.at import put
from ..engine.functions import implements
from ..engine.rules import defvjp
from ..engine.tensor import Tensor, record
from ..engine.values import TRACE, array, fixed_index, frozen, is_tensor, raw, unmasked
from .elementwise import loud
from .products import prod_dx
from .scatter import places, scatter_add, simple
from .shape import along, arrayed, axis_of

# ---- writing at an index: t.at[i].set(v) and its like -----------------------------------------------------------


def written(x: Any, v: Any, index: Any, how: str) -> Any:
    """`put`, recorded if x or v is a Tensor."""
    if isinstance(x, Tensor) or isinstance(v, Tensor):
        return record(put, (x, v), {"index": index, "how": how})
    trace, params = TRACE.get(), {"index": index, "how": how}
    return trace.called_on(put, put, (x, v), params) if trace else put(x, v, **params)


def kept(index: Any, shape: tuple[int, ...], count: tuple[int, ...]) -> Any:
    """Which of the values, `count` along each axis, that are set at `index` remain: the last one of several."""
    order = np.arange(math.prod(count)).reshape(count)
    return written(np.zeros(shape, int), order, index, "set")[index] == order


def set_dx(g: Any, y: Any, x: Any, v: Any, index: Any) -> Any:
    """g, except where x was overwritten."""
    return written(g, 0.0, index, "set")


def set_dv(g: Any, y: Any, x: Any, v: Any, index: Any) -> Any:
    """g where the values went, if they stayed there; v may have had more leading axes, of length 1."""
    there = g[index]
    g = there if simple(index) else np.where(kept(index, x.shape, there.shape), there, 0.0)
    return g if g.ndim >= v.ndim else np.reshape(g, (*(1,) * (v.ndim - g.ndim), *g.shape))


def multiply_dx(g: Any, y: Any, x: Any, v: Any, index: Any) -> Any:
    """g times all the factors that came to x."""
    return g * written(np.ones(x.shape, x.dtype), v, index, "multiply")


def multiply_dv(g: Any, y: Any, x: Any, v: Any, index: Any) -> Any:
    """g times x and the other factors that came to the same place: the rule of a product, place by place."""
    if simple(index):
        return (g * x)[index]
    place = places(index, x.shape)
    target, row = np.unique(place.ravel(), return_inverse=True)
    order = np.argsort(row, kind="stable")
    column = np.empty_like(row)
    column[order] = np.arange(row.size) - np.searchsorted(row[order], row[order])  # how many came before
    table = row.reshape(place.shape), column.reshape(place.shape)
    factors = written(np.ones((target.size, column.max(initial=-1) + 1), x.dtype), v, table, "set")
    upstream = np.ravel(g * x)[target]
    return prod_dx(upstream, None, factors, axis=1)[table]


def extremum_share(y: Any, x: Any, v: Any, index: Any) -> tuple[Any, Any]:
    """The parts of x and of v in y = max or min of both: those that attain it share equally."""
    y, x, v = raw(y), raw(x), raw(v)
    here = (y == x) | (x != x)
    there = np.equal(y[index], v)
    count = here + scatter_add(there.astype(y.dtype), index=index, shape=x.shape)
    share = (1.0 / np.maximum(count, 1.0)).astype(y.dtype)
    return here * share, there * share[index]


def extremum_dx(g: Any, y: Any, x: Any, v: Any, index: Any) -> Any:
    """g times the part of x; a nan that was compared with nothing is copied."""
    dx = g * extremum_share(y, x, v, index)[0]
    compared = written(np.zeros(x.shape, bool), True, index, "set")
    return loud(dx, np.where(compared, g, 0.0), y)


def extremum_dv(g: Any, y: Any, x: Any, v: Any, index: Any) -> Any:
    """g times the part of v."""
    return loud(g[index] * extremum_share(y, x, v, index)[1], g[index], y[index])


PUT = {
    "set": (set_dx, set_dv),
    "add": (lambda g, y, x, v, index: g, lambda g, y, x, v, index: g[index]),
    "multiply": (multiply_dx, multiply_dv),
    "minimum": (extremum_dx, extremum_dv),
    "maximum": (extremum_dx, extremum_dv),
}
defvjp(
    put,
    lambda g, y, x, v, index, how: PUT[how][0](g, y, x, v, index),
    lambda g, y, x, v, index, how: PUT[how][1](g, y, x, v, index),
    broadcasts=True,
    reach=lambda index, how: {"multiply": "product", "minimum": "chosen", "maximum": "chosen"}.get(how, "cut"),
)


@implements(np.put, np.place, np.putmask, np.copyto, np.put_along_axis, np.fill_diagonal)
def _refuse_assignment(*_: Any, **__: Any) -> NoReturn:
    raise TypeError(errors.ASSIGNMENT)


# ---- gathered along an axis -------------------------------------------------------------------------------------


def axis_index(indices: Any, axis: int, shape: tuple[int, ...]) -> tuple[Any, ...]:
    """The index that reads, along `axis` of an array of a `shape`, what np.take_along_axis does."""
    grid = np.ogrid[tuple(slice(n) for n in shape)]
    return (*grid[:axis], indices, *grid[axis + 1 :])


def take_dx(g: Any, y: Any, x: Any, indices: Any, axis: int | None = None) -> Any:
    """g scattered to where it was taken from."""
    if axis is None:
        return np.reshape(scatter_add(np.ravel(g), index=np.ravel(indices), shape=(x.size,)), x.shape)
    return scatter_add(g, index=along(axis_of(axis, x), indices), shape=x.shape)


def repeat_dx(g: Any, y: Any, x: Any, repeats: Any, axis: int) -> Any:
    """The sum of the copies, which stand next to each other."""
    axis = axis_of(axis, x)
    if np.size(repeats) > 1:
        return scatter_add(g, index=along(axis, np.repeat(np.arange(x.shape[axis]), repeats)), shape=x.shape)
    apart = np.reshape(g, (*x.shape[: axis + 1], int(np.ravel(repeats)[0]), *x.shape[axis + 1 :]))
    return np.sum(apart, axis=axis + 1)


def pad_dx(g: Any, y: Any, x: Any, pad_width: Any, mode: Any = "constant", constant_values: Any = 0.0) -> Any:
    """The inside of g; where the border repeats elements of x, their gradient counts too."""
    if mode == "constant":
        return g[tuple(slice(before, before + n) for (before, _), n in zip(pad_width, x.shape, strict=True))]
    source = (np.pad(np.arange(n), width, mode) for n, width in zip(x.shape, pad_width, strict=True))
    return scatter_add(g, index=np.ix_(*source), shape=x.shape)


defvjp(np.take, take_dx, reach="cut")
defvjp(
    np.take_along_axis,
    lambda g, y, x, indices, axis: scatter_add(g, index=axis_index(indices, axis, x.shape), shape=x.shape),
    reach="cut",
)
defvjp(np.repeat, repeat_dx, reach="cut")
defvjp(np.pad, pad_dx, reach="cut")


@implements(np.take)
def _take(a: Any, indices: Any, axis: int | None = None, *, mode: str = "raise") -> Any:
    if mode != "raise":
        raise ValueError(f"take of a Tensor knows mode='raise', got {mode!r}; bring the indices into range first")
    given = array(fixed_index(indices))
    loose = given.dtype.kind == "f" and not isinstance(
        indices, np.ndarray
    )  # NumPy takes numbers and lists so, no arrays
    given = given.astype(int) if given.dtype == bool or loose else given  # to take, True is 1
    a, axis = (np.ravel(a), axis or 0) if not a.ndim else (a, axis)
    return record(np.take, (a,), {"indices": given} | ({} if axis is None else {"axis": axis}))


@implements(np.take_along_axis)
def _take_along_axis(arr: Any, indices: Any, axis: int | None = -1) -> Any:
    arr, axis = (np.ravel(arr), 0) if axis is None else (arr, axis_of(axis, arr))
    return record(np.take_along_axis, (arr,), {"indices": fixed_index(indices), "axis": axis})


@implements(np.repeat)
def _repeat(a: Any, repeats: Any, axis: int | None = None) -> Any:
    flat = axis is None or not a.ndim
    return record(
        np.repeat,
        (np.ravel(a) if flat else a,),
        {"repeats": frozen(repeats), "axis": 0 if axis is None else axis},
    )


def holds_tensor(value: Any) -> bool:
    """Whether `value` is a Tensor, or a sequence with one in it."""
    return is_tensor(value) or (isinstance(value, (list, tuple)) and any(map(holds_tensor, value)))


def stacked(value: Any) -> Any:
    """Nested sequences of numbers and Tensors as one Tensor."""
    return np.stack(list(map(stacked, value))) if isinstance(value, (list, tuple)) else arrayed(value)


def bordered(x: Any, widths: Sequence[tuple[int, int]], values: Any) -> Any:
    """`np.pad` with constants that are Tensors: a stretch before and after, one axis after the other."""
    for axis, pair in enumerate(widths):
        ends = [
            np.broadcast_to(values[axis, side], (*x.shape[:axis], n, *x.shape[axis + 1 :]))
            for side, n in enumerate(pair)
        ]
        x = np.concatenate([ends[0], x, ends[1]], axis=axis)
    return x


PAD_MODES = ("constant", "edge", "reflect", "symmetric", "wrap")


@implements(np.pad)
def _pad(array: Any, pad_width: Any, mode: str = "constant", *, constant_values: Any = 0.0) -> Any:
    if mode not in PAD_MODES:
        raise ValueError(f"pad of a Tensor knows the modes {', '.join(PAD_MODES)}; got {mode!r}")
    if not array.ndim:
        return np.positive(array)  # a number has no sides
    if isinstance(pad_width, dict):  # axis: width
        given = {axis_of(axis, array): width for axis, width in pad_width.items()}
        pad_width = [np.broadcast_to(given.get(axis, 0), 2) for axis in range(array.ndim)]
    pairs = np.broadcast_to(np.asarray(unmasked(pad_width), dtype=object), (array.ndim, 2))
    widths = tuple((integer(before), integer(after)) for before, after in pairs)
    if holds_tensor(constant_values):
        values = stacked(constant_values)
        values = values if values.dtype == array.dtype else values.astype(array.dtype)
        return bordered(array, widths, np.broadcast_to(values, (array.ndim, 2)))
    params = {"pad_width": widths, "mode": mode}
    return record(
        np.pad, (array,), params | ({"constant_values": frozen(constant_values)} if mode == "constant" else {})
    )


@implements(np.sort)
def _sort(a: Any, axis: int | None = -1, kind: Any = None, *, stable: Any = None) -> Any:
    stable = True if kind is None and stable is None else stable  # equal elements keep their order
    axis = axis if axis is None else integer(axis)
    return np.take_along_axis(a, np.argsort(raw(a), axis=axis, kind=kind, stable=stable), axis=axis)


implements(np.compress)(lambda condition, a, axis=None: np.take(a, np.flatnonzero(raw(condition)), axis))
implements(np.extract)(lambda condition, arr: np.take(arr, np.flatnonzero(raw(condition))))

# ---- chosen among arrays ----------------------------------------------------------------------------------------


@implements(np.select)
def _select(condlist: Sequence[Any], choicelist: Sequence[Any], default: Any = 0) -> Any:
    if len(condlist) != len(choicelist):
        raise ValueError(f"select takes as many choices as conditions, got {len(choicelist)} and {len(condlist)}")
    chosen = default
    for condition, choice in zip(reversed(condlist), reversed(choicelist), strict=True):
        chosen = np.where(condition, choice, chosen)
    return chosen


@implements(np.choose)
def _choose(a: Any, choices: Sequence[Any], *, mode: str = "raise") -> Any:
    a, n = np.asarray(raw(a)), len(choices)
    fits: dict[str, Any] = {"raise": a, "clip": np.clip(a, 0, n - 1), "wrap": a % n}
    if mode not in fits or a.dtype.kind not in "iub" or np.any((fits[mode] < 0) | (fits[mode] >= n)):
        raise ValueError(
            f"choose takes integers from 0 to {n - 1}, or any with mode='clip' or 'wrap'; got {a!r}, mode={mode!r}"
        )
    asked = max(1, n - 1)  # what is none of these is the last one
    return _select([fits[mode] == i for i in range(asked)], choices[:asked], choices[-1])


# ---- diagonals and triangles ------------------------------------------------------------------------------------


def diagonal_index(shape: tuple[int, ...], offset: int) -> tuple[Any, ...]:
    """The index of the diagonal of matrices in the last two axes."""
    i = np.arange(max(0, min(shape[-2] + min(offset, 0), shape[-1] - max(offset, 0))))
    return (..., i - min(offset, 0), i + max(offset, 0))


def diagonal_dx(g: Any, y: Any, x: Any, offset: int = 0, axis1: int = 0, axis2: int = 1) -> Any:
    """g on the diagonal of zeros."""
    shape = np.moveaxis(np.empty(x.shape, bool), (axis1, axis2), (-2, -1)).shape
    return np.moveaxis(scatter_add(g, index=diagonal_index(shape, offset), shape=shape), (-2, -1), (axis1, axis2))


def trace_dx(g: Any, y: Any, x: Any, offset: int = 0, axis1: int = 0, axis2: int = 1, dtype: Any = None) -> Any:
    """g everywhere on the diagonal of zeros."""
    on = np.eye(x.shape[axis1], x.shape[axis2], offset, dtype=bool)
    return np.moveaxis(np.where(on, g[..., None, None], 0.0), (-2, -1), (axis1, axis2))


defvjp(np.diagonal, diagonal_dx, reach="cut")
defvjp(np.trace, trace_dx, reach="cut")
defvjp(np.diagflat, lambda g, y, x, k=0: np.reshape(np.diagonal(g, int(k)), x.shape), reach="cut")
defvjp(np.tril, lambda g, y, x, k=0: np.tril(g, k), broadcasts=True, reach="cut")  # a vector is taken for equal rows
defvjp(np.triu, lambda g, y, x, k=0: np.triu(g, k), broadcasts=True, reach="cut")


@implements(np.diag)
def _diag(v: Any, k: int = 0) -> Any:
    if v.ndim not in (1, 2):
        raise ValueError(f"diag takes a vector or a matrix, got shape {v.shape}; np.diagonal takes the axes")
    return np.diagflat(v, k) if v.ndim == 1 else np.diagonal(v, k)


implements(np.linalg.diagonal)(lambda x, offset=0: np.diagonal(x, offset, -2, -1))
implements(np.linalg.trace)(lambda x, offset=0, dtype=None: np.trace(x, offset, -2, -1, dtype))
