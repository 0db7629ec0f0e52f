"""Time steps: what does the same in all of them is drawn once, and nothing else is."""

import networkx as nx
import numpy as np
import pytest

import autograd_zoo as az
import graph_viz
from autograd_zoo import nn
from graph_viz.fold import fold
from graph_viz.fold.roll import roll, together
from graph_viz.trace import trace

T = 37


def sequence(module, steps=T):
    x = az.Tensor(np.random.default_rng(0).normal(size=(steps, 5, 3)), name="x")
    h, _ = module(x)
    return (h**2).mean().named("loss")


def loop(steps=T, first=None):
    """A loop over calls of a cell, with a head and a loss in each step."""
    rng = np.random.default_rng(0)
    cell, head = nn.LSTMCell(3, 4, rng=rng), nn.Linear(4, 2, rng=rng)
    h, C = (np.zeros((5, 4)), np.zeros((5, 4))) if first is None else first
    total = 0.0
    for t in range(steps):
        h, C = cell(az.Tensor(rng.normal(size=(5, 3)), name=f"x{t}"), (h, C))
        total = total + ((head(h) - rng.normal(size=(5, 2))) ** 2).mean()
    return total.named("loss")


def recurrent(kind, **options):
    return lambda: sequence(getattr(nn, kind)(3, 4, rng=np.random.default_rng(0), **options))


ROLLED = {  # the result, its marks, its states, its parameters
    "an LSTM": (recurrent("LSTM"), 13, ["h(t−1)", "C(t−1)"], 12),
    "a loop over a cell": (loop, 18, ["h(t−1)", "C(t−1)", "loss(t−1)"], 14),
    "a GRU": (recurrent("GRU"), 10, ["h(t−1)"], 9),
    "a simple RNN": (recurrent("SimpleRNN"), 16, ["h(t−1)"], 3),
    "two layers": (recurrent("LSTM", num_layers=2), 21, ["h(t−1)", "C(t−1)"] * 2, 24),
    "both directions": (recurrent("GRU", bidirectional=True), 17, ["h(t−1)"] * 2, 18),
}


@pytest.mark.parametrize("name", ROLLED)
def test_steps_are_drawn_once(name):
    make, most, states, parameters = ROLLED[name]
    graph = trace(make())
    view = fold(graph)
    assert len(view) <= max(20, most) and len(view) == most
    assert [m["label"] for _, m in view.nodes(data=True) if m["kind"] == "state"] == states
    shown = [v for v, m in view.nodes(data=True) if m["kind"] == "parameter"]
    rows = [name for _, m in view.nodes(data=True) for name, *_ in m.get("parameters", ())]
    assert len(shown) + len(rows) == parameters
    assert sorted(v for _, members in view.nodes(data="members") for v in members) == sorted(graph)
    assert {f["steps"] for f in view.graph["frames"].values() if "steps" in f} == {T}


@pytest.mark.parametrize("name", ROLLED)
def test_only_lines_to_the_next_step_close_cycles(name):
    view = fold(trace(ROLLED[name][0]()))
    back = [(u, v, k) for u, v, k, state in view.edges(keys=True, data="state") if state]
    assert all(view.nodes[v]["kind"] == "state" for _, v, _ in back)
    assert not nx.is_directed_acyclic_graph(view)
    view.remove_edges_from(back)
    assert nx.is_directed_acyclic_graph(view)


@pytest.mark.parametrize("name", ROLLED)
def test_the_lines_are_those_of_the_tape(name):
    """What enters a port leaves it; all else is a line of the tape between two marks."""
    graph = trace(ROLLED[name][0]())
    view = fold(graph, budget=None)
    mark_of = {v: mark for mark, members in view.nodes(data="members") for v in members}
    ports = [v for v, kind in view.nodes(data="kind") if kind == "state"]
    for port in ports:
        arrive = sum(n for *_, n in view.in_edges(port, data="count"))
        leave = sum(n for *_, n in view.out_edges(port, data="count"))
        assert arrive == leave
    drawn = {(u, v) for u, v in view.edges() if not {u, v} & set(ports) and view.nodes[u]["kind"] != "constant"}
    drawn |= {(u, w) for port in ports for u in view.predecessors(port) for w in view.successors(port)}
    drawn = {(view.nodes[u].get("pinned", u), v) for u, v in drawn}
    assert drawn >= {(mark_of[u], mark_of[v]) for u, v in graph.edges()}
    total = sum(n for u, _, n in view.edges(data="count") if view.nodes[u]["kind"] != "constant")
    assert total - sum(n for p in ports for *_, n in view.in_edges(p, data="count")) == graph.number_of_edges()


