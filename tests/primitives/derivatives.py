"""The derivative cases of all primitives, and which primitives each of them calls."""

from __future__ import annotations

import sys
from collections.abc import Callable
from functools import cache
from importlib import import_module
from typing import Any

import numpy as np
from primitives.properties import Case, curved

from autograd_zoo import Tape, Tensor, gradient
from autograd_zoo.engine.rules import RULES
from autograd_zoo.engine.sweep import freed
from autograd_zoo.engine.tensor import raw

NAMES = "calculus decomposition elementwise fourier indexing linalg reduction shape special statistics windows".split()
ROOMS = [import_module(f"primitives.test_{name}") for name in NAMES]
CASES: list[Case] = [case for room in ROOMS for case in room.CASES]
FILES = {
    "contraction": "linalg",
    "level": "reduction",
    "products": "reduction",
    "length": "elementwise",
    "tensor": "elementwise",
    "at": "indexing",
}  # where not so called


def own(op: Any) -> bool:
    """Whether a primitive is the package's own, or NumPy's, and none of another test's."""
    home = str(getattr(op, "__module__", None))
    here = home.startswith(("numpy", "autograd_zoo.primitives", "autograd_zoo.engine"))
    return isinstance(op, np.ufunc) or (here and getattr(sys.modules.get(home), op.__name__, None) is op)


OURS = [op for op in RULES if op is not freed and own(op)]


def room(op: Any) -> str:
    """The module in which the rule of a primitive stands."""
    row = RULES[op]
    rules = row.rules if isinstance(row.rules, tuple) else [row.joint or row.rules.rule]
    modules = [getattr(f, "__module__", "") for f in (*rules, op) if f is not None]
    return next(m for m in modules if m.startswith("autograd_zoo."))


def home(op: Any) -> str:
    """The file of tests that the rule of a primitive belongs to: the one called like the rule's own file."""
    name = room(op).rpartition(".")[2]
    return f"tests/primitives/test_{FILES.get(name, name)}.py"


@cache
def calls() -> dict[Callable[..., Any], list[tuple[Case, Any]]]:
    """For each primitive the cases that call it, and the nodes: of the forward pass, and where it is none of those too.

    A primitive that rules alone call is looked for on the tapes of first derivatives.
    """
    found: dict[Callable[..., Any], list[tuple[Case, Any]]] = {}

    def note(case: Case, tape: Tape) -> None:
        for node in tape:
            if node.op is not None:
                found.setdefault(node.op, []).append((case, node))

    for case in CASES:
        note(case, Tape(case.f(*map(Tensor, case.xs))))
    left = {op for op in OURS if op not in found}
    for case in CASES:
        if not left:
            break
        leaves = [Tensor(x) for x in case.xs]
        y = curved(case.f)(*leaves)
        grads = gradient(np.sum(y), leaves, create_graph=True, allow_unused=True)
        tape = Tape(np.sum(np.stack([np.sum(g) for g in grads])))
        if left & {node.op for node in tape}:
            note(case, tape)
            left -= found.keys()
    return found


def arguments(node: Any) -> list[Any]:
    """The arrays that an operation was called with."""
    return [raw(x) for x in node.saved]
