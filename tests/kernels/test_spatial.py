"""Kernels of convolutions, pooling and the linear layer against their closed forms, at whatever geometry."""

import numpy as np
import pytest
from every import every

from autograd_zoo.closed_form import conv, linear, pooling
from autograd_zoo.engine.values import Kept
from autograd_zoo.kernels import TWINS, correlation, depthwise, products

rng = np.random.default_rng(12)
MAPS = {1: (11,), 2: (9, 7), 3: (5, 4, 6)}
KERNELS = {1: [(3,), (1,)], 2: [(3, 3), (1, 1), (2, 4)], 3: [(2, 3, 1)]}
GROUPED = [(3, 4, 1), (4, 6, 2), (3, 3, 3), (3, 6, 3), (1, 5, 1), (24, 34, 1), (6, 16, 2)]  # channels, groups
LAYERS = [
    {},
    {"stride": 2, "padding": 1},
    {"stride": 3, "dilation": 2, "padding": 3},
    {"dilation": 2, "padding": 2},
]
CASES = [(MAPS[k], K, channels, layer) for k in MAPS for K in KERNELS[k] for channels in GROUPED for layer in LAYERS]
UNEVEN = {"stride": (2, 1), "padding": ((1, 2), (0, 1)), "dilation": (1, 2), "groups": 2}
WIDE = ((2, 150), (1, 5), (3, 3, 3), {"padding": ((0, 0), (2, 2))})  # bands are cut
LONG = ((6, 11), (2, 7), (3, 5, 1), {"padding": ((1, 0), (3, 3))})  # taps go by three


def drawn(*shape, dtype=np.float64):
    return rng.standard_normal(shape).astype(dtype)


def named(*row):
    return " ".join(map(str, row))


def compare(form, *args, tolerance=1e-10, **params):
    """Hold the kernel of `form` to it; both get copies. The result is the closed form's."""
    before = [a if a is None else a.copy() for a in args]
    got, expected = TWINS[form](*args, **params), form(*args, **params)
    got = got.y if type(got) is Kept else got
    assert got.dtype == expected.dtype and got.shape == expected.shape
    np.testing.assert_allclose(got, expected, rtol=tolerance, atol=tolerance, err_msg=f"{form.__name__} {params}")
    assert not any(a is not None and np.shares_memory(got, a) for a in args)
    assert all(a is b or np.array_equal(a, b, equal_nan=True) for a, b in zip(args, before, strict=True))
    return expected


def compare_layer(x, W, b, tolerance=1e-10, **layer):
    y = compare(conv.conv, x, W, b, tolerance=tolerance, **layer)
    g = drawn(*y.shape, dtype=x.dtype)
    for gradient in (conv.conv_dx, conv.conv_dW, conv.conv_db):
        compare(gradient, g, y, x, W, b, tolerance=tolerance, **layer)


