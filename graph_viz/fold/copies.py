"""Rules 1 and 5: where parameters stand: with their users, a copy in each scope, or as rows of collapsed modules."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from ..scopes import Path
from ..view import Copy
from .draft import Draft, Key


class Places:
    """Where each parameter of a draft is drawn, given the boxes that stand for its consumers."""

    def __init__(self, draft: Draft, box_of: Mapping[Key, Key]) -> None:
        users: dict[Key, list[Key]] = {v: [] for v, node in draft.nodes.items() if node["kind"] == "parameter"}
        for u, v, _ in draft.lines:
            if u in users:
                users[u].append(v)
        self.copies: dict[Key, dict[Path, Key]] = {}  # of each parameter: its boxes, by the scope they stand in
        self.rows: dict[Path, list[Key]] = {}  # of each collapsed module: the parameters that it uses
        self.holder: dict[Key, Path] = {}  # of a parameter that is nowhere a box: the module that counts it
        self.users = {v: {draft.nodes[w]["scope"] for w in found} for v, found in users.items()}
        for v, found in users.items():
            boxes = dict.fromkeys(box_of[w] for w in found if box_of[w] != w and box_of[w] in draft.scopes)
            for box in boxes:
                self.rows.setdefault(box, []).append(v)
            scopes = dict.fromkeys(draft.nodes[w]["scope"] for w in found if box_of[w] not in boxes)
            if not scopes and boxes:
                self.holder[v] = next(iter(boxes))
                continue
            places = list(scopes) or [draft.nodes[v]["scope"]]
            self.copies[v] = {scope: Copy(v, scope) if k else v for k, scope in enumerate(places)}

    def elsewhere(self, v: Key, path: Path) -> bool:
        """Whether something outside of a group uses a parameter too."""
        return any(scope[: len(path)] != path for scope in self.users[v])

    def tail(self, draft: Draft, u: Key, v: Key) -> Key:
        """The copy of a parameter beside its consumer."""
        return self.copies[u][draft.nodes[v]["scope"]]


def inner_name(scopes: Mapping[Path, dict[str, Any]], path: Path, name: str | None) -> str:
    """The name of a parameter inside the module call `path`."""
    prefix = scopes[path].get("path") if path else None
    return (name or "parameter").removeprefix(f"{prefix}." if prefix else "")
