"""What every module and every closed form must satisfy, as functions of a form of a case."""

from __future__ import annotations

import contextlib
import functools
from collections.abc import Callable, Iterable, Sequence
from typing import Any

import numpy as np
import pytest
from differences import Orders, allowed, is_slope, slope_of
from every import every
from pytorch import ORACLE, torch

import autograd_zoo as az

from .case import Case, Form, cotangent, is_float, tensor

CLOSE = {"rtol": 1e-12, "atol": 1e-12}


def equal(found: Iterable[Any], expected: Iterable[Any], **tolerance: Any) -> None:
    """Arrays are those expected, in shape and dtype too, as far as there are both."""
    for a, b in zip(found, expected, strict=True):
        if a is not None and b is not None:
            np.testing.assert_allclose(a, b, **tolerance)


def pieces(swept: tuple[Any, list[Any]]) -> list[Any]:
    return [swept[0], *swept[1]]


def swept_twice(form: Callable[..., Any], inputs: Sequence[Any]) -> list[Any]:
    """The gradients of a random projection of the gradients."""
    leaves = [tensor(x) for x in inputs]
    y = form(*leaves)
    of = [x for x in leaves if isinstance(x, az.Tensor)]
    first = az.gradient(y, of, az.Tensor(cotangent(y)) if y.ndim else cotangent(y), create_graph=True)
    weighted = [np.sum(d * cotangent(d)) for d in first]
    return az.gradient(np.sum(np.stack(weighted)), of, allow_unused=True)


def agrees_with_torch(form: Form, inputs: Sequence[Any] | None = None) -> None:
    """Value and gradients are PyTorch's."""
    case, inputs = form.case, form.case.inputs if inputs is None else inputs
    tensors = [torch.tensor(x, requires_grad=is_float(x)) for x in inputs]
    expected = case.torch(*tensors, **case.call.params)
    value, grads = form.sample if inputs is case.inputs else form.swept(inputs)
    of = [t for t in tensors if t.requires_grad]
    given = iter(torch.autograd.grad(expected, of, torch.tensor(cotangent(value))))
    theirs = [next(given).numpy() if t.requires_grad else None for t in tensors]
    equal([value, *grads], [expected.detach().numpy(), *theirs], **CLOSE, strict=True)


def is_a_function_of_arrays_too(form: Form) -> None:
    """Arrays give the array that Tensors hold, bit for bit, and any one Tensor among them makes a Tensor."""
    inputs = form.case.inputs
    expected = form(*inputs)
    assert not isinstance(expected, az.Tensor)
    for k in range(-1, len(inputs)):
        if k < 0 or is_float(inputs[k]):
            y = form(*(tensor(x) if k in (-1, i) else x for i, x in enumerate(inputs)))
            assert isinstance(y, az.Tensor)
            np.testing.assert_array_equal(y.data, expected, strict=True)


def keeps_float32(form: Form) -> None:
    """float32 in, float32 out, value and gradients, composed and fused, and all near those of the same in float64."""
    short = [x.astype(np.float32) if is_float(x) else x for x in form.case.inputs]
    expected = pieces(form.swept([x.astype(np.float64) if is_float(x) else x for x in short]))
    assert np.asarray(form(*short)).dtype == np.float32
    for recording in (contextlib.nullcontext, az.fused)[: 1 if form.kind == "closed" else 2]:
        with recording():
            found = pieces(form.swept(short))
        assert {x.dtype for x in found if x is not None} == {np.dtype(np.float32)}
        equal(found, expected, rtol=1e-5, atol=1e-5)


def takes_any_layout(form: Form) -> None:
    """Reversed and transposed views, read-only ones, go through as contiguous arrays do."""
    for view in (np.flip, np.transpose):
        backing = [np.array(view(x), order="C") for x in form.case.inputs]
        odd = [np.asarray(view(x)) for x in backing]  # a view of a number is none
        for x in odd:
            x.flags.writeable = False
        equal([form(*odd)], [form.sample[0]], **CLOSE)
        if form.kind == "closed":
            equal(form.swept(odd)[1], form.sample[1], **CLOSE)
            continue
        leaves = [tensor(x) for x in backing]
        y = form(*map(view, leaves))
        of = [x for x in leaves if isinstance(x, az.Tensor)]
        found = map(view, az.gradient(y, of, cotangent(y)))
        equal([y.data, *found], [x for x in pieces(form.sample) if x is not None], **CLOSE)


