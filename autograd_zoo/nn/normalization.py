"""Normalization of each sample: Layer and RMS Normalization, and what all normalizations share.

Statistics are taken in float64 whatever the dtype of x, and the result has the dtype of x: at a mean of 1e7, float32
cannot hold the deviations from it.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np

from .. import closed_form as cf
from ..engine.around import quiet
from ..engine.primitive import primitive
from ..engine.rules import defvjp
from ..engine.tensor import Tensor
from ..engine.values import array, some, unmasked
from .fusion import fused_by
from .init import constant
from .module import Module, Parameter, expect, named, positive

Axes = int | Sequence[int]


# ---- what all normalizations share -----------------------------------------------------------------------------


def floats(what: str, x: Any) -> Any:
    """x, as an array unless it is a Tensor; expects floats."""
    x = x if isinstance(x, Tensor) else array(unmasked(x))
    expect(x.dtype.kind == "f", f"{what} must hold floats, got {x.dtype}: write x.astype(float)")
    return x


def expect_eps(what: str, eps: float) -> None:
    """Expect an ε that is not negative."""
    expect(eps >= 0, f"{what}: eps must not be negative, got {eps!r}: it keeps a root away from 0")


def cast(x: Any, dtype: Any) -> Any:
    """x in `dtype`; no operation where it has it."""
    return x if x.dtype == dtype else x.astype(dtype)


def wide(x: Any) -> Any:
    """x in the dtype of its statistics, at least float64."""
    return cast(x, np.result_type(x.dtype, np.float64))


def over(x: Any, root: Any) -> Any:
    """x / root, and 0 with gradient 0 where the root is 0: what has no spread, without an ε."""
    zero = np.equal(root, 0)
    return np.where(zero, 0.0, x / np.where(zero, 1.0, root)) if some(zero) else x / root


@primitive
def mean(x: Any, *, axes: tuple[int, ...]) -> Any:
    """The mean over `axes`, which stay with length 1. That of equal elements is exactly they, so none deviates."""
    first = x[tuple(slice(1) if axis in axes else slice(None) for axis in range(x.ndim))]
    return first + np.mean(x - first, axis=axes, keepdims=True)


defvjp(mean, lambda g, y, x, axes: np.broadcast_to(g * (y.size / max(x.size, 1)), x.shape), reach="moved")


def standardized(x: Any, axes: tuple[int, ...], eps: float, mu_name: str = "μ", sigma2_name: str = "σ²") -> Any:
    """x̂ = (x − μ)/√(σ² + ε) in float64, with the mean μ and the variance σ² over `axes`."""
    x = wide(x)
    mu = named(mean(x, axes=axes), mu_name)
    deviation = x - mu
    sigma2 = named(np.mean(deviation**2, axis=axes, keepdims=True), sigma2_name)
    return named(over(deviation, np.sqrt(sigma2 + eps)), "x̂")


def affine(x_hat: Any, gamma: Any, beta: Any, axes: tuple[int, ...]) -> Any:
    """γ x̂ + β, with γ and β along `axes`; None stands for ones and zeros."""
    y = x_hat if gamma is None else laid(gamma, x_hat, axes) * x_hat
    return y if beta is None else y + laid(beta, x_hat, axes)


def laid(v: Any, x: Any, axes: tuple[int, ...]) -> Any:
    """The parameter v with its axes at `axes` of x, so that it broadcasts with x."""
    shape = tuple(n if axis in axes else 1 for axis, n in enumerate(x.shape))[min(axes, default=x.ndim) :]
    return v if np.shape(v) == shape else np.reshape(v, shape)


def expect_shape(what: str, x: Any, shape: tuple[int, ...], **parameters: Any) -> None:
    """Expect parameters, unless they are None, in the one shape that fits x."""
    for name, v in parameters.items():
        expect(
            v is None or np.shape(v) == shape,
            f"{what}: {name} of shape {np.shape(v)} does not fit x {np.shape(x)}: it must have shape {shape}",
        )


def _sample(what: str, x: Any, axes: Axes, eps: float, **parameters: Any) -> tuple[Any, tuple[int, ...]]:
    """x, and its axes in ascending order; expects something along them, and parameters in their shape."""
    x = floats(f"{what}: x", x)
    expect_eps(what, eps)
    given = (axes,) if isinstance(axes, int) else tuple(axes)
    inside = {axis % x.ndim for axis in given if -x.ndim <= axis < x.ndim}
    expect(
        len(inside) == len(given) > 0,
        f"{what}: axes={axes!r} must name axes of x {x.shape}, each once; a sample has at least one",
    )
    ascending = tuple(sorted(inside))
    shape = tuple(x.shape[axis] for axis in ascending)
    expect(all(shape), f"{what}: x of shape {x.shape} is empty along axes {ascending}: there is nothing to normalize")
    expect_shape(what, x, shape, **parameters)
    return x, ascending


# ---- functions -------------------------------------------------------------------------------------------------


@fused_by(cf.normalization.layer_norm_dx, cf.normalization.layer_norm_dgamma, cf.normalization.layer_norm_dbeta)
@quiet
def _layer_norm(x: Any, gamma: Any, beta: Any, *, axes: tuple[int, ...], eps: float) -> Any:
    return cast(affine(standardized(x, axes, eps), gamma, beta, axes), x.dtype)


def layer_norm(x: Any, gamma: Any = None, beta: Any = None, *, axes: Axes = -1, eps: float = 1e-5) -> Any:
    """y = γ ⊙ (x − μ)/√(σ² + ε) + β, with the mean and the variance of each sample over `axes`

    Shapes: x and y any; gamma and beta the lengths of x along `axes` in ascending order, or None for ones and zeros.
    Raises: ValueError for axes that x does not have or that are empty, parameters of another shape, integers.
    Source: normalization.layer_norm.y, ours, after Ba et al. 2016.

    >>> import numpy as np, autograd_zoo as az
    >>> az.nn.layer_norm(np.array([[1.0, 3.0], [10.0, 30.0]]), eps=0.0)
    array([[-1.,  1.],
           [-1.,  1.]])
    """
    x, ascending = _sample("layer_norm", x, axes, eps, gamma=gamma, beta=beta)
    return _layer_norm(x, gamma, beta, axes=ascending, eps=eps)


@fused_by(cf.normalization.rms_norm_dx, cf.normalization.rms_norm_dgamma)
@quiet
def _rms_norm(x: Any, gamma: Any, *, axes: tuple[int, ...], eps: float) -> Any:
    v = wide(x)
    rms = named(np.sqrt(np.mean(v**2, axis=axes, keepdims=True) + eps), "rms")
    return cast(affine(over(v, rms), gamma, None, axes), x.dtype)


def rms_norm(x: Any, gamma: Any = None, *, axes: Axes = -1, eps: float = 1e-5) -> Any:
    """y = γ ⊙ x/√(1/M Σ x² + ε), with the mean square of each sample over `axes`

    Shapes: x and y any; gamma the lengths of x along `axes` in ascending order, or None for ones.
    Raises: ValueError for axes that x does not have or that are empty, a gamma of another shape, integers.
    Source: normalization.rms_norm.y, ours, after Zhang and Sennrich 2019.

    >>> import numpy as np, autograd_zoo as az
    >>> az.nn.rms_norm(np.array([3.0, 4.0, 0.0, 0.0]), eps=0.0)
    array([1.2, 1.6, 0. , 0. ])
    """
    x, ascending = _sample("rms_norm", x, axes, eps, gamma=gamma)
    return _rms_norm(x, gamma, axes=ascending, eps=eps)


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
        """The last axes of x; expects their lengths."""
        k = len(self.normalized_shape)
        expect(
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
    eps : float
        ε
    elementwise_affine : bool
        without it there are neither γ nor β
    bias : bool
        without it there is no β
    dtype : float64 (default) or float32

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
    dtype : float64 (default) or float32

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
