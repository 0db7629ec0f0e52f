"""The page: one file that loads nothing, with every view laid out beforehand and a viewer for them."""

from __future__ import annotations

import base64
import hashlib
import json
import zlib
from collections.abc import Iterable, Sequence
from dataclasses import replace
from functools import cache
from html import escape
from importlib.resources import files
from typing import TYPE_CHECKING, Any

import numpy as np

from .. import edges, svg, words
from ..captions import counted, span
from ..figure import Figure
from ..programs import Step
from ..scopes import Path
from ..style import clean
from ..svg.ink import css
from ..trace import history, summary
from ..view import Box
from . import events, views

if TYPE_CHECKING:
    from autograd_zoo import Tensor

MOST_STEPS = 20_000  # events: more are no lesson, and a large file
LARGEST = 1_500_000  # characters of all pictures together
HEAT, WARMEST = 8, 24_000  # rows and columns of a heat-map; characters of all heat-maps together

_GROUND = '<rect width="100%" height="100%" class="gv-paper"/>'
_LINES = "\n:root .gv-edge-line,:root .gv-grad-line{fill:none}"
_QUIET = "\n[data-ends] .gv-grad-line,[data-ends] .gv-grad{visibility:hidden}"

PAGE = """<!DOCTYPE html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta http-equiv="Content-Security-Policy" content="default-src 'none'; img-src data:; style-src {style_hash}; \
script-src {script_hash}">
<meta name="viewport" content="width=device-width">
<title>{title}</title>
<style>{style}</style>
</head>
<body>
<div class="gv-page" data-graph-viz>
<img src="data:image/svg+xml;charset=utf-8,{picture}" alt="{title}">
<details>
<summary>The graph in words</summary>
<pre>{description}</pre>
</details>
<script type="text/plain">{data}</script>
<script>{script}</script>
</div>
</body>
</html>
"""


def write(figure: Figure) -> str:
    """The page of a figure. Without scripts it shows the picture as an image, and the description."""
    data, kinds = _data(figure)
    first = data["views"][0].pop("svg")  # the viewer takes it from the image
    colours = css(kinds, ":root", theme=figure.look.theme, around=False) + _LINES + _QUIET * data["quiet"]
    style = f"{css(kinds, '.gv-page', theme=figure.look.theme)}\n{_file('viewer.css')}"
    script = _file("viewer.js")
    return PAGE.format(
        title=escape(data["label"]),
        style=style,
        style_hash=_hash(style),
        script=script,
        script_hash=_hash(script),
        picture=_in_address(first.replace(">", f"><style>{colours}</style>{_GROUND}", 1)),
        description=escape(figure.description),
        data=_packed(data),
    )


def _data(figure: Figure) -> tuple[dict[str, Any], list[str]]:
    """All that the viewer knows, and the kinds of boxes that occur."""
    shown, notes = views.of(figure)
    groups = figure.view.groups
    number = {path: k for k, path in enumerate(groups)}
    boxes: dict[str, int] = {}  # of all views; what is the same in two views is stored once
    pictures: list[dict[str, Any]] = []
    kinds: dict[str, None] = {}
    room = LARGEST
    steps, told = _steps(figure)
    quiet = not any(stroke.backward is not None for stroke in figure.picture.strokes)
    for each in shown:
        picture, layout = each.picture, each.layout
        if len(steps["steps"]) > steps["recorded"]:  # a sweep is shown, also where the gradients are not
            picture = replace(picture, strokes=edges.strokes(each.view, True))
        known = {box.key: str(boxes.setdefault(_box(each, box, number), len(boxes))) for box in each.view}
        keys = svg.Keys(known, {path: str(number.get(path, -1)) for path in layout.clusters})
        written = svg.write_bare(picture, layout, keys, alone=not pictures)
        room -= len(written)
        if pictures and room < 0:
            notes.append(f"{counted(len(shown) - len(pictures), 'view')} left out, for the size of this page")
            break
        pictures.append({"svg": written, "open": sorted(number[path] for path in layout.clusters if path in number)})
        kinds |= dict.fromkeys(picture.kinds(layout))
    return {
        "label": figure.label,
        "notes": [*told, *notes],
        "marks": [json.loads(box) for box in boxes],
        "groups": [clean(".".join(path)) for path in groups],
        "views": pictures,
        "quiet": quiet,
        **steps,
    }, list(kinds)


def _box(figure: Figure, box: Box, number: dict[Path, int]) -> str:
    """What the viewer knows of a box, as a key: what it is, which nodes it stands for, which module it expands to."""
    shows = _shown(box)
    row = {
        "say": words.sentence(figure.view, box, figure.names, values=False, gradients=False),
        "nodes": _ranges(box.members),
        "node": box.node,
        "shows": _ranges(shows) if len(shows) > 1 or (shows and box.content) else None,
        "state": box.kind == "state" or None,
        "group": number.get(box.key) if isinstance(box.key, tuple) else None,
    }
    return json.dumps({key: value for key, value in row.items() if value not in (None, "")}, sort_keys=True)


