"""Programs in files: instructions as JSON and the arrays beside them, in one archive of `az.io`; nothing is run."""

from __future__ import annotations

import json
import math
import os
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from typing import Any

import numpy as np

from .. import io
from .data import Call, Frame, Guard, Input, Instruction, ProgramError, Recorded, Ref
from .names import VERSION

FORMAT = "autograd_zoo.program"
TEXT = "program"  # the array that holds the JSON


def save(program: Recorded, path: str | os.PathLike[str]) -> None:
    """Write `program` to `path`, an .npz; `Program.load` gives it back bit by bit, without the modules that made it.

    Raises
    ------
    ProgramError
        if an instruction holds something else than numbers, arrays, texts and slices, such as a function
    OSError
        if `path` cannot be written
    """
    arrays: dict[str, Any] = {}

    def put(a: Any) -> str:
        name = f"c{len(arrays)}"
        arrays[name] = np.asarray(a)
        return name

    def encode(v: Any) -> Any:
        if v is None or (isinstance(v, (bool, int, str)) and type(v) in (bool, int, str)):
            return v
        if type(v) is float:
            return v if math.isfinite(v) else {"float": repr(v)}
        if isinstance(v, Ref):
            return {"value": v.number}
        if isinstance(v, np.ndarray):
            return {"array": put(v)}
        if isinstance(v, np.generic):
            return {"scalar": put(v)}
        if isinstance(v, tuple):
            return {"tuple": [encode(x) for x in v]}
        if isinstance(v, slice):
            return {"slice": [encode(x) for x in (v.start, v.stop, v.step)]}
        if v is Ellipsis:
            return {"ellipsis": 0}
        if isinstance(v, (np.dtype, type)) and np.dtype(v).kind in "biufc":
            return {"dtype": np.dtype(v).name}
        raise ProgramError(f"a program holds numbers, arrays, texts and slices, and not {v!r}: it cannot be saved")

    text = {
        "format": FORMAT,
        "version": VERSION,
        "leaves": [[x.number, x.name, put(x.value), x.kept] for x in program.leaves],
        "given": [[x.number, x.name, put(x.value), x.kept] for x in program.given],
        "instructions": [
            [
                *(i.number, i.op, [encode(v) for v in i.args], {key: encode(v) for key, v in i.params.items()}),
                *(list(i.shape), i.dtype, i.name, i.scope, i.line),
            ]
            for i in program.instructions
        ],
        "outputs": [[name, number] for name, number in program.outputs.items()],
        "calls": [
            [c.number, c.op, [encode(v) for v in c.args], {key: encode(v) for key, v in c.params.items()}]
            for c in program.calls
        ],
        "guards": [[g.number, g.truth] for g in program.guards],
        "frames": [[path, frame.kind, frame.around] for path, frame in program.frames.items()],
    }
    with faults(f"this program cannot be written to {path}"):
        io.save(path, {TEXT: np.frombuffer(json.dumps(text, allow_nan=False).encode(), np.uint8), **arrays})


def load(path: str | os.PathLike[str]) -> Recorded:
    """The program that `save` wrote to `path`.

    Raises
    ------
    ProgramError
        if the file is damaged, of a later version, or no program
    OSError
        if it cannot be read
    """
    with faults(f"{path} holds no program"):
        arrays = io.load(path)
        text = json.loads(bytes(arrays[TEXT]))
        if text["format"] != FORMAT:
            raise ProgramError(f"its format is {text['format']!r}")
        if text["version"] != VERSION:
            raise ProgramError(
                f"it is of version {text['version']!r}, and this is version {VERSION}: update the package"
            )
        program = Reader(arrays).program(text)
    return program


@contextmanager
def faults(what: str) -> Iterator[None]:
    """Turn whatever is wrong with a file into a ProgramError."""
    try:
        yield
    except (OSError, MemoryError):
        raise
    except Exception as error:
        raise ProgramError(f"{what}: {error or type(error).__name__}") from error


class Reader:
    """What the JSON means, checked as it is read."""

    def __init__(self, arrays: Mapping[str, Any]) -> None:
        self.arrays = arrays
        self.known: set[int] = set()
        self.kinds: dict[str, Callable[[Any], Any]] = {
            "float": float,
            "value": lambda n: Ref(self.number(n)),
            "array": lambda name: self.array(name),
            "scalar": lambda name: self.array(name)[()],
            "tuple": lambda items: tuple(map(self.decode, items)),
            "slice": lambda items: slice(*map(self.decode, items)),
            "ellipsis": lambda _: ...,
            "dtype": lambda name: np.dtype(self.text(name)),
        }

    def program(self, text: Mapping[str, Any]) -> Recorded:
        """The program of a file's JSON."""
        leaves = tuple(self.input(*row) for row in text["leaves"])
        given = tuple(self.input(*row) for row in text["given"])
        instructions = tuple(self.instruction(*row) for row in text["instructions"])
        outputs = {self.text(name): self.number(n) for name, n in text["outputs"]}
        guards = tuple(Guard(self.number(n), bool(truth)) for n, truth in text["guards"])
        calls = tuple(
            Call(self.number(n), self.text(op), tuple(map(self.decode, args)), self.named(params))
            for n, op, args, params in text["calls"]
        )
        frames = {self.text(path): Frame(*map(self.text, frame)) for path, *frame in text.get("frames", ())}
        return Recorded(leaves, given, instructions, outputs, guards, calls, frames)

    def input(self, number: Any, name: Any, array: Any, kept: Any) -> Input:
        """A leaf, or what is given."""
        return Input(self.new(number), self.text(name), self.array(array), bool(kept))

    def instruction(
        self, number: Any, op: Any, args: Any, params: Any, shape: Any, dtype: Any, name: Any, scope: Any, line: Any
    ) -> Instruction:
        """One instruction; it uses what comes before it."""
        arguments, keywords = tuple(map(self.decode, args)), self.named(params)
        return Instruction(
            number=self.new(number),
            op=self.text(op),
            args=arguments,
            params=keywords,
            shape=tuple(int(n) for n in shape),
            dtype=str(np.dtype(self.text(dtype))),
            name=self.text(name),
            scope=self.text(scope),
            line=self.text(line),
        )

    def decode(self, v: Any) -> Any:
        """An argument."""
        if not isinstance(v, dict):
            if v is None or isinstance(v, (bool, int, float, str)):
                return v
            raise ProgramError(f"{v!r} is no argument")
        ((kind, x),) = v.items()
        return self.kinds[kind](x)

    def named(self, params: Any) -> dict[str, Any]:
        """Arguments by name."""
        return {self.text(key): self.decode(v) for key, v in params.items()}

    def array(self, name: Any) -> Any:
        """An array of the file."""
        return self.arrays[self.text(name)]

    def new(self, number: Any) -> int:
        """The number of a value that was not there before."""
        if type(number) is not int or number in self.known:
            raise ProgramError(f"{number!r} is no new number")
        self.known.add(number)
        return number

    def number(self, number: Any) -> int:
        """The number of a value that is there."""
        if type(number) is not int or number not in self.known:
            raise ProgramError(f"the value {number!r} is used before it is computed")
        return number

    def text(self, x: Any) -> str:
        """A text."""
        if not isinstance(x, str):
            raise ProgramError(f"{x!r} should be a text")
        return x
