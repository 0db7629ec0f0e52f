"""Regularization: drop-out."""

from __future__ import annotations

from typing import Any

import numpy as np

from ..closed_form import regularization as cf
from ..engine.values import given
from .checkpoint import drawing
from .fusion import fused_by
from .init import generator
from .module import Module

dropout = fused_by(cf.dropout_dx, elementwise=True)(cf.dropout)


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
        self.q = q
        self.rng = generator(rng)

    def forward(self, x: Any) -> Any:
        """Drop elements of x while training."""
        if not self.training or not self.q:
            return x
        D = (drawing(self.rng).random(np.shape(x)) >= self.q).astype(getattr(x, "dtype", np.float64))
        return dropout(x, given(D, "D"), q=self.q)
