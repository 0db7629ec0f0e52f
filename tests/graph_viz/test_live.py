"""Live drawings: a page computes what the engine does, also at other inputs, and shows it; what it cannot, it says."""

import re

import numpy as np
import pytest
from live_graphs import GRAPHS as SOME
from live_graphs import at
from live_graphs_more import GRAPHS as MORE

import autograd_zoo as az
import graph_viz
from autograd_zoo import nn
from graph_viz.alive import rows
from graph_viz.alive.drawing import as_loss
from graph_viz.captions import span
from graph_viz.page import scripts
from graph_viz.summaries import summary
from graph_viz.trace import history

GRAPHS = SOME | MORE
COMPUTE = """
cases => cases.map(([program, inputs]) => {
  const machine = new Machine(program);
  return inputs.map((arrays) => {
    arrays.forEach((array, k) => machine.V[program.leaves[k].number].set(array));
    machine.forward();
    machine.backward();
    return program.nodes.map((n) => [[...machine.V[n]], machine.G[n] ? [...machine.G[n]] : null]);
  });
})
"""


@pytest.fixture(scope="module")
def machine(chromium):
    """A page in which programs run, without any drawing."""
    tab = chromium.new_page()
    tab.add_script_tag(content=scripts.script("live", "machine") + "\nObject.assign(window, { Live, Machine });")
    yield tab
    tab.close()


def engine(f, inputs, names):
    """Value and gradient of every node, by the engine."""
    leaves = [az.Tensor(x, name=name) for x, name in zip(inputs, names, strict=True)]
    with np.errstate(all="ignore"):
        y = as_loss(f(*leaves))
        for t in history([y]):
            t.grad = None  # parameters have that of the last inputs
        y.backward(retain_grads=True)
        return [(t.op, t.data, t.grad) for t in history([y])]


def test_every_value_and_every_gradient_is_the_engines(machine):
    """Of all graphs, at five inputs each: ties, zeros and what is singular among them."""
    cases, wanted = [], []
    for name, (f, *examples) in GRAPHS.items():
        drawing = graph_viz.live(f, *examples)
        assert not drawing.still, (name, drawing.still)
        live = drawing.data
        own = [leaf["name"] for leaf in live["leaves"]][: len(examples)]
        rest = [leaf for leaf in live["leaves"][len(examples) :]]  # parameters stay as they are
        inputs = [at(examples, k) for k in range(5)]
        kept = [live["code"][leaf["number"]][2] for leaf in rest]
        cases.append([live, [[*(x.ravel().tolist() for x in xs), *kept] for xs in inputs]])
        wanted.append([engine(f, xs, own) for xs in inputs])
    assert len(cases) >= 32
    found = machine.evaluate(COMPUTE, cases)
    wrong = []
    for name, nodes, values in zip(GRAPHS, wanted, found, strict=True):
        for k, (tape, computed) in enumerate(zip(nodes, values, strict=True)):
            if len(tape) != len(computed):
                wrong.append((name, k, len(tape), len(computed)))
                continue
            for (op, y, g), (value, gradient) in zip(tape, computed, strict=True):
                if not (near(value, y) and near(gradient, g)):
                    wrong.append((name, k, op, y, value, g, gradient))
    assert not wrong


def near(found, wanted):
    """Equal to 1e-12, nan and infinities to themselves; no gradient at all is 0 everywhere."""
    found, wanted = (0.0 if x is None else x for x in (found, wanted))
    return np.allclose(np.asarray(found, float), np.ravel(wanted), 1e-12, 1e-12, equal_nan=True)


