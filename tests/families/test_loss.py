"""Losses: reductions, integer labels, the edges of probability, and samples of no shape."""

import numpy as np
import pytest
from every import every
from families.support import Net
from refused import refused
from table.case import away, shares
from table.loss import REDUCTIONS

import autograd_zoo as az
from autograd_zoo import nn

LOSSES = [nn.cross_entropy, nn.softmax_cross_entropy, nn.squared_error]
each_loss = pytest.mark.parametrize("loss", LOSSES, ids=lambda f: f.__name__)


@each_loss
def test_reductions_are_those_of_the_samples_losses(loss):
    x, t = shares((2, 3, 4)), shares((2, 3, 4), 1)
    samples = loss(x, t, reduction="none")
    one_by_one = [[loss(x[i, j], t[i, j]) for j in range(3)] for i in range(2)]
    np.testing.assert_allclose(samples, one_by_one, rtol=1e-14)
    np.testing.assert_allclose(loss(x, t, reduction="sum"), samples.sum(), rtol=1e-14)
    np.testing.assert_allclose(loss(x, t), samples.mean(), rtol=1e-14)


@each_loss
def test_of_one_sample_all_reductions_are_its_loss(loss):
    x, t = shares((5,)), shares((5,), 1)
    assert loss(x, t) == loss(x, t, reduction="sum") == loss(x, t, reduction="none")


@each_loss
@pytest.mark.parametrize("reduction", REDUCTIONS)
@pytest.mark.parametrize("fused", [False, True])
def test_an_empty_batch_has_loss_0(loss, reduction, fused):
    x = az.Tensor(np.ones((0, 3)))
    with az.fused() if fused else az.engine.mode.switched():
        y = loss(x, np.ones((0, 3)), reduction=reduction)
    assert y.shape == ((0,) if reduction == "none" else ())
    assert y.data.sum() == 0.0
    assert az.gradient(y, [x], np.ones(y.shape))[0].shape == (0, 3)


LABELS = [
    np.array([2, 0, 1]),
    np.array([2, 0, 1], np.uint8),
    [2, 0, 1],
    np.array([[0, 0, 1, 0], [1, 0, 0, 0], [0, 1, 0, 0]]),  # integers in the shape of x are probabilities
]


@pytest.mark.parametrize("labels", LABELS, ids=["int64", "uint8", "list", "one-hot"])
@pytest.mark.parametrize("dtype", [np.float32, np.float64])
@pytest.mark.parametrize("fused", [False, True])
def test_integer_labels_are_one_hot_targets(labels, dtype, fused):
    scores = away((3, 4)).astype(dtype)
    found = []
    for target in (labels, np.eye(4, dtype=dtype)[[2, 0, 1]]):
        x = az.Tensor(scores)
        with az.fused() if fused else az.engine.mode.switched():
            y = nn.SoftmaxCrossEntropy()(x, target)
        found.append((y.data, az.gradient(y, [x])[0]))
    for a, b in zip(*found, strict=True):
        assert a.dtype == dtype
        np.testing.assert_array_equal(a, b, strict=True)


@pytest.mark.parametrize("label", [1, np.int64(1), np.array(1)])
def test_the_label_of_one_sample_is_a_number(label):
    x = az.Tensor([0.0, 1000.0, -1000.0])
    y = nn.softmax_cross_entropy(x, label)
    assert y.item() == 0.0
    np.testing.assert_array_equal(az.gradient(y, [x])[0], np.zeros(3))


def test_softmax_cross_entropy_is_cross_entropy_after_softmax():
    x, p = away((4, 5)), shares((4, 5))
    joined, apart = (az.value_and_grad(f)(x) for f in (
        lambda x: nn.softmax_cross_entropy(x, p),
        lambda x: nn.cross_entropy(nn.softmax(x), p),
    ))  # fmt: skip
    np.testing.assert_allclose(joined[0], apart[0], rtol=1e-14)
    np.testing.assert_allclose(joined[1], apart[1], rtol=1e-12, atol=1e-15)


