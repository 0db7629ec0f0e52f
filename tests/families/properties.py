"""What every module must satisfy, as functions of a form of a Case, the plain function or the module."""

from __future__ import annotations

import contextlib
from collections.abc import Callable, Sequence
from dataclasses import replace
from typing import Any

import numpy as np
import pytest
from every import every
from families.cases import Case

import autograd_zoo as az

try:
    import torch
    import torch.fx.experimental.symbolic_shapes  # else the first sweep would: it changes the warnings filters
except ImportError:
    torch = None

Form = Callable[..., Any]
CLOSE = {"rtol": 1e-12, "atol": 1e-12}


def cotangent(y: Any) -> Any:
    """A cotangent for y, always the same."""
    return np.random.default_rng(1).standard_normal(np.shape(y)).astype(y.dtype)


def swept(form: Form, inputs: Sequence[Any]) -> tuple[Any, list[Any]]:
    """The value at `inputs`, and its gradients by all of them."""
    leaves = [az.Tensor(x) for x in inputs]
    y = form(*leaves)
    return y.data, az.gradient(y, leaves, cotangent(y))


def swept_twice(form: Form, inputs: Sequence[Any]) -> list[Any]:
    """The gradients of a random projection of the gradients."""
    leaves = [az.Tensor(x) for x in inputs]
    y = form(*leaves)
    first = az.gradient(y, leaves, az.Tensor(cotangent(y)) if y.ndim else cotangent(y), create_graph=True)
    weighted = [np.sum(d * cotangent(d)) for d in first]
    return az.gradient(np.sum(np.stack(weighted)), leaves, allow_unused=True)


def agrees_with_torch(form: Form, case: Case) -> None:
    """Value and gradients are PyTorch's."""
    if torch is None:
        pytest.skip("PyTorch is not installed")
    value, grads = swept(form, case.inputs)
    tensors = [torch.tensor(x, requires_grad=True) for x in case.inputs]
    expected = case.torch(torch, *tensors, **case.params)
    np.testing.assert_allclose(value, expected.detach().numpy(), **CLOSE, strict=True)
    theirs = torch.autograd.grad(expected, tensors, torch.tensor(cotangent(value)))
    for a, b in zip(grads, theirs, strict=True):
        np.testing.assert_allclose(a, b.numpy(), **CLOSE, strict=True)


def is_a_function_of_arrays_too(form: Form, case: Case) -> None:
    """Arrays give the array that Tensors hold, bit for bit, and any one Tensor among them makes a Tensor."""
    expected = form(*case.inputs)
    assert not isinstance(expected, az.Tensor)
    for k in range(-1, len(case.inputs)):
        y = form(*(az.Tensor(x) if k in (-1, i) else x for i, x in enumerate(case.inputs)))
        assert isinstance(y, az.Tensor)
        np.testing.assert_array_equal(y.data, expected, strict=True)


def keeps_float32(form: Form, case: Case) -> None:
    """float32 in, float32 out, value and gradients, composed and fused, and all near those of float64."""
    inputs = [x.astype(np.float32) for x in case.inputs]
    value, grads = swept(form, case.inputs)
    single, grads32 = swept(form, inputs)
    with az.fused():
        fused, fused32 = swept(form, inputs)
    assert np.asarray(form(*inputs)).dtype == np.float32
    for found in ((single, *grads32), (fused, *fused32)):
        for a, b in zip(found, (value, *grads), strict=True):
            assert a.dtype == np.float32
            np.testing.assert_allclose(a, b, rtol=1e-5, atol=1e-5)


def takes_any_layout(form: Form, case: Case) -> None:
    """Reversed and transposed views, as arrays and on the tape, go through as contiguous arrays do."""
    value, grads = swept(form, case.inputs)
    for view in (np.flip, np.transpose):
        backing = [np.ascontiguousarray(view(x)).reshape(view(x).shape) for x in case.inputs]
        np.testing.assert_allclose(form(*map(view, backing)), value, **CLOSE)
        found, back = swept(lambda *ts, view=view: form(*map(view, ts)), backing)
        np.testing.assert_allclose(found, value, **CLOSE)
        for a, b in zip(back, grads, strict=True):
            np.testing.assert_allclose(view(a), b, **CLOSE)


def is_differentiable(form: Form, case: Case) -> None:
    """The gradients are those of differences, in a few elements: at order 2, and 3 where there are no kinks."""
    if form == case.function:  # that the module's gradients are the same is seen by the others
        az.check_gradients(form, *case.inputs, order=3 if case.smooth else 2, most=2)


def fuses(form: Form, case: Case) -> None:
    """Fused, it is one node, of the function's name if it has a closed form, and equals the composed one twice over."""
    value, grads = swept(form, case.inputs)
    second = swept_twice(form, case.inputs)
    with az.fused():
        y = form(*map(az.Tensor, case.inputs[:1]), *case.inputs[1:])
        assert [node.op is None for node in az.Tape(y)] == [True, False]
        fused_value, fused_grads = swept(form, case.inputs)
        fused_second = swept_twice(form, case.inputs)
    np.testing.assert_array_equal(fused_value, value, strict=True)
    for a, b in zip([*fused_grads, *fused_second], [*grads, *second], strict=True):
        np.testing.assert_allclose(a, b, **CLOSE, strict=True)


def shows_nan(form: Form, case: Case) -> None:
    """A NaN that goes in comes out, and warns of nothing on its way there and back."""
    x, *others = map(np.array, case.inputs)
    x.flat[:1] = np.nan
    value, _ = swept(form, [x, *others])
    with az.fused():
        swept(form, [x, *others])
    assert np.isnan(value).any() or not x.size


def is_stable(form: Form, case: Case) -> None:
    """Far from zero all is finite, in float32 too, fused or not, and nothing overflows; it is what PyTorch finds."""
    for scale in (1e3, case.large) if case.large else ():
        inputs = (np.copysign(scale, case.inputs[0]), *case.inputs[1:])
        agrees_with_torch(form, replace(case, inputs=inputs))
        value, grads = swept(form, inputs)
        assert all(np.isfinite(array).all() for array in (value, *grads))
        for dtype, tolerance in ((np.float64, 1e-12), (np.float32, 1e-5)):
            for recording in (contextlib.nullcontext, az.fused):
                with recording(), np.errstate(all="raise", under="ignore"):
                    found, back = swept(form, [x.astype(dtype) for x in inputs])
                for a, b in zip((found, *back), (value, *grads), strict=True):
                    np.testing.assert_allclose(a, b, rtol=tolerance, atol=tolerance)


PROPERTIES = (
    agrees_with_torch,
    is_a_function_of_arrays_too,
    keeps_float32,
    takes_any_layout,
    is_differentiable,
    fuses,
    shows_nan,
    is_stable,
)


def hold(cases: Sequence[Case], properties: Sequence[Callable[[Form, Case], None]] = PROPERTIES) -> Any:
    """Run a test `(holds, case)` over all cases and properties, a property of a function at once."""
    pairs = [
        pytest.param(
            holds,
            case,
            id=str(case),
            marks=[pytest.mark.oracle] if holds in (agrees_with_torch, is_stable) else [],
        )
        for case in cases
        for holds in properties
    ]
    return every(("holds", "case"), pairs, by=lambda holds, case: f"{case.f.__name__}-{holds.__name__}")
