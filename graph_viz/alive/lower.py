"""A recorded program as flat instructions, which a page can run: every shape and every place is worked out here.

An instruction is a list that begins with its kind; arrays are flat, and values are the numbers of instructions.

====  ===================================================  =====================================
kind  what follows                                         value
====  ===================================================  =====================================
x     name, numbers, 1 if they are float32                 an input
k     numbers                                              a constant
t     a, places                                            a at places (0: as it is)
j     [a, b, ...]                                          one after the other
u     operation, a                                         of each element
b     operation, a, b, places of both, size                of each pair (places 1: the only one)
w     c, a, b, places of the three, size                   a where c holds, else b
c     x, low, high, places of the three, size              x within bounds
f     operation, a, group of each element, groups, number  one for each group (0: one group)
l     operation, a, group of each element                  as many, each by its group
m     a, b, rows, inner, columns, starts of both           products of matrices
d     a, i, starts, stride, length                         a at places i along an axis
====  ===================================================  =====================================
"""

from __future__ import annotations

import inspect
import math
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from ..programs import is_ref, operations, refs, values
from .instructions import Argument, Call, Code, Unknown, numbers, taken
from .rows import COMPUTED, ONE, ROWS

if TYPE_CHECKING:
    from autograd_zoo import Program
    from autograd_zoo.program import Instruction

PRECISIONS = ("float64", "float32")
MOST = 50_000  # numbers in all instructions: a page with more would be slow, and large


@dataclass(frozen=True)
class Lowered:
    """A program that a page runs."""

    code: list[list[Any]]
    still: list[int]  # instructions through which no gradient flows
    leaves: list[int]  # the instructions of the inputs
    number: Mapping[int, int]  # of each value of the program, its instruction
    slots: Mapping[tuple[int, int], tuple[int, int]]  # where argument i of an instruction of the program goes in


def lower(program: Program) -> Lowered:
    """The instructions of a program.

    Raises
    ------
    Unknown
        if the page could not follow it: the message says which operation, and where it was recorded
    """
    code, known = Code(), values(program)
    functions, shapes = operations(), {x.number: tuple(x.shape) for x in (*program.leaves, *program.given)}
    fixed: dict[int, Any] = {x.number: x.value for x in program.given}
    number: dict[int, int] = {}
    for x in program.leaves:
        if x.dtype not in PRECISIONS:
            raise Unknown(f"the input {x.name} holds {x.dtype}, where a page has float64 and float32")
        number[x.number] = code.put("x", x.name, numbers(x.value), *([1] if x.dtype == "float32" else []))
    leaves, still, slots = list(number.values()), set[int](), dict[tuple[int, int], tuple[int, int]]()
    recorded = any(i.line for i in program.instructions)
    flows = {x.number for x in program.leaves}

    def argument(v: Any) -> Argument:
        if is_ref(v) and v.number not in fixed:
            return Argument(number[v.number], shapes[v.number])
        return code.constant(fixed[v.number] if is_ref(v) else v)

    for i in program.instructions:
        shapes[i.number] = tuple(i.shape)
        used = {r.number for v in (*i.args, *i.params.values()) for r in refs(v)}
        if used <= fixed.keys() and i.number in known:
            fixed[i.number] = known[i.number]
            continue
        made = len(code.rows)
        try:
            call = _call(i, fixed, argument, functions, shapes[i.number])
            made = len(code.rows)
            number[i.number] = ROWS[call.op](code, call)
            if i.dtype == "float32":
                number[i.number] = code.put("u", "single", number[i.number])
        except Unknown as error:
            place = f" ({i.line.rpartition('/')[2]})" if i.line else ""
            raise Unknown(f"{error}{place}") from None
        if (i.line or not recorded) and np.dtype(i.dtype).kind == "f" and used & flows:
            flows.add(i.number)
            slots |= {(i.number, k): slot for k, slot in _slots(code.rows, made, [a for a, _ in call.args]).items()}
        else:
            still.update(range(made, len(code.rows)))
    size = sum(sum(len(x) if isinstance(x, list) else 1 for x in row) for row in code.rows)
    if size > MOST:
        raise Unknown(f"its arrays are too large for a page that computes: {size:,} numbers, of at most {MOST:,}")
    return Lowered(code.rows, sorted(still), leaves, number, slots)


