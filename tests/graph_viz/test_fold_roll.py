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
from graph_viz.view import Port

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


ROLLED = {  # the result, its boxes, its states, its parameters
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
    assert [box.label for box in view if box.kind == "state"] == states
    shown = [box for box in view if box.kind == "parameter"]
    rows = [row for box in view if box.content for row in box.content.parameters]
    assert len(shown) + len(rows) == parameters
    assert sorted(v for box in view for v in box.members) == sorted(graph)
    assert {cluster.steps for cluster in view.clusters.values() if cluster.steps} == {T}


@pytest.mark.parametrize("name", ROLLED)
def test_only_edges_to_the_next_step_close_cycles(name):
    view = fold(trace(ROLLED[name][0]()))
    assert all(view.boxes[edge.head].kind == "state" for edge in view.edges if edge.state)
    ends = [(edge.tail, edge.head) for edge in view.edges]
    forward = [(edge.tail, edge.head) for edge in view.edges if not edge.state]
    whole, without = nx.DiGraph(), nx.DiGraph()
    whole.add_edges_from(ends)
    without.add_edges_from(forward)
    assert not nx.is_directed_acyclic_graph(whole) and nx.is_directed_acyclic_graph(without)


@pytest.mark.parametrize("name", ROLLED)
def test_the_edges_are_those_of_the_tape(name):
    """What enters a port leaves it; all else is a edge of the tape between two boxes."""
    graph = trace(ROLLED[name][0]())
    view = fold(graph, budget=None)
    box_of = {v: box.key for box in view for v in box.members}
    ports = {box.key for box in view if box.kind == "state"}
    edges = [edge for edge in view.edges if view.boxes[edge.tail].kind != "constant"]
    for port in ports:
        arrive, leave = (sum(e.count for e in edges if getattr(e, end) == port) for end in ("head", "tail"))
        assert arrive == leave
    drawn = {(e.tail, e.head) for e in edges if not {e.tail, e.head} & ports}
    drawn |= {(a.tail, b.head) for a in edges for b in edges if a.head == b.tail and a.head in ports}
    drawn = {(u if (node := view.boxes[u].node) is None else node, v) for u, v in drawn}
    assert drawn >= {(box_of[u], box_of[v]) for u, v in graph.edges()}
    assert sum(e.count for e in edges if e.head not in ports) == graph.number_of_edges()


def test_where_a_state_begins_is_told():
    view = fold(trace(loop()))
    ports = {box.label: box.initial for box in view if box.kind == "state"}
    assert ports["h(t−1)"].value == (0.0, 0.0) and ports["loss(t−1)"].value == 0.0
    first = [az.Tensor(np.ones((5, 4)), name=name) for name in ("h0", "C0")]
    view = fold(trace(loop(first=first)))
    begins = {(view.boxes[e.tail].label, view.boxes[e.head].label) for e in view.edges if e.initial}
    assert begins == {("h0", "h(t−1)"), ("C0", "C(t−1)")}


def test_a_collapsed_step_keeps_its_ports():
    view = fold(trace(recurrent("LSTM")()), depth=1)
    (cell,) = [box for box in view if box.kind == "module"]
    assert (cell.steps, cell.content.operations) == (T, T * 33)
    ports = [edge.head for edge in view.edges if edge.tail == cell.key and view.boxes[edge.head].kind == "state"]
    assert ports == [Port(cell.key, k) for k in (0, 1)]
    assert [box.label for box in fold(trace(recurrent("LSTM")()), depth=0)][:2] == ["x", "LSTM"]


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
    assert not any(box.kind == "state" for box in view)
    assert view.notes == ("Masked: 8 calls are not rolled: step 3 has exp where others have tanh",)
    small = fold(trace(h.sum()), budget=15)
    (times,) = [box for box in small if box.content and box.content.times]
    assert (times.content.times, times.label, times.content.operations) == (8, "Masked", 24)


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
    assert view.notes == ("Late: the first of 8 steps differs, and is apart",)
    assert [(cluster.steps, cluster.times) for cluster in view.clusters.values() if cluster.steps] == [(7, 0)]
    assert sum(edge.initial for edge in view.edges) == 1


def test_calls_that_carry_nothing_over_are_not_steps():
    layer = nn.Linear(3, 3, rng=np.random.default_rng(0))
    x = az.Tensor(np.ones((2, 3)), name="x")
    view = fold(trace(sum(layer(x * float(k)) for k in range(2, 6)).sum()))
    assert not any(cluster.steps or cluster.times for cluster in view.clusters.values())
    assert not any(box.steps for box in view)


def test_a_decoder_that_is_fed_its_own_results_is_rolled():
    rng = np.random.default_rng(0)
    cell, head = nn.GRUCell(2, 4, rng=rng), nn.Linear(4, 2, rng=rng)
    y, h = az.Tensor(np.ones((5, 2)), name="y0"), az.Tensor(np.zeros((5, 4)), name="h0")
    for _ in range(6):
        h = cell(y, h)
        y = np.tanh(head(h)).named("y")
    view = fold(trace(y.sum()))
    ports = {box.label for box in view if box.kind == "state"}
    assert ports == {"h(t−1)", "y(t−1)"}


@pytest.mark.parametrize("name", ROLLED)
def test_a_picture_of_steps(name):
    drawing = graph_viz.draw(ROLLED[name][0]())
    assert set(drawing.layout.boxes) == set(drawing.figure.view.boxes)
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


class Again(nn.Module):
    """Three modules that are alike, the others called five times each."""

    def __init__(self):
        self.layers = [nn.Tanh(), nn.Tanh(), nn.Tanh()]

    def forward(self, x):
        for layer, times in zip(self.layers, (1, 5, 5), strict=True):
            for _ in range(times):
                x = layer(x)
        return x.named("y")


class Tower(nn.Module):
    def __init__(self):
        self.blocks = [Again() for _ in range(4)]

    def forward(self, x):
        for block in self.blocks:
            x = block(x)
        return x.named("y")


GROUPED = [  # how, and the boxes
    ({"budget": 3}, 3),
    ({"budget": 6}, 7),
    ({"budget": 20}, 21),
    ({"fold": "layers.1 > layers.2"}, 1 + 4 * 2),
    ({"fold": "tanh > tanh"}, 1 + 4 * 3),
]


@pytest.mark.parametrize(("how", "boxes"), GROUPED, ids=str)
def test_a_rolled_module_takes_its_ports_into_the_group_around_it(how, boxes):
    drawn = graph_viz.draw(Tower()(az.Tensor([1.0, 2.0], name="x")), **how)
    assert len(drawn.figure.view) == boxes
    assert not any("stays open" in note or "no frame" in note or "nothing" in note for note in drawn.notes)
    nodes = drawn.figure.draft.nodes
    ports = {v: node["scope"] for v, node in nodes.items() if isinstance(v, Port)}
    assert all(nodes[v]["scope"] == ports[u] for u, v, _ in drawn.figure.draft.lines if u in ports)
    assert len(drawn.html()) > 1000  # the page needs the box of each group
