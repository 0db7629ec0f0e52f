"""Products that are made together: what goes back to a weight from all steps of a sequence, in one product."""

from __future__ import annotations

from typing import Any

import numpy as np

from ..engine.rules import MANY, Binary, Pulled
from ..engine.tensor import Cotangent, Tensor

ROWS = 1 << 11  # so many are worth a product


class Together:
    """Σ aᵀ g, over pairs of matrices of few rows, and a sum `total` beside it; a cotangent that is not computed yet.

    The sum of two is one of all pairs. Where a few rows are multiplied, the product is read and written more often than
    it is computed with: made together, of all rows, they take half of the time, and nothing is added up.
    """

    __slots__ = ("a", "dtype", "g", "rows", "shape", "total")
    __array_ufunc__ = None  # so an array leaves the sum to this class

    def __init__(self, a: list[Any], g: list[Any], rows: int, total: Any = None) -> None:
        self.a, self.g, self.rows, self.total = a, g, rows, total
        self.shape, self.dtype = (a[0].shape[1], g[0].shape[1]), g[0].dtype

    def __add__(self, other: Any) -> Any:
        if type(other) is not Together:
            return Together(self.a, self.g, self.rows, other if self.total is None else self.total + other)
        both = Together(self.a + other.a, self.g + other.g, self.rows + other.rows, self.total)
        both = both if other.total is None else both + other.total
        return both if both.rows < ROWS else both.copy()

    __radd__ = __add__

    def copy(self) -> Any:
        """The sum, computed: an array that nobody else holds."""
        a, g = (v[0] if len(v) == 1 else np.concatenate(v) for v in (self.a, self.g))
        product = a.mT @ g
        return product if self.total is None else np.add(product, self.total, out=product)


class Matmul(Binary):
    """The row of a product of matrices. What goes to a weight W by its Wᵀ waits for the other steps of a sequence."""

    def pull(self, node: Tensor, g: Cotangent) -> Pulled:
        """The same as that of any other row."""
        (u, v), (a, b) = node.inputs, node.saved
        if v is None or v.op is not np.swapaxes or not (a.ndim == b.ndim == 2) or b.size < MANY:
            return super().pull(node, g)
        weight, rows, swapped = v.inputs[0], len(a), (v.params["axis1"] - v.params["axis2"]) % 2  # or v is W itself
        if weight is None or weight.op is not None or not swapped:
            return super().pull(node, g)
        if 2 * rows > min(b.shape) or not a.dtype == b.dtype == g.dtype:
            return super().pull(node, g)
        gu = None if u is None else self.rules[0](g, node._array, a, b)
        return (u, gu), (weight, Together([g], [a], rows))  # type: ignore[return-value]  # as in Binary
