"""Products, einsum and np.linalg: values, gradients to order 3 over leading axes, singular matrices, error texts."""

from __future__ import annotations

import tracemalloc
from collections.abc import Callable
from typing import Any

import numpy as np
import pytest
from differences import assert_orders
from primitives.properties import Case, hold
from pytorch import torch
from refused import refused

from autograd_zoo import Tensor, gradient
from autograd_zoo.primitives.contraction import matmul_db
from autograd_zoo.primitives.linalg import cofactors

RNG = np.random.default_rng(0)


def normal(*shape: int) -> Any:
    return np.asarray(RNG.normal(size=shape))


def regular(*shape: int) -> Any:
    """Matrices far from singular ones."""
    return normal(*shape) + 3.0 * np.eye(*shape[-2:])


def bent(f: Callable[..., Any]) -> Callable[..., Any]:
    """f of curved arguments, which gives a product derivatives of second and third order in each."""
    return lambda *xs: f(*(x * x for x in xs))


V, W, A, B, C, X = normal(3), normal(3), normal(2, 3), normal(3, 2), normal(2, 3, 2), normal()

# ---- products ---------------------------------------------------------------------------------------------------

SHAPES: dict[str, list[tuple[tuple[int, ...], tuple[int, ...]]]] = {
    "matmul": [
        *[((3,), (3,)), ((3,), (3, 2)), ((2, 3), (3,)), ((2, 3), (3, 2)), ((4, 2, 3), (3, 2)), ((2, 1, 2, 3), (3, 1))],
        *[((2, 3), (4, 3, 2)), ((2, 2, 3), (2, 3, 2)), ((2, 1, 2, 3), (3, 3, 1)), ((1, 2, 3), (2, 3, 1))],
        *[((3,), (2, 3, 2)), ((2, 2, 3), (3,)), ((2, 2, 1, 3), (3,)), ((1, 3), (3, 1)), ((1,), (1,))],
        *[((0, 3), (3, 2)), ((2, 0), (0, 3)), ((2, 2, 0), (0, 3)), ((0,), (0,)), ((2, 0, 3), (3, 2)), ((2, 3), (3, 0))],
    ],
    "dot": [
        *[((), ()), ((), (2, 3)), ((2,), ()), ((3,), (3,)), ((2, 3), (3,)), ((2, 3), (3, 2)), ((2, 2, 3), (3,))],
        *[((2, 2, 3), (3, 2)), ((3,), (2, 3, 2)), ((2, 3), (2, 3, 1)), ((2, 1, 3), (2, 3, 2))],
    ],
    "inner": [((), (3,)), ((3,), (3,)), ((2, 3), (3,)), ((3,), (2, 3)), ((2, 3), (4, 3)), ((2, 1, 3), (2, 2, 3))],
    "outer": [((3,), (2,)), ((2, 2), (3,)), ((), (2,))],
    "vdot": [((3,), (3,)), ((2, 3), (2, 3)), ((), ())],
    "kron": [((3,), (2,)), ((2, 1), (2, 3)), ((2,), (2, 3)), ((1, 2, 2), (2, 1)), ((), (2,)), ((2, 0), (1, 3))],
    "cross": [((3,), (3,)), ((2, 3), (2, 3)), ((2, 1, 3), (2, 3)), ((0, 3), (3,))],
    "vecdot": [((3,), (3,)), ((2, 3), (3,)), ((2, 1, 3), (4, 3))],
    "matvec": [((2, 3), (3,)), ((4, 2, 3), (3,)), ((2, 3), (4, 3)), ((2, 1, 2, 3), (4, 3))],
    "vecmat": [((2,), (2, 3)), ((4, 2), (2, 3)), ((2,), (4, 2, 3)), ((2, 1, 2), (4, 2, 3))],
}
TORCH = {"matmul": "matmul", "inner": "inner", "cross": "linalg.cross", "kron": "kron", "vecdot": "linalg.vecdot"}


