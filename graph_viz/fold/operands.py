"""What an operation's only Tensor is called where the operation stands: a box writes Wᵀ, z², or (·)² without a name."""

from __future__ import annotations

from ..letters import UNNAMED, held, letters
from ..scopes import Path
from ..style import clean, shorten
from ..view import Constant
from .copies import inner_name
from .draft import Draft, Key

LONGEST = 16  # characters of such a name


def operands(draft: Draft) -> dict[Key, Key]:
    """Of each node that takes one Tensor, as one argument, which that is."""
    found: dict[Key, dict[tuple[Key, int], None]] = {}
    for u, v, position in draft.lines:
        found.setdefault(v, {})[u, position] = None
    return {v: next(iter(taken))[0] for v, taken in found.items() if len(taken) == 1}


def called(draft: Draft, v: Key | None, clusters: tuple[Path, ...]) -> str:
    """The name of a node among these clusters; "" if there is no node, or it has none."""
    node = draft.nodes[v] if v is not None else {"name": None, "kind": ""}
    name = node.get("label") or node["name"]
    if name and node["kind"] == "parameter":
        name = inner_name(draft.scopes, clusters[-1] if clusters else (), name)
    return shorten(letters(clean(name or "")), LONGEST)


def beside(c: Constant, name: str) -> Constant:
    """A constant with the name of the Tensor beside it, where it is said to be 1 where that is positive."""
    return c._replace(what=c.what.replace(UNNAMED, held(name)), text=c.text.replace(UNNAMED, held(name)))
