"""Every visible box says what it is: its result, its shape, its value and its gradient, its arguments in order."""

import numpy as np
import pytest

import autograd_zoo as az
import graph_viz
from autograd_zoo import nn


def named_steps():
    """A result through two named ones, swept."""
    x, w = az.Tensor(np.linspace(-1.0, 1.0, 6).reshape(2, 3), name="x"), az.Tensor(np.ones((3, 4)), name="w")
    hidden = np.tanh(x @ w * 0.5).named("hidden")
    scaled = (hidden / np.sum(hidden * hidden)).named("scaled")
    y = np.sum(scaled**2).named("y")
    y.backward(retain_grads=True)
    return y, {"hidden": hidden, "scaled": scaled}


@pytest.mark.parametrize("name", ["hidden", "scaled"])
def test_a_closed_named_result_has_its_shape_value_and_gradient(name):
    y, named = named_steps()
    drawing = graph_viz.draw(y, values=True, gradients=True, budget=6)
    (box,) = [box for box in drawing.figure.view if box.label == name]
    t = named[name]
    assert box.kind == "module" and box.shape == t.shape
    assert box.value == (t.data.min(), t.data.max()) and box.grad == (t.grad.min(), t.grad.max())
    assert box.norm == pytest.approx(np.linalg.norm(t.grad))
    rows = {row.word: row.text for row in drawing.figure.captions[box.key].rows}
    assert rows.keys() >= {"value", "grad"}
    assert f"{name}(" in drawing.describe() and "gives 2×4" in drawing.describe()


NETS = {
    "closed layers": (
        nn.Sequential(nn.Linear(6, 5), nn.Tanh(), nn.Linear(5, 4), nn.Tanh(), nn.Linear(4, 2)),
        (7, 6),
        1,
    ),
    "one closed model": (nn.Sequential(nn.Linear(3, 8), nn.ReLU()), (5, 3), 0),
    "an encoder layer": (nn.TransformerEncoderLayer(8, 2, 16), (2, 3, 8), 1),
}


@pytest.mark.parametrize("name", NETS)
def test_every_box_that_gives_an_array_says_its_shape(name):
    net, shape, depth = NETS[name]
    drawing = graph_viz.draw(net(az.Tensor(np.ones(shape), name="x")).named("y"), depth=depth)
    captions = drawing.figure.captions
    for box in drawing.figure.view:
        texts = [row.text for row in captions[box.key].rows] + [captions[box.key].title]
        assert any("×" in text or text == "scalar" or text.isdecimal() for text in texts), box


def test_several_results_of_a_group_have_a_shape_each():
    class Two(nn.Module):
        def forward(self, x):
            return np.tanh(x), np.sum(x, axis=0)

    a, b = Two()(az.Tensor(np.ones((2, 3)), name="x"))
    drawing = graph_viz.draw(np.sum(a * b), depth=0, values=True)
    (box,) = [box for box in drawing.figure.view if box.kind == "module"]
    assert [exit.shape for exit in box.content.exits] == [(2, 3), (3,)] and box.value is None
    assert "gives 2×3, 3" in drawing.describe()


def test_a_closed_step_gives_what_is_used_outside_and_not_what_it_keeps():
    x = az.Tensor(np.ones((5, 2, 3)), name="x")
    drawing = graph_viz.draw(np.sum(nn.LSTM(3, 4)(x)[0]), depth=1)
    (cell,) = [box for box in drawing.figure.view if box.kind == "module"]
    assert cell.content.result is not None and cell.content.result.name == "h_t" and cell.shape == (2, 4)
    assert len(cell.content.result.nodes) == 5
