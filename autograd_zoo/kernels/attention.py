"""Attention, a block of samples at a time: its scores stay in the cache while they become weights, and are mixed."""

from __future__ import annotations

import math
from collections.abc import Callable, Container, Iterator
from typing import Any, NamedTuple

import numpy as np

from ..closed_form import attention_head as cf
from ..closed_form.notation import Array, Maybe
from ..engine.values import Kept
from .memory import empty, scratch
from .products import SMALL
from .statistics import sums
from .threads import halves
from .twins import twin_of

BLOCK = 1 << 17  # scores that stay in a core's cache
LARGE = 60.0  # scores within ±LARGE need no shift: their exponentials have sums and reciprocals


class Masks(NamedTuple):
    """What is added to the scores, where they are −∞ then, and whose weights are 0; None where there is nothing."""

    added: Maybe
    hidden: Maybe
    nothing: Maybe


def masks_of(shape: tuple[int, ...], dtype: Any, mask: Maybe, causal: bool) -> Masks:
    """The masks of scores of a shape, broadcast to it."""
    allowed: Any = np.tri(*shape[-2:], dtype=np.bool) if causal else None
    added = None
    if mask is not None and mask.dtype == bool:
        allowed = mask if allowed is None else allowed & mask
    elif mask is not None:
        finite = np.not_equal(mask, -math.inf)
        if not finite.all():
            allowed = finite if allowed is None else allowed & finite
        added = np.broadcast_to(np.where(finite, mask, 0).astype(dtype), shape)
    if allowed is None:
        return Masks(added, None, None)
    nothing = ~np.any(allowed, axis=-1, keepdims=True)
    hidden = np.broadcast_to(~(allowed | nothing), shape)
    return Masks(added, hidden, np.broadcast_to(nothing, shape) if nothing.any() else None)


def alongside(x: Array, last: int) -> Array:
    """A new array like x, whose axes have the same order in memory, with the last one of another length."""
    shape = (*x.shape[:-1], last)
    order = sorted(range(x.ndim), key=lambda axis: -abs(x.strides[axis]))
    if order == list(range(x.ndim)) or order[-1] != x.ndim - 1:
        return empty(shape, x.dtype)
    return empty(tuple(shape[axis] for axis in order), x.dtype).transpose(np.argsort(order))


