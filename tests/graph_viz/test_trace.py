"""The graph of a tape says what the tape says, and reading it changes nothing."""

import copy
import subprocess
import sys

import networkx as nx
import numpy as np
import pytest

import autograd_zoo as az
import graph_viz
from autograd_zoo import nn
from graph_viz.summaries import norm


def test_the_graph_is_the_tape(y):
    graph, tape = graph_viz.to_networkx(y), az.Tape(y)
    assert list(graph) == list(range(len(tape)))
    assert nx.is_directed_acyclic_graph(graph)
    rank = {t: k for k, t in enumerate(tape)}
    for k, t in enumerate(tape):
        node = graph.nodes[k]
        assert (node["op"], node["shape"], node["dtype"]) == (t.op and t.op.__name__, t.shape, str(t.dtype))
        assert (node["value"] is None) == (t.size == 0)
        arguments = {(rank[x], k, i): x.shape for i, x in enumerate(t.inputs) if x is not None}
        assert {(u, v, i): d["shape"] for u, v, i, d in graph.in_edges(k, keys=True, data=True)} == arguments
        assert sorted(node["constants"]) == [i for i, x in enumerate(t.inputs) if x is None]
    assert all(key == position for _, _, key, position in graph.edges(keys=True, data="position"))


def test_a_tensor_a_list_and_a_tape_give_the_same_graph(y):
    graphs = [graph_viz.to_networkx(given) for given in (y, [y], az.Tape(y), [y, y])]
    assert all(dict(g.nodes) == dict(graphs[0].nodes) and list(g.edges) == list(graphs[0].edges) for g in graphs)


def test_an_argument_that_is_used_twice_has_two_edges():
    x = az.Tensor(3.0)
    assert list(graph_viz.to_networkx(x * x).edges(keys=True)) == [(0, 1, 0), (0, 1, 1)]


def test_kinds_names_and_constants(loss):
    graph = graph_viz.to_networkx(loss)
    kinds = dict(graph.nodes(data="kind"))
    by_name = {name: k for k, name in graph.nodes(data="name") if name}
    assert {name: kinds[k] for name, k in by_name.items()} == {
        "x": "input",
        "loss": "output",
        "fc1.W": "parameter",
        "fc1.b": "parameter",
        "fc2.W": "parameter",
        "fc2.b": "parameter",
    }
    (power,) = [node for _, node in graph.nodes(data=True) if node["op"] == "power"]
    two = {"shape": (), "dtype": "int64", "value": 2.0, "text": "2", "what": "", "name": "", "given": False}
    assert power["constants"] == {1: two}


def test_values_are_those_of_the_tape_and_gradients_those_of_now():
    w = az.Tensor([1.0, 4.0], name="w")
    y = (w * w).sum()
    y.backward()
    w.data = np.array([7.0, 7.0])
    graph = graph_viz.to_networkx(y)
    assert [(node["value"], node["grad"]) for _, node in graph.nodes(data=True)] == [
        ((1.0, 4.0), (2.0, 8.0)),
        ((1.0, 16.0), None),
        (17.0, None),
    ]


SCOPES = {
    "one call each": ("loss", {(), ("MLP",), ("MLP", "fc1"), ("MLP", "fc2")}),
    "two calls of one module": ("twice", {(), ("Twice", "cell[0]"), ("Twice", "cell[1]")}),
    "a recorded sweep": ("second_order", {(), ("∇",), ("∇", "∇multiply[0]"), ("∇", "∇multiply[1]")}),
}


@pytest.mark.parametrize(("graph", "scopes"), SCOPES.values(), ids=SCOPES)
def test_scopes(graph, scopes, request):
    graph = graph_viz.to_networkx(request.getfixturevalue(graph))
    assert {scope for _, scope in graph.nodes(data="scope")} == scopes
    assert {path[:k] for path in scopes for k in range(1, len(path) + 1)} <= set(graph.graph["scopes"])


def test_different_modules_of_one_name_are_told_apart():
    class Double(nn.Module):
        def __init__(self):
            self.w = nn.Parameter(2.0)

        def forward(self, x):
            return x * self.w

    graph = graph_viz.to_networkx(Double()(Double()(az.Tensor(1.0))))
    assert [node["scope"] for _, node in graph.nodes(data=True) if node["op"]] == [("Double#1",), ("Double#2",)]


def test_reading_changes_nothing(y):
    y.backward()
    tape = list(az.Tape(y))
    before = [(t.op, t.inputs, t.params, t.order, t.name, copy.copy(t.grad)) for t in tape]
    graph_viz.to_networkx(y)
    graph_viz.draw(y, values=True, gradients=True).svg()
    after = [(t.op, t.inputs, t.params, t.order, t.name, t.grad) for t in az.Tape(y)]
    assert list(az.Tape(y)) == tape
    for a, b in zip(before, after, strict=True):
        assert a[:-1] == b[:-1] and np.array_equal(a[-1], b[-1], equal_nan=False)


