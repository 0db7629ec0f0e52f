"""Eigenvalues, singular values, QR, pseudo-inverses and least squares of np.linalg.

Values have gradients everywhere; vectors where the values are distinct, else nan: there they are not functions of the
matrix. A vector is determined but for its sign, which LAPACK chooses.
"""

from __future__ import annotations

from math import prod
from operator import index as integer
from typing import Any

import numpy as np

from ..engine.functions import implements
from ..engine.primitive import primitive
from ..engine.rules import NOT_GIVEN, defvjp
from ..engine.tensor import call
from ..engine.values import raw
from .portable import defportable
from .shape import arrayed


def tall(*parts: Any) -> Any:
    """Matrices of as many columns, one above the other."""
    return np.concatenate(parts, axis=-2)


def reciprocal_gaps(v: Any) -> Any:
    """1 / (v_j − v_i), and 0 on the diagonal."""
    same = np.eye(v.shape[-1], dtype=bool)
    return np.where(same, 0.0, 1.0 / np.where(same, 1.0, v[..., None, :] - v[..., :, None]))


# ---- symmetric matrices -----------------------------------------------------------------------------------------


@primitive
def eigenvectors(x: Any, *, UPLO: Any = "L") -> Any:
    """The orthonormal eigenvectors of symmetric matrices, as columns, by growing eigenvalues."""
    return np.linalg.eigh(x, UPLO).eigenvectors


def symmetric_part(x: Any) -> Any:
    """(x + xᵀ) / 2."""
    return 0.5 * (x + x.mT)


def eigenvectors_dx(g: Any, y: Any, x: Any, UPLO: Any = "L") -> Any:
    """The symmetric part of V (F ∘ Vᵀg) Vᵀ, F_ij = 1 / (λ_j − λ_i)."""
    gaps = reciprocal_gaps(np.linalg.eigvalsh(x, UPLO))
    return symmetric_part(y @ (gaps * (y.mT @ g)) @ y.mT)


def eigvalsh_dx(g: Any, y: Any, x: Any, UPLO: Any = "L") -> Any:
    """V diag(g) Vᵀ, as symmetric as x."""
    v = eigenvectors(x, UPLO=UPLO)
    return (v * g[..., None, :]) @ v.mT


defvjp(np.linalg.eigvalsh, eigvalsh_dx, reach="mixed")
defvjp(eigenvectors, eigenvectors_dx, reach="matrices")
defportable(eigenvectors, lambda xp, x, UPLO="L": xp.linalg.eigh(x, UPLO)[1])


@implements(np.linalg.eigh)
def _eigh(a: Any, UPLO: Any = "L") -> Any:
    kind = type(np.linalg.eigh(np.zeros((1, 1))))
    return kind(np.linalg.eigvalsh(a, UPLO), eigenvectors(a, UPLO=UPLO))


# ---- singular values --------------------------------------------------------------------------------------------


@primitive
def singular_vectors(x: Any) -> Any:
    """The singular vectors of m × n matrices: U above V, as min(m, n) columns, by falling singular values."""
    u, _, vh = np.linalg.svd(x, full_matrices=False)
    return tall(u, vh.mT)


def singular_vectors_dx(g: Any, y: Any, x: Any) -> Any:
    """[U (F ∘ (Uᵀu − uᵀU)) S + (1 − UUᵀ) u S⁻¹] Vᵀ + U [S (F ∘ (Vᵀv − vᵀV)) Vᵀ + S⁻¹ vᵀ (1 − VVᵀ)].

    u and v are the cotangents of U and V, and F_ij = 1 / (s_j² − s_i²). (J. Townsend, Differentiating the singular
    value decomposition, 2016.)
    """
    m, n = x.shape[-2:]
    u, v, gu, gv = y[..., :m, :], y[..., m:, :], g[..., :m, :], g[..., m:, :]
    s = np.linalg.svdvals(x)
    gaps, row = reciprocal_gaps(s * s), s[..., None, :]

    def turned(a: Any, ga: Any) -> Any:
        return gaps * (a.mT @ ga - ga.mT @ a)

    d = u @ (turned(u, gu) * row + s[..., :, None] * turned(v, gv)) @ v.mT
    if m > n:
        d = d + ((gu - u @ (u.mT @ gu)) / row) @ v.mT
    if n > m:
        d = d + u @ ((gv - v @ (v.mT @ gv)) / row).mT
    return d


