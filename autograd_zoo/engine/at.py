"""Places in a Tensor: reading `t[i]`, and `t.at[i].set(v)`, which is how a value that never changes is changed."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np

if TYPE_CHECKING:
    from .tensor import Tensor, TensorLike


class Part(NamedTuple):
    """A cotangent that is `g` at an index, where no element is meant twice, and 0 elsewhere."""

    index: Any
    g: Any


def getitem(x: Any, *, index: Any) -> Any:
    """`x[index]`."""
    return x[index]


def put(x: Any, v: Any, *, index: Any, how: str) -> Any:
    """`x` with `v` set, added, multiplied, or compared with by minimum or maximum, at `index`; repeats all count."""
    y = np.array(x)
    if how == "set":  # where an index repeats NumPy writes in the order of v's memory: let that be its own order
        there = np.shape(y[index])
        needed = np.reshape(v, np.shape(v)[max(0, np.ndim(v) - len(there)) :])
        y[index] = np.array(np.broadcast_to(needed, there), order="C")
    else:
        getattr(np, how).at(y, index, v)
    return y


class At:
    """`t.at[i]`: a place in a Tensor. Its methods return a new Tensor that differs from t there, differentiably.

    Examples
    --------
    >>> import autograd_zoo as az
    >>> t = az.Tensor([1.0, 2.0, 3.0])
    >>> t.at[0].set(5.0)
    Tensor([5., 2., 3.], op=put)
    >>> t.at[[0, 0]].add(1.0)
    Tensor([3., 2., 3.], op=put)
    """

    __slots__ = ("index", "x")

    def __init__(self, x: Tensor, index: Any = ...) -> None:
        self.x, self.index = x, index

    def __getitem__(self, index: Any) -> At:
        return At(self.x, index)

    def set(self, v: TensorLike) -> Tensor:
        """t with `v` at the index; where an index repeats, the last one wins."""
        return self.x._put(self.index, v, "set")

    def add(self, v: TensorLike) -> Tensor:
        """t with `v` added at the index; repeated indices add up."""
        return self.x._put(self.index, v, "add")

    def multiply(self, v: TensorLike) -> Tensor:
        """t multiplied by `v` at the index; repeated indices multiply up."""
        return self.x._put(self.index, v, "multiply")

    def min(self, v: TensorLike) -> Tensor:
        """The minimum of t and `v` at the index."""
        return self.x._put(self.index, v, "minimum")

    def max(self, v: TensorLike) -> Tensor:
        """The maximum of t and `v` at the index."""
        return self.x._put(self.index, v, "maximum")
