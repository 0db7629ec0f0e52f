"""A dashed arrow back stands where a gradient came back, and nowhere else; as wide as what came along it is long."""

import math

import numpy as np
import pytest

import autograd_zoo as az
import graph_viz
from graph_viz.lanes import returned


def swept(retain):
    a, b, c = (az.Tensor(np.ones(2) * k, name=name) for k, name in enumerate("abc", 1))
    y = np.sum(((a * b).named("p") + np.where([True, False], b, 0.0).named("q")).named("r")).named("y")
    y.backward(retain_grads=retain)
    return y, a, c


def lanes(result, **options):
    """The edges with a lane, by the names of what they join."""
    figure = graph_viz.draw(result, gradients=True, **options).figure
    pairs = zip(figure.picture.strokes, figure.view.edges, strict=True)
    return {(figure.names[e.tail], figure.names[e.head]) for stroke, e in pairs if stroke.backward is not None}


def lengths(result, **options):
    """How long the gradient along each edge is, by what it joins and as which argument."""
    figure = graph_viz.draw(result, gradients=True, **options).figure
    edges = figure.view.edges
    found = returned(figure.results, edges)
    return {
        (figure.names[e.tail], figure.names[e.head], e.position): length
        for e, length in zip(edges, found, strict=True)
        if length is not None
    }


def all_edges(result, **options):
    figure = graph_viz.draw(result, gradients=True, **options).figure
    kinds = {key: box.kind for key, box in figure.view.boxes.items()}
    return {(figure.names[e.tail], figure.names[e.head]) for e in figure.view.edges if kinds[e.tail] != "constant"}


@pytest.mark.parametrize("retain", [True, False])
def test_after_a_sweep_every_edge_has_a_lane(retain):
    y, *_ = swept(retain)
    assert lanes(y) == all_edges(y)


@pytest.mark.parametrize("retain", [True, False])
def test_what_was_recorded_on_top_of_a_sweep_has_none(retain):
    y, a, c = swept(retain)
    before = lanes(y)
    later = (y * np.sum(np.tanh(a) * c)).named("later")
    assert lanes(later) == before
    assert len(all_edges(later)) > len(before) + 4


def test_before_a_sweep_there_is_none_nor_after_its_gradients_were_cleared():
    x, w = az.Tensor(2.0, name="x"), az.Tensor(3.0, name="w")
    y = np.sin(x) * w
    assert not lanes(y)
    y.backward()
    x.grad = None
    assert {tail for tail, _ in lanes(y)} == {"w", "%2"}
    w.grad = None
    assert not lanes(y)


def test_a_sweep_from_elsewhere_is_shown_as_far_as_it_is_known():
    x = az.Tensor(2.0, name="x")
    h = (x * 3.0).named("h")
    loss = np.sin(h) * h
    loss.backward()
    assert not lanes(h) and x.grad is not None  # what came to h from there was not kept
    loss.backward(retain_grads=True)
    assert lengths(h) == {("x", "h", 0): pytest.approx(3.0 * abs(math.cos(6.0) * 6.0 + math.sin(6.0)))}


@pytest.mark.parametrize("retain", [True, False])
def test_each_edge_has_what_came_along_it(retain):
    x, w = az.Tensor([3.0, 4.0], name="x"), az.Tensor([1.0, 2.0], name="w")
    y = np.sum((x * w).named("p") - (x * x).named("s")).named("y")
    y.backward(retain_grads=retain)
    found = lengths(y)
    assert found["x", "p", 0] == pytest.approx(math.hypot(1.0, 2.0))
    assert found["w", "p", 1] == pytest.approx(5.0)
    assert found["x", "s", 0] == found["x", "s", 1] == pytest.approx(5.0)


def test_sweeps_add_up():
    x, w = az.Tensor(2.0, name="x"), az.Tensor(3.0, name="w")
    y = (x * w).named("y")
    y.backward()
    y.backward(np.array(2.0))
    z = (y * np.sin(w)).named("z")
    assert lengths(z) == {("x", "y", 0): 9.0, ("w", "y", 1): 6.0}
    z.backward()
    seed = 3.0 + math.sin(3.0)
    assert lengths(z)["x", "y", 0] == pytest.approx(abs(3.0 * seed)) == abs(x.grad)
    y.name = None
    assert lengths(z)["x", "%2", 0] == abs(x.grad)