def test_float32_is_computed_in_float32(machine):
    """By a cast or by parameters: to the accuracy that it has, and not better."""
    x, layer = np.array([0.1, -0.7, 1.3]), nn.Linear(3, 2, rng=np.random.default_rng(0), dtype=np.float32)
    for f in (
        lambda x: layer(x.astype(np.float32)),
        lambda x: np.tanh(nn.softmax(layer.W @ x.astype(np.float32)) * 0.1).astype(float) * 2,
    ):
        live = graph_viz.live(f, x).data
        kept = [live["code"][leaf["number"]][2] for leaf in live["leaves"][1:]]
        (found,) = machine.evaluate(COMPUTE, [[live, [[v.tolist(), *kept] for v in (x, 3 * x)]]])
        for inputs, nodes in zip((x, 3 * x), found, strict=True):
            for (_, y, g), (value, gradient) in zip(engine(f, [inputs], ["x"]), nodes, strict=True):
                assert np.allclose(value, np.ravel(y), 1e-6, 1e-6) and np.allclose(gradient, np.ravel(g), 1e-6, 1e-6)
    rounded = graph_viz.live(lambda x: np.sum(x.astype(np.float32)), x).data
    assert machine.evaluate(COMPUTE, [[rounded, [[x.tolist()]]]])[0][0][1][0] == np.float32(x).tolist() != x.tolist()


def test_the_tables_of_both_languages_have_the_same_operations(machine):
    """Each operation that a program is lowered to is one that the page has, and the other way round."""
    tables = machine.evaluate("() => ['UNARY', 'BINARY', 'FOLD', 'LINE'].map((name) => Object.keys(Live[name]))")
    for table, ours in zip(tables, (rows.UNARY, rows.BINARY, rows.FOLDS, rows.LINES), strict=True):
        assert sorted(table) == sorted(ours.split())


def test_a_careful_sweep_is_a_plain_one_where_nothing_is_singular(machine):
    """At the examples both are made of every graph."""
    programs = [graph_viz.live(f, *examples).data for f, *examples in GRAPHS.values()]
    worst = machine.evaluate(
        """programs => programs.map((program) => {
          const machine = new Machine(program), of = () => machine.G.map((g) => [...(g ?? [])]);
          machine.sweep(null);
          const plain = of();
          machine.sweep(machine.nonzero());
          return Math.max(0, ...of().flatMap((g, n) => g.map((v, i) => Math.abs(v - plain[n][i]))));
        })""",
        programs,
    )
    assert max(worst) < 1e-12


# ---- the page -------------------------------------------------------------------------------------------------------


def shown(tab):
    """The rows of all boxes, in order."""
    return sorted(
        tab.locator("[data-mark]").evaluate_all(
            "marks => marks.map(m => [...m.querySelectorAll('[data-row]')].map(t => t.textContent).join(' '))"
        )
    )


def rows_of(y):
    """What the rows of all boxes must be."""
    return sorted(f"{span(summary(t.data))} {span(summary(t.grad))}" for t in history([y]))


def neuron(w1, x1, w2, x2, b):
    z = w1 * x1 + w2 * x2 + b
    y = np.tanh(z)
    return (y - 1) ** 2


START = (0.3, 2.0, 0.8, -1.0, 0.1)


def at_inputs(f, *inputs):
    """The result of a function with its tape swept."""
    y = f(*map(az.Tensor, inputs))
    y.backward(retain_grads=True)
    return y


def test_a_number_that_is_changed_changes_the_picture(opened):
    """By the box, by the slider, and back by the button."""
    tab = opened(graph_viz.live(neuron, *START))
    assert shown(tab) == rows_of(at_inputs(neuron, *START))
    tab.get_by_label("w1", exact=True).fill("-1.25")
    assert shown(tab) == rows_of(at_inputs(neuron, -1.25, *START[1:]))
    assert abs(float(tab.get_by_label("w1, slider").input_value()) + 1.25) < 0.02  # it has steps
    assert tab.locator(".gv-status").text_content().startswith("w1 = −1.25: L = ")
    tab.get_by_label("b, slider").focus()
    tab.keyboard.press("End")
    assert shown(tab) == rows_of(at_inputs(neuron, -1.25, *START[1:4], 3.0))
    tab.get_by_role("button", name="inputs as they were recorded").click()
    assert shown(tab) == rows_of(at_inputs(neuron, *START))
    assert tab.get_by_label("w1", exact=True).input_value() == "0.3"


