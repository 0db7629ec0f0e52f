"""Upsampling, which gives back the size that pooling took: each number several times, or numbers on lines between."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Any, Literal

import numpy as np

from .applied import Applied
from .module import require
from .spatial import images

Mode = Literal["nearest", "linear", "bilinear", "trilinear"]
Factor = float | Sequence[float]
LINEAR = {"linear": 1, "bilinear": 2, "trilinear": 3}


def upsample(
    x: Any,
    *,
    size: int | Sequence[int] | None = None,
    scale_factor: Factor | None = None,
    mode: Mode = "nearest",
    align_corners: bool | None = None,
) -> Any:
    """The maps x in another size: yᵢ = x at the place s of i, the nearest below, or on the line between two

    With r the size of x over that of y, or 1/scale_factor, s = r i for "nearest", else r (i + ½) − ½, or with
    `align_corners` i (n − 1)/(o − 1), where the corners stay in the corners.
    Shapes: x (N, C, n₁, ..., nₖ), the result (N, C, o₁, ..., oₖ): `size`, or ⌊n scale_factor⌋.
    Raises: ValueError unless one of `size` and `scale_factor` is given, for another mode, or one of other axes.
    Source: PyTorch's Upsample and interpolate.

    >>> upsample(np.array([[[1.0, 3.0]]]), scale_factor=2)
    array([[[1., 1., 3., 3.]]])
    >>> upsample(np.array([[[1.0, 3.0]]]), size=3, mode="linear", align_corners=True)
    array([[[1., 2., 3.]]])
    """
    k = LINEAR.get(mode, np.ndim(x) - 2)
    require(
        mode == "nearest" or mode in LINEAR, f"mode must be 'nearest', {', '.join(map(repr, LINEAR))}, got {mode!r}"
    )
    require(k > 0, f"x must have axes behind the batch and the channels, got {np.shape(x)}")
    images(x, k)
    require((size is None) != (scale_factor is None), "one of size and scale_factor must be given, and not both")
    require(not (align_corners and mode == "nearest"), "align_corners is for the linear modes")
    factors = [None] * k if scale_factor is None else _each(scale_factor, k, "scale_factor")
    sizes = [None] * k if size is None else _each(size, k, "size")
    for axis, wanted, factor in zip(range(-k, 0), sizes, factors, strict=True):
        n = np.shape(x)[axis]
        o = math.floor(n * factor) if wanted is None else wanted
        require(o >= 1, f"an axis of {n} numbers would have {o} of them: it needs at least one")
        places = _places(n, o, factor, mode, align_corners)
        x = np.moveaxis(_along(np.moveaxis(x, axis, -1), *places), -1, axis)
    return x


def _each(value: Any, k: int, name: str) -> list[Any]:
    values = list(value) if isinstance(value, (tuple, list, np.ndarray)) else [value] * k
    require(len(values) == k, f"{name} must be one number, or one for each of {k} axes; got {value!r}")
    require(all(v > 0 for v in values), f"{name} must be larger than 0, got {value!r}")
    return values


def _places(n: int, o: int, factor: float | None, mode: str, align_corners: bool | None) -> tuple[Any, Any]:
    """For each of o places the number below it of n, and how far it is from there; None where that plays no part."""
    i = np.arange(o)
    if mode == "nearest":
        below = i * n // o if factor is None else np.floor(i / factor).astype(int)
        return np.minimum(below, n - 1), None
    if align_corners:
        s = i * (n - 1) / max(1, o - 1)
    else:
        s = np.maximum((i + 0.5) * (n / o if factor is None else 1.0 / factor) - 0.5, 0.0)
    below = np.minimum(np.floor(s).astype(int), n - 1)
    return below, np.minimum(s - below, 1.0)


def _along(x: Any, below: Any, beyond: Any) -> Any:
    """The numbers at these places of the last axis."""
    if beyond is None:
        return x[..., below]
    weight = beyond.astype(x.dtype)
    above = np.minimum(below + 1, x.shape[-1] - 1)
    return (1.0 - weight) * x[..., below] + weight * x[..., above]


class Upsample(Applied):
    """The maps of (N, C, ...) in another size; see `upsample`.

    Parameters
    ----------
    size : int or ints, optional
        the sizes of the maps that come out
    scale_factor : float or floats, optional
        or how many times as large they are
    mode : "nearest", "linear", "bilinear" or "trilinear"
        the last three are of maps with one, two and three axes
    align_corners : bool, optional
        whether the corners of a map stay its corners, in the linear modes; by default they do not
    """

    form = staticmethod(upsample)
    settings = ("size", "scale_factor", "mode", "align_corners")

    def __init__(
        self,
        size: int | Sequence[int] | None = None,
        scale_factor: Factor | None = None,
        mode: Mode = "nearest",
        align_corners: bool | None = None,
    ) -> None:
        if (size is None) == (scale_factor is None):
            raise ValueError("Upsample: one of size and scale_factor must be given, and not both")
        self.size, self.scale_factor, self.mode, self.align_corners = size, scale_factor, mode, align_corners
