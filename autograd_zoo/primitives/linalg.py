"""Linear algebra of np.linalg: inverses, linear systems, determinants, Cholesky factors, norms and powers."""

from __future__ import annotations

import math
from collections.abc import Sequence
from functools import cache
from operator import index as integer
from typing import Any

import numpy as np
from numpy.lib.array_utils import normalize_axis_tuple

from ..engine.functions import implements
from ..engine.primitive import primitive
from ..engine.rules import defvjp
from ..engine.tensor import record
from ..engine.values import raw
from . import contraction  # noqa: F401  (the products: matmul, tensordot, einsum)
from .decomposition import spectral
from .length import direction
from .reduction import lengthwise
from .scatter import scatter_add
from .shape import arrayed

# ---- inverses and systems ---------------------------------------------------------------------------------------

defvjp(np.linalg.inv, lambda g, y, x: -(y.mT @ g @ y.mT), reach="matrices")


def solve_dxs(g: Any, y: Any, a: Any, b: Any) -> tuple[Any, Any]:
    """∂/∂b = a⁻ᵀ g and ∂/∂a = −(∂/∂b) yᵀ. Leading axes may have been broadcast; the sweep sums them back."""
    if b.ndim > 1:
        db = np.linalg.solve(a.mT, g)
        return -(db @ y.mT), db
    db = np.linalg.solve(a.mT, g[..., None])[..., 0]
    return -(db[..., :, None] * y[..., None, :]), db


defvjp(np.linalg.solve, joint=solve_dxs, broadcasts=True, reach="mixed")

# ---- determinants -----------------------------------------------------------------------------------------------


def minors(n: int) -> tuple[Any, ...]:
    """The index of all minors of an n × n matrix: at [i, j] the matrix without row i and column j."""
    others = np.array([[k for k in range(n) if k != i] for i in range(n)], int).reshape(n, n - 1)
    return (..., others[:, None, :, None], others[None, :, None, :])


@primitive
def cofactors(x: Any) -> Any:
    """The matrix of cofactors, the gradient of det(x): det(x) x⁻ᵀ, and finite where x is singular.

    From x = U diag(s) Vᵀ it is det(U) det(V) U diag(Π_{j≠i} s_j) Vᵀ, without a division.
    """
    u, s, vt = np.linalg.svd(x)
    one = np.ones_like(s[..., :1])
    before = np.cumprod(np.concatenate([one, s[..., :-1]], axis=-1), axis=-1)
    after = np.cumprod(np.concatenate([one, s[..., :0:-1]], axis=-1), axis=-1)[..., ::-1]
    sign = np.linalg.det(u) * np.linalg.det(vt)
    return (sign[..., None, None] * u * (before * after)[..., None, :]) @ vt


def cofactors_dx(g: Any, y: Any, x: Any) -> Any:
    """(Σ(g ⊙ y) − y gᵀ) x⁻ᵀ where x is regular; else through the cofactors of all its minors, of which there are n²."""
    n = x.shape[-1]
    if not n or np.all(np.linalg.cond(raw(x)) < np.finfo(x.dtype).eps ** -0.5):
        return (np.sum(g * y, axis=(-2, -1), keepdims=True) * np.eye(n, dtype=x.dtype) - y @ g.mT) @ np.linalg.inv(x).mT
    sign = np.where(np.add.outer(range(n), range(n)) % 2, -1.0, 1.0).astype(x.dtype)
    of_minors = (g * sign)[..., None, None] * cofactors(x[minors(n)])
    return scatter_add(of_minors, index=minors(n), shape=x.shape)


@primitive
def logabsdet(x: Any) -> Any:
    """log |det x|."""
    return np.linalg.slogdet(x)[1]


defvjp(np.linalg.det, lambda g, y, x: g[..., None, None] * cofactors(x), reach="matrices")
defvjp(cofactors, cofactors_dx, reach="matrices")
defvjp(logabsdet, lambda g, y, x: g[..., None, None] * np.linalg.inv(x).mT, reach="matrices")


@implements(np.linalg.slogdet)
def _slogdet(a: Any) -> Any:
    value = np.linalg.slogdet(raw(a))
    return type(value)(value[0], logabsdet(a))  # the sign is constant


# ---- Cholesky ---------------------------------------------------------------------------------------------------


def cholesky_dx(g: Any, y: Any, x: Any) -> Any:
    """The symmetric part of L⁻ᵀ Φ(Lᵀ g) L⁻¹; Φ takes the lower triangle, and half of the diagonal.

    x is symmetric, and so is its gradient. (I. Murray, Differentiation of the Cholesky decomposition, 2016.)
    """
    inner = np.tril(y.mT @ g)
    inner = np.where(np.eye(x.shape[-1], dtype=bool), 0.5 * inner, inner)
    dx = np.linalg.solve(y.mT, np.linalg.solve(y.mT, inner.mT).mT)
    return 0.5 * (dx + dx.mT)


defvjp(np.linalg.cholesky, cholesky_dx, reach="matrices")


@implements(np.linalg.cholesky)
def _cholesky(a: Any, *, upper: bool = False) -> Any:
    return record(np.linalg.cholesky, (a.mT,)).mT if upper else record(np.linalg.cholesky, (a,))


# ---- norms ------------------------------------------------------------------------------------------------------
# np.linalg.norm itself is recorded as √Σx², of vectors or of matrices (Frobenius); the other norms are composed.


def norm_dx(g: Any, y: Any, x: Any, axis: Any = None, keepdims: bool = False) -> Any:
    """g x / y, and 0 at the zero vector."""
    return lengthwise(g, y, x, axis, keepdims)


