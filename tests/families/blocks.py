"""What blocks are compared with: the same composition in PyTorch, with the same parameters, drawn at random."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

import autograd_zoo as az

torch = pytest.importorskip("torch")
torch.set_num_threads(1)  # threads cost more than these small maps

FUNCTIONS = {
    "relu": torch.nn.functional.relu,
    "relu6": torch.nn.functional.relu6,
    "tanh": torch.tanh,
    "gelu": torch.nn.functional.gelu,
}


def close(a: Any, b: Any) -> None:
    """Equal in shape and dtype, and to 1e-10."""
    np.testing.assert_allclose(a, b, rtol=1e-10, atol=1e-10, strict=True)


def alike(rng: np.random.Generator, ours: Any, theirs: Any) -> None:
    """Draw the parameters of both, the same ones."""
    theirs.double()
    for p, q in zip(ours.parameters(), theirs.parameters(), strict=True):
        p.data = rng.standard_normal(p.shape)
        q.data = torch.tensor(p.data).reshape(q.shape)


def compare(rng: np.random.Generator, ours: Any, theirs: Any, x: np.ndarray) -> None:
    """The value, and the gradients of x and of all parameters."""
    x_theirs = torch.tensor(x, requires_grad=True)
    expected = theirs(x_theirs)
    g = rng.standard_normal(expected.shape)
    gradients = torch.autograd.grad(expected, [x_theirs, *theirs.parameters()], torch.tensor(g))
    leaf = az.Tensor(x)
    y = ours(leaf)
    close(y.data, expected.detach().numpy())
    leaves = [leaf, *ours.parameters()]
    for p, a, b in zip(leaves, az.gradient(y, leaves, g), gradients, strict=True):
        close(a, b.numpy().reshape(p.shape))


def compare_statistics(ours: Any, theirs: Any) -> None:
    """The running statistics, in their order."""
    statistics = [v for name, v in ours.state_dict().items() if "running" in name]
    expected = [v.numpy() for name, v in theirs.state_dict().items() if "running" in name]
    for a, b in zip(statistics, expected, strict=True):
        close(a, b)
