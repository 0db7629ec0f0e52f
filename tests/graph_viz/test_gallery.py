"""The gallery: few marks, nothing overlaps, all text fits its box as it is painted, and the files are up to date."""

import importlib.util
import re
import sys
from functools import cache
from itertools import combinations, pairwise
from pathlib import Path

import pytest
from layouts import apart, within

from graph_viz.layout import layout

DOCS = Path(__file__).parents[2] / "docs"


def load():
    """The module docs/gallery.py, which is in no package."""
    spec = importlib.util.spec_from_file_location("gallery", DOCS / "gallery.py")
    module = importlib.util.module_from_spec(spec)
    sys.modules[spec.name] = module  # where its dataclass looks for it
    spec.loader.exec_module(module)
    return module


gallery = load()


PROGRAMS = {  # as people write them: at most 25 marks; and px, how high they are
    **dict.fromkeys("char_rnn attention_by_hand gan_step siamese newton operations".split(), 1300),
    **dict.fromkeys("vae unet gpt".split(), 1900),
    "resnet18": 2500,
}


def test_ten_programs_are_in_the_gallery():
    assert len(PROGRAMS) == 10 and gallery.PLATES.keys() > PROGRAMS.keys()


@cache
def drawing(name, theme="light"):
    if name == "mlp":
        pytest.importorskip("sklearn", reason="scikit-learn is not installed, which has the digits")
    return gallery.draw(name, theme=theme)


@pytest.mark.parametrize("name", gallery.PLATES)
def test_a_plate_has_few_boxes_and_no_overlap(name):
    drawn = drawing(name)
    found, frames = drawn.layout, {box.key: box.clusters for box in drawn.figure.view}
    program = PROGRAMS.get(name)
    assert 3 < len(found.boxes) <= 25
    assert found.width <= 680 and found.height <= (program or 900)  # letters of 8 pt on a page
    assert all(apart(a, b, gap=8.0) for a, b in combinations(found.boxes.values(), 2))
    for path, frame in found.clusters.items():
        assert within(frame, (0.0, 0.0, found.width, found.height))
        assert all(within(box, frame) if path in frames[v] else apart(box, frame) for v, box in found.boxes.items())
    for edge, route in zip(drawn.figure.view.edges, found.routes, strict=True):
        for (x, y), (s, t) in pairwise(route):
            around = (min(x, s), min(y, t), abs(s - x), abs(t - y))
            assert all(apart(around, box) for w, box in found.boxes.items() if w not in (edge.tail, edge.head))


@pytest.mark.parametrize("name", gallery.PLATES)
@pytest.mark.parametrize("theme", gallery.THEMES)
def test_the_files_are_those_that_would_be_drawn(name, theme):
    stored = (gallery.HERE / f"{name}-{theme}.svg").read_text(encoding="utf-8")
    assert drawing(name, theme).svg() == stored, "run: python docs/gallery.py"


def test_the_page_shows_every_plate():
    page = (gallery.HERE / "README.md").read_text(encoding="utf-8")
    assert page == gallery.page(), "run: python docs/gallery.py"
    shown = set(re.findall(r'(?:src|srcset)="([^"]*)"', page))
    assert shown == {path.name for path in gallery.HERE.glob("*.svg")}
    assert shown == {f"{name}-{theme}.svg" for name in gallery.PLATES for theme in gallery.THEMES}


def test_the_page_of_other_libraries_shows_what_is_there():
    folder = gallery.HERE / "peers"
    page = (folder / "README.md").read_text(encoding="utf-8")
    shown = set(re.findall(r"!\[[^\]]+\]\(([^)]*)\)", page))
    assert all((folder / path).is_file() for path in shown)
    assert {path for path in shown if "/" not in path} == {path.name for path in folder.glob("*.png")}
    assert len({path for path in shown if path.startswith("../")}) == 4


@pytest.mark.parametrize("fonts", ["Arial, Liberation Sans", "DejaVu Sans", "serif"])
def test_every_text_is_inside_its_box_as_it_is_painted(chromium, fonts):
    tab = chromium.new_page()
    for name in gallery.PLATES:
        picture = (gallery.HERE / f"{name}-light.svg").read_text(encoding="utf-8")
        tab.set_content(re.sub('font-family="[^"]*"', f'font-family="{fonts}"', picture))
        texts, outside = tab.evaluate(
            """() => {
              let [texts, outside] = [0, []];
              for (const g of document.querySelectorAll("svg g g")) {
                const [box] = [...g.querySelectorAll(":scope > rect, :scope > path")].slice(-1);
                const { x, y, width, height } = box.getBBox();
                for (const text of g.querySelectorAll("text")) {
                  const t = text.getBBox();
                  texts += 1;
                  if (t.x < x + 2 || t.x + t.width > x + width - 2 || t.y < y - 1 || t.y + t.height > y + height + 1)
                    outside.push(text.textContent);
                }
              }
              return [texts, outside];
            }"""
        )
        assert texts > 3 and not outside, name
    tab.close()


def test_our_layout_is_the_default():
    assert layout({"x": (10.0, 10.0)}, [], {"x": []}, {}, "LR").engine == "own"
