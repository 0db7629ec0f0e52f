"""Linear modules: the fully connected layer."""

from __future__ import annotations

import math
from functools import partial
from typing import Any

import numpy as np

from ..closed_form import linear as cf
from .fusion import fused_by, requiring
from .init import uniform
from .module import Module, Parameter, require, shape_of


def _fits(x: Any, W: Any, b: Any = None) -> None:
    shape, w = shape_of(x), shape_of(W)
    require(
        len(shape) > 0 and len(w) == 2 and shape[-1] == w[1],
        lambda: (
            f"linear: x of shape {shape} does not fit W {w}, which is (out, in): the last axis of x must "
            f"be in; reshape x, or build the layer with in_features={(1, *shape)[-1]}"
        ),
    )
    require(
        b is None or shape_of(b) == w[:1],
        lambda: f"linear: b of shape {np.shape(b)} does not fit W {w}, which is (out, in): b must be (out,)",
    )


linear = fused_by(cf.linear_dx, cf.linear_dW, cf.linear_db, framed=False)(requiring(_fits)(cf.linear))


class Linear(Module):
    """y = Wx + b, the fully connected layer; see `linear`.

    Parameters
    ----------
    in_features, out_features : int
        lengths of x and y
    bias : bool
        without it there is no b
    rng : numpy.random.Generator, optional
        draws W and b, uniform in ±1/√in as PyTorch does

    Attributes
    ----------
    W : Parameter, shape (out_features, in_features)
    b : Parameter, shape (out_features,), or None

    Examples
    --------
    >>> import numpy as np, autograd_zoo as az
    >>> layer = az.nn.Linear(3, 2, rng=np.random.default_rng(0))
    >>> layer(np.ones((5, 3))).shape
    (5, 2)
    """

    def __init__(
        self,
        in_features: int,
        out_features: int,
        bias: bool = True,
        *,
        rng: np.random.Generator | None = None,
        dtype: Any = None,
    ) -> None:
        self.in_features, self.out_features = in_features, out_features
        bound = 1.0 / math.sqrt(in_features)
        draw = partial(uniform, low=-bound, high=bound, rng=rng, dtype=dtype)
        self.W = Parameter(draw((out_features, in_features)))
        self.b = Parameter(draw(out_features)) if bias else None

    def forward(self, x: Any) -> Any:
        """Apply the layer to the vectors along the last axis of x."""
        return linear(x, self.W, self.b)

    def extra_repr(self) -> str:
        """The sizes, and whether there is a bias."""
        return f"in_features={self.in_features}, out_features={self.out_features}, bias={self.b is not None}"
