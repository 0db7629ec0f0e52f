"""Guides hold drawings that one can touch: made of the code above them, alive in the page, and it keeps its height."""

import subprocess
import sys
from importlib.util import find_spec
from pathlib import Path

import pytest
from browsers import launched, offline

import autograd_zoo as az

pytest.importorskip("playwright.sync_api", reason="playwright is not installed, which drives the browser")
for library in ("sphinx", "furo", "myst_nb", "latex2mathml", "ziamath"):
    if not find_spec(library):
        pytest.skip(f"{library} is not installed, of the group `docs`", allow_module_level=True)

DOCS = Path(__file__).parents[2] / "docs"
ALIVE = sorted(
    path.relative_to(DOCS).as_posix().removesuffix(".md")
    for path in (*DOCS.glob("*.md"), *DOCS.glob("guides/*.md"))
    if "```{live}" in path.read_text(encoding="utf-8")
)
HIGH = "document.querySelector('.live').offsetHeight"


@pytest.fixture(scope="module")
def built(tmp_path_factory):
    """What Sphinx makes of the guides with live drawings; of the others it is told nothing."""
    folder = tmp_path_factory.mktemp("guides")
    pages = [path.relative_to(DOCS) for path in DOCS.rglob("*.md")]
    others = [path.as_posix() for path in pages if path.with_suffix("").as_posix() not in ALIVE]
    left_out = ",".join([*others, "api", "notebooks", "_build"])
    command = [sys.executable, "-m", "sphinx", "-Q", "-b", "html", "-D", f"exclude_patterns={left_out}", DOCS, folder]
    subprocess.run(command, check=True)
    return folder


@pytest.fixture(scope="module")
def browser():
    yield from launched()


@pytest.fixture
def opened(browser, built):
    """Open a guide without a network; whatever it complains of fails the test."""
    with offline(browser) as new:

        def open_page(name, width, scheme="light"):
            tab = new(width, color_scheme=scheme)
            tab.add_init_script(f"addEventListener('DOMContentLoaded', () => {{ window.high = {HIGH}; }})")
            tab.goto((built / f"{name}.html").as_uri())
            tab.locator('[data-graph-viz][data-ready="yes"]').wait_for()
            return tab

        yield open_page


def rows(tab):
    """What stands in the boxes, their values and gradients."""
    texts = tab.locator(".live [data-mark]").evaluate_all(
        "marks => marks.map((m) => [...m.querySelectorAll('[data-row]')].map((t) => t.textContent).join(' '))"
    )
    return sorted(texts)


def test_there_are_some():
    assert {"index", "quickstart", "guides/sweep", "guides/drawings"} <= set(ALIVE)


def test_a_number_that_is_changed_changes_gradients_as_the_engine_says(opened):
    """The guide says what x = -2 does to w: its branch is cut, and what is left is 1.5."""
    tab = opened("guides/sweep", 1280)
    before = rows(tab)
    tab.get_by_label("x", exact=True).last.fill("-2")
    after = rows(tab)
    assert before != after
    leaves = [az.Tensor(value) for value in (1.5, -2.0, 1.0)]
    w, x, t = leaves
    y = (az.nn.relu(w * x) - t) ** 2 + 0.5 * w**2
    gradients = az.gradient(y, leaves)
    wanted = {f"{t.item():g} {g.item():g}".replace("-", "−") for t, g in zip(leaves, gradients, strict=True)}
    assert wanted == {"1.5 1.5", "−2 0", "1 2"} and wanted <= set(after)


@pytest.mark.parametrize("name", ALIVE)
@pytest.mark.parametrize(("width", "scheme"), [(1280, "light"), (390, "dark")])
def test_each_is_alive_and_what_is_below_it_stays(opened, name, width, scheme):
    tab = opened(name, width, scheme)
    assert tab.locator(".live .gv-inputs input[type=number]").count() >= 2
    assert abs(tab.evaluate(HIGH) - tab.evaluate("high")) <= 1
    tab.evaluate("(({ graphVizPage: page }) => page.go(page.total))(document.querySelector('[data-graph-viz]'))")
    assert abs(tab.evaluate(HIGH) - tab.evaluate("high")) <= 1
    assert tab.evaluate("document.documentElement.scrollWidth - innerWidth") <= 0


def test_it_goes_by_the_theme_that_was_chosen(opened):
    tab = opened("guides/sweep", 1280)
    ground = "getComputedStyle(document.querySelector('.gv-page')).backgroundColor"
    light = tab.evaluate(ground)
    tab.evaluate("document.body.dataset.theme = 'dark'")
    assert tab.evaluate(ground) != light
    tab.evaluate("document.body.dataset.theme = 'light'")
    assert tab.evaluate(ground) == light


def test_nothing_of_a_drawing_is_stored():
    """Guides have the code, and pages what Sphinx made of it."""
    for name in ALIVE:
        text = DOCS.joinpath(f"{name}.md").read_text(encoding="utf-8")
        assert "<div" not in text and "data-graph-viz" not in text, name
