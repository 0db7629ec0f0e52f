"""No graph is too large to draw: what does not fold is cut to what is next to the results, or to chosen Tensors."""

import networkx as nx
import numpy as np
import pytest

import autograd_zoo as az
import graph_viz
from graph_viz.fold import fold
from graph_viz.trace import history, trace


def thicket(n, seed=0, shape=()):
    """Many operations of which none repeats what others do."""
    rng = np.random.default_rng(seed)
    pool = [az.Tensor(rng.normal(size=shape), name=f"leaf {k}") for k in range(4)]
    for _ in range(n):
        i, j = rng.integers(len(pool), size=2)
        f = (np.arctan2, np.maximum, np.hypot)[int(rng.integers(3))]
        pool = [*pool[:4], *pool[4:][-30:], f(pool[i], np.sin(pool[j]))]
    y = pool[-1]
    for t in pool[4:-1]:
        y = y - t * t
    return np.sum(y).named("y")


def expect_whole(graph, view):
    """Every node is in one box, and no edge leads back."""
    assert sorted(v for box in view for v in box.members) == sorted(graph)
    assert nx.is_directed_acyclic_graph(
        nx.from_edgelist([(edge.tail, edge.head) for edge in view.edges if not edge.state], nx.DiGraph)
    )


@pytest.mark.parametrize("seed", range(5))
@pytest.mark.parametrize("budget", [10, 25])
def test_what_does_not_fold_is_cut(seed, budget):
    y = thicket(400, seed, shape=(2,))
    graph = trace(y)
    view = fold(graph, budget=budget)
    expect_whole(graph, view)
    assert len(view) <= budget + 1
    (rest,) = [box for box in view if box.kind == "module" and "operations before" in box.label]
    assert rest.label == f"{rest.content.operations} operations before"
    assert any(note.startswith("cut to") for note in view.notes)


@pytest.mark.parametrize("seed", range(5))
def test_around_shows_what_is_next_to_a_tensor(seed):
    y = thicket(300, seed)
    nodes = history([y])
    middle = nodes[len(nodes) // 2].named("middle")
    graph = trace(y)
    view = fold(graph, budget=20, around=[nodes.index(middle)])
    expect_whole(graph, view)
    shown = {box.label for box in view}
    assert "middle" in shown and any("operations before" in name for name in shown if name)
    assert any("operations after" in name for name in shown if name) and len(view) < 120
    drawn = graph_viz.draw(y, around=middle, budget=20).describe()
    assert drawn == graph_viz.draw(y, around=["middle"], budget=20).describe()
    assert "middle" in drawn


def test_a_small_graph_is_drawn_whole_around_anything():
    x = az.Tensor(2.0, name="x")
    assert graph_viz.draw(x * x, around=x).describe() == graph_viz.draw(x * x).describe()


@pytest.mark.parametrize(("around", "error"), [("nobody", ValueError), (az.Tensor(1.0), ValueError), (3, TypeError)])
def test_around_takes_what_is_there(around, error):
    with pytest.raises(error, match="around"):
        graph_viz.draw(thicket(10), around=around)


def test_every_remedy_of_the_error_works():
    y = thicket(1500)
    with pytest.raises(ValueError, match=r"budget=40 of boxes, .* around=t"):
        graph_viz.draw(y, budget=None).svg()
    assert "<svg" in graph_viz.draw(y, budget=40).svg()
    assert "<svg" in graph_viz.draw(y, around=y).svg()
    assert "leaf 1" in graph_viz.draw(y, budget=None).source
    assert "leaf 1" in graph_viz.draw(y, budget=None).describe()


def test_few_boxes_too_many_are_not_cut():
    view = fold(trace(thicket(20)), budget=20)
    assert len(view) > 20 and not any(note.startswith("cut") for note in view.notes)
