"""What a live page calls things: as the picture does, with no letter or number that stands for something else there."""

import re

import numpy as np
import pytest

import graph_viz
from autograd_zoo import nn


def said(tab):
    """All that a page says of its lanes and steps."""
    texts = []
    for lane in tab.locator("[data-ends][tabindex]").all():
        lane.focus()
        texts += [lane.get_attribute("aria-label"), *tab.locator(".gv-panel .gv-term").all_text_contents()]
    tab.locator(".gv-stage").focus()
    tab.keyboard.press("Home")
    for _ in range(40):
        tab.keyboard.press("ArrowRight")
        texts.append(tab.locator(".gv-status").text_content())
    return texts


def looped(h, W):
    for _ in range(3):
        h = np.tanh(W * h).named("h")
    return h


def test_greek_names_are_letters_everywhere(opened):
    """As in the boxes; and what follows _ is set low."""
    tab = opened(graph_viz.live(lambda gamma, x, beta_1: gamma * x + beta_1, np.ones(2), np.ones(2), np.ones(2)))
    assert tab.locator(".gv-inputs label > span").all_text_contents() == [
        f"{name}[{k}]" for name in ("γ", "x", "β1") for k in (0, 1)
    ]
    assert tab.locator(".gv-inputs sub").all_text_contents() == ["1", "1"]
    texts = said(tab)
    assert any("∂L∂(γ·x)·γ" in text for text in texts)
    assert not [text for text in texts if re.search("gamma|beta", text)]


@pytest.mark.parametrize(
    ("f", "examples"),
    [
        (lambda L, y, J: L * y + J, (1.0, 2.0, 3.0)),
        (lambda y, L: y * L * 2.0, (np.ones(2), np.ones(2))),
        (lambda x: (x * 2).named("x") * (x + 1).named("x"), (1.0,)),
        (looped, (0.5, 0.3)),
    ],
)
def test_no_number_of_a_node_is_in_a_name(opened, f, examples):
    """Names that occur twice, among them those that a loss gets."""
    assert not [text for text in said(opened(graph_viz.live(f, *examples))) if "%" in text]


def test_a_step_has_the_names_of_its_operands(opened):
    """Where the letters of the rule, a and b, are names of other things."""
    texts = said(opened(graph_viz.live(lambda b, a: b / a, 3.0, 2.0)))
    assert any("∂L/∂a += −∂L/∂L·L / a = −1·1.5 / 2 = −0.75" in text for text in texts)


def test_numbers_among_the_operands_are_in_a_name(opened):
    """But for those that change with the inputs, such as masks."""

    def f(x):
        return np.maximum(x, 1.0) * np.where(x > 0, x, 0.5) + np.exp(x * (x > 1))

    texts = said(opened(graph_viz.live(f, 2.0)))
    assert any("exp(x·…)" in text for text in texts) and not [text for text in texts if "x·1" in text]
    assert any("maximum(x, 1)" in text for text in texts) and any("where(…, x, 0.5)" in text for text in texts)


def test_what_is_transposed_and_back_is_as_it_was(opened):
    layer = nn.Linear(2, 2, rng=np.random.default_rng(0))
    texts = said(opened(graph_viz.live(lambda x, U_z: x @ U_z.T + layer(x), np.ones((1, 2)), np.eye(2))))
    assert any(text.startswith("∂L∂(x@Uzᵀ)@Uz = ") for text in texts) and "ᵀᵀ" not in " ".join(texts)


def test_a_number_is_rounded_to_fit_and_whole_while_one_types(opened):
    """What the page computes with is all that was typed."""
    tab = opened(graph_viz.live(lambda w, x: w * x, 0.17784969123, -1234567.891))
    box, value = (
        tab.get_by_label("w", exact=True),
        "document.querySelector('[data-graph-viz]').graphVizPage.machine.V[0][0]",
    )
    assert [box.input_value(), tab.get_by_label("x", exact=True).input_value()] == ["0.17785", "-1234568"]
    box.focus()
    assert box.input_value() == "0.17784969123"
    box.fill("0.123456789012")
    assert box.input_value() == "0.123456789012"
    box.blur()
    assert (box.input_value(), box.get_attribute("title")) == ("0.123457", "0.123456789012")
    assert tab.evaluate(value) == 0.123456789012
    tab.get_by_label("w, slider").press("ArrowRight")
    assert float(box.input_value()) == pytest.approx(tab.evaluate(value), abs=1e-6)


def test_a_long_name_does_not_widen_a_narrow_page(opened):
    tab = opened(
        graph_viz.live(
            lambda a_name_that_is_far_too_long_for_a_phone, x: a_name_that_is_far_too_long_for_a_phone * x, 1.0, 2.0
        )
    )
    tab.set_viewport_size({"width": 390, "height": 800})
    assert tab.evaluate("document.documentElement.scrollWidth") <= 390
