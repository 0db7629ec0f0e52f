"""What the rules of folding pass on: a traced graph as plain dicts, whose nodes may stand for several of the tape."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from ..scopes import Path

if TYPE_CHECKING:
    import networkx as nx

Key = Any  # a tape node (its number), or a Port


@dataclass
class Draft:
    """A graph in the making. Nodes stand in an order in which all lines lead forward, but those of a state."""

    nodes: dict[Key, dict[str, Any]]  # the attributes of `trace`, among them the scope
    lines: dict[tuple[Key, Key, int], dict[str, Any]]  # (tail, head, position) -> shape, state, initial, tape
    scopes: dict[Path, dict[str, Any]]
    members: dict[Key, list[int]] = field(default_factory=dict)  # of a node that is not one node of the tape
    notes: list[str] = field(default_factory=list)
    looped: Draft | None = None  # the same with its plain loops rolled, once that is known

    def forward(self) -> Iterator[tuple[Key, Key, int]]:
        """The lines that lead forward: all but those from one time step to the next."""
        return (line for line, about in self.lines.items() if not about["state"])


def plain(graph: nx.MultiDiGraph) -> Draft:
    """The draft of a traced graph in which nothing is folded."""
    known: dict[Any, dict[str, Any]] = {}  # one description for all lines of a shape, which are those of the tape
    lines = {
        (u, v, position): known.get(shape)
        or known.setdefault(shape, {"shape": shape, "state": False, "initial": False})
        for u, v, position, shape in graph.edges(keys=True, data="shape")
    }
    return Draft(dict(graph.nodes(data=True)), lines, dict(graph.graph["scopes"]))


def keeps_ports(draft: Draft, path: Path) -> bool:
    """Whether the ports of a group are seen when it is collapsed: those of a step, not those of what is cut off."""
    return draft.scopes[path].get("made") != "cut"


def made(draft: Draft, *how: str) -> set[Path]:
    """The groups that no module call made, but something else."""
    return {path for path, about in draft.scopes.items() if about.get("made") in how}


def common(paths: list[Path]) -> Path:
    """The longest common beginning of `paths`."""
    first, last = min(paths), max(paths)
    n = next((i for i, (a, b) in enumerate(zip(first, last, strict=False)) if a != b), min(len(first), len(last)))
    return first[:n]


def around(path: Path) -> list[Path]:
    """The scopes around what stands in `path`, outermost first."""
    return [path[: k + 1] for k in range(len(path))]
