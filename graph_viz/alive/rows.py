"""What each operation of a program becomes in a page: one row an operation, by its short name.

A row takes what it writes to (`Code`) and the call, and gives the number of the instruction with the value. What moves
elements needs no row of its own kind: the operation itself, given the numbers of places, says where each came from.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping, Sequence
from types import MappingProxyType
from typing import Any, NamedTuple

import numpy as np

from ..programs import operations


class Unknown(ValueError):
    """What a page cannot follow, in a sentence."""


class Argument(NamedTuple):
    """A value that an instruction takes."""

    number: int
    shape: tuple[int, ...]


class Call(NamedTuple):
    """An operation with its arguments, as a program has it; `function` computes it."""

    op: str
    args: list[Argument]
    params: Mapping[str, Any]
    shape: tuple[int, ...]
    function: Callable[..., Any]


class Code:
    """Instructions, to which rows append theirs."""

    def __init__(self) -> None:
        self.rows: list[list[Any]] = []
        self.constants: dict[tuple[Any, ...], Argument] = {}

    def put(self, *row: Any) -> int:
        """Append an instruction, and give its number."""
        self.rows.append(list(row))
        return len(self.rows) - 1

    def constant(self, value: object) -> Argument:
        """A constant, stored once."""
        array = np.asarray(value)
        if array.dtype.kind not in "fiub":
            raise Unknown(f"a constant of {array.dtype}, where a page has real numbers")
        key = array.shape, array.astype(float).tobytes()
        if key not in self.constants:
            self.constants[key] = Argument(self.put("k", numbers(array)), array.shape)
        return self.constants[key]


Row = Callable[[Code, Call], int]

UNARY = (
    "negative positive reciprocal square sqrt cbrt exp exp2 expm1 log log2 log10 log1p log_of_base sin cos tan arcsin "
    "arccos arctan sinh cosh tanh arcsinh arccosh arctanh logistic erf absolute fabs sign floor ceil trunc rint "
    "deg2rad radians rad2deg degrees isfinite isnan isinf logical_not invert truth"
)
BINARY = (
    "add subtract deviation multiply divide power float_power maximum minimum logaddexp hypot direction arctan2 "
    "remainder fmod floor_divide greater less greater_equal less_equal equal not_equal "
    "logical_and logical_or logical_xor bitwise_and bitwise_or bitwise_xor"
)
FOLDS = "sum mean level max min prod var std mean_square logsumexp any all argmax argmin count_nonzero"
LINES = "shares log_shares centered cumsum"
MOVES = (
    "getitem take take_along_axis transpose swapaxes moveaxis flip roll rot90 repeat tile broadcast_to diagonal windows"
)
SAME = "reshape expand_dims squeeze identity"
JOINS = "concatenate stack"
EDGES = "tril triu diagflat"  # zeros come in
ONE = frozenset(" ".join((UNARY, FOLDS, LINES, MOVES, SAME, EDGES, "pad round around")).split())  # of one array


def places(shape: Sequence[int]) -> np.ndarray:
    """The numbers of the elements of an array of this shape."""
    return np.arange(math.prod(shape)).reshape(shape)


def numbers(array: object) -> list[Any]:
    """The elements of an array as JSON has them; what is not finite is a text."""
    words = {math.inf: "Infinity", -math.inf: "-Infinity"}
    return [
        int(v)
        if v.is_integer() and abs(v) < 1e6 and math.copysign(1.0, v) > 0
        else v
        if math.isfinite(v)
        else words.get(v, "NaN")
        for v in np.asarray(array, float).ravel().tolist()
    ]


def stretched(shape: Sequence[int], to: Sequence[int]) -> Any:
    """Where each element of a result finds its argument: 0, at the same place; 1, the only element; else a list."""
    if tuple(shape) == tuple(to):
        return 0
    return 1 if math.prod(shape) == 1 else np.broadcast_to(places(shape), to).ravel().tolist()


def read(code: Code, a: int, at: Any, size: int) -> int:
    """The elements of `a`, which has `size`, at places."""
    at = np.asarray(at).ravel()
    return code.put("t", a, 0 if np.array_equal(at, np.arange(size)) else at.tolist())


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
    """Elements elsewhere, among zeros; or among another constant, which padding may have."""
    ((a, shape),) = call.args
    params = dict(call.params)
    value = params.pop("constant_values", 0)
    if np.ndim(value) or params.get("mode", "constant") != "constant":
        raise Unknown(f"np.pad with mode={params.get('mode')!r} and constant_values={value!r}")
    whole = code.put("j", [a, code.constant([value]).number])
    size = math.prod(shape)
    at = np.asarray(call.function(places(shape) + 1, **params)).ravel() - 1
    return code.put("t", whole, np.where(at < 0, size, at).tolist())


def changed(code: Code, call: Call) -> int:
    """`x.at[index].set(v)`."""
    if call.params["how"] != "set":
        raise Unknown(f"x.at[i].{call.params['how']}")
    return joined(code, call)


def grouped(shape: Sequence[int], axis: Any) -> tuple[Any, int]:
    """In which group each element is that is reduced over `axis`, and how many there are."""
    axes = range(len(shape)) if axis is None else [k % len(shape) for k in np.ravel(axis).tolist()]
    kept = [1 if k in axes else n for k, n in enumerate(shape)]
    count = math.prod(kept)
    return (0 if count == 1 else np.broadcast_to(places(kept), shape).ravel().tolist()), count


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
    params = dict(call.params)
    axis = params.pop("axis", -1 if "shares" in call.op else None)
    _no_more(call.op, params)
    return code.put("l", call.op, a, grouped(shape, axis)[0])


def _no_more(op: str, params: Mapping[str, Any]) -> None:
    """Refuse a parameter that changes what is computed."""
    usual = {"where": True, "initial": None, "correction": 0, "dtype": None}
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


def cast(code: Code, call: Call) -> int:
    """Another type of numbers, all of which are real numbers here."""
    kind = np.dtype(call.params["dtype"]).kind
    if kind not in "fiub":
        raise Unknown(f"a cast to {call.params['dtype']}")
    op = {"i": "trunc", "u": "trunc", "b": "truth"}.get(kind)
    return same(code, call) if op is None else code.put("u", op, call.args[0].number)


def rounded(code: Code, call: Call) -> int:
    """To whole numbers."""
    if call.params.get("decimals", 0):
        raise Unknown("rounding to decimals")
    return code.put("u", "rint", call.args[0].number)


def product(code: Code, call: Call) -> int:
    """Products of matrices, as `@` has them."""
    (a, s), (b, t) = call.args
    left, right = (1, *s) if len(s) == 1 else s, (*t, 1) if len(t) == 1 else t
    (rows, inner), columns = left[-2:], right[-1]
    batch = np.broadcast_shapes(left[:-2], right[:-2])
    starts = (
        (np.broadcast_to(places(outer), batch).ravel() * size).tolist()
        for outer, size in ((left[:-2], rows * inner), (right[:-2], inner * columns))
    )
    return code.put("m", a, b, rows, inner, columns, *starts)


ROWS: Mapping[str, Row] = MappingProxyType(
    {
        **dict.fromkeys(UNARY.split(), unary),
        **dict.fromkeys(BINARY.split(), binary),
        **dict.fromkeys(FOLDS.split(), fold),
        **dict.fromkeys(LINES.split(), line),
        **dict.fromkeys(MOVES.split(), moved),
        **dict.fromkeys(SAME.split(), same),
        **dict.fromkeys(JOINS.split(), joined),
        **dict.fromkeys((*EDGES.split(), "pad"), edged),
        **dict.fromkeys(("scatter_add", "overlap_add"), added),
        **dict.fromkeys(("round", "around"), rounded),
        "where": where,
        "clip": clip,
        "chosen": chosen,
        "put": changed,
        "cast": cast,
        "matmul": product,
    }
)
