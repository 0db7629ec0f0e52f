"""Activations: the document's formulas, given Tensors, and thin modules around them.

All are stable far from 0: none overflows, and none gives nan for a number. At a kink the derivative is that of the
branch "otherwise", as the document has it: 0 for ReLU at 0. At nan the value is nan and so is the derivative, of every
order: no branch can be told.
"""

from __future__ import annotations

from functools import partial
from typing import Any

import numpy as np

from ..closed_form import activation as cf
from ..closed_form.activation import SELU_ALPHA as SELU_ALPHA
from ..closed_form.activation import SELU_LAMBDA as SELU_LAMBDA
from ..engine.around import quiet
from .applied import Applied
from .fusion import fused_by, loud, requiring
from .init import constant
from .module import Module, Parameter, require

__all__ = [
    "CELU",
    "ELU",
    "GELU",
    "GLU",
    "SELU",
    "Hardsigmoid",
    "Hardswish",
    "LeakyReLU",
    "LogSigmoid",
    "LogSoftmax",
    "Mish",
    "PReLU",
    "ReLU",
    "ReLU6",
    "SiLU",
    "Sigmoid",
    "Softmax",
    "Softplus",
    "Softsign",
    "SwiGLU",
    "Tanh",
    "celu",
    "elu",
    "gelu",
    "glu",
    "hardsigmoid",
    "hardswish",
    "leaky_relu",
    "log_sigmoid",
    "log_softmax",
    "mish",
    "prelu",
    "relu",
    "relu6",
    "selu",
    "sigmoid",
    "silu",
    "softmax",
    "softplus",
    "softsign",
    "swiglu",
    "tanh",
]  # what `nn` has too


def _slopes_fit(x: Any, a: Any, *, axis: int = 1) -> None:
    inside = -np.ndim(x) <= axis < np.ndim(x)
    require(
        np.size(a) == 1 or (inside and np.shape(a) == (np.shape(x)[axis],)),
        f"prelu: slopes a of shape {np.shape(a)} do not fit x of shape {np.shape(x)}; a must have one slope, or "
        + (f"{np.shape(x)[axis]}, one for each channel along axis {axis}" if inside else f"x an axis {axis}"),
    )


def _has_axis(x: Any, *, axis: int = -1) -> None:
    axes = max(1, np.ndim(x))  # a number is a softmax of one element
    require(-axes <= axis < axes, f"softmax: x of shape {np.shape(x)} has no axis {axis}; the last one is axis -1")


def _halves(x: Any, *, axis: int = -1) -> None:
    shape = np.shape(x)
    require(-len(shape) <= axis < len(shape), f"x of shape {shape} has no axis {axis} to halve")
    require(shape[axis] % 2 == 0, f"x of shape {shape} has {shape[axis]} along axis {axis}, which has no half")


_pointwise = partial(fused_by, elementwise=True)

relu = _pointwise(cf.relu_dx)(loud(cf.relu))
relu6 = _pointwise(cf.relu6_dx)(loud(cf.relu6))
leaky_relu = _pointwise(cf.leaky_relu_dx)(loud(cf.leaky_relu))
prelu = fused_by(cf.prelu_dx, cf.prelu_da)(requiring(_slopes_fit)(loud(cf.prelu)))
elu = _pointwise(cf.elu_dx)(cf.elu)
selu = _pointwise(cf.selu_dx)(cf.selu)
gelu = _pointwise(cf.gelu_dx)(cf.gelu)
sigmoid = _pointwise(cf.sigmoid_dx)(quiet(cf.sigmoid))
silu = _pointwise(cf.silu_dx)(quiet(cf.silu))
softmax = fused_by(cf.softmax_dx)(requiring(_has_axis)(cf.softmax))
log_softmax = fused_by(cf.log_softmax_dx)(requiring(_has_axis)(cf.log_softmax))
softplus = _pointwise(cf.softplus_dx)(quiet(cf.softplus))
tanh = _pointwise(cf.tanh_dx)(cf.tanh)
log_sigmoid = _pointwise(cf.log_sigmoid_dx)(quiet(cf.log_sigmoid))
mish = _pointwise(cf.mish_dx)(quiet(cf.mish))
hardsigmoid = _pointwise(cf.hardsigmoid_dx)(loud(cf.hardsigmoid))
hardswish = _pointwise(cf.hardswish_dx)(loud(cf.hardswish))
softsign = _pointwise(cf.softsign_dx)(cf.softsign)
celu = _pointwise(cf.celu_dx)(cf.celu)
glu = fused_by(cf.glu_dx)(requiring(_halves)(quiet(cf.glu)))
swiglu = fused_by(cf.swiglu_dx)(requiring(_halves)(quiet(cf.swiglu)))


