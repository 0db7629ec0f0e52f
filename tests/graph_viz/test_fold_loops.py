"""Plain loops: what the user's own code repeats is drawn once, with ports for what is passed on; nothing else is."""

import networkx as nx
import numpy as np
import pytest

import autograd_zoo as az
import graph_viz
from autograd_zoo import nn
from graph_viz.fold import fold
from graph_viz.trace import trace

N = 25


def tensors(**shapes):
    rng = np.random.default_rng(0)
    return [az.Tensor(rng.normal(size=shape), name=name) for name, shape in shapes.items()]


def gated():
    """A recurrent network by hand, whose first state is a plain array: its first step lacks an operation."""
    W, U, V, c = tensors(W=(4, 3), U=(4, 4), V=(4, 4), c=(4,))
    h = np.zeros(4)
    for t in range(N):
        z = 1.0 / (1.0 + np.exp(-(W @ np.ones(3) * t + U @ h)))
        h = z * h + (1.0 - z) * np.tanh(V @ h + c)
    return np.sum(h * h)


def newton():
    """A square root, by steps that each use what was there at first too."""
    (a,) = tensors(a=(3,))
    x = a * 0.5 + 1.0
    for _ in range(N):
        x = 0.5 * (x + np.abs(a) / x) @ np.eye(3)
    return np.sum(x)


def gathered():
    """States of all steps, stacked."""
    A, B, xs = tensors(A=(4, 3), B=(4, 4), xs=(N, 3))
    h, all_of_them = np.sum(A) * np.ones(4), []
    for t in range(N):
        h = np.sin(A @ xs[t] + B @ h)
        all_of_them.append(h)
    return np.sum(np.stack(all_of_them) ** 2)


def products():
    """A sum of many products."""
    us, vs = ([az.Tensor(np.full(2, k + 1.0), name=f"{name}{k}") for k in range(N)] for name in "uv")
    return sum(u @ v for u, v in zip(us, vs, strict=True))


def siblings():
    """Parts that have nothing to do with one another."""
    return np.sum(np.stack([np.exp(np.cos(az.Tensor(np.ones(3) * k, name=f"p{k}")) @ np.eye(3)) for k in range(N)]))


def nested(lengths=(9,) * 5, odd=None):
    """A loop in each step of another one, which goes on with the same state; in one step of it something is odd."""
    A, B, h = tensors(A=(3, 3), B=(3, 3), h=(3,))
    for k, n in enumerate(lengths):
        for t in range(n):
            h = np.tanh((B if (k, t) == odd else A) @ h + 1.0)
        h = np.sin(B @ h) * 0.5
    return np.sum(h * h)


LOOPS = {"gated": (gated, 22), "newton": (newton, 10), "gathered": (gathered, 13), "products": (products, 8)}
LOOPS |= {"siblings": (siblings, 8), "nested": (nested, 9)}


@pytest.mark.parametrize("name", LOOPS)
def test_a_plain_loop_is_drawn_once(name):
    make, most = LOOPS[name]
    graph = trace(make())
    view = fold(graph, budget=20)
    assert len(view) <= most
    assert sorted(v for box in view for v in box.members) == sorted(graph)
    forward = nx.from_edgelist([(edge.tail, edge.head) for edge in view.edges if not edge.state], nx.DiGraph)
    assert nx.is_directed_acyclic_graph(forward)
    for box in view:
        if box.members and not box.content:
            shown = box.members[len(box.chain or [1]) - 1 :: len(box.chain or [1])]
            low, high = np.min(box.value), np.max(box.value)
            assert low == min(np.min(graph.nodes[v]["value"]) for v in shown) or box.chain
            assert high == max(np.max(graph.nodes[v]["value"]) for v in shown) or box.chain
    assert graph_viz.draw(make(), budget=20).svg().rstrip().endswith("</svg>")


@pytest.mark.parametrize("name", LOOPS)
def test_without_a_limit_every_step_is_drawn(name):
    graph = trace(LOOPS[name][0]())
    assert not any(box.steps for box in fold(graph, budget=None))


def test_siblings_in_another_order_are_not_drawn_as_if_they_were_in_it():
    def parts(order):
        made = [np.cos(az.Tensor(np.ones(3) * k, name=f"p{k}")) @ np.eye(3) for k in range(N)]
        return graph_viz.draw(np.sum(np.stack([made[k] for k in order])), budget=20).describe()

    assert parts(range(N)) != parts(range(N)[::-1])


