"""The page: one file of little weight that loads nothing and holds nobody's text as markup."""

import base64
import hashlib
import json
import re
import xml.etree.ElementTree as ET
import zlib
from html.parser import HTMLParser
from pathlib import Path
from urllib.parse import unquote

import numpy as np
import pytest

import autograd_zoo as az
import graph_viz
from autograd_zoo import nn
from autograd_zoo.engine.mode import Scope, switched
from graph_viz import page
from graph_viz.page import heat, steps

SVG = "{http://www.w3.org/2000/svg}"


class Reader(HTMLParser):
    """The elements of a page, its scripts and styles, and the address of its image."""

    def __init__(self, text):
        super().__init__()
        self.tags, self.attributes, self.inside, self.texts = [], [], None, {}
        self.feed(text)

    def handle_starttag(self, tag, attributes):
        self.tags.append(tag)
        self.attributes += attributes
        self.inside = tag if tag in ("script", "style", "pre") else self.inside

    def handle_endtag(self, tag):
        self.inside = None if tag == self.inside else self.inside

    def handle_data(self, data):
        if self.inside:
            self.texts.setdefault(self.inside, []).append(data)

    def packed(self):
        """The viewer, and what it knows."""
        return json.loads(zlib.decompress(base64.b64decode(self.texts["script"][0])))

    def data(self):
        """What the viewer knows."""
        return self.packed()["data"]

    def image(self):
        """The picture before the viewer runs."""
        source = dict(self.attributes)["src"]
        assert source.startswith("data:image/svg+xml;charset=utf-8,")
        return ET.fromstring(unquote(source.partition(",")[2]))


def lstm(steps):
    rng = np.random.default_rng(0)
    y = nn.LSTM(3, 4, rng=rng)(az.Tensor(rng.normal(size=(steps, 2, 3)), name="x"))
    loss = ((y[0] if isinstance(y, tuple) else y) ** 2).mean().named("loss")
    loss.backward(retain_grads=True)
    return loss


def test_the_page_reads_nothing_private():
    """It is given a figure, whose view, picture and layout are public."""
    for path in Path(page.__file__).parent.glob("*.py"):
        assert not re.findall(r"\b(?!self\b)\w+\._[a-z]\w*", path.read_text(encoding="utf-8")), path


def test_weight(neuron):
    """O4."""
    neuron.backward(retain_grads=True)
    assert len(graph_viz.draw(neuron).html().encode()) <= 65_000
    assert len(graph_viz.draw(lstm(37)).html().encode()) <= 130_000


def test_nothing_is_loaded_and_only_the_viewer_runs(y):
    """O2: the addresses are those of namespaces; the policy names the hashes of scripts and styles."""
    text = graph_viz.draw(y).html()
    read = Reader(text)
    viewer, style = read.packed()["viewer"], read.packed()["style"]
    spaces = {"http://www.w3.org/2000/svg", "http://www.w3.org/1998/Math/MathML"}
    assert set(re.findall("https?://[^\"'% )]+", text + viewer)) <= spaces
    assert read.tags.count("script") == 2 and read.tags.count("style") == 1
    policy = next(value for _, value in read.attributes if value and "default-src" in value)
    assert policy.startswith("default-src 'none'; img-src data:;")
    for directive, *codes in (
        ("style-src", read.texts["style"][0], style),
        ("script-src", read.texts["script"][1], viewer),
    ):
        digests = [base64.b64encode(hashlib.sha256(code.encode()).digest()).decode() for code in codes]
        assert " ".join([directive, *(f"'sha256-{digest}'" for digest in digests)]) in policy
    assert not any(key == "id" or key == "style" or key.startswith("on") for key, _ in read.attributes)
    assert not any(word in text + viewer for word in ("innerHTML", "eval(", "Function("))


def test_no_name_breaks_the_page(hostile):
    """O1."""
    for name in hostile:
        with switched(scope=Scope(name, Scope("outer"))):
            y = (az.Tensor([1.0], name=name) * 3.0).named(name)
        plain = Reader(graph_viz.draw(az.Tensor(1.0) * 2.0).html())
        text = graph_viz.draw(y).html()
        read = Reader(text)
        assert [t for t in read.tags if t != "img"] == [t for t in plain.tags if t != "img"]
        assert {key for key, _ in read.attributes} == {key for key, _ in plain.attributes}
        assert not any((value or "").startswith("javascript:") for _, value in read.attributes)
        root = read.image()
        assert {e.tag.removeprefix(SVG) for e in root.iter()} <= set(
            "svg g rect path text tspan title style circle".split()
        )
        assert not any(key.startswith("on") or key.endswith("href") for e in root.iter() for key in e.attrib)


def test_the_image_is_the_first_view(y):
    """O5: where scripts and styles are taken out of an untrusted notebook, the picture and its words are there."""
    drawing = graph_viz.draw(y)
    read = Reader(drawing.html())
    root = read.image()
    assert len([g for g in root.iter(f"{SVG}g") if g.get("data-mark")]) == len(drawing.layout.boxes)
    assert dict(read.attributes)["alt"].startswith("Graph of ")
    assert "".join(read.texts["pre"]) == drawing.describe()
    assert root.find(f"{SVG}style") is not None


