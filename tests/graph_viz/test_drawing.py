"""The Drawing: its formats, its words, its errors."""

import math
import re
import sys
import xml.etree.ElementTree as ET

import numpy as np
import pytest

import autograd_zoo as az
import graph_viz
from autograd_zoo import nn
from autograd_zoo.engine.mode import Scope, switched
from graph_viz.captions import expression
from graph_viz.formats.pictures import adapting
from graph_viz.layout import engines

SYMBOLS = {
    "× 2": lambda x: x * 2.0,
    "2 ×": lambda x: 2.0 * x,
    "1 −": lambda x: 1.0 - x,
    "÷ 4": lambda x: x / 4.0,
    "+": lambda x: x + x,
    "(·)²": lambda x: x**2,
    "(·)⁻¹": lambda x: x**-1,
    "(·) ^ 0.5": lambda x: x**0.5,
    "2 ^ (·)": lambda x: 2.0**x,
    "−(·)": lambda x: -x,
    "÷ √3": lambda x: x / np.sqrt(3.0),
    "+ [3 of 1]": lambda x: x + np.ones(3),
    "maximum(·, 0)": lambda x: np.maximum(x, 0.0),
}


def test_fused_nodes_are_one_box_or_are_opened():
    x = az.Tensor([[1.0, -2.0]], name="x")
    with az.fused():
        y = az.nn.softmax(x)
    z = (az.checkpoint(np.tanh, y).named("z") * 2.0).sum()
    z.backward()
    before = graph_viz.draw(z, budget=None).describe()
    opened = graph_viz.draw(z, budget=None, unfold=True, names={"softly": y}).describe()
    assert "softmax(x)" in before and "= checkpoint(" in before
    assert "softmax" not in opened and "checkpoint" not in opened
    assert "softly = " in opened and "z = tanh(softly)" in opened
    assert graph_viz.draw(z, budget=None).describe() == before


def test_a_failed_pass_is_opened_too():
    with az.fused():
        h = az.nn.softmax(az.Tensor([1.0, 2.0], name="x")).named("h")
    with pytest.raises(ValueError) as caught:
        h + np.ones(3)
    assert "softmax(x)" in graph_viz.draw(caught.value).describe()
    assert "softmax" not in graph_viz.draw(caught.value, unfold=True, budget=None).describe()


@pytest.mark.parametrize("text", SYMBOLS)
def test_expressions(text):
    view = graph_viz.draw(SYMBOLS[text](az.Tensor([1.0, 2.0, 3.0])), constants=False).figure.view
    (found,) = [expression(box) for box in view if box.op]
    assert found == text


def test_describe_lists_boxes_below_their_modules(loss):
    assert graph_viz.draw(loss).describe().splitlines() == [
        "Graph of loss: 13 nodes, 1 input, 4 parameters, 1 constant, 7 operations, 1 output.",
        "- x: input, 4×3",
        "- MLP:",
        "  - fc1 Linear:",
        "    - fc1.W: parameter, 3×8",
        "    - fc1.b: parameter, 8",
        "    - %5 = matmul(x, fc1.W), 4×8",
        "    - %6 = add(%5, fc1.b), 4×8",
        "  - %7 = multiply(%6, %6), 4×8",
        "  - fc2 Linear:",
        "    - fc2.W: parameter, 8×2",
        "    - fc2.b: parameter, 2",
        "    - %8 = matmul(%7, fc2.W), 4×2",
        "    - %9 = add(%8, fc2.b), 4×2",
        "- constant 4×2 (−1.288 … 0.696, #f2e4)",
        "- %10 = subtract(%9, constant 4×2 (−1.288 … 0.696, #f2e4)), 4×2",
        "- %11 = power(%10, 2), 4×2",
        "- loss = mean(%11), output",
    ]


def test_describe_names_collapsed_modules(loss):
    drawing = graph_viz.draw(loss, depth=1)
    assert "  - MLP.fc1(x): closed module Linear, 2 operations, parameter W 3×8, parameter b 8" in drawing.describe()
    assert repr(drawing) == "<Drawing of loss: 8 boxes for 13 nodes>"


NOTES = [
    ({}, ["— no gradients yet: backward(retain_grads=True) of the output fills them in"]),
    (
        {"retain_grads": False},
        ["— no gradients kept of the results between: backward(retain_grads=True) of the output does"],
    ),
    ({"retain_grads": True}, []),
]


@pytest.mark.parametrize(("sweep", "notes"), NOTES)
def test_notes_say_how_to_fill_a_blank(neuron, sweep, notes):
    if sweep:
        neuron.backward(**sweep)
    drawing = graph_viz.draw(neuron)
    assert drawing.notes == notes
    assert all(note in drawing.describe() for note in notes)


