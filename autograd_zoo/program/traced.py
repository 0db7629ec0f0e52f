"""Plain values that know how they were computed: while a program is recorded, masks and indices are part of it too.

`x > 0`, `np.argmax(x)` and `x.data` of a Tensor are plain values, through which no gradient flows. Recorded as they are
they would be constants, right at the recorded inputs alone. So a recording reads them as `Value`s: each holds the array
and the call that made it. What would leave the program silently, `bool(v)`, `v.item()`, `np.asarray(v)`, raises.
"""

from __future__ import annotations

import inspect
import math
import sys
from collections.abc import Callable, Iterator
from typing import Any, NoReturn

import numpy as np
from numpy.lib.mixins import NDArrayOperatorsMixin

from ..engine.at import getitem
from ..engine.methods import Methods
from ..engine.mode import MODE
from ..engine.rules import label
from ..engine.tensor import Tensor, cast, next_order
from ..engine.values import TRACE, Traced, constant

# What NumPy says of an array without looking at its elements: the same at all inputs of its shape.
STATIC = {np.shape, np.ndim, np.size, np.result_type, np.can_cast, np.min_scalar_type, np.common_type}
STATIC |= {np.isrealobj, np.iscomplexobj, np.may_share_memory, np.shares_memory}
# Functions whose result has a shape that depends on the elements.
SHAPELESS = {np.nonzero, np.flatnonzero, np.argwhere, np.unique, np.extract, np.compress, np.trim_zeros}
SHAPELESS |= {np.array_repr, np.array_str, np.array2string}


ACTING = frozenset(  # what reads or writes files, writes into arrays, or calls what it is given
    "save savez savez_compressed savetxt load loadtxt genfromtxt fromfile fromregex fromfunction frompyfunc "
    "apply_along_axis apply_over_axes piecewise vectorize copyto put put_along_axis place putmask fill_diagonal".split()
)
SEVERAL = np.dtype(object)  # what a program says of a call with several results, of which its parts are taken


OURS = f"{__package__.partition('.')[0]}."


class RecordError(TypeError):
    """A function cannot be recorded as a program: it would be right at the recorded inputs alone."""


class Value(Traced, Methods, NDArrayOperatorsMixin):
    """A plain array of any dtype, and the call `op(*args, **params)` that made it; without one it is an input.

    Attributes
    ----------
    value : ndarray or NumPy scalar
    op : callable or None
    args, params : the call, with Tensors and Values as they were
    name : what an input is called
    scope : the module call in which it was made
    """

    __slots__ = ("args", "name", "op", "order", "params", "scope", "value")

    def __init__(
        self, value: Any, op: Callable[..., Any] | None = None, args: Any = (), params: Any = None, name: str = ""
    ) -> None:
        self.value, self.op, self.args, self.params, self.name = value, op, tuple(args), params or {}, name
        self.order, self.scope = next_order(), MODE.get().scope

    shape = property(lambda self: getattr(self.value, "shape", ()), doc="Lengths of the axes.")
    dtype = property(lambda self: getattr(self.value, "dtype", SEVERAL), doc="Type of the elements.")
    ndim = property(lambda self: len(self.shape), doc="Number of axes.")
    size = property(lambda self: math.prod(self.shape), doc="Number of elements.")
    T = property(lambda self: np.transpose(self), doc="The transpose.")

    # ---- what is recorded ---------------------------------------------------------------------------------------

    def __array_ufunc__(self, ufunc: np.ufunc, method: str, *inputs: Any, **kwargs: Any) -> Any:
        if any(isinstance(x, Tensor) for x in inputs):
            return NotImplemented
        if method != "__call__":
            frozen(f"np.{label(ufunc)}.{method}, which no program holds")
        if kwargs:
            frozen(f"np.{label(ufunc)} with {', '.join(kwargs)}=, which no program holds")
        return made(ufunc, inputs, {})

    def __array_function__(self, function: Callable[..., Any], types: Any, args: Any, kwargs: Any) -> Any:
        if any(issubclass(t, Tensor) for t in types):
            return NotImplemented
        if hasattr(function, "__wrapped__") and getattr(function, "__module__", "").startswith(OURS):
            return inspect.unwrap(function)(
                *args, **kwargs
            )  # a closed form asked who computes it: NumPy's functions do
        if function in STATIC:
            return function(*bare(args), **bare(kwargs))
        if function in SHAPELESS or (function is np.where and len(args) + len(kwargs) == 1):
            frozen(f"np.{label(function)}(v), whose shape depends on the values")
        if function.__name__ in ACTING:
            frozen(f"np.{label(function)}, which does more than to compute")
        return made(function, args, kwargs)

    def __getitem__(self, index: Any) -> Any:
        return made(getitem, (self,), {"index": indexed(index)})

    def astype(self, dtype: Any, copy: bool = True) -> Any:
        """The values in another dtype."""
        return self if self.dtype == np.dtype(dtype) else made(cast, (self,), {"dtype": np.dtype(dtype)})

    def any(self, axis: Any = None, keepdims: bool = False) -> Any:
        """Whether any element is true, along `axis`."""
        return np.any(self, axis=axis, keepdims=keepdims)

    def all(self, axis: Any = None, keepdims: bool = False) -> Any:
        """Whether all elements are true, along `axis`."""
        return np.all(self, axis=axis, keepdims=keepdims)

    def argmax(self, axis: Any = None) -> Any:
        """Index of the maximum."""
        return np.argmax(self, axis=axis)

    def argmin(self, axis: Any = None) -> Any:
        """Index of the minimum."""
        return np.argmin(self, axis=axis)

    def argsort(self, axis: Any = -1) -> Any:
        """Indices that sort along `axis`."""
        return np.argsort(self, axis=axis)

    def copy(self) -> Any:
        """The same value."""
        return self

    # ---- what is not ---------------------------------------------------------------------------------------------

    def __len__(self) -> int:
        return len(self.value)

    def __iter__(self) -> Iterator[Any]:
        return (self[i] for i in range(len(self)))

    def __bool__(self) -> NoReturn:
        frozen("`if`, `while`, `and`, `not`, max() or bool() of it: which branch is taken depends on the values")

    def __hash__(self) -> int:
        caller = sys._getframe(1).f_globals.get("__name__", "")
        if not caller.startswith(OURS):
            frozen("hashing it, as a key or in a set: which values are equal depends on them")
        return object.__hash__(self)

    def __int__(self) -> NoReturn:
        frozen("int(v), or v as a length")

    __index__ = __int__

    def __float__(self) -> NoReturn:
        frozen("float(v)")

    __complex__ = __float__

    def __array__(self, dtype: Any = None, copy: Any = None) -> NoReturn:
        frozen(
            "making a plain array of it (np.asarray(v), np.array([v, w]), out[i] = v; for a[v] write az.Tensor(a)[v])"
        )

    def __setitem__(self, index: Any, value: Any) -> NoReturn:
        frozen("writing into it, v[i] = w, for nothing here changes")

    def __format__(self, spec: str) -> str:
        return frozen("formatting it as a text") if spec else repr(self)

    def __round__(self, digits: int = 0) -> Any:
        return np.round(self, digits)

    def item(self) -> NoReturn:
        """Refused: a number would be a constant of the program."""
        frozen(".item()")

    def tolist(self) -> NoReturn:
        """Refused: numbers would be constants of the program."""
        frozen(".tolist()")

    def __repr__(self) -> str:
        made_by = label(self.op) if self.op is not None else f"given as {self.name!r}" if self.name else "an input"
        return f"<traced {self.dtype}[{','.join(map(str, self.shape))}], {made_by}>"

    # ---- what the engine asks ------------------------------------------------------------------------------------

    def as_index(self) -> Value:
        """The value as an index into a Tensor: integers, for a mask would give a shape that depends on the values."""
        if self.dtype.kind == "b" and self.ndim:
            frozen("a mask as an index, x[x > 0]: how many elements there are depends on the values; take np.where")
        return self

    def guard(self) -> bool:
        """Its truth now, where it is read only to check; the program checks it again at every replay."""
        truth = bool(self.value)
        TRACE.get().guards.append((self, truth))
        return truth


