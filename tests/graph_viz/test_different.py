"""Different programs never give the same picture: what looks the same is the same tape."""

from collections import defaultdict

import numpy as np
import pytest

import autograd_zoo as az
import graph_viz
from graph_viz.trace import history

UNARY = (np.exp, np.sin, np.negative, np.tanh, lambda a: a**2, lambda a: a.T, lambda a: a[[1, 0]], lambda a: a[[0, 1]])
BINARY = (np.add, np.subtract, np.multiply, np.divide, np.power, np.maximum, np.arctan2)
CONSTANTS = (1.0, 1.0001, 2, 2.0, 0.1, 0.1 + 2e-17, 0.1 + 2e-9, 1e9, 1e9 + 1, -1.0, np.eye(2), np.ones((2, 2)))
CONSTANTS += (np.array([[1.0, 2.0], [3.0, 4.0]]), np.array([[1.0, 3.0], [2.0, 4.0]]))


def program(rng):
    """A few operations at random, on Tensors of shape (2, 2) and constants."""
    pool = [az.Tensor(np.full((2, 2), 1.5), name=name) for name in "ab"]
    for _ in range(int(rng.integers(1, 6))):
        x, other = (pool[int(rng.integers(len(pool)))] for _ in range(2))
        kind = rng.random()
        if kind < 0.3:
            pool.append(UNARY[int(rng.integers(len(UNARY)))](x))
            continue
        other = CONSTANTS[int(rng.integers(len(CONSTANTS)))] if kind < 0.6 else other
        f = BINARY[int(rng.integers(len(BINARY)))]
        pool.append(f(x, other) if rng.random() < 0.5 else f(other, x))
    return pool[-1]


def form(y):
    """A tape as plain data: for each node its operation or name, and its arguments, by number or as constants."""
    nodes = history([y])
    rank = {id(t): k for k, t in enumerate(nodes)}
    return tuple(
        (
            t.name if t.op is None else t.op.__name__,
            str(t.params),
            *(
                rank[id(x)] if x is not None else (np.shape(s), str(np.asarray(s, float).tolist()))
                for x, s in zip(t.inputs, t.saved, strict=True)
            ),
        )
        for t in nodes
    )


def expect_different(n, seed, seen):
    """Of `n` programs, those that `seen` shows the same way all have one form."""
    rng = np.random.default_rng(seed)
    looks = defaultdict(set)
    with np.errstate(all="ignore"):
        for _ in range(n):
            y = program(rng)
            looks[seen(y)].add(form(y))
    assert len(looks) > n / 3
    assert not [(look, forms) for look, forms in looks.items() if len(forms) > 1]


@pytest.mark.parametrize("n", [600, pytest.param(2000, marks=pytest.mark.slow)])
@pytest.mark.parametrize("budget", [None, 1])
def test_programs_that_are_described_the_same_are_the_same(budget, n):
    """With everything open; and with chains, which hide nothing."""
    expect_different(n, 0, lambda y: graph_viz.draw(y, budget=budget).describe())


@pytest.mark.parametrize("n", [120, pytest.param(300, marks=pytest.mark.slow)])
@pytest.mark.parametrize("budget", [None, 1])
def test_programs_with_the_same_picture_are_the_same(budget, n):
    expect_different(n, 1, lambda y: graph_viz.draw(y, budget=budget).svg())


A, B = (az.Tensor(np.full(3, value), name=name) for value, name in ((1.5, "a"), (2.5, "b")))
PAIRS = {
    "difference": (lambda: np.sin(B - np.exp(A)), lambda: np.sin(np.exp(A) - B)),
    "angle": (lambda: np.sin(np.arctan2(np.tanh(A), B)), lambda: np.sin(np.arctan2(B, np.tanh(A)))),
    "which is where": (lambda: np.tanh(np.exp(A) + B) * A, lambda: np.tanh(np.exp(A) + A) * B),
    "head of a chain": (lambda: np.exp(A / B), lambda: np.exp(B / A)),
    "no sigmoid": (
        lambda: np.exp(-np.logaddexp(0.0, -A)),
        lambda: np.exp(-np.logaddexp(3.0, -A)),
    ),
    "mask": (lambda: np.where([True, False, True], A, B), lambda: np.where([True, True, False], A, B)),
    "a new axis": (lambda: A[:1][None], lambda: A[:1][:, None]),
    "a new axis alone": (lambda: A[:1][None], lambda: A[:1][...]),
    "many elements": (lambda: np.sum(A) * np.arange(9.0), lambda: np.sum(A) * np.arange(9.0)[::-1]),
}


@pytest.mark.parametrize("name", PAIRS)
@pytest.mark.parametrize("budget", [None, 1])
def test_two_programs_have_two_pictures(name, budget):
    one, two = (graph_viz.draw(np.cos(make() * 2.0).named("y"), budget=budget) for make in PAIRS[name])
    assert one.describe() != two.describe() and one.svg() != two.svg()


def test_a_chain_writes_what_else_it_takes_by_name():
    chain = [box.chain for box in graph_viz.draw(np.sin(B / np.exp(A)) + A, budget=1).figure.view if box.chain]
    assert chain == [("exp", "b ÷", "sin", "+ a")]


def test_what_has_no_name_begins_a_chain():
    y = np.sin(np.exp(A) / np.sum(B))
    chains = [box.chain for box in graph_viz.draw(y, budget=1).figure.view if box.chain]
    assert chains == [("÷", "sin")]


def test_a_constant_with_more_digits_than_a_box_shows_ends_in_dots():
    drawing = graph_viz.draw(np.sum(A) * (1 / 3))
    titles = [caption.title for caption in drawing.figure.captions.values()]
    assert "× 0.333333…" in titles and "multiply(%1, 0.3333333333333333)" in drawing.describe()


def test_a_new_axis_is_written_as_the_index_that_it_is():
    assert "getitem(a, index=None)" in graph_viz.draw(A[None]).describe()
