"""The document's formulas, executable: one file per family, one plain NumPy function per formula.

`activation.softmax(x)` is a forward pass, `activation.softmax_dx(g, y, x)` a gradient with g = ∂L/∂y. Batch axes lead.
`formulas()` lists what is printed where; `autograd_zoo.zoo.judge` computes whether it holds.

>>> from autograd_zoo import closed_form
>>> rows = {row.id: row for row in closed_form.formulas()}
>>> rows["activation.softmax.dx"].place
'Parameter-free modules, table row Softmax, backward-pass'
"""

from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from . import activation as activation
    from . import attention as attention
    from . import block as block
    from . import conv as conv
    from . import elementwise as elementwise
    from . import group as group
    from . import linear as linear
    from . import loss as loss
    from . import normalization as normalization
    from . import pooling as pooling
    from . import recurrent as recurrent
    from . import regularization as regularization
    from . import special as special
    from .formula import Formula as Formula
    from .formula import error as error

__all__ = [
    "Formula", "activation", "attention", "block", "conv", "elementwise", "error", "formulas",
    "group", "linear", "loss", "normalization", "pooling", "recurrent", "regularization", "special",
]  # fmt: skip


def formulas() -> tuple["Formula", ...]:
    """The rows of all families, in the order of the document."""
    from .rows import FORMULAS

    return FORMULAS


def __getattr__(name: str) -> Any:
    if name in ("Formula", "error"):
        return getattr(import_module(f"{__name__}.formula"), name)
    if name in __all__:  # a family, which is imported when it is first used: the primitives need two small files alone
        return import_module(f"{__name__}.{name}")
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")


def __dir__() -> list[str]:
    return sorted(__all__)
