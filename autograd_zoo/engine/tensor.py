"""The Tensor: an array on the tape, and itself its node. Operators and NumPy's functions on it are recorded here."""

from __future__ import annotations

import operator
import sys
from collections.abc import Callable, Iterator
from itertools import count
from typing import TYPE_CHECKING, Any, NoReturn, TypeAlias

import numpy as np

from . import errors, writes
from .assign import swap
from .at import At, getitem, put
from .functions import COMPLEX, CONSTANT, HANDLERS, KINDS, converted, learned
from .methods import Methods
from .mode import current
from .names import Placed
from .outside import Outside
from .rules import RULES, Args, Params, label
from .sweep import backward
from .values import NUMBERS, TRACE, Kept, OnTape, Saved, Traced, constant, fixed_index, floats, locked, raw, unmasked

if TYPE_CHECKING:
    from numpy.typing import ArrayLike, DTypeLike

Array = np.ndarray[Any, np.dtype[Any]]

TensorLike: TypeAlias = "Tensor | ArrayLike"
Cotangent: TypeAlias = "Tensor | Array"

ARRAY_LIKE = (float, int, complex, np.generic, np.ndarray, list, tuple)
NOTHING: Params = {}  # the params of most nodes
_new = object.__new__
next_order = count().__next__


def _operators(ufunc: np.ufunc, op: Callable[[Any, Any], Any]) -> tuple[Callable[..., Any], Callable[..., Any]]:
    """`a ∘ b` and its reflection: Python's operator computes (quick on scalars), the ufunc is recorded."""

    def forward(a: Tensor, b: object) -> Any:
        if isinstance(b, Tensor):
            x, y, other = a._array, b._array, b
        elif type(b) in NUMBERS:
            x, y, other = a._array, b, None
        else:
            return record(ufunc, (a, b)) if isinstance(b, ARRAY_LIKE) else NotImplemented
        try:
            data = op(x, y)
        except Exception as error:
            data = errors.warned(error, ufunc, op, (x, y), NOTHING)
            if data is None:
                raise errors.explain(error, ufunc, (a, b), NOTHING) from error
        mode = current()
        if not mode.recording or mode.observer is not None:
            return node(data, ufunc, (a, other), NOTHING, (x, y))
        t = _new(Tensor)  # node(), written out: the call would cost a third of the whole
        t._array, t.op, t.params = data, ufunc, NOTHING
        t.inputs, t.saved = (a, other), (x, y)
        t.order, t._place, t._grad = next_order(), mode.scope, None
        return t

    def reflected(b: Tensor, a: object) -> Any:
        return record(ufunc, (a, b)) if isinstance(a, ARRAY_LIKE) else NotImplemented

    return forward, reflected


def _comparison(op: Callable[[Any, Any], Any]) -> Callable[..., Any]:
    return lambda a, b: op(raw(a) if TRACE.get() else a._array, raw(b))


