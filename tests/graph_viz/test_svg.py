"""The written picture: well-formed, the same each time, readable, and never broken by a name."""

import dataclasses
import os
import re
import subprocess
import sys
import xml.etree.ElementTree as ET
from collections import Counter

import numpy as np
import pytest

import autograd_zoo as az
import graph_viz
from autograd_zoo import nn
from autograd_zoo.engine.mode import Scope, switched
from graph_viz import style, svg
from graph_viz.style import INK, KINDS, clean, number, shorten, width
from graph_viz.svg import curves, labels

SVG = "{http://www.w3.org/2000/svg}"


def parsed(drawing):
    return ET.fromstring(drawing.svg())


def marks(root):
    """The groups of the marks, each with its rectangles and texts."""
    return [g for g in root.iter(f"{SVG}g") if g.find(f"{SVG}title") is not None]


def texts(element):
    return ["".join(text.itertext()) for text in element.iter(f"{SVG}text")]


def outline(mark):
    """The box of a mark: left, top, width, height; also of a tag and of an octagon."""
    rects = mark.findall(f"{SVG}rect")
    if rects:
        return [float(rects[-1].get(key)) for key in ("x", "y", "width", "height")]
    numbers = list(map(float, re.findall(r"[0-9.]+", mark.find(f"{SVG}path").get("d"))))
    (left, right), (top, bottom) = ((min(n), max(n)) for n in (numbers[::2], numbers[1::2]))
    return [left, top, right - left, bottom - top]


def lines(root, name):
    return root.findall(f".//{SVG}g/{SVG}path[@class='gv-{name}-line']")


OPTIONS = [
    {},
    {"depth": 0},
    {"values": True, "gradients": True, "constants": True},
    {"direction": "TB", "theme": "dark"},
]


@pytest.mark.parametrize("options", OPTIONS, ids=str)
def test_boxes_and_edges_are_those_of_the_view(y, options):
    y.backward()
    drawing = graph_viz.draw(y, legend=False, **options)
    root = parsed(drawing)
    assert len(marks(root)) == len(drawing.layout.boxes)
    assert len(lines(root, "edge")) == len(drawing.layout.routes)
    listed = [line for line in drawing.describe().splitlines() if line.lstrip().startswith("- ") and line[-1] != ":"]
    assert len(listed) == len(marks(root))
    tooltips = [re.split(r", (?:value|grad) \[", g.find(f"{SVG}title").text)[0] for g in marks(root)]
    assert sorted(line.lstrip()[2:] for line in listed) == sorted(tooltips)


@pytest.mark.parametrize("options", OPTIONS, ids=str)
def test_every_text_fits_its_box_and_every_box_the_picture(y, options):
    root = parsed(graph_viz.draw(y, **options))
    _, _, right, bottom = map(float, root.get("viewBox").split())
    for g in marks(root):
        x, top, w, h = outline(g)
        assert 0 <= x and 0 <= top and x + w <= right and top + h <= bottom
        for text in g.iter(f"{SVG}text"):
            size = float(text.get("font-size") or style.ROW)
            bold = sum(width(t.text, size, bold=True) - width(t.text, size) for t in text if t.get("font-weight"))
            room = width("".join(text.itertext()), size) + bold
            start = float(text.get("x")) - {"start": 0, None: room / 2, "end": room}[text.get("text-anchor")]
            assert x + 2 <= start and start + room <= x + w - 2
            assert top + size * 0.7 <= float(text.get("y")) <= top + h - size * 0.25
    for text in root.iter(f"{SVG}text"):
        assert 0 < float(text.get("y")) < bottom


# The widest of the stack's fonts, measured in em in the fonts' own tables: DejaVu Sans, regular and bold.
MEASURED = {
    "fc1.weight": (5.228, 5.954),
    "encoder.layers.11.attention.W_q": (16.331, 18.464),
    "Wm@MQ%": (5.563, 5.992),
    "−0.1234": (4.337, 4.697),
    "illicit_Ijl": (3.682, 4.342),
    "4×3 ∑ √ σ ∂ …": (7.162, 7.678),
    "axis=(0, 1), keepdims=True": (14.126, 15.694),
    "äöüéßñçŽ": (4.972, 5.501),
    "x⁻¹ xᵀ": (2.816, 3.034),
}