def test_the_steps_are_those_at_the_new_inputs(opened):
    """Each with its numbers, as a page drawn there would have them."""
    there = (0.5, 1.0, -2.0, 3.0, 0.0)
    tab, other = opened(graph_viz.live(neuron, *START)), opened(graph_viz.live(neuron, *there))
    for name, v in zip(("w1", "x1", "w2", "x2", "b"), there, strict=True):
        tab.get_by_label(name, exact=True).fill(str(v))
    for each in (tab, other):
        each.locator(".gv-stage").focus()
        each.keyboard.press("Home")
    for _ in range(12):
        for each in (tab, other):
            each.keyboard.press("ArrowRight")
        assert shown(tab) == shown(other)
        assert tab.locator(".gv-panel").text_content() == other.locator(".gv-panel").text_content()
        assert tab.locator(".gv-numbers").text_content() == other.locator(".gv-numbers").text_content()


def test_a_lane_says_which_term_of_which_gradient_it_is(opened):
    """In the names of the picture, with its numbers; its boxes and its line of code light up with it."""
    tab = opened(graph_viz.live(neuron, *START))
    lane = tab.get_by_label("gradient of w2 by way of w2·x2")
    lane.focus()
    y = at_inputs(neuron, *START)
    product = next(t for t in history([y]) if t.op is np.multiply and t.data == -0.8)
    upstream, part = span(product.grad.item()), span(-product.grad.item())
    term = tab.locator(".gv-panel .gv-term").text_content()
    assert term.startswith(f"∂L∂(w2·x2)·x2 = {upstream}·(−1) = {part}")
    assert f"upstream ∂L∂(w2·x2) = {upstream}, local x2 = −1" in term
    assert tab.locator(".gv-here[data-mark]").count() == 2
    assert tab.locator(".gv-lit").all_text_contents() == ["z = w1 * x1 + w2 * x2 + b"]
    tab.get_by_label("x2", exact=True).fill("4")
    lane.focus()
    assert "·x2 = " in tab.locator(".gv-panel .gv-term").text_content()
    assert tab.locator(".gv-panel .gv-term").text_content().count("·4 = ") == 1


def test_a_mask_is_computed_anew(opened):
    """A negative input of a ReLU becomes a positive one."""
    tab = opened(graph_viz.live(lambda x: nn.relu(x) * 3.0, -2.0))
    assert shown(tab) == ["-2 0", "0 1", "0 3"] or shown(tab) == sorted(["−2 0", "0 3", "0 1"])
    tab.get_by_label("x", exact=True).fill("2")
    assert shown(tab) == sorted(["2 3", "2 3", "6 1"])


def test_a_constant_that_depends_on_the_inputs_says_how_and_follows(opened):
    """In the text of its operation, in a box of its own, and in the steps."""
    tab = opened(graph_viz.live(lambda x: np.where(x > 0, x, 0.1 * x), -2.0))
    assert tab.locator("[data-mark]").filter(has_text="where(x > 0, ·, ·)").count() == 1
    tab.get_by_label("x", exact=True).fill("3")
    assert shown(tab) == sorted(["3 1", "0.3 0", "3 1"])
    tab.locator(".gv-stage").focus()
    for _ in range(3):
        tab.keyboard.press("ArrowRight")
    assert "where(x > 0, x, 0.1·x)" in tab.locator(".gv-status").text_content()
    tab = opened(graph_viz.live(lambda x, y: (x * (x > y)).sum(), [1.0, 2.0], [0.0, 3.0]))
    mask = tab.get_by_role("button", name=re.compile("^x > y: ")).locator("[data-row]")
    assert mask.text_content() == "0 … 1"
    tab.get_by_label("y[1]", exact=True).fill("-3")
    assert mask.text_content() == "1 … 1"


def test_of_many_numbers_one_is_chosen(opened):
    """Up to eight have a control each; of more one chooses."""
    W = np.arange(12.0).reshape(3, 4)
    tab = opened(graph_viz.live(lambda W, x: W @ x, W, np.ones(4)))
    assert tab.locator(".gv-inputs input[type=number]").count() == 5
    tab.get_by_label("element of W").select_option(label="W[2, 1]")
    tab.get_by_label("W[2, 1]", exact=True).fill("-7")
    assert tab.evaluate("[...document.querySelector('[data-graph-viz]').graphVizPage.machine.V[0]]")[9] == -7


