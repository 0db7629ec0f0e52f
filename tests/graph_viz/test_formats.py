"""What a drawing is saved as: each format against its own reader where there is one, and against its grammar."""

import dataclasses
import json
import re
import shutil
import subprocess
import typing
from functools import cache

import networkx as nx
import numpy as np
import pytest

import autograd_zoo as az
import graph_viz
from autograd_zoo import nn
from graph_viz.formats import FORMATS, written
from graph_viz.formats.latex import latex
from graph_viz.letters import letters, pieces

NAMES = [
    '<b>&"bold"</b>', r"\N {x} \end{document} $^2_", "100% #1 ~a_b^c", "日本語 שלום 🙂 é ñ", "`a` | [b] (c) {{d}}; ---",
    "1. first", "end", "graph", "a\nb\tc\x00", r"\hat{x}^{(i)}_t", r"\frac{a}{b}", "gamma", "%%{init}%%",
    "</script><!--", "x\u0302\u0301", "$$", "'", "-->",
]  # fmt: skip


def named():
    parts = [(az.Tensor(np.ones(2) * k, name=name) * 2.0).named(name) for k, name in enumerate(NAMES)]
    return np.stack(parts).sum()


def scoped():
    y = az.Tensor(1.0, name="x")
    for name in NAMES:
        with az.scope(name):
            y = np.tanh(y) * np.array(0.5)
    return y.named("y")


def swept():
    x, w = az.Tensor(2.0, name="x"), az.Tensor([1.0, np.inf, np.nan], name="w")
    y = np.sum(x * w).named("y")
    y.backward(retain_grads=True)
    return y


def second_order():
    x = az.Tensor(0.5, name="x")
    (slope,) = az.gradient(np.tanh(x) ** 3, [x], create_graph=True)
    return slope.named("dy/dx")


def rolled():
    rng = np.random.default_rng(0)
    outputs, _ = nn.LSTM(3, 4, rng=rng)(az.Tensor(rng.normal(size=(9, 2, 3)), name="x"))
    return (outputs**2).mean().named("L")


def plain_loop():
    w, h = az.Tensor(np.eye(3), name="W_h"), az.Tensor(np.zeros(3), name="h_0")
    for _ in range(30):
        h = np.tanh(w @ h + 1.0)
    return h.sum().named("loss")


def shared():
    layer, x = nn.Linear(3, 3, rng=np.random.default_rng(0)), az.Tensor(np.ones((2, 3)), name="x")
    return (layer(x) - layer(np.tanh(layer(x)))).sum()


def siblings():
    return np.concatenate([np.tanh(az.Tensor(np.ones(2) * k, name=f"x{k}")) for k in range(60)]).named("y")


def long(n=900):
    y = az.Tensor(np.ones(2), name="x")
    for k in range(n):
        y = np.sin(y) * float(k)
    return y.named("y")


def failed():
    try:
        nn.Linear(3, 2, rng=np.random.default_rng(0))(az.Tensor(np.ones((2, 5)), name="x^2"))
    except ValueError as error:
        return error
    raise AssertionError("these shapes do not fit")


def normalized():
    return nn.LayerNorm(4)(az.Tensor(np.ones((2, 4)), name=r"\hat{x}")).named(r"y^{(i)}")


CASES = {
    "a square": lambda: graph_viz.draw(az.Tensor(3.0, name="x") ** 2),
    "nothing in it": lambda: graph_viz.draw(np.sum(az.Tensor(np.ones((0, 3)), name="empty") * 2.0)),
    "names": lambda: graph_viz.draw(named(), budget=None),
    "names of frames": lambda: graph_viz.draw(scoped(), depth=9),
    "swept": lambda: graph_viz.draw(swept(), values=True, gradients=True),
    "second order": lambda: graph_viz.draw(second_order(), direction="TB"),
    "rolled": lambda: graph_viz.draw(rolled()),
    "a plain loop": lambda: graph_viz.draw(plain_loop()),
    "shared": lambda: graph_viz.draw(shared(), budget=None),
    "siblings": lambda: graph_viz.draw(siblings()),
    "many boxes": lambda: graph_viz.draw(long(60), budget=None),
    "a long chain": lambda: graph_viz.draw(long()),
    "around": lambda: graph_viz.draw(long(), around="x"),
    "a failed pass": lambda: graph_viz.draw(failed()),
    "closed": lambda: graph_viz.draw(normalized(), depth=0),
    "open": lambda: graph_viz.draw(normalized(), constants=True, budget=None),
    "dark": lambda: graph_viz.draw(rolled(), theme="dark", gradients=True, open=set()),
    "many results": lambda: graph_viz.draw([second_order(), swept()]),
}


