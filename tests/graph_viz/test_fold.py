"""Folding is a quotient of the tape: nothing is lost, nothing is added, and no cycle appears."""

from collections import Counter

import networkx as nx
import numpy as np
import pytest
from every import every

import autograd_zoo as az
import graph_viz
from autograd_zoo import nn
from graph_viz.fold import fold
from graph_viz.trace import trace
from graph_viz.view import ConstantOf, Copy


def random_graph(rng, most=25):
    """A traced graph of random nodes in random scopes, some of which are left and entered again."""
    graph = nx.MultiDiGraph(scopes={})
    modules = [(), ("A",), ("A", "B"), ("A", "C"), ("D",), ("D", "E"), ("D", "E", "F")]
    for path in modules[1:]:
        graph.graph["scopes"][path] = {"name": path[-1], "call": 0, "module": "M", "path": None, "id": len(path[-1])}
    for v in range(int(rng.integers(5, most))):
        arguments = sorted(int(u) for u in rng.choice(v, int(rng.integers(0, 4)))) if v else []
        leaf = not arguments
        graph.add_node(
            v,
            op=None if leaf else str(rng.choice(["add", "tanh", "matmul"])),
            params={},
            kind=str(rng.choice(["input", "parameter"])) if leaf else "op",
            shape=(),
            dtype="float64",
            arity=len(arguments),
            name=str(rng.choice(["", "h"])) or None,
            scope=() if leaf else modules[int(rng.integers(len(modules)))],
            value=0.0,
            grad=None,
            norm=None,
            constants={},
        )
        graph.add_edges_from((u, v, i, {"position": i, "shape": ()}) for i, u in enumerate(arguments))
    return graph


def box_of(view):
    """The box of each node of the tape."""
    return {v: box.key for box in view for v in box.members}


def flow(edges):
    """Edges as a graph."""
    found = nx.MultiDiGraph()
    found.add_edges_from((edge.tail, edge.head) for edge in edges)
    return found


def expect_quotient(graph, view):
    """Every edge of a view is one of the tape, and the other way round."""
    boxed = box_of(view)
    assert sorted(boxed) == sorted(graph)
    assert sum(len(box.members) for box in view) == len(graph)
    between = Counter()
    for u, v in graph.edges():
        a, b = boxed[u], boxed[v]
        if graph.nodes[u]["kind"] == "parameter":
            if view.boxes[b].kind == "module":  # it is a row of its box
                assert len(view.boxes[b].content.parameters) > 0
                continue
            a = next(edge.tail for edge in view.entering[b] if view.boxes[edge.tail].node == u)
        if a != b:
            between[a, b] += 1
    drawn = Counter()
    for edge in view.edges:
        drawn[edge.tail, edge.head] += edge.count
    assert drawn == between
    assert nx.is_directed_acyclic_graph(flow(view.edges))
    assert sorted(map(id, view.edges)) == sorted(id(edge) for edges in view.entering.values() for edge in edges)
    assert all(edge.head == head for head, edges in view.entering.items() for edge in edges)


@every("seed", range(30))
@pytest.mark.parametrize(
    "how", [{}, {"budget": 4}, {"budget": 9}, {"depth": 0}, {"depth": 1}, {"open": ("A", "D")}], ids=str
)
def test_a_view_is_the_quotient_of_the_tape(seed, how):
    graph = random_graph(np.random.default_rng(seed))
    expect_quotient(graph, fold(graph, **how))


@every("seed", range(40))
def test_clusters_make_no_cycle_of_boxes(seed):
    """At every level the boxes and clusters can be put in an order in which all edges lead forward."""
    graph = random_graph(np.random.default_rng(seed))
    view = fold(graph)
    frames = {box.key: box.clusters for box in view}
    levels = nx.DiGraph()
    for edge in view.edges:
        u, v = edge.tail, edge.head
        ways = zip([*frames[u], u], [*frames[v], v], strict=False)
        levels.add_edge(*next((a, b) for a, b in ways if a != b))
    assert nx.is_directed_acyclic_graph(levels)
    removed = {path for _, scope in graph.nodes(data="scope") for path in [scope[: k + 1] for k in range(len(scope))]}
    removed -= {path for around in frames.values() for path in around}
    assert len(view.notes) >= len(removed)
    assert view.clusters.keys() == {path for around in frames.values() for path in around}


