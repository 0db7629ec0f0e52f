"""What convolution and pooling are compared with: PyTorch's functions, over generated layers."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

import numpy as np
import pytest

import autograd_zoo as az


def per_axis(rng: np.random.Generator, k: int, low: int, high: int) -> tuple[int, ...]:
    """k integers from low to high."""
    return tuple(int(n) for n in rng.integers(low, high + 1, k))


def equals_torch(ours: Callable[..., Any], theirs: Callable[..., Any], arrays: Sequence[np.ndarray]) -> None:
    """Values and all gradients agree, composed and fused."""
    torch = pytest.importorskip("torch")
    tensors = [torch.tensor(a, requires_grad=True) for a in arrays]
    expected = theirs(*tensors)
    g = np.random.default_rng(1).standard_normal(tuple(expected.shape))
    gradients = torch.autograd.grad(expected, tensors, torch.tensor(g))
    for fused in (False, True):
        leaves = [az.Tensor(a) for a in arrays]
        with az.engine.mode.switched(fused=fused):
            y = ours(*leaves)
        np.testing.assert_allclose(y.data, expected.detach().numpy(), rtol=1e-10, atol=1e-10, strict=True)
        for a, b in zip(az.gradient(y, leaves, g), gradients, strict=True):
            np.testing.assert_allclose(a, b.numpy(), rtol=1e-10, atol=1e-10, strict=True)