def test_a_step_that_takes_another_thing_in_the_middle_is_seen():
    def steps(odd):
        a, b, c = tensors(a=(3, 3), b=(3,), c=(3,))
        h = b
        for t in range(N):
            h = np.tanh(a @ h + (c if t == odd else b))
        return graph_viz.draw(np.sum(h), budget=20).describe()

    assert steps(12) != steps(14) != steps(None)


def test_a_loop_in_a_loop_is_counted_in_each_of_its_steps():
    graph = trace(nested())
    view = fold(graph, budget=20)
    (inner,) = [box for box in view if box.content]
    (outer,) = view.clusters.values()
    assert (inner.content.times, outer.steps, inner.clusters) == (9, 5, (outer.path,))
    assert "closed group, 3 operations, 9 calls" in graph_viz.draw(nested(), budget=20).describe()
    opened = fold(graph, budget=20, collapsed=view.collapsed - {inner.key})
    for each in (view, opened):
        assert sorted(v for box in each for v in box.members) == sorted(graph)
        assert nx.is_directed_acyclic_graph(
            nx.from_edgelist([(e.tail, e.head) for e in each.edges if not e.state], nx.DiGraph)
        )
    assert len(opened) > len(view) and {box.steps for box in opened if box.op and box.steps} == {5}
    begins = [(e.tail, e.initial) for e in view.edges if view.boxes[e.head].kind == "state"]
    assert len(begins) == 2 and sum(initial for _, initial in begins) == 1


@pytest.mark.parametrize("odd", [{"lengths": (9, 9, 10, 9, 9)}, {"odd": (2, 3)}, {"odd": (4, 5)}], ids=str)
def test_a_loop_in_a_loop_with_an_odd_step_is_not_drawn_as_if_it_had_none(odd):
    def drawn(**how):
        y = nested(**how)
        view = fold(trace(y), budget=20)
        assert sorted(v for box in view for v in box.members) == sorted(trace(y))
        assert nx.is_directed_acyclic_graph(
            nx.from_edgelist([(e.tail, e.head) for e in view.edges if not e.state], nx.DiGraph)
        )
        return graph_viz.draw(y, budget=20).describe()

    assert drawn(**odd) != drawn()


@pytest.mark.parametrize("seed", range(10))
def test_programs_at_random_stay_whole(seed):
    rng = np.random.default_rng(seed)
    pool = [np.tanh(x) / 9.0 for x in tensors(a=(2, 2), b=(2, 2))]
    for _ in range(60):
        f = (np.maximum, np.matmul)[int(rng.integers(2))]
        pool = [*pool[-3:], f(*(pool[int(rng.integers(len(pool)))] for _ in range(2)))]
    graph = trace(pool[-1])
    view = fold(graph, budget=15)
    assert sorted(v for box in view for v in box.members) == sorted(graph)
    assert nx.is_directed_acyclic_graph(
        nx.from_edgelist([(e.tail, e.head) for e in view.edges if not e.state], nx.DiGraph)
    )


def with_formula(body, steps=8):
    h = az.Tensor(np.linspace(0.0, 1.0, 6).reshape(2, 3), name="x")
    for _ in range(steps):
        h = body(h)
    return h


@pytest.mark.parametrize(
    "body",
    [
        lambda h: nn.gelu(h) @ np.eye(3),
        lambda h: nn.gelu(h @ np.eye(3)),
        lambda h: np.tanh(nn.layer_norm(nn.gelu(h) * 2.0, np.ones(3), np.zeros(3))),
        lambda h: nn.gelu(h if h.op is None else h * 2.0) @ np.eye(3),
    ],
)
def test_a_formula_in_a_step_stands_in_the_frame_of_the_steps(body):
    view = graph_viz.draw(with_formula(body)).figure.view
    assert list(view.clusters) == [("loop",)] and view.clusters["loop",].steps in (7, 8)
    closed = [box.key for box in view if box.kind == "module" and box.clusters]
    assert ("loop", "gelu") in closed and all(len(key) == 2 for key in closed)
    assert not any("no frame" in note for note in view.notes)