def by_blocks(step: Callable[..., None], scores: tuple[int, ...], *arrays: Maybe) -> None:
    """Call `step` with a block of samples of every array after the other, on two threads."""
    while len(scores) > 3 and scores[0] == 1:
        scores, arrays = scores[1:], tuple(None if a is None else a[0] for a in arrays)
    if len(scores) == 2:
        scores, arrays = (1, *scores), tuple(None if a is None else a[None] for a in arrays)
    size = max(1, math.prod(scores))
    samples = max(1, BLOCK * scores[0] // size)

    def part(start: int, stop: int) -> None:
        for block in slices(start, stop, samples):
            step(*[None if a is None else a[block] for a in arrays])

    halves(part, scores[0], size)


def slices(start: int, stop: int, length: int) -> Iterator[slice]:
    """range(start, stop) in slices of a length."""
    return (slice(i, min(i + length, stop)) for i in range(start, stop, length))


def product(A: Array, B: Array, out: Array) -> None:
    """out = A @ B of each matrix, by rows of A that are so few that BLAS keeps a product in its caller's thread."""
    (M, K), N = A.shape[-2:], B.shape[-1]
    rows = M
    while rows % 2 == 0 and rows * K * N > SMALL:
        rows //= 2
    if rows == M:
        np.matmul(A, B, out=out)
    else:
        pieces = [a.reshape(*a.shape[:-2], M // rows, rows, a.shape[-1]) for a in (A, out)]  # views: an axis is cut
        np.matmul(pieces[0], B[..., np.newaxis, :, :], out=pieces[1])


def transposed(m: Array) -> Array:
    """Each matrix transposed."""
    return np.swapaxes(m, -1, -2)


def scaled(name: str, a: Array, factor: float) -> Array:
    """factor · a, in memory of this thread."""
    return np.multiply(a, factor, out=scratch(name, a.shape, a.dtype))


def softmax(S: Array, added: Maybe, hidden: Maybe, nothing: Maybe) -> None:
    """The weights, in place, of scores that are added to and hidden."""
    if added is not None:
        S += added
    small = S.max() < LARGE and S.min() > -LARGE
    if hidden is not None:
        np.copyto(S, -math.inf, where=hidden)
    if not small:
        S -= S.max(axis=-1, keepdims=True)
    np.exp(S, out=S)
    totals = sums(S.reshape(len(S), 1, -1, S.shape[-1])).reshape(S.shape[:-1])
    S *= np.divide(1, totals, out=totals)[..., None]
    if nothing is not None:
        np.copyto(S, 0, where=nothing)


@twin_of(cf.scaled_dot_product_attention)
def scaled_dot_product_attention(
    Q: Array, K: Array, V: Array, mask: Maybe = None, D: Maybe = None, *, causal: bool = False, q: float = 0.0
) -> Any:
    """yᵢ = Σⱼ Aᵢⱼ vⱼ, where Aᵢⱼ = exp(Sᵢⱼ)/Σⱼ' exp(Sᵢⱼ') over the keys that query i may see, and Sᵢⱼ = qᵢᵀkⱼ/√d"""
    if {K.dtype, V.dtype, Q.dtype if D is None else D.dtype} != {Q.dtype}:
        return cf.scaled_dot_product_attention(Q, K, V, mask, D, causal=causal, q=q)
    scores = (*Q.shape[:-1], K.shape[-2])
    A, y = empty(scores, Q.dtype), alongside(Q, V.shape[-1])
    over = None if D is None else np.broadcast_to(D, scores)

    def step(Q: Array, K: Array, V: Array, A: Array, y: Array, D: Maybe, *masks: Maybe) -> None:
        product(scaled("queries", Q, 1.0 / math.sqrt(Q.shape[-1])), transposed(K), A)
        softmax(A, *masks)
        product(A if D is None else np.multiply(A, D, out=scratch("left", A.shape, A.dtype)), V, y)
        if D is not None:
            y *= 1.0 / (1.0 - q)

    by_blocks(step, scores, Q, K, V, A, y, over, *masks_of(scores, Q.dtype, mask, causal))
    return Kept(y, A)


@twin_of(cf.scaled_dot_product_attention_gradients)
def scaled_dot_product_attention_gradients(
    g: Array, y: Array, Q: Array, K: Array, V: Array, mask: Maybe = None, D: Maybe = None,
    *, kept: Any = None, wanted: Container[int] = range(5), **params: Any,
) -> cf.DotProductGradients:  # fmt: skip
    """∂L/∂Sᵢⱼ = Aᵢⱼ (∂L/∂Aᵢⱼ − Σⱼ' Aᵢⱼ' ∂L/∂Aᵢⱼ'), and what follows from it

    The sum is also ∂L/∂yᵢ yᵢ, which costs less; but that is rounded otherwise than the ∂L/∂Aᵢⱼ that it is taken from,
    and where one key has all the weight nothing else is left.
    """
    if D is not None and 4 in wanted:
        return cf.scaled_dot_product_attention_gradients(g, y, Q, K, V, mask, D, **params)
    A: Array = kept
    dQ, dK, dV = (alongside(a, a.shape[-1]) if i in wanted else None for i, a in enumerate((Q, K, V)))
    asked = mask is not None and mask.dtype != bool and 3 in wanted
    dS = empty(A.shape, A.dtype) if asked else None
    over = None if D is None else np.broadcast_to(D, A.shape)
    scale, more = 1.0 / math.sqrt(Q.shape[-1]), 1.0 / (1.0 - params.get("q", 0.0))

    def step(g: Array, y: Array, Q: Array, K: Array, V: Array, A: Array, D: Maybe, *found: Maybe) -> None:
        dQ, dK, dV, dS = found
        left, upstream = A, g
        if D is not None:
            left, upstream = np.multiply(A, D, out=scratch("left", A.shape, A.dtype)), scaled("upstream", g, more)
        if dV is not None:
            product(transposed(left), upstream, dV)
        if dS is None:
            dS = scratch("dS", A.shape, A.dtype)
        product(upstream, transposed(V), dS)
        if D is not None:
            dS *= D
        dS -= np.vecdot(A, dS)[..., None]
        dS *= A
        if dQ is not None:
            product(dS, K, dQ)
            dQ *= scale
        if dK is not None:
            product(transposed(dS), scaled("queries", Q, scale), dK)

    by_blocks(step, A.shape, g, y, Q, K, V, A, over, dQ, dK, dV, dS)
    return cf.DotProductGradients(dQ, dK, dV, None if dS is None else cf.of_broadcast(dS, mask), None)
