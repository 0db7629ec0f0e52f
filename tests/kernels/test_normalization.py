"""Kernels of normalizations against their closed forms: at samples, far from zero, without spread, in any layout."""

import inspect
from itertools import product
from typing import Any, NamedTuple

import numpy as np
import pytest
from every import every
from table.case import Case, cases, cotangent
from table.normalization import ROWS

import autograd_zoo as az
from autograd_zoo import nn
from autograd_zoo.closed_form import normalization as cf
from autograd_zoo.engine.values import Kept
from autograd_zoo.kernels import TWINS, statistics, threads, twins

NAMES = ["layer_norm", "rms_norm", "batch_norm", "group_norm", "instance_norm", "batch_norm_inference"]
GRADIENTS = {name: [f"{name}_dx", f"{name}_dgamma"] if name == "rms_norm" else [f"{name}_gradients"] for name in NAMES}
CASES = [case for case in cases({name: ROWS[name] for name in NAMES}) if case.inputs[0].size]


@pytest.fixture(params=[1 << 17, 16, 0], ids=["one block", "blocks", "compiled"])
def always(request, monkeypatch):
    """Kernels on two threads, however small the arrays are, in one block or in many, or compiled."""
    if not request.param and not twins.compiled():
        pytest.skip("numba, the extra 'fast', is not installed, or AUTOGRAD_ZOO_COMPILED=0")
    monkeypatch.setattr(twins, "FEW", 1)
    monkeypatch.setattr(threads, "LONG", 0)
    monkeypatch.setattr(statistics, "BLOCK", request.param or 1 << 17)
    with twins.all_by(compiled=not request.param):
        yield


class Found(NamedTuple):
    """What a form gave: its value and the gradients, and whether the kernel itself computed them."""

    arrays: list[Any]
    by_kernel: bool


def computed(name: str, inputs: Any, params: Any, chosen: Any) -> Found:
    """The value and the gradients by `chosen(form)`, quietly."""
    with np.errstate(all="ignore"):
        y = chosen(getattr(cf, name))(*inputs, **params)
        kept, y = ({"kept": y.kept}, y.y) if isinstance(y, Kept) else ({}, y)
        arrays = [y]
        for form in GRADIENTS[name]:
            found = chosen(getattr(cf, form))(cotangent(y), y, *inputs, **params, **kept)
            arrays += found if isinstance(found, tuple) else [found]
    return Found(arrays, bool(kept))


def both(name: str, inputs: Any, params: Any) -> tuple[Found, list[Any]]:
    """By the kernels, and by the closed forms in float64."""
    before = [None if x is None else np.array(x) for x in inputs]
    found = computed(name, inputs, params, TWINS.get)
    for x, was in zip(inputs, before, strict=True):
        np.testing.assert_array_equal(x, was)
    wide = [None if x is None else np.asarray(x, np.float64) for x in inputs]
    return found, computed(name, wide, params, lambda form: form).arrays


def near(found: list[Any], expected: list[Any], tolerance: float, dtype: Any = np.float64) -> None:
    """Arrays are those expected, as near as the largest of their elements tells."""
    for a, b in zip(found, expected, strict=True):
        assert (a is None) == (b is None)
        if b is not None:
            assert a.dtype == dtype and a.shape == b.shape
            np.testing.assert_allclose(a, b, rtol=tolerance, atol=tolerance * max(1.0, np.abs(b).max(initial=0)))


@every("case", CASES, ids=str)
def test_kernels_are_their_closed_forms(always, case: Case):
    name, params = case.specimen, dict(case.call.params)
    for dtype, tolerance in ((np.float64, 1e-12), (np.float32, 2e-6)):
        short = [x.astype(dtype) for x in case.inputs]
        found, expected = both(name, short, params)
        assert found.by_kernel
        near(found.arrays, expected, tolerance, dtype)


LARGE = {
    "layer_norm": [(40, 300), {"axes": (1,)}, (300,)],
    "layer_norm of two axes": [(7, 20, 33), {"axes": (1, 2)}, (20, 33)],
    "layer_norm of the first axis": [(40, 33), {"axes": (0,)}, (40,)],
    "layer_norm of long samples": [(3, 20000), {"axes": (1,)}, (20000,)],
    "rms_norm": [(40, 300), {"axes": (1,)}, (300,)],
    "rms_norm of the first axis": [(40, 33), {"axes": (0,)}, (40,)],
    "batch_norm": [(6, 10, 15, 17), {}, (10,)],
    "batch_norm of vectors": [(50, 30), {}, (30,)],
    "batch_norm of long runs": [(2, 3, 160, 128), {}, (3,)],
    "batch_norm of long runs of odd length": [(2, 3, 97, 97), {}, (3,)],
    "layer_norm of long samples of odd length": [(3, 10007), {"axes": (1,)}, (10007,)],
    "group_norm": [(6, 10, 15, 17), {"groups": 5}, (10,)],
    "instance_norm": [(6, 10, 15, 17), {}, (10,)],
    "batch_norm_inference": [(6, 10, 15, 17), {}, (10,)],
}
VIEWS = {
    "C": lambda x: x,
    "Fortran": np.asfortranarray,
    "strided": lambda x: np.repeat(x, 2, axis=-1)[..., ::2],
    "backwards": lambda x: np.flip(np.flip(x).copy()),
    "equal rows": lambda x: np.broadcast_to(x[:1], x.shape),
}


