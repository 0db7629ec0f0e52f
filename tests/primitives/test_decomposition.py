"""Eigenvalues, singular values, QR, pseudo-inverses, least squares, and the norms made of them."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
from every import every
from primitives.properties import Case, hold
from pytorch import torch
from refused import refused

from autograd_zoo import Tensor, gradient
from autograd_zoo.primitives.decomposition import eigenvectors, orthogonal_triangular, singular_vectors

LA = np.linalg
RNG = np.random.default_rng(21)
SQUARE = np.array([[2.0, 0.4, -0.3], [0.1, 0.9, 0.5], [0.6, -0.2, -1.6]])  # values well apart
MANY = np.stack([SQUARE[:2, :2], SQUARE[1:, 1:] + [[0.0, 1.0], [0.0, 0.0]]])
TALL = np.array([[1.2, 0.3], [-0.4, 2.1], [0.7, -0.9]])
WIDE, B = TALL.T, np.array([0.6, -1.1, 0.8])
X = np.array([[0.5, -1.2, 2.1], [1.7, 0.4, -0.9]])


def symmetric(x: Any) -> Any:
    return x + x.mT


def of_symmetric(f: Callable[..., Any]) -> Callable[..., Any]:
    return lambda x: f(symmetric(x))


def squared(f: Callable[..., Any]) -> Callable[..., Any]:
    """The sum of squares of the vectors' columns with fixed weights: what no choice of their signs changes."""

    def of_vectors(x: Any) -> Any:
        v = f(x)
        return (v * v) * v[..., :1, :] * v[..., -1:, :]

    return of_vectors


def their_cond(x: Any, p: Any) -> Any:
    """PyTorch's own raises in its sweep for the norms that take an inverse."""
    if p in (None, 2, -2):
        return torch.linalg.cond(x, p)
    return torch.linalg.matrix_norm(x, p) * torch.linalg.matrix_norm(torch.linalg.inv(x), p)


def with_torch(f: Callable[..., Any]) -> Callable[..., Any] | None:
    return None if torch is None else f


