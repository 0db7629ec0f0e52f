"""A bigger budget shows what a block does: each convolution with what follows it alone, and the way around them."""

import networkx as nx
import numpy as np
import pytest
from every import every

import autograd_zoo as az
import graph_viz
from autograd_zoo import nn
from graph_viz.fold import fold
from graph_viz.trace import trace

BLOCKS = 8


class Net(nn.Module):
    """Blocks of two convolutions and a way around them, in stages of two: as many as ResNet-18 has."""

    def __init__(self, rng):
        self.conv, self.bn, self.pool = nn.Conv2d(3, 2, 3, rng=rng), nn.BatchNorm2d(2), nn.MaxPool2d(2)
        widths = [2, 2, 3, 3, 4, 4, 5, 5]
        blocks = [nn.BasicBlock(a, b, rng=rng) for a, b in zip([2, *widths], widths, strict=False)]
        self.stages = nn.ModuleList([nn.Sequential(*blocks[k : k + 2]) for k in range(0, BLOCKS, 2)])
        self.fc = nn.Linear(5, 2, rng=rng)

    def forward(self, x):
        x = self.pool(np.maximum(self.bn(self.conv(x)), 0.0))
        for stage in self.stages:
            x = stage(x)
        return self.fc(x.mean(axis=(2, 3)))


@pytest.fixture(scope="module")
def graph():
    rng = np.random.default_rng(0)
    z = Net(rng)(az.Tensor(rng.normal(size=(2, 3, 8, 8)), name="x"))
    return trace(nn.softmax_cross_entropy(z, np.array([0, 1])).named("L"))


def numbers(view):
    """How many boxes show: convolutions, additions of a way around, whole blocks."""
    held = [[row.name.rpartition("conv")[2] for row in box.content.parameters] for box in view if box.content]
    kernels = [sum(name.endswith("1.W") or name.endswith("2.W") for name in names) for names in held]
    return kernels.count(1), sum(box.op == "add" for box in view), sum(n > 1 for n in kernels)


BUDGETS = {40: (2 * BLOCKS, BLOCKS, 0), 39: (0, 0, BLOCKS), 20: (0, 0, BLOCKS)}


@pytest.mark.parametrize("budget", BUDGETS)
def test_convolutions_and_ways_around_are_within_forty_boxes(graph, budget):
    view = fold(graph, budget=budget)
    assert numbers(view) == BUDGETS[budget]
    assert len(view) <= budget
    assert sorted(v for box in view for v in box.members) == sorted(graph)
    assert nx.is_directed_acyclic_graph(nx.from_edgelist([(e.tail, e.head) for e in view.edges], nx.DiGraph))


def test_a_layer_says_what_it_holds_and_opens(graph):
    view = fold(graph, budget=40)
    box = next(box for box in view if box.content and box.content.result and box.content.result.name == "a")
    assert box.label == "conv1 → bn1 → relu" and not box.chain
    assert [row.name for row in box.content.parameters] == ["conv1.W", "bn1.gamma", "bn1.beta"]
    opened = fold(graph, budget=40, collapsed=view.collapsed - {box.key})
    assert len(opened) == len(view) + 2
    assert [(*box.key, name) in opened.boxes for name in ("conv1", "bn1", "conv2")] == [True, True, False]


def test_a_budget_for_every_layer_groups_none(graph):
    assert not any("→" in element for path in fold(graph, budget=80).groups for element in path)


@every("seed", range(20))
def test_layers_of_any_line_stay_whole(seed):
    """Modules with weights and without, forks and joins at random: nothing is lost, no cycle, and less is no more."""
    rng = np.random.default_rng(seed)
    kinds = [lambda: nn.Linear(3, 3, rng=rng), lambda: nn.LayerNorm(3), nn.Tanh, lambda: np.exp, nn.GELU]

    class Line(nn.Module):
        def __init__(self):
            self.parts = nn.ModuleList([f for f in (kinds[k]() for k in rng.integers(5, size=14)) if f is not np.exp])

        def forward(self, x):
            pool = [x]
            for part in self.parts:
                y = part(pool[-1] if rng.random() < 0.8 else pool[int(rng.integers(len(pool)))])
                pool.append([y + pool[-1], np.tanh(y) * 0.5, abs(y), np.exp(-abs(y))][int(rng.integers(4))])
            return pool[-1]

    x = az.Tensor(np.ones((2, 3)), name="x")
    graph = trace(np.sum(Line()(Line()(x))).named("y"))
    before = None
    for budget in (60, 40, 30, 24, 18, 12, 8, 4):
        view = fold(graph, budget=budget)
        assert sorted(v for box in view for v in box.members) == sorted(graph)
        assert nx.is_directed_acyclic_graph(nx.from_edgelist([(e.tail, e.head) for e in view.edges], nx.DiGraph))
        classes = {frozenset(box.members) for box in view if box.members}
        assert before is None or all(any(small <= large for large in classes) for small in before)
        before = classes


def test_what_has_a_number_is_called_by_its_class():
    model = nn.Sequential(*(part for _ in range(3) for part in (nn.Linear(2, 2), nn.Tanh())), nn.Linear(2, 1))
    text = graph_viz.draw(np.sum(model(np.ones((1, 2)))).named("y"), budget=6).describe()
    assert text.count("Linear → Tanh") == 2 * 3  # each is used by the next one
