"""Constants in words: all the digits of a number, the elements of a few, and of many what they are and a check sum."""

from __future__ import annotations

import zlib

import numpy as np

from .style import exact, number, shape

FEW = 6  # elements that are written out
DIGITS = 6  # of an element that count in the check sum: the last ones differ from machine to machine


def told(array: np.ndarray) -> str:
    """A constant so that another one reads otherwise.

    >>> told(np.asarray(1.0001)), told(np.array([[1, 0], [0, 2]]))
    ('1.0001', 'constant 2×2 [[1, 0], [0, 2]]')
    >>> told(np.eye(3)), told(np.zeros((4, 5))), told(np.arange(8.0) % 3)
    ('constant 3×3 (identity)', 'constant 4×5 of 0', 'constant 8 (0 … 2, #7dfd)')
    """
    if array.ndim == 0:
        return exact(float(str(array[()])) if array.dtype.kind == "f" else float(array))
    about = f"constant {shape(array.shape)}"
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
    if ((array == 0) | (array == 1)).all():
        one_hot = array.ndim > 1 and (array.sum(-1) == 1).all()
        return "one-hot rows" if one_hot else "0 and 1"
    return f"{number(float(array.min()))} … {number(float(array.max()))}"


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
