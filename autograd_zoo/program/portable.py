"""Rows for any namespace of the array API standard: what each recorded operation is there.

Most have the same name there, or another one (`ALIKE`). The others are composed of the standard's functions: reading
and adding at fixed places is gathering at indices that are worked out from the shapes, so that nothing is written.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from functools import partial
from inspect import signature
from typing import Any

import numpy as np

from ..closed_form import special
from ..primitives.windows import windows as numpy_windows
from .further import MOVED, Further

Row = Callable[..., Any]

ALIKE = {  # NumPy's name -> the standard's
    **{
        f"np.{name}": name
        for name in "exp log sqrt tanh expm1 log1p sin cos tan sinh cosh square sign floor ceil".split()
    },
    **{f"np.{name}": name for name in "isnan isfinite isinf logical_not negative positive".split()},
    "np.absolute": "abs",
    "np.arcsin": "asin",
    "np.arccos": "acos",
    "np.arctan": "atan",
    "np.arcsinh": "asinh",
    "np.arccosh": "acosh",
    "np.arctanh": "atanh",
    "np.trunc": "trunc",
    "np.rint": "round",
    "np.invert": "bitwise_invert",
    "np.reciprocal": "reciprocal",
    "np.log2": "log2",
    "np.log10": "log10",
}
PAIRS = {  # functions of two arrays, of which one may be a number
    "np.add": "add", "np.subtract": "subtract", "np.multiply": "multiply", "np.divide": "divide", "np.power": "pow",
    "np.equal": "equal", "np.not_equal": "not_equal", "np.less": "less", "np.less_equal": "less_equal",
    "np.greater": "greater", "np.greater_equal": "greater_equal", "np.maximum": "maximum", "np.minimum": "minimum",
    "np.logaddexp": "logaddexp", "np.bitwise_and": "bitwise_and", "np.bitwise_or": "bitwise_or", "np.hypot": "hypot",
    "np.logical_and": "logical_and", "np.logical_or": "logical_or", "np.logical_xor": "logical_xor",
    "np.arctan2": "atan2", "np.copysign": "copysign", "np.floor_divide": "floor_divide", "np.remainder": "remainder",
}  # fmt: skip


class Rows(Further):
    """The rows of a namespace `xp`, by the names of operations; `asarray` makes its array of one of NumPy."""

    def __init__(self, xp: Any, asarray: Callable[[Any], Any]) -> None:
        self.xp, self.asarray = xp, asarray

    def lift(self, a: Any) -> Any:
        """NumPy's array or number as one of the namespace."""
        return self.asarray(np.ascontiguousarray(a).reshape(np.shape(a)))

    def __call__(self, name: str) -> Row | None:
        """The row of an operation, None if there is none."""
        if name in ALIKE:
            return getattr(self.xp, ALIKE[name], None)
        if name in MOVED:
            return partial(self.moved, MOVED[name])
        if name in PAIRS:
            f = getattr(self.xp, PAIRS[name], None)
            return f and partial(self.pair, f)
        return getattr(self, name.rpartition(".")[2], None) if name.rpartition(".")[2] in COMPOSED else None

    def alike(self, a: Any, b: Any) -> tuple[Any, Any]:
        """Two arguments as arrays, a Python number in the dtype of the other one."""
        if isinstance(a, (bool, int, float)) and isinstance(b, (bool, int, float)):
            a = self.asarray(np.asarray(a))
        if isinstance(a, (bool, int, float)):
            a = self.xp.asarray(a, dtype=self.wide(a, b))
        if isinstance(b, (bool, int, float)):
            b = self.xp.asarray(b, dtype=self.wide(b, a))
        return a, b

    def wide(self, number: Any, beside: Any) -> Any:
        """The dtype of a Python number beside an array: the array's, unless it has no fractions."""
        if self.xp.isdtype(beside.dtype, "real floating") or isinstance(number, bool):
            return beside.dtype
        if isinstance(number, float):
            return self.xp.float64
        return self.xp.int64 if self.xp.isdtype(beside.dtype, "bool") else beside.dtype

    def pair(self, f: Callable[[Any, Any], Any], a: Any, b: Any) -> Any:
        """f(a, b)."""
        xp = self.xp
        a, b = self.alike(a, b)
        if a.dtype != b.dtype:  # as NumPy promotes, which the standard does not do for all pairs
            dtype = getattr(xp, str(np.result_type(*(str(x.dtype).rpartition(".")[2] for x in (a, b)))))
            a, b = xp.astype(a, dtype), xp.astype(b, dtype)
        if xp.isdtype(a.dtype, "bool") and f in (xp.add, xp.multiply):
            return xp.logical_or(a, b) if f == xp.add else xp.logical_and(a, b)
        if f == xp.divide and not xp.isdtype(a.dtype, "real floating"):
            a, b = xp.astype(a, xp.float64), xp.astype(b, xp.float64)
        return f(a, b)

    def matmul(self, a: Any, b: Any) -> Any:
        if a.dtype == b.dtype:
            return self.xp.matmul(a, b)
        dtype = self.xp.result_type(a, b)  # PyTorch does not promote here
        return self.xp.matmul(self.xp.astype(a, dtype), self.xp.astype(b, dtype))

    def fraction(self, x: Any, dtype: Any) -> Any:
        """The dtype of a mean of x: the one that is asked for, or that of x, or float64 of integers."""
        if dtype is not None:
            return getattr(self.xp, str(np.dtype(dtype)))
        return x.dtype if self.xp.isdtype(x.dtype, "real floating") else self.xp.float64

    # ---- the same values -----------------------------------------------------------------------------------------

    def identity(self, x: Any) -> Any:
        return x

    def part_of(self, results: Any, *, index: int) -> Any:
        return results[index]

    def cast(self, x: Any, *, dtype: Any) -> Any:
        return self.xp.astype(x, getattr(self.xp, str(np.dtype(dtype))))

    def where(self, c: Any, a: Any, b: Any) -> Any:
        a, b = self.alike(a, b)
        return self.xp.where(self.asarray(np.asarray(c)) if isinstance(c, (bool, np.bool_)) else c, a, b)

    def clip(self, x: Any, lo: Any = None, hi: Any = None) -> Any:
        x = x if lo is None else self.pair(self.xp.maximum, x, lo)
        return x if hi is None else self.pair(self.xp.minimum, x, hi)

    def logistic(self, x: Any) -> Any:
        return special.logistic(x, self.xp)

    def erf(self, x: Any) -> Any:
        """The package's own series, which is written in functions that the standard has."""
        return special.erf(x, self.xp)

    # ---- sums and extremes over axes -----------------------------------------------------------------------------

    def sum(self, x: Any, axis: Any = None, keepdims: bool = False) -> Any:
        x = self.xp.astype(x, self.xp.int64) if self.xp.isdtype(x.dtype, "bool") else x
        return self.xp.sum(x, axis=axis, keepdims=keepdims)

    def level(self, x: Any, axes: Any) -> Any:
        return self.xp.mean(self.xp.astype(x, self.xp.float64), axis=axes, keepdims=True)

    def mean(self, x: Any, axis: Any = None, dtype: Any = None, keepdims: bool = False) -> Any:
        y = self.xp.mean(self.xp.astype(x, self.xp.float64), axis=axis, keepdims=keepdims)
        return self.xp.astype(y, self.fraction(x, dtype))

    def max(self, x: Any, axis: Any = None, keepdims: bool = False, initial: Any = None) -> Any:
        y = self.xp.max(x, axis=axis, keepdims=keepdims)
        return y if initial is None else self.pair(self.xp.maximum, y, initial)

    def min(self, x: Any, axis: Any = None, keepdims: bool = False, initial: Any = None) -> Any:
        y = self.xp.min(x, axis=axis, keepdims=keepdims)
        return y if initial is None else self.pair(self.xp.minimum, y, initial)

    def any(self, x: Any, axis: Any = None, keepdims: bool = False) -> Any:
        return self.xp.any(x, axis=axis, keepdims=keepdims)

    def all(self, x: Any, axis: Any = None, keepdims: bool = False) -> Any:
        return self.xp.all(x, axis=axis, keepdims=keepdims)

    def argmax(self, x: Any, axis: Any = None, keepdims: bool = False) -> Any:
        return self.xp.argmax(x, axis=axis, keepdims=keepdims)

    def argmin(self, x: Any, axis: Any = None, keepdims: bool = False) -> Any:
        return self.xp.argmin(x, axis=axis, keepdims=keepdims)

    def logsumexp(self, x: Any, axis: Any = None, keepdims: bool = False) -> Any:
        xp = self.xp
        m = xp.max(x, axis=axis, keepdims=True)
        m = xp.where(xp.isfinite(m), m, xp.zeros_like(m))
        y = xp.log(xp.sum(xp.exp(x - m), axis=axis, keepdims=True)) + m
        return y if keepdims else xp.reshape(y, _without(tuple(x.shape), axis))

    def shares(self, x: Any, axis: int = -1) -> Any:
        xp = self.xp
        m = xp.max(x, axis=axis, keepdims=True)
        e = xp.exp(x - xp.where(xp.isfinite(m), m, xp.zeros_like(m)))
        return e / xp.sum(e, axis=axis, keepdims=True)

    def log_shares(self, x: Any, axis: int = -1) -> Any:
        xp = self.xp
        m = xp.max(x, axis=axis, keepdims=True)
        x = x - xp.where(xp.isfinite(m), m, xp.zeros_like(m))
        return x - xp.log(xp.sum(xp.exp(x), axis=axis, keepdims=True))

    def cumsum(self, x: Any, axis: Any = None) -> Any:
        return self.xp.cumulative_sum(self.xp.reshape(x, (-1,)) if axis is None else x, axis=axis or 0)

    # ---- shapes --------------------------------------------------------------------------------------------------

    def reshape(self, x: Any, shape: Any, order: str = "C") -> Any:
        shape = tuple(shape) if isinstance(shape, (tuple, list)) else (shape,)
        if order == "F":
            turned = self.xp.reshape(self.transpose(x), shape[::-1])
            return self.transpose(turned)
        return self.xp.reshape(x, shape)

    def transpose(self, x: Any, axes: Any = None) -> Any:
        order = tuple(range(x.ndim))[::-1] if axes is None else tuple(a % x.ndim for a in axes)
        return self.xp.permute_dims(x, order)

    def swapaxes(self, x: Any, axis1: int, axis2: int) -> Any:
        order = list(range(x.ndim))
        order[axis1], order[axis2] = order[axis2], order[axis1]
        return self.xp.permute_dims(x, tuple(order))

    def moveaxis(self, x: Any, source: Any, destination: Any) -> Any:
        return self.xp.moveaxis(x, source, destination)

    def expand_dims(self, x: Any, axis: Any) -> Any:
        return self.xp.reshape(x, np.expand_dims(np.empty(tuple(x.shape), bool), axis).shape)

    def squeeze(self, x: Any, axis: Any = None) -> Any:
        return self.xp.reshape(x, np.squeeze(np.empty(tuple(x.shape), bool), axis).shape)

    def broadcast_to(self, x: Any, shape: Any) -> Any:
        return self.xp.broadcast_to(x, tuple(shape) if isinstance(shape, (tuple, list)) else (shape,))

    def flip(self, x: Any, axis: Any = None) -> Any:
        return self.xp.flip(x, axis=axis)

    def concatenate(self, *xs: Any, axis: Any = 0) -> Any:
        if axis is None:
            xs, axis = tuple(self.xp.reshape(x, (-1,)) for x in xs), 0
        return self.xp.concat(list(xs), axis=axis)

    def stack(self, *xs: Any, axis: int = 0) -> Any:
        return self.xp.stack(list(xs), axis=axis)

    def pad(self, x: Any, pad_width: Any, mode: str = "constant", constant_values: Any = 0.0) -> Any:
        if mode != "constant" or np.ndim(constant_values):
            source = np.pad(np.arange(math.prod(x.shape)).reshape(tuple(x.shape)), pad_width, mode)  # type: ignore[call-overload]
            return self.gathered(x, source)
        for axis, (before, after) in enumerate(pad_width):
            edges = [(*x.shape[:axis], n, *x.shape[axis + 1 :]) for n in (before, after)]
            first, last = (self.xp.full(edge, float(constant_values), dtype=x.dtype) for edge in edges)
            x = self.xp.concat([first, x, last], axis=axis) if before or after else x
        return x

    # ---- places --------------------------------------------------------------------------------------------------

    def gathered(self, x: Any, places: Any) -> Any:
        """The elements of x at flat places, in the shape of these."""
        flat = self.xp.take(self.xp.reshape(x, (-1,)), self.index(np.ravel(places)), axis=0)
        return self.xp.reshape(flat, np.shape(places))

    def index(self, places: Any) -> Any:
        """Integers as an index of the namespace."""
        return self.asarray(np.ascontiguousarray(places, np.int64)) if isinstance(places, np.ndarray) else places

    def added(self, g: Any, places: Any, size: int) -> Any:
        """A flat array of `size` zeros, with the elements of g added at flat places: for each what comes to it."""
        xp, table = self.xp, sources(np.ravel(places), size)
        flat = xp.concat([xp.reshape(g, (-1,)), xp.zeros((1,), dtype=g.dtype)])
        return xp.sum(xp.reshape(xp.take(flat, self.index(np.ravel(table)), axis=0), table.shape), axis=1)

    def flat_place(self, index: Any, shape: Sequence[int]) -> Any:
        """The flat places of an index with computed integers: one for each axis, broadcast."""
        parts = index if isinstance(index, tuple) else (index,)
        if len(parts) != len(shape) or any(isinstance(i, (slice, type(None), type(...))) for i in parts):
            parts = whole(parts, shape)
        total: Any = 0
        for k, i in enumerate(parts):
            i = i if traced(i) else self.index(np.asarray(i))
            i = self.xp.where(i < 0, i + shape[k], i) if traced(i) else i
            total = total + i * math.prod(shape[k + 1 :])
        return total

    def getitem(self, x: Any, index: Any) -> Any:
        parts = index if isinstance(index, tuple) else (index,)
        shape = tuple(x.shape)
        if any(map(traced, parts)):
            places = self.flat_place(index, shape)
            flat = self.xp.take(self.xp.reshape(x, (-1,)), self.xp.reshape(places, (-1,)), axis=0)
            return self.xp.reshape(flat, tuple(places.shape))
        if any(isinstance(i, (np.ndarray, list, tuple, np.bool_, bool)) for i in parts):
            return self.gathered(x, np.arange(math.prod(shape)).reshape(shape)[index])
        parts = tuple(int(i) if isinstance(i, np.integer) else i for i in parts)
        if ... not in parts and sum(i is not None for i in parts) < len(shape):
            parts = (*parts, ...)
        return x[parts]

    def scatter_add(self, g: Any, index: Any, shape: Any) -> Any:
        parts, shape = index if isinstance(index, tuple) else (index,), tuple(shape)
        if not any(map(traced, parts)):
            places = np.arange(math.prod(shape)).reshape(shape)[index]
            return self.xp.reshape(self.added(g, places, math.prod(shape)), shape)
        return self.hits(g, self.flat_place(index, shape), shape)

    def hits(self, g: Any, places: Any, shape: tuple[int, ...]) -> Any:
        """Zeros, with g added at computed places: each place is compared with all."""
        xp, every = self.xp, self.index(np.arange(math.prod(shape)))
        hit = xp.reshape(places, (-1, 1)) == xp.reshape(every, (1, -1))
        zero = xp.zeros((1, 1), dtype=g.dtype)
        return xp.reshape(xp.sum(xp.where(hit, xp.reshape(g, (-1, 1)), zero), axis=0), shape)

    def take(self, x: Any, indices: Any, axis: Any = None) -> Any:
        if axis is None:
            x, axis = self.xp.reshape(x, (-1,)), 0
        i = indices if traced(indices) else np.asarray(indices)
        lead, tail, middle = tuple(x.shape[: axis % x.ndim]), tuple(x.shape[axis % x.ndim + 1 :]), tuple(i.shape)
        flat = self.xp.take(x, self.xp.reshape(self.index(i), (-1,)), axis=axis)
        return self.xp.reshape(flat, (*lead, *middle, *tail))

    def take_along_axis(self, x: Any, indices: Any, axis: int = -1) -> Any:
        axis, shape = axis % x.ndim, tuple(x.shape)
        grid = np.ogrid[tuple(slice(n) for n in shape)]
        return self.getitem(x, (*grid[:axis], indices, *grid[axis + 1 :]))

    def windows(self, x: Any, size: Any, stride: Any = 1, dilation: Any = 1) -> Any:
        return self.gathered(x, window_places(tuple(x.shape), size, stride, dilation))

    def overlap_add(self, w: Any, *, shape: Any, stride: Any = 1, dilation: Any = 1) -> Any:
        size = tuple(w.shape[len(shape) :])
        places = window_places(tuple(shape), size, stride, dilation)
        return self.xp.reshape(self.added(w, places, math.prod(shape)), tuple(shape))