@pytest.mark.parametrize("engine", ["own", "auto"])
def test_what_is_said_does_not_hang_on_what_was_written_before(loss, engine, monkeypatch):
    """A note of the layout, here that Graphviz gave none, stands below the picture alone."""

    def ask(name, dot, limit):
        raise engines.Failed("it is broken")

    monkeypatch.setattr(engines, "ask", ask)
    drawing = graph_viz.draw(loss, engine=engine, gradients=True)
    before = drawing.describe(), drawing.source, list(drawing.notes), repr(drawing)
    picture = drawing.svg()
    assert ("it is broken" in picture) == (engine == "auto")
    assert (drawing.describe(), drawing.source, drawing.notes, repr(drawing)) == before
    assert drawing.svg() == picture and drawing.html() == drawing.html()


def test_defaults_show_numbers_where_all_are_scalars(neuron, loss):
    assert "value" in graph_viz.draw(neuron).describe() and "grad" in graph_viz.draw(neuron).describe()
    assert "value" not in graph_viz.draw(loss).describe()
    both = graph_viz.draw(loss, values=True, gradients=True).describe()
    assert "value −" in both and "grad —" in both


def chain(n):
    y = az.Tensor(1.0)
    for _ in range(n):
        y = y * 1.5
    return y


def named():
    return az.Tensor(np.ones((2, 5, 8)), name="x")


DIRECTIONS = {
    "a formula": (lambda: chain(4), "LR", False),
    "a long formula": (lambda: chain(19), "LR", True),
    "many inputs": (lambda: np.stack([az.Tensor(1.0) for _ in range(9)]).sum(), "LR", False),
    "a net": (lambda: nn.MultiHeadAttention(8, 2, rng=np.random.default_rng(0))(named()), "TB", False),
}


@pytest.mark.parametrize(("graph", "direction", "broken"), DIRECTIONS.values(), ids=DIRECTIONS)
def test_a_picture_is_laid_out_so_that_its_letters_are_largest_on_a_page(graph, direction, broken):
    found = graph_viz.draw(graph()).layout
    assert (found.direction, found.broken) == (direction, broken)
    assert found.width <= 680 and found.height <= 900


def test_what_is_asked_for_is_heeded():
    y = chain(19)
    one, as_it_comes = graph_viz.draw(y, direction="LR").layout, graph_viz.draw(y, width=math.inf).layout
    assert one.width > 1300 and not one.broken and as_it_comes.direction == "TB" and not as_it_comes.broken
    for width in (300, 500, 1000):
        assert width / 2 < graph_viz.draw(y, direction="LR", width=width).layout.width <= width
        assert graph_viz.draw(y, width=width).layout.width <= width


FORMATS = {
    "g.svg": b"<svg ",
    "g.SVG": b"<svg ",
    "g.html": b"<!DOCTYPE html>",
    "g.dot": b"digraph ",
    "g.gv": b"digraph ",
    "g.tex": b"% Graph of ",
    "g.mmd": b"flowchart ",
    "g.json": b"{",
    "g.png": b"\x89PNG\r\n",
    "g.pdf": b"%PDF",
}


@pytest.mark.parametrize("name", FORMATS)
def test_save_goes_by_the_suffix(neuron, name, tmp_path):
    if name.endswith(("png", "pdf")):
        pytest.importorskip("resvg_py" if name.endswith("png") else "typst")
    path = tmp_path / name
    path.write_bytes(b"old")
    graph_viz.draw(neuron).save(path)
    assert path.read_bytes().startswith(FORMATS[name])
    assert list(tmp_path.iterdir()) == [path]


def test_a_drawing_that_fails_leaves_the_old_file(tmp_path):
    y = az.Tensor(1.0)
    for _ in range(1600):
        y = y * 1.5
    path = tmp_path / "g.svg"
    path.write_text("old")
    with pytest.raises(ValueError, match=r"1,601 boxes"):
        graph_viz.draw(y, budget=None).save(path)
    with pytest.raises(FileNotFoundError):
        graph_viz.draw(az.Tensor(1.0) * 2.0).save(tmp_path / "missing" / "g.svg")
    assert path.read_text() == "old" and list(tmp_path.iterdir()) == [path]


