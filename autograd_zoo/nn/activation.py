"""Activations: plain functions that read like their formulas, and thin modules around them.

All are stable far from 0: none overflows, and none gives nan for a number. At a kink the derivative is that of the
branch "otherwise", as the document has it: 0 for ReLU at 0. At nan the value is nan and so is the derivative, of every
order: no branch can be told.
"""

from __future__ import annotations

import math
from typing import Any, Literal, get_args

import numpy as np

from .. import closed_form as cf
from ..engine.around import quiet
from ..engine.values import Traced, array, raw
from ..primitives.elementwise import erf
from ..primitives.reduction import logsumexp
from .fusion import fused_by
from .init import constant
from .module import Module, Parameter, expect, positive

SELU_ALPHA = cf.activation.SELU_ALPHA
SELU_LAMBDA = cf.activation.SELU_LAMBDA
Approximate = Literal["none", "tanh"]


def loud(x: Any) -> Any:
    """x, but with slope nan where x is nan."""
    a: Any = raw(x)
    if isinstance(a, Traced):
        return np.where(np.isnan(x), np.tanh(x), x)
    square = np.vdot(a, a)  # nan if one element is, and quicker than to ask them all
    return x if square == square else np.where(np.isnan(a), np.tanh(x), x)  # tanh: nan at every order, no warnings


@fused_by(cf.activation.relu_dx)
def relu(x: Any) -> Any:
    """yᵢ = max{0, xᵢ}

    Shapes: y as x. Source: activation.relu.y.

    >>> import autograd_zoo as az
    >>> az.grad(lambda x: az.nn.relu(x).sum())([-1.0, 0.0, 2.0])
    array([0., 0., 1.])
    """
    return np.where(x <= 0, 0.0, loud(x))


@fused_by(cf.activation.relu6_dx)
def relu6(x: Any) -> Any:
    """yᵢ = min{max{0, xᵢ}, 6}, a ReLU of numbers that need few bits

    Shapes: y as x.
    Source: activation.relu6.y, ours, after Howard et al., MobileNets, CoRR 2017.
    """
    return np.where(x <= 0, 0.0, np.where(x >= 6, 6.0, loud(x)))


@fused_by(cf.activation.leaky_relu_dx)
def leaky_relu(x: Any, *, negative_slope: float = 0.01) -> Any:
    """yᵢ = max{0.01 xᵢ, xᵢ}, with `negative_slope` for 0.01

    Shapes: y as x. Source: activation.leaky_relu.y.
    """
    return np.where(x > 0, x, negative_slope * loud(x))


@fused_by(cf.activation.prelu_dx, cf.activation.prelu_da)
def prelu(x: Any, a: Any, *, axis: int = 1) -> Any:
    """yᵢ = xᵢ if xᵢ > 0, else a xᵢ, with a learned slope a

    Shapes: y as x; a () or (1,) for one slope, or (C,) with C channels along `axis` of x.
    Source: activation.prelu.y; He et al., Delving Deep into Rectifiers, ICCV 2015.
    """
    if np.size(a) != 1:
        inside = -np.ndim(x) <= axis < np.ndim(x)
        expect(
            inside and np.shape(a) == (np.shape(x)[axis],),
            f"prelu: slopes a of shape {np.shape(a)} do not fit x of shape {np.shape(x)}; a must have one slope, or "
            + (f"{np.shape(x)[axis]}, one for each channel along axis {axis}" if inside else f"x an axis {axis}"),
        )
        a = np.reshape(a, [-1 if k == axis % np.ndim(x) else 1 for k in range(np.ndim(x))])
    elif np.ndim(a):
        a = np.reshape(a, ())
    return np.where(x > 0, x, a * loud(x))


@fused_by(cf.activation.elu_dx)
def elu(x: Any, *, alpha: float = 1.0) -> Any:
    """yᵢ = xᵢ if xᵢ > 0, else α(exp(xᵢ) − 1)

    Shapes: y as x. Source: activation.elu.y.
    """
    return np.where(x > 0, x, alpha * np.expm1(np.where(x > 0, 0.0, x)))


@fused_by(cf.activation.selu_dx)
def selu(x: Any) -> Any:
    """yᵢ = λxᵢ if xᵢ > 0, else λα(exp(xᵢ) − 1), with λ ≈ 1.0507 and α ≈ 1.6733

    Shapes: y as x. Source: activation.selu.y.
    """
    return SELU_LAMBDA * elu(x, alpha=SELU_ALPHA)


@fused_by(cf.activation.gelu_dx)
def gelu(x: Any, *, approximate: Approximate = "none") -> Any:
    """yᵢ = xᵢ Φ(xᵢ) = ½ xᵢ (1 + erf(xᵢ/√2)), or its tanh form ½ xᵢ (1 + tanh(√(2/π) (xᵢ + 0.044715 xᵢ³)))

    Shapes: y as x.
    Raises: ValueError for another `approximate` than "none" and "tanh".
    Source: activation.gelu.y; Hendrycks and Gimpel, Gaussian Error Linear Units, 2016.
    """
    if _approximation(approximate) == "none":
        return 0.5 * x * (1.0 + erf(x / math.sqrt(2.0)))
    u = np.clip(x, -20.0, 20.0)  # tanh is ±1 there, and x³ does not overflow
    return 0.5 * x * (1.0 + np.tanh(math.sqrt(2.0 / math.pi) * (u + 0.044715 * u * u * u)))


def _approximation(approximate: Approximate) -> Approximate:
    if approximate not in get_args(Approximate):
        raise ValueError(f"gelu: approximate must be 'none' or 'tanh', got {approximate!r}")
    return approximate


