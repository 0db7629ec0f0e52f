"""What came back along the edges of a picture, in the sweeps that the gradients on the tape are from.

A tape keeps the gradients of leaves, of all results with `retain_grads`, and where sweeps began, with what. So a sweep
is made again, from each result that has a gradient or at which one began, as far as it led then.
"""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from typing import TYPE_CHECKING, Any

import numpy as np

from .summaries import norm
from .trace import history
from .view import Edge, Line

if TYPE_CHECKING:
    from autograd_zoo.engine.tensor import Tensor

Sent = Iterator[tuple[Line, "Tensor", Any]]  # along which line, to what, and how much


def returned(ys: list[Tensor], edges: Sequence[Edge]) -> list[float | None]:
    """The length of what came back along each edge of a picture of `ys`, taken as one vector; None: nothing did.

    Several uses of one Tensor that are drawn as one edge count as the sum of what came back from them.
    """
    nodes = history(ys)
    if all(t.grad is None for t in nodes):
        return [None] * len(edges)
    lengths = _lengths(_sent(nodes, careful=False), edges)
    if all(length is None or math.isfinite(length) for length in lengths):
        return lengths
    return _lengths(_sent(nodes, careful=True), edges)


def _lengths(sent: Sent, edges: Sequence[Edge]) -> list[float | None]:
    """The lengths of what was sent along edges: sums of what went to one Tensor, beside what went to others."""
    drawn: dict[Line, list[int]] = {}
    for k, edge in enumerate(edges):
        for line in edge.tape:
            drawn.setdefault(line, []).append(k)
    waiting = Counter((k, line[0]) for line, found in drawn.items() for k in found)
    sums: dict[tuple[int, int], Any] = {}
    squares: dict[int, float] = {}

    def done(key: tuple[int, int]) -> None:
        squares[key[0]] = math.hypot(squares.get(key[0], 0.0), norm(sums.pop(key)) or 0.0)

    for line, x, part in sent:
        for k in drawn.get(line, ()) if x.op is not None or x.grad is not None else ():
            key = k, line[0]
            sums[key] = sums[key] + part if key in sums else part
            waiting[key] -= 1
            if not waiting[key]:
                done(key)
    for key in list(sums):
        done(key)
    return [squares.get(k) for k in range(len(edges))]


def _sent(nodes: list[Tensor], *, careful: bool) -> Sent:
    """What the rules of `nodes`, oldest first, send to their arguments; `careful`: without what was not taken."""
    from autograd_zoo.engine.careful import either, nonzero_of, opened, pulled
    from autograd_zoo.engine.mode import switched
    from autograd_zoo.engine.rules import RULES

    rank = {t: k for k, t in enumerate(nodes)}
    cotangent: dict[Tensor, Any] = {}
    mask: dict[Tensor, Any] = {}
    recorded = [t for t in reversed(nodes) if t.op is not None]
    begun = any(t.op is None and t.grad is not None for t in nodes)  # else the gradients were cleared since
    nonzero: Callable[[Tensor], list[Any]] = nonzero_of(recorded) if careful else lambda t: [None] * len(t.inputs)
    for node in recorded:
        g = _whole(node, cotangent.pop(node, None), begun)
        if g is None:
            continue
        row = RULES[node.op]
        pull = opened if row.composed and (careful or not (row.rules or row.joint)) else pulled
        alive = mask.get(node) if node.seed is None else None
        with np.errstate(all="ignore"), switched(observer=None):
            try:
                sent = list(pull(node, g[()], alive, nonzero(node), None, False))
            except Exception:  # somebody's rule, which raised nothing in the sweep
                continue
        for i, gx, path in sent:
            x: Any = node.inputs[i]  # a Tensor: nothing goes to a constant
            yield (rank[x], rank[node], i), x, gx
            if x.op is not None:
                mask[x] = either(mask[x], path) if x in mask else path
            if x.op is not None and x.grad is None:
                cotangent[x] = cotangent[x] + gx if x in cotangent else gx


def _whole(node: Tensor, arrived: Any, begun: bool) -> Any:
    """The cotangent of a node: its gradient, if it was kept, or what has `arrived` and what sweeps began with here."""
    if node.grad is not None:
        return node.grad
    if node.seed is None or not begun:
        return arrived
    return node.seed if arrived is None else arrived + node.seed
