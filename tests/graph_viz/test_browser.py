"""The page in a browser: keys, steps, opening and closing, contrast, two drawings beside each other, no network."""

import re

import numpy as np
import pytest
from browsers import offline

import autograd_zoo as az
import graph_viz
from autograd_zoo import nn
from graph_viz.captions import span
from graph_viz.page import events
from graph_viz.trace import history


@pytest.fixture
def opened(chromium, tmp_path):
    """Open pages without a network; whatever a page complains of fails the test."""
    # Below the head of a document a policy is of no effect, and the browser says so.
    with offline(chromium, allowed="outside the document's <head>") as new:

        def open_page(*texts, **options):
            tab, path = new(1200, 800, **options), tmp_path / "page.html"
            path.write_text("\n".join(texts), encoding="utf-8")
            tab.goto(path.as_uri())
            for k in range(len(texts)):
                tab.locator("[data-graph-viz]").nth(k).and_(tab.locator('[data-ready="yes"]')).wait_for()
            return tab

        yield open_page


def rows(root):
    """What stands on the marks: {label: {row: text}}."""
    return root.locator("[data-mark]").evaluate_all(
        "marks => Object.fromEntries(marks.map(m => [m.dataset.mark, Object.fromEntries("
        "[...m.querySelectorAll('[data-row]')].map(t => [t.dataset.row, t.textContent]))]))"
    )


@pytest.fixture
def swept(neuron):
    neuron.backward(retain_grads=True)
    return neuron


def expected(y, k):
    """The rows of every node after k steps, by its number on the tape."""
    nodes = history([y])
    steps, _ = events.of([y], [t.name or "" for t in nodes])
    shown = {n: {"value": span(t.data.item()) if t.op is None else "—", "grad": "—"} for n, t in enumerate(nodes)}
    for step in steps[:k]:
        shown[step.node]["value" if step.source is None else "grad"] = span(step.shown)
    return shown


def test_at_each_step_the_page_shows_what_is_true_then(opened, swept):
    """T1, T2: value by value, and at the end what `.grad` holds."""
    tab = opened(graph_viz.draw(swept).html())
    marks = [int(m) for m in rows(tab)]
    total = len(events.of([swept], [""] * len(history([swept])))[0])
    tab.keyboard.press("Home")
    for k in range(total + 1):
        shown = sorted(map(str, rows(tab).values()))
        assert shown == sorted(map(str, expected(swept, k).values())), k
        if k < total:
            tab.keyboard.press("Shift+ArrowRight")
    grads = {span(t.grad.item()) for t in history([swept])}
    assert {row["grad"] for row in rows(tab).values()} == grads
    assert len(marks) == len(history([swept]))
    tab.keyboard.press("Shift+ArrowLeft")
    assert f"{total - 1}/{total} backward" in tab.locator(".gv-status").text_content()


def test_before_backward_gradients_are_blank_with_a_hint(opened, neuron):
    """T4."""
    tab = opened(graph_viz.draw(neuron).html())
    assert {row["grad"] for row in rows(tab).values()} == {"—"}
    assert any("backward(retain_grads=True)" in note for note in tab.locator(".gv-note").all_text_contents())


def test_both_contributions_of_a_node_used_twice_are_listed(opened):
    """T2."""
    x = az.Tensor(3.0, name="x")
    y = (x * x).named("y")
    y.backward(retain_grads=True)
    tab = opened(graph_viz.draw(y).html())
    tab.keyboard.press("End")
    assert tab.locator(".gv-panel li").all_text_contents() == [
        "∂y∂x+=∂y∂y·x = 1·3 = 3  from y",
        "∂y∂x+=∂y∂y·x = 1·3 = 3  from y, added to 3: 6",
    ]
    assert "∂y/∂x += ∂y/∂y·x = 1·3 = 3" in tab.locator(".gv-status").text_content()


def test_what_is_not_finite_is_flagged_from_its_own_step_on(opened):
    x = az.Tensor(0.0, name="x")
    with np.errstate(divide="ignore"):
        y = (np.log(x) * 2.0).named("y")
    y.backward(retain_grads=True)
    tab = opened(graph_viz.draw(y).html())
    flagged = tab.locator("[data-mark] .gv-wrong-line")
    counts = []
    tab.keyboard.press("Home")
    for _ in range(3):
        counts.append(flagged.count())
        tab.keyboard.press("ArrowRight")
    tab.keyboard.press("Escape")
    assert counts == [0, 1, 2] and flagged.count() == 3  # and in the end the gradient of x


