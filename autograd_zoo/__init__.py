"""autograd_zoo: reverse-mode differentiation on NumPy, with every module's written-out gradient beside the tape's.

>>> import numpy as np, autograd_zoo as az
>>> x = az.Tensor([1.0, 2.0, 3.0], name="x")
>>> y = np.sum(np.tanh(x) ** 2)
>>> y.backward()
>>> x.grad
array([0.63970001, 0.13621869, 0.01963449])
"""

from . import _start  # noqa: F401  (before all that takes time)

# isort: split
import sys
from importlib import import_module
from typing import TYPE_CHECKING, Any

from . import primitives
from .engine import errors
from .engine.anomaly import detect_anomaly
from .engine.around import uncollected
from .engine.check import GradientError, check_gradients
from .engine.mode import fused, no_grad
from .engine.primitive import primitive
from .engine.rules import defvjp
from .engine.scoped import scope
from .engine.sweep import gradient
from .engine.tape import Tape
from .engine.tensor import Tensor
from .engine.transforms import grad, hessian, hvp, jacobian, jvp, value_and_grad, vjp
from .primitives.elementwise import erf
from .primitives.reduction import logsumexp
from .primitives.windows import overlap_add, windows

if TYPE_CHECKING:
    from . import closed_form, data, io, lab, models, nn, onnx, optim
    from . import zoo as zoo
    from .nn.checkpoint import checkpoint
    from .program import Program, RecordError, given, record

__version__ = "0.1.0"

__all__ = [
    "GradientError",
    "Program",
    "RecordError",
    "Tape",
    "Tensor",
    "check_gradients",
    "checkpoint",
    "closed_form",
    "data",
    "defvjp",
    "detect_anomaly",
    "erf",
    "fused",
    "given",
    "grad",
    "gradient",
    "hessian",
    "hvp",
    "io",
    "jacobian",
    "jvp",
    "lab",
    "logsumexp",
    "models",
    "nn",
    "no_grad",
    "onnx",
    "optim",
    "overlap_add",
    "primitive",
    "primitives",
    "record",
    "scope",
    "uncollected",
    "value_and_grad",
    "vjp",
    "windows",
    "zoo",
]

ELSEWHERE = {  # names that other libraries give what stands here under another
    **dict.fromkeys(
        ("tensor", "array", "asarray", "as_tensor", "from_numpy", "Value", "Variable"), "az.Tensor([1.0, 2.0])"
    ),
    **dict.fromkeys(
        ("zeros", "ones", "empty", "eye", "arange", "linspace"), "az.Tensor(np.zeros(3))  # np.ones, np.eye, ..."
    ),
    **dict.fromkeys(("rand", "randn", "random", "normal"), "az.Tensor(np.random.default_rng(0).normal(size=3))"),
    **dict.fromkeys(("manual_seed", "seed", "PRNGKey"), "np.random.default_rng(0)  # passed as rng="),
    **dict.fromkeys(("save", "savez"), "az.io.save"),
    "load": "az.io.load",
    "Module": "az.nn.Module",
    "Parameter": "az.nn.Parameter",
    **dict.fromkeys(("numpy", "jnp", "np"), "import numpy as np  # its functions take Tensors"),
    **dict.fromkeys(("autograd", "backward"), "az.gradient"),
    **dict.fromkeys(("elementwise_grad", "vmap", "jacrev", "jacfwd"), "az.jacobian"),
    "make_vjp": "az.vjp",
    "GradientTape": "az.Tape",
    **dict.fromkeys(("inference_mode", "stop_gradient"), "az.no_grad"),
    **dict.fromkeys(("gradcheck", "check_grads"), "az.check_gradients"),
    **dict.fromkeys(("Function", "custom_vjp", "custom_gradient", "defjvp"), "az.primitive  # and az.defvjp"),
    **dict.fromkeys(("float16", "float32", "float64"), "np.float32  # and np.float16, np.float64"),
    **dict.fromkeys(("cat", "concat"), "np.concatenate([t, u])"),
    **dict.fromkeys(("mm", "bmm", "matmul"), "A @ A"),
}


def __getattr__(name: str) -> Any:
    if name in ("closed_form", "data", "io", "lab", "models", "nn", "onnx", "optim", "zoo"):  # imported when first used
        return import_module(f"{__name__}.{name}")
    if name == "checkpoint":
        return import_module(f"{__name__}.nn.checkpoint").checkpoint
    if name in ("Program", "RecordError", "given", "record"):
        return getattr(import_module(f"{__name__}.program"), name)
    instead = ELSEWHERE.get(name) or ("" if name.startswith("_") else primitives.attributes.attribute(name))
    raise errors.no_name(sys.modules[__name__], name, errors.spoken(instead))


def __dir__() -> list[str]:
    return sorted(__all__)
