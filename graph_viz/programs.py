"""A recorded program as a graph: masks and indices are nodes of it, as all else that depends on its inputs."""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any, TypeGuard

import numpy as np

from .scopes import SWEEP

if TYPE_CHECKING:
    from autograd_zoo import Program
    from autograd_zoo.engine.mode import Scope


@dataclass(eq=False, repr=False)
class Step:
    """A value of a program, with those attributes of a Tensor that are read when it is drawn."""

    order: int
    shape: tuple[int, ...]
    dtype: Any
    data: Any
    name: str | None
    op: Any = None
    inputs: tuple[Any, ...] = ()
    saved: tuple[Any, ...] = ()
    params: Mapping[str, Any] | None = None
    scope: Scope | None = None
    grad: None = None

    @property
    def size(self) -> int:
        """Number of elements."""
        return math.prod(self.shape)


class Parameter(Step):
    """A leaf that a module holds."""


def is_program(y: object) -> TypeGuard[Program]:
    """Whether y is a program, by what it has."""
    return all(hasattr(y, name) for name in ("instructions", "leaves", "given", "outputs"))


def steps(program: Program) -> list[Any]:
    """The results of a program, as nodes of what leads to them; their values are those at the recorded inputs."""
    data, scopes, functions = values(program), calls(program), operations()
    found: dict[int, Step] = {}
    for inputs, held in ((program.leaves, Parameter), (program.given, Step)):
        for x in inputs:
            found[x.number] = (held if x.kept else Step)(x.number, x.shape, x.dtype, x.value, x.name)
    for i in program.instructions:
        params = {key: written(v, found) for key, v in i.params.items()}
        args = [*i.args, *refs(tuple(i.params.values()))]
        args = [x for v in args for x in (list(refs(v)) if isinstance(v, tuple) and any(refs(v)) else [v])]
        nodes = [found[v.number] if is_ref(v) else None for v in args]
        saved = [v if x is None else x.data for v, x in zip(args, nodes, strict=True)]
        found[i.number] = Step(
            i.number,
            i.shape,
            np.dtype(i.dtype),
            data.get(i.number),
            i.name or None,
            functions.get(i.op, i.op.rpartition(".")[2]),
            tuple(nodes) or (None,),
            tuple(saved) or ("",),
            params,
            scopes[i.number],
        )
    if not program.instructions:
        raise ValueError("this program computes nothing: there is nothing to draw")
    return [found[n] for n in dict.fromkeys(program.outputs.values())]


def values(program: Program) -> dict[int, Any]:
    """What each instruction computes of the recorded inputs, by number; nothing if an operation is not known here."""
    numbers = [i.number for i in program.instructions]
    try:
        run = replace(program, outputs={f"%{n}": n for n in numbers}).replay()
        found = run(*(x.value for x in program.leaves))
    except TypeError:  # an operation of a user, of whom this process has no function
        return {}
    return dict(zip(numbers, found, strict=True))


def calls(program: Program) -> dict[int, Scope | None]:
    """The scope in which each instruction stands, by its number; one that is left and entered again is another call.

    What a sweep computes stands in the calls that it goes back through, the last one first.
    """
    from autograd_zoo.engine.mode import Scope

    found: dict[int, Scope | None] = {}
    inside: list[tuple[str, Scope]] = []  # paths and scopes around the instruction before, from the outermost one
    made: dict[tuple[Scope | None, str], list[Scope]] = {}  # the calls in a scope that have a path
    left: dict[tuple[Scope | None, str], int] = {}  # how many of them a sweep has still to go through
    back = False
    for i in program.instructions:
        paths = program.chain(i.scope)
        labels = [path.removeprefix(f"{outer}.") for outer, path in zip(["", *paths], paths, strict=False)]
        depth = next((k for k, label in enumerate(labels) if label.startswith(SWEEP)), 0)
        if back != bool(depth):
            inside, back = [], bool(depth)
        pairs = enumerate(zip(paths, inside, strict=False))
        del inside[next((k for k, (a, (b, _)) in pairs if a != b), len(paths)) :]
        for k in range(len(inside), len(paths)):
            parent = inside[-1][1] if inside else None
            key = parent, paths[k]
            before = made.setdefault(key, [])
            if k < depth and before:
                left[key] = (left.get(key) or len(before)) - 1
                scope = before[left[key]]
            else:
                scope = Scope(labels[k], parent)
                before.append(scope)
            inside.append((paths[k], scope))
        found[i.number] = inside[-1][1] if inside else None
    return found


def operations() -> dict[str, Any]:
    """The engine's operations and NumPy's functions by the names that they have in a program."""
    from autograd_zoo.engine.rules import RULES, label

    spaces = {"np": np, "np.linalg": np.linalg, "np.fft": np.fft}
    found = {f"az.{label(op)}": op for op in RULES if getattr(op, "__module__", "").startswith("autograd_zoo.")}
    return found | {f"{space}.{name}": f for space, module in spaces.items() for name, f in vars(module).items()}


def is_ref(v: object) -> bool:
    """Whether an argument is the number of a value."""
    return type(v).__name__ == "Ref"


def refs(v: object) -> Iterator[Any]:
    """The numbers of values in an argument."""
    if is_ref(v):
        yield v
    elif isinstance(v, tuple):
        for x in v:
            yield from refs(x)
    elif isinstance(v, slice):
        yield from refs((v.start, v.stop, v.step))


def written(v: Any, found: Mapping[int, Step]) -> Any:
    """An argument as it is shown: a value by its name or its number."""
    if is_ref(v):
        return found[v.number].name or f"%{v.number}"
    return tuple(written(x, found) for x in v) if isinstance(v, tuple) else v