@fused_by(cf.activation.sigmoid_dx)
@quiet
def sigmoid(x: Any) -> Any:
    """yᵢ = 1/(1 + exp(−xᵢ)), written as exp(−log(1 + exp(−xᵢ))), which cannot overflow

    Shapes: y as x. Source: activation.sigmoid.y.
    """
    return np.exp(-np.logaddexp(0.0, -x))


@fused_by(cf.activation.softmax_dx)
def softmax(x: Any, *, axis: int = -1) -> Any:
    """yᵢ = exp(xᵢ)/Σₖ exp(xₖ) along `axis`, written as exp(xᵢ − log Σₖ exp(xₖ)), which cannot overflow

    Shapes: y as x. Source: activation.softmax.y.

    >>> import numpy as np, autograd_zoo as az
    >>> az.nn.softmax(np.array([0.0, 1000.0]))
    array([0., 1.])
    """
    return np.exp(log_softmax(x, axis=axis))


@fused_by(cf.activation.log_softmax_dx)
def log_softmax(x: Any, *, axis: int = -1) -> Any:
    """yᵢ = xᵢ − log Σₖ exp(xₖ) along `axis`

    Shapes: y as x. Source: activation.log_softmax.y.
    """
    axes = max(1, np.ndim(x))  # a number is a softmax of one element
    expect(-axes <= axis < axes, f"softmax: x of shape {np.shape(x)} has no axis {axis}; the last one is axis -1")
    # The maximum is taken off first, as a constant: y does not depend on it, and log 2 would be lost beside 1e30.
    floats = array(raw(x)) * 1.0  # integers have no −∞, the maximum of nothing
    peak = np.max(floats, axis=axis, keepdims=True, initial=-math.inf)
    x = x - np.where(np.isfinite(peak), peak, 0.0)
    return x - logsumexp(x, axis=axis, keepdims=True)


@fused_by(cf.activation.softplus_dx)
@quiet
def softplus(x: Any) -> Any:
    """yᵢ = log(exp(xᵢ) + 1)

    Shapes: y as x. Source: activation.softplus.y.
    """
    return np.logaddexp(x, 0.0)


@fused_by(cf.activation.tanh_dx)
def tanh(x: Any) -> Any:
    """yᵢ = (exp(xᵢ) − exp(−xᵢ))/(exp(xᵢ) + exp(−xᵢ))

    Shapes: y as x. Source: activation.tanh.y.
    """
    return np.tanh(x)


class ReLU(Module):
    """yᵢ = max{0, xᵢ}; see `relu`."""

    forward = staticmethod(relu)


class ReLU6(Module):
    """yᵢ = min{max{0, xᵢ}, 6}; see `relu6`."""

    forward = staticmethod(relu6)


class LeakyReLU(Module):
    """yᵢ = max{0.01 xᵢ, xᵢ}; see `leaky_relu`."""

    def __init__(self, negative_slope: float = 0.01) -> None:
        self.negative_slope = negative_slope

    def forward(self, x: Any) -> Any:
        """Apply `leaky_relu`."""
        return leaky_relu(x, negative_slope=self.negative_slope)


class PReLU(Module):
    """yᵢ = xᵢ if xᵢ > 0, else a xᵢ; see `prelu`.

    Parameters: a (num_parameters,), one slope, or one for each channel along axis 1; all start at `init`.
    """

    def __init__(self, num_parameters: int = 1, init: float = 0.25, *, dtype: Any = None) -> None:
        self.a = Parameter(constant(positive("PReLU: num_parameters", num_parameters), init, dtype=dtype))

    def extra_repr(self) -> str:
        """The number of slopes."""
        return f"num_parameters={self.a.size}"

    def forward(self, x: Any) -> Any:
        """Apply `prelu`."""
        return prelu(x, self.a)


class ELU(Module):
    """yᵢ = xᵢ if xᵢ > 0, else α(exp(xᵢ) − 1); see `elu`."""

    def __init__(self, alpha: float = 1.0) -> None:
        self.alpha = alpha

    def forward(self, x: Any) -> Any:
        """Apply `elu`."""
        return elu(x, alpha=self.alpha)


class SELU(Module):
    """yᵢ = λxᵢ if xᵢ > 0, else λα(exp(xᵢ) − 1), the self-normalizing ELU; see `selu`."""

    forward = staticmethod(selu)


class GELU(Module):
    """yᵢ = xᵢ Φ(xᵢ); see `gelu`."""

    def __init__(self, approximate: Approximate = "none") -> None:
        self.approximate = _approximation(approximate)

    def forward(self, x: Any) -> Any:
        """Apply `gelu`."""
        return gelu(x, approximate=self.approximate)


class Sigmoid(Module):
    """yᵢ = 1/(1 + exp(−xᵢ)); see `sigmoid`."""

    forward = staticmethod(sigmoid)


class Softmax(Module):
    """yᵢ = exp(xᵢ)/Σₖ exp(xₖ); see `softmax`."""

    def __init__(self, axis: int = -1) -> None:
        self.axis = axis

    def forward(self, x: Any) -> Any:
        """Apply `softmax`."""
        return softmax(x, axis=self.axis)


class LogSoftmax(Module):
    """yᵢ = xᵢ − log Σₖ exp(xₖ); see `log_softmax`."""

    def __init__(self, axis: int = -1) -> None:
        self.axis = axis

    def forward(self, x: Any) -> Any:
        """Apply `log_softmax`."""
        return log_softmax(x, axis=self.axis)


class Softplus(Module):
    """yᵢ = log(exp(xᵢ) + 1); see `softplus`."""

    forward = staticmethod(softplus)


class Tanh(Module):
    """yᵢ = (exp(xᵢ) − exp(−xᵢ))/(exp(xᵢ) + exp(−xᵢ)), the hyperbolic tangent; see `tanh`."""

    forward = staticmethod(tanh)
