"""Where a notebook is looked at: by strangers who do not trust it, on GitHub, and exported; without Inkscape."""

import base64
import json
import re
import sys
from importlib.util import find_spec

import numpy as np
import pytest

import autograd_zoo as az
import graph_viz

MEDIA = ["image/png", "text/html", "image/svg+xml", "application/pdf", "text/plain"]


@pytest.fixture(scope="module")
def drawing():
    """A wide picture, with a name that is no text for HTML."""
    y = az.Tensor(1.0, name='<script>alert("&")</script>')
    for _ in range(9):
        y = np.tanh(y)
    return graph_viz.draw(y.named("y"), direction="LR")


def output(drawing, include=None):
    v4 = pytest.importorskip("nbformat.v4", reason="nbformat is not installed, which writes notebooks")
    data, about = drawing._repr_mimebundle_(include)
    shown = v4.new_output("display_data", data=data, metadata=about)
    return v4.new_notebook(cells=[v4.new_code_cell("graph_viz.draw(y)", outputs=[shown])])


def test_a_stranger_is_given_pixels_and_words(drawing):
    pytest.importorskip("resvg_py")
    data, about = drawing._repr_mimebundle_()
    assert list(data) == ["image/png", "text/plain"] and data["text/plain"] == drawing.describe()
    width, high = np.frombuffer(base64.b64decode(data["image/png"])[16:24], ">u4")
    assert width == pytest.approx(1.5 * about["image/png"]["width"], abs=1) and high < width
    assert about["image/png"]["alt"] == drawing.figure.label
    json.dumps(about)


def test_without_a_maker_of_pixels_it_is_an_image_of_vectors(drawing, monkeypatch):
    monkeypatch.setitem(sys.modules, "resvg_py", None)
    data, _ = drawing._repr_mimebundle_()
    assert list(data) == ["text/html", "text/plain"]
    image = r'<img src="data:image/svg\+xml;base64,([\w+/=]+)" alt="([^"<>]*)" [^<>]*>'
    src, alt = re.fullmatch(image, data["text/html"]).groups()
    assert base64.b64decode(src).startswith(b"<svg ") and b"<script" not in base64.b64decode(src)
    assert alt == drawing.figure.label


@pytest.mark.parametrize("media", MEDIA)
def test_any_format_can_be_asked_for_or_left_out(drawing, media):
    if missing := [name for name in ("resvg_py", "typst") if find_spec(name) is None]:
        pytest.skip(f"not installed: {missing}")
    assert list(drawing._repr_mimebundle_(include=[media])[0]) == [media]
    assert media not in drawing._repr_mimebundle_(exclude=[media])[0]


def test_ipython_adds_nothing_of_its_own(drawing):
    formatters = pytest.importorskip("IPython.core.formatters", reason="IPython is not installed")
    pytest.importorskip("resvg_py")
    data, _ = formatters.DisplayFormatter().format(drawing)
    assert set(data) == {"image/png", "text/plain"}


def test_the_check_sum_says_whether_a_stored_picture_is_that_of_now(drawing):
    def stored(y, **options):
        return graph_viz.draw(y, **options)._repr_mimebundle_(include=["text/plain"])[1]["graph_viz"]["svg"]

    x = az.Tensor(2.0, name="x")
    assert stored(x * x) == stored(x * x) != stored(x * x, theme="dark")


# What the places do that cannot be run here, each from what it says of itself.
GITHUB = {"sanitize_html": True, "skip_svg_encoding": True}  # the second asked for by GitHub: jupyter/nbconvert#2106


@pytest.mark.parametrize("settings", [{}, GITHUB], ids=["plain", "as GitHub cleans it"])
def test_an_exported_notebook_has_the_picture(drawing, settings, chromium, tmp_path):
    nbconvert = pytest.importorskip("nbconvert", reason="nbconvert is not installed, which exports notebooks")
    pytest.importorskip("resvg_py")
    path = tmp_path / "notebook.html"
    path.write_text(nbconvert.HTMLExporter(**settings).from_notebook_node(output(drawing))[0], encoding="utf-8")
    tab = chromium.new_page(viewport={"width": 900, "height": 600}, offline=True)
    tab.goto(path.as_uri())
    picture = tab.locator("img[src^='data:image/png']")
    assert picture.evaluate("e => e.complete && e.naturalWidth > 900")
    box = picture.bounding_box()
    assert 500 < box["width"] and box["x"] + box["width"] <= 900
    w, h = picture.evaluate("e => [e.naturalWidth, e.naturalHeight]")
    assert box["width"] / box["height"] == pytest.approx(w / h, rel=0.05)
    tab.close()


def test_latex_gets_the_picture_without_inkscape(drawing, monkeypatch):
    nbconvert = pytest.importorskip("nbconvert", reason="nbconvert is not installed, which exports notebooks")
    pytest.importorskip("resvg_py")
    monkeypatch.setenv("PATH", "")
    text, resources = nbconvert.LatexExporter().from_notebook_node(output(drawing))
    ((name, content),) = resources["outputs"].items()
    assert content.startswith(b"\x89PNG") and f"{{{name}}}" in text
    with pytest.raises(Exception, match="Inkscape"):  # which is why there is no SVG beside it
        nbconvert.LatexExporter().from_notebook_node(output(drawing, MEDIA[2:3]))


# Visual Studio Code, src/vs/workbench/contrib/notebook/common/notebookCommon.ts: what it calls `alwaysSecure`.
SECURE = {"image/png", "image/jpeg", "text/markdown", "text/plain", "application/json"}


def test_what_is_shown_in_a_folder_that_is_not_trusted(drawing):
    pytest.importorskip("resvg_py")
    assert set(drawing._repr_mimebundle_()[0]) <= SECURE


@pytest.mark.parametrize("media", [None, ["text/html", "text/plain"]], ids=["as it is", "without a maker of pixels"])
def test_an_untrusted_notebook_shows_the_picture_in_jupyterlab(lab, chromium, drawing, media):
    nbformat = pytest.importorskip("nbformat")
    pytest.importorskip("resvg_py")
    url, folder = lab
    name = f"{len(list(folder.iterdir()))}.ipynb"
    nbformat.write(output(drawing, media), folder / name)
    tab = chromium.new_page()
    tab.goto(f"{url}/lab/tree/{name}", timeout=60_000)
    picture = tab.locator(".jp-OutputArea-output img")
    picture.wait_for(timeout=60_000)
    assert picture.evaluate("async e => { await e.decode(); return e.naturalWidth }") > 500
    assert picture.bounding_box()["width"] > 300
    assert tab.locator(".jp-OutputArea-output svg, .jp-OutputArea-output script").count() == 0
    if media:
        assert picture.get_attribute("alt") == drawing.figure.label
    tab.close()


def test_a_graph_that_is_too_large_for_a_picture_says_so():
    y = az.Tensor(1.0)
    for _ in range(1_600):
        y = np.tanh(y) * y
    data, about = graph_viz.draw(y.named("y"), budget=None)._repr_mimebundle_()
    assert set(data) == {"text/plain"} and not about
    assert "3,201 boxes are more than a picture can show" in data["text/plain"]  # two for each step, and the input
