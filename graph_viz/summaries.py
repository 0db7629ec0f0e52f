"""What is written of a value: the least and greatest element of an array, the length of a gradient, a few words."""

from __future__ import annotations

import math

import numpy as np

from .arrays import FEW, checksum
from .style import number

SMALL = 8  # elements of an array of which a tooltip, or a page, shows all

Summary = float | tuple[float, float] | None  # of an array: its only element, its minimum and maximum; None if empty


def operation(op: object) -> str:
    """The name of an operation."""
    return getattr(op, "__name__", None) or str(op)


def summary(value: object) -> Summary:
    """What of an array is written on its node; of complex numbers nothing, which have no order."""
    array = np.asarray(value)
    if value is None or not array.size or array.dtype.kind == "c":
        return None
    return float(array.item()) if array.size == 1 else (float(array.min()), float(array.max()))


def elements(value: object) -> str:
    """All elements of an array of a few; nothing of a single number, of many, and of complex numbers.

    >>> elements(np.array([[1.0, -4.0], [0.25, 2.0]]))
    '[[1, −4], [0.25, 2]]'
    """
    array = np.asarray(value)
    return _listed(array) if 1 < array.size <= SMALL and array.dtype.kind in "fiub" else ""


def _listed(array: np.ndarray) -> str:
    return f"[{', '.join(map(_listed, array))}]" if array.ndim else number(float(array))


def norm(grad: object) -> float | None:
    """The length of a gradient, taken as a vector."""
    if grad is None:
        return None
    array = np.asarray(grad)
    flat = np.asarray(np.abs(array) if array.dtype.kind == "c" else array, float).ravel()
    with np.errstate(over="ignore"):
        length = float(np.linalg.norm(flat))
    if 1e-140 < length < math.inf or not np.all(np.isfinite(flat)):
        return length
    greatest = float(np.max(np.abs(flat), initial=0.0))  # its square may be too large, or too small, for a float
    return greatest * float(np.linalg.norm(flat / greatest)) if greatest else 0.0


def shape_of(array: np.ndarray) -> str:
    """The dtype and the shape of an array, as a tape prints them."""
    return f"{array.dtype}[{','.join(map(str, array.shape))}]"


def brief(value: object) -> str:
    """A static argument in a few characters: `axis=(0, 1)`, `index=1:3`."""
    if isinstance(value, np.ndarray):
        few = 0 < value.ndim and value.size <= FEW
        if few or not value.ndim or value.dtype.kind not in "fiub" or not value.size:
            return str(value.tolist()) if few or not value.ndim else shape_of(value)
        return f"{shape_of(value)} {value.min()} … {value.max()} #{checksum(value)}"
    if isinstance(value, (tuple, list)):
        return f"({', '.join(map(brief, value))})"
    if isinstance(value, slice):
        ends = [value.start, value.stop] if value.step is None else [value.start, value.stop, value.step]
        return ":".join("" if end is None else str(end) for end in ends)
    return "…" if value is Ellipsis else operation(value)
