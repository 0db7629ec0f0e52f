"""A program is drawn with its masks and indices, which a tape holds as constants."""

import networkx as nx
import numpy as np
import pytest

import autograd_zoo as az
import graph_viz
from autograd_zoo import nn


def edges(graph):
    """Who uses whom: pairs of names of operations, or of leaves."""
    said = {v: node["op"] or node["name"] for v, node in graph.nodes(data=True)}
    return {(said[u], said[v]) for u, v in graph.edges()}


def drawn(f, *examples, **options):
    program = az.record(f, *examples, **options)
    return program, graph_viz.draw(program, budget=None)


def test_relu_shows_where_its_mask_comes_from():
    x = az.Tensor([1.0, -2.0], name="x")
    tape = graph_viz.to_networkx(nn.leaky_relu(x))
    _, drawing = drawn(nn.leaky_relu, [1.0, -2.0])
    graph = drawing.figure.graph
    assert ("greater", "where") in edges(graph) and ("greater", "where") not in edges(tape)
    (mask,) = [v for v, op in graph.nodes(data="op") if op == "greater"]
    assert "x" in {graph.nodes[v]["name"] for v in nx.ancestors(graph, mask)}


def test_so_does_an_index():
    _, drawing = drawn(lambda x: x[np.argmax(x)] * x, [1.0, -2.0])
    assert {("x", "argmax"), ("argmax", "getitem"), ("getitem", "multiply")} <= edges(drawing.figure.graph)
    assert "index=%1" in drawing.describe()


def test_values_are_those_at_the_recorded_inputs():
    program, drawing = drawn(lambda x, t: np.sum((x - t) ** 2), 3.0, 1.0)
    values = [node["value"] for _, node in drawing.figure.graph.nodes(data=True)]
    assert values[-1] == program.replay()(3.0, 1.0)[0] == 4.0 and values[:3] == [3.0, 1.0, 2.0]


def test_modules_are_frames_and_their_parameters_are_parameters():
    rng = np.random.default_rng(0)
    model = nn.Sequential(nn.Linear(3, 4, rng=rng), nn.ReLU(), nn.Dropout(0.5, rng=rng), nn.Linear(4, 2, rng=rng))
    program, drawing = drawn(
        lambda x, labels: nn.softmax_cross_entropy(model(x), labels), np.ones((2, 3)), np.array([0, 1]), grad=True
    )
    graph = drawing.figure.graph
    kinds = {node["name"]: node["kind"] for _, node in graph.nodes(data=True) if node["op"] is None}
    assert {name for name, kind in kinds.items() if kind == "parameter"} == {
        "0.W", "0.b", "3.W", "3.b",
    }  # fmt: skip
    assert kinds["labels"] == kinds["2.D"] == "input"
    frames = {".".join(path) for path in graph.graph["scopes"]}
    assert {"Sequential", "Sequential.0", "Sequential.3"} <= frames and any("∇" in f for f in frames)
    outputs = [node for _, node in graph.nodes(data=True) if node["kind"] == "output"]
    assert len(outputs) == len(set(program.outputs.values()))


def test_two_calls_of_a_module_are_two_frames_also_in_a_sweep():
    layer = nn.Linear(3, 3, rng=np.random.default_rng(0))
    _, drawing = drawn(lambda x: np.sum(np.exp(layer(np.tanh(layer(x))))), np.ones((2, 3)), grad=True)
    frames = [".".join(path) for path in drawing.figure.view.clusters if path[-1][0] != "∇"]
    assert frames == ["Linear[0]", "Linear[1]", "∇.Linear[1]", "∇.Linear[0]"]
    assert not any("no frame" in note for note in drawing.notes)


def test_it_is_folded_and_written_as_any_other(tmp_path):
    model = az.models.cnn(np.random.default_rng(0), channels=2).eval()
    program = az.record(model, np.ones((1, 1, 8, 8), np.float32))
    program.save(tmp_path / "cnn.npz")
    loaded = az.Program.load(tmp_path / "cnn.npz")
    drawing = graph_viz.draw(loaded)
    assert drawing.describe() == graph_viz.draw(program).describe()
    assert len(drawing.figure.view.boxes) <= 20
    drawing.save(tmp_path / "cnn.svg")
    drawing.save(tmp_path / "cnn.html")
    assert graph_viz.draw(program, around=[program.leaves[0].name]).describe()


def test_a_program_is_drawn_without_inputs_and_computes_something():
    with pytest.raises(TypeError, match="a program is drawn without"):
        graph_viz.draw(az.record(nn.relu, np.ones(2)), np.ones(2))
    with pytest.raises(ValueError, match="this program computes nothing"):
        graph_viz.draw(az.record(lambda x: x, np.ones(2)))
