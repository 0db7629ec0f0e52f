"""Rule 7: consecutive elementwise operations, each used by the next one alone, as one box that lists them.

What else an operation of a chain takes, but its first one, is written there by its name: "exp → b ÷" is no "exp → ÷ b".
So an operation that takes something else without a name of its own begins a chain.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from typing import Any

from .. import operations
from ..captions import expression, static_arguments
from ..view import Box, Constant
from .draft import Draft, Key


def chains(draft: Draft) -> dict[Key, list[Key]]:
    """The chains of a draft, by their last node; the name of a result ends a chain, so that it is seen."""
    users: dict[Key, list[Key]] = {}
    arguments: dict[Key, list[Key]] = {}
    for u, v, _ in draft.lines:
        users.setdefault(u, []).append(v)
        arguments.setdefault(v, []).append(u)
    names = Counter(node["name"] for node in draft.nodes.values())
    before: dict[Key, Key] = {}
    for u, v, _ in draft.forward():
        tail, head = draft.nodes[u], draft.nodes[v]
        if (
            set(users[u]) == {v}
            and before.get(v, u) == u
            and tail["scope"] == head["scope"]
            and tail.get("steps") == head.get("steps")
        ):
            said = all(names[draft.nodes[w]["name"]] == 1 for w in arguments[v] if w != u and draft.nodes[w]["name"])
            said = said and all(draft.nodes[w]["name"] for w in arguments[v] if w != u)
            if said and tail.get("elementwise") and head.get("elementwise"):
                if tail["kind"] == "op" and not tail["name"]:
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


def spelled(nodes: Sequence[Box], named: Sequence[Mapping[int, str]] = (), *, all: bool = False) -> list[str]:
    """What the operations of a chain are written as, each with its static arguments: no box of its own says them.

    Of each operation `named` has the arguments that are written by name; constants are written with `all` they are.
    """
    return [_written(box, others, all) for box, others in zip(nodes, named or [{}] * len(nodes), strict=True)]


def _written(box: Box, named: Mapping[int, str], all: bool) -> str:
    static = static_arguments(box)
    text = expression(box, named, all=all)
    return f"{text}({static})" if static else text


def gist(nodes: list[dict[str, Any]]) -> tuple[str, ...]:
    """The operations that matter, each once: "@ + σ" for a gate."""
    ops = [node for node in nodes if node["op"] is not None and operations.of(node["op"]).role == "computes"]
    return tuple(dict.fromkeys(spelled([_bare(node) for node in ops])))


def _bare(node: dict[str, Any]) -> Box:
    """An operation without its arguments, but for the exponent of a power: that of a square says what it is."""
    constants = {i: Constant.of(c) for i, c in node["constants"].items() if node["op"] == "power"}
    return Box.of(0, {**node, "params": {}}, constants=constants)
