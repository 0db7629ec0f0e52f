"""Initializers: moments and bounds against the papers, exact properties, and PyTorch's scales."""

import math
from functools import partial

import numpy as np
import pytest
from refused import refused

from autograd_zoo.nn import init

SHAPE = (200, 30, 5)  # fan_in 150, fan_out 1000

# name, initializer, mean, standard deviation, largest absolute value or None
DRAWS = [
    ("uniform", partial(init.uniform, low=-1.0, high=3.0), 1.0, 4 / math.sqrt(12), 3.0),
    ("normal", partial(init.normal, mean=0.5, std=2.0), 0.5, 2.0, None),
    ("truncated_normal", init.truncated_normal, 0.0, 0.8796256610342398, 2.0),  # scipy.stats.truncnorm(-2, 2).std()
    ("truncated_normal-cut", partial(init.truncated_normal, mean=3.0, std=0.1, cut=1.0), 3.0, 0.0539560, 3.1),
    ("glorot_uniform", init.glorot_uniform, 0.0, math.sqrt(2 / 1150), math.sqrt(6 / 1150)),
    ("glorot_normal", partial(init.glorot_normal, gain=3.0), 0.0, 3 * math.sqrt(2 / 1150), None),
    ("he_uniform", init.he_uniform, 0.0, math.sqrt(2 / 150), math.sqrt(6 / 150)),
    ("he_normal", init.he_normal, 0.0, math.sqrt(2 / 150), None),
    ("he_normal-fan_out", partial(init.he_normal, mode="fan_out", gain=1.0), 0.0, math.sqrt(1 / 1000), None),
    ("lecun_normal", init.lecun_normal, 0.0, math.sqrt(1 / 150), None),
    ("orthogonal", partial(init.orthogonal, gain=2.0), 0.0, 2 / math.sqrt(200), None),
]
EVERY = [pytest.param(f, id=name) for name, f, *_ in DRAWS] + [init.zeros, init.ones, partial(init.constant, value=2.0)]


@pytest.mark.parametrize(("name", "f", "mean", "std", "peak"), DRAWS)
def test_moments_and_bounds(name, f, mean, std, peak):
    w = f(SHAPE, rng=np.random.default_rng(1))
    error = std / math.sqrt(w.size)
    assert abs(w.mean() - mean) < 5 * error
    assert abs(w.std() - std) < 5 * error
    assert peak is None or np.abs(w).max() <= peak


@pytest.mark.parametrize("f", EVERY)
def test_seeds_dtypes_and_shapes(f):
    w = f(SHAPE, rng=np.random.default_rng(3))
    assert w.shape == SHAPE and w.dtype == np.float64 and w.flags.writeable
    assert np.array_equal(w, f(list(SHAPE), rng=np.random.default_rng(3)))
    single = f(SHAPE, rng=np.random.default_rng(3), dtype="float32")
    assert single.dtype == np.float32 and np.array_equal(single, w.astype(np.float32))
    assert f(SHAPE).shape == SHAPE
    assert f((0, 3)).shape == (0, 3) and f((3, 0)).shape == (3, 0)


def test_constants():
    assert init.zeros(3).tolist() == [0.0] * 3
    assert init.ones((1, 2)).tolist() == [[1.0, 1.0]]
    assert init.constant((), 2.5).tolist() == 2.5


@pytest.mark.parametrize("shape", [(4, 4), (3, 7), (7, 3), (3, 2, 2, 2), (9, 2, 2), (1, 1)])
def test_orthogonal_rows_or_columns(shape):
    q = init.orthogonal(shape, gain=3.0, rng=np.random.default_rng(0)).reshape(shape[0], -1)
    gram = q @ q.T if q.shape[0] <= q.shape[1] else q.T @ q
    np.testing.assert_allclose(gram, 9 * np.eye(min(q.shape)), atol=1e-13)


def test_orthogonal_matrices_are_spread_evenly():
    """Each entry of an even orthogonal matrix has mean 0; QR alone would make some diagonal entries negative always."""
    rng = np.random.default_rng(0)
    entries = np.stack([init.orthogonal((3, 3), rng=rng) for _ in range(2000)])
    assert np.abs(entries.mean(axis=0)).max() < 5 / math.sqrt(3 * 2000)


@pytest.mark.parametrize(
    ("shape", "fans"),
    [
        ((3, 5), (5, 3)),
        ((8, 4, 3), (12, 24)),
        ((16, 3, 5, 5), (75, 400)),
        ((2, 3, 1, 2, 3), (18, 12)),
        ((2, 0), (0, 2)),
    ],
)
def test_fans(shape, fans):
    assert init.fan_in_and_fan_out(shape) == fans


@pytest.mark.oracle
@pytest.mark.parametrize(
    ("ours", "theirs"),
    [
        (init.glorot_uniform, lambda i, w: i.xavier_uniform_(w)),
        (init.he_uniform, lambda i, w: i.kaiming_uniform_(w, nonlinearity="relu")),
        (
            partial(init.he_uniform, mode="fan_out"),
            lambda i, w: i.kaiming_uniform_(w, mode="fan_out", nonlinearity="relu"),
        ),
    ],
    ids=["glorot", "he", "he-fan_out"],
)
def test_bounds_are_those_of_pytorch(ours, theirs):
    torch = pytest.importorskip("torch")
    w = torch.empty(SHAPE)
    theirs(torch.nn.init, w)
    assert np.abs(ours(SHAPE)).max() == pytest.approx(w.abs().max().item(), rel=1e-3)


BAD = [
    (lambda: init.glorot_normal((3,)), ValueError, "(3,) has fewer than two axes; for a bias use zeros"),
    (lambda: init.zeros((2, -1)), ValueError, "whole numbers that are not negative, got (2, -1)"),
    (lambda: init.zeros((2.0,)), ValueError, "got (2.0,)"),
    (lambda: init.ones(True), ValueError, "got True"),
    (lambda: init.ones(2, dtype=int), TypeError, "their dtype is float32 or float64, got int64"),
    (lambda: init.normal(2, rng=0), TypeError, "rng must be a np.random.Generator or None, got 0; write rng=np.random"),
    (lambda: init.normal(2, std=-1), ValueError, "std must be a finite number that is not negative, got -1"),
    (lambda: init.normal(2, std=math.nan), ValueError, "got nan"),
    (lambda: init.uniform(2, low=1, high=0), ValueError, "finite low <= high, got low=1, high=0"),
    (lambda: init.truncated_normal(2, cut=0.0), ValueError, "cut, in units of std, must be at least 0.1"),
    (lambda: init.he_normal((2, 2), mode="fan"), ValueError, "mode must be 'fan_in' or 'fan_out', got 'fan'"),
    (lambda: init.orthogonal((2, 2), gain=-1.0), ValueError, "gain must be a finite number"),
]


test_bad_input_is_refused = refused((call, error, [text]) for call, error, text in BAD)
