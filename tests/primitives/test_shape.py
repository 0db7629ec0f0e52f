"""Shape primitives: values, gradients to order 3, layouts, sizes 0 and 1, numbers without axes, and error texts."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import pytest
from primitives.properties import Case, hold
from pytorch import torch
from refused import refused

from autograd_zoo import Tensor, gradient

RNG = np.random.default_rng(0)
V, W, A, B, C = (RNG.normal(size=shape) for shape in [(3,), (4,), (2, 3), (2, 3), (2, 3, 2)])
X = np.array(0.7)
E = np.ones((2, 0, 3))


def parts(*xs: Any) -> Any:
    """Several results as one: each bent and scaled in its own way, so that a mix-up shows."""
    return np.concatenate([np.ravel(x) * x.size + (k + 1.0) * np.ravel(x) ** 2 for k, x in enumerate(xs)])


def bent(f: Callable[..., Any]) -> Callable[..., Any]:
    """f of curved arguments, which gives a linear operation derivatives of second and third order."""
    return lambda *xs: f(*(x * x * x for x in xs))


ROWS: list[tuple[Any, ...]] = [
    ("reshape", lambda x: np.reshape(x, (3, -1)), A, lambda x: x.reshape(3, -1)),
    ("reshape to F", lambda x: np.reshape(x, (3, 2), order="F"), A),
    ("reshape, number", lambda x: np.reshape(x, (1, 1)), X),
    ("reshape to a number", lambda x: np.reshape(x, ()), A[:1, :1]),
    ("reshape, empty", lambda x: np.reshape(x, (3, 0)), E),
    ("reshape method", lambda x: x.reshape(3, 2), A),
    ("ravel", np.ravel, C),
    ("ravel F", lambda x: np.ravel(x, order="F"), C),
    ("transpose", np.transpose, C),
    ("transpose, number", np.transpose, X),
    ("transpose axes", lambda x: np.transpose(x, (1, 2, 0)), C, lambda x: x.permute(1, 2, 0)),
    ("transpose negative axes", lambda x: np.transpose(x, (-1, 0, -2)), C, lambda x: x.permute(-1, 0, -2)),
    ("permute_dims", lambda x: np.permute_dims(x, (2, 0, 1)), C),
    ("matrix_transpose", np.matrix_transpose, C, lambda x: x.mT),
    ("linalg.matrix_transpose", np.linalg.matrix_transpose, C),
    ("swapaxes", lambda x: np.swapaxes(x, 0, -1), C, lambda x: x.swapaxes(0, -1)),
    ("moveaxis", lambda x: np.moveaxis(x, 0, -1), C),
    ("moveaxis of a vector", lambda x: np.moveaxis(x, -1, -1), V),
    ("moveaxis several", lambda x: np.moveaxis(x, (0, -1), (1, 0)), C, lambda x: torch.moveaxis(x, (0, -1), (1, 0))),
    *[(f"rollaxis {a} {s}", lambda x, a=a, s=s: np.rollaxis(x, a, s), C) for a in (0, 1, -1) for s in (0, 1, 2, 3, -1)],
    ("expand_dims", lambda x: np.expand_dims(x, (0, -1)), A),
    ("squeeze", np.squeeze, A[:, None, :, None]),
    ("squeeze axis", lambda x: np.squeeze(x, axis=1), A[:, None, :, None], lambda x: x.squeeze(1)),
    ("squeeze to a number", np.squeeze, A[:1, :1]),
    ("squeeze what is no longer than needed", np.squeeze, A),
    ("flip", np.flip, C),
    ("flip axes", lambda x: np.flip(x, (0, -1)), C, lambda x: x.flip(0, -1)),
    ("flip, empty", np.flip, E),
    ("fliplr", np.fliplr, A),
    ("flipud", np.flipud, A),
    *[(f"rot90 {k}", lambda x, k=k: np.rot90(x, k), A, lambda x, k=k: x.rot90(k)) for k in range(-1, 4)],
    ("rot90 axes", lambda x: np.rot90(x, 1, (2, 0)), C, lambda x: x.rot90(1, (2, 0))),
    ("roll", lambda x: np.roll(x, 2), C, lambda x: x.roll(2)),
    ("roll axis", lambda x: np.roll(x, -1, axis=1), C, lambda x: x.roll(-1, 1)),
    ("roll axes", lambda x: np.roll(x, (1, -2), axis=(0, 1)), C, lambda x: x.roll((1, -2), (0, 1))),
    ("roll one axis twice", lambda x: np.roll(x, (1, 1), axis=(1, 1)), C),
    ("roll, number", lambda x: np.roll(x, 1), X),
    ("copy", np.copy, A),
    ("astype", lambda x: np.astype(x, x.dtype), A),
    ("atleast_1d", np.atleast_1d, X),
    *[(f"atleast_2d of {x.ndim}", np.atleast_2d, x) for x in (X, V, A, C)],
    *[(f"atleast_3d of {x.ndim}", np.atleast_3d, x) for x in (X, V, A, C)],
    ("atleast_2d of two", lambda a, b: parts(*np.atleast_2d(a, b)), X, V),
    ("concatenate", lambda a, b: np.concatenate([a, b]), V, W, lambda a, b: torch.cat([a, b])),
    ("concatenate axis", lambda a, b: np.concatenate((a, b), axis=-1), A, C[:, 0, :]),
    ("concatenate flat", lambda a, b: np.concatenate([a, b], axis=None), A, X),
    ("concatenate, empty", lambda a, b: np.concatenate([a, b], axis=1), E, C[:, :, [0, 1, 0]]),
    ("concatenate twice the same", lambda a: np.concatenate([a, a * a, a], axis=1), A),
    ("concatenate three", lambda a, b: np.concatenate([a, b, a * b], axis=0), A, B),
    ("concatenate deep", lambda c: np.concatenate([c, c * c], axis=0), C),
    ("concatenate one", lambda c: np.concatenate([c * c], axis=-1), C),
    ("concatenate the rows of an array", np.concatenate, A),
    ("concat", lambda a, b: np.concat([a, b], axis=1), A, B),
    ("append", lambda a, b: np.append(a, b), A, V),
    ("append axis", lambda a, b: np.append(a, b, axis=0), A, B),
    ("stack", lambda a, b: np.stack([a, b]), A, B, lambda a, b: torch.stack([a, b])),
    ("stack vectors", lambda a: np.stack([a, a * a]), V),
    ("stack one", lambda a: np.stack([a * a]), V),
    ("stack axis", lambda a, b: np.stack([a, b], axis=-1), A, B, lambda a, b: torch.stack([a, b], -1)),
    ("stack middle axis", lambda a, b: np.stack([a, b], axis=1), A, B),
    ("stack numbers", lambda a: np.stack([a, a * a, a]), X),
    ("vstack", lambda a, b: np.vstack([a, b]), V, A, lambda a, b: torch.vstack([a, b])),
    ("hstack", lambda a, b: np.hstack([a, b]), A, B, lambda a, b: torch.hstack([a, b])),
    ("hstack of vectors", lambda a, b: np.hstack([a, b]), V, X),
    ("dstack", lambda a, b: np.dstack([a, b]), A, C, lambda a, b: torch.dstack([a, b])),
    ("column_stack", lambda a, b: np.column_stack([a, b]), V, A.T, lambda a, b: torch.column_stack([a, b])),
    ("split", lambda x: parts(*np.split(x, 2)), W),
    ("split axis", lambda x: parts(*np.split(x, 3, axis=-2)), C),
    ("split at", lambda x: parts(*np.split(x, [1, 3])), W),
    ("split at the end and past it", lambda x: parts(*np.split(x, [-1, 9])), W),
    ("split backwards", lambda x: parts(*np.split(x, [3, 1])), W),
    *[(f"array_split {n}", lambda x, n=n: parts(*np.array_split(x, n)), np.append(W, V)) for n in (1, 2, 3, 4, 7, 9)],
    ("hsplit", lambda x: parts(*np.hsplit(x, 3)), A),
    ("hsplit of a vector", lambda x: parts(*np.hsplit(x, 2)), W),
    ("vsplit", lambda x: parts(*np.vsplit(x, 2)), A),
    ("dsplit", lambda x: parts(*np.dsplit(x, 2)), C),
    ("broadcast_to", lambda x: np.broadcast_to(x, (4, 2, 3)), A, lambda x: x.broadcast_to(4, 2, 3)),
    ("broadcast_to, axis of 1", lambda x: np.broadcast_to(x, (2, 4, 3)), A[:, None], lambda x: x.expand(2, 4, 3)),
    ("broadcast_to, number", lambda x: np.broadcast_to(x, (2, 2)), X),
    ("broadcast_to nothing", lambda x: np.broadcast_to(x, (0, 3)), V),
    ("broadcast_arrays", lambda a, b: parts(*np.broadcast_arrays(a, b, np.float16(2))), V, A),
    ("meshgrid", lambda a, b: parts(*np.meshgrid(a, b)), V, W),
    ("meshgrid ij", lambda a, b: parts(*np.meshgrid(a, b, indexing="ij")), V, W),
    ("meshgrid sparse", lambda a, b: parts(*np.meshgrid(a, b, sparse=True)), V, W),
    ("meshgrid of three", lambda a, b: parts(*np.meshgrid(a, b, a)), V, W),
    ("tile", lambda x: np.tile(x, 2), A, lambda x: x.tile(2)),
    ("tile axes", lambda x: np.tile(x, (2, 1, 3)), A, lambda x: x.tile(2, 1, 3)),
    ("tile few axes", lambda x: np.tile(x, (2,)), C),
    ("tile, number", lambda x: np.tile(x, (2, 2)), X),
    ("tile no times", lambda x: np.tile(x, (2, 0)), A),
    ("diff", np.diff, A, lambda x: x.diff()),
    ("diff axis", lambda x: np.diff(x, axis=0), A, lambda x: x.diff(dim=0)),
    ("diff twice", lambda x: np.diff(x, 2), A, lambda x: x.diff(2)),
    ("diff no times", lambda x: np.diff(x, 0), A),
    ("diff with ends", lambda x, p: np.diff(x, prepend=p, append=x[:, :2]), A, A[:, :1]),
    ("diff with a number", lambda x, p: np.diff(x, axis=0, prepend=p), A, X),
]
if hasattr(np, "unstack"):
    ROWS.append(("unstack", lambda x: parts(*np.unstack(x, axis=1)), A))


def case(name: str, f: Callable[..., Any], *rest: Any) -> Case:
    xs = tuple(x for x in rest if isinstance(x, np.ndarray))
    reference = rest[len(xs)] if len(rest) > len(xs) else None
    return Case(name, bent(f), xs, None if reference is None else bent(reference))


CASES = [case(*row) for row in ROWS]


@hold(CASES)
def test_shape_primitives(holds: Callable[[Case], None], case: Case) -> None:
    holds(case)


def test_arguments_that_are_not_recorded_may_be_given_their_default() -> None:
    t = Tensor(A)
    assert np.concatenate([t, t], axis=0, out=None, dtype=None, casting="same_kind").shape == (4, 3)
    assert np.stack([t, t], dtype=None).shape == (2, 2, 3)
    assert np.meshgrid(t[0], copy=True)[0].shape == (3,)
    assert np.broadcast_to(t, (2, 3), subok=False).shape == (2, 3)


ERRORS: dict[str, tuple[Callable[[Tensor], Any], type[Exception], str]] = {
    "reshape": (lambda t: t.reshape(4, 2), ValueError, r"reshape of shapes \(2, 3\), shape=\(4, 2\): cannot reshape"),
    "order": (
        lambda t: np.ravel(t, order="K"),
        ValueError,
        "read in order 'C' or 'F', not as they lie in memory; got 'K'",
    ),
    "dtype": (lambda t: np.concatenate([t, t], dtype=np.float32), TypeError, r"the argument dtype= is not recorded"),
    "out": (lambda t: np.stack([t], out=np.zeros((1, 2, 3))), TypeError, r"stack: the argument out= is not recorded"),
    "concatenate": (
        lambda t: np.concatenate([t, t[:, 1:]]),
        ValueError,
        r"concatenate of shapes \(2, 3\) and \(2, 2\)",
    ),
    "nothing to join": (lambda t: np.stack([t, t[0]]), ValueError, "stack of shapes .* must have the same shape"),
    "split": (lambda t: np.split(t, 2, axis=1), ValueError, "length 3 cannot be split into 2 equal parts.*array_split"),
    "array_split": (lambda t: np.array_split(t, 0), ValueError, "cannot be split into 0"),
    "vsplit": (lambda t: np.vsplit(t[0], 1), ValueError, "two axes or more"),
    "axis": (lambda t: np.split(t, 2, axis=2), ValueError, "axis 2 is out of bounds"),
    "transpose": (
        lambda t: t.transpose(0, 0),
        ValueError,
        r"transpose of shapes \(2, 3\), axes=\(0, 0\): repeated axis",
    ),
    "broadcast_to": (
        lambda t: np.broadcast_to(t, (2, 4)),
        ValueError,
        r"broadcast_to of shapes \(2, 3\), shape=\(2, 4\)",
    ),
    "squeeze": (lambda t: np.squeeze(t, 0), ValueError, "squeeze of shapes"),
    "meshgrid": (lambda t: np.meshgrid(t, indexing="yx"), ValueError, "indexing='xy' or 'ij', got 'yx'"),
    "diff": (lambda t: np.diff(t, -1), ValueError, "n ≥ 0"),
    "astype": (lambda t: np.astype(t, int), TypeError, "floats"),
}


test_wrong_calls_are_explained = refused(ERRORS, lambda: Tensor(A))


def test_joining_dtypes_gives_each_array_a_gradient_of_its_own() -> None:
    a, b = Tensor(np.float32(A)), Tensor(A)
    y = np.concatenate([a, b, np.ones((1, 3), int)])
    assert y.dtype == np.float64
    assert [g.dtype for g in gradient(y.sum(), [a, b])] == [np.float32, np.float64]


def test_a_cast_there_and_back() -> None:
    x = Tensor(A)
    (g,) = gradient((x.astype(np.float32) * np.float32(3.0)).sum(), [x])
    assert g.dtype == np.float64
    np.testing.assert_array_equal(g, np.full(A.shape, 3.0))


def test_gradients_of_views_are_arrays_of_their_own() -> None:
    x = Tensor(A)
    first, second = (gradient(np.transpose(x), [x], np.ones((3, 2)))[0] for _ in range(2))
    first += 1.0
    np.testing.assert_array_equal(second, np.ones((2, 3)))
    assert x.data.flags.writeable is False


def test_a_thousand_arrays_are_joined_and_divided_in_linear_time() -> None:
    x = Tensor(np.ones(2000))
    y = np.stack([*x])
    (g,) = gradient(np.concatenate(np.split(y, 1000)), [x], np.arange(2000.0))
    np.testing.assert_array_equal(g, np.arange(2000.0))


READ_BY = {
    "reshape": lambda x: x.reshape(3, 4, order="F"),
    "reshape to a tuple": lambda x: x.reshape((4, -1), order="F"),
    "reshape by rows": lambda x: x.reshape(4, 3, order="C"),
    "ravel": lambda x: x.ravel(order="F"),
    "ravel by position": lambda x: x.ravel("F"),
    "flatten": lambda x: x.flatten("F"),
    "flatten by rows": lambda x: x.flatten(order="C"),
}


@pytest.mark.parametrize("name", READ_BY)
@pytest.mark.parametrize("shape", [(2, 6), (2, 3, 2), (12,)])
def test_a_method_reads_by_rows_or_columns_as_numpys(name, shape):
    x = np.asfortranarray(np.cos(np.arange(12.0)).reshape(shape))
    places = READ_BY[name](np.arange(12.0).reshape(shape))
    g = np.sin(np.arange(12.0)).reshape(places.shape)
    t = Tensor(x)
    y = READ_BY[name](t)
    assert np.array_equal(y.data, READ_BY[name](x))
    (found,) = gradient(y, [t], g)
    assert np.array_equal(found.ravel()[places.astype(int)], g)
