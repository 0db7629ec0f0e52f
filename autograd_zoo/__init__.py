"""autograd_zoo: reverse-mode differentiation on NumPy, with every module's written-out gradient beside the tape's.

>>> import numpy as np, autograd_zoo as az
>>> x = az.Tensor([1.0, 2.0, 3.0], name="x")
>>> y = np.sum(np.tanh(x) ** 2)
>>> y.backward()
>>> x.grad
array([0.63970001, 0.13621869, 0.01963449])
"""

from importlib import import_module
from typing import TYPE_CHECKING, Any

from . import primitives
from .engine.anomaly import detect_anomaly
from .engine.check import GradientError, check_gradients
from .engine.mode import fused, no_grad
from .engine.rules import defvjp
from .engine.sweep import gradient
from .engine.tape import Tape
from .engine.tensor import Tensor, primitive
from .engine.transforms import grad, hessian, hvp, jacobian, jvp, value_and_grad, vjp
from .primitives.elementwise import erf
from .primitives.reduction import logsumexp
from .primitives.windows import overlap_add, windows

if TYPE_CHECKING:
    from . import closed_form, data, io, nn, optim
    from . import zoo as zoo

__version__ = "0.1.0"

__all__ = [
    "GradientError",
    "Tape",
    "Tensor",
    "check_gradients",
    "closed_form",
    "data",
    "defvjp",
    "detect_anomaly",
    "erf",
    "fused",
    "grad",
    "gradient",
    "hessian",
    "hvp",
    "io",
    "jacobian",
    "jvp",
    "logsumexp",
    "nn",
    "no_grad",
    "optim",
    "overlap_add",
    "primitive",
    "primitives",
    "value_and_grad",
    "vjp",
    "windows",
    "zoo",
]


def __getattr__(name: str) -> Any:
    if name in ("closed_form", "data", "io", "nn", "optim", "zoo"):  # imported when first used
        return import_module(f"{__name__}.{name}")
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")


def __dir__() -> list[str]:
    return sorted(__all__)
