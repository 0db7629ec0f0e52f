"""What several networks are put together with."""

from __future__ import annotations

from typing import Any

import numpy as np

from .. import nn
from ..nn.module import require


class Chain(nn.Module):
    """Layers that have names, applied one after the other: `Chain(conv=..., norm=..., relu=nn.relu)`.

    Parameters
    ----------
    layers : modules or functions
        by their names, which are the attributes that hold them
    """

    def __init__(self, **layers: Any) -> None:
        self._order = list(layers)
        for name, layer in layers.items():
            setattr(self, name, layer)

    def forward(self, x: Any) -> Any:
        """Apply every layer in turn."""
        for name in self._order:
            x = getattr(self, name)(x)
        return x


def silu(x: Any) -> Any:
    """yᵢ = xᵢ σ(xᵢ), also called swish."""
    return x * nn.sigmoid(x)


def adaptive_avg_pool(x: Any, size: int) -> Any:
    """y = the means of size × size windows that cover the maps of x (N, C, H, W), whatever H and W are.

    Window i of n numbers has those from ⌊i n / size⌋ to ⌈(i + 1) n / size⌉.
    """
    require(np.ndim(x) == 4, f"adaptive_avg_pool: x of shape {np.shape(x)} must be (N, C, H, W)")
    rows, columns = (_means(n, size, x.dtype) for n in np.shape(x)[2:])
    return rows @ x @ columns.T


def _means(n: int, size: int, dtype: Any) -> Any:
    """The matrix (size, n) that takes the mean of each window."""
    window, place = np.arange(size)[:, None], np.arange(n)
    inside = (place >= window * n // size) & (place < -(-(window + 1) * n // size))
    return (inside / inside.sum(axis=1, keepdims=True)).astype(dtype)
