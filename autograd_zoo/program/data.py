"""A program: a recorded function as data. Instructions name their operation and refer to values by number."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

import numpy as np

from ..engine.tape import shortened
from ..engine.text import elided

SHOWN = 60  # instructions that are printed; the middle of a longer program is elided


class ProgramError(ValueError):
    """A file holds no program that can be read here, or a program cannot be written; the message says why."""


@dataclass(frozen=True)
class Ref:
    """The value of a number, computed or given before."""

    number: int


@dataclass(frozen=True)
class Input:
    """What a program takes: a leaf, by which it can be differentiated, or a plain array that is given."""

    number: int
    name: str
    value: Any  # as it was recorded
    kept: bool = False  # a parameter, or what a module keeps: it is none of the examples

    @property
    def shape(self) -> tuple[int, ...]:
        """Lengths of the axes."""
        return np.shape(self.value)

    @property
    def dtype(self) -> np.dtype[Any]:
        """Type of the elements."""
        return np.asarray(self.value).dtype


@dataclass(frozen=True)
class Instruction:
    """One operation: `number = op(*args, **params)`; args and params hold numbers, arrays and Refs."""

    number: int
    op: str
    args: tuple[Any, ...]
    params: Mapping[str, Any]
    shape: tuple[int, ...]
    dtype: str
    name: str = ""
    scope: str = ""
    line: str = ""


@dataclass(frozen=True)
class Call:
    """A function of a module that its instructions spell out, as one operation: another engine may have its own."""

    number: int  # of the result
    op: str
    args: tuple[Any, ...]
    params: Mapping[str, Any]


@dataclass(frozen=True)
class Frame:
    """A call of a module, or a label, that instructions stand in: what it is, and the path of the one around it."""

    kind: str
    around: str = ""


@dataclass(frozen=True)
class Guard:
    """A condition that the library read only to check it: it must be as it was."""

    number: int
    truth: bool


@dataclass(frozen=True)
class Recorded:
    """What was recorded of a function: `Program` is this with what can be done with it.

    Attributes
    ----------
    leaves, given : tuples of Input
    instructions : tuple of Instruction, each after what it needs
    outputs : dict from a name to its number, in the order of the results
    """

    leaves: tuple[Input, ...]
    given: tuple[Input, ...]
    instructions: tuple[Instruction, ...]
    outputs: Mapping[str, int]
    guards: tuple[Guard, ...] = ()
    calls: tuple[Call, ...] = ()
    frames: Mapping[str, Frame] = field(default_factory=dict)  # by the paths that instructions have as their scope
    functions: Mapping[str, Callable[..., Any]] = field(default_factory=dict, repr=False, compare=False)
    again: Callable[[int, bool], Any] | None = field(default=None, repr=False, compare=False)

    def __len__(self) -> int:
        return len(self.instructions)

    def names(self) -> dict[int, str]:
        """What each value is called: its own name, or its number `%7`; no two are the same."""
        found: dict[int, str] = {}
        values: list[Input | Instruction] = [*self.leaves, *self.given, *self.instructions]
        for x in values:
            taken = not x.name or x.name in found.values()
            found[x.number] = f"{x.name}%{x.number}" if taken else x.name
        return found

    def lines(self) -> Iterator[str]:
        """The printed lines: what is given, the instructions, the results."""
        names = self.names()

        def text(v: Any) -> str:
            if isinstance(v, Ref):
                return names[v.number]
            if isinstance(v, (tuple, list)):
                return f"({', '.join(map(text, v))}{',' if len(v) == 1 else ''})"
            return shortened(v)

        for x in self.leaves:
            yield f"{names[x.number]}: {x.dtype}[{','.join(map(str, x.shape))}]"
        for x in self.given:
            yield f"{names[x.number]}: {x.dtype}[{','.join(map(str, x.shape))}], given"
        for i in self.instructions:
            words = [*map(text, i.args), *(f"{key}={text(v)}" for key, v in i.params.items())]
            scope = f"    {elided(i.scope, 80)}" if i.scope else ""
            head = f"{names[i.number]}: {i.dtype}[{','.join(map(str, i.shape))}]"
            yield f"{head} = {i.op}({', '.join(words)}){scope}"
        yield "return " + ", ".join(
            name if names[n] == name else f"{name}={names[n]}" for name, n in self.outputs.items()
        )

    def __str__(self) -> str:
        lines = list(self.lines())
        half = SHOWN // 2
        if len(lines) > SHOWN:
            lines = [*lines[:half], f"... {len(lines) - SHOWN:,} lines more ...", *lines[-half:]]
        return "\n".join(lines)

    def __repr__(self) -> str:
        return (
            f"<Program of {len(self):,} instructions: {len(self.leaves)} leaves, {len(self.given)} given, "
            f"{len(self.outputs)} results>"
        )

    def chain(self, scope: str) -> list[str]:
        """The paths of the frames from the outermost one down to that of a path."""
        found: list[str] = []
        while scope and scope not in found:
            found.append(scope)
            scope = self.frames[scope].around if scope in self.frames else ""
        return found[::-1]

    def operations(self) -> list[str]:
        """The names of the operations, each once."""
        return sorted({i.op for i in self.instructions})


def refs(v: Any) -> Iterable[int]:
    """The numbers that an argument refers to."""
    if isinstance(v, Ref):
        yield v.number
    elif isinstance(v, (tuple, list)):
        for x in v:
            yield from refs(x)
    elif isinstance(v, dict):
        for x in v.values():
            yield from refs(x)
    elif isinstance(v, slice):
        for x in (v.start, v.stop, v.step):
            yield from refs(x)
