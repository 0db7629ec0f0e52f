"""Kernels against the closed forms whose twins they are, and their memory: nothing handed out is written again."""

import inspect

import numpy as np
import pytest
from every import every

import autograd_zoo as az
from autograd_zoo import nn
from autograd_zoo.closed_form import activation as cf
from autograd_zoo.closed_form import pooling, regularization
from autograd_zoo.engine.values import known_finite
from autograd_zoo.kernels import TWINS, activation, memory, threads, twins

PAIRS = list(TWINS.items())


@every(("form", "kernel"), PAIRS, ids=lambda form, kernel: form.__name__)
def test_a_kernel_has_the_name_and_the_signature_of_its_form(form, kernel):
    mine = dict(inspect.signature(inspect.unwrap(kernel)).parameters)
    for extra in ("kept", "wanted"):
        mine.pop(extra, None)
    assert kernel.__name__ == form.__name__ and list(mine) == list(inspect.signature(form).parameters)


def address(a):
    return a.__array_interface__["data"][0]


def test_memory_goes_on_when_nobody_holds_it():
    a = memory.empty((1 << 16,), np.float64)
    place, part = address(a), a[1:]
    del a
    while_a_view_lives = address(memory.empty((1 << 16,), np.float64))
    del part
    afterwards = address(memory.empty((1 << 16,), np.float64))
    assert place % memory.LINE == 0
    assert while_a_view_lives != place == afterwards


def test_halves_cover_the_range_once(always):
    assert [x for part in threads.halves(lambda start, stop: range(start, stop), 7, 7) for x in part] == list(range(7))


def test_an_error_in_either_half_is_raised(always):
    for bad in (0, 5):
        with pytest.raises(ZeroDivisionError):
            threads.halves(lambda start, stop, bad=bad: [1 / (i - bad) for i in range(start, stop)], 10, 10)


G, X = np.random.default_rng(0).standard_normal((2, 16, 4, 32, 32))
GRADIENTS = {  # of kernels that look at what they give
    "relu": lambda g, x: TWINS[cf.relu_dx](g, TWINS[cf.relu](x), x),
    "relu6": lambda g, x: TWINS[cf.relu6_dx](g, TWINS[cf.relu6](x), x),
    "tanh": lambda g, x: TWINS[cf.tanh_dx](g, TWINS[cf.tanh](x), x),
    "sigmoid": lambda g, x: TWINS[cf.sigmoid_dx](g, TWINS[cf.sigmoid](x), x),
    "dropout": lambda g, x: TWINS[regularization.dropout_dx](g, x, x, np.ones_like(x)),
    "softmax": lambda g, x: TWINS[cf.softmax_dx](g, TWINS[cf.softmax](x), x),
    "log_softmax": lambda g, x: TWINS[cf.log_softmax_dx](g, TWINS[cf.log_softmax](x), x),
    "avg_pool": lambda g, x: TWINS[pooling.avg_pool_dx](
        np.ascontiguousarray(g[..., ::2, ::2]), TWINS[pooling.avg_pool](x, kernel_size=(2, 2)), x, kernel_size=(2, 2)
    ),
}


@pytest.mark.parametrize("compiled", [False, True], ids=["NumPy", "compiled"])
@every(
    ("name", "dtype", "number"),
    [(name, dtype, v) for name in GRADIENTS for dtype in "fd" for v in (0.0, -0.0, 1e30, np.inf, -np.inf, np.nan)],
)
def test_a_gradient_is_known_to_be_finite_only_if_it_is(name, dtype, number, compiled):
    for place in range(2):
        g, x = G.astype(dtype), X.astype(dtype)
        (g, x)[place][3, 1, 4, 2] = number
        with twins.all_by(compiled=compiled), np.errstate(all="ignore"):
            found = GRADIENTS[name](g, x)
        assert np.isfinite(found).all() if known_finite(found) else number != 0


@pytest.mark.parametrize("told", [True, False], ids=["told", "not told"])
@every(("dtype", "number"), [(d, v) for d in "fd" for v in (0.0, -0.0, 20.0, 200.0, -200.0, 1e30, np.inf, -np.inf)])
def test_a_sigmoid_is_a_number_wherever_its_exponential_is_none(dtype, number, told, monkeypatch):
    monkeypatch.setattr(activation, "tells", lambda: told)
    x = X.astype(dtype)
    x[3, 1, 4, 2] = number
    with twins.all_by(compiled=False), np.errstate(all="ignore"):
        found = TWINS[cf.sigmoid](x)
        wanted = 1 / (1 + np.exp(-x.astype(np.float64)))
    assert np.abs(found - wanted).max() < 8 * np.finfo(dtype).eps


def test_nothing_is_known_of_views_and_of_small_arrays():
    y = TWINS[cf.tanh_dx](G, TWINS[cf.tanh](X), X)
    assert known_finite(y)
    assert not known_finite(y[1:]) and not known_finite(y.view()) and not known_finite(np.ones(3))


@pytest.mark.parametrize("compiled", [False, True], ids=["NumPy", "compiled"])
def test_an_infinite_cotangent_of_what_is_dead_is_zero(compiled):
    g, x = G.copy(), az.Tensor(X)
    g[X < 0] = np.inf
    with twins.all_by(compiled=compiled), az.fused():
        (found,) = az.gradient(nn.relu(x), [x], g)
    assert np.array_equal(found, np.where(X > 0, G, 0.0))
