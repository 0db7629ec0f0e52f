"""Scopes that plain code opens: what is recorded inside stands there, and nothing else."""

import numpy as np
import pytest

import autograd_zoo as az
import graph_viz
from autograd_zoo.engine.mode import MODE


def paths(t):
    """Where each operation behind a result was recorded."""
    return [u.scope.path() if u.scope else None for u in az.Tape(t) if u.op is not None]


def test_what_is_recorded_inside_has_the_scope():
    x = az.Tensor([1.0, 2.0], name="x")
    y = x * 2.0
    with az.scope("outer"):
        y = np.sin(y)
        with az.scope("inner"):
            y = np.cos(y)
        y = np.exp(y)
    assert paths(np.sum(y)) == [None, "outer", "outer.inner", "outer", None]


def test_it_decorates_and_modules_inside_stand_below_it():
    @az.scope("block")
    def block(x):
        return az.nn.Linear(2, 2)(x) * 2.0

    y = block(az.Tensor([[1.0, 2.0]]))
    assert block.__name__ == "block"
    assert {path.split(".")[0] for path in paths(y)} == {"block"} and "block.Linear" in paths(y)


def test_it_ends_with_the_block_however_that_ends():
    before = MODE.get()
    with pytest.raises(ZeroDivisionError), az.scope("a"), az.scope("a"):
        raise ZeroDivisionError
    assert MODE.get() is before
    step = az.scope("step")
    with step:
        first = MODE.get().scope
        with step:
            assert MODE.get().scope.parent is first
    assert MODE.get() is before


def test_an_operation_that_fails_says_where():
    x = az.Tensor(np.ones(3))
    with pytest.raises(ValueError, match="in module decode"), az.scope("decode"):
        x @ np.ones(4)


@pytest.mark.parametrize("name", [None, 3, "", "  ", "∇tanh", lambda: 1])
def test_a_scope_has_a_name(name):
    with pytest.raises(TypeError, match="takes a name"):
        az.scope(name)


def test_drawings_roll_scopes_that_do_the_same_and_close_them():
    W, h = az.Tensor(np.eye(2), name="W"), az.Tensor([1.0, 2.0], name="h")
    for k in range(5):
        with az.scope("step"):
            h = np.tanh(W @ h + float(k))
    y = np.sum(h)
    view = graph_viz.draw(y).figure.view
    assert [(cluster.name, cluster.steps) for cluster in view.clusters.values()] == [("step", 5)]
    (closed,) = [box for box in graph_viz.draw(y, depth=0).figure.view if box.kind == "module"]
    assert (closed.label, closed.steps, closed.shape) == ("step", 5, (2,))
