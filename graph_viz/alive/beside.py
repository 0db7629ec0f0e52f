"""The tape of a function beside its program: which value of the program each node of the tape is.

A program has more than the tape of one run: what the library computes only where something is nan is a branch of it.
Both are in the order in which they were computed, so each node is the first instruction that follows, does the same
operation on the same arguments, and gives the same value.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from ..programs import is_ref, refs, values
from ..summaries import operation
from .rows import Unknown

if TYPE_CHECKING:
    from autograd_zoo import Program, Tensor
    from autograd_zoo.program import Instruction


@dataclass(frozen=True)
class Beside:
    """What the nodes of a tape are in a program."""

    number: list[int]  # of each node
    constants: Mapping[tuple[int, int], int]  # of an argument that is no Tensor, but depends on the inputs
    lines: list[str]  # where each node was recorded


def beside(nodes: Sequence[Tensor], names: Sequence[str], program: Program, given: Sequence[Tensor]) -> Beside:
    """The values of a program that `nodes`, oldest first, of these names, are; `given` are its first leaves.

    Raises
    ------
    Unknown
        if the program does not contain them: the function does something else when it is recorded
    """
    known, matching = values(program), _Matching(program)
    leaves = {x.number: np.asarray(x.value) for x in program.leaves}
    found: list[int] = []
    lines, rank = [], {id(t): k for k, t in enumerate(nodes)}
    constants: dict[tuple[int, int], int] = {}
    following = iter(program.instructions)
    own = {id(t): x.number for t, x in zip(given, program.leaves, strict=False)}
    waiting = list(leaves)[len(given) :]  # what the function takes from elsewhere
    for k, t in enumerate(nodes):
        if id(t) in own:
            found.append(own[id(t)])
            lines.append("")
            continue
        if t.op is None:
            same = [
                n for n in waiting if leaves[n].shape == t.shape and np.array_equal(leaves[n], t.data, equal_nan=True)
            ]
            named = [n for n in same if matching.names[n] == names[k]] or same
            if not named:
                raise Unknown(f"the leaf {t.name or f'of shape {t.shape}'} is made anew in every run")
            waiting.remove(named[0])
            found.append(named[0])
            lines.append("")
            continue
        arguments = [None if x is None else found[rank[id(x)]] for x in t.inputs]
        for i in following:
            if matching.is_same(i, operation(t.op), t, arguments, known.get(i.number)):
                break
        else:
            raise Unknown(f"{operation(t.op)}, which one run does, is missing where the function is recorded")
        found.append(i.number)
        lines.append(i.line)
        constants |= {(k, p): n for p, n in matching.computed(i, arguments)}
    return Beside(found, constants, lines)


class _Matching:
    """What of a program must be known to compare its instructions with nodes."""

    def __init__(self, program: Program) -> None:
        self.names = {x.number: x.name for x in program.leaves}
        self.made = {i.number: i for i in program.instructions}
        self.depends = {x.number for x in program.leaves}
        self.flows = set(self.depends)
        for i in program.instructions:
            if {r.number for v in (*i.args, *i.params.values()) for r in refs(v)} & self.depends:
                self.depends.add(i.number)
                if i.line:
                    self.flows.add(i.number)

    def is_same(self, i: Instruction, op: str, t: Tensor, arguments: Sequence[int | None], value: Any) -> bool:
        """Whether an instruction is what the tape has as `t`."""
        if i.op.rpartition(".")[2] != op or not i.line or tuple(i.shape) != t.shape or len(i.args) != len(arguments):
            return False
        fits = (self.is_argument(v, n) for v, n in zip(i.args, arguments, strict=True))
        return all(fits) and value is not None and np.allclose(value, t.data, 1e-9, 1e-12, equal_nan=True)

    def is_argument(self, v: Any, n: int | None) -> bool:
        """Whether an argument is the value `n` (None: none on the tape), perhaps behind a branch of the library."""
        if n is None:
            return not (is_ref(v) and v.number in self.flows)
        if not is_ref(v):
            return False
        i = self.made.get(v.number)
        return v.number == n or (
            i is not None and i.op == "np.where" and any(self.is_argument(x, n) for x in i.args[1:] if is_ref(x))
        )

    def computed(self, i: Instruction, arguments: Sequence[int | None]) -> list[tuple[int, int]]:
        """The arguments of an instruction that are constants on the tape, and depend on the inputs."""
        pairs = enumerate(zip(i.args, arguments, strict=True))
        return [(p, v.number) for p, (v, n) in pairs if n is None and is_ref(v) and v.number in self.depends]
