"""The document's notation as NumPy matrices: columns, rows, ⊙ and diag(·), strict about shapes.

The document writes a vector as a column and a gradient as a row (numerator layout); code keeps both as 1-d arrays. A
literal transcription goes up to matrices with `col` and `row`, computes what is printed, and comes back with `uncol`
and `unrow`, which refuse the wrong layout. So a formula that lacks a transpose fails here instead of broadcasting.
"""

from typing import Any, TypeAlias

import numpy as np

Array: TypeAlias = Any
"""An ndarray, or whatever else NumPy's functions and operators dispatch on."""
Maybe: TypeAlias = Array | None
"""An array that may be left out."""


def col(v: Array) -> Array:
    """The vector v, shape (n,), as a column (n, 1)."""
    return np.reshape(v, (-1, 1))


def row(v: Array) -> Array:
    """The vector v, shape (n,), as a row (1, n)."""
    return np.reshape(v, (1, -1))


def uncol(m: Array) -> Array:
    """The column m, shape (n, 1), as a vector (n,); anything else is a ValueError."""
    if m.ndim != 2 or m.shape[1] != 1:
        raise ValueError(f"expected a column (n, 1), got shape {m.shape}: a transpose or a product is missing")
    return m[:, 0]


def unrow(m: Array) -> Array:
    """The row m, shape (1, n), as a vector (n,); anything else is a ValueError."""
    if m.ndim != 2 or m.shape[0] != 1:
        raise ValueError(f"expected a row (1, n), got shape {m.shape}: a transpose or a product is missing")
    return m[0]


def hadamard(a: Array, b: Array) -> Array:
    """A ⊙ b, which is defined for equal shapes only: a row and a column are a ValueError.

    >>> hadamard(row([1, 2]), row([3, 4]))
    array([[3, 8]])
    """
    if np.shape(a) != np.shape(b):
        raise ValueError(f"⊙ needs equal shapes, got {np.shape(a)} and {np.shape(b)}: transpose one of the two")
    return a * b


def diag(m: Array) -> Array:
    """diag(m) as mathematics has it: of a vector the diagonal matrix, of a matrix its diagonal, a column.

    >>> diag(col([1, 2]))
    array([[1, 0],
           [0, 2]])
    >>> diag(np.array([[1, 2], [3, 4]]))
    array([[1],
           [4]])
    """
    return np.diag(np.ravel(m)) if 1 in np.shape(m) else col(np.diag(m))


def keep_diagonal(m: Array) -> Array:
    """The square matrix m with everything off its diagonal set to zero, the other sense of diag(m)."""
    return np.diag(np.diag(m))
