"""Modules beside their counterparts in PyTorch, with settings and inputs that are drawn: one file for each kind.

A row draws, from a generator of random numbers, one configuration: our function or module, PyTorch's, and the inputs of
both. It is run with many seeds; `tests/nn/test_pairs.py` compares values, and gradients by inputs and parameters.
"""

from . import activation, attention, layers, loss, recurrent
from .pair import Row

FILES = (activation, loss, layers, recurrent, attention)
ROWS: dict[str, Row] = {name: row for file in FILES for name, row in file.ROWS.items()}
