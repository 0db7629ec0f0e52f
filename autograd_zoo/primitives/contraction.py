"""Contraction primitives: products of matrices and vectors, tensordot and einsum."""

from __future__ import annotations

import math
from collections.abc import Iterable, Sequence
from functools import lru_cache, reduce
from operator import index as integer
from string import ascii_letters
from typing import Any

import numpy as np

from ..engine.functions import implements
from ..engine.rules import RULES, defvjp
from ..engine.tensor import record
from ..engine.values import frozen, raw
from .shape import arrayed, axis_of, inverse
from .together import Matmul

# ---- matmul: for matrices ā = g bᵀ and b̄ = aᵀ g; leading axes are broadcast, and summed back by the sweep ------------


def rows(x: Any) -> Any:
    """`x` as one matrix, its leading axes run together."""
    return x if x.ndim == 2 else np.reshape(x, (math.prod(x.shape[:-1]), x.shape[-1]))


def matmul_da(g: Any, y: Any, a: Any, b: Any) -> Any:
    """g bᵀ; g ⊗ b for a vector b."""
    if b.ndim == 1:
        return g[..., None] * b
    return g @ b.mT if a.ndim > 1 else (b @ g[..., None])[..., 0]


def transposed(b: Any) -> bool:
    """Whether the columns of the matrices b lie in a piece, not their rows: b is Wᵀ."""
    return isinstance(b, np.ndarray) and b.strides[-2] < b.strides[-1]


def matmul_db(g: Any, y: Any, a: Any, b: Any) -> Any:
    """aᵀ g, in a single product where b has no leading axes; a ⊗ g for a vector a.

    Of a b that is Wᵀ it is (gᵀ a)ᵀ, which lies in memory as W does: what goes on to W is read, and added up, in order.
    """
    if a.ndim == 1:
        return a * g if b.ndim == 1 else a[:, None] * g[..., None, :]
    if b.ndim == 1:
        return np.ravel(g) @ rows(a)
    if b.ndim > 2 and a.shape[-2] == 1:  # a product of nothing but pairs
        return a.mT * g
    if b.ndim == 2:
        a, g = rows(a), rows(g)
    return (g.mT @ a).mT if transposed(b) else a.mT @ g


RULES[np.matmul] = Matmul(np.matmul, (matmul_da, matmul_db), None, True, "product")
defvjp(np.vecdot, lambda g, y, a, b: g[..., None] * b, lambda g, y, a, b: g[..., None] * a, reach="product")
if hasattr(np, "matvec"):  # since NumPy 2.2
    defvjp(
        np.matvec,
        lambda g, y, a, b: g[..., :, None] * b[..., None, :],
        lambda g, y, a, b: (a.mT @ g[..., None])[..., 0],
        reach="product",
    )
    defvjp(
        np.vecmat,
        lambda g, y, a, b: (b @ g[..., None])[..., 0],
        lambda g, y, a, b: a[..., :, None] * g[..., None, :],
        reach="product",
    )

# ---- tensordot --------------------------------------------------------------------------------------------------


def free(x: Any, axes: Sequence[int]) -> list[int]:
    """The axes of `x` that are not among `axes`."""
    return [axis for axis in range(np.ndim(raw(x))) if axis not in axes]


def by(order: Sequence[int], items: Sequence[int]) -> list[int]:
    """`items` in the order that sorts `order`."""
    return [item for _, item in sorted(zip(order, items, strict=True))]


def tensordot_da(g: Any, y: Any, a: Any, b: Any, axes: Any) -> Any:
    """g · b over the free axes of b, brought into the order of a's axes."""
    kept, (summed_a, summed_b) = free(a, axes[0]), axes
    product = np.tensordot(g, b, ([*range(len(kept), g.ndim)], free(b, summed_b)))
    return np.transpose(product, inverse([*kept, *by(summed_b, summed_a)]))