def theirs(name: str, a: Any, b: Any) -> Any:
    if torch is None or name not in TORCH or not len(a) * len(b) or (name == "cross" and len(a) != len(b)):
        return None
    f = torch
    for part in TORCH[name].split("."):
        f = getattr(f, part)
    return f


PRODUCTS: list[tuple[Any, ...]] = [
    (f"{name} {a} {b}", getattr(np, name), normal(*a), normal(*b), theirs(name, a, b))
    for name, shapes in SHAPES.items()
    if hasattr(np, name)
    for a, b in shapes
]
PRODUCTS += [
    ("operator @", lambda a, b: a @ b, A, B),
    ("dot method", lambda a: a.dot(a.T), A),
    ("matmul with itself", lambda a: a @ a.T, A),
    ("cross axes", lambda a, b: np.cross(a, b, axisa=0, axisc=0), B, B.T),
    ("cross axis", lambda a, b: np.cross(a, b, axis=0), B, B),
    ("linalg.cross", lambda a, b: np.linalg.cross(a, b, axis=0), B, B),
    ("linalg.outer", np.linalg.outer, V, W),
    ("linalg.matmul", np.linalg.matmul, A, B),
    ("linalg.vecdot", lambda a, b: np.linalg.vecdot(a, b, axis=0), B, B),
    ("linalg.tensordot", lambda a, b: np.linalg.tensordot(a, b, axes=1), A, B),
    ("tensordot none", lambda a, b: np.tensordot(a, b, 0), V, A),
    ("tensordot one", lambda a, b: np.tensordot(a, b, 1), A, C.transpose(1, 0, 2)),
    ("tensordot two", np.tensordot, C, B),
    ("tensordot all", lambda a, b: np.tensordot(a, b, 3), C, C * C),
    ("tensordot axes", lambda a, b: np.tensordot(a, b, (1, 0)), C, B),
    ("tensordot negative axes", lambda a, b: np.tensordot(a, b, ([-2], [-1])), C, A),
    ("tensordot crossed", lambda a, b: np.tensordot(a, b, ([2, 0], [0, 1])), C, normal(2, 2, 3)),
    ("tensordot crossed, far", lambda a, b: np.tensordot(a, b, ([1, 2, 0], [3, 0, 1])), C, normal(2, 2, 2, 3)),
    ("tensordot of a number", lambda a, b: np.tensordot(a, b, 0), X, V),
    ("tensordot, empty", lambda a, b: np.tensordot(a, b, 1), np.ones((2, 0)), np.ones((0, 3))),
    ("multi_dot", lambda a, b, c: np.linalg.multi_dot([a, b, c]), A, B, A),
    ("multi_dot of vectors", lambda a, b, c, d: np.linalg.multi_dot([a, b, c, d]), V, B, A, W),
    ("multi_dot of two", lambda a, b: np.linalg.multi_dot([a, b]), A, B),
]

# ---- einsum -----------------------------------------------------------------------------------------------------

EINSUM: list[tuple[Any, ...]] = [
    ("ij,jk->ik", A, B),
    ("ij,jk", A, B),
    ("kj,ji", B.T, B),
    ("i,i->", V, W),
    ("i,j->ji", V, W),
    ("ij->", A),
    ("ij->j", A),
    ("ba", A),
    ("ijk->kij", C),
    ("ii->i", B @ A),
    ("ii", B @ A),
    ("iij->j", np.stack([A[:, :2], B[:2]])),
    ("iji->ij", normal(2, 3, 2)),
    ("iii->i", normal(2, 2, 2)),
    ("ijij->", normal(2, 2, 2, 2)),
    ("ii,ij->j", normal(3, 3), B),
    ("ij,ik,il->jkl", A.T, B, B),
    ("ij,jk,kl->il", A, B, A),
    ("i,ij,j->", A[:, 0], A, V),
    ("ij,kl->il", A, B),
    ("ij,ij->ij", A, A * A),
    ("...i,...i->...", A, V),
    ("...ij,...jk->...ik", normal(2, 1, 2, 3), normal(2, 3, 2)),
    ("i...,i...", A, C[:, :, 0]),
    ("...->...", A),
    ("...ij->...", C),
    ("b...,b->b...", C, A[:, 0]),
    ("...ii->...i", normal(2, 2, 2)),
    ("i...->...", C),
    (" ij , jk -> ik ", A, B),
    ("ij,jk->ik", normal(2, 1), B),
    ("ij,j->i", A, normal(1)),
    ("ij,ij->j", normal(1, 3), A),
    (",i->i", X, V),
    (",->", X, X * X),
    ("i,i->i", normal(0), normal(0)),
    ("ij,jk->ik", normal(2, 0), normal(0, 3)),
    ("bhqd,bhkd->bhqk", normal(1, 2, 2, 2), normal(1, 2, 3, 2)),
]
ALIKE = [spec for spec, *xs in EINSUM if all(1 not in x.shape and x.size for x in xs)]  # torch broadcasts no letter


