"""A module in a table: for each module inside it the shape of its output, its parameters, and its multiplications."""

from __future__ import annotations

import math
from collections.abc import Iterator
from contextlib import ExitStack
from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np

from ..engine.mode import switched
from ..engine.rules import RULES, label
from ..engine.tape import Tape
from ..engine.tensor import Tensor
from ..engine.text import elided, printable
from ..primitives.contraction import letters

if TYPE_CHECKING:
    from .module import Module

HEAD = ("module", "is a", "output", "parameters", "multiplications")


class Row(NamedTuple):
    """A module: its path, the shapes of what it gave last, and what it and all inside it have and do."""

    path: str
    module: Module
    output: str
    parameters: int
    multiplications: int


class Summary:
    """The rows of a module and of all inside it, the module itself first; it prints as a table.

    Attributes
    ----------
    rows : list of Row
    parameters : int
        numbers in the parameters of the whole, each parameter once
    multiplications : int
        of matrix products, convolutions among them; those of elements are not counted
    """

    def __init__(self, rows: list[Row]) -> None:
        self.rows = rows
        self.parameters, self.multiplications = rows[0].parameters, rows[0].multiplications

    def __str__(self) -> str:
        total, *inside = ((path, name, *map(str, more)) for path, name, *more in map(_cells, self.rows))
        table = [HEAD, *inside, ("total", *total[1:])]
        widths = [max(len(row[k]) for row in table) for k in range(len(HEAD))]
        lines = [
            "  ".join(
                cell.rjust(w) if k > 2 else cell.ljust(w) for k, (cell, w) in enumerate(zip(row, widths, strict=True))
            )
            for row in table
        ]
        rule = "─" * len(lines[0])
        return "\n".join([lines[0], rule, *lines[1:-1], *([rule] if inside else []), lines[-1]])

    __repr__ = __str__


def summary(module: Module, *args: Any, depth: int | None = None, **kwargs: Any) -> Summary:
    """Call the module on some inputs, as it is in evaluation, and say what each module inside it gave and did.

    Floats are differentiated by, so that all that is computed of them is seen. No state changes. `depth` is how many
    modules inside each other are shown; of those further inside the outer ones tell.
    """
    paths = list(module.named_modules())
    outputs: dict[int, str] = {}
    modes = [(m, vars(m).get("training")) for _, m in paths]
    tensors = [_leaf(x) for x in args]
    with ExitStack() as stack:
        for m, _ in modes:
            stack.enter_context(m.register_forward_hook(lambda m, _, y: outputs.__setitem__(id(m), _shapes(y))))
        stack.callback(_restore, modes)
        module.eval()
        with switched(recording=True, fused=False):
            y = module(*tensors, **{name: _leaf(x) for name, x in kwargs.items()})
    products = _products([part for part in _parts(y) if isinstance(part, Tensor)])
    rows = [
        Row(path, m, outputs.get(id(m), ""), sum(p.size for p in m.parameters()), products.get(id(m), 0))
        for path, m in paths
        if depth is None or _depth(path, paths) <= depth
    ]
    return Summary(rows)


def _restore(modes: list[tuple[Module, bool | None]]) -> None:
    for module, training in modes:
        if training is None:
            vars(module).pop("training", None)
        else:
            module.training = training


def _leaf(x: Any) -> Any:
    a = np.asarray(x) if isinstance(x, (list, tuple, float, np.ndarray)) else x
    return Tensor(a) if isinstance(a, np.ndarray) and a.dtype.kind == "f" else a


def _depth(path: str, paths: list[tuple[str, Module]]) -> int:
    """How many modules a module is inside of."""
    return sum(path.startswith(f"{other}.") for other, _ in paths if other) + bool(path)


def _parts(y: Any) -> Iterator[Any]:
    for part in y if isinstance(y, (tuple, list)) else [y]:
        yield from _parts(part) if isinstance(part, (tuple, list)) else [part]


def _shapes(y: Any) -> str:
    return ", ".join(str(np.shape(part)) for part in _parts(y) if hasattr(part, "shape"))


def _cells(row: Row) -> tuple[str, str, str, str, str]:
    path = elided(printable(row.path), 60)
    return path, label(type(row.module)), row.output, f"{row.parameters:,}", f"{row.multiplications:,}"


def _products(ys: list[Tensor]) -> dict[int, int]:
    """How many products of two numbers each module took, by its id, with those inside it."""
    counts: dict[int, int] = {}
    for node in Tape(*ys) if ys else ():
        if node.op is None or RULES[node.op].reach != "product" or node.op is np.multiply:
            continue
        modules = {id(scope.label): scope.label for scope in (node.scope.chain() if node.scope else ())}
        for key, inside in modules.items():
            if not isinstance(inside, str):
                counts[key] = counts.get(key, 0) + _count(node)
    return counts


def _count(node: Tensor) -> int:
    shapes = [np.shape(s if x is None else x) for x, s in zip(node.inputs, node.saved, strict=True)]
    if "subscripts" in node.params:
        terms, _ = letters(node.params["subscripts"], tuple(map(len, shapes)))
        sizes: dict[str, int] = {}
        for term, shape in zip(terms, shapes, strict=True):
            for letter, n in zip(term, shape, strict=True):
                sizes[letter] = max(n, sizes.get(letter, 1))
        return math.prod(sizes.values()) * (len(terms) - 1)
    summed = [shapes[0][i] for i in node.params["axes"][0]] if "axes" in node.params else shapes[0][-1:]
    return int(node.size) * math.prod(summed)