def svdvals_dx(g: Any, y: Any, x: Any) -> Any:
    """U diag(g) Vᵀ."""
    m, w = x.shape[-2], singular_vectors(x)
    return (w[..., :m, :] * g[..., None, :]) @ w[..., m:, :].mT


defvjp(np.linalg.svdvals, svdvals_dx, reach="mixed")
defvjp(singular_vectors, singular_vectors_dx, reach="matrices")


def _singular_vectors(xp: Any, x: Any) -> Any:
    u, _, vh = xp.linalg.svd(x, full_matrices=False)
    return xp.concatenate([u, xp.swapaxes(vh, -1, -2)], axis=-2)


defportable(singular_vectors, _singular_vectors)


@implements(np.linalg.svd)
def _svd(a: Any, full_matrices: bool = True, compute_uv: bool = True, hermitian: bool = False) -> Any:
    if hermitian:
        raise TypeError("svd of a Tensor knows no hermitian=True: np.linalg.eigh(a) decomposes what is symmetric")
    if not compute_uv:
        return np.linalg.svdvals(a)
    m, n = a.shape[-2:] if a.ndim > 1 else (0, 0)
    if full_matrices and m != n:
        raise TypeError(
            f"svd of {m} × {n} matrices has vectors that the matrix does not determine: write np.linalg.svd(a, "
            "full_matrices=False), or np.linalg.svdvals(a) for the values alone"
        )
    w = singular_vectors(a)
    return type(np.linalg.svd(np.zeros((1, 1))))(w[..., :m, :], np.linalg.svdvals(a), w[..., m:, :].mT)


# ---- QR ---------------------------------------------------------------------------------------------------------


@primitive
def orthogonal_triangular(x: Any) -> Any:
    """Q above R, of matrices x = QR that are not wider than high."""
    return tall(*np.linalg.qr(x))


def orthogonal_triangular_dx(g: Any, y: Any, x: Any) -> Any:
    """(q + Q M) R⁻ᵀ for cotangents q and r; M is symmetric, with the lower triangle of R rᵀ − qᵀQ."""
    m = x.shape[-2]
    q, r, gq, gr = y[..., :m, :], y[..., m:, :], g[..., :m, :], g[..., m:, :]
    lower = r @ np.triu(gr).mT - gq.mT @ q
    return np.linalg.solve(r, (gq + q @ (np.tril(lower) + np.tril(lower, -1).mT)).mT).mT


defvjp(orthogonal_triangular, orthogonal_triangular_dx, reach="matrices")
defportable(orthogonal_triangular, lambda xp, x: xp.concatenate(list(xp.linalg.qr(x)), axis=-2))


@implements(np.linalg.qr)
def _qr(a: Any, mode: str = "reduced") -> Any:
    m, n = a.shape[-2:] if a.ndim > 1 else (0, 0)
    if mode not in ("reduced", "r") and not (mode == "complete" and m <= n):
        raise ValueError(f"qr of {m} × {n} matrices is recorded with mode='reduced' or 'r', got {mode!r}")
    k = min(m, n)
    both = orthogonal_triangular(a[..., :k])  # the other columns of a wide matrix are Q times those of R
    q, r = both[..., :m, :], both[..., m:, :]
    r = r if n == k else np.concatenate([r, q.mT @ a[..., k:]], axis=-1)
    return r if mode == "r" else type(np.linalg.qr(np.zeros((1, 1))))(q, r)


# ---- pseudo-inverses and least squares --------------------------------------------------------------------------


