"""Values from outside: what may enter the tape, copied so that nobody else can change it."""

from __future__ import annotations

import sys
from collections.abc import Callable, Mapping
from contextvars import ContextVar
from typing import TYPE_CHECKING, Any, NamedTuple, TypeGuard, TypeVar

import numpy as np

from .text import printable

if TYPE_CHECKING:
    from .tensor import Array, Tensor

T = TypeVar("T")
ALONE = 1 << 13  # elements that BLAS sums on its caller's thread: one that it wakes keeps a core busy for a while
MASKED = "a Tensor has no mask: pass array.filled(value), and multiply by the mask where it matters"
HINTS = {"O": "; for several Tensors use np.stack", "c": "; t.astype(complex) begins a computation with such"}
NUMBERS = frozenset({float, int, np.float64, np.float32, np.float16, np.int64, np.bool_, bool})


class Admitted(np.ndarray[Any, Any]):
    """A constant of complex numbers that goes together with a complex Tensor."""


class OnTape:
    """What a Tensor is, for the files that `tensor.py` stands on."""

    __slots__ = ()


class Kept(NamedTuple):
    """What an operation of the package returns that hands on to its rules what it knows besides its result."""

    y: Any
    kept: Any


class Saved(tuple[Any, ...]):
    """The raw arguments of a node, with what its operation kept."""

    kept: Any


TRACE: ContextVar[Any] = ContextVar("autograd_zoo.trace", default=None)  # what plain values of Tensors are read through


class Traced:
    """A plain value that was computed from Tensors while a program is recorded, and knows how: see `program.traced`."""

    __slots__ = ()


def some(mask: Any) -> bool:
    """Whether any of `mask` holds. Of a traced one it must be assumed: at other inputs some may."""
    return True if isinstance(mask, Traced) else bool(mask.any())


def truth(x: Any) -> bool:
    """bool(x), read only to check something: a program that is recorded checks it again at every replay."""
    return x.guard() if hasattr(x, "guard") else bool(x)


def given(array: Any, name: str) -> Any:
    """`array`; a program that is recorded takes it as an input."""
    return TRACE.get().given(array, name) if TRACE.get() else array


def array(x: Any) -> Any:
    """`np.asarray(x)`, unless x is traced."""
    return x if isinstance(x, Traced) else np.asarray(x)


def is_tensor(x: object) -> TypeGuard[Tensor]:
    """Whether x is a node of the tape."""
    return isinstance(x, OnTape)


def unmasked(x: T) -> T:
    """`x`, unless it is a masked array, or a list of such."""
    if type(x) is np.ndarray:
        return x
    if isinstance(x, getattr(sys.modules.get("numpy.ma"), "MaskedArray", ())):  # whoever has one has imported it
        raise TypeError(MASKED)
    if isinstance(x, (list, tuple)) and not NUMBERS.issuperset(map(type, x)):
        for element in x:
            unmasked(element)
    return x


def stored(state: Any) -> dict[str, Any]:
    """What `load_state_dict` was given: values by name, none of them masked."""
    got = type(state).__name__
    if isinstance(state, Mapping):
        got = next((f"the name {name!r}" for name in state if not isinstance(name, str)), "")
    if got:
        raise TypeError(
            f"a state is a dict from names to values, as state_dict() and az.io.load(path) give it; got {got}; "
            "nothing was loaded"
        )
    return {name: _named(unmasked, name, value) for name, value in state.items()}


def named_array(name: str, value: object) -> Array:
    """`value` as an array; an error names it."""
    return _named(lambda x: np.asarray(unmasked(x)), name, value)


def _named(convert: Callable[[object], T], name: str, value: object) -> T:
    try:
        return convert(value)
    except (TypeError, ValueError) as error:
        error.args = (f"{printable(name)}: {error}",)
        raise


