"""Names: what a printed tape and an error call a module or a parameter is what the drawing calls it."""

import re

import numpy as np
import pytest

import autograd_zoo as az
import graph_viz
from autograd_zoo import nn
from autograd_zoo.engine.mode import Scope, switched

X = np.ones((2, 3))


def linear():
    return nn.Linear(3, 3, rng=np.random.default_rng(0))


class Through(nn.Module):
    """Calls its parts in a way that is given: they may stand elsewhere, in other modules, or nowhere."""

    def __init__(self, run, **parts):
        vars(self).update(parts)
        self._run = run

    def forward(self, x):
        return self._run(self, x)


class Calls(nn.Module):
    """Calls whatever it is handed."""

    def forward(self, x, part):
        return part(x)


def aliased():
    """A part of the outer module that an inner one has too, by another name."""
    shared = linear()
    inner = Through(lambda self, x: self.inside(x), inside=shared)
    return Through(lambda self, x: self.inner(self.head(x)), head=shared, inner=inner)


def around_it(x):
    with switched(scope=Scope("stage")):
        return nn.Sequential(linear(), nn.Sequential(linear()))(x)


def recursive():
    def run(self, x, depth=3):
        self.depth = getattr(self, "depth", depth) - 1
        return self(x + 1.0) if self.depth else self.part(x)

    return Through(run, part=linear())


def replaced():
    layer = linear()
    layer.W, layer.b = az.Tensor(np.ones((3, 3)), name="V"), az.Tensor(np.ones(3))
    return nn.Sequential(layer, linear())


PASSES = {  # the last operation's path as it is printed, and its frames as they are drawn
    "a module": (lambda x: linear()(x), "Linear", ("Linear",)),
    "in lists": (lambda x: nn.Sequential(linear(), nn.Sequential(linear()))(x), "1.0",
                 ("Sequential", "1", "0")),
    "several calls": (lambda x: Through(lambda s, x: s.a(s.a(x)), a=linear())(x), "a", ("Through", "a[1]")),
    "in a dict": (lambda x: Through(lambda s, x: s.d["k"](x), d={"k": linear()})(x), "d.k", ("Through", "d.k")),
    "aliased": (lambda x: aliased()(x), "head", ("Through", "inner", "head")),
    "handed over": (lambda x: Through(lambda s, x: s.c(x, s.a), a=linear(), c=Calls())(x), "a", ("Through", "c", "a")),
    "made on the way": (lambda x: Through(lambda s, x: nn.Sequential(linear())(x))(x), "Through.Sequential.0",
                        ("Through", "Sequential", "0")),
    "below a label": (around_it, "stage.1.0", ("stage", "Sequential", "1", "0")),
    "itself": (lambda x: recursive()(x), "part", ("Through", "Through", "Through", "part")),
    "leaves as parameters": (lambda x: replaced()(x), "1", ("Sequential", "1")),
    "two models": (lambda x: linear()(nn.Sequential(linear())(x)), "Linear", ("Linear",)),
}  # fmt: skip


@pytest.mark.parametrize("name", PASSES)
def test_the_tape_prints_the_paths_that_are_drawn(name):
    run, path, frames = PASSES[name]
    y = run(az.Tensor(X, name="x"))
    tape, graph = az.Tape(y), graph_viz.to_networkx(y)
    assert (tape[-1].scope.path(), graph.nodes[len(tape) - 1]["scope"]) == (path, frames)
    for line, t, (_, node) in zip(tape.lines(), tape, graph.nodes(data=True), strict=True):
        if t.op is None:
            continue
        printed = line.rpartition("    ")[2]
        drawn = [re.sub(r"[#[]\d+\]?\Z", "", element) for element in node["scope"]]
        assert printed == t.scope.path() and f".{printed}".endswith(f".{drawn[-1]}")
        assert graph.graph["scopes"][node["scope"]]["name"] == drawn[-1]
        home = graph.graph["scopes"][node["scope"]]["path"]
        outermost = t.scope.chain()[0]
        if home and not isinstance(outermost.label, str):  # an attribute of the outermost module
            assert printed == home
            assert dict(outermost.label.named_modules())[printed] is t.scope.label


@pytest.mark.parametrize("name", PASSES)
def test_leaves_are_printed_by_the_names_that_are_drawn(name):
    y = PASSES[name][0](az.Tensor(X, name="x"))
    printed = list(az.Tape(y).names().values())
    drawn = [node["name"] for _, node in graph_viz.to_networkx(y).nodes(data=True)]
    numbered = [f"%{k}" if name is None else name if drawn.index(name) == k else f"{name}%{k}"
                for k, name in enumerate(drawn)]  # fmt: skip
    assert printed == numbered and "x" in printed


def test_an_error_names_the_module_and_its_parameter_as_the_drawing_does():
    net = nn.Sequential(linear(), Through(lambda self, x: x @ self.head.W, head=nn.Linear(5, 4, bias=False)))
    with pytest.raises(ValueError, match="shapes") as caught:
        net(az.Tensor(X, name="x"))
    assert "in module 1, with 1.head.W (4, 5)" in str(caught.value)
    boxes = list(graph_viz.draw(caught.value).figure.view)
    (failed,) = [box for box in boxes if box.kind == "failed"]
    assert failed.clusters == (("Sequential",), ("Sequential", "1"))
    assert "1.head.W" in [box.name for box in boxes]


def test_what_a_recorded_sweep_computed_is_printed_where_it_is_drawn():
    net = nn.Sequential(linear(), nn.Tanh())
    x = az.Tensor(X, name="x")
    (g,) = az.gradient(net(x).sum(), [x], create_graph=True)
    graph = graph_viz.to_networkx(g)
    for t, (_, node) in zip(az.Tape(g), graph.nodes(data=True), strict=True):
        if t.op is not None and node["scope"][:1] == ("∇",):
            assert t.scope.path().rpartition(".")[2] == re.sub(r"\[\d+\]", "", node["scope"][-1])
    assert {"0.∇matmul", "1.∇tanh", "∇sum"} <= {t.scope.path() for t in az.Tape(g) if t.scope}