# Probabilities at the edge: predicted, target, loss, gradient by the predicted ones.
EDGES = [
    ([0.0, 1.0], [0.0, 1.0], 0.0, [0.0, -1.0]),
    ([0.0, 0.25, 0.75], [0.0, 0.0, 1.0], -np.log(0.75), [0.0, 0.0, -4.0 / 3.0]),
    ([0.0, 1.0], [1.0, 0.0], np.inf, [-np.inf, 0.0]),
    ([1e-300, 1.0], [1.0, 0.0], 300.0 * np.log(10.0), [-1e300, 0.0]),
]


@pytest.mark.parametrize(("x", "p", "value", "slope"), EDGES)
@pytest.mark.parametrize("fused", [False, True])
def test_cross_entropy_at_the_edge_of_probability(x, p, value, slope, fused):
    x = az.Tensor(x)
    with az.fused() if fused else az.engine.mode.switched():
        y = nn.cross_entropy(x, np.array(p))
    np.testing.assert_allclose(y.data, value, rtol=1e-14)
    np.testing.assert_allclose(az.gradient(y, [x])[0], slope, rtol=1e-14)


def test_squared_error_of_huge_numbers():
    x = az.Tensor([1e30, -1e30])
    y = nn.squared_error(x, np.zeros(2))
    np.testing.assert_allclose(y.item(), 2e60, rtol=1e-15)
    np.testing.assert_array_equal(az.gradient(y, [x])[0], [2e30, -2e30])


@pytest.mark.parametrize("cls", [nn.CrossEntropy, nn.SoftmaxCrossEntropy, nn.SquaredError])
def test_repr_has_the_reduction(cls):
    assert repr(cls()) == f"{cls.__name__}(reduction='mean')"
    assert repr(cls("sum")) == f"{cls.__name__}(reduction='sum')"


UNKNOWN = ["reduction must be 'mean', 'sum' or 'none', got 'avg'"]
BAD = [
    *[(lambda f=f: f(np.full(2, 0.5), np.full(2, 0.5), reduction="avg"), UNKNOWN) for f in LOSSES],
    *[(lambda c=c: c("avg"), UNKNOWN) for c in (nn.CrossEntropy, nn.SoftmaxCrossEntropy, nn.SquaredError)],
    *[
        (
            lambda c=c: Net(c())(az.Tensor(np.ones((3, 1))), np.ones(3)),
            ["part: ", "predictions have shape (3, 1), targets (3,)", "never broadcast", "t[:, None]"],
        )
        for c in (nn.CrossEntropy, nn.SoftmaxCrossEntropy, nn.SquaredError)
    ],
    *[(lambda f=f: f(1.0, 1.0), [f"{f.__name__}: the last axis", "x[None], t[None]"]) for f in LOSSES],
    (
        lambda: nn.SoftmaxCrossEntropy()(np.ones((5, 3)), np.zeros(4, int)),
        ["SoftmaxCrossEntropy: ", "shape (5, 3), targets (4,)", "or (5,) for integer labels"],
    ),
    (lambda: nn.softmax_cross_entropy(1.0, 0), ["the last axis is one sample's vector"]),
    (lambda: nn.softmax_cross_entropy(np.ones((2, 3)), [0, 3]), ["labels must lie in 0 ... 2", "got 3"]),
    (lambda: nn.softmax_cross_entropy(np.ones((2, 3)), [0, -1]), ["labels must lie in 0 ... 2", "got -1"]),
]


test_bad_input_is_refused = refused(BAD)


# ---- what is no probability --------------------------------------------------------------------------------------

ROW = np.array([0.2, 0.3, 0.5])
NO_PROBABILITY = {  # numbers, and what is said of them
    "scores": ([[-0.3, 0.2, 1.1]], "got -0.3 at index (0, 0)"),
    "positive scores": ([3.0, 0.5, 1.5], "got a sum of 5 at index ()"),
    "scores that sum to 1": ([2.0, -0.5, -0.5], "got -0.5 at index (1,)"),
    "one sample of a batch": ([ROW, [0.2, 0.3, 0.4]], "got a sum of 0.9 at index (1,)"),
    "one sample of batches": ([[ROW, ROW], [ROW, 2.0 * ROW]], "got a sum of 2 at index (1, 1)"),
    "zeros": ([ROW, [0.0, 0.0, 0.0]], "got a sum of 0 at index (1,)"),
    "logarithms": (np.log(ROW), "got -1.60944 at index (0,)"),
    "infinity": ([np.inf, 0.0, 0.0], "got a sum of inf at index ()"),
    "minus infinity": ([-np.inf, 0.5, 0.5], "got -inf at index (0,)"),
    "nan and a negative number": ([np.nan, -1.0, 0.5], "got -1 at index (1,)"),
    "large": ([1e4, 1e4, -1e4], "got -10000 at index (2,)"),
    "no classes": (np.ones((2, 0)), "got a sum of 0 at index (0,)"),
}


