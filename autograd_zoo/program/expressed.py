"""Rows that are expressions: what an operation is in functions of the array API standard, by its name.

Each takes the rows of a namespace, then the operation's arguments: `(r, *args, **params)`.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import TYPE_CHECKING, Any

import numpy as np

from ..primitives.contraction import letters

if TYPE_CHECKING:
    from .portable import Rows

Expression = Callable[..., Any]
DEGREE = math.pi / 180.0


def times(r: Rows, x: Any, factor: float) -> Any:
    """x · factor."""
    return r.pair(r.xp.multiply, x, factor)


def power(r: Rows, a: Any, b: Any) -> Any:
    """a^b."""
    return r.pair(r.xp.pow, a, b)


def flag(r: Rows, x: Any, value: bool) -> Any:
    """One truth value for all elements."""
    return r.asarray(np.full(tuple(x.shape), value))


def either(r: Rows, extreme: str, a: Any, b: Any) -> Any:
    """The larger or smaller one, the other one where one is nan."""
    a, b = r.alike(a, b)
    y = r.pair(getattr(r.xp, extreme), a, b)
    return r.where(r.xp.isnan(a), b, r.where(r.xp.isnan(b), a, y))


def fmod(r: Rows, a: Any, b: Any) -> Any:
    """The rest of a division, with the sign of a."""
    a, b = r.alike(a, b)
    rest = r.pair(r.xp.remainder, r.xp.abs(a), r.xp.abs(b))
    return r.where(a < 0, r.xp.negative(rest), rest)


def heaviside(r: Rows, x: Any, h: Any) -> Any:
    """0, h or 1 where x is negative, 0 or positive."""
    x, h = r.alike(x, h)
    return r.where(r.xp.isnan(x), x, r.where(x < 0, 0.0 * h, r.where(x == 0, h, 0.0 * h + 1.0)))


def isclose(r: Rows, a: Any, b: Any, rtol: float = 1e-5, atol: float = 1e-8, equal_nan: bool = False) -> Any:
    """|a − b| ≤ atol + rtol |b|."""
    a, b = r.alike(a, b)
    near = (r.xp.abs(a - b) <= rtol * r.xp.abs(b) + atol) & r.xp.isfinite(b)
    near = near | (a == b)
    return near | (r.xp.isnan(a) & r.xp.isnan(b)) if equal_nan else near


def allclose(r: Rows, a: Any, b: Any, **params: Any) -> Any:
    """Whether all elements are close."""
    return r.xp.all(isclose(r, a, b, **params))


def array_equal(r: Rows, a1: Any, a2: Any, equal_nan: bool = False) -> Any:
    """Whether shapes and elements are the same."""
    a, b = r.alike(a1, a2)
    if tuple(a.shape) != tuple(b.shape):
        return r.asarray(np.asarray(False))
    same = r.pair(r.xp.equal, a, b)
    return r.xp.all(same | (r.xp.isnan(a) & r.xp.isnan(b)) if equal_nan else same)


def array_equiv(r: Rows, a1: Any, a2: Any) -> Any:
    """Whether elements are the same after broadcasting."""
    a, b = r.alike(a1, a2)
    try:
        np.broadcast_shapes(tuple(a.shape), tuple(b.shape))
    except ValueError:
        return r.asarray(np.asarray(False))
    return r.xp.all(r.pair(r.xp.equal, a, b))


def isin(r: Rows, element: Any, test_elements: Any, *, invert: bool = False) -> Any:
    """Whether each element is among others."""
    a, b = r.alike(element, test_elements)
    found = r.xp.any(r.xp.equal(a[..., None], r.xp.reshape(b, (-1,))), axis=-1)
    return r.xp.logical_not(found) if invert else found


def counted(r: Rows, mask: Any) -> Any:
    """How many are true along the last axis."""
    return r.xp.sum(r.xp.astype(mask, r.xp.int64), axis=-1)


def searchsorted(r: Rows, a: Any, v: Any, side: str = "left") -> Any:
    """How many elements come before."""
    a, v = r.alike(a, v)
    return counted(r, a < v[..., None] if side == "left" else a <= v[..., None])


def digitize(r: Rows, x: Any, bins: Any, right: bool = False) -> Any:
    """The number of the bin, whichever way bins grow."""
    x, b = r.alike(x, bins)
    x = x[..., None]
    up, down = (counted(r, b < x), counted(r, b >= x)) if right else (counted(r, b <= x), counted(r, b > x))
    return r.where(b[0] <= b[-1], up, down)


def signbit(r: Rows, x: Any) -> Any:
    """Whether x is negative, or −0."""
    return (x < 0) | ((x == 0) & (1.0 / x < 0))


def sinc(r: Rows, x: Any) -> Any:
    """sin(πx)/(πx)."""
    t = times(r, x, math.pi)
    zero = t == 0
    t = r.where(zero, r.xp.ones_like(t), t)
    return r.where(zero, r.xp.ones_like(t), r.xp.sin(t) / t)


def filled(value: int) -> Expression:
    """An array like x, of one value."""
    return lambda r, x, dtype=None: r.asarray(np.full(tuple(x.shape), value, dtype or str(x.dtype).rpartition(".")[2]))


def known_places(f: Callable[..., Any]) -> Expression:
    """Indices that depend on the shape alone."""
    return lambda r, x, **params: tuple(map(r.asarray, f(np.empty(tuple(x.shape), bool), **params)))


def nan_arg(name: str, worst: float) -> Expression:
    """The place of an extreme, of what is no nan."""

    def row(r: Rows, x: Any, axis: Any = None, keepdims: bool = False) -> Any:
        return getattr(r, name)(r.where(r.xp.isnan(x), worst, x), axis=axis, keepdims=keepdims)

    return row


def rounded(r: Rows, x: Any, decimals: int = 0) -> Any:
    """x to some decimals, as NumPy does it."""
    if not decimals or not r.xp.isdtype(x.dtype, "real floating"):
        return r.xp.round(x)
    scale = 10.0 ** abs(decimals)
    return r.xp.round(x * scale) / scale if decimals > 0 else r.xp.round(x / scale) * scale


def nan_to_num(r: Rows, x: Any, nan: float = 0.0, posinf: Any = None, neginf: Any = None) -> Any:
    """x with numbers for nan and infinities."""
    most = float(np.finfo(str(x.dtype).rpartition(".")[2]).max)
    y = r.where(r.xp.isnan(x), nan, x)
    y = r.where(x == math.inf, most if posinf is None else posinf, y)
    return r.where(x == -math.inf, -most if neginf is None else neginf, y)


# ---- matrices and products -------------------------------------------------------------------------------------------


def trace(r: Rows, x: Any, offset: int = 0, axis1: int = 0, axis2: int = 1) -> Any:
    """The sum of a diagonal."""
    return r.xp.sum(r.moved(np.diagonal, x, offset, axis1, axis2), axis=-1)


def diagflat(r: Rows, x: Any, k: int = 0) -> Any:
    """A matrix with x on a diagonal."""
    n = math.prod(x.shape)
    flat = r.xp.concat([r.xp.reshape(x, (-1,)), r.xp.zeros((1,), dtype=x.dtype)])
    return r.gathered(flat, (np.diagflat(np.arange(1, n + 1), k) + n) % (n + 1))


def tensordot(r: Rows, a: Any, b: Any, axes: Any = 2) -> Any:
    """Products, summed over pairs of axes."""
    n = axes if isinstance(axes, int) else None
    pair = (range(a.ndim - n, a.ndim), range(n)) if n is not None else tuple(map(np.atleast_1d, axes))
    left, right = [int(k) % a.ndim for k in pair[0]], [int(k) % b.ndim for k in pair[1]]
    rest = [k for k in range(a.ndim) if k not in left], [k for k in range(b.ndim) if k not in right]
    shape = [a.shape[k] for k in rest[0]] + [b.shape[k] for k in rest[1]]
    inner = math.prod(a.shape[k] for k in left)
    one = r.xp.reshape(r.xp.permute_dims(a, (*rest[0], *left)), (math.prod(shape[: len(rest[0])]), inner))
    two = r.xp.reshape(r.xp.permute_dims(b, (*right, *rest[1])), (inner, math.prod(shape[len(rest[0]) :])))
    return r.xp.reshape(r.matmul(one, two), tuple(shape))


def einsum(r: Rows, *xs: Any, subscripts: str, optimize: Any = False) -> Any:
    """The product of all, summed over the letters that the result does not have."""
    terms, out = letters(subscripts, tuple(x.ndim for x in xs))
    every = out + "".join(sorted(set("".join(terms)) - set(out)))
    product: Any = None
    for term, x in zip(terms, xs, strict=True):
        once = "".join(dict.fromkeys(term))
        if once != term:  # a letter that stands twice is a diagonal
            places = np.arange(math.prod(x.shape)).reshape(tuple(x.shape))
            x = r.gathered(x, np.einsum(f"{term}->{once}", places))
        order = sorted(range(len(once)), key=lambda k: every.index(once[k]))
        lengths = {c: x.shape[k] for k, c in enumerate(once)}
        x = r.xp.reshape(r.xp.permute_dims(x, tuple(order)), tuple(lengths.get(c, 1) for c in every))
        product = x if product is None else r.pair(r.xp.multiply, product, x)
    return product if len(out) == len(every) else r.xp.sum(product, axis=tuple(range(len(out), len(every))))


def recurrence(r: Rows, a: Any, b: Any) -> Any:
    """h_i = a_i h_{i−1} + b_i along the last axis, step by step."""
    h = [b[..., 0]]
    for i in range(1, b.shape[-1]):
        h.append(a[..., i] * h[-1] + b[..., i])
    return r.xp.stack(h, axis=-1)


def mirrored(r: Rows, x: Any, UPLO: str) -> Any:
    """The symmetric matrix of one triangle."""
    half, diagonal = r.tril if UPLO == "L" else r.triu, np.eye(x.shape[-1], dtype=bool)
    triangle = half(x)
    other = r.swapaxes(triangle, -1, -2)
    return r.where(r.asarray(diagonal), x, triangle + other)


def lexsort(r: Rows, keys: Any, axis: int = -1) -> Any:
    """Indices that sort by the last key, then the one before."""
    keys = [keys[k] for k in range(keys.shape[0])] if hasattr(keys, "shape") else list(keys)
    order = r.argsort(keys[0], axis=axis)
    for key in keys[1:]:
        order = r.take_along_axis(order, r.argsort(r.take_along_axis(key, order, axis), axis=axis), axis)
    return order


def transformed(r: Rows, x: Any, axes: Any, inverse: bool = False, norm: Any = None) -> Any:
    """The Fourier transform."""
    f = r.xp.fft.ifftn if inverse else r.xp.fft.fftn
    return f(r.to_complex(x), axes=tuple(axes), norm=norm or "backward")


# ---- places ----------------------------------------------------------------------------------------------------------


def put(r: Rows, x: Any, v: Any, *, index: Any, how: str) -> Any:
    """x with v set, added, multiplied, or compared with at an index."""
    if not hasattr(x, "shape"):
        x = r.asarray(np.asarray(x))
    shape, n = tuple(x.shape), math.prod(x.shape)
    x, v = r.alike(x, v)
    places = r.places(index, shape)
    fixed = isinstance(places, np.ndarray)
    there = tuple(places.shape)
    v = r.xp.reshape(v, tuple(v.shape)[max(0, v.ndim - len(there)) :])
    v = r.xp.reshape(r.xp.astype(r.xp.broadcast_to(v, there), x.dtype), (-1,))
    flat, every = r.xp.reshape(x, (-1,)), r.index(np.arange(n))
    at = r.xp.reshape(r.index(places) if fixed else places, (-1, 1))
    hit = r.xp.equal(at, r.xp.reshape(every, (1, -1)))
    column = r.xp.reshape(v, (-1, 1))
    if how == "set":  # the last one stays
        rank = r.index(np.arange(1, math.prod(there) + 1).reshape(-1, 1))
        last = r.xp.max(r.where(hit, rank, 0), axis=0)
        both = r.xp.concat([r.xp.zeros((1,), dtype=x.dtype), v])
        return r.xp.reshape(r.where(last == 0, flat, r.xp.take(both, last, axis=0)), shape)
    neutral: Any = r.xp.reshape(flat, (1, -1)) if how in ("minimum", "maximum") else {"add": 0.0, "multiply": 1.0}[how]
    whole = r.where(hit, column, neutral)
    reduced = {"add": r.xp.sum, "multiply": r.xp.prod, "minimum": r.xp.min, "maximum": r.xp.max}[how](whole, axis=0)
    return r.xp.reshape(r.pair(getattr(r.xp, how), flat, reduced), shape)


EXPRESSED: dict[str, Expression] = {
    "np.cbrt": lambda r, x: r.xp.sign(x) * power(r, r.xp.abs(x), 1.0 / 3.0),
    "np.exp2": lambda r, x: power(r, 2.0, x),
    "np.deg2rad": lambda r, x: times(r, x, DEGREE),
    "np.radians": lambda r, x: times(r, x, DEGREE),
    "np.rad2deg": lambda r, x: times(r, x, 1.0 / DEGREE),
    "np.degrees": lambda r, x: times(r, x, 1.0 / DEGREE),
    "np.fabs": lambda r, x: r.xp.abs(x),
    "np.float_power": lambda r, a, b: power(r, *(r.xp.astype(x, r.xp.float64) for x in r.alike(a, b))),
    "np.fmax": lambda r, a, b: either(r, "maximum", a, b),
    "np.fmin": lambda r, a, b: either(r, "minimum", a, b),
    "np.fmod": fmod,
    "np.heaviside": heaviside,
    "np.isclose": isclose,
    "np.allclose": allclose,
    "np.array_equal": array_equal,
    "np.array_equiv": array_equiv,
    "np.isposinf": lambda r, x: x == math.inf,
    "np.isneginf": lambda r, x: x == -math.inf,
    "np.isreal": lambda r, x: flag(r, x, True),
    "np.iscomplex": lambda r, x: flag(r, x, False),
    "np.conjugate": lambda r, x: r.conj(x),
    "np.isin": isin,
    "np.searchsorted": searchsorted,
    "np.digitize": digitize,
    "np.signbit": signbit,
    "np.sinc": sinc,
    "np.zeros_like": filled(0),
    "np.empty_like": filled(0),
    "np.ones_like": filled(1),
    "np.diag_indices_from": known_places(np.diag_indices_from),
    "np.tril_indices_from": known_places(np.tril_indices_from),
    "np.triu_indices_from": known_places(np.triu_indices_from),
    "np.nanargmax": nan_arg("argmax", -math.inf),
    "np.nanargmin": nan_arg("argmin", math.inf),
    "np.round": rounded,
    "np.around": rounded,
    "np.nan_to_num": nan_to_num,
    "np.logaddexp2": lambda r, a, b: times(
        r, r.pair(r.xp.logaddexp, times(r, a, math.log(2)), times(r, b, math.log(2))), 1 / math.log(2)
    ),
    "np.lexsort": lexsort,
    "np.trace": trace,
    "np.diagflat": diagflat,
    "np.tensordot": tensordot,
    "np.matvec": lambda r, a, v: r.matmul(a, v[..., None])[..., 0],
    "np.vecmat": lambda r, v, a: r.matmul(r.conj(v)[..., None, :], a)[..., 0, :],
    "np.vecdot": lambda r, a, b: r.xp.sum(r.pair(r.xp.multiply, r.conj(a), b), axis=-1),
    "np.linalg.eigvalsh": lambda r, x, UPLO="L": r.xp.linalg.eigvalsh(mirrored(r, x, UPLO)),
    "np.linalg.svdvals": lambda r, x: r.xp.linalg.svdvals(x),
    "np.linalg.pinv": lambda r, x: r.xp.linalg.pinv(x, rtol=1e-15),
    "np.linalg.matrix_rank": lambda r, x: r.xp.linalg.matrix_rank(x),
    "az.einsum": einsum,
    "az.put": put,
    "az.recurrence": recurrence,
    "az.root": lambda r, x, p: power(r, x, 1.0 / p),
    "az.log_of_base": lambda r, a: r.xp.log(r.where(a == 0, r.xp.ones_like(a), a)),
    "az.logabsdet": lambda r, x: r.xp.linalg.slogdet(x)[1],
    "az.eigenvectors": lambda r, x, UPLO="L": r.xp.linalg.eigh(mirrored(r, x, UPLO))[1],
    "az.singular_vectors": lambda r, x: r.xp.concat(singular(r, x), axis=-2),
    "az.orthogonal_triangular": lambda r, x: r.xp.concat(list(r.xp.linalg.qr(x)), axis=-2),
    "az.dft": transformed,
    "az.real_part": lambda r, z: r.xp.real(r.to_complex(z)),
    "az.imaginary_part": lambda r, z: r.xp.imag(r.to_complex(z)),
    "az.turned": lambda r, z: r.to_complex(z) * -1j,
    "az.argument": lambda r, z: r.xp.atan2(r.xp.imag(r.to_complex(z)), r.xp.real(r.to_complex(z))),
}


def singular(r: Rows, x: Any) -> list[Any]:
    """The singular vectors on both sides, as columns."""
    u, _, vh = r.xp.linalg.svd(x, full_matrices=False)
    return [u, r.swapaxes(vh, -1, -2)]