@cache
def drawing(case):
    with np.errstate(all="ignore"):
        return CASES[case]()


def text(case, ending):
    return written(drawing(case).figure, ending).decode()


@pytest.mark.parametrize("case", CASES)
def test_every_format_is_written_of_every_drawing(case):
    for ending in FORMATS:
        if ending == ".png":
            pytest.importorskip("resvg_py")
        if ending == ".pdf":
            pytest.importorskip("typst")
        content = written(drawing(case).figure, ending)
        assert len(content) > 80 and (ending == ".pdf" or content == written(drawing(case).figure, ending))


# ---- Mermaid ------------------------------------------------------------------------------------------------------

LABEL = r'"(?:[^"#&<>`\\|\[\]{}()*_~$;^@!]|#\d+;|<br>|</?su[bp]>)*"'
GRAMMAR = {
    "flowchart": r"flowchart (?:LR|TB)",
    "title": r"  accTitle: [^#;{}]*(?:#\d+;[^#;{}]*)*",
    "node": rf" +n\d+(?:\[{LABEL}\]|\({LABEL}\)|>{LABEL}\]|\{{\{{{LABEL}\}}\}}|\[\[{LABEL}\]\]):::\w+",
    "subgraph": rf" +subgraph c\d+ \[{LABEL}\]",
    "end": r" +end",
    "class": r" +class c\d+ frame",
    "edge": rf"  n\d+ (?:-->|-\.-)(?:\|{LABEL}\|)? n\d+",
    "classDef": r"  classDef \w+ fill:#\w{6},stroke:#\w{6},stroke-width:[\d.]+px,color:#\w{6}(,stroke-dasharray:3 2)?",
}


@pytest.mark.parametrize("case", CASES)
def test_mermaid_has_every_box_edge_and_frame_and_no_name_is_markup(case):
    view, counts = drawing(case).figure.view, dict.fromkeys(GRAMMAR, 0)
    for line in text(case, ".mmd").splitlines():
        found = [kind for kind, pattern in GRAMMAR.items() if re.fullmatch(pattern, line)]
        assert len(found) == 1, line
        counts[found[0]] += 1
    frames = {path for box in view for path in box.clusters}
    assert (counts["node"], counts["edge"], counts["subgraph"]) == (len(view), len(view.edges), len(frames))
    assert counts["end"] == counts["class"] == len(frames) and counts["flowchart"] == 1


@pytest.mark.slow
def test_mermaid_of_jupyterlab_draws_it(lab, chromium):
    v4 = pytest.importorskip("nbformat.v4")
    nbformat = pytest.importorskip("nbformat")
    url, folder = lab
    cells = [v4.new_markdown_cell(f"```mermaid\n{text(case, '.mmd')}```") for case in CASES]
    nbformat.write(v4.new_notebook(cells=cells), folder / "mermaid.ipynb")
    tab = chromium.new_page(viewport={"width": 1200, "height": 40_000})
    tab.goto(f"{url}/lab/tree/mermaid.ipynb", timeout=60_000)
    drawn = tab.locator(".jp-RenderedMermaid img, .jp-RenderedMermaid svg, .jp-RenderedMermaid .jp-mod-warning")
    tab.wait_for_function(
        "n => document.querySelectorAll('.jp-RenderedMermaid img, .jp-RenderedMermaid svg').length >= n",
        arg=len(CASES),
        timeout=60_000,
    )
    assert drawn.count() == len(CASES) and tab.locator(".jp-mod-warning").count() == 0
    tab.close()


# ---- LaTeX --------------------------------------------------------------------------------------------------------

MATHEMATICS = {
    r"\hat{x}": r"$\hat{x}$",
    r"x^{(i)}": r"$x^{(i)}$",
    r"\hat{x}^{(i)}_t": r"$\hat{x}^{(i)}_{t}$",
    r"\bar\theta": r"$\bar{\theta}$",
    "gamma": r"$\gamma$",
    "norm.beta": r"norm.$\beta$",
    "alpha_1": r"$\alpha_{1}$",
    r"\mathcal{L}": r"$\mathcal{L}$",
    r"W^\top": r"$W^{\top}$",
    "h_{t+1}": "$h_{t+1}$",
    "W_f": "$W_{f}$",
    "x1": "$x_{1}$",
    "x²": "$x^{2}$",
    "fc1.W": "fc1.W",
    "my_name": r"my\_name",
    "gammaln": "gammaln",
    "alphabet": "alphabet",
    "50% & #1": r"50\% \& \#1",
    r"\end{document}": r"\textbackslash{}end\{document\}",
}


