"""Rows of the pooling family: those in the document's table, then those of the layers that modules have besides."""

from ..formula import Formula
from . import pooling_ours, pooling_printed

FORMULAS: tuple[Formula, ...] = pooling_printed.FORMULAS + pooling_ours.FORMULAS
