"""A page lays out what is open as Python does, to the pixel: so the page is the picture, whatever is open."""

import json
import random
from dataclasses import replace
from itertools import pairwise

import numpy as np
import pytest

import autograd_zoo as az
import graph_viz
from autograd_zoo import nn
from graph_viz.figure import Figure
from graph_viz.fold.budget import collapsed_in
from graph_viz.fold.quotient import opened
from graph_viz.page import scripts, structure

SETS, FEW = 30, 8  # of open groups, of each graph in each direction: in all, and where there is little time
MOST = 70  # boxes: Python takes its time over more
LAYOUTS = """
(data) => {
  SCRIPT
  const all = prepared(data.structure, data);
  return data.sets.map((open) => {
    const view = visible(all, new Set(open), data.direction), { boxes, frames, routes, width, height } = nested(view);
    return { boxes, frames: [...frames], routes, size: [width, height],
      lines: view.lines.map(({ tail, head }) => [tail, head]) };
  });
}
"""


def twice():
    """One layer, called twice, and a second derivative."""
    layer = nn.Linear(3, 3, rng=np.random.default_rng(0))
    x = az.Tensor(np.ones((2, 3)), name="x")
    (g,) = az.gradient((layer(np.tanh(layer(x))) ** 2).mean(), [x], create_graph=True)
    return (g * g).sum().named("z")


def recurrent():
    rng = np.random.default_rng(0)
    return (nn.LSTM(3, 4, rng=rng)(az.Tensor(rng.normal(size=(4, 2, 3)), name="x"))[0] ** 2).mean().named("loss")


def blocks():
    rng = np.random.default_rng(0)
    layers = [nn.TransformerEncoderLayer(4, 2, 8, rng=rng) for _ in range(4)]
    return nn.Sequential(*layers)(az.Tensor(rng.normal(size=(1, 3, 4)), name="x")).mean()


def images(number=3):
    rng = np.random.default_rng(0)
    parts = [
        layer for _ in range(number) for layer in (nn.Conv2d(2, 2, 3, padding=1, rng=rng), nn.BatchNorm2d(2), nn.ReLU())
    ]
    x = az.Tensor(rng.normal(size=(1, 2, 4, 4)), name="x")
    return (nn.Sequential(*parts)(x) + x).mean()


def loop():
    rng = np.random.default_rng(0)
    a, b, h = (az.Tensor(rng.normal(size=size), name=name) for name, size in (("A", (3, 3)), ("B", (3, 2)), ("h", 3)))
    x = az.Tensor(rng.normal(size=(6, 2)), name="x")
    for t in range(6):
        h = np.tanh(a @ h + b @ x[t])
    return (h * h).sum()


GRAPHS = {
    "twice": twice,
    "lstm": recurrent,
    "blocks": blocks,
    "images": images,
    "layers": lambda: images(5),
    "loop": loop,
}
CASES = [(name, apart) for name in GRAPHS for apart in (False, True) if name in ("lstm", "loop") or not apart]


def laid_out(figure, folded, collapsed):
    """The view with these groups closed, and frames around all others, as Python lays it out."""
    draft, choice = folded
    choice = replace(choice, collapsed=frozenset(collapsed), framed=True)
    return Figure(figure.graph, figure.results, figure.folding, figure.look, (draft, choice))


