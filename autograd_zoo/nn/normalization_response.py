"""Local Response Normalization, by the channels that stand beside each, as in AlexNet."""

from __future__ import annotations

from typing import Any

import numpy as np

from .applied import Applied
from .module import positive, require
from .normalization import floats


def local_response_norm(x: Any, *, size: int, alpha: float = 1e-4, beta: float = 0.75, k: float = 1.0) -> Any:
    """y_c = x_c (k + α/size Σ x_c′²)^−β, with the sum over the `size` channels c′ around c, as far as they are there

    Shapes: x (N, C, ...), the result the same.
    Raises: ValueError for x without channels, and a size below 1.
    Source: Krizhevsky et al. 2012, with α divided by the size, as PyTorch has it.

    >>> local_response_norm(np.array([[2.0, 1.0]]), size=1, alpha=1.0, beta=1.0)
    array([[0.4, 0.5]])
    """
    x = floats("local_response_norm: x", x)
    require(x.ndim > 1, f"local_response_norm: x must have shape (N, C) or (N, C, ...), got {x.shape}")
    size, channels = positive("local_response_norm: size", size), x.shape[1]
    around = [(0, 0), (size // 2, (size - 1) // 2), *((0, 0),) * (x.ndim - 2)]
    squares = np.pad(x * x, around)
    near = squares[:, :channels]
    for i in range(1, size):
        near = near + squares[:, i : i + channels]
    return x * (k + alpha / size * near) ** -beta


class LocalResponseNorm(Applied):
    """y_c = x_c (k + α/size Σ x_c′²)^−β, of the channels around each; see `local_response_norm`."""

    form = staticmethod(local_response_norm)
    settings = ("size", "alpha", "beta", "k")

    def __init__(self, size: int, alpha: float = 1e-4, beta: float = 0.75, k: float = 1.0) -> None:
        self.size, self.alpha, self.beta, self.k = size, alpha, beta, k
