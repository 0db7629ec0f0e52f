"""Rows of the activation family: those in the document's table, then those that it only cites, or lacks."""

from ..formula import Formula
from . import activation_ours, activation_printed

FORMULAS: tuple[Formula, ...] = activation_printed.FORMULAS + activation_ours.FORMULAS