class Tensor(Methods, Placed, Outside, OnTape):
    """An array on the tape. A Tensor is differentiated; a plain ndarray or number is a constant.

    Parameters
    ----------
    data : array_like of floats
        copied; Python numbers become float64, float32 stays float32
    name : str, optional
        shown in drawings, tapes and error messages

    Raises
    ------
    TypeError
        for integers, booleans, complex numbers and objects, with the spelling that works

    Notes
    -----
    The Tensor is its own node: `op`, `inputs` (None where an argument is a constant), `params` and `saved` (the raw
    arguments) say how it was made, `order` when, `scope` in which module call. It is never changed: `t[i] = v` raises
    and names `t.at[i].set(v)`. Dropping the last reference to a result frees its tape.

    Examples
    --------
    >>> import autograd_zoo as az
    >>> x = az.Tensor([1.0, 2.0, 3.0])
    >>> (x * x).sum().backward()
    >>> x.grad
    array([2., 4., 6.])
    """

    __slots__ = ("_array", "_grad", "inputs", "op", "order", "params", "saved")
    __hash__ = object.__hash__

    _array: Any  # an ndarray, or a NumPy scalar where the shape is ()
    _grad: Any
    op: Callable[..., Any] | None
    inputs: tuple[Tensor | None, ...]
    params: dict[str, Any]
    saved: tuple[Any, ...]
    order: int

    def __init__(self, data: ArrayLike, name: str | None = None) -> None:
        self._array = floats(TRACE.get().leaf(self, data) if isinstance(data, Traced) else data)
        self.op, self.inputs, self.params, self.saved = None, (), NOTHING, ()
        self.order, self._place, self._grad = next_order(), None, None
        self.name = name

    @staticmethod
    def leaf(data: Any) -> Tensor:
        """A leaf that holds `data` itself, unchecked: for arrays that nobody else can change."""
        return node(data, None, (), NOTHING, ())

    # ---- the value ---------------------------------------------------------------------------------------------

    @property
    def data(self) -> Array:
        """The array, read-only: a live tape may have saved it. A leaf takes another: `p.data = p.data - step`."""
        if self.op is None and writes.reassigned(sys._getframe(1)):
            raise ValueError(writes.DATA_IN_PLACE)
        if TRACE.get() is not None:
            return raw(self)  # type: ignore[no-any-return]
        view = np.asarray(self._array).view()  # of a locked array a view cannot be unlocked, and its shape is its own
        owner: Any = view.base
        view.flags.writeable = owner.flags.writeable = False
        return view

    @data.setter
    def data(self, value: Any) -> None:
        self._array = self._fitting(value)

    def _fitting(self, value: ArrayLike) -> Any:
        """A copy of `value`, if it can take the place of the data."""
        new = floats(value)
        if self.op is not None:
            raise ValueError(errors.RESULT.format(t=self, op=label(self.op)))
        if new.shape != self.shape or new.dtype != self.dtype:
            raise ValueError(errors.NEW_DATA.format(old=errors.typed(self), new=errors.typed(new)))
        return new

    @property
    def grad(self) -> Array | None:
        """The gradient that sweeps have added up here, in this Tensor's shape and dtype; None before the first one."""
        g = self._grad
        if g is None or isinstance(g, np.ndarray):
            return g
        whole = np.asarray(g)  # kept, so that writing into what is handed out counts for () too
        return whole if swap(self, "_grad", g, whole) else self.grad

    @grad.setter
    def grad(self, value: Any) -> None:
        if value is not None:
            value = np.array(unmasked(value))
            if value.shape != self.shape or value.dtype != self.dtype:
                raise ValueError(errors.NEW_GRAD.format(old=errors.typed(self), new=errors.typed(value)))
        self._grad = value

    shape = property(lambda self: self._array.shape, doc="Lengths of the axes.")
    dtype = property(lambda self: self._array.dtype, doc="Type of the elements.")
    ndim = property(lambda self: self._array.ndim, doc="Number of axes.")
    size = property(lambda self: self._array.size, doc="Number of elements.")

    def detach(self) -> Tensor:
        """A new leaf with the same values: gradients stop here."""
        return TRACE.get().detached(self) if TRACE.get() else Tensor.leaf(self._array)

    def named(self, name: str) -> Tensor:
        """Give this node a name for drawings and tapes, and return it: `f = sigmoid(a).named("f_t")`."""
        self.name = name
        return self

    def backward(self, g: TensorLike | None = None, *, retain_graph: bool = True, retain_grads: bool = False) -> None:
        """Add the gradient of this result to `.grad` of every leaf behind it.

        Parameters
        ----------
        g : array, optional
            the cotangent, in this Tensor's shape; 1 if it has a single element
        retain_graph : bool
            False gives the tape back; a second sweep is then refused
        retain_grads : bool
            also fill `.grad` of every intermediate result

        Notes
        -----
        Gradients are added to those of earlier sweeps; `x.grad = None` clears. All or nothing: an error, or
        Ctrl-C, leaves every `.grad` as it was.
        """
        backward(self, g, retain_graph=retain_graph, retain_grads=retain_grads)

    @property
    def at(self) -> At:
        """`t.at[i].set(v)` is t with v at index i, recorded; also `.add .multiply .min .max`."""
        return At(self)

    # ---- operators ---------------------------------------------------------------------------------------------

    __add__, __radd__ = _operators(np.add, operator.add)
    __sub__, __rsub__ = _operators(np.subtract, operator.sub)
    __mul__, __rmul__ = _operators(np.multiply, operator.mul)
    __truediv__, __rtruediv__ = _operators(np.true_divide, operator.truediv)
    __pow__, __rpow__ = _operators(np.power, operator.pow)
    __floordiv__, __rfloordiv__ = _operators(np.floor_divide, operator.floordiv)
    __mod__, __rmod__ = _operators(np.remainder, operator.mod)
    __matmul__, __rmatmul__ = _operators(np.matmul, operator.matmul)

    __lt__ = _comparison(operator.lt)
    __le__ = _comparison(operator.le)
    __gt__ = _comparison(operator.gt)
    __ge__ = _comparison(operator.ge)
    __eq__ = _comparison(operator.eq)
    __ne__ = _comparison(operator.ne)

    def __neg__(self) -> Tensor:
        return node(-self._array, np.negative, (self,), NOTHING, (self._array,))

    def __pos__(self) -> Tensor:
        return record(np.positive, (self,))

    def __abs__(self) -> Tensor:
        return record(np.absolute, (self,))

    def __getitem__(self, index: Any) -> Tensor:
        return record(getitem, (self,), {"index": fixed_index(index)})

    def _put(self, index: Any, v: TensorLike, how: str) -> Tensor:
        return record(put, (self, v), {"index": fixed_index(index), "how": how})

    def __iter__(self) -> Iterator[Tensor]:
        return (self[i] for i in range(len(self)))

    def __setitem__(self, index: object, value: object) -> NoReturn:
        raise TypeError(errors.ASSIGNMENT)

    def astype(self, dtype: DTypeLike) -> Tensor:
        """The values in another floating dtype; the gradient comes back in this one's."""
        return record(cast, (self,), {"dtype": np.dtype(dtype)})

    # ---- NumPy's protocols -------------------------------------------------------------------------------------
    def __array_ufunc__(self, ufunc: np.ufunc, method: str, *inputs: object, **kwargs: object) -> Any:
        try:
            if method != "__call__" or kwargs:
                inputs = converted(ufunc, method, inputs, kwargs)
            if ufunc in RULES:
                return record(ufunc, inputs)
            if ufunc in HANDLERS:
                return HANDLERS[ufunc](*inputs)
            if ufunc in CONSTANT:
                return ufunc(*map(raw, inputs))
            if learned(ufunc):
                return record(ufunc, inputs)
            raise errors.no_rule(ufunc)
        except Exception as error:
            errors.carry(error, ufunc, inputs)
            raise

    def __array_function__(self, function: Callable[..., Any], types: object, args: Args, kwargs: Params) -> Any:
        try:
            if function in HANDLERS:
                return HANDLERS[function](*args, **kwargs)
            if function in RULES:
                return call(function, args, kwargs)
            if function in CONSTANT:
                return function(*map(locked, args), **{k: locked(v) for k, v in kwargs.items()})
            raise errors.no_rule(function)
        except Exception as error:
            errors.carry(error, function, [*args, *kwargs.values()])
            raise

    def __round__(self, ndigits: int | None = None) -> Tensor:
        return record(np.round, (self,), {"decimals": ndigits} if ndigits else NOTHING)


