"""Pictures that answer to the pointer, in a browser: what is shown for each place, legible, by keyboard, offline."""

import numpy as np
import pytest
from browsers import offline

import autograd_zoo as az
from autograd_zoo.notebook import attending, gates, sliding

pytest.importorskip("playwright.sync_api", reason="playwright is not installed, which drives the browser")


def pictures():
    rng = np.random.default_rng(0)
    kernel = np.array([[[[1.0, -2.0], [3.0, 4.0]]]])
    image = rng.permutation(20.0 + np.arange(20)).reshape(1, 1, 4, 5)
    lstm = az.nn.LSTM(2, 1, rng=rng)
    return {
        "conv": sliding(lambda x: az.nn.conv(x, kernel, stride=2, padding=1), image),
        "max": sliding(az.nn.MaxPool2d(2, stride=1), image),
        "gates": gates(lstm(rng.normal(size=(30, 1, 2)))[0][-1].sum()),
        "attention": attending({f"head {k}": az.nn.softmax(rng.normal(size=(6, 6))) for k in range(4)}),
    }


@pytest.fixture
def opened(browser, tmp_path):
    """All pictures on one page without a network, and what it complains of, which fails the test."""
    with offline(browser) as new:

        def page(shown, width=1280, scheme="light"):
            tab, path = new(width, color_scheme=scheme), tmp_path / "page.html"
            style = ":root { color-scheme: light dark } body { background: Canvas; color: CanvasText }"
            body = "<hr>".join(picture.html() for picture in shown)
            path.write_text(f"<!DOCTYPE html><meta charset=utf-8><style>{style}</style>{body}", encoding="utf-8")
            tab.goto(path.as_uri())
            return tab

        yield page


SHOWN = """(root) => ({
  says: [...root.querySelectorAll(".az-says p")].map((p) => p.textContent),
  lit: [...root.querySelectorAll("table")].flatMap((table, grid) =>
    [...table.querySelectorAll("tbody td")].flatMap((cell, place) =>
      ["at", "in", "took"].filter((role) => cell.classList.contains(role)).map((role) => [grid, place, role]))),
})"""


def is_shown(root, frame):
    found = root.evaluate(SHOWN)
    assert found["says"] == [*frame.says]
    assert sorted(found["lit"]) == sorted([*where, role] for where, role in frame.lit.items())


def test_the_slider_and_the_pointer_show_each_frame_on_every_picture(opened):
    shown = pictures()
    tab = opened(shown.values())
    roots = tab.locator(".az-moving").all()
    for picture, root in zip(shown.values(), roots, strict=True):
        is_shown(root, picture.walks[0].frames[0])
    for picture, root in zip(shown.values(), roots, strict=True):
        for walk, slider in zip(picture.walks, root.locator("input").all(), strict=True):
            for k, frame in enumerate(walk.frames):
                slider.fill(str(k))
                is_shown(root, frame)
                assert slider.get_attribute("aria-valuetext") == frame.name
            for (grid, place), k in [*walk.places.items()][:: max(1, len(walk.places) // 12)]:
                root.locator("table").nth(grid).locator("tbody td").nth(place).hover()
                is_shown(root, walk.frames[k])


def test_a_slider_has_a_name_and_is_moved_by_keys(opened):
    picture = pictures()["max"]
    tab = opened([picture])
    slider = tab.get_by_label("back to input")
    slider.focus()
    tab.keyboard.press("ArrowRight")
    is_shown(tab.locator(".az-moving"), picture.walks[1].frames[1])


FAULTS = """() => {
  const parse = (colour) => (colour.match(/[\\d.]+/g) ?? []).map(Number);
  const over = ([r, g, b, a = 1], under) => [r, g, b].map((c, k) => c * a + under[k] * (1 - a));
  const light = (rgb) => {
    const [r, g, b] = rgb.map((c) => (c / 255 <= 0.04045 ? c / 255 / 12.92 : ((c / 255 + 0.055) / 1.055) ** 2.4));
    return 0.2126 * r + 0.7152 * g + 0.0722 * b;
  };
  const faults = [], paper = parse(getComputedStyle(document.body).backgroundColor);
  for (const e of document.querySelectorAll(".az-moving :is(td, th, p, label, caption)")) {
    const style = getComputedStyle(e), own = over(parse(style.backgroundColor), paper);
    const grounds = [own];
    const bar = style.backgroundImage.match(/rgba\\([^)]*\\)/);
    if (bar) grounds.push(over(parse(bar[0]), own));
    for (const ground of grounds) {
      const [a, b] = [light(parse(style.color)), light(ground)];
      const ratio = (Math.max(a, b) + 0.05) / (Math.min(a, b) + 0.05);
      if (ratio < 4.5) faults.push(`contrast ${ratio.toFixed(2)}: ${e.outerHTML}`);
    }
  }
  for (const e of document.querySelectorAll(".az-moving *"))
    if (/auto|scroll/.test(getComputedStyle(e).overflowX) && e.scrollWidth > e.clientWidth && e.tabIndex < 0)
      faults.push(`not reached by the keyboard: ${e.outerHTML.slice(0, 80)}`);
  const beyond = document.documentElement.scrollWidth - innerWidth;
  if (beyond > 0) faults.push(`${beyond} px wider than the window`);
  return faults;
}"""


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("width", [1280, 390])
def test_pictures_are_legible_and_within_the_window(opened, width, scheme):
    tab = opened(pictures().values(), width, scheme)
    assert tab.evaluate(FAULTS) == []
