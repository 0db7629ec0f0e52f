"""Folding is a quotient of the tape: nothing is lost, nothing is added, and no cycle appears."""

from collections import Counter

import networkx as nx
import numpy as np
import pytest

from graph_viz.fold import fold
from graph_viz.trace import trace


def random_graph(rng):
    """A traced graph of random nodes in random scopes, some of which are left and entered again."""
    graph = nx.MultiDiGraph(scopes={})
    modules = [(), ("A",), ("A", "B"), ("A", "C"), ("D",), ("D", "E"), ("D", "E", "F")]
    for path in modules[1:]:
        graph.graph["scopes"][path] = {"name": path[-1], "call": 0, "module": "M", "path": None}
    for v in range(int(rng.integers(5, 25))):
        arguments = sorted(int(u) for u in rng.choice(v, int(rng.integers(0, 4)))) if v else []
        leaf = not arguments
        graph.add_node(
            v,
            op=None if leaf else "f",
            params={},
            kind=str(rng.choice(["input", "parameter"])) if leaf else "op",
            shape=(),
            name=None,
            scope=() if leaf else modules[int(rng.integers(len(modules)))],
            value=0.0,
            grad=None,
            constants={},
        )
        graph.add_edges_from((u, v, i, {"position": i, "shape": ()}) for i, u in enumerate(arguments))
    return graph


@pytest.mark.parametrize("seed", range(40))
@pytest.mark.parametrize("depth", [None, 0, 1, 2])
def test_a_view_is_the_quotient_of_the_tape(seed, depth):
    graph = random_graph(np.random.default_rng(seed))
    view = fold(graph, depth=depth)
    mark_of = {v: mark for mark, members in view.nodes(data="members") for v in members}
    assert sorted(mark_of) == list(graph)
    between = Counter((mark_of[u], mark_of[v]) for u, v in graph.edges() if mark_of[u] != mark_of[v])
    drawn = Counter()
    for u, v, n in view.edges(data="count"):
        drawn[u, v] += n
    assert drawn == between
    assert nx.is_directed_acyclic_graph(view)


@pytest.mark.parametrize("seed", range(40))
def test_frames_make_no_cycle_of_boxes(seed):
    """At every level the boxes, frames and marks, can be put in an order in which all lines lead forward."""
    graph = random_graph(np.random.default_rng(seed))
    view = fold(graph)
    frames = dict(view.nodes(data="frames"))
    levels = nx.DiGraph()
    for u, v in view.edges():
        ways = zip([*frames[u], u], [*frames[v], v], strict=False)
        levels.add_edge(*next((a, b) for a, b in ways if a != b))
    assert nx.is_directed_acyclic_graph(levels)
    removed = {path for _, scope in graph.nodes(data="scope") for path in [scope[: k + 1] for k in range(len(scope))]}
    removed -= {path for around in frames.values() for path in around}
    assert len(view.graph["notes"]) >= len(removed)


def test_a_module_on_a_cycle_stays_open_and_says_so():
    graph = nx.MultiDiGraph(scopes={("M",): {"name": "M", "call": 0, "module": "M", "path": ""}})
    for v, scope in enumerate([(), ("M",), (), ("M",)]):
        kind, op = ("input", None) if v == 0 else ("op", "f")
        graph.add_node(v, op=op, kind=kind, shape=(), name=None, scope=scope, grad=None, constants={}, params={})
    graph.add_edges_from((v, v + 1, 0, {"position": 0, "shape": ()}) for v in range(3))
    for depth, what in ((0, "stays open"), (None, "has no frame")):
        view = fold(graph, depth=depth)
        assert list(view) == [0, 1, 2, 3]
        assert any(note.startswith(f"M {what}") for note in view.graph["notes"])


DEPTHS = {
    0: {("MLP",): (5, ["fc1.W", "fc1.b", "fc2.W", "fc2.b"])},
    1: {("MLP", "fc1"): (2, ["W", "b"]), ("MLP", "fc2"): (2, ["W", "b"])},
    2: {},
    None: {},
}


@pytest.mark.parametrize("depth", DEPTHS)
def test_closed_modules_have_their_parameters_as_rows(loss, depth):
    view = fold(trace(loss), depth=depth)
    closed = {mark: m for mark, m in view.nodes(data=True) if m["kind"] == "module"}
    found = {path: (m["operations"], [name for name, _ in m["parameters"]]) for path, m in closed.items()}
    assert found == DEPTHS[depth]


def test_parameters_stand_with_their_consumers_and_inputs_outside(loss, twice):
    homes = {m["name"]: m["frames"][-1:] for _, m in fold(trace(loss)).nodes(data=True) if m["kind"] != "constant"}
    assert homes["fc1.W"] == [("MLP", "fc1")] and homes["x"] == []
    shared = {m["name"]: m["frames"][-1:] for _, m in fold(trace(twice)).nodes(data=True) if m["kind"] != "constant"}
    assert shared["cell.W"] == [("Twice",)]  # both calls use it


@pytest.mark.parametrize(("constants", "marks"), [(None, 1), (True, 2), (False, 0)])
def test_constants_are_text_or_marks(loss, constants, marks):
    view = fold(trace(loss), constants=constants)
    kinds = [kind for _, kind in view.nodes(data="kind")]
    assert kinds.count("constant") == marks
    assert sum(len(c) for _, c in view.nodes(data="constants") if c) == 2 - marks