def test_gradients_of_what_is_no_example_are_those_of_one_sweep():
    """However often a cell is run, and whatever was swept before."""
    W = az.Tensor([2.0, 3.0], name="W")
    for _ in range(3):
        drawing = graph_viz.live(lambda x: (x * W).sum(), [1.0, 5.0])
        assert "W: input, 2, value 2 … 3, grad 1 … 5" in drawing.describe()


def test_labels_masks_and_indices_stay_as_they_are():
    scores, labels = np.array([[1.0, 2.0, 3.0], [0.5, 0.1, 0.2]]), np.array([0, 2])
    for f, *examples in (
        (nn.SoftmaxCrossEntropy(), scores, labels),
        (lambda x, kept: x[kept] * 2, scores[0], np.array([True, False, True])),
        (lambda x, k: x[k] * x[0], scores[0], labels),
    ):
        drawing = graph_viz.live(f, *examples)
        assert not drawing.still and [x["shape"] for x in drawing.data["leaves"]] == [examples[0].shape]


def test_what_the_page_cannot_follow_stands_still_and_says_so(opened):
    """A branch of Python, a number that is read, an operation without a row, an array that the tape does not see."""
    x = np.array([1.0, 2.0])
    still = {
        "branch": lambda x: x * 2 if x.sum() > 0 else x,
        ".item()": lambda x: x * x.sum().item(),
        "np.linalg.det is an operation that a page cannot compute": lambda x: np.linalg.det(np.outer(x, x) + np.eye(2)),
        "multiply, which one run does, is missing": lambda x: x * x.data,
        "is made anew in every run": lambda x: az.Tensor(x.data) * 2,
        "add of truths": lambda x: x * ((x > -1) + (x > -2)),
        "bitwise_or of int64": lambda x: x * (np.argmax(x) | 4),
        "cast in float16, where a page has float64 and float32": lambda x: x.astype(np.float16) * 2,
    }
    for said, f in still.items():
        drawing = graph_viz.live(f, x)
        assert said in drawing.still and drawing.still in drawing.notes, drawing.still
        assert repr(drawing).startswith("<Still drawing")
    tab = opened(drawing)
    assert drawing.still in tab.locator(".gv-note").all_text_contents()
    assert tab.locator(".gv-inputs").count() == 0 and tab.locator("[data-mark]").count() > 1


def test_a_program_is_drawn_alive_too(machine):
    """What it recorded is recorded again from its instructions."""
    program = az.record(neuron, *START)
    live = graph_viz.live(program).data
    (found,) = machine.evaluate(COMPUTE, [[live, [[[v] for v in (1.0, 0.5, -1.0, 2.0, 0.0)]]]])
    y = at_inputs(neuron, 1.0, 0.5, -1.0, 2.0, 0.0)
    assert near(found[0][-1][0], y.data)
    assert near(found[0][0][1], history([y])[0].grad)


def test_a_notebook_gets_the_page_over_its_picture(chromium, tmp_path):
    """Whoever strips the frame leaves the picture."""
    data, _ = graph_viz.live(neuron, *START)._repr_mimebundle_()
    html = data["text/html"]
    assert html.index("<img") < html.index("<iframe srcdoc")
    tab = chromium.new_page()
    tab.set_content(html)
    frame = tab.frame_locator("iframe")
    frame.get_by_label("w1", exact=True).fill("1")
    assert frame.locator(".gv-status").text_content().startswith("w1 = 1: L = ")
    tab.close()


def test_every_control_of_a_live_page_has_a_name(opened):
    tab = opened(graph_viz.live(neuron, *START))
    names = tab.locator(".gv-inputs input, .gv-inputs select, [data-ends]").evaluate_all(
        "all => all.map(e => e.getAttribute('aria-label') ?? '')"
    )
    assert len(names) > 15 and all(names)
