"""What values without a name are called in a live drawing: by how they were computed, `w2·x2`, as short as can be."""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Mapping, Sequence
from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np

from .. import operations
from ..programs import is_ref
from ..style import SUPERSCRIPT
from ..summaries import brief, operation

if TYPE_CHECKING:
    from autograd_zoo import Program, Tensor

LONGEST = 22  # characters of such a name
LOW = str.maketrans("0123456789", "₀₁₂₃₄₅₆₇₈₉")
INFIX = {"add": (" + ", 1), "subtract": (" − ", 1), "multiply": ("·", 2), "divide": ("/", 2), "matmul": ("@", 2)}
INFIX |= {"deviation": INFIX["subtract"], "power": ("^", 3)}
COMPARED = {"greater": ">", "less": "<", "greater_equal": "≥", "less_equal": "≤", "equal": "=", "not_equal": "≠"}
COMPARED |= {"bitwise_and": "and", "logical_and": "and", "bitwise_or": "or", "logical_or": "or"}
AROUND = {"negative": ("−(·)", 1), "square": ("(·)²", 3), "reciprocal": ("1/(·)", 2), "absolute": ("|·|", 4)}
AROUND |= {"fabs": AROUND["absolute"], **dict.fromkeys(("transpose", "swapaxes"), ("(·)ᵀ", 4))}
THROUGH = ("reshape", "expand_dims", "squeeze", "cast")  # shown as what they are of


def spelled(nodes: Sequence[Tensor], names: Sequence[str], changing: Collection[tuple[int, int]] = ()) -> list[str]:
    """The names of nodes, oldest first: those that they have, or what they were computed from; no two are the same.

    Numbers are said, but for arguments that are `changing` with the inputs: the node, and which one of its.
    """
    rank = {id(t): k for k, t in enumerate(nodes)}
    texts: list[str] = []
    levels: list[int] = []  # how tightly a name holds together: a sum 1, a product 2, a power 3, else 4
    taken: Counter[str] = Counter(name for k, name in enumerate(names) if name != f"%{k}")
    for k, (t, name) in enumerate(zip(nodes, names, strict=True)):
        base = name.removesuffix(f"%{k}")
        if base == name:
            text, level = name, 4
        else:
            given = [
                ("…" if (k, i) in changing else _constant(s), 4)
                if x is None
                else (texts[rank[id(x)]], levels[rank[id(x)]])
                for i, (x, s) in enumerate(zip(t.inputs, t.saved, strict=True))
            ]
            text, level = (base, 4) if base else _written(t, given)
            taken[text] += 1
            if taken[text] > 1:
                text, level = f"({text}){str(taken[text]).translate(LOW)}", 4
        texts.append(text)
        levels.append(level)
    return texts


def computed(program: Program, n: int, names: Mapping[int, str]) -> str:
    """How value `n` of a program, which is no node of the tape, depends on those that have names: `x > 0`."""
    made = {i.number: i for i in program.instructions}

    def text(v: Any, depth: int) -> str:
        if not is_ref(v):
            return _constant(v)
        if v.number in names or v.number not in made or not depth:
            return names.get(v.number, "…")
        i = made[v.number]
        op = i.op.rpartition(".")[2]
        if op == "where" and len(i.args) == 3:  # the library's own, for what is nan
            branch = next((x for x in i.args[1:] if is_ref(x) and x.number in names), None)
            if branch is not None:
                return text(branch, depth)
        inside = [text(x, depth - 1) for x in i.args]
        if op in AROUND and len(inside) == 1:
            return _around(AROUND[op][0], (inside[0], 4 if i.args[0].number in names else 0))
        return f" {COMPARED[op]} ".join(inside) if op in COMPARED else f"{op}({', '.join(inside)})"

    found = text(Ref(n), 3)
    return found if len(found) <= LONGEST else f"{made[n].op.rpartition('.')[2]}(…)"


class Ref(NamedTuple):
    """The value of a number, as programs refer to one."""

    number: int


def _written(t: Tensor, given: list[tuple[str, int]]) -> tuple[str, int]:
    """An operation of what its arguments are called; with less of them if that is long."""
    op = operations.idiom(operation(t.op), t.inputs, t.saved) or operation(t.op)
    if op in THROUGH:
        return given[0]
    if op == "power" and t.inputs[1] is None and given[1][0].isdecimal():
        return _around("(·)" + given[1][0].translate(SUPERSCRIPT), given[0]), 3
    if op in INFIX and len(given) == 2:
        sign, level = INFIX[op]
        left, right = (_held(a, level + (i and sign in (" − ", "/", "^"))) for i, a in enumerate(given))
        tries = [f"{left}{sign}{right}", f"…{sign}{right}", f"{left}{sign}…", f"…{sign}…"]
        return next(text for text in tries if len(text) <= LONGEST or text == tries[-1]), level
    if op in AROUND:
        symbol, level = AROUND[op]
        return _around(symbol, given[0], 2 if op == "negative" else 4), level
    if op == "getitem":
        index = brief((t.params or {}).get("index", "…")).strip("()")
        return f"{_held(given[0], 4)}[{index if len(index) < 9 else '…'}]", 4
    symbol = operations.symbol(op)
    name = symbol if len(symbol) > 1 and symbol.isalpha() else {"sum": "Σ", "logistic": "σ", "sqrt": "√"}.get(op, op)
    inside = ", ".join(text for text, _ in given) or "…"
    return f"{name}({inside if len(name) + len(inside) + 2 <= LONGEST else '…'})", 4


def _around(symbol: str, argument: tuple[str, int], level: int = 4) -> str:
    """A symbol around its operand, which is left out if it is long."""
    text, own = argument if len(argument[0]) < LONGEST else ("…", 0)
    return f"|{text}|" if symbol == "|·|" else symbol.replace("(·)", _held((text, own), level))


def _held(argument: tuple[str, int], level: int) -> str:
    """An argument, in brackets where it would fall apart."""
    text, own = argument
    return text if own >= level else f"({text})"


def _constant(value: Any) -> str:
    """A constant in a name."""
    from ..captions import plain

    array = np.asarray(value)
    return plain(float(array.item())) if array.size == 1 and array.dtype.kind in "fiub" else "…"
