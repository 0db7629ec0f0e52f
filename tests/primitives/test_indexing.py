"""Indexing primitives: reading, writing at repeated places, gathering, diagonals and triangles, to order 3."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import pytest
from engine.support import HOW
from every import every
from primitives.properties import Case, hold, is_differentiable
from pytorch import torch
from refused import refused

from autograd_zoo import Tensor, gradient
from autograd_zoo.primitives.scatter import scatter_add, simple

RNG = np.random.default_rng(0)
V, W, A, B, C = (RNG.normal(size=shape) for shape in [(3,), (4,), (2, 3), (2, 3), (2, 3, 2)])
D = C + np.sign(C)  # nothing small
X = np.array(0.7)


def bent(f: Callable[..., Any]) -> Callable[..., Any]:
    """f of curved arguments, which gives a linear operation derivatives of second and third order."""
    return lambda *xs: f(*(x * x * x for x in xs))


# ---- reading ----------------------------------------------------------------------------------------------------

MASK = A > 0
INDICES: dict[str, tuple[Any, Any]] = {
    "an integer": (C, 1),
    "a negative integer": (C, (0, -1)),
    "all integers": (C, (1, 2, 0)),
    "a slice": (W, slice(1, 3)),
    "a slice backwards": (W, slice(None, None, -2)),
    "an empty slice": (W, slice(2, 2)),
    "an ellipsis": (C, (..., 0)),
    "a new axis": (A, (None, slice(None), None, 1)),
    "everything": (A, ()),
    "a number's ellipsis": (X, ...),
    "a number's new axes": (X, (None, None)),
    "True": (A, True),
    "a list": (W, [2, 0]),
    "repeats": (W, [1, 1, -3, 1]),
    "a 2-d array": (V, np.array([[0, 1], [1, 1]])),
    "no indices": (W, np.array([], int)),
    "a 0-d array": (W, np.array(2)),
    "pairs": (A, (np.array([0, 0, 1, 0]), np.array([1, 1, 2, 1]))),
    "outer indices": (A, np.ix_([0, 0, 1], [2, 0])),
    "an array between slices": (C, (slice(None), [2, 2, 0])),
    "arrays around a slice": (C, ([0, 0, 1], slice(1, None), [1, 1, 0])),
    "an array and an integer": (C, (0, [1, 1], slice(None))),
    "a mask": (A, MASK),
    "a mask of an axis": (A, (slice(None), np.array([True, False, True]))),
    "a mask and an integer": (A, (np.array([True, False]), 2)),
    "a mask and an array": (A, (np.array([True, False]), [1, 1, 0])),
    "a mask that takes nothing": (A, np.zeros((2, 3), bool)),
    "an F-ordered array": (V, np.asfortranarray([[0, 1], [1, 2]])),
}
READ = [Case(name, bent(lambda x, i=i: x[i]), (x,)) for name, (x, i) in INDICES.items()]

# ---- writing ----------------------------------------------------------------------------------------------------


def written(how: str, index: Any) -> Callable[..., Any]:
    """`x.at[index].how(v)`, and for arrays what NumPy's assignment or ufunc.at leaves."""

    def f(x: Any, v: Any) -> Any:
        if isinstance(x, Tensor):
            return getattr(x.at[index], how)(v)
        if isinstance(v, Tensor):
            return getattr(Tensor(x).at[index], how)(v)
        y = np.array(x)
        HOW[how](y, index, v)
        return y

    return f


