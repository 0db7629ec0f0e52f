"""Activations, continued: squashing functions, what they gate, and CELU; at kinks and at nan as in `activation`."""

from __future__ import annotations

from functools import partial
from typing import Any

import numpy as np

from ..closed_form import activation as cf
from ..engine.around import quiet
from .activation import AlongAxis
from .fusion import fused_by, loud, requiring
from .module import Module, require


def _halves(x: Any, *, axis: int = -1) -> None:
    shape = np.shape(x)
    require(-len(shape) <= axis < len(shape), f"x of shape {shape} has no axis {axis} to halve")
    require(shape[axis] % 2 == 0, f"x of shape {shape} has {shape[axis]} along axis {axis}, which has no half")


_pointwise = partial(fused_by, elementwise=True)

log_sigmoid = _pointwise(cf.log_sigmoid_dx)(quiet(cf.log_sigmoid))
mish = _pointwise(cf.mish_dx)(quiet(cf.mish))
hardsigmoid = _pointwise(cf.hardsigmoid_dx)(loud(cf.hardsigmoid))
hardswish = _pointwise(cf.hardswish_dx)(loud(cf.hardswish))
softsign = _pointwise(cf.softsign_dx)(cf.softsign)
celu = _pointwise(cf.celu_dx)(cf.celu)
glu = fused_by(cf.glu_dx)(requiring(_halves)(quiet(cf.glu)))
swiglu = fused_by(cf.swiglu_dx)(requiring(_halves)(quiet(cf.swiglu)))


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


class CELU(Module):
    """yᵢ = xᵢ if xᵢ > 0, else α(exp(xᵢ/α) − 1); see `celu`."""

    def __init__(self, alpha: float = 1.0) -> None:
        require(alpha != 0, "CELU: alpha must not be 0")
        self.alpha = alpha

    def forward(self, x: Any) -> Any:
        """Apply `celu`."""
        return celu(x, alpha=self.alpha)


class GLU(AlongAxis):
    """yᵢ = aᵢ σ(bᵢ) for the halves a, b of x; see `glu`."""

    form = staticmethod(glu)


class SwiGLU(AlongAxis):
    """yᵢ = aᵢ σ(aᵢ) bᵢ for the halves a, b of x; see `swiglu`."""

    form = staticmethod(swiglu)
