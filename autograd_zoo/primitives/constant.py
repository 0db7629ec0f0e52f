"""NumPy's functions whose result is a plain value: comparisons, tests, indices, counts, shapes, and arrays made alike.

Nothing is lost when they leave the tape, for their derivative is zero or has no meaning. So `x > 0` is a mask, and
`np.where(x > 0, g, 0.0)` a rule that holds at every order.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np

from ..engine.functions import CONSTANT, HANDLERS, implements
from ..engine.tensor import Tensor
from ..engine.values import raw

Functions = set[Callable[..., Any]]

COMPARISONS: Functions = {np.equal, np.not_equal, np.less, np.less_equal, np.greater, np.greater_equal}
LOGIC: Functions = {np.logical_and, np.logical_or, np.logical_xor, np.logical_not, np.all, np.any}
FINITE: Functions = {np.isfinite, np.isinf, np.isnan, np.isneginf, np.isposinf}
SIGNS: Functions = {np.signbit, np.isreal, np.iscomplex, np.isrealobj, np.iscomplexobj}
EQUALITY: Functions = {np.allclose, np.isclose, np.array_equal, np.array_equiv, np.isin}
MEMORY: Functions = {np.may_share_memory, np.shares_memory}
EXTREMES: Functions = {np.argmax, np.argmin, np.nanargmax, np.nanargmin}
ORDER: Functions = {np.argsort, np.argpartition, np.lexsort}
PLACES: Functions = {np.argwhere, np.flatnonzero, np.nonzero, np.searchsorted, np.digitize}
TRIANGLES: Functions = {np.diag_indices_from, np.tril_indices_from, np.triu_indices_from}
COUNTS: Functions = {np.count_nonzero, np.linalg.matrix_rank}
SHAPES: Functions = {np.size, np.result_type, np.can_cast, np.min_scalar_type, np.common_type}
TEXTS: Functions = {np.array_repr, np.array_str, np.array2string}
ALIKE: Functions = {np.zeros_like, np.ones_like, np.empty_like}

CONSTANT.update(COMPARISONS, LOGIC, FINITE, SIGNS, EQUALITY, MEMORY, EXTREMES, ORDER, PLACES, TRIANGLES)
CONSTANT.update(COUNTS, SHAPES, TEXTS, ALIKE)
HANDLERS.update({np.shape: lambda a: a.shape, np.ndim: lambda a: a.ndim})  # asked often, and no value is read


@implements(np.full_like)
def full_like(a: Any, fill_value: Any, *args: Any, **kwargs: Any) -> Any:
    """`np.full_like`, whose value must be plain too: filled with a Tensor, the array would lose its history."""
    if isinstance(fill_value, Tensor):
        raise TypeError("np.full_like makes a plain array, which holds no Tensor: write np.broadcast_to(t, a.shape)")
    return np.full_like(raw(a), fill_value, *args, **kwargs)
