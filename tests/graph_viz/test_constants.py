"""Constants say what they are, as far as their numbers prove it; and those that differ never look alike."""

from xml.sax.saxutils import escape

import numpy as np
import pytest

import autograd_zoo as az
import graph_viz
from autograd_zoo import nn

R = np.random.default_rng(0)
X = R.normal(size=(4, 8))
KNOWN = {
    "one-hot": (lambda x: x * np.eye(8)[3], "one-hot"),
    "one-hot rows": (lambda x: x * np.eye(8)[[0, 3, 3, 1]], "one-hot rows"),
    "a mask": (lambda x: x * (np.arange(8) % 3 == 0), "of 0/1"),
    "a triangle": (lambda x: (x @ x.T) * np.tri(4), "lower triangle"),
    "an identity": (lambda x: x.T @ np.eye(4), "identity"),
    "equal elements": (lambda x: x * np.full(8, 2.5), "of 2.5"),
    "the maxima of the rows": (lambda x: x - X.max(1, keepdims=True), "row maximum"),
    "the maximum": (lambda x: x - X.max(keepdims=True), "maximum"),
    "the minima of the columns": (lambda x: x - X.min(0), "minimum"),
    "the means of the rows": (lambda x: x - X.mean(-1, keepdims=True), "row mean"),
    "where it is positive": (lambda x: x * (X > 0), "1 where x > 0"),
    "anything": (lambda x: x * np.arange(8.0), ""),
}


@pytest.mark.parametrize("name", KNOWN)
def test_a_constant_says_what_it_is(name):
    run, what = KNOWN[name]
    y = run(az.Tensor(X, name="x")).named("y")
    drawing = graph_viz.draw(y, constants=True)
    (box,) = [box for box in drawing.figure.view if box.kind == "constant"]
    assert box.what == what
    assert what == "" or f">{escape(what)}<" in drawing.svg()
    assert what in drawing.describe()
    assert f"{escape(what)}]" in graph_viz.draw(y, constants=False).svg()


INDICES = {
    "take": lambda x, i: np.take(x, i),
    "getitem": lambda x, i: x[i],
    "a mask": lambda x, i: x[np.isin(np.arange(32), i)],
}


@pytest.mark.parametrize("name", INDICES)
def test_indices_that_differ_do_not_look_alike(name):
    x = az.Tensor(X, name="x").reshape(-1)
    one, other = np.arange(8), np.array([0, 2, 1, 3, 4, 5, 6, 8])
    texts = {graph_viz.draw(INDICES[name](x, i) * 2.0).describe() for i in (one, other)}
    assert len(texts) == 2


def test_what_is_drawn_at_random_is_an_input():
    x = az.Tensor(X, name="x")
    y = np.sum(nn.Dropout(0.5, rng=np.random.default_rng(0))(x)).named("y")
    y.backward(retain_grads=True)
    drawing = graph_viz.draw(y, gradients=True)
    (mask,) = [box for box in drawing.figure.view if box.fixed]
    assert (mask.kind, mask.label, mask.what) == ("input", "D", "of 0/1")
    assert "D: input" in drawing.describe() and not any("no gradients" in note for note in drawing.notes)
    assert drawing.svg().count(">grad<") == 4


def test_arrays_are_called_what_names_says():
    noise, other = R.normal(size=8), R.normal(size=8)
    y = (az.Tensor(X, name="x") * noise + other).named("y")
    for options in ({}, {"constants": True}):
        drawing = graph_viz.draw(y, names={"ε": noise, "X": X}, **options)
        assert {box.label: box.kind for box in drawing.figure.view if box.fixed} == {"ε": "input", None: "constant"}
    assert ">× ε<" in graph_viz.draw(y, names={"ε": noise}, constants=False).svg().replace("</tspan>", "<").replace(
        '<tspan font-weight="600">', ">"
    )