def einsum_case(spec: str, *xs: Any) -> Case:
    ours = bent(lambda *xs: np.einsum(spec, *xs))
    same = torch is not None and spec in ALIKE and all(1 not in x.shape for x in xs)
    return Case(
        f"einsum {spec} {'x'.join(str(x.shape) for x in xs)}",
        ours,
        xs,
        bent(lambda *xs: torch.einsum(spec, *xs)) if same else None,
        orders=3 if len(xs) < 3 else 2,
    )


OTHER_EINSUM = [
    Case("einsum optimize", bent(lambda *xs: np.einsum("ij,jk,kl->il", *xs, optimize=True)), (A, B, A)),
    Case(
        "einsum optimize greedy", bent(lambda *xs: np.einsum("ij,jk,kl", *xs, optimize="greedy")), (A, B, A), orders=2
    ),
    Case("einsum path", bent(lambda *xs: np.einsum("ij,jk,kl", *xs, optimize=PATH)), (A, B, A), orders=2),
    Case("einsum lists", bent(lambda a, b: np.einsum(a, [0, 1], b, [1, 2], [2, 0])), (A, B)),
    Case("einsum lists, implicit", bent(lambda a, b: np.einsum(a, [0, 5], b, [5, 2])), (A, B)),
    Case("einsum lists, dots", bent(lambda a, b: np.einsum(a, [..., 1], b, [1, 2], [..., 2])), (C.swapaxes(1, 2), B)),
    Case("einsum with itself", bent(lambda a: np.einsum("ij,kj,kl->il", a, a, a)), (A,)),
]
PATH = ["einsum_path", (1, 2), (0, 1)]

# ---- np.linalg --------------------------------------------------------------------------------------------------

S, SS, POSITIVE = regular(3, 3), regular(2, 2, 2), np.array([[2.0, 0.3, 0.1], [0.3, 1.5, -0.4], [0.1, -0.4, 1.0]])
N, M = np.array([0.5, -1.2, 2.0]), np.array([[0.5, -1.2, 2.0], [1.7, 0.4, -0.9]])


def symmetric(x: Any) -> Any:
    return x @ x.mT + 0.5 * np.eye(x.shape[-1], dtype=x.dtype)


