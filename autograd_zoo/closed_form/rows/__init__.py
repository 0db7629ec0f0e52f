"""The formulas as rows of data, by family: what is printed where, transcribed literally, and what holds."""

from importlib import import_module

from ..formula import Formula
from . import (
    activation,
    attention,
    block,
    claims_conv,
    claims_linear,
    claims_normalization,
    claims_recurrent,
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

_BEFORE: tuple[Formula, ...] = (
    *elementwise.FORMULAS,
    *group.FORMULAS,
    *activation.FORMULAS,
    *claims_linear.ACTIVATION,
    *loss.FORMULAS,
    *pooling.FORMULAS,
    *regularization.FORMULAS,
    *linear.FORMULAS,
    *claims_linear.LINEAR,
    *conv.FORMULAS,
    *claims_conv.CONV,
    *claims_conv.SEPARABLE_CONV,
    *normalization.FORMULAS,
    *claims_normalization.FORMULAS,
    *recurrent.FORMULAS,
    *claims_recurrent.FORMULAS,
)

FORMULAS: tuple[Formula, ...] = (
    *_BEFORE,
    *attention.FORMULAS,
    claims_linear.each_module(_BEFORE),
    *block.FORMULAS,
    *claims_conv.BLOCKS,
)
"""All rows, in the order of the document."""