def test_modules_open_and_close_by_key(opened, loss):
    tab = opened(graph_viz.draw(loss, depth=0).html())
    closed = tab.get_by_role("button", name=re.compile("MLP.*closed"))
    assert closed.count() == 1
    closed.focus()
    tab.keyboard.press("Enter")
    assert "MLP opened" in tab.locator(".gv-status").text_content()
    tab.get_by_role("button", name=re.compile("MLP.fc1.*closed")).focus()
    tab.keyboard.press("Enter")
    assert tab.get_by_role("button", name="MLP.fc1, module, open").count() == 1
    assert tab.get_by_role("button", name=re.compile("MLP.fc2.*closed")).count() == 1
    tab.get_by_role("button", name="MLP, module, open").focus()
    tab.keyboard.press("Enter")
    assert closed.count() == 1


def carried(tab):
    """The lit lines by the names of their ends, and what is written on lines."""
    named = tab.evaluate(
        """() => {
          const said = (key) => document.querySelector(`[data-mark="${key}"] title`).textContent;
          const name = (key) => said(key).split(/[:=(,]/)[0].trim();
          const lit = [...document.querySelectorAll(".gv-flow, .gv-pull")].map((g) =>
            [...g.dataset.ends.split(" ").map(name), g.classList.contains("gv-pull")]);
          return [lit, [...document.querySelectorAll(".gv-numbers text")].map((t) => t.textContent)];
        }"""
    )
    return {tuple(line) for line in named[0]}, sorted(named[1])


def test_arrow_keys_step_boxes_with_the_numbers_on_their_lines(opened):
    """One press is what one box does: an operation of two arguments, or the two contributions that it sends back."""
    a, b = az.Tensor(2.0, name="a"), az.Tensor(-3.0, name="b")
    y = np.tanh((a * b).named("p") + a).named("y")
    y.backward(retain_grads=True)
    tab = opened(graph_viz.draw(y).html())
    found = []
    for _ in range(8):
        tab.keyboard.press("ArrowRight")
        found.append((*carried(tab), tab.locator(".gv-panel li").all_text_contents()))
    assert found[0] == (set(), [], [])
    assert found[1] == ({("a", "p", False), ("b", "p", False)}, ["2", "−3"], ["p=a×b = 2 × (−3) = −6"])
    assert found[4] == (set(), [], ["∂y∂y = 1, where the sweep starts here"])
    lines, numbers, _ = found[6]
    assert lines == {("p", "%3", True), ("a", "%3", True)} and len(set(numbers)) == 1
    lines, numbers, said = found[7]
    assert lines == {("a", "p", True), ("b", "p", True)}
    slope = span(1 - np.tanh(-4.0) ** 2)
    assert said[0].startswith("∂y∂a+=∂y∂p·b") and f"added to {slope}" in said[0] and said[1].startswith("∂y∂b+=∂y∂p·a")
    tab.keyboard.press("ArrowLeft")
    assert carried(tab)[0] == found[6][0]


def test_a_line_to_the_next_step_lights_when_something_first_crosses_it(opened):
    """T3: a rolled loop shows the numbers of the step that is computed."""
    rng = np.random.default_rng(0)
    a, b, h = (az.Tensor(rng.normal(size=size), name=name) for name, size in (("A", (3, 3)), ("B", (3, 2)), ("h", 3)))
    x = az.Tensor(rng.normal(size=(5, 2)), name="x")
    states = []
    for t in range(5):
        h = np.tanh(a @ h + b @ x[t])
        states.append(h)
    y = (h * h).sum().named("y")
    drawing = graph_viz.draw(y, budget=9)
    assert any(edge.state for edge in drawing.figure.view.edges)
    recorded = [t for t in history([y]) if t.op is not None]
    uses = {k: x for k, t in enumerate(recorded) for x in t.inputs if any(x is state for state in states[:-1])}
    tab = opened(drawing.html())
    tab.keyboard.press("Home")
    texts, crossing = tab.locator(".gv-numbers text"), tab.locator(".gv-flow > .gv-edge-line[stroke-dasharray]")
    for k in range(len(recorded)):
        tab.keyboard.press("Shift+ArrowRight")
        assert crossing.count() == (k in uses), k
        if k in uses:
            assert span((uses[k].data.min(), uses[k].data.max())) in texts.all_text_contents()
    lanes = tab.locator("[data-ends]:not(.gv-unswept):has(> .gv-edge-line[stroke-dasharray])")
    counts = []
    for _ in range(30):
        tab.keyboard.press("Shift+ArrowRight")
        counts.append(lanes.count())
    swept = [s for s in events.of([y], [""] * len(history([y])))[0][len(recorded) :]]
    nodes = history([y])
    first = next(k for k, s in enumerate(swept) if any(nodes[s.node] is state for state in states[:-1]))
    assert counts.index(1) == first


