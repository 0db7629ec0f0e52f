"""Sliding windows and their sum back into place: values by loops, gradients to order 3, adjoints, error texts."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from primitives.properties import Case, hold
from pytorch import torch
from refused import refused

from autograd_zoo import Tensor, gradient
from autograd_zoo.primitives.windows import overlap_add, windows

RNG = np.random.default_rng(0)
LINE, IMAGE, VOLUME = RNG.normal(size=7), RNG.normal(size=(2, 4, 5)), RNG.normal(size=(3, 2, 4))

Geometry = tuple[tuple[int, ...], tuple[int, ...], tuple[int, ...]]  # size, stride, dilation


def slowly(x: Any, size: Any, stride: Any, dilation: Any) -> Any:
    """The windows of x, one element at a time, from the definition."""
    k = len(size)
    counts = [(n - d * (s - 1) - 1) // t + 1 for n, s, t, d in zip(x.shape[-k:], size, stride, dilation, strict=True)]
    y = np.empty((*x.shape[:-k], *counts, *size))
    for at in np.ndindex(*counts, *size):
        source = tuple(t * o + d * s for o, s, t, d in zip(at[:k], at[k:], stride, dilation, strict=True))
        y[..., *at] = x[..., *source]
    return y


ROWS: dict[str, tuple[Any, tuple[Any, ...]]] = {
    "line": (LINE, (3,)),
    "line of ones": (LINE, (1,)),
    "whole line": (LINE, (7,)),
    "apart": (LINE, (2, 3)),
    "stride": (LINE, (3, 2)),
    "dilation": (LINE, (3, 1, 2)),
    "stride and dilation": (LINE, (2, 2, 3)),
    "lists": (LINE, ([3], [2], [2])),
    "image": (IMAGE, ((2, 3),)),
    "image, all different": (IMAGE, ((2, 3), (2, 1), (1, 2))),
    "image, remainder": (IMAGE, ((2, 2), 3)),
    "rows of an image": (IMAGE, (2, 2)),
    "volume": (VOLUME, ((2, 1, 2), (1, 1, 2), 1)),
    "empty batch": (np.ones((0, 4)), (2,)),
}


def bent(f: Callable[..., Any]) -> Callable[..., Any]:
    """f of curved arguments, which gives a linear operation derivatives of second and third order."""
    return lambda x: f(x * x * x)


def unfold(args: tuple[Any, ...]) -> Callable[..., Any] | None:
    """The same windows by PyTorch, which knows no dilation."""
    size, stride, dilation = (*args, 1, 1)[:3]
    if dilation != 1 or not isinstance(size, int):
        return None
    return bent(lambda x: x.unfold(-1, size, stride))


def windows_case(name: str, x: Any, args: tuple[Any, ...]) -> Case:
    return Case(f"windows, {name}", bent(lambda x: windows(x, *args)), (x,), torch and unfold(args))


def overlap_add_case(name: str, x: Any, args: tuple[Any, ...]) -> Case:
    w = RNG.normal(size=windows(x, *args).shape)
    stride, dilation = (*args, 1, 1)[1:3]
    return Case(
        f"overlap_add, {name}", bent(lambda w: overlap_add(w, shape=x.shape, stride=stride, dilation=dilation)), (w,)
    )


CASES = [make(name, *row) for name, row in ROWS.items() for make in (windows_case, overlap_add_case)]


@hold(CASES)
def test_windows(holds: Callable[[Case], None], case: Case) -> None:
    holds(case)


@st.composite
def geometries(draw: st.DrawFn) -> tuple[tuple[int, ...], Geometry]:
    """A shape with one leading axis, and windows of one to three axes that fit in."""
    k = draw(st.integers(1, 3))
    some = st.integers(1, 3)
    size, stride, dilation = (tuple(draw(some) for _ in range(k)) for _ in range(3))
    shape = (
        draw(st.integers(0, 2)),
        *(d * (s - 1) + 1 + draw(st.integers(0, 3)) for s, d in zip(size, dilation, strict=True)),
    )
    return shape, (size, stride, dilation)


@settings(max_examples=60, deadline=None, derandomize=True)
@given(geometries())
def test_windows_are_those_of_the_definition_and_overlap_add_is_their_adjoint(case: tuple[Any, Geometry]) -> None:
    shape, (size, stride, dilation) = case
    x = np.random.default_rng(0).normal(size=shape)
    y = windows(x, size, stride, dilation)
    np.testing.assert_array_equal(y, slowly(x, size, stride, dilation), strict=True)
    w = np.random.default_rng(1).normal(size=y.shape)
    back = overlap_add(w, shape=shape, stride=stride, dilation=dilation)
    assert back.shape == shape
    np.testing.assert_allclose(np.sum(w * y), np.sum(back * x), rtol=1e-12, atol=1e-12)


def test_windows_are_a_read_only_view() -> None:
    y = windows(LINE, 3)
    assert np.shares_memory(y, LINE) and not y.flags.writeable


def test_each_is_the_others_rule() -> None:
    x = Tensor(IMAGE)
    y = windows(x, (2, 2), stride=2)
    g = Tensor(RNG.normal(size=y.shape))
    (gx,) = gradient(y, [x], g, create_graph=True)
    assert gx.op is overlap_add
    (gg,) = gradient(gx, [g], np.ones(x.shape), create_graph=True)
    assert gg.op is windows
    assert y.params == {"size": (2, 2), "stride": 2}


def test_convolution_is_pytorchs() -> None:
    if torch is None:
        pytest.skip("PyTorch is not installed")
    x, k = RNG.normal(size=(2, 3, 6, 5)), RNG.normal(size=(4, 3, 3, 2))
    y = np.einsum("ncijhw,ochw->noij", windows(Tensor(x), (3, 2), (2, 1), (1, 2)), k)
    expected = torch.nn.functional.conv2d(torch.tensor(x), torch.tensor(k), stride=(2, 1), dilation=(1, 2))
    np.testing.assert_allclose(y.data, expected.numpy(), rtol=1e-10, atol=1e-12)


ERRORS: dict[str, tuple[Callable[[], Any], str]] = {
    "too large": (
        lambda: windows(LINE, 3, 1, 4),
        r"a window of size \(3,\) with dilation \(4,\) spans \(9,\) elements, but the axes have \(7,\): pad",
    ),
    "too large, on the tape": (
        lambda: windows(Tensor(IMAGE), (5, 2)),
        r"windows of shapes \(2, 4, 5\), size=\(5, 2\): a window of size \(5, 2\) .* spans \(5, 2\) .* have \(4, 5\)",
    ),
    "stride 0": (lambda: windows(LINE, 3, 0), "stride must be an integer of at least 1, or one for each of 1.*got 0"),
    "size 0": (lambda: windows(LINE, 0), "size must be an integer of at least 1.*got 0"),
    "half a step": (lambda: windows(LINE, 3, 1.5), "stride must be an integer of at least 1.*got 1.5"),
    "strides": (lambda: windows(IMAGE, (2, 2), (1, 1, 1)), r"one for each of 2 axes; got \(1, 1, 1\)"),
    "dilations": (lambda: windows(IMAGE, 2, 1, (1, 1)), r"dilation must be .* each of 1 axes; got \(1, 1\)"),
    "axes": (
        lambda: windows(LINE, (2, 2)),
        r"windows of 2 axes, size=\(2, 2\), need .* 2 axes or more; got shape \(7,\)",
    ),
    "an empty axis": (lambda: windows(LINE[:0], 1), r"spans \(1,\) elements, but the axes have \(0,\)"),
    "shape": (
        lambda: overlap_add(np.ones(3), shape=(3, 3)),
        r"windows of shape \(3,\) cannot come from .* shape \(3, 3\)",
    ),
    "count": (
        lambda: overlap_add(np.ones((4, 3)), shape=(7,), stride=2),
        r"shape \(7,\) has windows of shape \(3, 3\) with stride \(2,\) and dilation \(1,\); got \(4, 3\)",
    ),
    "leading axes": (lambda: overlap_add(np.ones((2, 5, 3)), shape=(3, 7)), r"has windows of shape \(3, 5, 3\)"),
    "too large back": (
        lambda: overlap_add(np.ones((1, 8)), shape=(7,)),
        r"spans \(8,\) elements, but the axes have \(7,\)",
    ),
}


test_wrong_calls_are_explained = refused(ERRORS)
