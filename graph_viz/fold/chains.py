"""Rule 7: consecutive elementwise operations, each used by the next one alone, as one box that lists them."""

from __future__ import annotations

from collections.abc import Sequence

from ..captions import expression, static_arguments
from ..view import Box
from .draft import Draft, Key


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
            if tail.get("elementwise") and head.get("elementwise") and tail["kind"] == "op" and not tail["name"]:
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
    """What the operations of a chain are written as, each with its static arguments: no box of its own says them."""
    return [f"{expression(box)}({static})" if (static := static_arguments(box)) else expression(box) for box in nodes]
