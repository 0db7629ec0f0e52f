"""The structure of a drawing as compact data: its groups, its smallest boxes and the lines between them.

From that and the set of open groups a page makes any view (`visible.js`), and lays it out as `graph_viz.layout` does.
Rows have columns of their own: these repeat themselves, and are compressed well. Texts are numbers of one table.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Sequence
from itertools import pairwise
from typing import Any

from .. import edges, operations, svg, words
from ..captions import Caption, caption
from ..fold.budget import collapsed_in
from ..fold.draft import Draft, keeps_ports
from ..fold.quotient import Choice, closed, opened
from ..lanes import returned
from ..letters import letters, pieces
from ..scopes import Path
from ..style import KINDS, clean, shape
from ..view import Box, Copy, Edge, Key, View

ARGUMENT, OWN = "\x01", "\x02"  # in a sentence: the name of an argument, of the box itself
SCRIPTS = {"_": "\x03", "^": "\x04", "": "\x05"}  # in a title: what follows is low, high, or on the line again
CHAIN, UNORDERED, COMPUTES, BESIDE, COPIED, STEPS, MADE = 1, 2, 4, 8, 16, 32, 64  # what a page knows of a box, as bits
SHARES = 128  # ... of a closed group: that something else uses one of its parameters too
STATE, INITIAL = 1, 2  # ... and of a line


class Texts:
    """A table of texts, and of captions, each of which is stored once."""

    def __init__(self) -> None:
        self.texts: dict[str, int] = {"": 0}
        self.captions: dict[tuple[Any, ...], int] = {}

    def number(self, text: str) -> int:
        """The number of a text."""
        return self.texts.setdefault(text, len(self.texts))

    def caption(self, c: Caption) -> int:
        """The number of a caption: title, what stands before and behind it, size, and the rows."""
        parts = [self.number(_scripted(text)) for text in (c.title, c.before, c.after)]
        rows = [self.number(text) for r in c.rows for text in (_scripted(r.word), r.text, r.tone)]
        return self.captions.setdefault((*parts, c.width, c.height, *rows), len(self.captions))


def _scripted(text: str) -> str:
    """A text with a mark before each piece of it that is low or high, and behind it."""
    return "".join(SCRIPTS[script] + part for part, script in pieces(text) if part).removeprefix(SCRIPTS[""])


def of(
    draft: Draft, choice: Choice, texts: Texts, results: list[Any], *, values: bool, gradients: bool
) -> dict[str, Any]:
    """All that a page knows of the boxes that there can be."""
    view, lines = opened(draft, choice)
    groups = {path: k for k, path in enumerate(sorted(view.clusters, key=len))}
    shapes = any(box.shape for box in view)

    def number(c: Box) -> int:
        return texts.caption(caption(c, shapes=shapes, values=values, gradients=gradients))

    boxes = list(view)
    rank = {box.key: k for k, box in enumerate(boxes)}
    names = words.references(boxes)
    of_group = closed(draft, choice, groups)
    collapsed = [of_group[path] for path in groups]
    ports = _kept(draft, view)
    parents = [groups[up[-1]] if (up := _outer(path, groups)) else -1 for path in groups]
    return {
        "groups": {
            "parent": differences(parents),
            "title": differences(texts.number(view.clusters[path].title[0]) for path in groups),
            "module": differences(texts.number(view.clusters[path].title[1]) for path in groups),
            "room": [round(svg.title_width(*view.clusters[path].title), 4) for path in groups],
            "caption": differences(number(box) for box in collapsed),
            "name": differences(texts.number(clean(".".join(path))) for path in groups),
            "call": differences(texts.number(letters(words.references([box])[box.key])) for box in collapsed),
            "say": differences(texts.number(_call(box)) for box in collapsed),
            "shows": relative(_results(box) for box in collapsed),
            "bits": [_bits(box) | MADE * (words.word(box) == "closed group") for box in collapsed],
            "single": [int(box.shape is not None) for box in collapsed],
            "shared": [_shared(box) for box in collapsed],
        },
        "boxes": {
            "group": differences(groups[box.clusters[-1]] if box.clusters else -1 for box in boxes),
            "kind": [list(KINDS).index(box.kind) for box in boxes],
            "caption": differences(number(box) for box in boxes),
            "name": differences(_name(names[box.key], box, texts) for box in boxes),
            "say": differences(texts.number(_sentence(view, box)) for box in boxes),
            "node": differences(-1 if box.node is None else box.node for box in boxes),
            "nodes": relative(box.members for box in boxes),
            "shows": relative(shown(box) for box in boxes),
            "bits": [_bits(box) | BESIDE * (box.key in ports) for box in boxes],
        },
        "lines": _lines(view, lines, rank, texts, returned(results, view.edges) if gradients else []),
        "open": [k for path, k in groups.items() if collapsed_in(path, choice.collapsed) is None],
    }


def _outer(path: Path, groups: Collection[Path]) -> list[Path]:
    return [path[:k] for k in range(1, len(path)) if path[:k] in groups]


def _kept(draft: Draft, view: View) -> set[Key]:
    """What stays beside the closed group that it stands in: the ports of steps, and parameters that lead to them."""
    states = {
        box.key
        for box in view
        if box.kind == "state" and box.clusters[-1:] == (draft.nodes[box.key]["scope"],)
        if keeps_ports(draft, box.clusters[-1])
    }
    return states | {e.tail for e in view.edges if e.head in states and view.boxes[e.tail].kind == "parameter"}


def _bits(box: Box) -> int:
    unordered = box.unordered or operations.of(box.first or box.op).commutative
    bits = CHAIN * bool(box.chain) | UNORDERED * unordered | COMPUTES * (box.op is not None)
    bits |= SHARES * (box.content is not None and box.shares)
    return bits | COPIED * box.copied | STEPS * (box.steps > 0)


def _name(name: str, box: Box, texts: Texts) -> int:
    """What a box is called; -1 where it is as its node, which a number tells from others."""
    return -1 if name.endswith(f"%{box.node}") else texts.number(letters(name))


def _sentence(view: View, box: Box) -> str:
    """A box in words, with marks for the names that depend on what is open; it holds no number that changes."""
    return words.sentence(view, box, _Marks({box.key: OWN}), values=False, gradients=False)


class _Marks(dict[Key, str]):
    """What boxes are called, but for one of them."""

    def __missing__(self, key: Key) -> str:
        return ARGUMENT


def _call(box: Box) -> str:
    """The same of a closed group, whose arguments are one mark together."""
    alone = View({box.key: box}, (), {box.key: [Edge((), box.key, 0, ())]}, {})
    return words.sentence(alone, box, {(): ARGUMENT, box.key: OWN}, values=False, gradients=False)


def _results(box: Box) -> Sequence[int]:
    return box.content.result.nodes if box.content and box.content.result else ()


def _shared(box: Box) -> list[int]:
    """The nodes of what a closed group shares, those that are rows of its box in the order of these."""
    return [row.node for row in box.content.parameters if row.shared] if box.content else []


def shown(box: Box) -> tuple[int, ...]:
    """The nodes whose values a box shows one after the other: of rolled steps the result of each."""
    if isinstance(box.key, Copy):
        return (box.key.node,)
    each = len(box.chain) or 1
    rolled = len(box.members) == each * (box.steps or 1)
    return tuple(box.members[each - 1 :: each]) if rolled else ()


def _lines(
    view: View, lines: Sequence[Edge], rank: dict[Key, int], texts: Texts, back: list[float | None]
) -> dict[str, list[Any]]:
    """Lines in columns. Where no gradient came back along any yet, the steps show where they will."""
    swept = back if any(length is not None for length in back) else True
    drawn = dict(zip(view.edges, edges.strokes(view, swept), strict=True))
    strokes = [drawn[line] for line in lines]
    labels = ["" if line.state or line.initial else stroke.label for line, stroke in zip(lines, strokes, strict=True)]
    return {
        "tail": [_back(rank[line.tail], rank[line.head]) for line in lines],
        "head": differences(rank[line.head] for line in lines),
        "position": [line.position for line in lines],
        "bits": [STATE * line.state | INITIAL * line.initial for line in lines],
        "count": [line.count for line in lines],
        "shape": [texts.number(shape(line.shape) if line.shape else "") for line in lines],
        "label": [texts.number(label.partition("×")[0] if label.startswith("↔") else "") for label in labels],
        "width": [-1 if stroke.backward is None else round(100 * stroke.backward) for stroke in strokes],
    }


def _back(tail: int, head: int) -> int:
    """How far back a line begins, or where it begins (from -1 on, backwards), whichever is the smaller number."""
    return head - tail if 0 < head - tail <= tail else -1 - tail


def differences(numbers: Iterable[int]) -> list[int]:
    """How much more each number is than the one before: where they grow slowly, these are much alike.

    >>> differences([3, 4, 5, 4])
    [3, 1, 1, -1]
    """
    known = list(numbers)
    return [b - a for a, b in pairwise([0, *known])]


def relative(lists: Iterable[Iterable[int]]) -> list[list[int]]:
    """The same of sorted lists of numbers, each of which begins from the first number of the one before.

    >>> relative([[1, 2], [], [11, 12]])
    [[1, 1], [], [10, 1]]
    """
    found, before = [], 0
    for numbers in lists:
        known = sorted(numbers)
        found.append([b - a for a, b in pairwise([before, *known])])
        before = known[0] if known else before
    return found