ERRORS = {
    "suffix": (
        lambda y: graph_viz.draw(y).save("g.jpeg"),
        r"one of \.svg, \.png, \.pdf, \.html, \.tex, \.mmd, \.dot, \.gv, \.json; got 'g\.jpeg'",
    ),
    "no suffix": (lambda y: graph_viz.draw(y).save("svg"), r"got 'svg'"),
    "direction": (lambda y: graph_viz.draw(y, direction="RL"), r"direction must be one of None, 'LR', 'TB'; got 'RL'"),
    "theme": (lambda y: graph_viz.draw(y, theme="blue"), r"theme must be one of 'auto', 'light', 'dark'; got 'blue'"),
    "depth": (lambda y: graph_viz.draw(y, depth=-1), r"depth is how many levels of modules to open.*got -1"),
    "depth is a number": (lambda y: graph_viz.draw(y, depth=True), r"got True"),
    "budget": (lambda y: graph_viz.draw(y, budget=0), r"budget is how many boxes there may be.*got 0"),
    "engine": (lambda y: graph_viz.draw(y, engine="neato"), r"engine must be one of 'auto', .*got 'neato'"),
    "width": (lambda y: graph_viz.draw(y, width=20), r"width is how many px.*200 or more, or None for a page; got 20"),
    "limit": (lambda y: graph_viz.draw(y, limit=0), r"limit is how many seconds Graphviz may take.*got 0"),
    "fold": (lambda y: graph_viz.draw(y, fold="Linear >"), r'fold is a pattern such as "Linear > ReLU".*got'),
    "two ways": (lambda y: graph_viz.draw(y, depth=1, open=set()), r"give one of them"),
}
WRONG = {
    "open": (lambda y: graph_viz.draw(y, open="MLP"), r"open is a set of module names or paths, or a function"),
    "names": (lambda y: graph_viz.draw(y, names=["x"]), r"names is a dict of labels and Tensors.*got list"),
    "inputs": (lambda y: graph_viz.draw(y, np.ones(3)), r"drawn without, got 1 more"),
}


@pytest.mark.parametrize(("call", "text"), WRONG.values(), ids=WRONG)
def test_errors_of_type(neuron, call, text):
    with pytest.raises(TypeError, match=text):
        call(neuron)


@pytest.mark.parametrize(("call", "text"), ERRORS.values(), ids=ERRORS)
def test_errors(neuron, call, text, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    with pytest.raises(ValueError, match=text):
        call(neuron)
    assert not list(tmp_path.iterdir())


def test_a_missing_renderer_is_named(neuron, monkeypatch):
    monkeypatch.setitem(sys.modules, "resvg_py", None)
    with pytest.raises(ImportError, match=r"pip install resvg-py, or save as \.svg"):
        graph_viz.draw(neuron).png()


def test_a_missing_library_for_pdf_is_named(neuron, monkeypatch):
    monkeypatch.setitem(sys.modules, "typst", None)
    with pytest.raises(ImportError, match=r"typst.*pip install typst, or save as \.svg"):
        graph_viz.draw(neuron).pdf()


def test_png_has_the_size_of_the_picture(neuron):
    pytest.importorskip("resvg_py")
    drawing = graph_viz.draw(neuron)
    root = ET.fromstring(drawing.svg())
    for scale in (1.0, 2.0):
        size = np.frombuffer(drawing.png(scale)[16:24], ">u4")
        assert np.allclose(size, [scale * float(root.get(key)) for key in ("width", "height")], atol=1.0)


def test_the_picture_says_what_it_is(neuron):
    root = ET.fromstring(graph_viz.draw(neuron).svg())
    assert root.get("role") == "img"
    assert root.get("aria-label") == "Graph of n: 10 nodes, 5 inputs, 4 operations, 1 output."
    assert root[0].text == root.get("aria-label") and "n = divide(1, %8), output" in root[1].text


def test_source_has_a_node_for_each_box_and_a_cluster_for_each_cluster(y):
    drawing = graph_viz.draw(y)
    source = drawing.source
    assert source.count(" -> ") == len(drawing.layout.routes)
    assert len(re.findall(r"^\s*n\d+ \[label=", source, re.MULTILINE)) == len(drawing.layout.boxes)
    assert source.count("subgraph cluster_") == len(drawing.layout.clusters)
    assert source.count("{") == source.count("}") == len(drawing.layout.clusters) + 1


def test_source_quotes_names(hostile):
    for name in filter(str.strip, hostile):
        with switched(scope=Scope(name)):
            y = (az.Tensor(1.0, name=name) * 2.0).named(name)
        source = graph_viz.draw(y, values=False, gradients=False).source
        labels = [line.split("label=", 1)[1] for line in source.splitlines() if "label=" in line]
        assert len(labels) == 3  # the cluster and both nodes; no name begins a line of its own
        assert not any(label.startswith("<") for label in labels)  # which would be markup
        assert not any(re.search(r"(?<!\\)(\\\\)*\\[^n\"\\]", label) for label in labels)  # nor is there an escape


def test_a_wide_picture_adapts_to_the_notebook():
    drawing = graph_viz.draw(chain(7), direction="LR")
    alone, shown = ET.fromstring(drawing.svg()), ET.fromstring(adapting(drawing.figure))
    assert float(alone.get("width")) > 700 and shown.get("width") == "100%" and shown.get("height") is None
    assert f"max-width:{alone.get('width')}px" in shown.get("style")
    assert [e.attrib for e in alone.iter()][1:] == [e.attrib for e in shown.iter()][1:]