LINALG: list[tuple[Any, ...]] = [
    ("inv", np.linalg.inv, S, lambda x: torch.linalg.inv(x)),
    ("inv of many", np.linalg.inv, SS),
    ("inv of 1 x 1", np.linalg.inv, S[:1, :1]),
    ("inv of 0 x 0", np.linalg.inv, normal(0, 0)),
    ("solve", np.linalg.solve, S, V, lambda a, b: torch.linalg.solve(a, b)),
    ("solve a matrix", np.linalg.solve, S, B, lambda a, b: torch.linalg.solve(a, b)),
    ("solve many", np.linalg.solve, SS, A[:, :2], lambda a, b: torch.linalg.solve(a, b[None])),
    ("solve many for one vector", np.linalg.solve, SS, A[0, :2]),
    ("solve one for many", np.linalg.solve, S, C[:, :, :1]),
    ("solve, broadcast", np.linalg.solve, SS[:, None], normal(3, 2, 1)),
    ("solve with itself", lambda a: np.linalg.solve(a, a * a), S),
    ("det", np.linalg.det, S, lambda x: torch.linalg.det(x)),
    ("det of many", np.linalg.det, SS, lambda x: torch.linalg.det(x)),
    ("det of 1 x 1", np.linalg.det, S[:1, :1]),
    ("det of 0 x 0", np.linalg.det, normal(2, 0, 0)),
    ("slogdet", lambda x: np.linalg.slogdet(x).logabsdet, S, lambda x: torch.linalg.slogdet(x)[1]),
    ("slogdet, negative", lambda x: np.linalg.slogdet(x)[1], -S),
    ("slogdet of many", lambda x: np.linalg.slogdet(x)[1], SS),
    ("cofactors", cofactors, S),
    (
        "cholesky",
        lambda x: np.linalg.cholesky(symmetric(x)),
        S,
        lambda x: torch.linalg.cholesky(x @ x.mT + 0.5 * torch.eye(3, dtype=x.dtype)),
    ),
    ("cholesky of many", lambda x: np.linalg.cholesky(symmetric(x)), SS),
    ("cholesky upper", lambda x: np.linalg.cholesky(symmetric(x), upper=True), S),
    *[(f"matrix_power {n}", lambda x, n=n: np.linalg.matrix_power(x, n), SS) for n in (0, 1, 2, 3, 7, -1, -3)],
    ("norm", np.linalg.norm, N, lambda x: x.norm()),
    ("norm of a matrix", np.linalg.norm, M, lambda x: x.norm()),
    ("norm of all", np.linalg.norm, SS),
    ("norm keepdims", lambda x: np.linalg.norm(x, keepdims=True), M),
    ("norm of a number", np.linalg.norm, np.array(-0.7)),
    ("norm fro", lambda x: np.linalg.norm(x, "fro"), M),
    ("norm fro axes", lambda x: np.linalg.norm(x, "fro", axis=(2, 0), keepdims=True), SS),
    ("norm axes", lambda x: np.linalg.norm(x, axis=(-1, 0)), SS),
    ("norm axis", lambda x: np.linalg.norm(x, axis=0), M, lambda x: x.norm(dim=0)),
    ("norm axis keepdims", lambda x: np.linalg.norm(x, axis=-1, keepdims=True), M),
    *[
        (
            f"norm {p} {axis}",
            lambda x, p=p, axis=axis: np.linalg.norm(x, p, axis=axis),
            M,
            lambda x, p=p, axis=axis: x.norm(p, axis),
        )
        for p in (1, 2, 3, 2.5, np.inf, -np.inf)
        for axis in (0, 1)
    ],
    *[(f"norm {p} of a vector", lambda x, p=p: np.linalg.norm(x, p, keepdims=True), N) for p in (1, 2, 3, np.inf)],
    *[(f"norm {p} of a matrix", lambda x, p=p: np.linalg.norm(x, p), M) for p in (1, -1, np.inf, -np.inf)],
    ("norm 1 keepdims", lambda x: np.linalg.norm(x, 1, axis=(0, 2), keepdims=True), SS),
    ("vector_norm", np.linalg.vector_norm, M, lambda x: torch.linalg.vector_norm(x)),
    ("vector_norm axis", lambda x: np.linalg.vector_norm(x, axis=1, ord=3, keepdims=True), M),
    ("vector_norm axes", lambda x: np.linalg.vector_norm(x, axis=(0, 1, 2)), SS),
    ("vector_norm 1", lambda x: np.linalg.vector_norm(x, axis=(0, 1), ord=1), SS),
    ("matrix_norm", np.linalg.matrix_norm, SS, lambda x: torch.linalg.matrix_norm(x)),
    ("matrix_norm inf", lambda x: np.linalg.matrix_norm(x, ord=np.inf, keepdims=True), SS),
]


def case(wrap: Any, name: str, f: Callable[..., Any], *rest: Any) -> Case:
    xs = tuple(x for x in rest if isinstance(x, np.ndarray))
    reference = rest[len(xs)] if len(rest) > len(xs) else None
    return Case(name, wrap(f), xs, None if reference is None else wrap(reference))


