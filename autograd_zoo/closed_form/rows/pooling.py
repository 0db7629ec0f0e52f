"""Rows of the pooling family: those in the document's table, then those of the layers that modules have besides."""

from autograd_zoo.closed_form.formula import Formula
from autograd_zoo.closed_form.rows import pooling_ours, pooling_printed

FORMULAS: tuple[Formula, ...] = pooling_printed.FORMULAS + pooling_ours.FORMULAS
