"""The picture in words: what each mark is called, a sentence for each, the whole as a list, and notes."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from itertools import pairwise
from typing import Any

from .captions import counted, span, static_arguments
from .layout import ROOT, Frame
from .style import KINDS, clean, shape, shorten


def references(view: Any) -> dict[Any, str]:
    """What each mark is called in a sentence: its name, and its number on the tape where that does not tell."""
    taken: set[str] = set()
    names: dict[Any, str] = {}
    for mark, attributes in view.nodes(data=True):
        name = shorten(clean(attributes.get("name") or ""), 60)
        if attributes["kind"] == "module":
            name = shorten(clean(".".join(mark)), 60)
        elif attributes["kind"] == "constant":
            name = span(attributes["value"]) if attributes["shape"] == () else f"constant {shape(attributes['shape'])}"
        elif not name or name in taken:
            name += f"%{mark}"
        names[mark] = name
        taken.add(name)
    return names


def sentence(view: Any, mark: Any, names: dict[Any, str], *, values: bool, gradients: bool) -> str:
    """One mark in words: what it is, what it is made from, its shape and numbers."""
    m = view.nodes[mark]
    arguments = _arguments(view, mark, names)
    if m["kind"] == "module":
        parts = [f"{names[mark]}({', '.join(arguments)}): closed module {clean(m['op'] or '')}".rstrip()]
        parts += [counted(m["operations"], "operation")]
        parts += [f"parameter {clean(name)} {shape(lengths)}" for name, lengths in m["parameters"]]
        return ", ".join(parts)
    if m["op"] is None:
        parts = [names[mark] if m["kind"] == "constant" else f"{names[mark]}: {m['kind']}"]
    else:
        given = [*arguments, *filter(None, [clean(static_arguments(m))])]
        parts = [f"{names[mark]} = {clean(m['op'])}({', '.join(given)})"]
        parts += ["output"] * (m["kind"] == "output")
    if m["shape"] and m["kind"] != "constant":
        parts.append(shape(m["shape"]))
    if values and not (m["kind"] == "constant" and m["shape"] == ()):
        parts.append(f"value {span(m['value'])}")
    if gradients and m["kind"] != "constant":
        parts.append(f"grad {span(m['grad'])}")
    return ", ".join(parts)


def _arguments(view: Any, mark: Any, names: dict[Any, str]) -> Iterator[str]:
    """What a mark is made from, in the order of its arguments."""
    found = {edge["position"]: names[u] for u, _, edge in view.in_edges(mark, data=True)}
    if view.nodes[mark]["kind"] == "module":
        return iter(dict.fromkeys(names[u] for u in view.predecessors(mark)))
    inlined = view.nodes[mark].get("constants", {})
    texts = {i: span(c["value"]) if c["shape"] == () else f"constant {shape(c['shape'])}" for i, c in inlined.items()}
    return (text for _, text in sorted({**found, **texts}.items()))


def outputs(view: Any, names: Mapping[Any, str]) -> str:
    """What is drawn: the names of the results."""
    return ", ".join(names[mark] for mark, m in view.nodes(data=True) if m["kind"] == "output" or m.get("output"))


def extent(view: Any) -> str:
    """How much of the tape is drawn."""
    shown = sum(kind not in ("module", "constant") for _, kind in view.nodes(data="kind"))
    total = sum(len(members) for _, members in view.nodes(data="members"))
    return counted(total, "node") if shown == total else f"{shown:,} of {counted(total, 'node')}"


def summary(view: Any, names: Mapping[Any, str]) -> str:
    """The picture in one sentence."""
    kinds = [kind for _, kind in view.nodes(data="kind")]
    found = [counted(kinds.count(kind), KINDS[kind].word) for kind in KINDS if kind in kinds]
    return f"Graph of {outputs(view, names)}: {', '.join([extent(view), *found])}."


def tree(sentences: Mapping[Any, str], view: Any, titles: Mapping[Frame, tuple[str, str]]) -> Iterator[str]:
    """One line a mark, in order of creation, indented below the modules that it stands in."""
    inside: dict[Frame, dict[Any, str]] = {ROOT: {}}
    for mark, m in view.nodes(data=True):
        around = [ROOT, *m["frames"]]
        if m["op"] is not None:  # a frame is listed where its first operation is; its parameters are older
            for outer, path in pairwise(around):
                inside.setdefault(outer, {})["frame", path] = " ".join(filter(None, titles[path])) + ":"
        inside.setdefault(around[-1], {})["mark", mark] = sentences[mark]
    stack = [(0, *entry) for entry in reversed(inside[ROOT].items())]
    while stack:
        depth, (kind, x), text = stack.pop()
        yield f"{'  ' * depth}- {text}"
        if kind == "frame":
            stack += [(depth + 1, *entry) for entry in reversed(inside[x].items())]


def missing_gradients(view: Any) -> list[str]:
    """Why there are dashes where gradients should be, and what fills them."""
    nodes = [m for _, m in view.nodes(data=True) if m["kind"] not in ("module", "constant")]
    without = [m for m in nodes if m["grad"] is None and 0 not in m["shape"]]
    if len(without) == len(nodes):
        return ["— no gradients yet: backward(retain_grads=True) of the output fills them in"]
    if any(m["op"] is not None for m in without):
        return ["— no gradients kept of the results between: backward(retain_grads=True) of the output does"]
    return []
