"""Constants in words: all the digits of a number, the elements of a few, and of many what they are and a check sum."""

from __future__ import annotations

import zlib

import numpy as np

from .letters import UNNAMED
from .style import exact, number, rounded, shape

FEW = 6  # elements that are written out
DIGITS = 6  # of an element that count in the check sum: the last ones differ from machine to machine


def told(array: np.ndarray, what: str = "") -> str:
    """A constant so that another one reads otherwise; with what is known of it besides its elements.

    >>> told(np.asarray(1.0001)), told(np.array([[1, 0], [0, 2]]))
    ('1.0001', 'constant 2×2 [[1, 0], [0, 2]]')
    >>> told(np.eye(3)), told(np.zeros((4, 5))), told(np.arange(8.0) % 3)
    ('constant 3×3 (identity)', 'constant 4×5 of 0', 'constant 8 (0 … 2, #7dfd)')
    """
    if array.ndim == 0:
        return exact(float(str(array[()])) if array.dtype.kind == "f" else float(array))
    about = f"constant {shape(array.shape)}"
    if what:
        return f"{about} ({what}) {_listed(array)}" if array.size <= FEW else f"{about} ({what}, #{checksum(array)})"
    if not array.size:
        return about
    if array.size <= FEW:
        return f"{about} {_listed(array)}"
    if (array == array.flat[0]).all():
        return f"{about} of {exact(float(array.flat[0]))}"
    if array.ndim == 2 and np.array_equal(array, np.eye(*array.shape)):
        return f"{about} (identity)" if array.shape[0] == array.shape[1] else f"{about} (ones on the diagonal)"
    return f"{about} ({_known(array)}, #{checksum(array)})"


def _known(array: np.ndarray) -> str:
    """What is known of many elements."""
    return kind_of(array) or f"{number(float(array.min()))} … {number(float(array.max()))}"


def kind_of(array: np.ndarray) -> str:
    """What an array of many elements is, if their values say so: "one-hot", "of 0/1", "identity"; or nothing.

    >>> kind_of(np.eye(5)[2]), kind_of(np.eye(5)[[1, 1]]), kind_of(np.arange(8) > 3), kind_of(np.arange(8))
    ('one-hot', 'one-hot rows', 'of 0/1', '')
    """
    if array.ndim == 0 or array.size <= 1 or array.dtype.kind not in "fiub":
        return ""
    if (array == array.flat[0]).all():
        return f"of {rounded(float(array.flat[0]))}"
    if not ((array == 0) | (array == 1)).all():
        return ""
    if array.ndim > 1 and array.shape[0] == array.shape[1] and np.array_equal(array, np.eye(*array.shape[:2])):
        return "identity"
    if array.ndim == 2 and np.array_equal(array, np.tri(*array.shape)):
        return "lower triangle"
    ones = array.sum(-1)
    return ("one-hot rows" if array.ndim > 1 else "one-hot") if (ones == 1).all() else "of 0/1"


def relation(array: np.ndarray, x: np.ndarray) -> str:
    """What a constant is beside another argument of its operation, if its values say so; or nothing.

    >>> x = np.array([[1.0, 5.0], [4.0, -2.0]])
    >>> relation(np.array([[5.0], [4.0]]), x), relation(np.array([5.0]), x), relation((x > 0) * 1.0, x)
    ('row maximum', 'maximum', '1 where (·) > 0')
    """
    if array.dtype.kind not in "fiub" or array.ndim == 0 or x.ndim == 0 or x.dtype.kind != "f" or x.size < 2:
        return ""
    if array.shape == x.shape:
        same = array.any() and not array.all() and np.array_equal(array, x > 0)
        return f"1 where {UNNAMED} > 0" if same else ""
    lead = x.ndim - array.ndim
    if lead < 0 or any(n not in (1, m) for n, m in zip(array.shape, x.shape[lead:], strict=True)):
        return ""
    axes = (*range(lead), *(lead + k for k, n in enumerate(array.shape) if n == 1))
    row = "row " if axes == (x.ndim - 1,) else ""
    values = np.ravel(array)
    for word, of in (("maximum", np.max), ("minimum", np.min), ("mean", np.mean)):
        if axes and np.array_equal(np.ravel(of(x, axis=axes)), values):
            return row + word
    return ""


def _listed(array: np.ndarray) -> str:
    if array.ndim == 0:
        return exact(float(array))
    return f"[{', '.join(_listed(np.asarray(part)) for part in array)}]"


def checksum(array: np.ndarray) -> str:
    """Four digits that differ where two arrays do, but for one time in 65,536."""
    with np.errstate(all="ignore"):
        powers = np.floor(np.log10(np.abs(array, dtype=float), where=array != 0, out=np.zeros(array.shape)))
        scale = 10.0 ** (DIGITS - 1 - powers)
        rounded = np.where(np.isfinite(scale), np.round(array * scale), array) + 0.0
    return f"{zlib.crc32(np.concatenate([rounded.ravel(), powers.ravel()]).tobytes()) & 0xFFFF:04x}"