@pytest.mark.parametrize("bold", [False, True])
@pytest.mark.parametrize("text", MEASURED)
def test_widths_are_upper_bounds_and_not_by_far(text, bold):
    assert MEASURED[text][bold] <= width(text, 1.0, bold) <= 1.25 * MEASURED[text][bold]


def test_the_same_bytes_each_time(y):
    assert graph_viz.draw(y).svg() == graph_viz.draw(y).svg()


def test_the_same_bytes_in_any_process_and_without_programs():
    """No executable is needed: PATH is empty, and the order of hashes differs."""
    code = (
        "import autograd_zoo as az, graph_viz, sys\n"
        "x, w = az.Tensor(2.0, name='x'), az.Tensor(3.0, name='w')\n"
        "y = x * w + w / x - x\n"
        "d = graph_viz.draw(y)\n"
        "sys.stdout.buffer.write((d.svg() + d.source + d.describe()).encode())\n"
    )
    written = {
        subprocess.run(
            [sys.executable, "-c", code],
            capture_output=True,
            check=True,
            env={**os.environ, "PATH": "", "PYTHONHASHSEED": seed},
        ).stdout
        for seed in ("1", "2")
    }
    assert len(written) == 1


ELEMENTS = {"svg", "title", "desc", "style", "rect", "g", "path", "text", "tspan"}


@pytest.mark.parametrize("options", [{}, {"depth": 0}, {"depth": 1, "direction": "TB"}], ids=str)
def test_no_name_breaks_the_picture(hostile, options):
    def scaled(x, scale):
        return x * scale

    for name in hostile:
        scaled.__name__ = name or "scaled"
        op = az.primitive(scaled)
        az.defvjp(op, lambda g, y, x, scale: g * scale)
        with switched(scope=Scope(name, Scope("outer"))):
            y = (op(az.Tensor([1.0], name=name), 2.0) * 3.0).named(name)
        drawing = graph_viz.draw(y, **options)
        root = parsed(drawing)
        assert {element.tag.removeprefix(SVG) for element in root.iter()} <= ELEMENTS
        assert not any(key.startswith("on") or key.endswith("href") for e in root.iter() for key in e.attrib)
        assert shorten(clean(name)) in " ".join(texts(root))
        assert all(c.isprintable() or c in "\n\xad" for c in drawing.describe())


def test_text_is_shown_literally():
    name = "</svg><script>alert(1)</script>"
    drawing = graph_viz.draw(az.Tensor(1.0, name=name) * 2.0)
    assert "<script" not in drawing.svg()
    assert texts(parsed(drawing))[0] == name


def test_nothing_has_an_id_and_nothing_is_loaded(y):
    text = graph_viz.draw(y).svg()
    root = ET.fromstring(text)
    assert not any(element.get("id") for element in root.iter())
    assert text.count("http") == text.count('xmlns="http://www.w3.org/2000/svg"') == 1
    assert "url(" not in text and "@import" not in text


def test_gradients_have_a_lane_of_their_own(neuron):
    before = parsed(graph_viz.draw(neuron))
    assert not lines(before, "grad")
    assert sum(texts(g).count("—") for g in marks(before)) == len(marks(before))
    neuron.backward(retain_grads=True)
    after = parsed(graph_viz.draw(neuron))
    assert len(lines(after, "grad")) == len(lines(after, "edge"))
    assert all(line.get("stroke-dasharray") for line in lines(after, "grad"))
    assert not any("—" in texts(g) for g in marks(after))


def test_no_gradient_leads_into_a_constant(loss):
    loss.backward(retain_grads=True)
    root = parsed(graph_viz.draw(loss, gradients=True))
    assert len(lines(root, "edge")) - len(lines(root, "grad")) == 1


def test_drawing_before_and_after_the_sweep_looks_alike(neuron):
    before = graph_viz.draw(neuron).layout
    neuron.backward(retain_grads=True)
    assert graph_viz.draw(neuron).layout == before


def test_zero_is_no_missing_gradient():
    x, y = az.Tensor(0.0, name="x"), az.Tensor(2.0, name="y")
    z = x * y
    z.backward()
    root = parsed(graph_viz.draw(z))
    assert texts(marks(root)[1]) == ["y", "value", "2", "grad", "0"]