COMPOSED = {name for name in dir(Rows) if not name.startswith("_")} - set(
    "lift alike wide pair moved fraction gathered index added flat_place hits".split()
)


def missing(row: Any, params: Any) -> str:
    """What a row does not take of `params`, or an empty text."""
    try:
        known = signature(row).parameters.values()
    except ValueError:  # a function written in C
        return ""
    open_ended = any(p.kind is p.VAR_KEYWORD for p in known)
    return "" if open_ended else ", ".join(f"{name}=" for name in params if name not in {p.name for p in known})


def traced(i: Any) -> bool:
    """Whether an index is an array of the namespace, which may be known only when it is computed."""
    return not isinstance(i, (int, slice, type(None), type(...), np.ndarray, np.generic, list, tuple))


def whole(parts: Sequence[Any], shape: Sequence[int]) -> tuple[Any, ...]:
    """An index with one integer array for each axis, which broadcast: slices and what is left out are spelled out.

    The computed arrays stand next to each other, so that their axes take the place of theirs.
    """
    if ... in [p for p in parts if p is ...]:
        k = next(k for k, p in enumerate(parts) if p is ...)
        parts = (*parts[:k], *[slice(None)] * (len(shape) - len(parts) + 1), *parts[k + 1 :])
    parts = (*parts, *[slice(None)] * (len(shape) - len(parts)))
    arrays = [k for k, p in enumerate(parts) if not isinstance(p, slice)]
    depth = max(len(parts[k].shape) if traced(parts[k]) else np.ndim(parts[k]) for k in arrays)
    before, after = arrays[0], len(parts) - arrays[-1] - 1
    found = []
    for k, p in enumerate(parts):
        if isinstance(p, slice):
            axis = k if k < arrays[0] else k - (arrays[-1] - arrays[0] + 1) + depth
            line = np.arange(shape[k])[p]
            found.append(line.reshape([-1 if j == axis else 1 for j in range(before + depth + after)]))
        elif traced(p):
            found.append(p[(..., *[None] * after)] if after else p)
        else:
            found.append(np.asarray(p)[(..., *[None] * after)])
    return tuple(found)


def sources(places: Any, size: int) -> Any:
    """For every target the numbers of what goes there, in a row, filled up with the number after the last."""
    order = np.argsort(places, kind="stable")
    target = places[order]
    rank = np.arange(target.size) - np.searchsorted(target, target)
    table = np.full((size, int(rank.max(initial=-1)) + 1), places.size)
    table[target, rank] = order
    return table


def window_places(shape: tuple[int, ...], size: Any, stride: Any, dilation: Any) -> Any:
    """The flat place of each element of the windows of an array of a shape."""
    return numpy_windows(np.arange(math.prod(shape)).reshape(shape), size, stride, dilation)


def _without(shape: tuple[int, ...], axis: Any) -> tuple[int, ...]:
    return tuple(np.sum(np.empty(shape, np.bool_), axis=axis).shape)
