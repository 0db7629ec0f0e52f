"""Opening one node of what is composed of several, fused or a checkpoint: it is recorded anew, as it is composed."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from .around import quiet
from .graph import ancestors, unchanged
from .mode import switched
from .names import Named
from .rules import RULES

if TYPE_CHECKING:
    from .tensor import Tensor


def folded(t: Tensor) -> bool:
    """Whether it is one node of what is composed of several."""
    return t.op is not None and RULES[t.op].composed is not None


def opening(node: Tensor, create_graph: bool = False) -> tuple[Tensor, list[Tensor], list[tuple[Any, Any]]]:
    """A fused `node` as it is composed: its result, its nodes, and each input with what stands in its place there."""
    row: Any = RULES[node.op]
    if hasattr(row, "opening"):
        return row.opening(node, create_graph)  # type: ignore[no-any-return]
    arguments = unchanged(node) if create_graph else node.saved
    pairs = [
        (x, s if x is None else np.positive(s) if create_graph else node.leaf(s))
        for x, s in zip(node.inputs, arguments, strict=True)
    ]
    y = row.composed(*[alias for _, alias in pairs], **node.params)
    return y, ancestors(y)[0], pairs


@quiet
def unfolded(nodes: list[Tensor]) -> dict[Tensor, Tensor]:
    """What stands in the place of `nodes`, oldest first, where those that are folded are recorded as they are composed.

    Each is computed from the arrays that it got. What has a new input is copied, and all else stays.
    """
    instead: dict[Any, Any] = {}
    for t in nodes:
        inner: list[Tensor] = []
        if folded(t):
            with switched(recording=True, fused=False, observer=None, scope=t.scope):
                y, inner, pairs = opening(t)
            inputs = {alias: instead.get(x, x) for x, alias in pairs if x is not None}
            y = inputs.get(y, y)
        elif not instead.keys().isdisjoint(t.inputs):
            y, inputs = t.leaf(t._array), instead
            y.op, y.inputs, y.params, y.saved, y._place, y.__class__ = (
                t.op,
                t.inputs,
                t.params,
                t.saved,
                t._place,
                type(t),
            )
            inner = [y]
        else:
            continue
        for n in inner:
            n.inputs = tuple([inputs.get(x, x) for x in n.inputs])
        y._place, y._grad = Named(y.scope, y.name or t.name, t.seed), t._grad
        instead[t] = y
    return instead
