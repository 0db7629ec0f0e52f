"""Regularization: drop-out."""

from __future__ import annotations

from typing import Any

import numpy as np

from .. import closed_form as cf
from .fusion import fused_by
from .init import generator
from .module import Module


@fused_by(cf.regularization.dropout_dx)
def dropout(x: Any, D: Any, *, q: float = 0.5) -> Any:
    """y = 1/(1 − q) D ⊙ x, where the switches D are 0 with probability q

    Shapes: x, D and y alike. D is an input: a tape that holds a dropout can be replayed.
    Raises: ValueError for q outside [0, 1).
    Source: regularization.dropout.y.

    >>> import autograd_zoo as az
    >>> az.nn.dropout(az.Tensor([1.0, 2.0]), [0.0, 1.0], q=0.5).data
    array([0., 4.])
    """
    return (1.0 / (1.0 - _probability(q))) * (D * x)


class Dropout(Module):
    """y = 1/(1 − q) D ⊙ x while training, with fresh switches D at each call, and y = x in evaluation; see `dropout`.

    Parameters
    ----------
    q : float
        the probability that an element is dropped, in [0, 1)
    rng : numpy.random.Generator, optional
        draws the switches; pass one to repeat a run

    Examples
    --------
    >>> import numpy as np, autograd_zoo as az
    >>> drop = az.nn.Dropout(0.5, rng=np.random.default_rng(0))
    >>> drop(np.ones(6))
    array([2., 0., 0., 0., 2., 2.])
    >>> drop.eval()(np.ones(3))
    array([1., 1., 1.])
    """

    def __init__(self, q: float = 0.5, *, rng: np.random.Generator | None = None) -> None:
        self.q = _probability(q)
        self.rng = generator(rng)

    def forward(self, x: Any) -> Any:
        """Drop elements of x while training."""
        if not self.training or not self.q:
            return x
        D = (self.rng.random(np.shape(x)) >= self.q).astype(getattr(x, "dtype", np.float64))
        return dropout(x, D, q=self.q)


def _probability(q: float) -> float:
    if not 0.0 <= q < 1.0:
        raise ValueError(f"the drop-out probability q must lie in [0, 1), got {q}; 0 drops nothing")
    return q