def test_uses_of_one_tensor_that_are_drawn_as_one_edge_add_up_and_those_of_others_stand_beside_each_other():
    W, x = az.nn.Linear(2, 2, bias=False, rng=np.random.default_rng(0)), az.Tensor(np.ones((1, 2)), name="x")
    y = np.sum(W(W(W(x)))).named("y")
    y.backward(retain_grads=True)
    rolled = lengths(y, budget=3)
    (length,) = [length for edge, length in rolled.items() if edge[0] == "x"]
    assert length == pytest.approx(np.linalg.norm(x.grad))

    h = x * 1.0
    with az.scope("twice"):
        u = h * 2.0
        v = h * np.array([[3.0, -1.0]])
        w = u - v
    s = np.sum(w).named("s")
    s.backward()
    assert lengths(s, depth=0)["%1", "twice", 0] == pytest.approx(math.hypot(2.0 - 3.0, 2.0 + 1.0))


def test_what_was_not_taken_does_not_count():
    x = az.Tensor(np.array([0.0, 4.0]), name="x")
    y = np.sum(np.where(x.data > 0, np.sqrt(x).named("root"), 0.0)).named("y")
    y.backward()
    assert lengths(y)["x", "root", 0] == 0.25


def test_a_rolled_state_has_what_went_from_step_to_step():
    h = az.Tensor(1.0, name="h0")
    for _ in range(5):
        with az.scope("step"):
            h = (h * 2.0).named("h")
    y = (h * 1.0).named("y")
    y.backward()
    found = lengths(y, budget=3, depth=1)
    assert found["h0", "h(t−1)", 1] == 32.0
    assert found["h", "h(t−1)", 0] == pytest.approx(math.hypot(16.0, 8.0, 4.0, 2.0))


@pytest.mark.parametrize("options", [{}, {"depth": 0}, {"depth": 1}], ids=str)
def test_a_closed_group_and_a_rolled_one_have_lanes(options):
    x = az.Tensor(np.ones((4, 2, 3)), name="x")
    model = az.nn.LSTM(3, 4, rng=np.random.default_rng(0))
    y = np.sum(model(x)[0]).named("y")
    y.backward(retain_grads=True)
    figure = graph_viz.draw(y, gradients=True, **options).figure
    initial = [edge for edge in figure.view.edges if figure.view.boxes[edge.tail].kind != "constant"]
    assert len(lanes(y, **options)) >= len({(e.tail, e.head) for e in initial}) - 2


def test_a_fused_node_that_is_opened_has_them_inside():
    x = az.Tensor(np.array([1.0, 2.0]), name="x")
    with az.fused():
        y = az.nn.gelu(x)
    z = np.sum(y).named("z")
    z.backward()
    assert len(lanes(z)) == 2
    assert lanes(z, unfold=True) == all_edges(z, unfold=True)


def test_a_checkpoint_and_complex_numbers_have_lanes():
    x = az.Tensor(np.ones(3), name="x")
    y = np.sum(az.checkpoint(lambda h: np.tanh(h) * 2.0, x)).named("y")
    y.backward()
    assert len(lanes(y)) == 2 and len(lanes(y, unfold=True)) == 3
    z = np.sum(np.abs(np.fft.fft(x)) ** 2).named("z")
    z.backward(retain_grads=True)
    assert lanes(z) == all_edges(z)


def test_with_retain_graph_false_and_an_error_nothing_is_begun():
    x = az.Tensor([1.0, 2.0], name="x")
    y = np.sum(x * x)

    @az.primitive
    def broken(x):
        return x * 1.0

    def rule(g, y, x):
        raise RuntimeError("no")

    az.defvjp(broken, rule)
    z = broken(y)
    with pytest.raises(RuntimeError):
        z.backward()
    assert z.seed is None and y.seed is None
    y.backward(retain_graph=False)
    assert y.seed == 1.0


@pytest.mark.parametrize("retain", [False, True])
def test_where_a_sweep_takes_nothing_none_is_drawn_as_lost_also_if_gradients_are_kept(retain):
    c = az.Tensor(0.0, name="c")
    with np.errstate(all="ignore"):
        y = np.sqrt(c) * 0.0
        y.backward(retain_grads=retain)  # 0 · ∞, of which the sweep takes nothing
    assert c.grad == 0.0
    assert returned([y], graph_viz.draw(y).figure.view.edges) == [0.0, 0.0]