@pytest.mark.parametrize(("value", "word"), [(np.nan, "NaN"), (np.inf, "∞"), (-np.inf, "−∞")])
def test_what_is_not_finite_is_flagged(value, word):
    root = parsed(graph_viz.draw(az.Tensor([1.0, value], name="x") * 1.0, values=True))
    assert all(any(word in text for text in texts(g)) for g in marks(root))
    assert all("gv-wrong-line" in g.find(f"{SVG}rect").get("class") for g in marks(root))


def test_a_tooltip_has_all_elements_of_a_small_array_and_its_gradient():
    """Of max pooling over four pixels: who got what."""
    x = az.Tensor(np.array([[[[1.0, 4.0], [3.0, 2.0]]]]), name="x")
    loss = (3.0 * nn.max_pool(x, kernel_size=(2, 2), stride=(2, 2))).sum()
    loss.backward(retain_grads=True)
    titles = [e.text for e in parsed(graph_viz.draw(loss, values=True, gradients=True)).iter(f"{SVG}title")]
    (title,) = [text for text in titles if text.startswith("x: input")]
    assert "value [[[[1, 4], [3, 2]]]]" in title and "grad [[[[0, 3], [0, 0]]]]" in title
    assert not any("value [" in e.text for e in parsed(graph_viz.draw(loss)).iter(f"{SVG}title"))


def test_the_legend_explains_what_is_there_and_no_more(y):
    graph = graph_viz.to_networkx(y)
    kinds = {kind for _, kind in graph.nodes(data="kind")}
    kinds |= (
        {"constant"} if any(c["shape"] for _, m in graph.nodes(data=True) for c in m["constants"].values()) else set()
    )
    kinds |= {"frame"} if graph.graph["scopes"] else set()
    with_legend, without = (Counter(texts(parsed(graph_viz.draw(y, legend=legend)))) for legend in (True, False))
    swept = "frame" in kinds and all(path[0].startswith("∇") for path in graph.graph["scopes"])
    expected = Counter("group" if swept and kind == "frame" else KINDS[kind].word for kind in kinds)
    if any(box.copied for box in graph_viz.draw(y).figure.view):
        expected["shown in several places"] = 1
    assert with_legend - without == expected


class Gate(nn.Module):
    """A module whose result is made of a named one."""

    def __init__(self):
        self.fc = nn.Linear(3, 3, rng=np.random.default_rng(0))

    def forward(self, x):
        h = np.tanh(np.exp(x) @ np.eye(3) + 1.0).named("h")
        return self.fc(h * h)


def scoped():
    x = az.Tensor(np.ones((2, 3)), name="x")
    for _ in range(30):
        with az.scope("step"):
            x = np.tanh(x) * 2.0 + np.sin(x)
    return x


LEGENDS = {
    "a module is closed": (lambda: Gate()(az.Tensor(np.ones((2, 3)))), {"depth": 0}, "closed module", None),
    "one is open, one closed": (lambda: Gate()(az.Tensor(np.ones((2, 3)))), {"depth": 1}, "closed module", "module"),
    "what leads to a name": (
        lambda: Gate()(az.Tensor(np.ones((2, 3)))),
        {"budget": 6},
        "closed module or group",
        "module",
    ),
    "a scope": (scoped, {}, None, "group"),
    "steps of a module": (
        lambda: nn.GRU(2, 3, rng=np.random.default_rng(0))(np.ones((9, 1, 2)))[0].sum(),
        {},
        "closed group",
        "module",
    ),
}


@pytest.mark.parametrize(("graph", "options", "closed", "open"), LEGENDS.values(), ids=LEGENDS)
def test_only_calls_of_modules_are_called_modules(graph, options, closed, open):
    drawing = graph_viz.draw(graph(), **options)
    found = texts(parsed(drawing))
    assert [text for text in found if text.startswith("closed ")] == ([closed] if closed else [])
    assert [text for text in found if text in ("module", "group", "module or group")] == ([open] if open else [])
    assert ("closed module" in drawing.describe()) == bool(closed and "module" in closed)


def test_the_legend_looks_as_the_picture_does():
    """A closed module is a stack there too, and a frame has something in it."""
    net = nn.Sequential(nn.Linear(2, 2, rng=np.random.default_rng(0)), nn.Tanh())
    y = net(np.ones((1, 2)))
    with_legend, without = (graph_viz.draw(y, depth=1, legend=legend, theme="light").svg() for legend in (True, False))
    swatches = {
        kind: with_legend.count(f'class="gv-{kind}"') - without.count(f'class="gv-{kind}"')
        for kind in ("module", "frame", "output")
    }
    assert swatches == {"module": 2, "frame": 2, "output": 0}