def test_time_steps_stand_apart_at_the_press_of_a_button(opened):
    """Any one step opens alone."""
    tab = opened(graph_viz.draw(recurrent(), budget=12).html())
    tab.get_by_role("button", name="time steps apart").click()
    steps = tab.get_by_role("button", name=re.compile("time steps.*closed"))
    steps.focus()
    tab.keyboard.press("Enter")
    closed = tab.get_by_role("button", name=re.compile(r"t = \d+\(.*closed"))
    assert closed.count() == 5
    before = tab.locator("[data-mark]").count()
    tab.get_by_role("button", name=re.compile(r"t = 2\(.*closed")).focus()
    tab.keyboard.press("Enter")
    assert closed.count() == 4 and tab.locator("[data-mark]").count() > before
    assert tab.get_by_role("button", name=re.compile(r"t = 2, group, open")).count() == 1
    tab.get_by_role("button", name="time steps rolled").click()
    assert tab.get_by_role("button", name=re.compile(r"t = \d")).count() == 0


def test_every_group_opens_and_closes_whatever_else_is_open(opened):
    """Also one that is a run of modules alike."""
    rng = np.random.default_rng(0)
    layers = [nn.TransformerEncoderLayer(4, 2, 8, rng=rng) for _ in range(5)]
    y = nn.Sequential(*layers)(az.Tensor(rng.normal(size=(1, 3, 4)), name="x")).mean()
    tab = opened(graph_viz.draw(y).html())
    told = tab.evaluate(
        """() => {
          const page = document.querySelector("[data-graph-viz]").graphVizPage, { parent } = page.mode.prepared;
          const all = [...parent.keys()], told = [], is = (g) => page.mode.open.has(g);
          const seen = (g) => g < 0 || (is(g) && seen(parent[g]));
          for (const g of [...all, ...all.slice().reverse(), ...all]) {
            const yes = !is(g), there = yes ? `[data-frame="${g}"]` : `[data-mark="g${g}"]`;
            page.open(g, yes);
            told.push(is(g) === yes && (!seen(parent[g]) || document.querySelectorAll(there).length === 1));
          }
          return told;
        }"""
    )
    assert len(told) > 100 and all(told)


def test_the_slider_swallows_no_keys(opened, swept):
    tab = opened(graph_viz.draw(swept).html())
    tab.locator("input[type=range]").focus()
    tab.keyboard.press("Home")
    tab.keyboard.press("ArrowRight")
    assert tab.locator(".gv-status").text_content().startswith("1/")
    tab.keyboard.press("b")
    assert "backward" not in tab.locator(".gv-status").text_content()
    tab.keyboard.press("Escape")
    assert tab.locator(".gv-now").count() == 0


@pytest.mark.parametrize("direction", ["LR", "TB"])
def test_a_picture_is_printed_whole_on_one_page(opened, direction):
    y = az.Tensor(1.0, name="x")
    for k in range(25):
        y = (np.tanh(y) * 0.5).named(f"y{k}")
    tab = opened(graph_viz.draw(y, direction=direction, budget=None).html())
    assert len(re.findall(rb"/Type\s*/Page\b", tab.pdf(prefer_css_page_size=True))) == 1
    tab.emulate_media(media="print")
    picture = tab.locator(".gv-stage > svg").bounding_box()
    stage = tab.locator(".gv-stage").bounding_box()
    assert picture["width"] <= stage["width"] + 1 and picture["x"] >= stage["x"] - 1


