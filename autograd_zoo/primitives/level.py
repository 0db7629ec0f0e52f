"""What normalizations take their statistics by: means in float64, and deviations from them in the dtype of x."""

from __future__ import annotations

from typing import Any

import numpy as np

from ..closed_form import moments
from ..engine.around import quiet
from ..engine.functions import HANDLERS
from ..engine.primitive import primitive
from ..engine.rules import RULES, defvjp
from ..engine.values import known_finite, truth
from ..kernels import moments as kernels
from .elementwise import opposite


@primitive
@quiet
def level(x: Any, axes: tuple[int, ...]) -> Any:
    """The mean over `axes`, which stay with length 1, in float64: of float32 the sum in float64 is exact enough."""
    short = x.dtype == np.float32 and x.size
    if short and (y := kernels.level(x, axes)) is not None:
        return y
    return np.mean(x, axis=axes, keepdims=True, dtype=np.float64) if short else moments.level(x, axes)


def level_dx(g: Any, y: Any, x: Any, axes: Any) -> Any:
    """An equal share of g for every element."""
    return np.broadcast_to(moments.cast(g * (y.size / max(x.size, 1)), x.dtype), x.shape)


@primitive(broadcasts=True)
def deviation(x: Any, mu: Any) -> Any:
    """x − μ in the dtype of x. What float32 has not of a μ in float64 is subtracted afterwards."""
    if x.dtype != np.float32:
        return moments.deviation(x, mu)
    if (d := kernels.deviation(x, mu)) is not None:
        return d
    near = mu.astype(x.dtype)
    d = np.subtract(x, near)
    return np.subtract(d, (mu - near).astype(x.dtype), out=d) if d.ndim else moments.deviation(x, mu)


@primitive
@quiet
def mean_square(x: Any, axis: tuple[int, ...]) -> Any:
    """The mean of x² over `axis`, which stays with length 1, in float64, summed up there where float32 has no room."""
    if x.dtype == np.float32 and x.size:
        if (mean := kernels.mean_square(x, axis)) is not None:
            return mean
        y = np.mean(np.square(x), axis=axis, keepdims=True, dtype=np.float64)
        if (y > kernels.ROOM[0]).all() and (y < kernels.ROOM[1]).all():
            return y
    return moments.mean_square(x, axis)


def share(g: Any, y: Any, x: Any) -> Any:
    """What each element of x is multiplied by: in the dtype of x, if that has room."""
    factor = g * (2.0 * max(y.size, 1) / max(x.size, 1))
    tiny = np.finfo(x.dtype).tiny
    low = truth(np.any(np.less(factor, tiny) & np.greater(factor, -tiny) & np.not_equal(factor, 0)))
    return factor if low else moments.cast(factor, x.dtype)


def mean_square_dx(g: Any, y: Any, x: Any, axis: Any) -> Any:
    """∂/∂x of Σx²/n is 2x/n."""
    return moments.cast(share(g, y, x) * x, x.dtype)


def add_mean_square_dx(total: Any, g: Any, x: Any, *, axis: Any) -> bool:
    """The same, added to `total` without an array of its own; whether that was done."""
    arrays = type(total) is type(x) is np.ndarray and not known_finite(total)
    return arrays and kernels.add_multiple(total, x, share(g, g, x))


defvjp(level, level_dx, reach="moved")
defvjp(deviation, lambda g, y, x, mu: g, lambda g, y, x, mu: opposite(g, mu))
defvjp(mean_square, mean_square_dx, reach="sums")
RULES[mean_square].into = add_mean_square_dx
HANDLERS.update({getattr(moments, op.__name__): op for op in (level, deviation, mean_square)})