FUNCTIONS: list[tuple[Any, ...]] = [
    ("eigvalsh", of_symmetric(LA.eigvalsh), SQUARE, lambda x: torch.linalg.eigvalsh(x + x.mT)),
    ("eigvalsh of many", of_symmetric(LA.eigvalsh), MANY, lambda x: torch.linalg.eigvalsh(x + x.mT)),
    ("eigvalsh upper", of_symmetric(lambda x: LA.eigvalsh(x, "U")), SQUARE),
    ("eigvalsh of 1 x 1", LA.eigvalsh, SQUARE[:1, :1]),
    ("eigvalsh of 0 x 0", LA.eigvalsh, np.zeros((0, 0))),
    ("eigh", of_symmetric(squared(lambda x: LA.eigh(x)[1])), SQUARE),
    ("eigh of many", of_symmetric(squared(lambda x: LA.eigh(x).eigenvectors)), MANY),
    ("eigh values", of_symmetric(lambda x: LA.eigh(x).eigenvalues), SQUARE),
    ("eigenvectors", of_symmetric(eigenvectors), SQUARE),
    ("eigenvectors upper", of_symmetric(lambda x: eigenvectors(x, UPLO="U")), SQUARE),
    *[
        (f"svdvals {x.shape}", LA.svdvals, x, lambda x: torch.linalg.svdvals(x))
        for x in (SQUARE, TALL, WIDE, MANY, TALL[None])
    ],
    ("svdvals of nothing", LA.svdvals, np.zeros((2, 0))),
    *[(f"singular_vectors {x.shape}", singular_vectors, x) for x in (SQUARE, TALL, WIDE, MANY)],
    *[
        (f"svd {name} {x.shape}", lambda x, k=k: getattr(LA.svd(x, full_matrices=False), "USV"[k] + "h" * (k > 1)), x)
        for k, name in enumerate(("left", "values", "right"))
        for x in (TALL, WIDE)
    ],
    ("svd of a square", lambda x: (lambda u, s, vh: (u * s * s) @ vh)(*LA.svd(x)), SQUARE),
    ("svd values alone", lambda x: LA.svd(x, compute_uv=False), WIDE),
    *[
        (f"qr q {x.shape}", lambda x: LA.qr(x).Q, x, lambda x: torch.linalg.qr(x)[0])
        for x in (SQUARE, TALL, MANY)
    ],
    *[
        (f"qr r {x.shape}", lambda x: LA.qr(x)[1], x, lambda x: torch.linalg.qr(x)[1])
        for x in (SQUARE, TALL, WIDE, MANY)
    ],
    ("qr mode r", lambda x: LA.qr(x, "r"), TALL),
    ("qr q of a wide one", lambda x: LA.qr(x, mode="complete").Q, WIDE),
    ("orthogonal_triangular", orthogonal_triangular, TALL),
    *[(f"pinv {x.shape}", LA.pinv, x, lambda x: torch.linalg.pinv(x)) for x in (SQUARE, TALL, WIDE, MANY)],
    ("pinv rtol", lambda x: LA.pinv(x, rtol=1e-9), TALL),
    ("pinv rcond", lambda x: LA.pinv(x, 1e-9), TALL),
    ("pinv hermitian", of_symmetric(lambda x: LA.pinv(x, hermitian=True)), SQUARE),
    ("lstsq", lambda a, b: LA.lstsq(a, b)[0], TALL, B, lambda a, b: torch.linalg.lstsq(a, b[:, None])[0][:, 0]),
    ("lstsq of rows", lambda a, b: LA.lstsq(a, b, rcond=None)[0], WIDE, X[:, :2]),
    ("lstsq residuals", lambda a, b: LA.lstsq(a, b)[1], TALL, B),
    ("lstsq values", lambda a, b: LA.lstsq(a, b)[3] + b[:2] * 0.0, TALL, B),
    *[
        (f"cond {p}", lambda x, p=p: LA.cond(x, p), SQUARE, lambda x, p=p: their_cond(x, p))
        for p in (None, 2, -2, 1, -1, np.inf, "fro", "nuc")
    ],
    ("cond of many", LA.cond, MANY),
    *[
        (f"norm {p}", lambda x, p=p: LA.norm(x, p), X, lambda x, p=p: torch.linalg.matrix_norm(x, p))
        for p in (2, -2, "nuc")
    ],
    ("norm 2 of axes", lambda x: LA.norm(x, 2, axis=(2, 0), keepdims=True), MANY),
    ("matrix_norm nuc", lambda x: LA.matrix_norm(x, ord="nuc", keepdims=True), MANY),
    *[
        (f"norm {p} of rows", lambda x, p=p: LA.norm(x, p, axis=1), X, lambda x, p=p: x.norm(p, 1))
        for p in (-1, -2, -0.5, 0.5)
    ],
    ("norm 0", lambda x: LA.norm(x, 0, axis=1) + x[:, 0], X),
    ("vector_norm -1", lambda x: LA.vector_norm(x, ord=-1, axis=(0, 1), keepdims=True), X),
    ("tensorinv", lambda x: LA.tensorinv(np.reshape(x, (1, 3, 3, 1)), 2), SQUARE),
    ("tensorsolve", lambda a, b: LA.tensorsolve(np.reshape(a, (3, 1, 3)), b), SQUARE, B[None].T),
    ("tensorsolve axes", lambda a, b: LA.tensorsolve(np.reshape(a, (3, 1, 3)), b, axes=(0,)), SQUARE, B[None]),
]  # fmt: skip


def case(name: str, f: Callable[..., Any], *rest: Any) -> Case:
    xs = tuple(x for x in rest if isinstance(x, np.ndarray))
    theirs = with_torch(rest[len(xs)]) if len(rest) > len(xs) else None
    return Case(name, f, xs, theirs, orders=2)


CASES = [case(*row) for row in FUNCTIONS]


@hold(CASES)
def test_decompositions(holds: Callable[[Case], None], case: Case) -> None:
    holds(case)


