"""The table of operations in docs/operations.md: what a program can hold, and the rows that engines have for it."""

from __future__ import annotations

import inspect
from collections.abc import Iterator
from typing import Any

import numpy as np

from .. import nn  # noqa: F401  (its functions enter the table of rules)
from ..engine.rules import RULES
from .expressed import EXPRESSED
from .further import MOVED
from .lacking import WHY
from .names import SCIPY, VERSION, operations
from .native import JaxRows, Torch, TorchRows
from .onnx_graph import SIMPLE
from .onnx_named import IN_FLOAT32, NAMED
from .portable import ALIKE, COMPOSED, PAIRS, formed
from .traced import SHAPELESS, STATIC

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
REASONS = """
Why there is none:

{reasons}
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
    table, why = HEAD.format(version=VERSION) + "\n".join(rows()), REASONS.format(reasons="\n".join(reasons()))
    return "\n".join([table, why + CALLS + "\n".join(calls), ""])


def _operator(name: str) -> str:
    """What ONNX has for a function of modules."""
    own = NAMED.get(name)
    if own is None:
        return "spelled out"
    return (
        f"`{own.operator}`" + ("" if own.alone else " and others") + (", float32" if own.operator in IN_FLOAT32 else "")
    )


def listed() -> dict[str, Any]:
    """The operations that compute, by name: ours and NumPy's."""
    unlisted = {*_functions(), "az.freed"}
    known = sorted(operations().items())
    return {
        name: op
        for name, op in known
        if ":" not in name and not name.startswith(SCIPY) and name not in unlisted and op not in STATIC | SHAPELESS
    }


def rows() -> Iterator[str]:
    """A line for each operation that computes."""
    for name, op in listed().items():
        standard = ALIKE.get(name) or PAIRS.get(name)
        short = name.rpartition(".")[2]
        composed = short in COMPOSED or name in MOVED or name in EXPRESSED or formed(name) is not None
        portable = f"`{standard}`" if standard else "composed" if composed else "—"
        own = short in vars(TorchRows) or (standard and hasattr(Torch, standard))
        jax = "own" if short in vars(JaxRows) or not (standard or composed) else portable
        onnx = f"`{SIMPLE[standard]}`" if standard in SIMPLE else "composed"
        cells = [portable, jax, "own" if own else portable, "—" if name in WHY["onnx"] else onnx]
        inputs, params = _signature(op)
        yield f"| `{name}` | {inputs} | {params or ' '} | {' | '.join(cells)} |"


def reasons() -> Iterator[str]:
    """Why there is no row: a line for each reason."""
    for why in dict.fromkeys(WHY["onnx"].values()):
        names = ", ".join(f"`{name}`" for name, reason in sorted(WHY["onnx"].items()) if reason == why)
        yield f"- {names}: {why}."


def _functions() -> list[str]:
    """The functions of modules, by name."""
    return sorted(name for name in operations() if name.startswith("nn."))


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