@pytest.mark.parametrize("seed", range(30))
def test_more_budget_never_collapses_more(seed):
    """With less budget boxes are joined, and never parted; and what is chosen is what there is."""
    graph = random_graph(np.random.default_rng(seed), most=60)
    before, fewest = None, len(graph)
    for budget in (None, 60, 40, 25, 15, 10, 7, 5, 3, 2, 1):
        view = fold(graph, budget=budget)
        boxed = box_of(view)
        classes = {frozenset(box.members) for box in view if box.members}
        if before is not None:
            assert all(any(small <= large for large in classes) for small in before)
        assert len(set(boxed.values())) <= fewest
        before, fewest = classes, len(set(boxed.values()))
        again = fold(graph, budget=budget, collapsed=view.collapsed)
        assert again.boxes.keys() == view.boxes.keys() and again.edges == view.edges


def test_a_module_on_a_cycle_stays_expanded_and_says_so():
    graph = nx.MultiDiGraph(scopes={("M",): {"name": "M", "call": 0, "module": "M", "path": ""}})
    for v, scope in enumerate([(), ("M",), (), ("M",)]):
        kind, op = ("input", None) if v == 0 else ("op", "f")
        about = {"name": None, "scope": scope, "grad": None, "norm": None, "constants": {}, "params": {}, "value": None}
        graph.add_node(v, op=op, kind=kind, shape=(), dtype="float64", arity=1, **about)
    graph.add_edges_from((v, v + 1, 0, {"position": 0, "shape": ()}) for v in range(3))
    for how, what in (({"depth": 0}, "stays open"), ({}, "has no frame"), ({"budget": 1}, "stays open")):
        view = fold(graph, **how)
        assert list(view.boxes) == [0, 1, 2, 3]
        assert any(note.startswith(f"M {what}") for note in view.notes)


DEPTHS = {
    0: {("MLP",): (5, ["fc1.W", "fc1.b", "fc2.W", "fc2.b"])},
    1: {("MLP", "fc1"): (2, ["W", "b"]), ("MLP", "fc2"): (2, ["W", "b"])},
    2: {},
    None: {},
}


def collapsed_in(view):
    return {box.key: box for box in view if box.kind == "module"}


@pytest.mark.parametrize("depth", DEPTHS)
def test_collapsed_modules_have_their_parameters_as_rows(loss, depth):
    collapsed = collapsed_in(fold(trace(loss), depth=depth))
    found = {path: (m.content.operations, [name for name, *_ in m.content.parameters]) for path, m in collapsed.items()}
    assert found == DEPTHS[depth]


def test_a_row_tells_the_length_of_the_gradient(loss):
    loss.backward()
    collapsed = collapsed_in(fold(trace(loss), depth=1))
    W = next(p for p in az.Tape(loss) if p.shape == (3, 8))
    assert collapsed["MLP", "fc1"].content.parameters[0][:3] == ("W", (3, 8), pytest.approx(np.linalg.norm(W.grad)))


OPEN = {
    "names": ({"MLP", "fc2"}, {("MLP", "fc1")}),
    "paths": ({("MLP", "fc1")}, {("MLP", "fc2")}),
    "a dotted path": ({"MLP.fc1"}, {("MLP", "fc2")}),
    "nothing": (set(), {("MLP",)}),
    "a question": (lambda call: call["module"] == "MLP", {("MLP", "fc1"), ("MLP", "fc2")}),
    "by size": (lambda call: call["operations"] > 1, set()),
}


@pytest.mark.parametrize(("open", "collapsed"), OPEN.values(), ids=OPEN)
def test_what_is_expanded_can_be_told(loss, open, collapsed):
    assert set(collapsed_in(fold(trace(loss), open=open))) == collapsed


PATTERNS = {
    "fc1 > multiply > Linear": (["fc1 > multiply > Linear"], 5),
    "matmul > add": (["matmul > add"] * 2, 2),
    "Subtract > power": (["Subtract > power"], 2),
    "Linear > Linear": ([], 0),
}


@pytest.mark.parametrize("pattern", PATTERNS)
def test_a_pattern_folds_neighbours(loss, pattern):
    graph = trace(loss)
    view = fold(graph, fold=pattern)
    labels, operations = PATTERNS[pattern]
    assert [m.label for m in collapsed_in(view).values()] == labels
    assert all(m.content.operations == operations for m in collapsed_in(view).values())
    assert any("matches nothing" in note for note in view.notes) == (not labels)
    expect_quotient(graph, fold(graph, fold=pattern, constants=False))


def test_parameters_stand_with_their_consumers_and_inputs_outside(loss, twice):
    homes = {box.name: box.clusters[-1:] for box in fold(trace(loss)) if box.kind != "constant"}
    assert homes["fc1.W"] == (("MLP", "fc1"),) and homes["x"] == ()


