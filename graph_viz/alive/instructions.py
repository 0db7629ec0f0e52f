"""What the rows write: instructions, with the places that elements have."""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping, Sequence
from typing import Any, NamedTuple

import numpy as np


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


def grouped(shape: Sequence[int], axis: Any) -> tuple[Any, int]:
    """In which group each element is that is reduced over `axis`, and how many there are."""
    axes = range(len(shape)) if axis is None else [k % len(shape) for k in np.ravel(axis).tolist()]
    kept = [1 if k in axes else n for k, n in enumerate(shape)]
    count = math.prod(kept)
    return (0 if count == 1 else np.broadcast_to(places(kept), shape).ravel().tolist()), count


def summed(code: Code, a: int, count: int, each: int) -> int:
    """The sums of `count` groups of elements of `a` that follow each other, `each` in number."""
    return (
        a
        if each == 1
        else code.put("f", "sum", a, 0 if count == 1 else np.repeat(range(count), each).tolist(), count, 0)
    )


def taken(row: Sequence[Any]) -> list[int]:
    """The instructions whose values an instruction takes."""
    kind = row[0]
    if kind == "j":
        return list(row[1])
    start, end = {"t": (1, 2), "u": (2, 3), "b": (2, 4), "w": (1, 4), "c": (1, 4), "f": (2, 3), "l": (2, 3)}.get(
        kind, (1, 3) if kind in "md" else (0, 0)
    )
    return list(row[start:end])
