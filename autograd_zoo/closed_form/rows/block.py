"""Rows of the blocks of convolutional networks: the formulas are ours, for the document has them in words."""

from autograd_zoo.closed_form.formula import Formula
from autograd_zoo.closed_form.rows import (
    block_claims,
    block_dense,
    block_inception,
    block_mobile,
    block_residual,
    block_unit,
)

FORMULAS: tuple[Formula, ...] = (
    *block_claims.FORMULAS,
    *block_unit.FORMULAS,
    *block_inception.FORMULAS,
    *block_residual.FORMULAS,
    *block_dense.FORMULAS,
    *block_mobile.FORMULAS,
)
