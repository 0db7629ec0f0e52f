"""Rows for any namespace of the array API standard: what each recorded operation is there.

Most have the same name there, or another one (`ALIKE`). The others are composed of the standard's functions, here, in
`places` and in `further`; or as `defportable` says.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from functools import partial
from inspect import signature
from typing import Any

import numpy as np

from ..closed_form import special
from ..primitives.portable import PORTABLE, Composition
from .expressed import EXPRESSED
from .further import MOVED, Further
from .lacking import ANYWHERE
from .places import Places

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


class Rows(Places, Further):
    """The rows of a namespace `xp`, by the names of operations; `asarray` makes its array of one of NumPy."""

    def __init__(self, xp: Any, asarray: Callable[[Any], Any]) -> None:
        self.xp, self.asarray = xp, asarray

    def lift(self, a: Any) -> Any:
        """NumPy's array or number as one of the namespace."""
        return self.asarray(np.ascontiguousarray(a).reshape(np.shape(a)))

    def __call__(self, name: str) -> Row | None:
        """The row of an operation, None if there is none."""
        if name in ALIKE:
            f = getattr(self.xp, ALIKE[name], None)
            return f and partial(self.single, f, name)
        if name in MOVED:
            return partial(self.moved, MOVED[name])
        if name in PAIRS:
            f = getattr(self.xp, PAIRS[name], None)
            return f and partial(self.pair, f, name=name)
        if name == "np.einsum":  # of plain values
            row = self("az.einsum")
            return row and (lambda subscripts, *xs, **params: row(*xs, subscripts=subscripts, **params))
        short = name.rpartition(".")[2]
        if short in COMPOSED or short in vars(type(self)):
            return getattr(self, short, None)
        if name in EXPRESSED:
            return partial(EXPRESSED[name], self)
        form = formed(name)
        return form and partial(form, self.xp)

    def alike(self, a: Any, b: Any) -> tuple[Any, Any]:
        """Two arguments as arrays, a Python number in the dtype of the other one."""
        a, b = (self.asarray(np.asarray(x)) if isinstance(x, (list, tuple)) else x for x in (a, b))
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

    def single(self, f: Callable[[Any], Any], name: str, x: Any) -> Any:
        """f(x), where `name` is NumPy's."""
        return f(*self.fractional(name, x))

    def pair(self, f: Callable[[Any, Any], Any], a: Any, b: Any, name: str = "") -> Any:
        """f(a, b), where `name` is NumPy's if that may make floats of integers."""
        xp = self.xp
        a, b = self.promoted(*self.alike(a, b))
        if xp.isdtype(a.dtype, "bool") and f in (xp.add, xp.multiply, xp.maximum, xp.minimum):
            return xp.logical_or(a, b) if f in (xp.add, xp.maximum) else xp.logical_and(a, b)
        return f(*(self.fractional(name, a, b) if name else (a, b)))

    def fractional(self, name: str, *xs: Any) -> tuple[Any, ...]:
        """Arrays of integers as those floats of which NumPy's function makes its result; engines have others."""
        if self.xp.isdtype(xs[0].dtype, "real floating") or self.is_complex(xs[0]):
            return xs
        dtypes = (np.dtype(str(x.dtype).rpartition(".")[2]) for x in xs)
        made = getattr(np, name.removeprefix("np.")).resolve_dtypes((*dtypes, None))[-1]
        return tuple(self.xp.astype(x, getattr(self.xp, str(made))) for x in xs) if made.kind == "f" else xs

    def counted(self, x: Any) -> Any:
        """An array of truths as one of numbers."""
        return self.xp.astype(x, self.xp.int64) if self.xp.isdtype(x.dtype, "bool") else x

    def promoted(self, a: Any, b: Any) -> tuple[Any, Any]:
        """Two arrays in one dtype, as NumPy promotes, which the standard does not do for all pairs."""
        if a.dtype == b.dtype:
            return a, b
        dtype = getattr(self.xp, str(np.result_type(*(str(x.dtype).rpartition(".")[2] for x in (a, b)))))
        return self.xp.astype(a, dtype), self.xp.astype(b, dtype)

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

    def conj(self, x: Any) -> Any:
        """The conjugate, of a complex array."""
        return self.xp.conj(x) if self.is_complex(x) else x

    def is_complex(self, x: Any) -> bool:
        """Whether an array holds complex numbers."""
        return "complex" in str(x.dtype)

    def to_complex(self, x: Any) -> Any:
        """An array as one of complex numbers of as many digits."""
        if self.is_complex(x):
            return x
        return self.xp.astype(x, self.xp.complex64 if "32" in str(x.dtype) else self.xp.complex128)

    # ---- the same values -----------------------------------------------------------------------------------------

    def identity(self, x: Any) -> Any:
        return x

    def part_of(self, results: Any, *, index: int) -> Any:
        return results[index]

    def cast(self, x: Any, *, dtype: Any) -> Any:
        if self.is_complex(x) and np.dtype(dtype).kind != "c":
            x = self.xp.real(x)
        return self.xp.astype(x, getattr(self.xp, str(np.dtype(dtype))))

    def where(self, c: Any, a: Any, b: Any) -> Any:
        a, b = self.promoted(*self.alike(a, b))
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
        return self.xp.sum(self.counted(x), axis=axis, keepdims=keepdims)

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
        return self.xp.argmax(self.counted(x), axis=axis, keepdims=keepdims)

    def argmin(self, x: Any, axis: Any = None, keepdims: bool = False) -> Any:
        return self.xp.argmin(self.counted(x), axis=axis, keepdims=keepdims)

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
        x = self.counted(x)
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


PARTS = (  # of rows, which are no rows themselves
    "lift alike wide single pair fractional counted promoted moved fraction conj is_complex to_complex "
    "gathered index added flat_place places hits"
).split()
COMPOSED = {name for name in dir(Rows) if not name.startswith("_")} - set(PARTS)


def formed(name: str) -> Composition | None:
    """The portable form of an operation, as which it is computed where it has neither a row nor a reason."""
    form = None if name in ANYWHERE else PORTABLE.get(name.removeprefix("np.").removeprefix("az."))
    return form if callable(form) else None


def missing(row: Any, params: Any) -> str:
    """What a row does not take of `params`, or an empty text."""
    try:
        known = signature(row).parameters.values()
    except ValueError:  # a function written in C
        return ""
    open_ended = any(p.kind is p.VAR_KEYWORD for p in known)
    return "" if open_ended else ", ".join(f"{name}=" for name in params if name not in {p.name for p in known})


def _without(shape: tuple[int, ...], axis: Any) -> tuple[int, ...]:
    return tuple(np.sum(np.empty(shape, np.bool_), axis=axis).shape)
