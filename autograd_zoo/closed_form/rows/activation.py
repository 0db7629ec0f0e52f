"""Rows of the activation family: those in the document's table, then those that it only cites, or lacks."""

from autograd_zoo.closed_form.formula import Formula
from autograd_zoo.closed_form.rows import activation_ours, activation_printed

FORMULAS: tuple[Formula, ...] = activation_printed.FORMULAS + activation_ours.FORMULAS
