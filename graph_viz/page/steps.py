"""The steps through recording and sweep as data: each node's name, its arguments, and what came when."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

from .. import words
from ..captions import counted, span
from ..figure import Figure
from ..letters import letters
from ..programs import Step
from ..style import clean
from ..summaries import summary
from ..trace import history
from ..view import Box
from . import events
from .heat import Heat, fitting, heat
from .structure import ARGUMENT, Texts, differences

if TYPE_CHECKING:
    from autograd_zoo import Tensor

MOST = 20_000  # events: more are no lesson, and a large file
WARMEST = 12_000  # characters of all heat-maps of values together, and of gradients


def of(figure: Figure, texts: Texts) -> tuple[dict[str, Any], list[str]]:
    """What a page knows of the tape's nodes and of the steps through them; and notes."""
    nodes = history(figure.results)
    within = _within(nodes)
    boxes = [Box.of(k, node) for k, node in figure.graph.nodes(data=True)]
    names = [letters(name) for name in words.references(boxes).values()]
    about: dict[str, Any] = {
        "name": [-1 if name == f"%{k}" else texts.number(name) for k, name in enumerate(names)],
        "heat": _values(nodes, within),
    }
    if sum(1 + len(t.inputs) for t in nodes) > MOST:
        return about, [f"no steps in this page: {counted(len(nodes), 'node')} are too many to walk through one by one"]
    failed = any(box.kind == "failed" for box in boxes)
    swept = not failed and not any(isinstance(y, Step) for y in figure.results)  # a program is no tape to be swept
    named = {
        (k, i): letters(clean(constant["name"]))
        for k, taken in figure.graph.nodes(data="constants", default={})
        for i, constant in taken.items()
        if constant["name"]
    }
    found, recorded = events.of(figure.results, [ARGUMENT] * len(names), named, sweep=swept)
    rank = {id(t): k for k, t in enumerate(nodes)}
    source = " + ".join(names[event.node] for event in found if event.text == events.SWEPT)  # one sweep adds them up
    about["arguments"] = [
        [
            (named.get((k, i)) or events.constant(s)) if x is None else k - rank[id(x)]
            for i, (x, s) in enumerate(zip(t.inputs, t.saved, strict=True))
        ]
        for k, t in enumerate(nodes)
    ]
    about["leaves"] = {k: span(summary(t.data)) for k, t in enumerate(nodes) if t.op is None}
    about["recorded"] = _columns(found[:recorded], texts)
    about["swept"] = {
        **_columns(found[recorded:], texts),
        "source": differences(event.source or 0 for event in found[recorded:]),
        "position": [event.position for event in found[recorded:]],
        "part": ["" if span(event.part) == span(event.shown) else span(event.part) for event in found[recorded:]],
        "heat": _gradients(found[recorded:], within),
    }
    about["of"] = f"({source})" if "+" in source else source
    return about, _differences(nodes, found)


def _columns(found: Sequence[events.Event], texts: Texts) -> dict[str, list[Any]]:
    """Events in columns; whose they are follows from the arguments: all nodes that have some, in their order."""
    return {"text": [texts.number(event.text) for event in found], "shown": [span(event.shown) for event in found]}


def _differences(nodes: Sequence[Tensor], found: Sequence[events.Event]) -> list[str]:
    """Where the steps show other gradients than the picture, and why."""
    last = {event.node: event.shown for event in found if event.source is not None}
    if last and all(t.grad is None for t in nodes):
        return ["backward() has not run yet: the steps show what it will do"]
    if any(t.grad is not None and span(summary(t.grad)) != span(last.get(k)) for k, t in enumerate(nodes)):
        return ["gradients in the picture are of more sweeps than one, or of another: the steps show one from here"]
    return []


def _within(nodes: Sequence[Tensor]) -> set[int]:
    """The nodes that are neither leaves nor results."""
    used = {id(x) for t in nodes for x in t.inputs if x is not None}
    return {k for k, t in enumerate(nodes) if t.op is not None and id(t) in used}


def _values(nodes: Sequence[Tensor], within: set[int]) -> dict[int, Heat]:
    """Heat-maps of values, leaves and results first, as far as there is room."""
    order = sorted(range(len(nodes)), key=lambda k: (k in within, k))
    return fitting(((k, heat(nodes[k].data)) for k in order), WARMEST)


def _gradients(swept: Sequence[events.Event], within: set[int]) -> dict[int, Heat]:
    """Heat-maps of gradients, each by its event: of leaves first, and those first to which nothing is added later."""
    last = set({event.node: k for k, event in enumerate(swept)}.values())
    order = sorted(range(len(swept)), key=lambda k: (swept[k].node in within, k not in last, k))
    return fitting(((k, swept[k].heat) for k in order), WARMEST)
