"""The formulas as rows of data, one file per family: what is printed where, transcribed literally, and what holds."""

from ..formula import Formula
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
)

FORMULAS: tuple[Formula, ...] = (
    *elementwise.FORMULAS,
    *group.FORMULAS,
    *activation.FORMULAS,
    *loss.FORMULAS,
    *pooling.FORMULAS,
    *regularization.FORMULAS,
    *linear.FORMULAS,
    *conv.FORMULAS,
    *normalization.FORMULAS,
    *recurrent.FORMULAS,
    *attention.FORMULAS,
    *block.FORMULAS,
)
"""All rows, in the order of the document."""
