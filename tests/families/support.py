"""What the tests of several families share."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

import numpy as np
import pytest
from table.case import Form, swept, torch

import autograd_zoo as az
from autograd_zoo import nn


class Net(nn.Module):
    """A module with a part, so that the part has a path: "part"."""

    def __init__(self, part: nn.Module) -> None:
        self.part = part

    def forward(self, *inputs: Any) -> Any:
        return self.part(*inputs)


def close(actual: Any, expected: Any, tolerance: float = 1e-10) -> None:
    """Equal in shape and dtype, and to a tolerance; what is expected may be PyTorch's."""
    if torch is not None and isinstance(expected, torch.Tensor):
        expected = expected.numpy(force=True)
    np.testing.assert_allclose(actual, np.asarray(expected), rtol=tolerance, atol=tolerance, strict=True)


def equals_torch(
    ours: Callable[..., Any], theirs: Callable[..., Any], arrays: Sequence[np.ndarray], closed_form: Form | None = None
) -> None:
    """Values and all gradients agree, composed and fused, and those of the closed form."""
    pytest.importorskip("torch")
    tensors = [torch.tensor(a, requires_grad=True) for a in arrays]
    expected = theirs(*tensors)
    g = np.random.default_rng(1).standard_normal(tuple(expected.shape))
    gradients = torch.autograd.grad(expected, tensors, torch.tensor(g))
    found = [] if closed_form is None else [closed_form.swept(closed_form.case.inputs, g)]
    for fused in (False, True):
        with az.engine.mode.switched(fused=fused):
            found.append(swept(ours, arrays, g))
    for value, grads in found:
        close(value, expected)
        for a, b in zip(grads[: len(gradients)], gradients, strict=True):  # a mask may follow the arrays
            close(a, b)


def per_axis(rng: np.random.Generator, k: int, low: int, high: int) -> tuple[int, ...]:
    """k integers from low to high."""
    return tuple(int(n) for n in rng.integers(low, high + 1, k))
