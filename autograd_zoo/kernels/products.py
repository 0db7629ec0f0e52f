"""Matrix products in tiles, each so small that BLAS keeps it in its caller's thread and in the cache, packing nothing.

One call of `np.matmul` takes all the tiles, without the interpreter, so that two halves of a batch run side by side.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator

import numpy as np

from ..closed_form.notation import Array
from ..engine.values import ALONE
from .memory import scratch
from .threads import halves

SMALL = 1 << 18  # multiplications: for more OpenBLAS may wake threads of its own
LONGEST = 512  # terms of a sum in one product
STEP = 16  # columns: what a processor does at once
HIGH = 8  # rows of a tile: with few of them it is long, and BLAS quickest
ONE, TWO = 1 << 22, 1 << 26  # multiplications up to which one thread does, and from which on two of Python do
FEW = 1 << 7  # rows: so many are added at once
NEAR = 1 << 20  # elements of B that each few rows of A meet again: more of them come from far away


def product(A: Array, B: Array, out: Array) -> None:
    """out = A @ B of two matrices: in tiles, in two halves where that is long, or else by BLAS and its threads.

    Those wait for more work, and keep a core busy with it, that the second thread of other kernels wants; but they are
    there at once. So what is short takes one thread, what is long takes two that sleep afterwards.
    """
    A, B = direct(A), direct(B)
    size, near = A.size * B.shape[1], min(len(B), LONGEST) * B.shape[1] <= NEAR
    if size > ONE and (size < TWO or not near):
        np.matmul(A, B, out=out)
        return

    def part(start: int, stop: int) -> None:
        even = stop - (stop - start) % HIGH
        for rows in (slice(start, even), slice(even, stop)):
            if rows.start < rows.stop:
                total([(A[rows], B)], out[rows])

    halves(part, len(A), size >> 4)


def column_sums(samples: Array) -> Array:
    """Σ over the rows of a matrix: of many by products with ones that are as short."""
    if len(samples) <= FEW:
        return np.add.reduce(samples, 0)
    rows = max(1, ALONE // max(1, samples.shape[1]))
    whole = len(samples) - len(samples) % rows
    runs, rest = samples[:whole].reshape(-1, rows, samples.shape[1]), samples[whole:]
    found = np.add.reduce(np.ones(rows, samples.dtype) @ runs, 0)
    return found + np.ones(len(rest), samples.dtype) @ rest if len(rest) else found


def direct(v: Array) -> Array:
    """A matrix as BLAS takes it: itself, or a copy."""
    across, along = v.strides
    return v if min(across, along) == v.itemsize <= max(across, along) else np.ascontiguousarray(v)


def total(pairs: Iterable[tuple[Array, Array]], out: Array) -> None:
    """out = Σ A @ B over the pairs (A, B)

    Shapes: A (..., M, K), B (..., K, N), out (..., M, N), each K its own; the leading axes are broadcast.
    """
    first = True
    for A, B in pairs:
        for start in range(0, A.shape[-1], LONGEST):
            terms = slice(start, start + LONGEST)
            into = out if first else scratch("term", out.shape, out.dtype)
            multiply(A[..., terms], B[..., terms, :], into)
            if not first:
                out += into
            first = False
    if first:  # of no terms
        out[...] = 0


def multiply(A: Array, B: Array, out: Array) -> None:
    """out = A @ B, whose last two axes are views: of the last one the stride is that of an element."""
    (M, K), N = A.shape[-2:], B.shape[-1]
    rows = divisor(M, HIGH)
    if 2 * rows <= HIGH and M <= 4 * HIGH:
        rows = M  # 27 in one tile take half as long as in 9, and of 512 terms they stay as small
    left = A.reshape(*A.shape[:-2], M // rows, 1, rows, K)
    for start, count, size in runs(N, SMALL // (rows * K)):
        columns = slice(start, start + count * size)
        right = B[..., columns].reshape(*B.shape[:-1], count, size).swapaxes(-2, -3)[..., np.newaxis, :, :, :]
        place = out[..., columns].reshape(*out.shape[:-2], M // rows, rows, count, size)  # a view: axes are cut
        np.matmul(left, right, out=place.swapaxes(-2, -3))


def inner(A: Array, B: Array) -> Array:
    """Σ A @ Bᵀ over the first axis

    Shapes: A (n, ..., M, P), B (n, ..., K, P), the result (..., M, K).
    """
    (n, *lead, M, P), K = A.shape, B.shape[-2]
    rows, columns = divisor(M, STEP), divisor(K, STEP)
    found = np.zeros((*lead, M, K), A.dtype)
    for start, count, size in runs(P, SMALL // (rows * columns)):
        terms = slice(start, start + count * size)
        left = A[..., terms].reshape(n, *lead, M // rows, 1, rows, count, size)
        right = B[..., terms].reshape(n, *lead, 1, K // columns, columns, count, size)
        left, right = np.moveaxis(left, -2, 1), np.moveaxis(right, -2, 1).swapaxes(-1, -2)
        parts = scratch("parts", (n, count, *lead, M // rows, K // columns, rows, columns), A.dtype)
        np.matmul(left, right, out=parts)
        summed = np.add.reduce(parts.reshape(n * count, *parts.shape[2:]), 0)
        found += summed.swapaxes(-2, -3).reshape(found.shape)
    return found


def divisor(n: int, most: int) -> int:
    """The largest divisor of n up to `most`, or n itself where that one is small."""
    best = next(d for d in range(min(n, most), 0, -1) if n % d == 0)
    return best if 4 * best > most else n


def runs(n: int, most: int) -> Iterator[tuple[int, int, int]]:
    """Cut range(n) in tiles of one size, of about `most` at most, and what is left: their start, count and size."""
    most = max(STEP, most // STEP * STEP)
    if n <= most:
        yield 0, 1, n
        return
    even = -(-n // -(-n // most))
    size = -(-even // STEP) * STEP
    yield 0, n // size, size
    if n % size:
        yield n // size * size, 1, n % size
