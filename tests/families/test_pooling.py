"""Pooling: against PyTorch over generated windows, at ties, and what does not fit."""

import numpy as np
import pytest
from every import every
from families.support import equals_torch, per_axis
from refused import refused
from table import TABLE
from table.case import closed

import autograd_zoo as az
from autograd_zoo import nn


def generated(seed, k):
    rng = np.random.default_rng([seed, k])
    size = per_axis(rng, k, 1, 3)
    window = {
        "kernel_size": size,
        "stride": per_axis(rng, k, 1, 3) if seed % 4 else None,
        "padding": tuple(int(rng.integers(n // 2 + 1)) for n in size),
        "ceil_mode": bool(rng.integers(2)),
    }
    shape = (2, 3, *per_axis(rng, k, 5, 7))
    x = rng.integers(-2, 3, shape).astype(float) if seed % 2 else rng.standard_normal(shape)  # with ties, or without
    return rng, x, window


@every("k", [1, 2, 3])
@pytest.mark.parametrize("seed", range(20))
def test_pooling_is_pytorchs(k, seed):
    rng, x, window = generated(seed, k)
    dilated = window | {"dilation": per_axis(rng, k, 1, 2)}
    maximum, mean = (TABLE[f"{name}_pool{k}d"].torch for name in ("max", "avg"))
    form = closed(f"max_pool{k}d", x, **dilated)
    equals_torch(lambda x: nn.max_pool(x, **dilated), lambda x: maximum(x, **dilated), [x], form)
    counted = window | {"count_include_pad": bool(seed % 2)}
    form = closed(f"avg_pool{k}d", x, **counted)
    equals_torch(lambda x: nn.avg_pool(x, **counted), lambda x: mean(x, **counted), [x], form)


def test_global_average_is_the_mean_of_each_channel():
    x = np.random.default_rng(0).standard_normal((2, 3, 4, 5))
    np.testing.assert_allclose(nn.GlobalAvgPool2d()(x), x.mean(axis=(2, 3)), rtol=1e-14)


@pytest.mark.parametrize("fused", [False, True])
def test_of_equal_maxima_the_first_gets_the_gradient(fused):
    x = az.Tensor([[[1.0, 3.0, 3.0, 3.0]]])
    with az.engine.mode.switched(fused=fused):
        y = nn.MaxPool1d(2, 1)(x)
    np.testing.assert_array_equal(az.gradient(y.sum(), [x])[0], [[[0.0, 2.0, 1.0, 0.0]]])


def test_nan_is_not_swallowed():
    x = np.array([[[1.0, np.nan, 3.0, 4.0]]])
    np.testing.assert_array_equal(nn.MaxPool1d(2)(x), [[[np.nan, 4.0]]])


@pytest.mark.parametrize("fused", [False, True])
@pytest.mark.parametrize("nan", [[True, False, False, False], [False, True, False, False], [True, True, False, False]])
def test_what_is_compared_with_nan_has_gradient_nan_unless_it_is_masked(nan, fused):
    x = az.Tensor(np.where(nan, np.nan, [2.0, 2.0, 3.0, 3.0])[None, None])
    with az.engine.mode.switched(fused=fused):
        y = nn.MaxPool1d(2)(x)
    np.testing.assert_array_equal(az.gradient(y.sum(), [x])[0], [[[np.nan, np.nan, 1.0, 0.0]]])
    np.testing.assert_array_equal(az.gradient(y[..., 1:].sum(), [x])[0], [[[0.0, 0.0, 1.0, 0.0]]])


@pytest.mark.parametrize("name", ["MaxPool2d", "AvgPool2d"])
def test_gradients_of_order_2_are_those_of_differences(name):
    x = np.random.default_rng(0).permutation(25.0 * np.arange(1, 26)).reshape(1, 1, 5, 5) / 25.0
    module = getattr(nn, name)(3, 2, 1, ceil_mode=True)
    az.check_gradients(lambda x: module(x) ** 3, x / 10.0, order=2)


def test_float32_stays_float32():
    for module in (nn.MaxPool1d(2, padding=1), nn.AvgPool1d(2, padding=1, ceil_mode=True), nn.GlobalAvgPool2d()):
        shape = (1, 2, 5) if module.extra_repr() else (1, 2, 5, 5)
        assert module(np.ones(shape, np.float32)).dtype == np.float32


MISUSES = {
    "rank": (
        lambda: nn.MaxPool2d(2)(np.ones((2, 3, 4))),
        r"MaxPool2d: x must have shape \(N, C, H, W\), got \(2, 3, 4\)",
    ),
    "window": (
        lambda: nn.MaxPool1d(7)(np.ones((1, 1, 5))),
        r"kernel_size \(7,\).*maps of size \(5,\)",
    ),
    "padding": (
        lambda: nn.AvgPool1d(2, padding=2)(np.ones((1, 1, 5))),
        "at most half of kernel_size",
    ),
    "empty": (
        lambda: nn.AvgPool1d(2)(np.ones((0, 1, 5))),
        "is empty",
    ),
    "integers": (
        lambda: nn.MaxPool1d(2)(np.ones((1, 1, 5), int)),
        r"astype\(float\)",
    ),
    "stride": (
        lambda: nn.MaxPool1d(2, stride=-1),
        "stride must be an integer of at least 1.*got -1",
    ),
}  # fmt: skip


test_misuse_is_told_with_all_numbers = refused(MISUSES)