CASES = [
    *[case(bent, *row) for row in PRODUCTS],
    *[einsum_case(*row) for row in EINSUM],
    *OTHER_EINSUM,
    *[case(lambda f: f, *row) for row in LINALG],
]


@hold(CASES)
def test_linalg(holds: Callable[[Case], None], case: Case) -> None:
    holds(case)


# ---- singular matrices and zero vectors ---------------------------------------------------------------------------

SINGULAR = {
    "rank 2 of 3": np.array([[1.0, 2.0, 3.0], [4.0, 5.0, 6.0], [7.0, 8.0, 9.0]]),
    "rank 1 of 3": np.outer([1.0, -2.0, 0.5], [3.0, 1.0, 2.0]),
    "zero": np.zeros((3, 3)),
    "zero 1 x 1": np.zeros((1, 1)),
    "rank 1 of 2": np.array([[1.0, 2.0], [2.0, 4.0]]),
    "one of two": np.stack([np.eye(2), np.ones((2, 2))]),
    "nearly": np.eye(3) - np.ones((3, 3)) * (1.0 - 1e-13) / 3.0,
}


@pytest.mark.parametrize("x", SINGULAR.values(), ids=SINGULAR)
def test_a_determinant_has_all_derivatives_at_singular_matrices(x: Any) -> None:
    assert_orders(np.linalg.det, [x])


@pytest.mark.parametrize("x", [*SINGULAR.values(), S, -SS], ids=[*SINGULAR, "regular", "many"])
def test_cofactors_are_signed_minors(x: Any) -> None:
    n = x.shape[-1]
    for i in range(n):
        for j in range(n):
            minor = np.delete(np.delete(x, i, -2), j, -1)
            expected = (-1) ** (i + j) * np.linalg.det(minor)
            np.testing.assert_allclose(cofactors(x)[..., i, j], expected, rtol=1e-12, atol=1e-12)


ZERO_NORMS: dict[str, Callable[[Any], Any]] = {
    "2": np.linalg.norm,
    "2 axis": lambda x: np.linalg.norm(x, axis=1).sum(),
    "fro": lambda x: np.linalg.norm(x, "fro"),
    "1": lambda x: np.linalg.norm(x, 1, axis=0).sum(),
    "3": lambda x: np.linalg.norm(x, 3, axis=0).sum(),
    "inf": lambda x: np.linalg.norm(x, np.inf),
    "all axes": lambda x: np.linalg.vector_norm(x[None], axis=(0, 1, 2)),
}


@pytest.mark.parametrize("f", ZERO_NORMS.values(), ids=ZERO_NORMS)
def test_norms_have_gradient_zero_at_zero_and_no_second_one(f: Callable[[Any], Any]) -> None:
    x = Tensor(np.zeros((2, 3)))
    (g,) = gradient(f(x), [x], create_graph=True)
    np.testing.assert_array_equal(g.data, np.zeros((2, 3)))
    (h,) = gradient((g * np.arange(1.0, 7.0).reshape(2, 3)).sum(), [x], allow_unused=True)
    pieces_are_planes = np.array_equal(h, np.zeros((2, 3)))  # 1 and inf: sums and maxima of |x|
    assert pieces_are_planes or np.isnan(h).any()


def test_only_some_rows_of_a_norm_are_zero() -> None:
    x = Tensor([[0.0, 0.0], [3.0, 4.0]])
    (g,) = gradient(np.linalg.norm(x, axis=1).sum(), [x])
    np.testing.assert_allclose(g, [[0.0, 0.0], [0.6, 0.8]], rtol=1e-15)


# ---- what else is promised --------------------------------------------------------------------------------------


def test_slogdet_gives_a_plain_sign() -> None:
    result = np.linalg.slogdet(Tensor(-SS))
    assert type(result) is type(np.linalg.slogdet(SS))
    assert isinstance(result.sign, np.ndarray) and isinstance(result.logabsdet, Tensor)
    np.testing.assert_array_equal(result.sign, np.linalg.slogdet(-SS).sign)