PLACES: dict[str, tuple[Any, Any, tuple[int, ...]]] = {
    "slice": (A, (slice(None), slice(1, None)), (2, 2)),
    "integer": (A, (1, 2), ()),
    "row": (A, 1, (3,)),
    "mask": (A, MASK, (int(MASK.sum()),)),
    "one value for all": (A, (slice(None), 0), ()),
    "broadcast row": (A, slice(None), (3,)),
    "broadcast column": (C, (slice(None), slice(0, 2)), (2, 1, 2)),
    "repeats": (W, [1, 1, 2, 1], (4,)),
    "repeats, one value": (W, [1, 1, 2, 1], ()),
    "repeats of rows": (D, [1, 1, 1], (3, 3, 2)),
    "repeats of rows, broadcast": (D, [1, 1, 1], (3, 2)),
    "repeated pairs": (A, ([0, 0, 1], [1, 1, 2]), (3,)),
    "outer repeats": (A, np.ix_([0, 0], [2, 0, 2]), (2, 3)),
    "crossed repeats": (V, np.array([[0, 1], [1, 2]]), (2, 2)),
    "nothing": (W, np.array([], int), (0,)),
    "a number": (X, ..., ()),
}
WRITE = [
    Case(f"{how} {name}", bent(written(how, index)), (x, np.random.default_rng(4).uniform(0.4, 1.6, shape)))
    for how in HOW
    for name, (x, index, shape) in PLACES.items()
]
WRITE.append(Case("set with leading axes", bent(written("set", slice(1, 3))), (W, A[:1, None, :2])))

# ---- gathering, diagonals, triangles ----------------------------------------------------------------------------

I22 = np.array([[0, 2], [1, 1]])
ROWS: list[tuple[Any, ...]] = [
    ("take flat", lambda x: np.take(x, [4, 0, 0, -1]), A, lambda x: x.take(torch.tensor([4, 0, 0, 5]))),
    ("take axis", lambda x: np.take(x, [2, 0, 2], axis=1), C, lambda x: x[:, [2, 0, 2]]),
    ("take one", lambda x: np.take(x, 1, axis=-1), C),
    ("take a table", lambda x: np.take(x, I22, axis=1), A),
    ("take by truth", lambda x: np.take(x, [True, False, True]), V),
    ("take method", lambda x: x.take([1, 1], axis=0), A),
    ("take_along_axis", lambda x: np.take_along_axis(x, I22, axis=1), A, lambda x: x.gather(1, torch.tensor(I22))),
    ("take_along_axis 0", lambda x: np.take_along_axis(x, I22[:, [0, 1, 1]] % 2, axis=0), A),
    ("take_along_axis deep", lambda x: np.take_along_axis(x, I22[:, :, None, None], axis=1), A[..., None, None]),
    ("take_along_axis flat", lambda x: np.take_along_axis(x, np.array([3, 3, 0]), axis=None), A),
    ("take_along_axis, broadcast", lambda x: np.take_along_axis(x, I22, axis=1), A[:1]),
    ("repeat", lambda x: np.repeat(x, 2), A, lambda x: x.repeat_interleave(2)),
    ("repeat axis", lambda x: np.repeat(x, 3, axis=1), C, lambda x: x.repeat_interleave(3, 1)),
    ("repeat method", lambda x: x.repeat(2, axis=-1), A),
    ("repeat each", lambda x: np.repeat(x, [2, 0, 1], axis=-2), C),
    ("repeat all", lambda x: np.repeat(x, [2], axis=0), A),
    ("repeat a single one", lambda x: np.repeat(x, np.array([3]), axis=0), A[:1]),
    ("repeat no times", lambda x: np.repeat(x, 0, axis=0), A),
    ("repeat, number", lambda x: np.repeat(x, 3), X),
    ("sort", np.sort, C, lambda x: x.sort()[0]),
    ("sort axis", lambda x: np.sort(x, axis=0), C),
    ("sort flat", lambda x: np.sort(x, axis=None), C),
    ("compress", lambda x: np.compress([True, False, True], x, axis=1), A),
    ("compress flat", lambda x: np.compress([False, True], x), A),
    ("extract", lambda x: np.extract(x > 0, x), A),
    ("pad", lambda x: np.pad(x, 1), A),
    ("pad sides", lambda x: np.pad(x, ((1, 0), (2, 3))), A, lambda x: torch.nn.functional.pad(x, (2, 3, 1, 0))),
    ("pad before and after", lambda x: np.pad(x, (0, 2), constant_values=3.0), A),
    ("pad an axis each", lambda x: np.pad(x, [(1,), (0,)], constant_values=(1.0, 2.0)), A),
    *[
        (f"pad {mode}", lambda x, mode=mode: np.pad(x, ((1, 1), (0, 2)), mode=mode), A)
        for mode in ("edge", "reflect", "symmetric", "wrap")
    ],
    *[(f"pad far {m}", lambda x, m=m: np.pad(x, 7, mode=m), V) for m in ("edge", "reflect", "symmetric", "wrap")],
    ("select", lambda a, b: np.select([a > 0.1, b > 0.2], [a * b, b], 0.5), A, B),
    ("select, broadcast", lambda a, b: np.select([A > 0, B > 0], [a, b], b * b), V, X),
    ("choose", lambda a, b: np.choose(np.array([[1, 0, 2], [0, 1, 2]]), [a, b, 1.5]), A, V),
    ("diagonal", np.diagonal, A, lambda x: x.diagonal()),
    *[(f"diagonal {k}", lambda x, k=k: np.diagonal(x, k), A, lambda x, k=k: x.diagonal(k)) for k in (-3, -1, 1, 2, 4)],
    ("diagonal axes", lambda x: np.diagonal(x, 0, 2, 1), C, lambda x: x.diagonal(0, 2, 1)),
    ("diagonal method", lambda x: x.diagonal(1), A),
    ("linalg.diagonal", lambda x: np.linalg.diagonal(x, offset=-1), C),
    ("trace", np.trace, A),
    ("trace axes", lambda x: np.trace(x, 1, 2, 0), C),
    ("trace method", lambda x: x.trace(-1), A),
    ("linalg.trace", lambda x: np.linalg.trace(x, offset=-1), C),
    ("diag of a vector", np.diag, V, lambda x: x.diag()),
    ("diag of a matrix", lambda x: np.diag(x, 1), A, lambda x: x.diag(1)),
    ("diagflat", lambda x: np.diagflat(x, -2), A),
    ("tril", np.tril, C, lambda x: x.tril()),
    ("triu", lambda x: np.triu(x, 1), A, lambda x: x.triu(1)),
    ("tril of a vector", lambda x: np.tril(x, -1), V),
    ("scatter_add", lambda g: scatter_add(g, index=([0, 0, 1],), shape=(4,)), V),
]


