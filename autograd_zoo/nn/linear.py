"""Linear modules: the fully connected layer."""

from __future__ import annotations

import math
from functools import partial
from typing import Any

import numpy as np

from .. import closed_form as cf
from .fusion import fused_by
from .init import uniform
from .module import Module, Parameter, expect, positive


@fused_by(cf.linear.linear_dx, cf.linear.linear_dW, cf.linear.linear_db)
def linear(x: Any, W: Any, b: Any = None) -> Any:
    """y = Wx + b, for each x along the last axis

    Shapes: x (..., in), W (out, in), b (out,) or None; y (..., out).
    Raises: ValueError for shapes that do not fit; a bias of another shape is not broadcast.
    Source: linear.linear.y.

    >>> import autograd_zoo as az
    >>> az.nn.linear(az.Tensor([1.0, 2.0]), [[1.0, 1.0], [0.0, 3.0]], [10.0, 0.0]).data
    array([13.,  6.])
    """
    expect(
        np.ndim(x) > 0 and np.ndim(W) == 2 and np.shape(x)[-1] == np.shape(W)[1],
        f"linear: x of shape {np.shape(x)} does not fit W {np.shape(W)}, which is (out, in): the last axis of x must "
        f"be in; reshape x, or build the layer with in_features={(1, *np.shape(x))[-1]}",
    )
    expect(
        b is None or np.shape(b) == np.shape(W)[:1],
        f"linear: b of shape {np.shape(b)} does not fit W {np.shape(W)}, which is (out, in): b must be (out,)",
    )
    y = x @ np.swapaxes(W, 0, 1)
    return y if b is None else y + b


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
    dtype : float64 (default) or float32

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
        self.in_features = positive("Linear: in_features", in_features)
        self.out_features = positive("Linear: out_features", out_features)
        bound = 1.0 / math.sqrt(self.in_features)
        draw = partial(uniform, low=-bound, high=bound, rng=rng, dtype=dtype)
        self.W = Parameter(draw((self.out_features, self.in_features)))
        self.b = Parameter(draw(self.out_features)) if bias else None

    def forward(self, x: Any) -> Any:
        """Apply the layer to the vectors along the last axis of x."""
        return linear(x, self.W, self.b)

    def extra_repr(self) -> str:
        """The sizes, and whether there is a bias."""
        return f"in_features={self.in_features}, out_features={self.out_features}, bias={self.b is not None}"
