"""What folding and drawing 20,000 nodes cost: ratios of processor times to that of a plain walk into a networkx graph.

    python benchmarks/drawing.py

All three of a graph's contenders run in each round, one after the other; the ratios are medians over the rounds.
"""

from __future__ import annotations

import statistics
import time
from collections.abc import Callable
from functools import partial

import networkx as nx
import numpy as np

import autograd_zoo as az
import graph_viz
from autograd_zoo import nn
from graph_viz.fold import fold
from graph_viz.trace import to_networkx

ROUNDS = 5


def chain() -> az.Tensor:
    """20,000 multiplications in a row."""
    y = az.Tensor(1.0, name="x")
    for _ in range(20_000):
        y = y * 1.0
    return y


def sequence() -> az.Tensor:
    """An LSTM over 460 steps."""
    x = az.Tensor(np.random.default_rng(0).normal(size=(460, 2, 3)), name="x")
    return (nn.LSTM(3, 4, rng=np.random.default_rng(0))(x)[0] ** 2).mean()


def model() -> az.Tensor:
    """3,300 pairs of a linear layer and a ReLU."""
    rng = np.random.default_rng(0)
    layers = [layer for _ in range(3_300) for layer in (nn.Linear(2, 2, rng=rng), nn.ReLU())]
    return nn.Sequential(*layers)(az.Tensor(np.ones((2, 2)), name="x")).sum()


def walked(y: az.Tensor) -> nx.MultiDiGraph:
    """The plainest graph of a tape."""
    tape = list(az.Tape(y))
    graph, rank = nx.MultiDiGraph(), {id(t): k for k, t in enumerate(tape)}
    for k, t in enumerate(tape):
        graph.add_node(k, op=t.op, shape=t.shape, name=t.name)
        graph.add_edges_from((rank[id(x)], k, i, {"position": i}) for i, x in enumerate(t.inputs) if x is not None)
    return graph


def drawn(y: az.Tensor) -> str:
    """The picture, from the tape to SVG."""
    return graph_viz.draw(y).svg()


def seconds(f: Callable[[], object]) -> float:
    """The processor time of one call."""
    start = time.process_time()
    f()
    return time.process_time() - start


if __name__ == "__main__":
    for make in (chain, sequence, model):
        y = make()
        graph = to_networkx(y)
        contenders = partial(walked, y), partial(fold, graph), partial(drawn, y)
        rounds = [[seconds(f) for f in contenders] for _ in range(ROUNDS)]
        folding, drawing = (statistics.median(times[k] / times[0] for times in rounds) for k in (1, 2))
        print(f"{make.__doc__:<52} fold {folding:5.2f}, draw {drawing:5.2f} walks")