COUNTS = {
    "all is there": (lambda: az.Tensor(2.0, name="x") * 3.0, {}, "2 nodes"),
    "closed": (
        lambda: nn.Linear(2, 2, rng=np.random.default_rng(0))(az.Tensor(np.ones((1, 2)), name="x")),
        {"depth": 0},
        "2 boxes for 6 nodes",
    ),
    "steps": (scoped, {}, None),
}


@pytest.mark.parametrize(("graph", "options", "said"), COUNTS.values(), ids=COUNTS)
def test_what_is_counted_is_what_a_reader_counts(graph, options, said):
    drawing = graph_viz.draw(graph(), **options)
    boxes = len(marks(parsed(drawing)))
    assert said is None or said in drawing.figure.label
    assert f"{boxes} boxes for " in drawing.figure.label or f": {boxes} nodes," in drawing.figure.label
    assert all(note.startswith(f"{boxes} boxes for ") for note in drawing.notes if " for " in note)


@pytest.mark.parametrize("theme", ["auto", "light", "dark"])
def test_themes(neuron, theme):
    root = parsed(graph_viz.draw(neuron, theme=theme))
    css = root.find(f"{SVG}style")
    assert (css is not None) == (theme == "auto")
    assert root.find(f"{SVG}rect").get("fill") == INK["paper"][theme == "dark"]
    if css is not None:
        used = {c for e in root.iter() for c in e.get("class", "").split() if c.startswith("gv-")} - {"gv-auto"}
        assert all(f".gv-auto .{c}{{" in css.text for c in used)
        for part in (
            "prefers-color-scheme:dark",
            '[data-jp-theme-light="false"]',
            ".vscode-dark",
            'html[theme="dark"]',
        ):
            assert part in css.text


def luminance(colour):
    channels = [int(colour[i : i + 2], 16) / 255 for i in (1, 3, 5)]
    linear = [c / 12.92 if c <= 0.04045 else ((c + 0.055) / 1.055) ** 2.4 for c in channels]
    return 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2]


def contrast(a, b):
    low, high = sorted((luminance(a), luminance(b)))
    return (high + 0.05) / (low + 0.05)


@pytest.mark.parametrize("dark", [False, True])
@pytest.mark.parametrize("kind", KINDS)
def test_contrast(kind, dark):
    """Text is at least 4.5 to 1 against its fill, borders 3 to 1 against the page; a frame is only a ground."""
    fill, border = KINDS[kind].dark if dark else KINDS[kind].light
    assert all(contrast(INK[tone][dark], fill) >= 4.5 for tone in ("text", "muted", "grad", "wrong"))
    if kind != "frame":
        assert contrast(border, INK["paper"][dark]) >= 3.0


NUMBERS = {
    -0.0: "0",
    1.0: "1",
    -6.0: "−6",
    0.70710678: "0.7071",
    12345.6: "1.235e4",
    1e-7: "1e−7",
    -1e300: "−1e300",
}


@pytest.mark.parametrize("value", NUMBERS)
def test_numbers(value):
    assert number(value) == NUMBERS[value]


# ---- what recurrent, folded and failed graphs need -----------------------------------------------------------------


def cell_loss(steps=4):
    rng = np.random.default_rng(0)
    cell = az.nn.LSTMCell(3, 4, rng=rng)
    state = tuple(az.Tensor(np.zeros((2, 4)), name=name) for name in ("h_0", "C_0"))
    for t in range(steps):
        state = cell(az.Tensor(rng.normal(size=(2, 3)), name=f"x_{t}"), state)[-2:]
    return (state[0] ** 2).sum().named("loss")


def test_a_state_is_a_tag_and_its_edge_dashed_and_labelled():
    drawing = graph_viz.draw(cell_loss())
    root = parsed(drawing)
    states = [box for box in drawing.figure.view if box.kind == "state"]
    tags = root.findall(f".//{SVG}path[@class='gv-state']")
    assert len(states) == 2 and len(tags) == 2 + 1  # and the legend
    assert texts(root).count("t → t+1") == texts(root).count("t = 0") == 2
    dashed = [line for line in lines(root, "edge") if line.get("stroke-dasharray")]
    assert len(dashed) == sum(edge.state for edge in drawing.figure.view.edges)