def _slots(rows: list[list[Any]], made: int, args: list[int]) -> dict[int, tuple[int, int]]:
    """Where each argument goes into the instructions from number `made` on: in which, and as its how manyth."""
    uses = [(n, slot, a) for n in range(made, len(rows)) for slot, a in enumerate(taken(rows[n]))]
    found: dict[int, tuple[int, int]] = {}
    for k, a in enumerate(args):
        free = [(n, slot) for n, slot, used in uses if used == a and (n, slot) not in found.values()]
        found |= {k: free[0]} if free else {}
    return found


def _call(
    i: Instruction,
    fixed: Mapping[int, Any],
    argument: Callable[[Any], Argument],
    functions: Mapping[str, Any],
    shape: tuple[int, ...],
) -> Call:
    """An instruction of a program as a call of what has a row, with the values that are known."""
    op = i.op.rpartition(".")[2]
    params = {key: _known(v, fixed) for key, v in i.params.items()}
    args = list(i.args)
    computed = [key for key, v in params.items() if any(refs(v))]
    if op == "take_along_axis" and computed == ["indices"]:
        op, computed = "chosen", []
        args.append(params.pop("indices"))
    elif (index := _picked(op, params)) is not None:
        op, computed = "picked", []
        args.append(next(v for v in index if is_ref(v)))
        flat = i.op.endswith("take") and "axis" not in params
        params = {"index": tuple(COMPUTED if is_ref(v) else v for v in index), "flat": flat}
    if computed:
        raise Unknown(f"the {computed[0]} of {op} depends on the inputs: which element is meant is computed")
    if op not in ROWS or i.op not in functions:
        raise Unknown(f"{i.op} is an operation that a page cannot compute")
    _real(op, np.dtype(i.dtype))
    if op in ONE and len(args) > 1:
        params |= _named(functions[i.op], [_known(v, fixed) for v in args[1:]], op)
        del args[1:]
    if op == "clip":
        args[1:] = [bound if v is None else v for v, bound in zip(args[1:], (-math.inf, math.inf), strict=False)]
    return Call(op, [argument(v) for v in args], params, shape, functions[i.op])


def _picked(op: str, params: Mapping[str, Any]) -> tuple[Any, ...] | None:
    """The index of what is read where one part, and only one, is computed; a list of integers is an array."""
    if op == "take":  # along an axis, or of all elements in a row
        axis, every = params.get("axis", 0), slice(None)
        index = (
            (*(every,) * axis, params["indices"]) if axis >= 0 else (..., params["indices"], *(every,) * (-1 - axis))
        )
    else:
        index = params["index"] if op == "getitem" else ()
        index = index if isinstance(index, tuple) else (index,)
    there = [v for v in index if any(refs(v))]
    return index if len(there) == 1 and is_ref(there[0]) else None


def _real(op: str, dtype: np.dtype[Any]) -> None:
    """Refuse what is computed otherwise than of real numbers: sums of truths, bits of integers, what wraps around."""
    if dtype.kind == "b" and op in ("add", "matmul"):
        raise Unknown(f"{op} of truths, which is no sum")
    if (dtype.kind != "b" and op in ("invert", "bitwise_and", "bitwise_or", "bitwise_xor")) or dtype.kind == "u":
        raise Unknown(f"{op} of {dtype}, where a page has real numbers")
    if dtype.kind == "f" and dtype not in PRECISIONS:
        raise Unknown(f"{op} in {dtype}, where a page has float64 and float32")


def _named(function: Callable[..., Any], rest: list[Any], op: str) -> dict[str, Any]:
    """What stands behind the array in a call, by the names that the function has for it."""
    if any(any(refs(v)) for v in rest):
        raise Unknown(f"an argument of {op} depends on the inputs")
    try:
        names = list(inspect.signature(function).parameters)[1:]
    except ValueError:
        names = []
    if len(names) < len(rest):
        raise Unknown(f"{op} with arguments that have no names")
    return dict(zip(names, rest, strict=False))


def _known(v: Any, fixed: Mapping[int, Any]) -> Any:
    """A parameter with the values that it refers to, where they do not depend on the inputs."""
    if is_ref(v):
        return fixed.get(v.number, v)
    if isinstance(v, slice):
        return slice(*(_known(x, fixed) for x in (v.start, v.stop, v.step)))
    return tuple(_known(x, fixed) for x in v) if isinstance(v, tuple) else v
