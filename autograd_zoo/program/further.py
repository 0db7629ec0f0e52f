"""Further rows for any namespace of the array API standard: statistics, order, linear algebra, and moved elements."""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import Any

import numpy as np

from .traced import RecordError

MOVED: dict[str, Any] = {  # functions that only move elements: what goes where is worked out by NumPy, from the shape
    "np.roll": np.roll, "np.tile": np.tile, "np.repeat": np.repeat, "np.rot90": np.rot90, "np.diagonal": np.diagonal,
}  # fmt: skip


class Further:
    """Rows that are composed of those of `Rows`, which inherits them."""

    xp: Any
    asarray: Callable[[Any], Any]
    gathered: Callable[[Any, Any], Any]
    fraction: Callable[[Any, Any], Any]
    pair: Callable[[Any, Any, Any], Any]
    counted: Callable[[Any], Any]

    def moved(self, f: Callable[..., Any], x: Any, *args: Any, **params: Any) -> Any:
        """The elements of x where f puts them."""
        return self.gathered(x, f(np.arange(math.prod(x.shape)).reshape(tuple(x.shape)), *args, **params))

    # ---- statistics ----------------------------------------------------------------------------------------------

    def centered(self, x: Any, *, axis: Any = None) -> Any:
        return x - self.xp.mean(x, axis=axis, keepdims=True)

    def deviation(self, x: Any, mu: Any) -> Any:
        wide = self.xp.astype(x, self.xp.float64)
        return self.xp.astype(self.pair(self.xp.subtract, wide, mu), x.dtype)

    def mean_square(self, x: Any, axis: Any) -> Any:
        wide = self.xp.astype(x, self.xp.float64)
        return self.xp.mean(wide * wide, axis=axis, keepdims=True)

    def var(self, x: Any, axis: Any = None, dtype: Any = None, ddof: Any = 0, keepdims: bool = False) -> Any:
        wide = self.xp.astype(x, self.xp.float64)
        d = wide - self.xp.mean(wide, axis=axis, keepdims=True)
        total = self.xp.sum(d * d, axis=axis, keepdims=keepdims)
        n = math.prod(x.shape) // max(math.prod(total.shape), 1)
        return self.xp.astype(total / float(n - ddof), self.fraction(x, dtype))

    def std(self, x: Any, axis: Any = None, dtype: Any = None, ddof: Any = 0, keepdims: bool = False) -> Any:
        return self.xp.sqrt(self.var(x, axis, dtype, ddof, keepdims))

    def prod(self, x: Any, axis: Any = None, keepdims: bool = False) -> Any:
        return self.xp.prod(self.counted(x), axis=axis, keepdims=keepdims)

    def count_nonzero(self, x: Any, axis: Any = None, keepdims: bool = False) -> Any:
        nonzero = x if self.xp.isdtype(x.dtype, "bool") else x != 0
        return self.xp.sum(self.xp.astype(nonzero, self.xp.int64), axis=axis, keepdims=keepdims)

    def norm(self, x: Any, ord: Any = None, axis: Any = None, keepdims: bool = False) -> Any:
        of_vectors = (axis is None and (ord is None or x.ndim == 1)) or isinstance(axis, int)
        if ord in (None, "fro") or (ord == 2 and of_vectors):
            return self.xp.sqrt(self.xp.sum(x * x, axis=axis, keepdims=keepdims))
        if of_vectors and ord == 1:
            return self.xp.sum(self.xp.abs(x), axis=axis, keepdims=keepdims)
        if of_vectors and ord == math.inf:
            return self.xp.max(self.xp.abs(x), axis=axis, keepdims=keepdims)
        raise RecordError(
            f"there is no row for np.linalg.norm with ord={ord!r}: pass rows={{'np.linalg.norm': function}}"
        )

    # ---- order ---------------------------------------------------------------------------------------------------

    def argsort(self, x: Any, axis: Any = -1, kind: Any = None, stable: Any = None) -> Any:
        x, axis = (self.xp.reshape(x, (-1,)), 0) if axis is None else (x, axis)
        return self.xp.argsort(self.counted(x), axis=axis, stable=True)

    def direction(self, a: Any, r: Any) -> Any:
        nothing = (a == 0) & (r == 0)
        return self.xp.where(nothing, a * 0.0, a / self.xp.where(nothing, self.xp.ones_like(r), r))

    # ---- triangles and matrices ----------------------------------------------------------------------------------

    def tril(self, x: Any, k: int = 0) -> Any:
        return self._kept(x, np.tril, k)

    def triu(self, x: Any, k: int = 0) -> Any:
        return self._kept(x, np.triu, k)

    def _kept(self, x: Any, f: Callable[..., Any], k: int) -> Any:
        kept = f(np.ones(tuple(x.shape[-2:]), bool), k)
        return self.xp.where(self.asarray(kept), x, self.xp.zeros_like(x))

    def cumprod(self, x: Any, axis: Any = None) -> Any:
        x = self.counted(x)
        return self.xp.cumulative_prod(self.xp.reshape(x, (-1,)) if axis is None else x, axis=axis or 0)

    def inv(self, x: Any) -> Any:
        return self.xp.linalg.inv(x)

    def det(self, x: Any) -> Any:
        return self.xp.linalg.det(x)

    def cofactors(self, x: Any) -> Any:
        """Where x is regular; NumPy's row is finite elsewhere too."""
        return self.xp.linalg.det(x)[..., None, None] * self.xp.moveaxis(self.xp.linalg.inv(x), -1, -2)

    def solve(self, a: Any, b: Any) -> Any:
        return self.xp.linalg.solve(a, b)

    def cholesky(self, x: Any) -> Any:
        return self.xp.linalg.cholesky(x)