def case(name: str, f: Callable[..., Any], *rest: Any) -> Case:
    xs = tuple(x for x in rest if isinstance(x, np.ndarray))
    reference = rest[len(xs)] if len(rest) > len(xs) else None
    return Case(name, bent(f), xs, None if reference is None else bent(reference))


CASES = [case(*row) for row in ROWS] + READ + WRITE


@hold(CASES)
def test_reading_and_writing(holds: Callable[[Case], None], case: Case) -> None:
    holds(case)


# ---- conventions ------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("how", "x", "index", "v", "gx", "gv"),
    [
        ("set", [1.0, 2.0], [0, 0], [5.0, 6.0], [0.0, 1.0], [0.0, 1.0]),  # the last one remains
        ("max", [1.0, 2.0], [0], [1.0], [0.5, 1.0], [0.5]),  # ties share
        ("min", [1.0, 2.0], [0, 0], [1.0, 1.0], [1 / 3, 1.0], [1 / 3, 1 / 3]),
        ("max", [1.0, 2.0], [0, 0], [3.0, 3.0], [0.0, 1.0], [0.5, 0.5]),
        ("max", [np.nan, 2.0], [1], [3.0], [1.0, 0.0], [1.0]),  # a nan elsewhere is not touched
        ("max", [np.nan, 2.0], [0], [3.0], [np.nan, 1.0], [np.nan]),  # of nan and 3 neither is the larger
        ("min", [1.0, 2.0], [0, 0], [np.nan, 3.0], [np.nan, 1.0], [np.nan, np.nan]),
        ("multiply", [2.0, 3.0], [0, 0], [0.0, 5.0], [0.0, 1.0], [10.0, 0.0]),  # zeros among the factors
        ("multiply", [2.0, 3.0], [0, 0, 0], [0.0, 0.0, 5.0], [0.0, 1.0], [0.0, 0.0, 0.0]),
        ("multiply", [0.0, 3.0], [0, 0], [4.0, 5.0], [20.0, 1.0], [0.0, 0.0]),
    ],
)
def test_conventions_of_writing(how: str, x: Any, index: Any, v: Any, gx: Any, gv: Any) -> None:
    tx, tv = Tensor(x), Tensor(v)
    with np.errstate(invalid="ignore"):  # NumPy's minimum.at complains of nan
        found = gradient(getattr(tx.at[index], how)(tv).sum(), [tx, tv])
    np.testing.assert_allclose(found[0], gx, rtol=1e-15)
    np.testing.assert_allclose(found[1], gv, rtol=1e-15)