def test_the_first_look_fits_or_begins_at_the_input(opened):
    x = az.Tensor(1.0, name="x")
    y = x
    for k in range(40):
        y = (np.tanh(y) * 0.5).named(f"y{k}")
    tab = opened(graph_viz.draw(y, direction="TB", budget=None).html())
    stage, first = tab.locator(".gv-stage").bounding_box(), tab.locator("[data-mark]").first.bounding_box()
    assert first["y"] >= stage["y"] and first["y"] + first["height"] <= stage["y"] + stage["height"]
    size = tab.locator("[data-mark] text").first.evaluate("t => parseFloat(getComputedStyle(t).fontSize)")
    scale = tab.locator(".gv-stage > svg").evaluate("e => e.getBoundingClientRect().height / e.viewBox.baseVal.height")
    assert size * scale >= 8


def test_a_collapsed_module_lights_up_while_a_step_is_inside(opened, loss):
    tab = opened(graph_viz.draw(loss, depth=0).html())
    tab.keyboard.press("Home")
    lit = []
    for _ in range(4):
        tab.keyboard.press("Shift+ArrowRight")
        lit += tab.locator("[data-mark].gv-now").evaluate_all(
            "all => all.map(m => m.querySelector('title').textContent)"
        )
    assert len(lit) == 4 and all(name.startswith("MLP(") for name in lit)


def test_every_control_and_every_box_is_reached_by_the_tab_key_and_has_a_name(opened, loss):
    """O9."""
    tab = opened(graph_viz.draw(loss).html())
    wanted = tab.locator("[data-mark], [data-frame], button, input, summary").count()
    reached = set()
    for _ in range(wanted + 5):
        tab.keyboard.press("Tab")
        name = tab.evaluate(
            "() => { const e = document.activeElement; return e === document.body ? null :"
            " [e.tagName, e.getAttribute('aria-label') ?? (e.querySelector('title') ?? e).textContent,"
            " e.dataset.mark ?? ''].join('|') }"
        )
        if name:
            assert name.split("|")[1].strip()
            reached.add(name)
    assert len(reached) >= wanted
    described = [line.strip()[2:].partition(",")[0] for line in graph_viz.draw(loss).describe().splitlines()[1:]]
    labels = " ".join(reached)
    assert all(line.rstrip(":").split(" ")[0] in labels for line in described if line)


def test_search_finds_and_escape_clears(opened, loss):
    tab = opened(graph_viz.draw(loss).html())
    tab.keyboard.press("/")
    tab.keyboard.type("fc1")
    assert "match" in tab.locator(".gv-status").text_content()
    assert 0 < tab.locator("[data-mark].gv-dim").count() < tab.locator("[data-mark]").count()
    tab.keyboard.press("Enter")
    assert tab.evaluate("document.activeElement.dataset.mark") is not None
    tab.keyboard.press("Escape")
    assert tab.locator(".gv-dim").count() == 0


def test_zoom_and_fit_by_key(opened, neuron):
    tab = opened(graph_viz.draw(neuron).html())

    def box():
        return tab.evaluate(
            "() => { const e = document.querySelector('.gv-stage');"
            " return [e.scrollLeft, e.scrollTop, e.firstChild.getBoundingClientRect().width] }"
        )

    tab.keyboard.press("0")
    before = box()
    for _ in range(4):
        tab.keyboard.press("+")
    zoomed = box()
    assert zoomed[2] == pytest.approx(before[2] * 1.25**4, abs=1)
    tab.mouse.move(600, 250)
    tab.mouse.down()
    tab.mouse.move(500, 250)
    tab.mouse.up()
    assert box()[0] == pytest.approx(zoomed[0] + 100, abs=2)
    tab.mouse.wheel(0, 10)
    assert box()[2] == zoomed[2]
    tab.keyboard.press("0")
    assert box() == before


def test_two_drawings_in_an_exported_notebook_leave_each_other_alone(opened, swept, loss):
    """O3, O6: as a notebook puts whole pages into the outputs of its cells."""
    cells = [f"<div class='jp-OutputArea'>{graph_viz.draw(y).html()}</div>" for y in (swept, loss)]
    tab = opened("<!DOCTYPE html><body><h1>A notebook</h1>" + cells[0], cells[1])
    assert tab.locator("[id]").count() == 0
    first, second = (tab.locator("[data-graph-viz]").nth(k) for k in (0, 1))
    before, other = rows(first), second.inner_html()
    first.locator(".gv-stage").focus()
    tab.keyboard.press("Home")
    assert rows(first) != before and second.inner_html() == other
    tab.locator("h1").click()
    tab.keyboard.press("End")
    assert "0/" in first.locator(".gv-status").text_content()


