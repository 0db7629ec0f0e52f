"""Gradients of lengths (|x|, hypot, norms, standard deviations) where the length is 0, and has no derivative.

The first derivative is 0 there, a subgradient. The second one is nan, for it does not exist: unless the length was
squared, or multiplied by itself in another way, which is smooth. The tape tells.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np

from ..engine.around import quiet
from ..engine.primitive import primitive
from ..engine.rules import defvjp
from ..engine.tensor import Tensor
from ..engine.values import some


@primitive(broadcasts=True)
@quiet
def direction(a: Any, r: Any) -> Any:
    """a / r, and 0 where both are 0; but its own rules are those of a quotient, so that the next derivative is nan."""
    return np.where(np.equal(a, 0) & np.equal(r, 0), 0.0, np.divide(a, r))


defvjp(direction, lambda g, y, a, r: g / r, lambda g, y, a, r: -g / r * y, reach="quotient")


def along(g: Any, a: Any, y: Any, spread: Callable[[Any], Any] = lambda t: t) -> Any:
    """g a / y, the gradient of a length y by its components a, over which y is `spread`; and 0 where they are 0."""
    c = multiple(g, y)
    return spread(g) * direction(a, spread(y)) if c is None else spread(c) * a


def absolute_dx(g: Any, y: Any, x: Any) -> Any:
    """g sign(x). In a recorded sweep |x| is a length where g and x are 0, for it may be smooth, and where it is nan."""
    if x.dtype.kind == "c":
        return g * direction(np.conj(x), y)
    dx = g * np.sign(x)
    length = isinstance(y, Tensor) and np.equal(y, 0) & np.equal(g, 0) | np.isnan(y)
    return np.where(length, along(g, x, y), dx) if some(np.any(length)) else dx


def multiple(g: Any, y: Any) -> Any:
    """c, if in a recorded sweep g is a multiple c · y of a length y that is 0 somewhere; else None."""
    return cofactor(g, y) if isinstance(y, Tensor) and some(np.equal(y, 0)) else None


def cofactor(g: Any, y: Tensor, depth: int = 8) -> Any:
    """c, if g was recorded as c · y, element by element; None if it was not, or in more than `depth` steps."""
    if g is y:
        return np.ones(y.shape, y.dtype)
    if not depth or not isinstance(g, Tensor) or g.op not in COFACTORS or g.shape != y.shape:
        return None
    arguments = [s if x is None else x for x, s in zip(g.inputs, g.saved, strict=True)]
    return COFACTORS[g.op](lambda x: cofactor(x, y, depth - 1), *arguments)


Find = Callable[[Any], Any]


def of_sum(find: Find, u: Any, v: Any) -> Any:
    """Both terms must be multiples."""
    c, d = find(u), find(v)
    return None if c is None or d is None else c + d


def of_product(find: Find, u: Any, v: Any) -> Any:
    """One factor must be a multiple."""
    if (c := find(u)) is not None:
        return c * v
    return None if (d := find(v)) is None else u * d


def of_quotient(find: Find, u: Any, v: Any) -> Any:
    """The numerator must be a multiple."""
    return None if (c := find(u)) is None else c / v


def of_power(find: Find, u: Any, k: Any) -> Any:
    """The base must be a multiple, and one of them remain."""
    if isinstance(k, Tensor) or some(np.less(k, 1)) or (c := find(u)) is None:
        return None
    return c * u ** (k - 1)


COFACTORS: dict[Any, Callable[..., Any]] = {
    np.add: of_sum,
    np.multiply: of_product,
    np.negative: lambda find, u: of_product(find, u, -1.0),
    np.divide: of_quotient,
    np.square: lambda find, u: of_product(find, u, u),
    np.power: of_power,
}