def tensordot_db(g: Any, y: Any, a: Any, b: Any, axes: Any) -> Any:
    """a · g over the free axes of a, brought into the order of b's axes."""
    kept, (summed_a, summed_b) = free(a, axes[0]), axes
    product = np.tensordot(a, g, (kept, [*range(len(kept))]))
    return np.transpose(product, inverse([*by(summed_a, summed_b), *free(b, summed_b)]))


defvjp(np.tensordot, tensordot_da, tensordot_db, reach="product")


@implements(np.tensordot, np.linalg.tensordot)
def _tensordot(a: Any, b: Any, axes: Any = 2) -> Any:
    a, b = arrayed(a), arrayed(b)
    if isinstance(axes, Iterable) and not (isinstance(axes, np.ndarray) and not axes.ndim):
        pairs = [tuple(integer(i) for i in np.ravel(part)) for part in axes]
    else:
        pairs = [tuple(range(-integer(axes), 0)), tuple(range(axes))]
    if len(pairs) != 2 or len(pairs[0]) != len(pairs[1]):
        raise ValueError(
            f"tensordot sums as many axes of a as of b: give a number, or two lists of one length; got {axes!r}"
        )
    summed = tuple(tuple(axis_of(axis, x) for axis in part) for x, part in zip((a, b), pairs, strict=True))
    return record(np.tensordot, (a, b), {"axes": summed})


# ---- composed of those ------------------------------------------------------------------------------------------


@implements(np.dot)
def _dot(a: Any, b: Any) -> Any:
    a, b = arrayed(a), arrayed(b)
    if not a.ndim or not b.ndim:
        return a * b
    return a @ b if b.ndim < 3 else np.tensordot(a, b, (-1, -2))


@implements(np.inner)
def _inner(a: Any, b: Any) -> Any:
    a, b = arrayed(a), arrayed(b)
    if not a.ndim or not b.ndim:
        return a * b
    return np.tensordot(a, b, (-1, -1))


@implements(np.kron)
def _kron(a: Any, b: Any) -> Any:
    a, b = arrayed(a), arrayed(b)
    axes = max(a.ndim, b.ndim)
    sizes = [((1,) * (axes - x.ndim) + x.shape) for x in (a, b)]
    a = np.reshape(a, [n for m in sizes[0] for n in (m, 1)])
    b = np.reshape(b, [n for m in sizes[1] for n in (1, m)])
    return np.reshape(a * b, [m * n for m, n in zip(*sizes, strict=True)])


@implements(np.cross)
def _cross(a: Any, b: Any, axisa: int = -1, axisb: int = -1, axisc: int = -1, axis: int | None = None) -> Any:
    axisa, axisb, axisc = (axisa, axisb, axisc) if axis is None else (axis,) * 3
    a, b = np.moveaxis(arrayed(a), axisa, -1), np.moveaxis(arrayed(b), axisb, -1)
    if a.shape[-1] != 3 or b.shape[-1] != 3:
        raise ValueError(f"cross takes vectors of length 3, got lengths {a.shape[-1]} and {b.shape[-1]}")
    a, b = np.roll(a, -1, -1), np.roll(b, -1, -1)  # c₀ = a₁b₂ − a₂b₁, and so on around
    return np.moveaxis(a * np.roll(b, -1, -1) - np.roll(a, -1, -1) * b, -1, axisc)


@implements(np.linalg.outer)
def _outer_of_vectors(x1: Any, x2: Any) -> Any:
    if arrayed(x1).ndim != 1 or arrayed(x2).ndim != 1:
        raise ValueError(f"linalg.outer takes two vectors, got shapes {np.shape(raw(x1))} and {np.shape(raw(x2))}")
    return np.outer(x1, x2)


@implements(np.linalg.vecdot)
def _vecdot(x1: Any, x2: Any, axis: int = -1) -> Any:
    return np.vecdot(np.moveaxis(arrayed(x1), axis, -1), np.moveaxis(arrayed(x2), axis, -1))