@pytest.mark.parametrize("width", [800, 1900])
@pytest.mark.parametrize(("media", "inline"), [("image/svg+xml", False), ("image/svg+xml", True), ("text/html", False)])
def test_a_wide_picture_fits_into_an_exported_notebook(chromium, tmp_path, width, media, inline):
    nbconvert = pytest.importorskip("nbconvert", reason="nbconvert is not installed, which exports notebooks")
    nbformat = pytest.importorskip("nbformat.v4")
    y = az.Tensor(1.0, name="x")
    for _ in range(9):
        y = np.tanh(y)
    drawing = graph_viz.draw(y, direction="LR")
    data, _ = drawing._repr_mimebundle_([media])
    shown = nbformat.new_output("display_data", data=data)
    notebook = nbformat.new_notebook(cells=[nbformat.new_code_cell("graph_viz.draw(y)", outputs=[shown])])
    exported, _ = nbconvert.HTMLExporter().from_notebook_node(notebook)
    if inline:
        exported = re.sub(r"<img[^>]*data:image/svg[^>]*>", lambda _: data[media], exported)
    path = tmp_path / "notebook.html"
    path.write_text(exported, encoding="utf-8")
    tab = chromium.new_page(viewport={"width": width, "height": 600}, offline=True)
    tab.goto(path.as_uri())
    picture = tab.locator("svg.graph-viz, img[src^='data:image/svg']").bounding_box()
    tab.close()
    assert drawing.layout.width > 900
    assert 500 < picture["width"] and picture["x"] + picture["width"] <= width
    assert picture["width"] / picture["height"] == pytest.approx(drawing_ratio(drawing), rel=0.05)


def drawing_ratio(drawing):
    """How much wider than high a picture is."""
    _, _, width, height = map(float, re.search(r'viewBox="([^"]*)"', drawing.svg())[1].split())
    return width / height


def test_without_scripts_the_picture_and_its_words_are_there(opened, chromium, tmp_path, swept):
    """O5: what an untrusted notebook leaves of a page."""
    text = re.sub("(?s)<(script|style)[^>]*>.*?</\\1>", "", graph_viz.draw(swept).html())
    context = chromium.new_context(java_script_enabled=False)
    tab = context.new_page()
    path = tmp_path / "untrusted.html"
    path.write_text(text, encoding="utf-8")
    tab.goto(path.as_uri())
    box = tab.locator("img").bounding_box()
    assert box["width"] > 300 and box["height"] > 100
    tab.locator("summary").click()
    assert tab.get_by_text("x1: input, value 2").is_visible()
    context.close()


def luminance(colour):
    linear = [c / 12.92 if c <= 0.04045 else ((c + 0.055) / 1.055) ** 2.4 for c in (v / 255 for v in colour)]
    return 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2]


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_contrast_as_it_is_painted(opened, loss, scheme):
    """O8: each text against the fill of its box, each border against the page."""
    loss.backward(retain_grads=True)
    tab = opened(graph_viz.draw(loss, values=True, gradients=True).html(), color_scheme=scheme)
    painted = tab.evaluate(
        """() => {
          const rgb = (c) => c.match(/[0-9.]+/g).slice(0, 3).map(Number);
          const ground = rgb(getComputedStyle(document.querySelector(".gv-page")).backgroundColor);
          return [...document.querySelectorAll("[data-mark]")].map((g) => {
            const box = getComputedStyle(g.querySelector("rect, path"));
            const texts = [...g.querySelectorAll("text")].map((t) => rgb(getComputedStyle(t).fill));
            return { ground, fill: rgb(box.fill), border: rgb(box.stroke), texts };
          });
        }"""
    )

    def contrast(a, b):
        low, high = sorted((luminance(a), luminance(b)))
        return (high + 0.05) / (low + 0.05)

    assert len(painted) == len(graph_viz.draw(loss).figure.view)
    assert luminance(painted[0]["ground"]) < 0.05 if scheme == "dark" else luminance(painted[0]["ground"]) == 1.0
    for mark in painted:
        assert contrast(mark["border"], mark["ground"]) >= 3.0
        assert all(contrast(text, mark["fill"]) >= 4.5 for text in mark["texts"])