def freed():
    x = az.Tensor(1.0, name="x")
    y = (x * x).named("y")
    y.backward(retain_graph=False)
    return y


def unrecorded():
    with az.no_grad():
        return az.Tensor(1.0, name="q") * 2.0


ERRORS = {
    "leaf": (lambda: az.Tensor(1.0, name="x"), ValueError, r"nothing was recorded behind 'x'"),
    "detached": (lambda: (az.Tensor([1.0]) * 2.0).detach(), ValueError, r"shape \(1,\): it is a leaf, was detached"),
    "no_grad": (unrecorded, ValueError, r"computed under no_grad\(\); draw a result"),
    "freed": (freed, ValueError, r"behind 'y' was given back by backward\(retain_graph=False\)"),
    "array": (lambda: np.ones(3), TypeError, r"expected a Tensor.*got ndarray; a plain array has no history"),
    "function": (lambda: np.tanh, TypeError, r"got ufunc; call it first, and draw its result"),
    "empty list": (lambda: [], TypeError, r"expected a Tensor, a list of Tensors or a Tape"),
}


@pytest.mark.parametrize(("make", "error", "text"), ERRORS.values(), ids=ERRORS)
def test_errors(make, error, text):
    for read in (graph_viz.to_networkx, graph_viz.draw):
        with pytest.raises(error, match=text):
            read(make())


def test_importing_loads_no_graph_library_and_no_engine():
    code = "import sys, graph_viz; print([m for m in ('networkx', 'graphviz', 'autograd_zoo') if m in sys.modules])"
    assert subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True).stdout == "[]\n"


def test_a_long_chain_needs_no_recursion():
    y = az.Tensor(1.0, name="x")
    for _ in range(10_000):
        y = y * 1.0001
    drawing = graph_viz.draw(y)
    assert list(drawing.layout.boxes) == [0, 10_000]
    assert "× 1.0001 (10,000 times)" in drawing.describe()


def test_more_boxes_than_one_can_read_are_refused_with_what_helps():
    y = az.Tensor(1.0, name="x")
    for _ in range(2_000):
        y = y * 1.0001
    drawing = graph_viz.draw(y, budget=None)
    assert drawing.source.count(" -> ") == 2_000
    assert drawing.describe().count("\n- ") == 2_001
    with pytest.raises(ValueError, match=r"2,001 boxes .* \(1,500\).*budget=.*around="):
        drawing.svg()


def test_sharing_is_not_unrolled():
    y = az.Tensor(1.0)
    for _ in range(60):
        y = y + y
    assert graph_viz.draw(y, budget=None).source.count(" -> ") == 120
    assert len(graph_viz.draw(y).layout.boxes) <= 40


@pytest.mark.parametrize("scale", [1e-200, 1e-160, 1e-5, 1.0, 1e200])
def test_the_length_of_a_gradient_is_no_victim_of_its_squares(scale):
    assert norm(np.array([[3.0, -4.0]]) * scale) == pytest.approx(5.0 * scale)
    assert norm(np.zeros(2)) == 0.0 and norm(np.zeros(0)) == 0.0 and norm(None) is None
    assert norm(np.array([np.inf, 1.0])) == np.inf and np.isnan(norm(np.array([np.nan, scale])))


def test_a_leaf_in_the_place_of_a_parameter_is_one_and_keeps_its_name():
    layer = nn.Linear(3, 2)
    layer.W = az.Tensor(np.ones((2, 3)), name="V")
    graph = graph_viz.to_networkx(layer(az.Tensor(np.ones((4, 3)), name="x")))
    leaves = {node["name"]: node["kind"] for _, node in graph.nodes(data=True) if node["op"] is None}
    assert leaves == {"x": "input", "V": "parameter", "b": "parameter"}


def test_a_relu_is_known_by_its_numbers():
    x = az.Tensor([-1.0, 0.0, 2.0], name="x")
    relu, other = nn.relu(x), np.where(x >= 0, 0.0, x)
    found = [graph_viz.to_networkx(y).nodes[1] for y in (relu, other)]
    assert [node.get("idiom") for node in found] == ["relu", None]
    assert [len(node["constants"]) for node in found] == [0, 2]
    assert "- y = relu(x), output, 3" in graph_viz.draw(relu.named("y")).describe()


def test_what_a_recorded_sweep_begins_with_stands_in_it(second_order):
    graph = graph_viz.to_networkx(second_order)
    (seed,) = [node for _, node in graph.nodes(data=True) if node["op"] is None and not node["name"]]
    assert (seed["label"], seed["scope"], seed["value"]) == ("ȳ", ("∇",), 1.0)