@pytest.mark.parametrize("dtype", [np.float16, np.float32, np.float64])
@pytest.mark.parametrize("fused", [False, True])
@every("kind", NO_PROBABILITY)
@pytest.mark.filterwarnings("error")
def test_what_is_no_probability_is_refused(kind, fused, dtype):
    numbers, said = NO_PROBABILITY[kind]
    wrong = np.array(numbers, dtype)
    right = np.full(wrong.shape, 1.0 / max(1, wrong.shape[-1]), dtype)
    calls = {
        "predictions x": (nn.CrossEntropy(), az.Tensor(wrong), right, "softmax_cross_entropy"),
        "targets p": (nn.CrossEntropy(), az.Tensor(right), wrong, "cross_entropy(x, p)"),
        "the targets p": (nn.SoftmaxCrossEntropy(), az.Tensor(right), wrong, "softmax_cross_entropy(x, p)"),
    }
    for what, (loss, x, p, remedy) in calls.items():
        if not wrong.size and what == "targets p":
            continue  # there are no predictions either
        with pytest.raises(ValueError) as caught, az.fused() if fused else az.engine.mode.switched():
            loss(x, p)
        text = str(caught.value)
        assert f"{type(loss).__name__}: " in text
        assert what in text and remedy in text and "sum to 1 along the last axis" in text
        assert said[:8] in text and said.rpartition(" at ")[2] in text


@pytest.mark.parametrize("dtype", [np.float16, np.float32, np.float64])
@pytest.mark.parametrize("classes", [2, 10, 1000, 20000])
def test_every_softmax_is_a_probability_in_its_dtype(classes, dtype):
    scores = np.random.default_rng(0).normal(size=(3, classes)).astype(dtype)
    y = nn.softmax(az.Tensor(scores))
    target = (np.arange(classes) == np.array([[0], [1], [1]])).astype(dtype)
    loss = nn.cross_entropy(y, target)
    np.testing.assert_allclose(loss.item(), -np.log(y.data[range(3), [0, 1, 1]]).mean(), rtol=5e-3)


ALLOWED = {  # soft labels, labels as integers and truth values, rounded ones, and what differences move
    "one-hot": [0.0, 1.0, 0.0],
    "integers": [0, 1, 0],
    "truth values": [False, True, False],
    "soft": [0.05, 0.9, 0.05],
    "rounded": [0.333, 0.333, 0.333],
    "moved": [-1e-4, 1.0, 1e-4],
}


@pytest.mark.parametrize("kind", ALLOWED)
def test_labels_that_sum_to_1_are_allowed(kind):
    p, scores = np.array(ALLOWED[kind]), np.array([0.3, -0.2, 1.0])
    log = scores - np.log(np.exp(scores).sum())
    np.testing.assert_allclose(nn.cross_entropy(az.Tensor(np.exp(log)), p).item(), -(p * log).sum(), rtol=1e-13)
    if p.dtype.kind != "b":
        np.testing.assert_allclose(nn.softmax_cross_entropy(az.Tensor(scores), p).item(), -(p * log).sum(), rtol=1e-13)


@pytest.mark.parametrize("loss", [nn.cross_entropy, nn.softmax_cross_entropy])
@pytest.mark.parametrize(("first", "second"), [(np.nan, 0.2), (0.2, np.nan), (np.nan, np.nan)])
@pytest.mark.filterwarnings("error")
def test_nan_is_neither_refused_nor_a_number(loss, first, second):
    x, p = az.Tensor([first, 0.3, 0.5]), np.array([second, 0.3, 0.5])
    y = loss(x, p)
    assert np.isnan(y.item())
    assert np.isnan(az.gradient(y, [x])[0][0])
