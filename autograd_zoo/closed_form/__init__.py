"""The document's formulas, executable: one file per family, one plain NumPy function per formula.

`activation.softmax(x)` is a forward pass, `activation.softmax_dx(g, y, x)` a gradient with g = ∂L/∂y. Batch axes lead.
`formulas()` lists what is printed where; `autograd_zoo.zoo.judge` computes whether it holds.

>>> from autograd_zoo import closed_form
>>> rows = {row.id: row for row in closed_form.formulas()}
>>> rows["activation.softmax.dx"].place
'Parameter-free modules, table row Softmax, backward-pass'
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
from .formula import Formula, error
from .rows import FORMULAS

__all__ = [
    "Formula",
    "activation",
    "attention",
    "block",
    "conv",
    "elementwise",
    "error",
    "formulas",
    "group",
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