# ---- recording --------------------------------------------------------------------------------------------------


def node(data: Array, op: Callable[..., Any] | None, inputs: Args, params: Params, saved: Args) -> Tensor:
    """The Tensor of a result; its history is kept if the current Mode records."""
    mode = current()
    if not mode.recording and op is not None:
        if (trace := TRACE.get()) is not None:
            return trace.unrecorded(data, op, inputs, params, saved)  # type: ignore[no-any-return]
        op, inputs, params, saved = None, (), NOTHING, ()
    t = _new(Tensor)
    t._array, t.op, t.inputs, t.params, t.saved = data, op, inputs, params, saved
    t.order, t._place, t._grad = next_order(), mode.scope, None
    if mode.observer is not None:
        mode.observer.recorded(t)
    return t


def record(op: Callable[..., Any], arguments: Args, params: Params = NOTHING, by: Any = None) -> Tensor:
    """Compute `op(*arguments, **params)` and put it on the tape. Arrays among the arguments are captured by value.

    `by`, if given, is a quicker function for the same.
    """
    inputs = tuple([x if isinstance(x, Tensor) else None for x in arguments])
    try:
        saved = tuple([x._array if isinstance(x, Tensor) else constant(x) for x in arguments])
    except Exception as error:
        errors.carry(error, op, arguments)
        raise
    trace = TRACE.get() if params or len(arguments) > 1 else None  # alone a traced value is not recorded
    try:
        data = (by or op)(*saved, **params) if trace is None else (by or op)(*trace.bare(saved), **trace.bare(params))
        if type(data) is Kept:
            saved = Saved(saved)
            data, saved.kept = data
        dtype = getattr(data, "dtype", type(data).__name__)
        kind = getattr(dtype, "kind", "")
        if kind != "f" and not (kind in KINDS and op in COMPLEX):
            raise TypeError(f"a recorded operation returns an array or NumPy number of floats, got {dtype}")
    except Exception as error:
        data = errors.warned(error, op, op, saved, params)
        if data is None:
            raise errors.explain(error, op, arguments, params) from error
        kind = data.dtype.kind
    t = node(data if data.ndim else data[()], op, inputs, params, saved)
    if kind != "f":
        t.__class__ = KINDS[kind]
    return t


def call(op: Callable[..., Any], args: Args, kwargs: Params) -> Tensor:
    """Record a call written with the signature of `op`: its leading parameters are inputs, the others are static."""
    return record(op, *RULES[op].bind(args, kwargs))


def cast(x: Array, *, dtype: np.dtype[Any]) -> Array:
    """`x` in another floating dtype."""
    return x.astype(dtype)
