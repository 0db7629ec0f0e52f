"""Rows of the normalization family: Batch Normalization, then those that the document only cites."""

from autograd_zoo.closed_form.formula import Formula
from autograd_zoo.closed_form.rows import normalization_batch, normalization_ours

FORMULAS: tuple[Formula, ...] = normalization_batch.FORMULAS + normalization_ours.FORMULAS