def _shown(box: Box) -> Sequence[int]:
    """The nodes whose values a box shows one after the other: of rolled steps, and of a group, the result of each."""
    if box.content is not None:
        return box.content.result.nodes if box.content.result else ()
    each = len(box.chain) or 1
    rolled = len(box.members) == each * (box.steps or 1)
    return box.members[each - 1 :: each] if rolled else ()


def _ranges(numbers: Iterable[int]) -> str:
    """Numbers as text.

    >>> _ranges([3, 1, 2, 7])
    '1-3,7'
    """
    runs: list[list[int]] = []
    for n in sorted(numbers):
        if runs and n == runs[-1][-1] + 1:
            runs[-1][1:] = [n]
        else:
            runs.append([n])
    return ",".join("-".join(map(str, run)) for run in runs)


def _steps(figure: Figure) -> tuple[dict[str, Any], list[str]]:
    """The steps through recording and sweep, with names and heat-maps of all nodes on the tape; and notes."""
    ys = figure.results
    nodes = history(ys)
    names = list(words.references(Box.of(k, node) for k, node in figure.graph.nodes(data=True)).values())
    found: list[events.Event] = []
    recorded, notes = 0, []
    if sum(1 + len(t.inputs) for t in nodes) > MOST_STEPS:
        notes.append(f"no steps in this page: {counted(len(nodes), 'node')} are too many to walk through one by one")
    else:
        failed = any(box.kind == "failed" for box in figure.view)
        swept = not failed and not any(isinstance(y, Step) for y in ys)  # a program is no tape to be swept
        found, recorded = events.of(ys, names, sweep=swept)
        notes += _differences(nodes, found)
    of = " + ".join(names[event.node] for event in found if event.text == events.SWEPT)  # one sweep adds them up
    texts: dict[str, int] = {}
    steps: list[list[Any]] = []
    for event in found:
        row = [event.node, texts.setdefault(event.text, len(texts)), span(event.shown)]
        if event.source is not None:
            part = span(event.part)
            row += [event.source] if part == row[2] else [event.source, part]
        steps.append(row)
    about = {
        "names": names,
        "heat": _heats(nodes),
        "steps": steps,
        "recorded": recorded,
        "texts": list(texts),
        "of": f"({of})" if "+" in of else of,
    }
    return about, notes


def _differences(nodes: Sequence[Tensor], found: Sequence[events.Event]) -> list[str]:
    """Where the steps show other gradients than the picture, and why."""
    last = {event.node: event.shown for event in found if event.source is not None}
    if last and all(t.grad is None for t in nodes):
        return ["backward() has not run yet: the steps show what it will do"]
    if any(t.grad is not None and span(summary(t.grad)) != span(last.get(k)) for k, t in enumerate(nodes)):
        return ["gradients in the picture are of more sweeps than one, or of another: the steps show one from here"]
    return []


def _heats(nodes: Sequence[Tensor]) -> dict[int, str]:
    """A heat-map of each array, leaves and results first, as far as there is room."""
    used = {id(x) for t in nodes for x in t.inputs if x is not None}
    order = sorted(range(len(nodes)), key=lambda k: (nodes[k].op is not None and id(nodes[k]) in used, k))
    heats, room = {}, WARMEST
    for k in order:
        if nodes[k].size > 1:
            heats[k] = heat(nodes[k].data)
            room -= len(heats[k]) + 8
            if room < 0:
                break
    return heats


def heat(array: np.ndarray) -> str:
    """The means of at most 8 × 8 blocks of an array, rows parted by "/": "a" is the most negative, "h" 0, "o" the most.

    >>> heat(np.array([[-1.0, 0.0], [0.5, 1.0]]))
    'ah/lo'
    """
    table = np.asarray(array, float).reshape(-1, array.shape[-1])
    for axis in (0, 1):
        starts = np.unique(np.arange(HEAT) * table.shape[axis] // HEAT)
        sizes = np.diff([*starts, table.shape[axis]])
        table = np.add.reduceat(table, starts, axis) / (sizes if axis else sizes[:, None])
    finite = np.isfinite(table)
    greatest = np.max(np.abs(table), where=finite, initial=0.0) or 1.0
    steps = np.round(np.where(finite, table, 0.0) / greatest * 7).astype(int)
    cells = np.where(finite, np.array(list("abcdefghijklmno"))[steps + 7], "?")
    return "/".join("".join(row) for row in cells)


@cache
def _file(name: str) -> str:
    """A file of the viewer, without its comments and indentation."""
    text = files(__package__).joinpath(name).read_text(encoding="utf-8")
    stripped = (line.strip() for line in text.splitlines())
    return "\n".join(line for line in stripped if line and not line.startswith("//"))


def _in_address(text: str) -> str:
    """Text as part of a data address in an attribute of HTML."""
    for c in '%#"&\n':
        text = text.replace(c, f"%{ord(c):02X}")
    return text


def _hash(text: str) -> str:
    """What a content policy calls a script or style."""
    return f"'sha256-{base64.b64encode(hashlib.sha256(text.encode()).digest()).decode()}'"


def _packed(data: Any) -> str:
    """Data as compressed JSON in letters and digits: short, and nothing in it can end the script that holds it."""
    text = json.dumps(data, ensure_ascii=False, separators=(",", ":"))
    return base64.b64encode(zlib.compress(text.encode(), 9)).decode()
