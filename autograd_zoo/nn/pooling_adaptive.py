"""Pooling to a size that is given: the maximum or the mean of as many windows as there shall be numbers."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np

from .module import require
from .pooling import avg_pool, max_pool
from .spatial import OfMaps, images


def adaptive_avg_pool(x: Any, *, output_size: Sequence[int | None]) -> Any:
    """yᵢ = mean of x from ⌊i n/o⌋ to ⌈(i + 1) n/o⌉, along each of the last axes

    Shapes: x (N, C, n₁, ..., nₖ), the result (N, C, o₁, ..., oₖ) for `output_size` (o₁, ..., oₖ); None is n.
    Raises: ValueError for maps without batch or channels, and sizes below 1.
    Source: PyTorch's AdaptiveAvgPool.

    >>> adaptive_avg_pool(np.array([[[1.0, 2.0, 3.0, 4.0, 5.0]]]), output_size=(2,))
    array([[[2., 4.]]])
    """
    return _pooled(x, output_size, avg_pool, _mean)


def adaptive_max_pool(x: Any, *, output_size: Sequence[int | None]) -> Any:
    """yᵢ = maximum of x from ⌊i n/o⌋ to ⌈(i + 1) n/o⌉, along each of the last axes

    Shapes: x (N, C, n₁, ..., nₖ), the result (N, C, o₁, ..., oₖ) for `output_size` (o₁, ..., oₖ); None is n.
    Raises: ValueError for maps without batch or channels, and sizes below 1.
    Source: PyTorch's AdaptiveMaxPool.

    >>> adaptive_max_pool(np.array([[[1.0, 2.0, 3.0, 4.0, 5.0]]]), output_size=(2,))
    array([[[3., 5.]]])
    """
    return _pooled(x, output_size, max_pool, _maximum)


def _pooled(x: Any, output_size: Sequence[int | None], pool: Any, window: Any) -> Any:
    k = len(output_size)
    images(x, k)
    sizes = np.shape(x)[-k:]
    wanted = tuple(n if o is None else o for n, o in zip(sizes, output_size, strict=True))
    require(all(o >= 1 for o in wanted), f"output_size must have sizes of at least 1, got {tuple(output_size)}")
    if wanted == sizes:
        return x
    if not any(n % o for n, o in zip(sizes, wanted, strict=True)):  # the windows are alike, and do not overlap
        return pool(x, kernel_size=tuple(n // o for n, o in zip(sizes, wanted, strict=True)))
    for axis, (n, o) in enumerate(zip(sizes, wanted, strict=True), start=-k):
        x = np.moveaxis(window(np.moveaxis(x, axis, -1), n, o), -1, axis) if n != o else x
    return x


def _places(n: int, o: int) -> tuple[Any, Any]:
    """For each of o windows over n numbers which they are, and whether they are: the longest has them all."""
    i = np.arange(o)
    first, past = i * n // o, -(-(i + 1) * n // o)
    places = first[:, None] + np.arange(np.max(past - first))
    return np.minimum(places, n - 1), places < past[:, None]


def _mean(x: Any, n: int, o: int) -> Any:
    places, inside = _places(n, o)
    return np.sum(np.where(inside, x[..., places], 0.0), axis=-1) / np.sum(inside, axis=-1).astype(x.dtype)


def _maximum(x: Any, n: int, o: int) -> Any:
    places, inside = _places(n, o)
    return np.max(np.where(inside, x[..., places], -np.inf), axis=-1)


class _Adaptive(OfMaps):
    settings = ("output_size",)
    output_size: tuple[int | None, ...]

    def __init__(self, output_size: int | Sequence[int | None] | None) -> None:
        one = output_size is None or isinstance(output_size, (int, np.integer))
        self.output_size = (output_size,) * self.dimensions if one else tuple(output_size)  # type: ignore[arg-type, assignment]

    def extra_repr(self) -> str:
        """The size."""
        return f"output_size={self.output_size}"


class _AdaptiveAvgPool(_Adaptive):
    """Means of windows of (N, C, *S), `output_size` along each axis, None for all; see `adaptive_avg_pool`."""

    form = staticmethod(adaptive_avg_pool)


class AdaptiveAvgPool1d(_AdaptiveAvgPool, dimensions=1): ...


class AdaptiveAvgPool2d(_AdaptiveAvgPool, dimensions=2): ...


class AdaptiveAvgPool3d(_AdaptiveAvgPool, dimensions=3): ...


class _AdaptiveMaxPool(_Adaptive):
    """Maxima of windows of (N, C, *S), `output_size` along each axis, None for all; see `adaptive_max_pool`."""

    form = staticmethod(adaptive_max_pool)


class AdaptiveMaxPool1d(_AdaptiveMaxPool, dimensions=1): ...


class AdaptiveMaxPool2d(_AdaptiveMaxPool, dimensions=2): ...


class AdaptiveMaxPool3d(_AdaptiveMaxPool, dimensions=3): ...