def constant(x: object) -> Any:
    """An argument that is no Tensor, as nobody else can change it."""
    if x is None or type(x) in NUMBERS or isinstance(x, Traced):
        return x
    array = np.array(unmasked(x))
    if array.dtype.kind not in "fiub" and type(x) is not Admitted:
        raise TypeError(
            f"Tensors are real: a constant must be a real number or array, got {array.dtype} "
            f"from {type(x).__name__}" + (HINTS.get(array.dtype.kind, ""))
        )
    return array


def floats(data: object) -> Any:
    """A copy of `data` as an array of floats (a NumPy scalar if it has no axes), or an error with the remedy."""
    if is_tensor(data):
        raise TypeError("this is a Tensor already; use t.detach() for a new leaf with its values, or t itself")
    array = np.array(unmasked(data))
    if array.dtype.kind in "iub":
        spelling = repr(float(data)) if isinstance(data, int) else "np.asarray(x, float)"
        raise TypeError(
            f"gradients need floats, got {array.dtype}: write Tensor({spelling}); "
            "integers belong in indices and constants"
        )
    if array.dtype.kind != "f":
        raise TypeError(
            f"a Tensor holds real floats (float16, float32, float64), got {array.dtype}: convert first, "
            "with np.asarray(x, float), or z.real and z.imag for complex numbers"
        )
    if not array.dtype.isnative:
        array = array.astype(array.dtype.newbyteorder("="))
    return array if array.ndim else array[()]


def frozen(value: object) -> Any:
    """`value` as nobody else can change it: arrays are copied, also in dicts, lists become tuples."""
    if isinstance(value, np.ndarray):
        return np.array(unmasked(value))
    if type(value) is dict:
        return {key: frozen(v) for key, v in value.items()}
    return tuple(frozen(v) for v in value) if isinstance(value, (list, tuple)) else value


def memory(a: Any) -> Any:
    """Who owns the memory of the array `a`: itself, or the array or the like that it is a view of."""
    return a if (base := getattr(a, "base", None)) is None else memory(base)


def whole(a: Any) -> bool:
    """Whether `a` is an array, and no small part of another one, which it would keep."""
    return type(a) is np.ndarray and (type(a.base) is not np.ndarray or a.base.nbytes <= 2 * a.nbytes)


def known_finite(a: Any) -> bool:
    """Whether the kernel that made `a` has looked, and found all elements finite. Nobody has written to it since."""
    lent: Any = getattr(a, "base", None)
    return getattr(lent, "finite", False) and lent.lent_to() is a


def squares(a: Any) -> Any:
    """Σ a², which is not finite where an element is not, or where it overflows."""
    flat = np.ravel(a, "K")
    if flat.size <= ALONE:
        return np.vdot(flat, flat)
    rest = flat[flat.size - flat.size % ALONE :]
    runs = flat[: flat.size - rest.size].reshape(-1, ALONE)
    with np.errstate(over="ignore", invalid="ignore"):  # few calls: a second thread waits for each of them
        total = np.add.reduce(np.vecdot(runs, runs))
        return total + np.vdot(rest, rest) if rest.size else total


def raw(x: Any) -> Any:
    """The arrays in `x`, without their history."""
    if is_tensor(x):
        return TRACE.get().value(x) if TRACE.get() else x._array
    return type(x)(map(raw, x)) if type(x) in (list, tuple) else unmasked(x)


def locked(x: object) -> Any:
    """The same for a function that may be told to write into an argument (`out`): that of a Tensor is read-only."""
    return x.data if is_tensor(x) and TRACE.get() is None else raw(x)


def fixed_index(index: object) -> Any:
    """An index as nobody else can change it; a Tensor is refused."""
    if isinstance(index, tuple):
        return tuple(map(fixed_index, index))
    if is_tensor(index):
        raise TypeError(
            "an index must be integers, slices or a mask, got a Tensor; use t.argmax(), t > 0, or t.data.astype(int)"
        )
    if hasattr(index, "as_index"):
        return index.as_index()
    if isinstance(index, list) and not index:
        return np.array(index, np.intp)
    return np.array(unmasked(index)) if isinstance(index, (list, np.ndarray)) else index
