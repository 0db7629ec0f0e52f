"""The table of operations in docs/operations.md: what a program can hold, and the rows that engines have for it."""

from __future__ import annotations

import inspect
from collections.abc import Iterator
from typing import Any

import numpy as np

from .. import nn  # noqa: F401  (its functions enter the table of rules)
from ..engine.rules import RULES
from .further import MOVED
from .names import SCIPY, VERSION, operations
from .native import JaxRows, Torch, TorchRows
from .onnx_graph import SIMPLE, Graph
from .onnx_named import IN_FLOAT32, NAMED
from .portable import ALIKE, COMPOSED, PAIRS
from .traced import SHAPELESS, STATIC

BEYOND = set("inv det solve cholesky cofactors prod cumprod argsort".split())  # rows that no graph of ONNX has

HEAD = """# Operations

What the instructions of a program can be, by name; names have version {version}, which a file of a program states. A
table that is generated: `python docs/generated.py`. An input is what gradients go through, a parameter is fixed or
computed from the inputs; *plain* operations take and give plain values, through which no gradient goes. NumPy has every
row, and for plain values any other function that only computes. *composed* is a row of several functions of the
standard, *own* one that the engine has for itself, and — says that there is none:
`program.replay(xp, rows={{name: function}})` brings one.

| operation | inputs | parameters | array API | JAX | PyTorch | ONNX |
| --- | --- | --- | --- | --- | --- | --- |
"""
CALLS = """
## Functions of modules

What a program also knows by the name of the function that it spells out, and the operator that ONNX has for it. Those
that ONNX Runtime computes in float32 alone are spelled out in float64.

| function | ONNX |
| --- | --- |
"""


def page() -> str:
    """The page, as Markdown."""
    calls = [f"| `{name}` | {_operator(name)} |" for name in _functions()]
    return "\n".join([HEAD.format(version=VERSION) + "\n".join(rows()), CALLS + "\n".join(calls), ""])


def _operator(name: str) -> str:
    """What ONNX has for a function of modules."""
    own = NAMED.get(name)
    if own is None:
        return "spelled out"
    return (
        f"`{own.operator}`" + ("" if own.alone else " and others") + (", float32" if own.operator in IN_FLOAT32 else "")
    )


def rows() -> Iterator[str]:
    """A line for each operation that computes."""
    for name, op in sorted(operations().items()):
        elsewhere = ":" in name or name.startswith(SCIPY) or name in _functions() or name == "az.freed"
        if elsewhere or op in STATIC | SHAPELESS:
            continue
        standard = ALIKE.get(name) or PAIRS.get(name)
        short = name.rpartition(".")[2]
        composed = short in COMPOSED or name in MOVED
        portable = f"`{standard}`" if standard else "composed" if composed else "—"
        own = [
            "own" if short in vars(kind) or (standard and hasattr(Torch, standard) and kind is TorchRows) else portable
            for kind in (JaxRows, TorchRows)
        ]
        onnx = SIMPLE.get(standard or "")
        written = f"`{onnx}`" if onnx else "composed" if _written(standard, composed, short) else "—"
        inputs, params = _signature(op)
        yield f"| `{name}` | {inputs} | {params or ' '} | {portable} | {own[0]} | {own[1]} | {written} |"


def _functions() -> list[str]:
    """The functions of modules, by name."""
    return sorted(name for name in operations() if name.startswith("nn."))


def _written(standard: str | None, composed: bool, short: str) -> bool:
    """Whether ONNX has a row: the standard's function, or those that a composed row takes, are written by a graph."""
    return hasattr(Graph, standard) if standard else composed and short not in BEYOND


def _signature(op: Any) -> tuple[str, str]:
    """How many inputs an operation has, and the names of its parameters."""
    row = RULES.get(op)
    if row is None:
        return "plain", ""
    arity = len(row.rules) if isinstance(row.rules, tuple) else None
    try:
        names = [p for p in inspect.signature(op).parameters.values() if p.kind is not p.VAR_POSITIONAL]
    except ValueError:
        names = []
    supported = row.supported
    known = [f"`{p.name}`" for p in names[arity or 0 :] if p.kind is not p.VAR_KEYWORD]
    shown = [text for text in known if supported is None or text.strip("`") in supported]
    return "any" if arity is None else str(arity), ", ".join([] if isinstance(op, np.ufunc) else shown)
