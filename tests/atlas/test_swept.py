"""What the atlas sweeps: every module's page has a backward pass, and its gradients tell something."""

import numpy as np
import pytest
from every import every

import autograd_zoo as az
import graph_viz
from autograd_zoo import zoo
from autograd_zoo.atlas.swept import cotangent, swept
from graph_viz import page
from graph_viz.page import events

SPECIMENS = {"ids": lambda s: s.name, "by": lambda specimen: specimen.family}


def leaves(loss):
    return [t for t in az.Tape(loss).nodes if t.op is None]


@every("specimen", zoo.ZOO, **SPECIMENS)
def test_no_gradient_is_degenerate(specimen):
    """The plain sum of a softmax has gradient 0, of a linear layer every column the same one."""
    loss = swept(specimen).loss
    assert loss.shape == () and loss.name == "L"
    for leaf in leaves(loss):
        assert np.abs(leaf.grad).max() > 1e-3, leaf.name
        assert leaf.size == 1 or np.ptp(leaf.grad) > 1e-3 or specimen.name == "sum", leaf.name


@every("specimen", [s for s in zoo.ZOO if s.family != "loss"], **SPECIMENS)
def test_the_loss_is_the_sum_of_the_result_times_the_cotangent(specimen):
    loss = swept(specimen).loss
    y = specimen.record().y.data
    assert loss.item() == pytest.approx(float(np.sum(y * cotangent(y.shape))), rel=1e-12)


def test_a_cotangent_is_the_same_every_time_and_no_element_is_small():
    c = cotangent((5, 7))
    assert np.array_equal(c, cotangent((5, 7))) and 0.5 <= np.abs(c).min() and np.abs(c).max() <= 2.0
    assert (c > 0).any() and (c < 0).any() and np.array_equal(c, np.round(c, 1))
    assert cotangent(()) > 0


@every("specimen", zoo.ZOO, **SPECIMENS)
def test_the_steps_come_back_to_every_leaf_with_the_gradients_of_the_sweep(specimen):
    loss = swept(specimen).loss
    nodes = list(az.Tape(loss).nodes)
    found, recorded = events.of([loss], ["?"] * len(nodes))
    assert recorded == sum(t.op is not None for t in nodes) and found[recorded].text == events.SWEPT
    last = {event.node: event for event in found[recorded:]}
    for k, t in enumerate(nodes):
        if t.op is None:
            assert np.allclose(np.ravel(last[k].shown), [t.grad.min(), t.grad.max()])
            assert (last[k].heat is None) == (t.size == 1)


@pytest.mark.parametrize("name", ["max", "softmax", "squared_error", "max_pool2d", "batch_norm"])
def test_the_page_begins_with_the_loss_and_its_cotangent(name):
    loss, y, _, names, _ = swept(zoo.BY_NAME[name])
    drawing = graph_viz.draw(loss, names=names)
    data = page.data(drawing.figure)
    assert data["tape"]["of"] == "L"
    assert any("c" in given for given in data["tape"]["arguments"]) == bool(names)  # as the picture calls it
    assert not any("backward" in note for note in drawing.notes)
    assert ("- c: input" in drawing.describe()) == bool(names) == (y.shape != ())
