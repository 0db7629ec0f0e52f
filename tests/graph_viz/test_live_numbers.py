"""The numbers of a live page: each said once, in every letter's place; one that is not finite is no trouble."""

import re

import numpy as np
import pytest

import graph_viz
from autograd_zoo import nn


def test_a_term_that_is_its_number_says_it_once(opened):
    """Of a factor that is a constant; and of a rule that gives what came."""
    tab = opened(graph_viz.live(lambda x: 3.0 - x * 2.0 / np.sqrt(3.0), 1.0))
    said = set()
    for lane in tab.locator("[data-ends]").all():
        lane.focus()
        said |= set(tab.locator(".gv-panel .gv-term").all_text_contents())
    assert said and not [text for text in said if re.search(r"(?<![\w.·])([−\w./ ]+) = \1(?![\w.])", text)]
    assert any(text.endswith("local 2") for text in said)


def test_a_rule_has_the_number_of_a_letter_before_a_power(opened):
    """As tanh's: 1 − y², where y is what it gives."""
    tab = opened(graph_viz.live(lambda x: np.tanh(x) * 2.0, 0.0))
    tab.get_by_label("gradient of x by way of tanh(x)").focus()
    assert "= 2·(1 − 0²) = 2" in tab.locator(".gv-panel .gv-term").text_content()


ODD = np.array([np.nan, np.inf, -np.inf, 1e308, -1e308, 5e-324, 1e-310, -0.0])
UNUSUAL = {
    **{str(v): (lambda w, x: np.tanh(w * x + 1.0) ** 2, v, 0.5) for v in ODD},
    "an array of them": (lambda x: np.exp(x) * x, ODD),
    "where they do not count": (lambda x: np.where(x > 0, np.sqrt(x), 0.0) * x, ODD),
    "products": (lambda W, x: np.log(W @ x), np.ones((2, 2)), ODD[:2]),
    "many that are large": (lambda x: (x * x).sum(), np.full((4, 5), 1e308)),
    "nan alone": (lambda x: (x * 2.0).sum(), np.full((3, 4), np.nan)),
    "infinities alone": (lambda x: (x * 2.0).mean(), np.full((3, 4), np.inf)),
    "a softmax": (nn.softmax, np.array([[np.inf, 1.0, 2.0]])),
    "constants": (lambda x: x * ODD + np.nan, np.ones(8)),
}
WRONG = """[...document.querySelectorAll("*")].flatMap((e) => [...e.attributes]
  .filter((a) => /NaN|Infinity|undefined/.test(a.value) && !/^(aria-|data-|title|placeholder)/.test(a.name))
  .map((a) => `${e.tagName} ${a.name}`))"""


@pytest.mark.filterwarnings("ignore::RuntimeWarning")
@pytest.mark.parametrize("name", UNUSUAL)
def test_no_number_makes_the_page_complain(opened, name):
    """What is changed, stepped through and pointed at; a control holds no NaN, and says that there is one."""
    f, *examples = UNUSUAL[name]
    drawing = graph_viz.live(f, *examples)
    assert not drawing.still
    tab = opened(drawing)
    assert tab.evaluate(WRONG) == []
    boxes = tab.locator(".gv-inputs input[type=number]")
    values = np.concatenate([np.ravel(x) for x in examples])
    if boxes.count() == values.size:
        shown = boxes.evaluate_all("all => all.map(e => e.value || e.placeholder)")
        assert [text for text, v in zip(shown, values, strict=True) if not np.isfinite(v)] == [
            {"nan": "NaN", "inf": "∞", "-inf": "−∞"}[str(v)] for v in values if not np.isfinite(v)
        ]
    for lane in tab.locator("[data-ends]").all()[:6]:
        lane.focus()
    for box in boxes.all()[:2]:
        for text in ("1e308", "5e-324", "1e400", "0"):
            box.fill(text)
    for slider in tab.locator(".gv-inputs input[type=range]").all()[:2]:
        for key in ("End", "Home"):
            slider.press(key)
    tab.get_by_role("button", name="inputs as they were recorded").click()
    tab.locator(".gv-stage").focus()
    for key in ("Home", *["ArrowRight"] * 8, "End"):
        tab.keyboard.press(key)
    assert tab.evaluate(WRONG) == []
