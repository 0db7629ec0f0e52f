"""Rows of the normalization family: Batch Normalization, then those that the document only cites."""

from ..formula import Formula
from . import normalization_batch, normalization_ours

FORMULAS: tuple[Formula, ...] = normalization_batch.FORMULAS + normalization_ours.FORMULAS
