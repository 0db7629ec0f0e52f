"""The picture in words: what each mark is called, a sentence for each, the whole as a list, and notes."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from itertools import pairwise
from typing import Any

from .captions import ROWS, counted, listed, span, static_arguments
from .layout import ROOT, Frame
from .scopes import clean_path
from .style import KINDS, clean, shape, shorten
from .trace import Constant


def references(view: Any) -> dict[Any, str]:
    """What each mark is called in a sentence: its name, and its number on the tape where that does not tell."""
    taken: set[str] = set()
    names: dict[Any, str] = {}
    for mark, attributes in view.nodes(data=True):
        name = shorten(clean(attributes.get("name") or attributes.get("label") or ""), 60)
        if attributes["kind"] == "module":
            name = shorten(clean_path(mark), 60)
        elif attributes["kind"] == "constant":
            name = span(attributes["value"]) if attributes["shape"] == () else f"constant {shape(attributes['shape'])}"
        elif attributes["kind"] == "state":
            _, path, number = mark
            name = name if name not in taken else f"{name} of {shorten(clean_path(path), 60)}"
            name = name if name not in taken else f"{name}, {number}"
        elif isinstance(mark, int) and (not name or name in taken):
            name += f"%{mark}"
        names[mark] = name
        taken.add(name)
    return names


def sentence(view: Any, mark: Any, names: dict[Any, str], *, values: bool, gradients: bool) -> str:
    """One mark in words: what it is, what it is made from, its shape and numbers."""
    m = view.nodes[mark]
    arguments = ", ".join(_arguments(view, mark, names))
    if m["kind"] == "module":
        result = f"{clean(m['result'])} = " if m["result"] else ""
        parts = [f"{result}{names[mark]}({arguments}): {_module(m)}"]
        known = [] if "more" in m else m["parameters"][:ROWS]
        parts += [f"parameter {clean(name)} {shape(lengths)}" for name, lengths, _ in known]
        rest = len(m["parameters"]) - len(known)
        parts += [counted(rest, "parameter")] * bool(rest)
        return ", ".join(parts)
    if m["kind"] == "failed":
        lines = sorted(view.in_edges(mark, data=True), key=lambda line: line[2]["position"])
        given = [shape(about["shape"]) for _, _, about in lines]
        return f"{clean(m['op'])}({arguments}): failed, of {' and '.join(given)}: {clean(m['message'])}"
    if m["kind"] == "state":
        begin = m["initial"]
        parts = [f"{names[mark]}: state, from the step before", *([f"first {_constant(begin)}"] if begin else [])]
    elif m["op"] is None:
        parts = [names[mark] if m["kind"] == "constant" else f"{names[mark]}: {m['kind']}"]
        parts += ["also elsewhere"] * (mark != m.get("pinned", mark))
    elif "chain" in m:
        parts = [f"{names[mark]} = {' → '.join(map(clean, listed(m['chain'])))} of ({arguments})"]
    else:
        given = [text for text in (arguments, clean(static_arguments(m))) if text]
        parts = [f"{names[mark]} = {clean(m.get('idiom') or m['op'])}({', '.join(given)})"]
    parts += ["output"] * (m["kind"] == "output")
    if m["shape"] and m["kind"] != "constant":
        parts.append(shape(m["shape"]))
    parts += [f"{m['steps']} steps"] if "alone" in m else []
    if m["kind"] == "state":
        return ", ".join(parts)
    if values and not (m["kind"] == "constant" and m["shape"] == ()):
        parts.append(f"value {span(m['value'])}")
    if gradients and m["kind"] != "constant":
        parts.append(f"grad {span(m['grad'])}")
    return ", ".join(parts)


def _module(m: dict[str, Any]) -> str:
    """What a closed group is, how much it holds and how often."""
    often = m.get("steps") or m.get("times") or 1
    what = f"closed module {clean(m['op'])}" if m["op"] else "closed group"
    parts = [f"{m['more']} more {clean(m['op'])}" if "more" in m else what]
    parts.append(counted(m["operations"] // often, "operation"))
    parts += [f"{m['steps']} steps"] if "steps" in m else []
    parts += [f"{m['times']} calls of the same"] if "times" in m else []
    return ", ".join(parts)


def _constant(c: Constant) -> str:
    """A constant in words."""
    value = c["value"]
    same = value[0] if isinstance(value, tuple) and value[0] == value[1] else value
    return span(same) if c["shape"] == () or same is not value else f"constant {shape(c['shape'])}"


def _arguments(view: Any, mark: Any, names: dict[Any, str]) -> Iterator[str]:
    """What a mark is made from, in the order of its arguments."""
    found = {edge["position"]: names[u] for u, _, edge in view.in_edges(mark, data=True)}
    if view.nodes[mark]["kind"] == "module" or "chain" in view.nodes[mark]:
        return iter(dict.fromkeys(names[u] for u in view.predecessors(mark)))
    inlined = view.nodes[mark].get("constants", {})
    texts = {i: span(c["value"]) if c["shape"] == () else f"constant {shape(c['shape'])}" for i, c in inlined.items()}
    return (text for _, text in sorted({**found, **texts}.items()))


def outputs(view: Any, names: Mapping[Any, str]) -> str:
    """What is drawn: the names of the results."""
    found = [names[mark] for mark, m in view.nodes(data=True) if m["kind"] == "output" or m.get("output")]
    failed = [f"{clean(m['op'])}, which failed" for _, m in view.nodes(data=True) if m["kind"] == "failed"]
    return ", ".join(found or failed)


def extent(view: Any) -> str:
    """How much of the tape is drawn."""
    shown = sum(isinstance(mark, int) for mark in view)
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
        # A frame is listed where its first operation is; its parameters are older.
        if m["op"] is not None or m["kind"] == "module":
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
    nodes = [m for _, m in view.nodes(data=True) if m["kind"] not in ("module", "constant", "state", "failed")]
    without = [m for m in nodes if m["grad"] is None and 0 not in m["shape"]]
    if len(without) == len(nodes):
        return ["— no gradients yet: backward(retain_grads=True) of the output fills them in"]
    if any(m["op"] is not None for m in without):
        return ["— no gradients kept of the results between: backward(retain_grads=True) of the output does"]
    return []


def said(view: Any) -> list[str]:
    """What was said when a forward pass failed."""
    return [clean(m["message"]) for _, m in view.nodes(data=True) if m["kind"] == "failed"]


def folded(view: Any) -> list[str]:
    """What a view folds, as a note; nothing if it shows all."""
    marks = [m for _, m in view.nodes(data=True)]
    steps = dict.fromkeys(m["steps"] for m in [*view.graph["frames"].values(), *marks] if "steps" in m)
    closed, chains = sum(m["kind"] == "module" for m in marks), sum("chain" in m for m in marks)
    parts = [f"rolled {counted(n, 'step')}" for n in steps]
    parts += [f"closed {counted(closed, 'group')}"] * bool(closed) + [f"{counted(chains, 'chain')}"] * bool(chains)
    return [f"{extent(view)} shown: {', '.join(parts)}"] if parts else []