def pinv_dx(g: Any, y: Any, x: Any, rcond: Any = None, rtol: Any = None) -> Any:
    """−Yᵀ g Yᵀ + (1 − x Y) gᵀ Y Yᵀ + Yᵀ Y gᵀ (1 − Y x), while the rank stays the same. (Golub, Pereyra, 1973.)"""
    left, right = g.mT @ y @ y.mT, y.mT @ y @ g.mT
    return left - x @ (y @ left) + right - right @ y @ x - y.mT @ g @ y.mT


defvjp(np.linalg.pinv, pinv_dx, reach="matrices")


@implements(np.linalg.pinv)
def _pinv(a: Any, rcond: Any = None, hermitian: bool = False, *, rtol: Any = NOT_GIVEN) -> Any:
    """A symmetric matrix has the same pseudo-inverse, said to be `hermitian` or not."""
    return call(np.linalg.pinv, (a,), {"rcond": rcond} | ({} if rtol is NOT_GIVEN else {"rtol": rtol}))


@implements(np.linalg.lstsq)
def _lstsq(a: Any, b: Any, rcond: float | None = None) -> Any:
    a, b = arrayed(a), arrayed(b)
    if a.ndim != 2 or b.ndim not in (1, 2) or a.shape[0] != b.shape[0]:
        raise np.linalg.LinAlgError(f"lstsq takes an m × n matrix and m numbers or rows, got {a.shape} and {b.shape}")
    m, n = a.shape
    s = np.linalg.svdvals(a)
    rcond = float(np.finfo(s.dtype).eps * max(m, n)) if rcond is None else rcond
    rank = int(np.sum(raw(s) > rcond * np.max(raw(s), initial=0.0)))
    x = np.linalg.pinv(a, rcond=rcond) @ b
    residuals = np.atleast_1d(np.sum((b - a @ x) ** 2, axis=0)) if rank == n < m else np.zeros(0)
    return x, residuals, rank, s


@implements(np.linalg.cond)
def _cond(x: Any, p: Any = None) -> Any:
    if p not in (None, 2, -2):
        return np.linalg.norm(x, p, axis=(-2, -1)) * np.linalg.norm(np.linalg.inv(x), p, axis=(-2, -1))
    s = np.linalg.svdvals(x)
    return s[..., 0] / s[..., -1] if p != -2 else s[..., -1] / s[..., 0]


# ---- tensors as matrices ----------------------------------------------------------------------------------------


@implements(np.linalg.tensorinv)
def _tensorinv(a: Any, ind: int = 2) -> Any:
    ind = integer(ind)
    rows, columns = a.shape[:ind], a.shape[ind:]
    if ind < 1 or prod(rows) != prod(columns):
        raise np.linalg.LinAlgError(f"the first {ind} axes of {a.shape} must have as many elements as the others")
    return np.reshape(np.linalg.inv(np.reshape(a, (prod(rows), -1))), (*columns, *rows))


@implements(np.linalg.tensorsolve)
def _tensorsolve(a: Any, b: Any, axes: Any = None) -> Any:
    a, b = arrayed(a), arrayed(b)
    if axes is not None:
        a = np.moveaxis(a, axes, range(a.ndim - len(axes), a.ndim))
    free = a.shape[b.ndim :] if a.ndim > b.ndim else ()
    if prod(free) != b.size or a.size != b.size**2:
        raise np.linalg.LinAlgError(
            f"tensorsolve takes a of shape b.shape + Q with as many in Q; got {a.shape}, {b.shape}"
        )
    return np.reshape(np.linalg.solve(np.reshape(a, (b.size, b.size)), np.ravel(b)), free)


def spectral(x: Any, order: Any, axes: tuple[int, ...], keepdims: bool) -> Any:
    """The largest (2), smallest (−2) or summed ("nuc") singular value of the matrices in two axes."""
    reduced: Any = {2: np.max, -2: np.min, "nuc": np.sum}[order]
    y = reduced(np.linalg.svdvals(np.moveaxis(x, axes, (-2, -1))), axis=-1)
    return np.expand_dims(y, axes) if keepdims else y
