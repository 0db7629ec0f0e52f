"""Normalization of each sample: Layer and RMS Normalization, and what all normalizations share.

Statistics are taken in float64 whatever the dtype of x, and the result has the dtype of x: at a mean of 1e7, float32
cannot hold the deviations from it.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np

from ..closed_form import normalization as cf
from ..engine.around import quiet
from ..engine.tensor import Tensor
from ..engine.values import array, unmasked
from .fusion import fused_by, requiring
from .init import constant
from .module import Module, Parameter, positive, require

Axes = int | Sequence[int]


# ---- what all normalizations share -----------------------------------------------------------------------------


def floats(what: str, x: Any) -> Any:
    """x, as an array unless it is a Tensor; requires floats."""
    x = x if isinstance(x, Tensor) else array(unmasked(x))
    require(x.dtype.kind == "f", f"{what} must hold floats, got {x.dtype}: write x.astype(float)")
    return x


def require_eps(what: str, eps: float) -> None:
    """Require an ε that is not negative."""
    require(eps >= 0, f"{what}: eps must not be negative, got {eps!r}: it keeps a root away from 0")


def require_shape(what: str, x: Any, shape: tuple[int, ...], **parameters: Any) -> None:
    """Require parameters, unless they are None, in the one shape that fits x."""
    for name, v in parameters.items():
        require(
            v is None or np.shape(v) == shape,
            f"{what}: {name} of shape {np.shape(v)} does not fit x {np.shape(x)}: it must have shape {shape}",
        )


def _sample(what: str, x: Any, axes: Axes, eps: float, **parameters: Any) -> None:
    """Require something along the axes of x, and parameters in their shape."""
    x = floats(f"{what}: x", x)
    require_eps(what, eps)
    given = (axes,) if isinstance(axes, int) else tuple(axes)
    inside = {axis % x.ndim for axis in given if -x.ndim <= axis < x.ndim}
    require(
        len(inside) == len(given) > 0,
        f"{what}: axes={axes!r} must name axes of x {x.shape}, each once; a sample has at least one",
    )
    ascending = tuple(sorted(inside))
    shape = tuple(x.shape[axis] for axis in ascending)
    require(all(shape), f"{what}: x of shape {x.shape} is empty along axes {ascending}: there is nothing to normalize")
    require_shape(what, x, shape, **parameters)


def _fits(x: Any, gamma: Any = None, beta: Any = None, *, axes: Axes = -1, eps: float = 1e-5) -> None:
    _sample("layer_norm", x, axes, eps, gamma=gamma, beta=beta)


def _fits_without_mean(x: Any, gamma: Any = None, *, axes: Axes = -1, eps: float = 1e-5) -> None:
    _sample("rms_norm", x, axes, eps, gamma=gamma)


layer_norm = fused_by(joint=cf.layer_norm_gradients)(quiet(requiring(_fits)(cf.layer_norm)))
rms_norm = fused_by(cf.rms_norm_dx, cf.rms_norm_dgamma)(quiet(requiring(_fits_without_mean)(cf.rms_norm)))


def without_bias(gamma: Any, beta: Any) -> str:
    """What is printed where there is γ and no β."""
    return ", bias=False" if gamma is not None and beta is None else ""


# ---- modules ---------------------------------------------------------------------------------------------------


class _OfLastAxes(Module):
    """What the modules share: the lengths of the last axes, which they normalize, and the parameter γ."""

    eps: Any

    def __init__(self, normalized_shape: int | Sequence[int], affine: bool, dtype: Any) -> None:
        name = type(self).__name__
        lengths = normalized_shape if isinstance(normalized_shape, Sequence) else (normalized_shape,)
        self.normalized_shape = tuple(positive(f"{name}: normalized_shape", n) for n in lengths)
        if not lengths:
            raise ValueError(f"{name}: normalized_shape must have a length for each axis to normalize, got ()")
        self.gamma = Parameter(constant(self.normalized_shape, 1.0, dtype=dtype)) if affine else None

    def _axes(self, x: Any) -> tuple[int, ...]:
        """The last axes of x; requires their lengths."""
        k = len(self.normalized_shape)
        require(
            np.shape(x)[-k:] == self.normalized_shape,
            f"x of shape {np.shape(x)} must end in normalized_shape={self.normalized_shape}; reshape x, or build the "
            "module for its last axes",
        )
        return tuple(range(-k, 0))

    def extra_repr(self) -> str:
        """The lengths, ε, and whether there are parameters."""
        return f"{self.normalized_shape}, eps={self.eps}, elementwise_affine={self.gamma is not None}"


class LayerNorm(_OfLastAxes):
    """y = γ ⊙ (x − μ)/√(σ² + ε) + β, with the statistics of each sample over its last axes; see `layer_norm`.

    Parameters
    ----------
    normalized_shape : int or tuple of ints
        lengths of the last axes of x
    elementwise_affine : bool
        without it there are neither γ nor β
    bias : bool
        without it there is no β

    Attributes
    ----------
    gamma, beta : Parameter, shape normalized_shape, or None

    Examples
    --------
    >>> import numpy as np, autograd_zoo as az
    >>> az.nn.LayerNorm(4)(np.array([[0.0, 1.0, 2.0, 3.0]])).data.round(3)
    array([[-1.342, -0.447,  0.447,  1.342]])
    """

    def __init__(
        self,
        normalized_shape: int | Sequence[int],
        eps: float = 1e-5,
        elementwise_affine: bool = True,
        bias: bool = True,
        *,
        dtype: Any = None,
    ) -> None:
        super().__init__(normalized_shape, elementwise_affine, dtype)
        self.eps = eps
        shape = self.normalized_shape
        self.beta = Parameter(constant(shape, 0.0, dtype=dtype)) if elementwise_affine and bias else None

    def extra_repr(self) -> str:
        """The lengths, ε, and which parameters there are."""
        return super().extra_repr() + without_bias(self.gamma, self.beta)

    def forward(self, x: Any) -> Any:
        """Normalize the last axes of x."""
        return layer_norm(x, self.gamma, self.beta, axes=self._axes(x), eps=self.eps)


class RMSNorm(_OfLastAxes):
    """y = γ ⊙ x/√(1/M Σ x² + ε), with the mean square of each sample over its last axes; see `rms_norm`.

    Parameters
    ----------
    normalized_shape : int or tuple of ints
        lengths of the last axes of x
    eps : float, optional
        ε; by default the machine epsilon of x's dtype, as in PyTorch
    elementwise_affine : bool
        without it there is no γ

    Attributes
    ----------
    gamma : Parameter, shape normalized_shape, or None
    """

    def __init__(
        self,
        normalized_shape: int | Sequence[int],
        eps: float | None = None,
        elementwise_affine: bool = True,
        *,
        dtype: Any = None,
    ) -> None:
        super().__init__(normalized_shape, elementwise_affine, dtype)
        self.eps = eps

    def forward(self, x: Any) -> Any:
        """Normalize the last axes of x."""
        x = floats("x", x)
        eps = float(np.finfo(x.dtype).eps) if self.eps is None else self.eps
        return rms_norm(x, self.gamma, axes=self._axes(x), eps=eps)