def test_the_last_one_remains_in_any_layout() -> None:
    index = np.array([[0, 1], [1, 2]], order="F")
    x, v = Tensor(np.zeros(3)), Tensor(np.array([[1.0, 2.0], [3.0, 4.0]], order="F"))
    y = x.at[index].set(v)
    np.testing.assert_array_equal(y.data, [1.0, 3.0, 4.0])
    np.testing.assert_array_equal(gradient(y.sum(), [v])[0], [[1.0, 0.0], [1.0, 1.0]])


def test_products_at_one_place_are_right_to_order_3_with_zeros() -> None:
    zeros = Case("zeros", written("multiply", [0, 0, 0, 1]), (np.array([1.5, 2.0]), np.array([0.0, 0.0, 3.0, 0.0])))
    is_differentiable(zeros)


def test_equal_elements_keep_their_order_when_sorted() -> None:
    x = Tensor([2.0, 1.0, 2.0, 1.0])
    (g,) = gradient(np.sort(x), [x], np.arange(4.0))
    np.testing.assert_array_equal(g, [2.0, 0.0, 3.0, 1.0])


def test_a_masked_nan_sends_nothing_back() -> None:
    x = Tensor([0.0, 4.0])
    root = np.sqrt(x)
    (g,) = gradient((root[root > 0] + root[[1]]).sum(), [x])
    np.testing.assert_array_equal(g, [0.0, 0.5])


def test_what_is_written_elsewhere_does_not_multiply_infinities() -> None:
    g = scatter_add(np.array([np.inf, 1.0]), index=np.array([0, 0]), shape=(3,))
    np.testing.assert_array_equal(g, [np.inf, 0.0, 0.0])
    x = Tensor(A)
    (g,) = gradient(np.trace(x), [x], np.inf)
    np.testing.assert_array_equal(g, np.where(np.eye(2, 3, dtype=bool), np.inf, 0.0))


# ---- the mates --------------------------------------------------------------------------------------------------


@every(("x", "index"), INDICES.values(), ids=INDICES)
@pytest.mark.parametrize("dtype", [np.float64, np.float32, np.float16])
def test_scatter_add_is_add_at(x: Any, index: Any, dtype: Any) -> None:
    g = RNG.normal(size=x[index].shape).astype(dtype)
    expected = np.zeros(x.shape, dtype)
    np.add.at(expected, index, g)
    index = tuple(np.array(i) if isinstance(i, list) else i for i in index) if isinstance(index, tuple) else index
    index = np.array(index) if isinstance(index, list) else index
    found = scatter_add(g, index=index, shape=x.shape)
    np.testing.assert_allclose(found, expected, rtol=4 * np.finfo(dtype).eps, atol=4 * np.finfo(dtype).eps, strict=True)


@pytest.mark.parametrize(
    ("index", "expected"),
    [
        (3, True),
        ((..., None, slice(2)), True),
        (True, True),
        (np.array([True, False]), True),
        ((np.array([True, False]), 0), True),
        (np.array([0, 1]), False),
        ((slice(None), np.array(0)), False),
        (range(-1, 1), False),
    ],
)
def test_indices_that_cannot_mean_an_element_twice(index: Any, expected: bool) -> None:
    assert simple(index) is expected


