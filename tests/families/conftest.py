"""What tests against PyTorch's modules share."""

import warnings

import pytest


@pytest.fixture
def quiet_torch():
    """PyTorch in float64; its first calls change the filters of warnings."""
    torch = pytest.importorskip("torch")
    with warnings.catch_warnings():
        torch.set_default_dtype(torch.float64)
        yield torch
        torch.set_default_dtype(torch.float32)
