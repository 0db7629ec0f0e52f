"""PyTorch, where it is installed, and the marks of tests that compare with it."""

import pytest

try:
    import sympy  # noqa: F401  (PyTorch would import these at its first sweep, which changes the warnings filters)
    import torch
    import torch.fx.experimental.symbolic_shapes
    import torch.nn.functional as F

    torch.set_num_threads(1)  # threads cost more than arrays as small as these
except ImportError:
    torch = F = None

ORACLE = [pytest.mark.oracle, pytest.mark.skipif(torch is None, reason="PyTorch is not installed")]


def oracle(test):
    """A test that is skipped where there is no PyTorch."""
    for mark in ORACLE:
        test = mark(test)
    return test
