"""What several boxes use is marked in each of them; and modules are called what `names` says."""

import numpy as np
import pytest

import autograd_zoo as az
import graph_viz
from autograd_zoo import nn

R = np.random.default_rng(0)


def x(*shape, name=None):
    return az.Tensor(R.normal(size=shape), name=name)


def siamese():
    twin = nn.Sequential(nn.Linear(3, 2), nn.Tanh())
    return np.sum((twin(x(4, 3)) - twin(x(4, 3))) ** 2)


def gan():
    generator, judge = nn.Linear(2, 3), nn.Linear(3, 1)
    return np.sum(judge(x(4, 3))) - np.sum(judge(generator(x(4, 2))))


class Tied(nn.Module):
    def __init__(self):
        self.embed = nn.Embedding(5, 3)
        self.head = nn.Linear(3, 5, bias=False)
        self.head.W = self.embed.W

    def forward(self, indices):
        return self.head(np.tanh(self.embed(indices)))


def tied():
    return np.sum(Tied()(np.array([0, 3, 1])))


def apart():
    return np.sum(nn.Linear(3, 2)(nn.Linear(2, 3)(x(4, 2))))


SHARED = {
    "siamese": (siamese, {"depth": 0}, [["0.W", "0.b"], ["0.W", "0.b"]]),
    "gan": (gan, {"depth": 0}, [["W", "b"], [], ["W", "b"]]),
    "tied embeddings": (tied, {"depth": 1}, [["W"], ["embed.W"]]),
    "tied, in one box": (tied, {"depth": 0}, [[]]),
    "nothing": (apart, {"depth": 0}, [[], []]),
}


@pytest.mark.parametrize("name", SHARED)
def test_what_two_closed_boxes_use_is_marked_in_both(name):
    build, options, expected = SHARED[name]
    y = build()
    drawing = graph_viz.draw(y.named("y"), **options)
    boxes = [box for box in drawing.figure.view if box.content is not None]
    assert [[p.name for p in box.content.parameters if p.shared] for box in boxes] == expected
    tape = az.Tape(y)
    for box in boxes:
        assert all(tape[p.node].shape == p.shape for p in box.content.parameters)
    marked = any(expected)
    assert ("shown in several places" in drawing.svg()) == ("also elsewhere" in drawing.describe()) == marked
    assert drawing.svg().count(">• ") == sum(map(len, expected))


def test_of_a_module_that_is_open_and_one_that_is_closed_both_are_marked():
    twin = nn.Linear(2, 2)
    with az.scope("one"):
        a = twin(x(3, 2))
    with az.scope("two"):
        b = twin(x(3, 2))
    drawing = graph_viz.draw((a * b).named("y"), open={"one", ("one", "Linear")})
    copied = {box.label for box in drawing.figure.view if box.copied}
    rows = {p.name for box in drawing.figure.view if box.content for p in box.content.parameters if p.shared}
    assert copied == rows == {"W", "b"}


def test_modules_are_called_what_they_are_to_be_called():
    inner = nn.Linear(3, 2)
    model = nn.Sequential(inner, nn.Tanh(), inner.__class__(2, 1))
    given = {"encoder": model, "first": inner, "W1": inner.W, "nothing": 3, "kind": nn.Linear}
    for drawing in (
        graph_viz.draw(model(x(4, 3)).named("y"), depth=1, names=given),
        graph_viz.draw(model, np.ones((4, 3)), depth=1, names=given),
    ):
        text = drawing.describe()
        assert "encoder Sequential:" in text and "encoder.first(" in text
        assert "parameter W1 2×3" in text and "parameter W 1×2" in text
    assert [about["name"] for about in drawing.figure.graph.graph["scopes"].values()] == ["encoder", "first", "1", "2"]


def test_names_say_what_they_take():
    y = np.sum(x(3))
    with pytest.raises(TypeError, match="Tensors or modules"):
        graph_viz.draw(y, names={3: y})


def test_a_parameter_in_several_places_is_counted_once():
    layer = nn.Linear(3, 3)
    y = layer(np.tanh(layer(x(2, 3)))).named("y")
    first, *lines = graph_viz.draw(y, budget=None).describe().splitlines()
    assert first == "Graph of y: 10 nodes, 1 input, 2 parameters, 6 operations, 1 output."
    assert sum("parameter" in line for line in lines) == 4


def test_a_closed_sweep_is_no_module():
    with az.scope("S"):
        g = az.grad(lambda z: np.sum(nn.gelu(z)))(x(3))
    text = graph_viz.draw(np.sum(g * g).named("y"), budget=5).describe()
    assert "2 closed groups" in text.splitlines()[0] and "∇(S): closed group of gradients, 11 operations" in text
