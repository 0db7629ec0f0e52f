"""What the tests of several families share."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from functools import partial
from typing import Any

import numpy as np
import pytest
from pytorch import torch
from table.case import Form, swept

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


def wrong_maps(*blocks: nn.Module) -> dict[str, tuple[Callable[[], Any], str]]:
    """What blocks of 4 channels say to maps of other channels, axes and types, and to none."""
    x = np.ones((2, 4, 4, 4))
    wrong = {
        "channels": (x[:, :3], r"x of shape \(2, 3, 4, 4\) must have 4 channels"),
        "rank": (x[0], r"shape \(N, C, H, W\), got \(4, 4, 4\).*x\[None\]"),
        "empty": (x[:0], "empty: a batch needs at least one"),
        "integers": (x.astype(int), r"got int64.*astype\(float\)"),
    }
    return {
        f"{kind} {(name := type(block).__name__)}": (partial(block, maps), f"{name}: .*{words}")
        for block in blocks
        for kind, (maps, words) in wrong.items()
    }


def per_axis(rng: np.random.Generator, k: int, low: int, high: int) -> tuple[int, ...]:
    """k integers from low to high."""
    return tuple(int(n) for n in rng.integers(low, high + 1, k))
