"""The document's formulas, executable: one file per family, one plain NumPy function per formula.

`activation.softmax(x)` is a forward pass, `activation.softmax_dx(g, y, x)` a gradient with g = ∂L/∂y. Batch axes lead.
`formulas()` lists what is printed where, and `judge` computes whether it holds.

>>> from autograd_zoo import closed_form
>>> rows = {row.id: row for row in closed_form.formulas()}
>>> closed_form.judge(rows["activation.softmax.dx"]).verdict
'exact'
"""

from . import (
    activation,
    attention,
    block,
    conv,
    elementwise,
    group,
    linear,
    loss,
    normalization,
    pooling,
    recurrent,
    regularization,
    special,
)
from .formula import Formula, Judgement, error, judge
from .rows import FORMULAS

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


def formulas() -> tuple[Formula, ...]:
    """The rows of all families, in the order of the document."""
    return FORMULAS