def test_where_a_state_begins_is_told():
    view = fold(trace(loop()))
    ports = {m["label"]: m["initial"] for _, m in view.nodes(data=True) if m["kind"] == "state"}
    assert ports["h(t−1)"]["value"] == (0.0, 0.0) and ports["loss(t−1)"]["value"] == 0.0
    first = [az.Tensor(np.ones((5, 4)), name=name) for name in ("h0", "C0")]
    view = fold(trace(loop(first=first)))
    begins = {(view.nodes[u]["label"], view.nodes[v]["label"]) for u, v, d in view.edges(data=True) if d["initial"]}
    assert begins == {("h0", "h(t−1)"), ("C0", "C(t−1)")}


def test_a_closed_step_keeps_its_ports():
    view = fold(trace(recurrent("LSTM")()), depth=1)
    (cell,) = [v for v, kind in view.nodes(data="kind") if kind == "module"]
    assert (view.nodes[cell]["steps"], view.nodes[cell]["operations"]) == (T, T * 42)
    assert [v[1] for v in view.successors(cell) if view.nodes[v]["kind"] == "state"] == [cell, cell]
    assert [m["label"] for _, m in fold(trace(recurrent("LSTM")()), depth=0).nodes(data=True)][:2] == ["x", "LSTM"]


class Masked(nn.Module):
    """A cell that does something else in one step."""

    def __init__(self):
        self.w, self.t = nn.Parameter(np.ones(3)), -1

    def forward(self, x, h):
        self.t += 1
        return np.tanh(x * self.w + h) if self.t != 3 else np.exp(x * self.w + h)


def test_a_step_that_is_unlike_the_others_is_not_rolled_and_named():
    cell, h = Masked(), az.Tensor(np.zeros(3))
    for t in range(8):
        h = cell(az.Tensor(np.full(3, float(t))), h)
    view = fold(trace(h.sum()))
    assert not any(m["kind"] == "state" for _, m in view.nodes(data=True))
    assert view.graph["notes"] == ["Masked: 8 calls are not rolled: step 3 has exp where others have tanh"]
    small = fold(trace(h.sum()), budget=15)
    (times,) = [m for _, m in small.nodes(data=True) if m["kind"] == "module" and "times" in m]
    assert (times["times"], times["label"], times["operations"]) == (8, "Masked", 24)


def test_a_first_step_that_is_unlike_the_others_is_apart():
    class Late(nn.Module):
        def __init__(self):
            self.w = nn.Parameter(np.ones(3))

        def forward(self, x, h=None):
            return np.tanh(x * self.w) if h is None else np.tanh(x * self.w + h)

    cell, h = Late(), None
    for t in range(8):
        h = cell(az.Tensor(np.full(3, float(t)), name=f"x{t}"), h)
    view = fold(trace(h.sum()))
    assert view.graph["notes"] == ["Late: the first of 8 steps differs, and is apart"]
    assert sorted(view.graph["frames"].values(), key=str) == [{"steps": 7}]
    assert sum(d["initial"] for *_, d in view.edges(data=True)) == 1


def test_calls_that_carry_nothing_over_are_not_steps():
    layer = nn.Linear(3, 3, rng=np.random.default_rng(0))
    x = az.Tensor(np.ones((2, 3)), name="x")
    view = fold(trace(sum(layer(x * float(k)) for k in range(2, 6)).sum()))
    assert not view.graph["frames"] and not any("steps" in m for _, m in view.nodes(data=True))


def test_a_decoder_that_is_fed_its_own_results_is_rolled():
    rng = np.random.default_rng(0)
    cell, head = nn.GRUCell(2, 4, rng=rng), nn.Linear(4, 2, rng=rng)
    y, h = az.Tensor(np.ones((5, 2)), name="y0"), az.Tensor(np.zeros((5, 4)), name="h0")
    for _ in range(6):
        h = cell(y, h)
        y = np.tanh(head(h)).named("y")
    view = fold(trace(y.sum()))
    ports = {m["label"] for _, m in view.nodes(data=True) if m["kind"] == "state"}
    assert ports == {"h(t−1)", "y(t−1)"}


@pytest.mark.parametrize("name", ROLLED)
def test_a_picture_of_steps(name):
    drawing = graph_viz.draw(ROLLED[name][0]())
    assert set(drawing.layout.boxes) == set(drawing._view)
    assert "37 steps" in drawing.describe() and "rolled 37 steps" in drawing.notes[0]
    assert drawing.svg().count("t → t+1") >= 1


def test_numbers_of_a_step_range_over_all_steps():
    h = az.Tensor(0.0, name="h")
    cell = Masked()
    cell.w, cell.t = nn.Parameter(1.0), 10
    for t in range(5):
        h = cell(az.Tensor(float(t), name=f"x_{t}"), h)
    draft = roll(trace(h))
    (x,) = [node for node in draft.nodes.values() if node["name"] == "x_t"]
    assert x["value"] == (0.0, 4.0) and x["steps"] == 5


@pytest.mark.parametrize(
    ("names", "name"), [(["h"] * 3, "h"), (["h_1", "h_2"], "h_t"), (["a", "b"], None), ([None], None)]
)
def test_a_name_for_all_steps(names, name):
    assert together(names) == name