implements(np.linalg.matmul)(lambda x1, x2: np.matmul(x1, x2))
implements(np.linalg.cross)(lambda x1, x2, axis=-1: np.cross(x1, x2, axis=axis))
implements(np.vdot)(lambda a, b: np.matmul(np.ravel(a), np.ravel(b)))
implements(np.outer)(lambda a, b: np.ravel(a)[:, None] * np.ravel(b))

# ---- einsum -----------------------------------------------------------------------------------------------------


def einsum(*xs: Any, subscripts: str, optimize: Any = False) -> Any:
    """Products of the elements that share letters, summed over the letters that the result does not have."""
    return np.einsum(subscripts, *xs, optimize=optimize)


@lru_cache(maxsize=256)
def letters(subscripts: str, ndims: tuple[int, ...]) -> tuple[list[str], str]:
    """A letter for each axis of each input, and of the result; the axes under an ellipsis get letters of their own."""
    left, arrow, out = subscripts.replace(" ", "").partition("->")
    terms = left.split(",")
    spare = "".join(c for c in ascii_letters if c not in subscripts)
    hidden = [n - len(t) + 3 if "..." in t else 0 for t, n in zip(terms, ndims, strict=True)]
    dots = [spare[max(hidden) - n : max(hidden)] for n in hidden]  # aligned at the last axis, as in broadcasting
    if not arrow:
        once = sorted(c for c in set(left) - set(".,") if left.count(c) == 1)
        out = ("..." if "..." in left else "") + "".join(once)
    terms = [t.replace("...", d) for t, d in zip(terms, dots, strict=True)]
    return terms, out.replace("...", spare[: max(hidden)])


def einsum_dx(i: int, g: Any, y: Any, *xs: Any, subscripts: str, optimize: Any = False) -> Any:
    """The einsum of g and the other inputs, onto the letters of input i.

    Letters that only input i has were summed alone: g is repeated along them. Along an axis of length 1 that was
    broadcast, it is summed. A letter that stands twice in input i is a diagonal: g stands on it, among zeros.
    """
    x = xs[i]
    terms, out = letters(subscripts, tuple(map(np.ndim, map(raw, xs))))
    term, others = terms[i], [t for k, t in enumerate(terms) if k != i]
    reach = set(out).union(*others)
    onto = "".join(c for k, c in enumerate(term) if c in reach and x.shape[k] > 1 and c not in term[:k])
    operands = [g, *(other for k, other in enumerate(xs) if k != i)]
    product = np.einsum(f"{','.join([out, *others])}->{onto}", *operands, optimize=optimize)
    sizes = iter(product.shape)
    spread = [next(sizes) if c in onto and c not in term[:k] else 1 for k, c in enumerate(term)]
    product = np.broadcast_to(np.reshape(product, spread), x.shape)
    ends = np.ogrid[tuple(map(slice, x.shape))]
    twins = [ends[k] == ends[term.index(c)] for k, c in enumerate(term) if c in term[:k]]
    return np.where(reduce(np.logical_and, twins), product, 0.0) if twins else product


defvjp(einsum, nth=einsum_dx, reach="product")


@implements(np.einsum)
def _einsum(*operands: Any, optimize: Any = False) -> Any:
    subscripts, *xs = operands if isinstance(operands[0], str) else lettered(operands)
    return record(einsum, tuple(xs), {"subscripts": subscripts} | ({"optimize": frozen(optimize)} if optimize else {}))


def lettered(operands: Sequence[Any]) -> list[Any]:
    """The call einsum(x, [0, 1], y, [1, 2], [0, 2]) as einsum("ab,bc->ac", x, y)."""
    xs, lists = operands[: len(operands) // 2 * 2 : 2], operands[1::2]

    def spell(axes: Any) -> str:
        return "".join("..." if axis is ... else ascii_letters[integer(axis)] for axis in axes)

    out = f"->{spell(operands[-1])}" if len(operands) % 2 else ""
    return [",".join(map(spell, lists)) + out, *xs]