def is_differentiable(form: Form) -> None:
    """The gradients are those of differences: a closed form's, and a module's at order 2 and 3 too."""
    case, inputs = form.case, form.case.inputs
    if form.kind == "closed":
        y, grads = form.sample
        for i, g in enumerate(grads):
            loss = functools.partial(lambda g, *xs: np.sum(g * form(*xs)), cotangent(y))
            if g is not None and not is_slope(g, loss, inputs, i, 3e-4):
                expected = slope_of(loss, inputs, i, 3e-4)
                np.testing.assert_allclose(g, expected, rtol=1e-8, atol=allowed(expected), strict=True)
        return
    given = [x for x in inputs if is_float(x)]
    if form.kind == "module" or not any(x.size for x in given):
        return  # that the module's gradients are those of the function is seen by the others

    def of_floats(*xs: Any) -> Any:
        floats = iter(xs)
        return form(*(next(floats) if is_float(x) else x for x in inputs))

    Orders(of_floats, given, step=1e-4).check(case.row.orders, 1e-7)


def fuses(form: Form) -> None:
    """Fused, it is one node, and equals the composed one twice over."""
    inputs = form.case.inputs
    with az.fused():
        y = form(*map(az.Tensor, inputs[:1]), *inputs[1:])
        assert [node.op is None for node in az.Tape(y)] == [True, False]
        fused, fused_second = form.swept(inputs), swept_twice(form, inputs)
    np.testing.assert_array_equal(fused[0], form.sample[0], strict=True)
    equal([*fused[1], *fused_second], [*form.sample[1], *swept_twice(form, inputs)], **CLOSE, strict=True)


def shows_nan(form: Form) -> None:
    """A NaN that goes in comes out, and warns of nothing on its way there and back."""
    x, *others = map(np.array, form.case.inputs)
    x.flat[:1] = np.nan
    with np.errstate(invalid="ignore" if form.kind == "closed" else None):  # plain NumPy may warn
        value, _ = form.swept([x, *others])
        with az.fused():
            form.swept([x, *others])
    assert np.isnan(value).any() or not x.size


def is_stable(form: Form) -> None:
    """Far from zero all is finite, in float32 too, fused or not, and nothing overflows; it is what PyTorch finds."""
    x, *others = form.case.inputs
    for scale in (1e3, form.case.row.large):
        inputs = (np.copysign(scale, x), *others)
        agrees_with_torch(form, inputs)
        expected = pieces(form.swept(inputs))
        assert all(np.isfinite(array).all() for array in expected if array is not None)
        for dtype, tolerance in ((np.float64, 1e-12), (np.float32, 1e-5)):
            for recording in (contextlib.nullcontext, az.fused):
                with recording(), np.errstate(all="raise", under="ignore"):
                    found = pieces(form.swept([x.astype(dtype) for x in inputs]))
                equal(found, expected, rtol=tolerance, atol=tolerance)


PROPERTIES: dict[Callable[..., None], Callable[[Form], bool]] = {  # property -> whether it is asked of a form
    agrees_with_torch: lambda form: form.case.torch is not None,
    is_a_function_of_arrays_too: lambda form: form.kind != "closed",
    keeps_float32: lambda form: True,
    takes_any_layout: lambda form: True,
    is_differentiable: lambda form: form.case.thorough or form.kind == "closed",
    fuses: lambda form: form.kind != "closed" and form.case.row.fuses,
    shows_nan: lambda form: is_float(form.case.inputs[0]),
    is_stable: lambda form: bool(
        form.kind != "closed" and form.case.torch and form.case.thorough and form.case.row.large
    ),
}


def hold(cases: Iterable[Case]) -> Any:
    """Run a test `(holds, form)` over all cases, forms and properties, a property of a specimen at once."""
    rows = [
        pytest.param(
            holds, form, id=f"{case}, {form.kind}", marks=ORACLE if holds in (agrees_with_torch, is_stable) else []
        )
        for case in cases
        for form in case.forms
        for holds, asked in PROPERTIES.items()
        if asked(form)
    ]
    return every(("holds", "form"), rows, by=lambda holds, form: f"{form.case.specimen}-{holds.__name__}")
