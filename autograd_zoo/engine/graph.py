"""The graph behind a result: its nodes in the order of a sweep, what depends on what, and how a cotangent fits in."""

from __future__ import annotations

from collections.abc import Iterable
from operator import attrgetter
from typing import TYPE_CHECKING, Any

import numpy as np

from .errors import MISSHAPEN, MISTYPED, pulling
from .rules import RULES, label

if TYPE_CHECKING:
    from .at import Part
    from .tensor import Tensor


def ancestors(y: Tensor) -> tuple[list[Tensor], list[Tensor]]:
    """The recorded nodes behind `y`, newest first, and its leaves. Creation order is a topological order: just sort."""
    nodes: list[Tensor] = [] if y.op is None else [y]
    leaves = [y] if y.op is None else []
    seen = {y}
    for node in nodes:  # grows while it is walked
        for x in node.inputs:
            if x is not None and x not in seen:
                seen.add(x)
                (leaves if x.op is None else nodes).append(x)
    nodes.sort(key=attrgetter("order"), reverse=True)
    return nodes, leaves


def between(nodes: list[Tensor], xs: Iterable[Tensor]) -> set[Tensor]:
    """`xs` and those of `nodes` (newest first) that depend on one of them: nothing else needs a rule."""
    found = set(xs)
    for node in reversed(nodes):
        if not found.isdisjoint(node.inputs):
            found.add(node)
    return found


def unchanged(node: Tensor) -> list[Any]:
    """The arguments of `node` as Tensors, for a recorded sweep: refused if a leaf was given new data meanwhile."""
    for x, saved in zip(node.inputs, node.saved, strict=True):
        if x is not None and x._array is not saved:
            raise RuntimeError(
                f"{x!r} was given new data after {label(node.op)} had used it, so a recorded sweep would mix both; "
                "take the gradient with create_graph=True before the optimizer steps, or record the forward pass anew"
            )
    return [s if x is None else x for x, s in zip(node.inputs, node.saved, strict=True)]


def stretched(shape: tuple[int, ...], to: tuple[int, ...]) -> tuple[int, ...]:
    """The axes along which `to`, a broadcast of `shape`, repeats it."""
    lead = len(to) - len(shape)
    return (*range(lead), *(lead + i for i, n in enumerate(shape) if n == 1))


def fit(g: Any, x: Tensor, node: Tensor) -> Any:
    """`g` in the shape and dtype of the input `x`: broadcasting is undone here, once, and for nobody else."""
    shape = np.shape(g)
    if shape != x.shape:
        lead = len(shape) - x.ndim
        stretches = RULES[node.op].broadcasts and all(n in (1, m) for n, m in zip(x.shape, shape[lead:], strict=False))
        if lead < 0 or not stretches:
            raise pulling(ValueError(MISSHAPEN.format(op=label(node.op), got=shape, shape=x.shape)), node)
        g = g.sum(axis=stretched(x.shape, shape)).reshape(x.shape)
    dtype = np.dtype(getattr(g, "dtype", type(g)))
    if dtype.kind == "c" and x.dtype.kind == "f":  # a real input of a complex result
        g = np.real(g)
        dtype = g.dtype
    if dtype == x.dtype:
        return g
    if x.dtype.kind == "c":
        return g.astype(x.dtype)
    if dtype.kind not in "fiub" or (dtype.kind == "f" and dtype.itemsize < min(x.dtype.itemsize, node.dtype.itemsize)):
        raise pulling(TypeError(MISTYPED.format(op=label(node.op), got=dtype, dtype=x.dtype)), node)
    return np.asarray(g, x.dtype) if np.isscalar(g) else g.astype(x.dtype)


def grow(cotangent: dict[Tensor, Any], sums: set[Tensor], x: Tensor, part: Part) -> None:
    """Add a part to the cotangent of `x`, where it belongs."""
    if x not in sums:
        cotangent[x] = cotangent[x].copy() if x in cotangent else np.zeros(x.shape, x.dtype)
        sums.add(x)
    cotangent[x][part.index] += part.g