def sample(
    title: str, mean: float = 0.0, deviation: float = 1.0, dtype: Any = np.float32
) -> tuple[str, list[Any], Any]:
    """The form of a title in LARGE, inputs and parameters."""
    shape, params, of_parameters = LARGE[title]
    name, rng = title.partition(" ")[0], np.random.default_rng(0)
    parameters = rng.normal(1.0, 0.5, (len(inspect.signature(getattr(cf, name)).parameters), *of_parameters))
    inputs = [mean + deviation * rng.standard_normal(shape), *parameters[: 1 if name == "rms_norm" else 2]]
    if name == "batch_norm_inference":
        inputs += [np.full(of_parameters, mean), deviation**2 * np.linspace(0.5, 2.0, *of_parameters)]
    return name, [x.astype(dtype) for x in inputs], params


@every(("title", "view"), list(product(LARGE, VIEWS)))
def test_any_layout(always, title, view):
    name, inputs, params = sample(title)
    found, expected = both(name, [VIEWS[view](inputs[0]), *inputs[1:]], params)
    if view != "equal rows":
        assert found.by_kernel
    near(found.arrays, expected, 5e-6, np.float32)


@every("title", LARGE)
def test_gradients_of_a_sum_are_of_equal_numbers_in_one_place(always, title):
    name, inputs, params = sample(title)
    kernel, rules = TWINS[getattr(cf, name)], [TWINS[getattr(cf, form)] for form in GRADIENTS[name]]
    y, kept = kernel(*inputs, **params)
    g = np.full(y.shape, 2.0, np.float32)
    for rule in rules:
        found = rule(np.broadcast_to(np.float32(2), y.shape), y, *inputs, **params, kept=kept)
        expected = rule(g, y, *inputs, **params, kept=kept)
        for a, b in zip(*((x,) if isinstance(x, np.ndarray) else x for x in (found, expected)), strict=True):
            np.testing.assert_allclose(a, b, rtol=1e-6, atol=1e-6)


FAR = [(5.0, 1.0), (2e3, 1.0), (1e7, 4.0), (-1000.0, 1e-3), (0.0, 1e-6)]  # means and deviations


@every(("title", "far"), list(product(LARGE, FAR)))
def test_float32_keeps_its_digits_far_from_zero(always, title, far):
    name, inputs, params = sample(title, *far)
    found, expected = both(name, inputs, params)
    assert found.by_kernel
    near(found.arrays, expected, 5e-6, np.float32)


def test_an_outlier_in_the_first_place_costs_no_digits(always):
    name, inputs, params = sample("layer_norm", 1e6)
    for first in (0.0, 1e6 + 900, 1e9):
        inputs[0][:, 0] = first
        found, expected = both(name, inputs, params)
        near(found.arrays[:1], expected[:1], 2e-6, np.float32)


CENTERED = [title for title in LARGE if "rms" not in title and "inference" not in title]


@every(("title", "level"), list(product(CENTERED, [0.0, 0.1, 3e5, 1e13, -1e30])))
def test_equal_elements_deviate_from_nothing(always, title, level):
    name, inputs, params = sample(title)
    for dtype in (np.float32, np.float64):
        x = np.full(inputs[0].shape, level, dtype)
        found, _ = both(name, [x, None, None], params)
        assert found.by_kernel or level == -1e30
        np.testing.assert_array_equal(found.arrays[0], np.zeros_like(x))
        assert np.isfinite(found.arrays[1]).all()


@every(("title", "odd"), list(product(LARGE, [np.nan, np.inf, -np.inf, 1e25, 3e38])))
def test_what_a_kernel_cannot_compute_the_closed_form_does(always, title, odd):
    name, inputs, params = sample(title)
    inputs[0].flat[3] = odd
    found, expected = [computed(name, inputs, params, chosen).arrays[0] for chosen in (TWINS.get, lambda form: form)]
    np.testing.assert_allclose(found, expected, rtol=2e-6, atol=2e-6)


@every("title", LARGE)
def test_each_result_is_an_array_of_its_own(always, title):
    name, inputs, params = sample(title)
    with az.fused():
        leaves = [az.Tensor(x) for x in inputs[: 3 if name == "batch_norm_inference" else None]]
        y = getattr(nn, name)(*leaves, *inputs[len(leaves) :], **params)
    first = [y.data, *az.gradient(y, leaves, cotangent(y))]
    held = [a.copy() for a in first]
    with az.fused():
        z = getattr(nn, name)(*[x * 2.0 for x in leaves], *inputs[len(leaves) :], **params)
    second = [z.data, *az.gradient(z, leaves, cotangent(z))]
    for a, b in zip(first, held, strict=True):
        np.testing.assert_array_equal(a, b)
        assert not any(np.shares_memory(a, c) for c in second)