def frozen(what: str) -> NoReturn:
    """Raise for a value that would become a constant of the program."""
    raise RecordError(
        f"while a program is recorded a value that depends on its inputs would become a constant by {what}; "
        "compute with it instead (np.where for branches, .astype, np.take), make it an output, or let it be an input: "
        "az.given(array, name)"
    )


def indexed(index: Any) -> Any:
    """An index into a traced value."""
    for part in index if isinstance(index, tuple) else (index,):
        if isinstance(part, Value):
            part.as_index()
    return index


def made(op: Callable[..., Any], args: Any, params: Any) -> Any:
    """The result of a call, which knows it; a tuple of results is a tuple of their parts."""
    y = op(*bare(args), **bare(params))
    if isinstance(y, (tuple, list)):
        if not all(isinstance(part, (np.ndarray, np.generic)) for part in y):
            frozen(f"np.{label(op)}, whose results are not all arrays")
        whole = Value(y, op, captured(args), captured(params))
        parts = (Value(np.asarray(part)[()], part_of, (whole,), {"index": i}) for i, part in enumerate(y))
        return type(y)(*parts) if hasattr(y, "_fields") else tuple(parts)
    return Value(locked(y), op, captured(args), captured(params))


def part_of(results: Any, *, index: int) -> Any:
    """One of the results of a function that gives several."""
    return results[index]


def locked(y: Any) -> Any:
    """A result that nobody can change."""
    y = np.asarray(y)
    if y.base is not None:
        y = y.copy()
    y.flags.writeable = False
    return y if y.ndim else y[()]


def captured(x: Any) -> Any:
    """Arguments as nobody else can change them."""
    if isinstance(x, dict):
        return {key: captured(v) for key, v in x.items()}
    if isinstance(x, (tuple, list)):
        return tuple(map(captured, x))
    return constant(x) if isinstance(x, np.ndarray) else x


def bare(x: Any) -> Any:
    """The arrays behind Tensors and Values, in nested arguments too."""
    if isinstance(x, Value):
        return x.value
    if isinstance(x, Tensor):
        return x._array
    if isinstance(x, dict):
        return {key: bare(v) for key, v in x.items()}
    return type(x)(map(bare, x)) if type(x) in (list, tuple) else x


def identity(x: Any) -> Any:
    """The plain value of a Tensor: what `x.data` is."""
    return x