def test_a_parameter_that_two_scopes_use_is_copied_in_both(twice):
    view = fold(trace(twice))
    copies = [box for box in view if box.name == "cell.W"]
    assert [box.clusters[-1] for box in copies] == [("Twice", "cell[0]"), ("Twice", "cell[1]")]
    assert [box.key for box in copies] == [copies[0].node, Copy(copies[0].node, ("Twice", "cell[1]"))]
    assert len({box.node for box in copies}) == 1 and all(box.copied for box in copies)
    assert [len(box.members) for box in copies] == [1, 0]
    collapsed = collapsed_in(fold(trace(twice), depth=1))
    assert [name for m in collapsed.values() for name, *_ in m.content.parameters] == ["W", "b"] * 2
    assert sum(len(m.members) for m in collapsed.values()) == 6


@pytest.mark.parametrize(("constants", "boxes"), [(None, 1), (True, 2), (False, 0)])
def test_constants_are_text_or_boxes(loss, constants, boxes):
    view = fold(trace(loss), constants=constants)
    assert sum(box.kind == "constant" for box in view) == boxes
    assert sum(len(box.constants) for box in view) == 2 - boxes


def test_constants_stand_before_what_uses_them():
    x = az.Tensor(np.ones(3), name="x")
    view = fold(trace(np.where(np.array([True, False, True]), x, np.arange(3.0))))
    assert list(view.boxes) == [0, ConstantOf(1, 0), ConstantOf(1, 2), 1]
    assert [(edge.tail, edge.position) for edge in view.entering[1]] == [
        (ConstantOf(1, 0), 0),
        (ConstantOf(1, 2), 2),
        (0, 1),
    ]


class Head(nn.Module):
    def __init__(self, rng, n=3):
        self.W = nn.Parameter(rng.normal(size=(n, n)))
        self.relu = nn.ReLU()

    def forward(self, x):
        return self.relu(x @ self.W) * 0.5 + x


class Stack(nn.Module):
    def __init__(self, rng, n):
        self.layers = [Head(rng) for _ in range(n)]

    def forward(self, x):
        for layer in self.layers:
            x = layer(x)
        return x


def repeated(view):
    """The boxes and clusters that stand for calls or steps."""
    return [box for box in view if box.steps or (box.content and box.content.times)] + [
        cluster for cluster in view.clusters.values() if cluster.steps or cluster.times
    ]


def test_a_run_of_alike_modules_shows_the_first_and_counts_the_others():
    rng = np.random.default_rng(0)
    graph = trace((Stack(rng, 12)(az.Tensor(rng.normal(size=(2, 3)), name="x")) ** 2).mean())
    view = fold(graph)
    (run,) = [m for m in collapsed_in(view).values() if m.content.more]
    assert (run.label, run.content.more, run.content.operations) == ("+11 more Head", 11, 11 * 4)
    assert any(("Stack", "layers.0") in box.clusters for box in view)
    assert not repeated(view)
    assert len(view) <= 40


class Skip(nn.Module):
    """Two layers and a way around them."""

    def __init__(self, n, rng):
        self.norm, self.lin1, self.lin2 = nn.LayerNorm(n), nn.Linear(n, n, rng=rng), nn.Linear(n, n, rng=rng)

    def forward(self, x):
        return self.lin2(nn.gelu(self.lin1(self.norm(x)))) + x


class Tower(nn.Module):
    def __init__(self, n, depth, rng):
        self.first = nn.Linear(3, n, rng=rng)
        self.rest = nn.ModuleList([Skip(n, rng) for _ in range(depth)])

    def forward(self, x):
        x = self.first(x)
        for block in self.rest:
            x = block(x)
        return x


BUDGETS = {60: (6, 0), 20: (1, 5), 3: (0, 0)}  # boxes -> blocks that are open, and those that are counted


@pytest.mark.parametrize("budget", BUDGETS)
def test_a_bigger_budget_opens_blocks_and_not_the_insides_of_the_first_layer(budget):
    x = az.Tensor(np.ones((2, 3)), name="x")
    view = fold(trace(np.sum(Tower(4, 6, np.random.default_rng(0))(x))), budget=budget)
    closed = collapsed_in(view)
    shown, more = BUDGETS[budget]
    assert sum(path[-1] == "lin1" for path in closed) == sum(path[-1] == "norm" for path in closed) == shown
    assert sum(box.content.more for box in closed.values()) == more
    assert not any(box.op == "var" or "matmul" in (box.op, *box.chain) for box in view)
    assert len(view) <= max(budget, 3)


