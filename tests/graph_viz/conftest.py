"""Graphs that the tests of the drawing look at."""

import numpy as np
import pytest
from browsers import launched, notebooks, offline

import autograd_zoo as az
from autograd_zoo import nn


class Linear(nn.Module):
    def __init__(self, n, m, rng):
        self.W = nn.Parameter(rng.normal(size=(n, m)))
        self.b = nn.Parameter(np.zeros(m))

    def forward(self, x):
        return x @ self.W + self.b


class MLP(nn.Module):
    def __init__(self, rng):
        self.fc1, self.fc2 = Linear(3, 8, rng), Linear(8, 2, rng)

    def forward(self, x):
        h = self.fc1(x)
        return self.fc2(h * h)


class Twice(nn.Module):
    """One cell, called twice."""

    def __init__(self, rng):
        self.cell = Linear(3, 3, rng)

    def forward(self, x):
        return self.cell(self.cell(x))


def make_neuron():
    values = {"x1": 2.0, "w1": -3.0, "x2": 0.5, "w2": 1.0, "b": 6.0}
    x1, w1, x2, w2, b = (az.Tensor(value, name=name) for name, value in values.items())
    return (1.0 / (x1 * w1 + x2 * w2 + b)).named("n")


def make_loss(model=MLP):
    rng = np.random.default_rng(0)
    x = az.Tensor(rng.normal(size=(4, 3)), name="x")
    y = model(rng)(x)
    d = y - rng.normal(size=y.shape)
    return (d**2).mean().named("loss")


def make_second_order():
    x = az.Tensor(0.5, name="x")
    (g,) = az.gradient(x * x * x, [x], create_graph=True)
    return (g * g).named("z")


GRAPHS = {
    "neuron": make_neuron,
    "mlp": make_loss,
    "twice": lambda: make_loss(Twice),
    "second order": make_second_order,
    "square": lambda: az.Tensor(3.0, name="x") ** 2,
}


@pytest.fixture(params=GRAPHS)
def y(request):
    """The result of each graph in turn."""
    return GRAPHS[request.param]()


@pytest.fixture
def neuron():
    return make_neuron()


@pytest.fixture
def loss():
    return make_loss()


@pytest.fixture
def twice():
    return make_loss(Twice)


@pytest.fixture
def second_order():
    return make_second_order()


@pytest.fixture(scope="session")
def hostile():
    """Names that would break a careless writer."""
    return [
        "</svg><script>alert(1)</script>",
        "<b>bold</b>",
        "\"quoted\" 'names' `here`",
        "\\N \\G \\l {x|y} a:b",
        "]]> <!-- --> <?xml?> &amp; &#0;",
        "null\x00bell\x07escape\x1b[31m",
        "line\nbreak\ttab\u2028end",
        "\u202eright-to-left\u202c \u200f",
        "שלום مرحبا 日本語 🙂",
        "javascript:alert(1)",
        "surrogate\ud800 non\uffffcharacter",
        "e\u0301" * 20,
        "W" * 300,
        "",
        " ",
    ]


@pytest.fixture(scope="module")
def chromium():
    yield from launched()


@pytest.fixture(scope="session")
def lab(tmp_path_factory):
    yield from notebooks(tmp_path_factory.mktemp("lab"))


@pytest.fixture
def opened(chromium, tmp_path):
    """Open live drawings without a network; whatever a page complains of fails the test."""
    with offline(chromium) as new:

        def open_page(drawing):
            tab = new(1200)
            drawing.save(tmp_path / "page.html")
            tab.goto((tmp_path / "page.html").as_uri())
            tab.locator('[data-graph-viz][data-ready="yes"]').wait_for()
            return tab

        yield open_page
