"""Rows of the conv family: the text of the document, its formulas, and the layers that modules have besides."""

from ..formula import Formula
from . import conv_claims, conv_ours, conv_printed, conv_separable

FORMULAS: tuple[Formula, ...] = (
    *conv_claims.CONV,
    *conv_printed.FORMULAS,
    *conv_claims.SEPARABLE_CONV,
    *conv_separable.FORMULAS,
    *conv_ours.FORMULAS,
)