def test_a_failed_operation_is_an_octagon():
    drawing = graph_viz.draw(az.Tensor(1.0, name="x") * 2.0, legend=False)
    picture = drawing.figure.picture
    boxes = {box.key: dataclasses.replace(box, kind="failed") for box in picture.view}
    failed = dataclasses.replace(picture, view=dataclasses.replace(picture.view, boxes=boxes))
    root = ET.fromstring(svg.write(failed, drawing.layout, "light"))
    path = root.find(f".//{SVG}path[@class='gv-failed']").get("d")
    assert path.count("L") == 7


def test_a_chain_is_a_pill():
    drawing = graph_viz.draw(np.exp(np.tanh(az.Tensor([0.5, 1.0], name="x") * 3.0)).sum(), legend=False, budget=3)
    assert sum(bool(box.chain) for box in drawing.figure.view) == 1
    radii = [float(rect.get("rx", 0)) for rect in parsed(drawing).iter(f"{SVG}rect")]
    assert max(radii) > KINDS["op"].radius


def test_labels_say_shapes_that_no_box_says_and_broadcasting(loss):
    drawing = graph_viz.draw(loss)
    assert [line.label for line in drawing.figure.picture.strokes if line.label] == ["↔ 8", "↔ 2"]
    assert {"↔ 8", "↔ 2"} <= set(texts(parsed(drawing)))
    collapsed = graph_viz.draw(loss, depth=0)
    assert not [line.label for line in collapsed.figure.picture.strokes if line.label]
    assert "4×2" in texts(parsed(collapsed))


def test_labels_of_scalars_are_not_there(neuron):
    assert not any(line.label for line in graph_viz.draw(neuron).figure.picture.strokes)


def test_labels_cover_no_box_and_no_other_label(y):
    drawing = graph_viz.draw(y)
    taken = list(drawing.layout.boxes.values())
    ways = [curves.curve(drawing.layout, k) for k in range(len(drawing.layout.routes))]
    for point in labels.place([("4×16", way, False) for way in ways], taken):
        if point is not None:
            room = width("4×16", labels.SIZE)
            box = (point[0] - room / 2, point[1] - labels.HIGH / 2, room, labels.HIGH)
            assert all(
                box[0] >= x + w or box[0] + box[2] <= x or box[1] >= top + h or box[1] + box[3] <= top
                for x, top, w, h in taken
            )
            taken.append(box)


def test_the_lane_of_a_gradient_is_as_wide_as_the_logarithm_of_its_norm():
    x, w = az.Tensor(2.0, name="x"), az.Tensor(1e3, name="w")
    y = x * w
    y.backward(retain_grads=True)
    widths = {line.get("stroke-width") for line in lines(parsed(graph_viz.draw(y, legend=False)), "grad")}
    assert widths == {"2.1", f"{0.7 + 1.4 * (1 + np.log10(2e-3) / 4):.2g}"}


def test_what_is_shown_in_several_places_has_a_dot(twice):
    drawing = graph_viz.draw(twice, legend=False)
    copies = [box for box in drawing.figure.view if box.copied]
    assert len(parsed(drawing).findall(f".//{SVG}circle")) == len(copies)


LOW = {"W_f": "f", "σ²_B": "B", "a_12": "12", "h_{t+1}": "t+1", "a_{<b>}": "<b>"}
LOW |= dict.fromkeys(["h_{", "my_name", "W_long"], "")


@pytest.mark.parametrize(("name", "low"), LOW.items(), ids=LOW)
def test_what_follows_a_symbol_is_set_low(name, low):
    """A symbol of the document is set as in print; a name with an underscore is shown as it is."""
    y = (az.Tensor(1.0, name=name) * 2.0).named("y")
    root = ET.fromstring(graph_viz.draw(y, values=False, gradients=False, legend=False).svg())
    texts = ["".join(text.itertext()) for text in root.iter(f"{SVG}text")]
    below = [span.text for span in root.iter(f"{SVG}tspan") if span.get("dy")]
    assert texts[0] == (re.sub("[_{}]", "", name) if low else name)
    assert below == ([low] if low else [])