@pytest.mark.parametrize("options", [{}, {"gradients": True, "values": True}], ids=str)
def test_lengths_of_gradients_are_there_where_they_are_asked_for(options):
    read = Reader(graph_viz.draw(lstm(5), **options).html())
    finals = [e for e in read.image().iter() if e.get("data-final") is not None]
    assert bool(finals) == bool(options) and all("‖∂‖" in e.text for e in finals)
    assert any("‖∂‖" in text for text in read.data()["texts"]) == bool(options)


def test_two_pages_share_no_id(neuron, loss):
    """O3, as far as it can be read from the text: there is no id at all."""
    assert " id=" not in graph_viz.draw(neuron).html() + graph_viz.draw(loss).html()


def test_the_same_bytes_each_time(y):
    assert graph_viz.draw(y).html() == graph_viz.draw(y).html()


def test_every_module_can_be_expanded_and_collapsed(loss):
    data = Reader(graph_viz.draw(loss).html()).data()
    (structure,) = data["structures"]
    assert [data["texts"][t] for t in np.cumsum(structure["groups"]["name"])] == ["MLP", "MLP.fc1", "MLP.fc2"]
    assert np.cumsum(structure["groups"]["parent"]).tolist() == [-1, 0, 0]


def members(boxes):
    """The nodes of the tape that each box stands for."""
    first = 0
    for differences in boxes["nodes"]:
        found = first + np.cumsum(differences, dtype=int)
        yield found.tolist()
        first = found[0] if len(found) else first


@pytest.mark.parametrize("make", [None, lambda: lstm(5)], ids=["mlp", "lstm"])
def test_boxes_stand_for_the_whole_tape(make, loss):
    """G2, in the page: each node is in one of the smallest boxes, also where each time step stands apart."""
    data = Reader(graph_viz.draw(make() if make else loss).html()).data()
    assert len(data["structures"]) == (2 if make else 1)
    for structure in (data["structures"][0], *map(json.loads, data["structures"][1:])):
        found = [n for nodes in members(structure["boxes"]) for n in nodes]
        assert sorted(found) == list(range(len(data["tape"]["name"])))


def test_names_of_what_is_read_out_have_no_number_that_changes(neuron):
    """What is shown at a step is true at that step: the names of marks hold no gradients."""
    neuron.backward(retain_grads=True)
    data = Reader(graph_viz.draw(neuron).html()).data()
    said = [data["texts"][t] for structure in data["structures"][:1] for t in np.cumsum(structure["boxes"]["say"])]
    assert said and not any("grad" in text or "value" in text for text in said)


def test_too_many_steps_are_left_out(loss, monkeypatch):
    monkeypatch.setattr(steps, "MOST", 5)
    data = Reader(graph_viz.draw(loss).html()).data()
    assert "recorded" not in data["tape"] and any("steps" in note for note in data["notes"])


def heat_by_hand(array):
    table = np.asarray(array, float).reshape(-1, np.shape(array)[-1])
    return table / np.abs(table).max()


@pytest.mark.parametrize("shape", [(1, 2), (3, 5), (8, 8), (2, 3, 4), (100,), (17, 30)])
def test_a_heat_map_has_the_shares_of_the_greatest(shape):
    array = np.random.default_rng(0).normal(size=shape)
    found = heat.heat(array)
    rows = found["cells"].split("/")
    table = heat_by_hand(array)
    assert len(rows) == min(heat.SIDE, table.shape[0]) and {len(row) for row in rows} == {
        min(heat.SIDE, table.shape[1])
    }
    assert ("means" in found) == (max(table.shape) > heat.SIDE)
    if max(table.shape) <= 8:
        levels = np.array([[(ord(c) - ord("h")) / 7 for c in row] for row in rows])
        assert np.abs(levels - table).max() <= 0.5 / 7 + 1e-9
        assert float(found["most"]) == pytest.approx(np.abs(array).max(), rel=1e-3)


def test_a_heat_map_flags_what_is_no_number():
    assert heat.heat(np.array([np.nan, 0.0, -2.0, np.inf]))["cells"] == "?ha?"


@pytest.mark.parametrize("value", [2.0, np.zeros((1, 1)), np.zeros((0, 3)), np.array([1j, 2.0])])
def test_a_number_has_no_heat_map(value):
    assert heat.heat(value) is None


def test_of_up_to_eight_elements_all_numbers_are_said():
    x = np.array([[[1.0, -2.5]], [[0.0, 1e-9]], [[3.0, 4.0]], [[5.0, 6.0]]])
    rows = [[float(n.replace("−", "-")) for n in row.split(" ")] for row in heat.heat(x)["numbers"].split("/")]
    assert rows == x.reshape(4, 2).tolist()
    assert "numbers" not in heat.heat(np.zeros(9))


def test_a_page_has_the_gradient_after_each_contribution():
    """Of max pooling over four pixels: who got what."""
    x = az.Tensor(np.array([[[[1.0, 4.0], [3.0, 2.0]]]]), name="x")
    y = nn.max_pool(x, kernel_size=(2, 2), stride=(2, 2))
    data = Reader(graph_viz.draw((3.0 * y).sum().named("L")).html()).data()
    swept = data["tape"]["swept"]
    last = swept["heat"][str(len(swept["text"]) - 1)]
    assert last["numbers"] == "0 3/0 0" and last["shape"] == "1×1×2×2"
    assert data["tape"]["heat"]["0"]["numbers"] == "1 4/3 2"
