"""The DOT of a drawing is read by Graphviz, has every mark, frame and line, and a time step's line leads back."""

import json
import re
import subprocess
import sys
from importlib.util import find_spec

import numpy as np
import pytest

import autograd_zoo as az
import graph_viz
from autograd_zoo import nn
from graph_viz.captions import Caption
from graph_viz.formats import dot
from graph_viz.style import clean
from graph_viz.view import Box, Cluster, View


@pytest.fixture
def rolled():
    """A drawing of five calls of one cell, in which a state goes from step to step."""
    rng = np.random.default_rng(0)
    cell, h = nn.GRUCell(3, 4, rng=rng), az.Tensor(np.zeros((2, 4)), name="h0")
    for _ in range(5):
        h = cell(az.Tensor(rng.normal(size=(2, 3))), h)
    return graph_viz.draw(h.sum().named("loss"), values=False)


def lines(source):
    """The lines of a DOT source, each as its ends and the text of its attributes."""
    return [m.groups(default="") for m in re.finditer(r"^\s*(n\d+) -> (n\d+)(?: \[(.*)\])?$", source, re.M)]


def test_an_edge_to_the_next_time_step_is_dashed_and_moves_nothing(rolled):
    back = [about for _, _, about in lines(rolled.source) if "dashed" in about]
    assert len(back) == 1
    assert "constraint=false" in back[0] and "t → t+1" in back[0]
    assert "shape=cds" in rolled.source


def test_every_box_cluster_and_edge_is_there(y):
    drawing = graph_viz.draw(y)
    source, layout = drawing.source, drawing.layout
    assert {m for m in re.findall(r"^\s*(n\d+) \[", source, re.M)} == {f"n{k}" for k in range(len(layout.boxes))}
    assert len(lines(source)) == len(layout.routes)
    assert source.count("subgraph cluster_") == len(layout.clusters)


def one_box(kind, text, *clusters):
    """The DOT of a single box with a text, in clusters with names."""
    paths = tuple((f"f{k}",) for k in range(len(clusters)))
    inside = {path: Cluster(path, name) for path, name in zip(paths, clusters, strict=True)}
    view = View({0: Box(0, kind, clusters=paths)}, (), {0: []}, inside)
    return dot.source(view, {0: Caption(text)}, "TB")


def test_a_failed_operation_is_an_octagon():
    assert "shape=octagon" in one_box("failed", "log")


def test_names_are_text_wherever_they_stand(hostile):
    for name in hostile:
        source = one_box("op", clean(name), name)
        labels = re.findall(r"label=(.)", source)
        assert len(labels) >= 2 and "<" not in labels


@pytest.mark.skipif(find_spec("pygraphviz") is None, reason="pygraphviz is not installed")
def test_graphviz_reads_it(rolled, hostile):
    sources = [one_box("op", clean(name), name) for name in hostile]
    program = (  # in a process of its own, whatever it does
        "import json, sys, pygraphviz\n"
        "for source in json.load(sys.stdin): print(len(pygraphviz.AGraph(string=source).nodes()))\n"
    )
    given = json.dumps([rolled.source, *sources])
    command = [sys.executable, "-c", program]
    done = subprocess.run(command, input=given, capture_output=True, text=True, timeout=60, check=True)
    assert list(map(int, done.stdout.split())) == [len(rolled.layout.boxes)] + [1] * len(sources)
