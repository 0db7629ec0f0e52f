"""The document's formulas, executable: one file per family, one plain NumPy function per formula.

`activation.softmax(x)` is a forward pass, `activation.softmax_dx(g, y, x)` a gradient with g = ∂L/∂y. Batch axes lead.
`formulas()` lists what is printed where, and `judge` computes whether it holds.

>>> from autograd_zoo import closed_form
>>> rows = {row.id: row for row in closed_form.formulas()}
>>> closed_form.judge(rows["activation.softmax.dx"]).verdict
'exact'
"""

from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from autograd_zoo.closed_form import activation as activation
    from autograd_zoo.closed_form import attention as attention
    from autograd_zoo.closed_form import block as block
    from autograd_zoo.closed_form import conv as conv
    from autograd_zoo.closed_form import elementwise as elementwise
    from autograd_zoo.closed_form import group as group
    from autograd_zoo.closed_form import linear as linear
    from autograd_zoo.closed_form import loss as loss
    from autograd_zoo.closed_form import normalization as normalization
    from autograd_zoo.closed_form import pooling as pooling
    from autograd_zoo.closed_form import recurrent as recurrent
    from autograd_zoo.closed_form import regularization as regularization
    from autograd_zoo.closed_form import special as special
    from autograd_zoo.closed_form.formula import Formula as Formula
    from autograd_zoo.closed_form.formula import Judgement as Judgement
    from autograd_zoo.closed_form.formula import error as error
    from autograd_zoo.closed_form.formula import judge as judge

__all__ = [
    "Formula",
    "Judgement",
    "activation",
    "attention",
    "block",
    "conv",
    "elementwise",
    "error",
    "formulas",
    "group",
    "judge",
    "linear",
    "loss",
    "normalization",
    "pooling",
    "recurrent",
    "regularization",
    "special",
]


def formulas() -> tuple["Formula", ...]:
    """Return the rows of all families, in the order of the document."""
    from autograd_zoo.closed_form.rows import FORMULAS

    return FORMULAS


def __getattr__(name: str) -> Any:
    if name in ("Formula", "Judgement", "error", "judge"):
        return getattr(import_module(f"{__name__}.formula"), name)
    if name in __all__:  # a family, which is imported when it is first used: the primitives need two small files alone
        return import_module(f"{__name__}.{name}")
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")


def __dir__() -> list[str]:
    return sorted(__all__)