def test_a_block_of_a_run_that_is_open_is_called_what_it_is():
    x = az.Tensor(np.ones((2, 3)), name="x")
    text = graph_viz.draw(np.sum(Tower(4, 4, np.random.default_rng(0))(x)), budget=60).describe()
    assert "rest.3.lin2(" in text and "more" not in text


def test_only_calls_of_the_same_parameters_are_told_as_times():
    """Equal names, and equal operations, do not make two modules one."""
    rng = np.random.default_rng(0)
    relu = nn.ReLU()
    x = az.Tensor(rng.normal(size=(2, 3)), name="x")
    same = relu(x) + relu(x * 2.0) + relu(x * 3.0)
    view = fold(trace(same))
    assert len({box.clusters for box in view if box.clusters}) == 3
    assert not repeated(view)
    y = az.Tensor(rng.normal(size=(2, 3)), name="x")
    for _ in range(30):
        y = relu(np.sin(y) @ np.ones((3, 3)))
    collapsed = collapsed_in(fold(trace(y.sum()), budget=10))
    assert not any(m.content.more for m in collapsed.values())


@pytest.mark.parametrize("how", [{"depth": 0}, {"budget": 4}], ids=str)
def test_modules_of_one_class_and_name_are_never_merged(how):
    x = az.Tensor(np.linspace(-1.0, 1.0, 6).reshape(2, 3), name="x")
    view = fold(trace((nn.ReLU()(x * 2.0) + nn.ReLU()(x * 3.0)).sum()), **how)
    collapsed = collapsed_in(view)
    assert sorted(collapsed) == [("ReLU#1",), ("ReLU#2",)]
    assert all(m.content.operations == 1 and not m.content.more for m in collapsed.values()) and not repeated(view)


def test_a_chain_lists_its_operations():
    x = az.Tensor(np.ones(3), name="x")
    y = x
    for _ in range(50):
        y = np.tanh(y * 2.0)
    view = fold(trace(y.sum().named("s")))
    (chain,) = [box for box in view if box.chain]
    assert chain.chain == ("× 2", "tanh") * 50 and len(chain.members) == 100
    assert len(fold(trace(y.sum()), budget=None)) == 102


def test_a_name_is_seen_and_a_branch_ends_a_chain():
    x = az.Tensor(np.ones(3), name="x")
    h = np.exp(np.tanh(x)).named("h")
    view = fold(trace((h * h + np.exp(h)).sum()), budget=1)
    assert [box.label for box in view][:2] == ["x", "h"]


def test_the_module_that_holds_the_loss_stays_expanded():
    rng = np.random.default_rng(0)
    model = Stack(rng, 1)
    y = model(az.Tensor(rng.normal(size=(2, 3)), name="x"))
    assert ("Stack",) not in collapsed_in(fold(trace(y), budget=1))
    assert ("Stack",) in collapsed_in(fold(trace(y.sum()), budget=1))


def test_second_order_nodes_stand_in_a_cluster_of_the_sweep(second_order):
    view = fold(trace(second_order))
    ops = [box for box in view if box.op]
    assert any(box.clusters[:1] == (("∇",),) for box in ops) and any(not box.clusters for box in ops)
    assert ("∇",) in graph_viz.draw(second_order).layout.clusters


def long_chain(nodes):
    y = az.Tensor(1.0, name="x")
    for _ in range(nodes):
        y = y * 1.0
    return y


def long_sequence(nodes):
    x = az.Tensor(np.random.default_rng(0).normal(size=(nodes // 33, 2, 3)), name="x")
    return (nn.LSTM(3, 4, rng=np.random.default_rng(0))(x)[0] ** 2).mean()


def long_model(nodes):
    rng = np.random.default_rng(0)
    layers = [layer for _ in range(nodes // 6) for layer in (nn.Linear(2, 2, rng=rng), nn.ReLU())]
    return nn.Sequential(*layers)(az.Tensor(np.ones((2, 2)), name="x")).sum()


@pytest.mark.parametrize("nodes", [3_000, pytest.param(20_000, marks=pytest.mark.slow)])
@pytest.mark.parametrize("make", [long_chain, long_sequence, long_model])
def test_thousands_of_nodes_are_a_picture_of_few_boxes(make, nodes):
    y = make(nodes)
    assert len(az.Tape(y)) > 0.95 * nodes
    drawing = graph_viz.draw(y)
    assert len(drawing.layout.boxes) <= 40
    assert drawing.svg().rstrip().endswith("</svg>")