@primitive(broadcasts=True)
def root(x: Any, *, p: float) -> Any:
    """The p-th root of a sum of p-th powers, whose gradient is 0 where the sum is."""
    return x ** (1.0 / p)


defvjp(np.linalg.norm, norm_dx, reach="sums")
defvjp(root, lambda g, y, x, p: g / p * direction(y, x))


def euclidean(x: Any, axis: Any, keepdims: bool) -> Any:
    """√Σx² over one or two axes, or all."""
    if axis is not None:  # an integer, or several, however they are given
        axis = tuple(map(integer, np.ravel(axis))) if np.ndim(axis) else int(axis)
    return record(np.linalg.norm, (x,), {"axis": axis} | ({"keepdims": True} if keepdims else {}))


def sum_of_powers(x: Any, p: float, axis: Any, keepdims: bool) -> Any:
    """(Σ|x|ᵖ)^(1/p), with gradient 0 at the zero vector."""
    return root(np.sum(np.abs(x) ** p, axis=axis, keepdims=keepdims), p=p)


def vector_norm(x: Any, order: Any, axis: Any, keepdims: bool) -> Any:
    """A norm of the elements along all of `axis`."""
    if order in (math.inf, -math.inf):
        return (np.max if order > 0 else np.min)(np.abs(x), axis=axis, keepdims=keepdims)
    if isinstance(order, str) or np.ndim(order) or order != order:
        raise ValueError(f"the norm of a vector has ord None, inf, -inf or a number p, got {order!r}")
    if order == 0:  # how many are not 0, which is constant in pieces
        return np.sum(np.sign(np.abs(x)), axis=axis, keepdims=keepdims)
    if order == 1:
        return np.sum(np.abs(x), axis=axis, keepdims=keepdims)
    few = axis is None or 0 < np.size(axis) < 3
    return euclidean(x, axis, keepdims) if order == 2 and few else sum_of_powers(x, order, axis, keepdims)


def matrix_norm(x: Any, order: Any, axes: tuple[int, ...], keepdims: bool) -> Any:
    """A norm of the matrices in two axes: 1 is the largest sum of a column, inf that of a row."""
    if order == "fro":
        return euclidean(x, axes, keepdims)
    if order in (2, -2, "nuc"):
        return spectral(x, order, axes, keepdims)
    if order not in (1, -1, math.inf, -math.inf):
        raise ValueError(f"the norm of a matrix has ord None, 'fro', 'nuc', ±1, ±2, inf or -inf, got {order!r}")
    summed, other = axes if abs(order) == 1 else axes[::-1]
    sums = np.sum(np.abs(x), axis=summed, keepdims=True)
    y = (np.max if order > 0 else np.min)(sums, axis=other, keepdims=True)
    return y if keepdims else np.squeeze(y, axes)


@implements(np.linalg.norm)
def _norm(x: Any, ord: Any = None, axis: Any = None, keepdims: bool = False) -> Any:
    if ord is None:
        return euclidean(x, axis, keepdims)
    axes = normalize_axis_tuple(range(x.ndim) if axis is None else axis, x.ndim)
    if len(axes) not in (1, 2):
        raise ValueError(f"ord={ord!r} is a norm of vectors or matrices: give one axis or two, not {axes} of {x.shape}")
    return vector_norm(x, ord, axes[0], keepdims) if len(axes) == 1 else matrix_norm(x, ord, axes, keepdims)


implements(np.linalg.vector_norm)(lambda x, axis=None, keepdims=False, ord=2: vector_norm(x, ord, axis, keepdims))
implements(np.linalg.matrix_norm)(lambda x, keepdims=False, ord="fro": np.linalg.norm(x, ord, (-2, -1), keepdims))

# ---- powers and chains of products ------------------------------------------------------------------------------


@implements(np.linalg.matrix_power)
def _matrix_power(a: Any, n: int) -> Any:
    n = integer(n)
    if a.ndim < 2 or a.shape[-1] != a.shape[-2]:
        raise np.linalg.LinAlgError(f"matrix_power takes square matrices in the last two axes, got shape {a.shape}")
    if n == 0:
        return np.where(True, np.eye(a.shape[-1], dtype=a.dtype), a)
    a = a if n > 0 else np.linalg.inv(a)
    y = a
    for bit in f"{abs(n):b}"[1:]:
        y = y @ y @ a if bit == "1" else y @ y
    return y


@implements(np.linalg.multi_dot)
def _multi_dot(arrays: Sequence[Any]) -> Any:
    xs = [arrayed(x) for x in arrays]
    if len(xs) < 2 or any(x.ndim != 2 for x in xs[1:-1]) or any(x.ndim not in (1, 2) for x in (xs[0], xs[-1])):
        raise ValueError(
            "multi_dot takes two matrices or more (the first and the last may be vectors), "
            f"got shapes {', '.join(str(x.shape) for x in xs)}"
        )
    sizes = [xs[0].shape[0] if xs[0].ndim == 2 else 1, *(x.shape[0] for x in xs[1:]), *(xs[-1].shape[1:] or (1,))]

    @cache
    def cheapest(i: int, j: int) -> tuple[int, int]:
        """Multiplications for the product of the arrays i to j - 1, and where it is best split."""
        if j - i == 1:
            return 0, i
        return min((cheapest(i, k)[0] + cheapest(k, j)[0] + sizes[i] * sizes[k] * sizes[j], k) for k in range(i + 1, j))

    def product(i: int, j: int) -> Any:
        k = cheapest(i, j)[1]
        return xs[i] if j - i == 1 else product(i, k) @ product(k, j)

    return product(0, len(xs))