# ---- errors -----------------------------------------------------------------------------------------------------

ERRORS: dict[str, tuple[Callable[[Tensor], Any], type[Exception], str]] = {
    "out of range": (lambda t: t[2], IndexError, r"getitem of shapes \(2, 3\), index=2: index 2 is out of bounds"),
    "too many": (lambda t: t[0, 0, 0], IndexError, "getitem of shapes .*too many indices"),
    "mask": (lambda t: t[np.array([True])], IndexError, r"getitem of shapes \(2, 3\).*boolean index did not match"),
    "floats": (lambda t: t[1.0], IndexError, "only integers, slices"),
    "a Tensor": (lambda t: t[t], TypeError, "an index must be integers, slices or a mask, got a Tensor"),
    "set": (lambda t: t.at[0].set([1.0, 2.0]), ValueError, r"put of shapes \(2, 3\) and \(2,\), index=0, how='set'"),
    "add": (lambda t: t.at[[5]].add(1.0), IndexError, "put of shapes .*out of bounds"),
    "take": (lambda t: np.take(t, 3, axis=1), IndexError, "take of shapes .*out of bounds"),
    "take mode": (lambda t: np.take(t, 9, mode="clip"), ValueError, "knows mode='raise', got 'clip'"),
    "take at a Tensor": (lambda t: np.take(t, t), TypeError, "an index must be integers"),
    "take_along_axis at a Tensor": (lambda t: np.take_along_axis(t, t, 0), TypeError, "an index must be integers"),
    "take an array at a Tensor": (lambda t: np.take_along_axis(A, t, 0), TypeError, "an index must be integers"),
    "repeat": (lambda t: np.repeat(t, [1, 2], axis=1), ValueError, "repeat of shapes"),
    "pad mode": (lambda t: np.pad(t, 1, mode="mean"), ValueError, "knows the modes constant, edge.*; got 'mean'"),
    "pad function": (lambda t: np.pad(t, 1, mode=print), ValueError, "knows the modes"),
    "pad odd": (lambda t: np.pad(t, 1, "reflect", reflect_type="odd"), TypeError, "reflect_type= is not recorded"),
    "pad width": (lambda t: np.pad(t, -1), ValueError, "pad of shapes"),
    "pad by halves": (lambda t: np.pad(t, 0.5), TypeError, "integer"),
    "diag": (lambda t: np.diag(t[None]), ValueError, "takes a vector or a matrix, got shape"),
    "choose": (lambda t: np.choose([0, 2], [t[0, :2], t[1, :2]]), ValueError, "integers from 0 to 1"),
    "select": (lambda t: np.select([A > 0], [t, t]), ValueError, "as many choices as conditions, got 2 and 1"),
    "put": (lambda t: np.put(t, 0, 1.0), TypeError, r"t\.at\[i\]\.set"),
    "put_along_axis": (lambda t: np.put_along_axis(t, I22, 0.0, 1), TypeError, r"t\.at\[i\]\.set"),
    "fill_diagonal": (lambda t: np.fill_diagonal(t, 0.0), TypeError, r"t\.at\[i\]\.set"),
    "copyto": (lambda t: np.copyto(np.zeros((2, 3)), t), TypeError, r"t\.at\[i\]\.set"),
}


test_wrong_calls_are_explained = refused(ERRORS, lambda: Tensor(A))


def test_positions_are_plain_values() -> None:
    assert type(np.searchsorted(np.arange(3.0), Tensor(V))) is np.ndarray
    assert type(np.digitize(Tensor(V), np.arange(3.0))) is np.ndarray


def test_an_index_is_captured_by_value() -> None:
    x, index = Tensor(W), np.array([0, 1])
    y = x[index]
    index[:] = 3
    (g,) = gradient(y.sum(), [x])
    np.testing.assert_array_equal(g, [1.0, 1.0, 0.0, 0.0])