def test_the_gradient_of_a_cholesky_factor_is_symmetric() -> None:
    x = Tensor(POSITIVE)
    (g,) = gradient(np.linalg.cholesky(x), [x], np.arange(9.0).reshape(3, 3))
    np.testing.assert_array_equal(g, g.T)


def test_a_weight_under_a_batch_gets_its_gradient_in_one_product() -> None:
    x, w, g = normal(256, 16, 8), normal(8, 64), normal(256, 16, 64)
    tracemalloc.start()
    found = matmul_db(g, None, x, w)
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert peak < 10 * w.nbytes  # a product for each of the 256 would take as many times the size of w
    np.testing.assert_allclose(found, np.einsum("bij,bik->jk", x, g), rtol=1e-10)


def test_a_chain_is_multiplied_in_the_cheapest_order() -> None:
    a, b, c = Tensor(normal(10, 100)), Tensor(normal(100, 5)), Tensor(normal(5, 50))
    left = np.linalg.multi_dot([a, b, c])
    assert left.inputs[0].shape == (10, 5)
    right = np.linalg.multi_dot([c.T, b.T, a.T])
    assert right.inputs[1].shape == (5, 10)


ERRORS: dict[str, tuple[Callable[[Tensor], Any], type[Exception], str]] = {
    "matmul": (lambda t: t @ t, ValueError, r"matmul of shapes \(2, 3\) and \(2, 3\).*a @ b\.T"),
    "dot": (lambda t: np.dot(t, t), ValueError, r"matmul of shapes \(2, 3\) and \(2, 3\)"),
    "tensordot": (lambda t: np.tensordot(t, t, 1), ValueError, r"tensordot of shapes .*axes=\(\(1,\), \(0,\)\)"),
    "tensordot axes": (lambda t: np.tensordot(t, t, ([0, 1], [0])), ValueError, "as many axes of a as of b"),
    "tensordot axis": (lambda t: np.tensordot(t, t, (2, 0)), ValueError, "axis 2 is out of bounds"),
    "einsum sizes": (lambda t: np.einsum("ij,jk", t, t), ValueError, "einsum of shapes .*subscripts='ij,jk'"),
    "einsum letters": (lambda t: np.einsum("ijk", t), ValueError, "einsum of shapes .*too many subscripts"),
    "einsum count": (lambda t: np.einsum("ij,jk", t), ValueError, "einsum of shapes"),
    "einsum dtype": (lambda t: np.einsum("ij", t, dtype=float), TypeError, "dtype= is not recorded"),
    "cross": (lambda t: np.cross(t[:, :2], t[:, :2]), ValueError, "length 3, got lengths 2 and 2"),
    "linalg.outer": (lambda t: np.linalg.outer(t, t), ValueError, r"two vectors, got shapes \(2, 3\) and \(2, 3\)"),
    "inv": (lambda t: np.linalg.inv(t), np.linalg.LinAlgError, r"inv of shapes \(2, 3\).*square"),
    "singular": (lambda t: np.linalg.inv(t[:, :2] * 0.0), np.linalg.LinAlgError, "inv of shapes .*Singular matrix"),
    "solve": (lambda t: np.linalg.solve(t[:, :2], t[0]), ValueError, r"solve of shapes \(2, 2\) and \(3,\)"),
    "cholesky": (lambda t: np.linalg.cholesky(-t[:, :2] @ t[:, :2].T), np.linalg.LinAlgError, "positive definite"),
    "fro of a vector": (lambda t: np.linalg.norm(t[0], "fro"), ValueError, "a number p, got 'fro'"),
    "norm of three axes": (lambda t: np.linalg.norm(t[None], 1), ValueError, "give one axis or two"),
    "multi_dot": (lambda t: np.linalg.multi_dot([t]), ValueError, r"two matrices or more.*got shapes \(2, 3\)"),
    "eig": (lambda t: np.linalg.eig(t), TypeError, "eig has no rule"),
}


test_wrong_calls_are_explained = refused(ERRORS, lambda: Tensor(A))