@pytest.mark.parametrize("name", MATHEMATICS)
def test_names_are_set_as_mathematics(name):
    assert latex(letters(name)) == MATHEMATICS[name]


def test_a_picture_shows_names_as_mathematics():
    y = (az.Tensor(2.0, name=r"\hat{x}") * az.Tensor(3.0, name="gamma")).named("y^{(i)}")
    picture = graph_viz.draw(y).svg()
    shown = re.sub("<[^>]*>", "", re.sub("(?s)<title>.*?</title>|<desc>.*?</desc>|<style>.*?</style>", "", picture))
    assert "x̂" in shown and "γ" in shown and "y(i) =" in shown and "gamma" not in shown
    assert re.search(r'>y<tspan dy="-[\d.]+" font-size="[\d.]+">\(i\)</tspan><tspan dy="[\d.]+"> = </tspan>', picture)
    assert r"\hat{x}: input" in graph_viz.draw(y).describe()  # the name by which it is found


def test_pieces_put_together_are_the_text_without_its_marks():
    for name in NAMES:
        marks = dict.fromkeys("_^{}")
        assert [c for c in "".join(t for t, _ in pieces(letters(name))) if c not in marks] == [
            c for c in letters(name) if c not in marks
        ]


@pytest.mark.parametrize("case", CASES)
def test_tikz_has_every_box_and_edge_and_no_name_is_a_command(case):
    figure, source = drawing(case).figure, text(case, ".tex")
    body = source[source.index(r"\begin{tikzpicture}") : source.index(r"\end{document}")]
    assert len(re.findall(r"^\\node\[gv (?!label|title)", body, re.MULTILINE)) == len(figure.view)
    backward = sum(stroke.backward is not None for stroke in figure.picture.strokes)
    assert body.count(r"\draw[") == len(figure.view.edges) + backward
    assert body.count(r"\path[gv frame]") == len(figure.layout.clusters)
    bare = re.sub(r"\\[{}#$%&_]", "", body)
    assert bare.count("{") == bare.count("}")
    assert not set(re.sub(r"\$[^$\n]*\$", "", bare)) & set("$#%&_^~\x00")
    known = {"begin", "end", "node", "path", "draw", "textbf", "textcolor", "fontsize", "selectfont", "enspace", "quad"}
    known |= {"textbackslash", "textasciitilde", "textasciicircum", "textless", "textgreater", "textbar", "other"}
    known |= {"textquotedbl", "textasciigrave", "textquotesingle"}
    assert set(re.findall(r"\\([A-Za-z]+)", re.sub(r"\$[^$\n]*\$", "", bare))) <= known


@pytest.mark.parametrize("program", ["pdflatex", "xelatex"])
def test_latex_reads_it(program, tmp_path):
    if shutil.which(program) is None:
        pytest.skip(f"{program} is not installed")
    first = text("a square", ".tex")
    pictures = [re.search(r"(?s)\\begin{tikzpicture}.*\\end{tikzpicture}", text(case, ".tex"))[0] for case in CASES]
    (tmp_path / "all.tex").write_text(
        first[: first.index(r"\begin{tikzpicture}")] + "\n".join(pictures) + "\n\\end{document}\n", encoding="utf-8"
    )
    command = [program, "-interaction=nonstopmode", "-halt-on-error", "all.tex"]
    done = subprocess.run(command, cwd=tmp_path, capture_output=True, timeout=120)
    log = done.stdout.decode(errors="replace")
    if "not found" in log and ".sty" in log:
        pytest.skip("LaTeX is installed without a package: " + re.search(r".*not found.*", log)[0])
    assert done.returncode == 0, log[-600:]
    assert f"({len(CASES)} pages" in log


# ---- Model Explorer -------------------------------------------------------------------------------------------------

# https://github.com/google-ai-edge/model-explorer: src/server/package/src/model_explorer/graph_builder.py
VALUES = {"key": str, "value": str}
META = {"id": str, "attrs": [VALUES]}
EDGE = {"sourceNodeId": str, "sourceNodeOutputId": str, "targetNodeInputId": str}
NODE = {
    "id": str,
    "label": str,
    "namespace": str,
    "attrs": [VALUES],
    "incomingEdges": [EDGE],
    "outputsMetadata": [META],
}
NODE |= {"style": {"backgroundColor": str, "borderColor": str}}
SCHEMA = {"label": str, "graphs": [{"id": str, "nodes": [NODE], "groupNodeAttributes": dict}]}


