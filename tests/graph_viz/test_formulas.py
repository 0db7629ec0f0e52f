"""Formulas of the library are one box, which opens into their operations; paths and tapes know nothing of them."""

import numpy as np
import pytest

import autograd_zoo as az
import graph_viz
from autograd_zoo import nn
from graph_viz.fold.draft import made
from graph_viz.fold.formulas import framed
from graph_viz.fold.roll import roll
from graph_viz.trace import trace

R = np.random.default_rng(0)


def x(*shape, name="x"):
    return az.Tensor(R.normal(size=shape), name=name)


def scores():
    return nn.softmax_cross_entropy(x(5, 4), np.array([0, 1, 2, 3, 0]))


FRAMES = {
    "gelu": (lambda: nn.gelu(x(3)) * 2.0, ["gelu"]),
    "layer_norm": (lambda: nn.layer_norm(x(2, 4), x(4, name="g"), x(4, name="b")) * 2.0, ["layer_norm"]),
    "softmax_cross_entropy": (lambda: scores() * 2.0, ["softmax_cross_entropy"]),
    "twice": (lambda: nn.gelu(x(3)) + nn.gelu(x(3)), ["gelu", "gelu#2"]),
    "a single operation": (lambda: nn.softmax(nn.relu(x(3))) * 2.0, []),
    "all that a module computes": (lambda: nn.GELU()(x(3)) * 2.0, []),
    "a part of what a module computes": (
        lambda: nn.Sequential(lambda h: nn.gelu(h * 3.0))(x(3)) * 2.0,
        ["Sequential.gelu"],
    ),
    "a linear layer": (lambda: nn.linear(x(2, 3), x(4, 3), x(4)) * 2.0, []),
    "a result": (scores, []),
    "fused": (lambda: fused(lambda: nn.gelu(x(3)) * 2.0), []),
    "a gradient": (lambda: second(nn.gelu), ["gelu"]),
}


def fused(f):
    with az.fused():
        return f()


def second(f):
    t = x(3)
    (g,) = az.gradient(np.sum(f(t)), [t], create_graph=True)
    return g


@pytest.mark.parametrize("name", FRAMES)
def test_formulas_are_one_box_that_opens(name):
    build, expected = FRAMES[name]
    y = build().named("y")
    drawing = graph_viz.draw(y)
    closed = [".".join(box.key) for box in drawing.figure.view if box.kind == "module"]
    assert closed == expected
    assert sum(len(box.members) for box in drawing.figure.view) == len(az.Tape(y))
    whole = graph_viz.draw(y, budget=None)
    assert len(whole.figure.view.boxes) >= len(az.Tape(y))
    assert set(expected) <= {".".join(path) for path in whole.figure.view.clusters}
    names = {formula.name for _, node in whole.figure.graph.nodes(data=True) for formula in node["formulas"]}
    paths = {t.scope.path() for t in az.Tape(y) if t.scope is not None}
    assert not any(path.endswith(f) for path in paths for f in names)
    assert not any(line.endswith(" ") for line in az.Tape(y).lines())


def test_one_can_be_opened_by_its_name():
    y = (nn.gelu(nn.layer_norm(x(2, 4), x(4, name="g"), x(4, name="b"))) * 2.0).named("y")
    drawing = graph_viz.draw(y, open={"gelu"})
    assert [box.key for box in drawing.figure.view if box.kind == "module"] == [("layer_norm",)]
    assert ("gelu",) in drawing.figure.view.clusters


def test_in_rolled_steps_they_are_rolled_too():
    h, W = x(4, name="h0"), x(4, 4, name="W")
    for _ in range(6):
        h = nn.gelu(W @ h + 1.0)
    y = np.sum(h).named("y")
    drawing = graph_viz.draw(y, budget=12)
    (box,) = [box for box in drawing.figure.view if box.kind == "module" and "gelu" in str(box.label)]
    assert box.key == ("loop", "gelu") and box.steps == 6 and len(box.members) == 6 * 5


def test_an_error_names_the_module_and_no_formula():
    model = nn.Sequential(nn.LayerNorm(3))
    with pytest.raises(ValueError, match=r"^0: "):
        model(x(2, 4))
    with pytest.raises(ValueError, match=r"^(?!.*layer_norm\.)"):
        nn.layer_norm(x(2, 4), x(3), x(3))


def test_what_is_marked_stands_in_its_module():
    class Net(nn.Module):
        def __init__(self):
            self.lin = nn.Linear(3, 3)

        def forward(self, t):
            return np.tanh(nn.gelu(self.lin(t)))

    draft = framed(roll(trace(Net()(x(2, 3)) * 2.0)))
    assert made(draft, "formula") == {("Net", "gelu")}
    assert [node["scope"] for node in draft.nodes.values() if node["op"] == "erf"] == [("Net", "gelu")]