def cases(name, apart, direction, count):
    """A structure as the page has it, random sets of open groups, and Python's figure of each; what the groups are."""
    figure = graph_viz.draw(GRAPHS[name](), direction=direction, budget=12).figure
    folded = next(figure.apart()) if apart else (figure.draft, figure.choice)
    texts = structure.Texts()
    known = structure.of(*folded, texts, figure.results, values=figure.look.values, gradients=figure.look.gradients)
    paths = sorted(opened(*folded)[0].clusters, key=len)
    rng = random.Random(f"{name} {apart} {direction}")
    sets, figures = [], []
    for k in range(9 * count):
        share = rng.random() if k else 0.0
        wanted = [g for g in range(len(paths)) if rng.random() < share]
        collapsed = []
        for g, path in enumerate(paths):
            if g not in wanted and collapsed_in(path, collapsed) is None:
                collapsed.append(path)
        drawn = laid_out(figure, folded, collapsed) if len(sets) < count else None
        if drawn and len(drawn.view) <= MOST:
            sets.append(wanted)
            figures.append(drawn)
    tape = {"name": [-1] * len(figure.graph)}  # what boxes are called when they are spoken of: no part of a layout
    data = {"structure": known, "texts": list(texts.texts), "captions": list(texts.captions), "tape": tape}
    return {**data, "sets": sets, "direction": direction}, figures, paths


def inner(boxes):
    """Left, top, right and bottom of boxes, a hair's breadth inside."""
    x, y, w, h = np.asarray(boxes, float).reshape(-1, 4).T
    return np.stack([x + 0.5, y + 0.5, x + w - 0.5, y + h - 0.5])


def overlaps(a, b):
    """Which of the boxes `a` share a point with which of `b`."""
    a, b = a[:, :, None], b[:, None, :]
    return (a[0] < b[2]) & (b[0] < a[2]) & (a[1] < b[3]) & (b[1] < a[3])


def lines_through_boxes(found):
    """The pieces of lines, each with its box, that come through a box that is not at one of their ends."""
    boxes = inner(found["boxes"])
    ends = [
        (line, *piece) for line, route in zip(found["lines"], found["routes"], strict=True) for piece in pairwise(route)
    ]
    around = [(min(a[0], b[0]), min(a[1], b[1]), max(a[0], b[0]), max(a[1], b[1])) for _, a, b in ends]
    through = overlaps(np.asarray(around, float).reshape(-1, 4).T, boxes)
    return [(ends[i][0], k) for i, k in zip(*np.nonzero(through), strict=True) if k not in ends[i][0]]


@pytest.mark.parametrize("count", [FEW, pytest.param(SETS, marks=pytest.mark.slow)])
@pytest.mark.parametrize("direction", ["LR", "TB"])
@pytest.mark.parametrize(("name", "apart"), CASES, ids=[f"{name}{' apart' * apart}" for name, apart in CASES])
def test_the_page_is_the_picture(chromium, name, apart, direction, count):
    data, figures, paths = cases(name, apart, direction, count)
    assert len(figures) == count
    tab = chromium.new_page()
    script = scripts.script(*scripts.LAYOUT, *scripts.VIEW)
    found = tab.evaluate(LAYOUTS.replace("SCRIPT", script), json.loads(json.dumps(data)))
    tab.close()
    for figure, page in zip(figures, found, strict=True):
        ours = figure.layout
        ends = {key: k for k, key in enumerate(figure.view.boxes)}
        assert page["lines"] == [[ends[e.tail], ends[e.head]] for e in figure.view.edges]
        pairs = [(page["size"], (ours.width, ours.height)), *zip(page["boxes"], ours.boxes.values(), strict=True)]
        assert {paths[g] for g, _ in page["frames"]} == ours.clusters.keys()
        pairs += [(frame, ours.clusters[paths[g]]) for g, frame in page["frames"]]
        pairs += [(p, q) for a, b in zip(page["routes"], ours.routes, strict=True) for p, q in zip(a, b, strict=True)]
        assert np.abs(np.subtract(*(np.concatenate([pair[k] for pair in pairs]) for k in (0, 1)))).max() <= 0.05
        boxes = inner(page["boxes"])
        assert not (overlaps(boxes, boxes) & ~np.eye(len(page["boxes"]), dtype=bool)).any()
        assert lines_through_boxes(page) == []


def test_at_least_four_hundred_sets_are_compared():
    assert 2 * len(CASES) * SETS >= 400