def fits(value, schema):
    if isinstance(schema, dict):
        return isinstance(value, dict) and set(value) == set(schema) and all(fits(value[k], schema[k]) for k in schema)
    if isinstance(schema, list):
        return isinstance(value, list) and all(fits(x, schema[0]) for x in value)
    return isinstance(value, schema)


@pytest.mark.parametrize("case", CASES)
def test_model_explorer_gets_the_whole_tape(case):
    found, graph = json.loads(text(case, ".json")), drawing(case).figure.graph
    assert fits(found, SCHEMA)
    (whole,) = found["graphs"]
    edges = [
        (int(e["sourceNodeId"]), int(n["id"]), int(e["targetNodeInputId"]))
        for n in whole["nodes"]
        for e in n["incomingEdges"]
    ]
    assert sorted(edges) == sorted(graph.edges(keys=True))
    assert [int(n["id"]) for n in whole["nodes"]] == list(graph)
    spaces = {"/".join(n["namespace"].split("/")[:k]) for n in whole["nodes"] for k in range(1, 9)}
    assert spaces | {""} == set(whole["groupNodeAttributes"]) | {""}


def test_model_explorers_own_classes_take_it():
    builder = pytest.importorskip("model_explorer.graph_builder", reason="ai-edge-model-explorer is not installed")

    def built(kind, value):
        origin, inner = typing.get_origin(kind), typing.get_args(kind)
        if origin is list:
            return [built(inner[0], x) for x in value]
        if dataclasses.is_dataclass(kind):
            hints = typing.get_type_hints(kind)
            return kind(**{key: built(hints[key], x) for key, x in value.items()})
        classes = [each for each in inner if dataclasses.is_dataclass(each)]
        return built(classes[0], value) if classes and isinstance(value, dict) else value

    for case in CASES:
        for whole in json.loads(text(case, ".json"))["graphs"]:
            assert dataclasses.asdict(built(builder.Graph, whole))["nodes"][0]["id"] == "0"


# ---- networkx -------------------------------------------------------------------------------------------------------

FILES = {
    "GraphML": (nx.write_graphml, lambda file: nx.read_graphml(file, node_type=int, force_multigraph=True)),
    "GEXF": (nx.write_gexf, lambda file: nx.read_gexf(file, node_type=int)),
    "GML": (nx.write_gml, lambda file: nx.read_gml(file, destringizer=None, label="id")),
}


@pytest.mark.parametrize("case", CASES)
@pytest.mark.parametrize("form", FILES)
def test_a_plain_graph_survives_a_file(form, case, tmp_path):
    from graph_viz.plain import plain

    graph = plain(drawing(case).figure.graph)
    write, read = FILES[form]
    write(graph, tmp_path / "graph")
    back = read(tmp_path / "graph")
    assert sorted(back.edges()) == sorted(graph.edges()) and sorted(back) == sorted(graph)
    for v, about in graph.nodes(data=True):
        for key in set(about) - {"label"}:  # which two of the formats have for themselves
            found = back.nodes[v].get(key, "")  # old readers of GraphML leave empty texts out
            assert found == about[key] or found != found, key


def test_a_plain_graph_has_flat_attributes_that_say_the_same():
    x, w = az.Tensor([2.0, 3.0], name="x"), az.Tensor([[1.0, 0.0]], name="w")
    y = (w @ x).sum() * 4.0
    y.backward()
    rich, flat = graph_viz.to_networkx(y), graph_viz.to_networkx(y, plain=True)
    assert flat.edges(keys=True) == rich.edges(keys=True)
    about = {
        "kind": "input",
        "name": "w",
        "dtype": "float64",
        "shape": "1x2",
        "scope": "",
        "order": w.order,
        "arity": 0,
    }
    about |= {"elementwise": False, "broadcasts": False, "norm": rich.nodes[1]["norm"]}
    assert flat.nodes[1] == about | {"value_min": 0.0, "value_max": 1.0, "grad_min": 8.0, "grad_max": 12.0}
    assert flat.nodes[4]["value"] == 8.0 and flat.nodes[4]["constants"] == "1: 4" and "grad" not in flat.nodes[4]
    assert all(type(v) in (str, int, float, bool) for _, about in flat.nodes(data=True) for v in about.values())
    assert flat.edges[0, 2, 1] == {"position": 1, "shape": "2"}
