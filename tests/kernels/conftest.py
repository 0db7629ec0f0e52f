"""Kernels that do what small arrays need too, on two threads: those in NumPy, and those that numba compiles."""

import pytest

from autograd_zoo.kernels import threads, twins

WAYS = ["NumPy", "compiled"]


@pytest.fixture(params=WAYS)
def always(request, monkeypatch):
    """Kernels, and their second thread, however small the arrays are."""
    if request.param == "compiled" and not twins.compiled():
        pytest.skip("numba, the extra 'fast', is not installed, or AUTOGRAD_ZOO_COMPILED=0")
    monkeypatch.setattr(twins, "FEW", 0)
    monkeypatch.setattr(threads, "LONG", 0)
    with twins.all_by(compiled=request.param == "compiled"):
        yield
