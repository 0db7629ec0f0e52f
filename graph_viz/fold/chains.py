"""Rule 7: consecutive elementwise operations, each used by the next one alone, as one mark that lists them."""

from __future__ import annotations

from collections.abc import Sequence
from functools import cache

import numpy as np

from ..captions import expression
from ..view import Box
from .draft import Draft, Key

OURS = frozenset({"where", "clip", "sigmoid", "relu"})  # elementwise, and no ufuncs
IDIOMS = {  # how functions are composed where that is their stable form
    ("negative", "logaddexp", "negative", "exp"): "σ",
    ("subtract", "logsumexp", "subtract", "exp"): "softmax",
}


@cache
def elementwise(op: str | None) -> bool:
    """Whether an operation computes each element of its result from the same elements of its arguments."""
    ufunc = getattr(np, op or "", None)
    return op in OURS or (isinstance(ufunc, np.ufunc) and ufunc.signature is None)


def chains(draft: Draft) -> dict[Key, list[Key]]:
    """The chains of a draft, by their last node; the name of a result ends a chain, so that it is seen."""
    users: dict[Key, set[Key]] = {}
    for u, v, _ in draft.lines:
        users.setdefault(u, set()).add(v)
    before: dict[Key, Key] = {}
    for u, v, _ in draft.forward():
        tail, head = draft.nodes[u], draft.nodes[v]
        if (
            len(users[u]) == 1
            and v not in before
            and tail["scope"] == head["scope"]
            and tail.get("steps") == head.get("steps")
        ):
            if elementwise(tail["op"]) and elementwise(head["op"]) and tail["kind"] == "op" and not tail["name"]:
                before[v] = u
    inner = set(before.values())
    found: dict[Key, list[Key]] = {}
    for v in draft.nodes:
        if v in before and v not in inner:
            chain = [v]
            while chain[-1] in before:
                chain.append(before[chain[-1]])
            found[v] = chain[::-1]
    return found


def spelled(nodes: Sequence[Box]) -> list[str]:
    """What the operations of a chain are written as; a function composed of several is written as itself."""
    ops = [node.op for node in nodes]
    texts: list[str] = []
    k = 0
    while k < len(nodes):
        idiom = next((ops_ for ops_ in IDIOMS if tuple(ops[k : k + len(ops_)]) == ops_), None)
        texts.append(IDIOMS[idiom] if idiom else expression(nodes[k]))
        k += len(idiom) if idiom else 1
    return texts
