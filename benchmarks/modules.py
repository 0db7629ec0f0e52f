"""What modules cost, a pass and its sweep together: fused against composed, and both against PyTorch eager, as ratios.

    OPENBLAS_NUM_THREADS=1 python benchmarks/modules.py

Times are measured in turn, in one process, in float64, and in one thread: PyTorch is told, NumPy by the variable above.
The gradients of all contenders are compared before anything is timed. A ratio below 1 says that the first costs less.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any, NamedTuple

import numpy as np
from overhead import ratio

import autograd_zoo as az
from autograd_zoo import nn

ROUNDS = 101


class Contest(NamedTuple):
    """A module as a function of arrays or Tensors, the same in PyTorch, and what both are given."""

    name: str
    ours: Callable[..., Any]
    theirs: Callable[..., Any]
    inputs: tuple[np.ndarray, ...]


def contests(torch: Any) -> Iterator[Contest]:
    """The modules, at sizes of a small network."""
    F, rng = torch.nn.functional, np.random.default_rng(0)

    def normal(*shape: int) -> np.ndarray:
        return rng.standard_normal(shape)

    labels = rng.integers(10, size=64)
    yield Contest(
        "softmax cross-entropy, 64 × 10",
        lambda x: nn.softmax_cross_entropy(x, labels),
        lambda x: F.cross_entropy(x, torch.tensor(labels)),
        (normal(64, 10),),
    )
    yield Contest("linear, 64 × 128 to 64", nn.linear, F.linear, (normal(64, 128), normal(64, 128), normal(64)))
    yield Contest(
        "conv2d, 8 × 8 × 16 × 16, 16 kernels 3 × 3",
        lambda *inputs: nn.conv(*inputs, padding=1),
        lambda *inputs: F.conv2d(*inputs, padding=1),
        (normal(8, 8, 16, 16), normal(16, 8, 3, 3), normal(16)),
    )
    yield Contest(
        "batch norm, 32 × 16 × 8 × 8",
        nn.batch_norm,
        lambda x, gamma, beta: F.batch_norm(x, None, None, gamma, beta, True),
        (normal(32, 16, 8, 8), normal(16), normal(16)),
    )
    lstm, their_lstm = nn.LSTM(16, 32), torch.nn.LSTM(16, 32, dtype=torch.float64)
    nn.from_torch(lstm, their_lstm.state_dict())
    yield Contest(
        "LSTM, 12 steps of 8 × 16, 32 states", lambda x: lstm(x)[0], lambda x: their_lstm(x)[0], (normal(12, 8, 16),)
    )
    yield Contest(
        "scaled dot-product attention, 16 × 24 × 32",
        nn.scaled_dot_product_attention,
        F.scaled_dot_product_attention,
        tuple(normal(16, 24, 32) for _ in range(3)),
    )


def main() -> None:
    try:
        import torch
    except ImportError:
        print("PyTorch is not installed (group 'bench')")
        return
    torch.set_num_threads(1)
    print(f"{'median ratios of times; below 1 the first costs less':<54}{'fused':>10}{'fused':>10}{'composed':>10}")
    print(f"{'':<54}{'/composed':>10}{'/PyTorch':>10}{'/PyTorch':>10}\n")
    for name, ours, theirs, inputs in contests(torch):
        leaves = [az.Tensor(x) for x in inputs]
        tensors = [torch.tensor(x, requires_grad=True) for x in inputs]
        g = np.random.default_rng(1).standard_normal(np.shape(theirs(*tensors).detach().numpy()))
        cotangent = torch.tensor(g)

        def composed(ours: Any = ours, leaves: Any = leaves, g: Any = g) -> list[Any]:
            return az.gradient(ours(*leaves), leaves, g)

        def fused(composed: Callable[[], list[Any]] = composed) -> list[Any]:
            with az.fused():
                return composed()

        def peer(theirs: Any = theirs, tensors: Any = tensors, cotangent: Any = cotangent) -> list[Any]:
            return list(torch.autograd.grad(theirs(*tensors), tensors, cotangent))

        for gradients in zip(composed(), fused(), peer(), strict=True):
            for found in gradients[:2]:
                np.testing.assert_allclose(found, gradients[2].numpy(), rtol=1e-9, atol=1e-9)
        pairs = ((fused, composed), (fused, peer), (composed, peer))
        medians = [ratio(a, b, rounds=ROUNDS)[1] for a, b in pairs]
        print(f"{name:<54}" + "".join(f"{median:>10.2f}" for median in medians))


if __name__ == "__main__":
    main()