FONTS = ["Arial, Liberation Sans", "DejaVu Sans", "serif"]


def recurrent():
    rng = np.random.default_rng(0)
    return (nn.GRU(3, 4, rng=rng)(az.Tensor(rng.normal(size=(5, 2, 3)), name="x"))[0] ** 2).mean().named("loss")


@pytest.mark.parametrize("fonts", FONTS)
@pytest.mark.parametrize("folded", [False, True])
def test_every_text_fits_its_box_as_it_is_painted(opened, loss, fonts, folded):
    """L6."""
    y = recurrent() if folded else loss
    y.backward(retain_grads=True)
    picture = graph_viz.draw(y, values=True, gradients=True, theme="light").svg()
    picture = re.sub('font-family="[^"]*"', f'font-family="{fonts}"', picture)
    tab = opened(f'<!DOCTYPE html><body data-graph-viz data-ready="yes">{picture}</body>')
    outside = tab.evaluate(
        """() => [...document.querySelectorAll("svg g g")].flatMap((g) => {
          const box = g.querySelector("rect:last-of-type, path:not(:has(~ rect))").getBBox();
          const [right, bottom] = [box.x + box.width, box.y + box.height];
          return [...g.querySelectorAll("text")].map((t) => t.getBBox()).filter((t) =>
            t.x < box.x + 2 || t.x + t.width > right - 2 || t.y < box.y - 1 || t.y + t.height > bottom + 1)
            .map((t) => [t.x, t.width, box.x, box.width]);
        })"""
    )
    assert outside == []


def test_play_moves_alone_only_where_motion_is_welcome(opened, swept):
    tab = opened(graph_viz.draw(swept).html(), reduced_motion="reduce")
    tab.keyboard.press(" ")
    first = tab.locator(".gv-status").text_content()
    tab.wait_for_timeout(1200)
    assert first.startswith("0/") or first.startswith("1/")
    assert tab.locator(".gv-status").text_content() == first


def lit(tab):
    """The boxes that are lit by the pointer, by their first line; and the parameters whose rows are."""
    return tab.evaluate(
        """() => {
            const texts = (at) => [...document.querySelectorAll(at)].map((e) => e.textContent);
            return [texts(".gv-marks > .gv-here text:first-of-type").sort(), texts(".gv-same").sort()];
        }"""
    )


def test_a_shared_parameter_is_lit_in_all_its_places(opened):
    """In rows of closed modules, and as a box; and the legend says what the dots mean."""
    twin, alone = nn.Linear(3, 3), nn.Linear(3, 3)
    x = az.Tensor(np.ones((2, 3)), name="x")
    y = np.sum(twin(np.tanh(alone(twin(x))))).named("y")
    tab = opened(graph_viz.draw(y, depth=0, names={"twin": twin}).html())
    assert "shown in several places" in tab.locator(".gv-legend").text_content()
    rows, both = [("• W", "3×3"), ("• b", "3")], ["twin[0]Linear", "twin[1]Linear"]
    first = tab.locator("[data-mark]").filter(has=tab.locator("[data-shared]")).first
    first.locator("> rect").last.hover()
    assert lit(tab) == [both, sorted(text for row in rows for text in row * 2)]
    first.locator("[data-shared]", has_text="b").hover()
    assert lit(tab) == [both, sorted(rows[1] * 2)]
    tab.mouse.move(1, 1)
    assert lit(tab) == [[], []]
    first.focus()
    tab.keyboard.press("Enter")
    tab.locator("[data-mark]:has(> .gv-parameter)", has_text="W").hover()
    assert lit(tab) == [["W", both[1]], sorted(rows[0])]


def test_what_shares_nothing_lights_nothing_else(opened):
    y = np.sum(nn.Linear(3, 2)(np.tanh(nn.Linear(3, 3)(az.Tensor(np.ones((2, 3)), name="x"))))).named("y")
    tab = opened(graph_viz.draw(y, depth=0).html())
    assert "several places" not in tab.locator(".gv-legend").text_content()
    tab.locator("[data-mark]", has_text="Linear").first.locator("> rect").last.hover()
    assert [len(found) for found in lit(tab)] == [1, 0]