@every(("size", "K", "channels", "layer"), [*CASES, WIDE, LONG])
def test_convolution(size, K, channels, layer, always):
    C, M, groups = channels
    compare_layer(drawn(3, C, *size), drawn(M, C // groups, *K), drawn(M), groups=groups, **layer)


@every(("size", "K", "channels", "layer"), CASES)
def test_transposed_convolution(size, K, channels, layer, always):
    C, M, groups = channels
    x, W, b, layer = drawn(3, C, *size), drawn(C, M // groups, *K), drawn(M), {"groups": groups, **layer}
    y = compare(conv.conv_transpose, x, W, b, **layer)
    g = drawn(*y.shape)
    for gradient in (conv.conv_transpose_dx, conv.conv_transpose_dW, conv.conv_transpose_db):
        compare(gradient, g, y, x, W, b, **layer)
    compare(conv.conv_transpose, x, W, None, **layer)


@every(
    "layer", [UNEVEN, {"true_convolution": True}, {"true_convolution": True, "groups": 4}], ids=lambda layer: str(layer)
)
def test_convolution_with_uneven_or_rotated_kernels(layer, always):
    W = drawn(4, 4 // layer.get("groups", 1), 3, 2)
    compare_layer(drawn(3, 4, 8, 9), W, drawn(4), **layer)
    compare_layer(drawn(2, 2, 4, 8, 9), W, None, **layer)  # more than one batch axis, and no bias


LAYOUTS = {
    "every other": lambda x: np.repeat(x, 2, -1)[..., ::2],
    "backwards": lambda x: x[:, ::-1, ::-1, ::-1].copy()[:, ::-1, ::-1, ::-1],
    "channels last": lambda x: np.moveaxis(np.ascontiguousarray(np.moveaxis(x, 1, -1)), -1, 1),
    "large": lambda x: np.tile(x, (8, 1, 5, 5)),
}


@every("layout", LAYOUTS, ids=str)
def test_any_layout(layout, always):
    x = LAYOUTS[layout](drawn(2, 4, 8, 8))
    for W, groups in ((drawn(4, 4, 3, 3), 1), (drawn(4, 1, 3, 3), 4), (drawn(5, 4, 1, 1), 1)):
        W = np.asfortranarray(W)
        compare_layer(x, W, drawn(len(W)), padding=W.shape[-1] // 2, groups=groups)
    for form, gradient in ((pooling.max_pool, pooling.max_pool_dx), (pooling.avg_pool, pooling.avg_pool_dx)):
        y = compare(form, x, kernel_size=(2, 2))
        compare(gradient, np.asfortranarray(drawn(*y.shape)), y, x, kernel_size=(2, 2))


def test_float32_stays_float32(always):
    x, W = drawn(2, 8, 20, 20, dtype=np.float32), drawn(4, 8, 3, 3, dtype=np.float32)
    compare_layer(x, W, drawn(4, dtype=np.float32), tolerance=1e-4, padding=1)
    compare(conv.conv, x, W.astype(np.float64))  # two types: as the closed form has it


@every(("where", "bad"), [(where, bad) for where in ("x", "W", "g") for bad in (np.nan, np.inf)], ids=named)
@pytest.mark.filterwarnings("ignore:invalid value")
def test_what_is_not_finite_stays_where_it_is(where, bad, always):
    for groups in (1, 4):
        given = {"x": drawn(2, 4, 9, 9), "W": drawn(4, 4 // groups, 3, 3), "g": drawn(2, 4, 9, 9)}
        given[where].flat[[5, -7]] = bad
        g, x, W, y = given["g"], given["x"], given["W"], np.zeros((2, 4, 9, 9))
        layer = {"padding": 1, "groups": groups}
        for form, args in (
            (conv.conv, (x, W)),
            (conv.conv_dx, (g, y, x, W)),
            (conv.conv_dW, (g, y, x, W)),
            (conv.conv_transpose, (x, W)),
            (conv.conv_transpose_dx, (g, y, x, W)),
            (conv.conv_transpose_dW, (g, y, x, W)),
        ):
            compare(form, *args, **layer)


@every("part", [(1, 1), (16, 32), (17, 5), (26, 40)], ids=str)
@pytest.mark.parametrize("N", [1, 40, 1000])
def test_products_in_tiles(part, N, monkeypatch):
    monkeypatch.setattr(products, "SMALL", 1 << 12)
    monkeypatch.setattr(products, "LONGEST", 7)
    M, K = part
    A, B, out = drawn(2, M, K), drawn(3, 2, K, N), np.empty((3, 2, M, N))
    products.total([(A, B), (A[..., :1], B[..., :1, :])], out)
    np.testing.assert_allclose(out, A @ B + A[..., :1] * B[..., :1, :])
    C = drawn(3, 2, M, N)
    np.testing.assert_allclose(products.inner(C, B), np.sum(C @ np.swapaxes(B, -1, -2), 0))


@pytest.mark.parametrize("name", ["BLOCK", "THIN", "SHORT"])
def test_blocks_of_any_size(name, always, monkeypatch):
    monkeypatch.setattr(correlation, name, 1)
    monkeypatch.setattr(depthwise, "SAMPLES", 1)
    for groups in (1, 2, 4):
        compare_layer(drawn(5, 4, 9, 8), drawn(4, 4 // groups, 3, 2), drawn(4), padding=1, groups=groups)


@every("layer", [*LAYERS, {"padding": 4}, {**UNEVEN, "groups": 1}], ids=str)
def test_nothing_is_taken_from_what_lay_in_memory(layer, always, monkeypatch):
    monkeypatch.setattr(correlation, "scratch", lambda name, shape, dtype: np.full(shape, np.nan, dtype))
    for channels in ((2, 3), (24, 34), (2, 9)):  # rows of a kernel in one product; each its own; added up
        C, M = channels
        compare_layer(drawn(3, C, 9, 7), drawn(M, C, 3, 2), drawn(M), **layer)


WINDOWS = [
    {"kernel_size": (2, 2)},
    {"kernel_size": (1, 1)},
    {"kernel_size": (3, 2)},
    {"kernel_size": (2, 3), "stride": (3, 2), "padding": (1, 0), "ceil_mode": True},
    {"kernel_size": (3, 3), "stride": 1, "padding": 1},
    {"kernel_size": (3, 3), "stride": 2, "padding": 1},
    {"kernel_size": (1, 2), "stride": 3},
    {"kernel_size": (3,), "stride": 2, "padding": 1, "ceil_mode": True},
    {"kernel_size": (2, 2, 2)},
    {"kernel_size": (1, 2, 2), "stride": (1, 2, 1), "padding": (0, 1, 1)},
]
VALUES = {
    "drawn": lambda x: x,
    "ties": np.round,
    "-inf": lambda x: np.where(x > 0, np.round(x), -np.inf),
    "inf": lambda x: np.where(x > 1, np.inf, x),
    "nan": lambda x: np.where(x > 1, np.nan, x),
}


@every(("window", "values"), [(w, v) for w in WINDOWS for v in VALUES], ids=named)
def test_max_pool(window, values, always):
    x = VALUES[values](drawn(2, 3, 6, 7, 8))
    for extra in ({}, {"dilation": 2}):
        y = compare(pooling.max_pool, x, **window, **extra)
        kept = getattr(TWINS[pooling.max_pool](x, **window, **extra), "kept", None)
        for g in (drawn(*y.shape), VALUES[values](drawn(*y.shape))):
            got = TWINS[pooling.max_pool_dx](g, y, x, **window, **extra, kept=kept)
            np.testing.assert_allclose(got, pooling.max_pool_dx(g, y, x, **window, **extra))


@every(("window", "values"), [(w, v) for w in WINDOWS for v in ("drawn", "inf", "nan")], ids=named)
def test_avg_pool(window, values, always):
    x = VALUES[values](drawn(2, 3, 6, 7, 8))
    for included in (True, False):
        y = compare(pooling.avg_pool, x, **window, count_include_pad=included)
        compare(pooling.avg_pool_dx, VALUES[values](drawn(*y.shape)), y, x, **window, count_include_pad=included)


@every("axis", [(-2, -1), (-1,), (1, 2), (3, 2), (-3, -2, -1)], ids=str)
def test_global_avg_pool(axis, always):
    for keepdims in (True, False):
        compare(pooling.global_avg_pool, drawn(2, 3, 4, 5), axis=axis, keepdims=keepdims)


@every("shape", [(3,), (5, 3), (2, 4, 3), (0, 3), (2, 0)], ids=str)
def test_linear(shape, always):
    x, W, b = drawn(*shape), drawn(4, shape[-1]), drawn(4)
    y = compare(linear.linear, x, W, b)
    compare(linear.linear, x[..., ::-1], W[::-1], None)
    for gradient in (linear.linear_dx, linear.linear_dW, linear.linear_db):
        compare(gradient, drawn(*y.shape), y, x, W, b)
