"""Kernels that do what small arrays need too, on two threads."""

import pytest

from autograd_zoo.kernels import threads, twins


@pytest.fixture
def always(monkeypatch):
    """Kernels, and their second thread, however small the arrays are."""
    monkeypatch.setattr(twins, "FEW", 0)
    monkeypatch.setattr(threads, "LONG", 0)
