"""What each operation of a program becomes in a page: one row an operation, by its short name.

A row takes what it writes to (`Code`) and the call, and gives the number of the instruction with the value. What moves
elements needs no row of its own kind: the operation itself, given the numbers of places, says where each came from.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping, Sequence
from types import MappingProxyType
from typing import Any

import numpy as np

from ..programs import operations
from .instructions import Argument, Call, Code, Unknown, grouped, places, read, stretched, summed
from .products import PRODUCTS

__all__ = ["BINARY", "COMPUTED", "FOLDS", "LINES", "ONE", "ROWS", "UNARY", "Unknown"]

Row = Callable[[Code, Call], int]

UNARY = (
    "negative positive reciprocal square sqrt cbrt exp exp2 expm1 log log2 log10 log1p log_of_base sin cos tan arcsin "
    "arccos arctan sinh cosh tanh arcsinh arccosh arctanh logistic erf absolute fabs sign floor ceil trunc rint "
    "deg2rad radians rad2deg degrees isfinite isnan isinf logical_not invert truth sinc nan_to_num round single"
)
BINARY = (
    "add subtract deviation multiply divide power float_power maximum minimum fmax fmin logaddexp logaddexp2 hypot "
    "direction arctan2 copysign heaviside "
    "remainder fmod floor_divide greater less greater_equal less_equal equal not_equal "
    "logical_and logical_or logical_xor bitwise_and bitwise_or bitwise_xor"
)
FOLDS = "sum mean level max min prod var std mean_square norm logsumexp any all argmax argmin count_nonzero"
LINES = "shares log_shares centered cumsum cumprod argsort"
MOVES = (
    "getitem take take_along_axis transpose swapaxes moveaxis flip roll rot90 repeat tile broadcast_to diagonal windows"
)
SAME = "reshape expand_dims squeeze identity"
JOINS = "concatenate stack"
COMPUTED = object()  # in the place of the part of an index that is computed
EDGES = "tril triu diagflat"  # zeros come in
ALIKE = "zeros_like ones_like empty_like"  # of an array the shape alone
ONE = frozenset(" ".join((UNARY, FOLDS, LINES, MOVES, SAME, EDGES, ALIKE, "pad trace around")).split())  # of one array


def unary(code: Code, call: Call) -> int:
    """Of each element."""
    return code.put("u", call.op, call.args[0].number)


def binary(code: Code, call: Call) -> int:
    """Of each pair of elements."""
    (a, s), (b, t) = call.args
    return code.put("b", call.op, a, b, *(stretched(x, call.shape) for x in (s, t)), math.prod(call.shape))


def where(code: Code, call: Call) -> int:
    """By a condition."""
    return _three(code, "w", call.args, call.shape)


def clip(code: Code, call: Call) -> int:
    """Within bounds, of which one may be missing."""
    known = dict(zip(("low", "high"), call.args[1:], strict=False))
    low, high = (known.get(word) or code.constant(bound) for word, bound in (("low", -math.inf), ("high", math.inf)))
    return _three(code, "c", [call.args[0], low, high], call.shape)


def _three(code: Code, kind: str, args: list[Argument], shape: tuple[int, ...]) -> int:
    return code.put(kind, *(a for a, _ in args), *(stretched(s, shape) for _, s in args), math.prod(shape))


def same(code: Code, call: Call) -> int:
    """The elements as they are, in another shape."""
    return code.put("t", call.args[0].number, 0)


def moved(code: Code, call: Call) -> int:
    """Elements elsewhere, or several times."""
    ((a, shape),) = call.args
    return read(code, a, call.function(places(shape), **call.params), math.prod(shape))


def joined(code: Code, call: Call) -> int:
    """Several arrays as one."""
    ends = np.cumsum([0, *(math.prod(s) for _, s in call.args)])
    parts = [places(s) + start for (_, s), start in zip(call.args, ends, strict=False)]
    whole = code.put("j", [a for a, _ in call.args])
    return read(code, whole, call.function(*parts, **call.params), int(ends[-1]))


def edged(code: Code, call: Call) -> int:
    """Elements elsewhere, among zeros."""
    ((a, shape),) = call.args
    at = np.asarray(call.function(places(shape) + 1, **call.params)).ravel() - 1
    return _filled(code, a, shape, at, 0.0)


def padded(code: Code, call: Call) -> int:
    """With constants around, or with elements once more."""
    ((a, shape),) = call.args
    params = dict(call.params)
    values = np.asarray(params.pop("constant_values", 0.0))
    if params.get("mode", "constant") != "constant":
        return moved(code, call)
    marks = -1 - np.arange(values.size).reshape(values.shape)  # each constant has its own
    at = np.pad(places(shape), params["pad_width"], constant_values=marks)
    return _filled(code, a, shape, at.ravel(), values)


def _filled(code: Code, a: int, shape: Sequence[int], at: Any, values: Any) -> int:
    """The elements of `a` at places; −1, −2 and so on are the places of other values."""
    whole = code.put("j", [a, code.constant(np.ravel(values)).number])
    return code.put("t", whole, np.where(at < 0, math.prod(shape) - 1 - at, at).tolist())


def alike(code: Code, call: Call) -> int:
    """A constant in the shape of an array."""
    value = 0.0 if call.op == "zeros_like" else 1.0
    return code.constant(np.full(call.shape, value)).number


def full(code: Code, call: Call) -> int:
    """A value in the shape of an array."""
    (a, s) = call.args[1]
    return read(code, a, np.broadcast_to(places(s), call.shape), math.prod(s))


def changed(code: Code, call: Call) -> int:
    """`x.at[index].set(v)`, or something else than `set`, at a place as often as it is named."""
    (a, shape), (b, given) = call.args
    if call.params["how"] == "set":
        return joined(code, call)
    to, size = places(shape)[call.params["index"]], math.prod(shape)
    needed = given[max(0, len(given) - to.ndim) :]
    at = np.broadcast_to(places(needed), to.shape) + size
    both = code.put("t", code.put("j", [a, b]), [*range(size), *at.ravel().tolist()])
    op = {"add": "sum", "multiply": "prod", "maximum": "max", "minimum": "min"}[call.params["how"]]
    return code.put("f", op, both, [*range(size), *to.ravel().tolist()], size, 0)


def fold(code: Code, call: Call) -> int:
    """A number for each group of elements along some axes."""
    ((a, shape),) = call.args
    params = {key: v for key, v in call.params.items() if key not in ("keepdims", "dtype")}
    axis = params.pop("axis", params.pop("axes", None))
    lost = params.pop("ddof", 0) or params.pop("correction", 0)
    _no_more(call.op, params)
    return code.put("f", call.op, a, *grouped(shape, axis), lost)


def line(code: Code, call: Call) -> int:
    """As many elements as there were, each by those along its axis."""
    ((a, shape),) = call.args
    params = {key: v for key, v in call.params.items() if key not in ("kind", "stable", "dtype")}
    axis = params.pop("axis", None if "cum" in call.op or call.op == "centered" else -1)
    _no_more(call.op, params)
    return code.put("l", call.op, a, grouped(shape, axis)[0])


def _no_more(op: str, params: Mapping[str, Any]) -> None:
    """Refuse a parameter that changes what is computed."""
    usual = {"where": True, "initial": None, "correction": 0, "dtype": None, "order": None}
    for name, v in params.items():
        if name not in usual or v is not usual[name]:
            raise Unknown(f"{op} with {name}={v!r}")


def added(code: Code, call: Call) -> int:
    """Elements added up where they belong, in zeros: what reads them says where."""
    params = dict(call.params)
    shape = tuple(params.pop("shape"))
    if call.op == "scatter_add":
        target = places(shape)[params["index"]]
    else:
        target = operations()["az.windows"](places(shape), call.args[0].shape[len(shape) :], **params)
    return code.put("f", "sum", call.args[0].number, target.ravel().tolist(), math.prod(shape), 0)


def chosen(code: Code, call: Call) -> int:
    """Elements along an axis at computed places: `np.take_along_axis(x, np.argmax(x, ...), ...)`."""
    (a, shape), (index, there) = call.args
    axis = call.params.get("axis", -1) % len(shape)
    starts = np.take_along_axis(places(shape), np.zeros(there, int), axis)
    return code.put("d", a, index, starts.ravel().tolist(), math.prod(shape[axis + 1 :]), shape[axis])


def picked(code: Code, call: Call) -> int:
    """`x[i]` and `np.take(x, i, axis)`, where the integers i are computed; there may be others beside them."""
    (a, shape), (index, there) = call.args
    shape = (math.prod(shape),) if call.params["flat"] else shape
    rest = call.params["index"]
    if any(isinstance(part, np.ndarray) and part.dtype == bool for part in rest):
        raise Unknown("an index that is computed beside a mask")
    named = [part for part in rest if part is not None and part is not ...]
    every = [slice(None)] * (len(shape) - len(named))
    k = rest.index(...) if any(part is ... for part in rest) else len(rest)
    rest = (*rest[:k], *every, *rest[k + 1 :])
    here = next(k for k, part in enumerate(rest) if part is COMPUTED)
    axis, count = sum(part is not None for part in rest[:here]), math.prod(there)

    def reading(array: Any, which: Any) -> Any:
        return np.asarray(array[(*rest[:here], which, *rest[here + 1 :])])

    starts = reading(places(shape), np.zeros(there, int))
    order = np.arange(count).reshape(count, *(1,) * (len(shape) - axis - 1))
    which = reading(np.broadcast_to(order, (*shape[:axis], count, *shape[axis + 1 :])), places(there))
    index = read(code, index, which, count)
    return code.put("d", a, index, starts.ravel().tolist(), math.prod(shape[axis + 1 :]), shape[axis])


def trace(code: Code, call: Call) -> int:
    """The sums of diagonals."""
    ((a, shape),) = call.args
    at = np.diagonal(places(shape), **{key: v for key, v in call.params.items() if key != "dtype"})
    return summed(code, read(code, a, at, math.prod(shape)), math.prod(at.shape[:-1]), at.shape[-1])


def cast(code: Code, call: Call) -> int:
    """Another type of numbers, all of which are real numbers here; what comes back to float32 is rounded too."""
    kind, a = np.dtype(call.params["dtype"]).kind, call.args[0].number
    if kind not in "fiub":
        raise Unknown(f"a cast to {call.params['dtype']}")
    op = {"f": "single" if code.rows[a][:2] == ["u", "single"] else None, "b": "truth"}.get(kind, "trunc")
    return same(code, call) if op is None else code.put("u", op, a)


def rounded(code: Code, call: Call) -> int:
    """To whole numbers, or to decimals: of so many times as much."""
    ((a, shape),), decimals = call.args, int(call.params.get("decimals", 0))
    if not decimals:
        return code.put("u", "round", a)
    times, size = code.constant(10.0 ** abs(decimals)).number, math.prod(shape)
    there, back = ("multiply", "divide") if decimals > 0 else ("divide", "multiply")
    whole = code.put("u", "round", code.put("b", there, a, times, 0, 1, size))
    return code.put("b", back, whole, times, 0, 1, size)


ROWS: Mapping[str, Row] = MappingProxyType(
    {
        **dict.fromkeys(UNARY.split(), unary),
        **dict.fromkeys(BINARY.split(), binary),
        **dict.fromkeys(FOLDS.split(), fold),
        **dict.fromkeys(LINES.split(), line),
        **dict.fromkeys(MOVES.split(), moved),
        **dict.fromkeys(SAME.split(), same),
        **dict.fromkeys(JOINS.split(), joined),
        **dict.fromkeys(EDGES.split(), edged),
        **dict.fromkeys(ALIKE.split(), alike),
        **dict.fromkeys(("scatter_add", "overlap_add"), added),
        **dict.fromkeys(("round", "around"), rounded),
        **PRODUCTS,
        "where": where,
        "clip": clip,
        "chosen": chosen,
        "picked": picked,
        "pad": padded,
        "full_like": full,
        "put": changed,
        "trace": trace,
        "cast": cast,
    }
)
