"""The tape as something to look at: the nodes behind a result, in the order in which they were made, like a program."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from functools import cache
from operator import attrgetter
from typing import Any

import numpy as np

from .errors import no_name
from .graph import ancestors
from .names import Names
from .rules import label
from .tensor import Tensor
from .text import elided
from .unfold import folded, unfolded

SHOWN = 60  # lines of a printed tape; the middle of a longer one is elided
FEW = 12  # arguments of an operation, or elements of a constant, in a line
ROOM = 80  # characters of a name, a path or a constant in a line


class Tape:
    """The nodes behind `ys`, oldest first. It has a length, is iterable and indexable, and prints one line a node.

    Parameters
    ----------
    *ys : Tensors
        the results whose history is wanted
    unfold : bool
        record fused nodes and checkpoints anew, operation by operation: `ys` are then new Tensors of equal values

    Attributes
    ----------
    ys : tuple of Tensors
    nodes : list of Tensors
    instead : dict of Tensors
        what stands in the place of a node that was recorded anew, and of those that were computed from it

    Examples
    --------
    >>> import numpy as np, autograd_zoo as az
    >>> x, w = az.Tensor([[1.0, 2.0]], name="x"), az.Tensor([[3.0], [4.0]], name="w")
    >>> print(az.Tape(np.tanh(x @ w)))
    x: float64[1,2]
    w: float64[2,1]
    %2: float64[1,1] = matmul(x, w)
    %3: float64[1,1] = tanh(%2)
    >>> with az.fused():
    ...     y = az.nn.relu(x)
    >>> print(az.Tape(y))
    x: float64[1,2]
    %1: float64[1,2] = relu(x)
    >>> print(az.Tape(y, unfold=True))
    x: float64[1,2]
    %1: float64[1,2] = where(bool[1,2], 0.0, x)
    """

    def __init__(self, *ys: Tensor, unfold: bool = False) -> None:
        if not ys or not all(isinstance(y, Tensor) for y in ys):
            got = ", ".join(label(type(y)) for y in ys) or "nothing"
            raise TypeError(f"Tape(y) takes the Tensors whose history is wanted, got {got}")
        self.ys, self.nodes, self.instead = ys, _behind(ys), dict[Tensor, Tensor]()
        while unfold and any(map(folded, self.nodes)):  # once for each level of nodes inside nodes
            instead = unfolded(self.nodes)
            self.instead = {t: instead.get(n, n) for t, n in self.instead.items()} | instead
            self.ys = tuple([instead.get(y, y) for y in self.ys])
            self.nodes = _behind(self.ys)

    def __len__(self) -> int:
        return len(self.nodes)

    def __iter__(self) -> Iterator[Tensor]:
        return iter(self.nodes)

    def __getitem__(self, index: Any) -> Any:
        return self.nodes[index]

    def names(self) -> dict[Tensor, str]:
        """What each node is called: its own name, its path from the outermost module (`fc1.W`), or its number `%7`."""
        found = Names(t.scope for t in self.nodes)
        taken: set[str] = set()
        names: dict[Tensor, str] = {}
        for k, t in enumerate(self.nodes):
            name = elided(label(found.called(t)), ROOM)
            names[t] = name if name and name not in taken else f"{name}%{k}"
            taken.add(names[t])
        return names

    def lines(self, start: int = 0, stop: int | None = None) -> Iterator[str]:
        """The printed lines of the nodes from `start` to `stop`."""
        names, scopes = self.names(), Names(())
        paths = cache(lambda scope: elided(label(scopes.of(scope).path), ROOM))
        for t in self.nodes[start:stop]:
            head = f"{names[t]}: {t.dtype}[{','.join(map(str, t.shape))}]"
            if t.op is None:
                yield head
            else:
                inputs = [names[x] if x is not None else shortened(s) for x, s in zip(t.inputs, t.saved, strict=True)]
                params = [f"{label(k)}={shortened(v)}" for k, v in t.params.items()]
                scope = f"    {path}" if t.scope is not None and (path := paths(t.scope)) else ""
                yield f"{head} = {label(t.op)}({', '.join(_few(inputs + params))}){scope}"

    def __str__(self) -> str:
        n, half = len(self), SHOWN // 2
        if n <= SHOWN:
            return "\n".join(self.lines())
        return "\n".join(
            [*self.lines(0, half), f"... {n - 2 * half:,} nodes more ...", *self.lines(n - half, n)],
        )

    def __repr__(self) -> str:
        return f"<Tape of {len(self):,} nodes>"

    def __getattr__(self, name: str) -> Any:
        raise no_name(self, name, "graph_viz.to_networkx(tape)" if name == "to_networkx" else "")


def _behind(ys: Sequence[Tensor]) -> list[Tensor]:
    return sorted({node for y in ys for part in ancestors(y) for node in part}, key=attrgetter("order"))


def _few(items: Sequence[Any]) -> list[Any]:
    """The items, those in the middle elided if they are many."""
    half = FEW // 2
    return list(items) if len(items) <= FEW else [*items[:half], f"... {len(items) - FEW:,} more ...", *items[-half:]]


def shortened(value: Any) -> str:
    """A constant argument or parameter in a few characters."""
    if isinstance(value, np.ndarray):
        return repr(value.item()) if value.ndim == 0 else f"{value.dtype}[{','.join(map(str, value.shape))}]"
    if isinstance(value, (tuple, list)):
        text = f"({', '.join(map(str, _few([*map(shortened, value)])))}{',' if len(value) == 1 else ''})"
        return elided(text, ROOM)
    if isinstance(value, slice):
        return ":".join(
            "" if v is None else str(v) for v in (value.start, value.stop, value.step)[: 2 + (value.step is not None)]
        )
    return "..." if value is Ellipsis else elided(label(value), ROOM)