@every("x", [SQUARE, TALL, WIDE, MANY], ids=lambda x: str(x.shape))
def test_the_parts_are_numpys_and_give_the_matrix_back(x: Any) -> None:
    t = Tensor(x)
    for found, expected in [
        (LA.svd(t, full_matrices=False), LA.svd(x, full_matrices=False)),
        (LA.qr(t), LA.qr(x)),
        *([(LA.eigh(t + t.mT), LA.eigh(x + x.mT))] if x.shape[-1] == x.shape[-2] else []),
    ]:
        assert type(found) is type(expected)
        for a, b in zip(found, expected, strict=True):
            np.testing.assert_allclose(a.data, b, rtol=1e-12, atol=1e-12, strict=True)


def test_values_that_are_equal_have_a_first_derivative_and_vectors_none() -> None:
    for f in (LA.eigvalsh, LA.svdvals):
        t = Tensor(np.eye(3))
        np.testing.assert_allclose(gradient(f(t).sum(), [t])[0], np.eye(3), atol=1e-15)
    t = Tensor(np.eye(3))
    assert np.isnan(gradient(LA.eigh(t).eigenvectors, [t], np.arange(9.0).reshape(3, 3))[0]).any()
    t = Tensor(np.eye(3))
    assert np.isnan(gradient(LA.svd(t).U, [t], np.arange(9.0).reshape(3, 3))[0]).any()


def test_a_pseudo_inverse_has_its_gradient_where_the_rank_stays() -> None:
    """Along directions that keep the rank of A = u vᵀ: A(h) = (u + h a)(v + h b)ᵀ."""
    u, v, a, b, g = (RNG.normal(size=n) for n in (4, 3, 4, 3, 12))
    t = Tensor(np.outer(u, v))
    (found,) = gradient(LA.pinv(t, rtol=1e-9), [t], g.reshape(3, 4))
    ends = [np.sum(LA.pinv(np.outer(u + h * a, v + h * b), rtol=1e-9) * g.reshape(3, 4)) for h in (1e-5, -1e-5)]
    slope = (ends[0] - ends[1]) / 2e-5
    np.testing.assert_allclose(np.sum(found * (np.outer(a, v) + np.outer(u, b))), slope, rtol=1e-7)


def test_rank_and_residuals_of_least_squares_are_numpys() -> None:
    for a, b in [(TALL, B), (WIDE, B[:2]), (np.outer(B, B), B)]:
        x, residuals, rank, s = LA.lstsq(Tensor(a), b)
        expected = LA.lstsq(a, b)
        assert rank == expected[2] and np.shape(residuals) == expected[1].shape
        np.testing.assert_allclose(x.data, expected[0], rtol=1e-10, atol=1e-12)
        np.testing.assert_allclose(s.data, expected[3], rtol=1e-10, atol=1e-12)


REFUSED: dict[str, tuple[Callable[[Tensor], Any], type[Exception], str]] = {
    "svd": (lambda t: LA.svd(t), TypeError, r"svd of 2 × 3 matrices .* full_matrices=False"),
    "svd hermitian": (lambda t: LA.svd(t[:, :2], hermitian=True), TypeError, "hermitian=True.*eigh"),
    "qr": (lambda t: LA.qr(t.T, "complete"), ValueError, "'reduced' or 'r', got 'complete'"),
    "qr raw": (lambda t: LA.qr(t, "raw"), ValueError, "'reduced' or 'r', got 'raw'"),
    "eigh": (lambda t: LA.eigh(t), LA.LinAlgError, "square"),
    "eig": (lambda t: LA.eig(t[:, :2]), TypeError, "eig has no rule.*write"),
    "lstsq": (lambda t: LA.lstsq(t, t.T), LA.LinAlgError, r"got \(2, 3\) and \(3, 2\)"),
    "norm of a matrix": (lambda t: LA.norm(t, 3), ValueError, "'nuc', ±1, ±2, inf or -inf, got 3"),
    "norm of a vector": (lambda t: LA.norm(t[0], "nuc"), ValueError, "a number p, got 'nuc'"),
    "tensorinv": (lambda t: LA.tensorinv(t, 1), LA.LinAlgError, "as many elements as the others"),
    "tensorsolve": (lambda t: LA.tensorsolve(t, t[0]), LA.LinAlgError, r"got \(2, 3\), \(3,\)"),
}


test_wrong_calls_are_explained = refused(REFUSED, lambda: Tensor(X))
