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
from graph_viz.page import views

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

    def data(self):
        """What the viewer knows."""
        return json.loads(zlib.decompress(base64.b64decode(self.texts["script"][0])))

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
    assert len(graph_viz.draw(neuron).html().encode()) <= 40_000
    assert len(graph_viz.draw(lstm(37)).html().encode()) <= 250_000


def test_nothing_is_loaded_and_only_the_viewer_runs(y):
    """O2: the one address is that of a namespace; the policy names the hash of the one script and the one style."""
    text = graph_viz.draw(y).html()
    read = Reader(text)
    assert set(re.findall("https?://[^\"'% )]+", text)) <= {"http://www.w3.org/2000/svg"}
    assert read.tags.count("script") == 2 and read.tags.count("style") == 1
    policy = next(value for _, value in read.attributes if value and "default-src" in value)
    assert policy.startswith("default-src 'none'; img-src data:;")
    for directive, code in (("style-src", read.texts["style"][0]), ("script-src", read.texts["script"][1])):
        digest = base64.b64encode(hashlib.sha256(code.encode()).digest()).decode()
        assert f"{directive} 'sha256-{digest}'" in policy
    assert not any(key == "id" or key == "style" or key.startswith("on") for key, _ in read.attributes)
    assert "innerHTML" not in text and "eval(" not in text


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
        for root in [read.image(), *(ET.fromstring(view["svg"]) for view in read.data()["views"][1:])]:
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
def test_every_view_of_a_recurrent_net_is_well_formed(options):
    read = Reader(graph_viz.draw(lstm(5), **options).html())
    views = [read.image(), *(ET.fromstring(view["svg"]) for view in read.data()["views"][1:])]
    assert len(views) > 3
    finals = [e for root in views for e in root.iter() if e.get("data-final") is not None]
    assert bool(finals) == bool(options) and all("‖∂‖" in e.text for e in finals)


def test_two_pages_share_no_id(neuron, loss):
    """O3, as far as it can be read from the text: there is no id at all."""
    assert " id=" not in graph_viz.draw(neuron).html() + graph_viz.draw(loss).html()


def test_the_same_bytes_each_time(y):
    assert graph_viz.draw(y).html() == graph_viz.draw(y).html()


def test_every_module_can_be_expanded_and_collapsed(loss):
    data = Reader(graph_viz.draw(loss).html()).data()
    assert data["groups"] == ["MLP", "MLP.fc1", "MLP.fc2"]
    opened = {tuple(view["open"]) for view in data["views"]}
    assert opened == {(), (0,), (0, 1), (0, 2), (0, 1, 2)}


def test_boxes_of_each_view_stand_for_the_whole_tape(loss):
    """G2, in the page: each node is in one mark of each view."""
    data = Reader(graph_viz.draw(loss).html()).data()
    for view in data["views"][1:]:
        there = [data["marks"][int(k)] for k in re.findall('data-mark="([0-9]+)"', view["svg"])]
        ranges = [run.split("-") for mark in there for run in mark.get("nodes", "").split(",") if run]
        members = [n for run in ranges for n in range(int(run[0]), int(run[-1]) + 1)]
        assert sorted(members) == list(range(len(data["names"])))


def test_names_of_what_is_read_out_have_no_number_that_changes(neuron):
    """What is shown at a step is true at that step: the names of marks hold no gradients."""
    neuron.backward(retain_grads=True)
    data = Reader(graph_viz.draw(neuron).html()).data()
    assert not any("grad" in mark["say"] or "value" in mark["say"] for mark in data["marks"])


def test_too_many_views_are_told(loss, monkeypatch):
    monkeypatch.setattr(views, "MOST_VIEWS", 2)
    shown, notes = views.of(graph_viz.draw(loss).figure)
    assert len(shown) == 2 and any("deeper" in note for note in notes)
    monkeypatch.undo()
    monkeypatch.setattr(views, "MOST_WORK", 3 * len(graph_viz.to_networkx(loss)))
    assert len(views.of(graph_viz.draw(loss).figure)[0]) <= 4
    monkeypatch.undo()
    monkeypatch.setattr(views, "MOST_BOXES", 8)
    shown, notes = views.of(graph_viz.draw(loss).figure)
    assert all(len(each.view) <= 8 for each in shown[1:]) and any("more than 8 boxes" in note for note in notes)
    monkeypatch.undo()
    monkeypatch.setattr(page, "LARGEST", 5000)
    assert any("for the size" in note for note in Reader(graph_viz.draw(loss).html()).data()["notes"])


def test_too_many_steps_are_left_out(loss, monkeypatch):
    monkeypatch.setattr(page, "MOST_STEPS", 5)
    data = Reader(graph_viz.draw(loss).html()).data()
    assert data["steps"] == [] and any("steps" in note for note in data["notes"])


def heat_by_hand(array):
    table = np.asarray(array, float).reshape(-1, np.shape(array)[-1])
    return table / np.abs(table).max()


@pytest.mark.parametrize("shape", [(1, 1), (3, 5), (8, 8), (2, 3, 4), (100,), (17, 30)])
def test_a_heat_map_has_the_shares_of_the_greatest(shape):
    array = np.random.default_rng(0).normal(size=shape)
    rows = page.heat(array).split("/")
    table = heat_by_hand(array)
    assert len(rows) == min(8, table.shape[0]) and {len(row) for row in rows} == {min(8, table.shape[1])}
    if max(table.shape) <= 8:
        levels = np.array([[(ord(c) - ord("h")) / 7 for c in row] for row in rows])
        assert np.abs(levels - table).max() <= 0.5 / 7 + 1e-9


def test_a_heat_map_flags_what_is_no_number():
    assert page.heat(np.array([np.nan, 0.0, -2.0, np.inf])) == "?ha?"