class AlongAxis(Applied):
    """What the modules share that are a function along an axis."""

    settings = ("axis",)

    def __init__(self, axis: int = -1) -> None:
        self.axis = axis


class ReLU(Module):
    """yᵢ = max{0, xᵢ}; see `relu`."""

    forward = staticmethod(relu)


class ReLU6(Module):
    """yᵢ = min{max{0, xᵢ}, 6}; see `relu6`."""

    forward = staticmethod(relu6)


class LeakyReLU(Applied):
    """yᵢ = max{0.01 xᵢ, xᵢ}; see `leaky_relu`."""

    form = staticmethod(leaky_relu)
    settings = ("negative_slope",)

    def __init__(self, negative_slope: float = 0.01) -> None:
        self.negative_slope = negative_slope


class PReLU(Module):
    """yᵢ = xᵢ if xᵢ > 0, else a xᵢ; see `prelu`.

    Parameters: a (num_parameters,), one slope, or one for each channel along axis 1; all start at `init`.
    """

    def __init__(self, num_parameters: int = 1, init: float = 0.25, *, dtype: Any = None) -> None:
        self.a = Parameter(constant(num_parameters, init, dtype=dtype))

    def extra_repr(self) -> str:
        """The number of slopes."""
        return f"num_parameters={self.a.size}"

    def forward(self, x: Any) -> Any:
        """Apply `prelu`."""
        return prelu(x, self.a)


class ELU(Applied):
    """yᵢ = xᵢ if xᵢ > 0, else α(exp(xᵢ) − 1); see `elu`."""

    form = staticmethod(elu)
    settings = ("alpha",)

    def __init__(self, alpha: float = 1.0) -> None:
        self.alpha = alpha


class SELU(Module):
    """yᵢ = λxᵢ if xᵢ > 0, else λα(exp(xᵢ) − 1), the self-normalizing ELU; see `selu`."""

    forward = staticmethod(selu)


class GELU(Applied):
    """yᵢ = xᵢ Φ(xᵢ); see `gelu`."""

    form = staticmethod(gelu)
    settings = ("approximate",)

    def __init__(self, approximate: cf.Approximate = "none") -> None:
        self.approximate = approximate


class Sigmoid(Module):
    """yᵢ = 1/(1 + exp(−xᵢ)); see `sigmoid`."""

    forward = staticmethod(sigmoid)


class SiLU(Module):
    """The sigmoid linear unit, which is called swish too; see `silu`."""

    forward = staticmethod(silu)


class Softmax(AlongAxis):
    """yᵢ = exp(xᵢ)/Σₖ exp(xₖ); see `softmax`."""

    form = staticmethod(softmax)


class LogSoftmax(AlongAxis):
    """yᵢ = xᵢ − log Σₖ exp(xₖ); see `log_softmax`."""

    form = staticmethod(log_softmax)


class Softplus(Module):
    """yᵢ = log(exp(xᵢ) + 1); see `softplus`."""

    forward = staticmethod(softplus)


class Tanh(Module):
    """yᵢ = (exp(xᵢ) − exp(−xᵢ))/(exp(xᵢ) + exp(−xᵢ)), the hyperbolic tangent; see `tanh`."""

    forward = staticmethod(tanh)


class LogSigmoid(Module):
    """yᵢ = log σ(xᵢ); see `log_sigmoid`."""

    forward = staticmethod(log_sigmoid)


class Mish(Module):
    """yᵢ = xᵢ tanh(log(1 + exp(xᵢ))); see `mish`."""

    forward = staticmethod(mish)


class Hardsigmoid(Module):
    """yᵢ = min{max{0, xᵢ/6 + ½}, 1}; see `hardsigmoid`."""

    forward = staticmethod(hardsigmoid)


class Hardswish(Module):
    """yᵢ = xᵢ min{max{0, xᵢ/6 + ½}, 1}; see `hardswish`."""

    forward = staticmethod(hardswish)


class Softsign(Module):
    """yᵢ = xᵢ/(1 + |xᵢ|); see `softsign`."""

    forward = staticmethod(softsign)


class CELU(Applied):
    """yᵢ = xᵢ if xᵢ > 0, else α(exp(xᵢ/α) − 1); see `celu`."""

    form = staticmethod(celu)
    settings = ("alpha",)

    def __init__(self, alpha: float = 1.0) -> None:
        require(alpha != 0, "CELU: alpha must not be 0")
        self.alpha = alpha


class GLU(AlongAxis):
    """yᵢ = aᵢ σ(bᵢ) for the halves a, b of x; see `glu`."""

    form = staticmethod(glu)


class SwiGLU(AlongAxis):
    """yᵢ = aᵢ σ(aᵢ) bᵢ for the halves a, b of x; see `swiglu`."""

    form = staticmethod(swiglu)
