"""Convolution in one, two or three dimensions.

`conv` is what the libraries call a convolution: cross-correlation. With `true_convolution=True` it is
the document's formula, whose kernel is rotated by 180°.
"""

from __future__ import annotations

import math
from typing import Any

import numpy as np

from ..closed_form import conv as cf
from .fusion import fused_by
from .init import Rng, generator
from .module import Parameter, require
from .spatial import MODES, Lengths, OfMaps, Padding, images, padded, pairs, spread

_conv = fused_by(cf.conv_dx, cf.conv_dW, cf.conv_db)(cf.conv)


def conv(
    x: Any, W: Any,
    b: Any = None,
    *, stride: Lengths = 1, padding: Padding = 0, dilation: Lengths = 1, groups: int = 1, padding_mode: str = "zeros",
    true_convolution: bool = False,
) -> Any:  # fmt: skip
    """y[s, o] = Σ_p Σ_i x[p, stride · o + dilation · i] W[s, p, i] + b[s], for every map of the batch

    Parameters
    ----------
    stride, dilation : int, or one for each spatial axis
    padding : int, one for each axis, a pair (before, after) for each axis, "same" or "valid"
    groups : int
        channels fall into groups that do not see each other; as many groups as channels is depthwise
    padding_mode : "zeros", "reflect", "replicate" or "circular"
    true_convolution : bool
        rotate the kernel by 180°: the document's formula, true convolution

    Shapes: x (N, C, *S), W (M, C / groups, *K), b (M,) or None; y (N, M, *O), see `output_size`.
    Raises: ValueError for shapes, groups or a kernel that do not fit.
    Source: conv.conv.y.2d.sum, conv.conv.y.1d.sum and conv.conv.y.3d.sum.

    Examples
    --------
    >>> import numpy as np
    >>> conv(np.arange(5.0).reshape(1, 1, 5), np.array([[[1.0, 0.0, -1.0]]]))
    array([[[-2., -2., -2.]]])
    """
    k = np.ndim(W) - 2
    require(k > 0, f"W must have shape (M, C / groups, *K) with at least one spatial axis, got {np.shape(W)}")
    images(x, k)
    (M, C, *K), shape = np.shape(W), np.shape(x)
    require(
        groups >= 1 and shape[1] == C * groups and M % groups == 0,
        f"x of shape {shape} and W of shape {(M, C, *K)} do not fit with groups={groups}: x must have "
        f"W's {C} channels for each group, {C * groups} in all, and groups must divide W's {M} kernels",
    )
    if b is not None:
        require(np.shape(b) == (M,), f"b of shape {np.shape(b)} must have one number for each of {M} kernels")
    step, gap = spread(stride, k, "stride"), spread(dilation, k, "dilation")
    around = pairs(padding, K, step, gap)
    room = [n + before + after for n, (before, after) in zip(shape[2:], around, strict=True)]
    if any(n <= d * (size - 1) for n, d, size in zip(room, gap, K, strict=True)):
        require(
            False,
            f"a kernel of {tuple(K)} with dilation {gap} does not fit into maps of size {shape[2:]} with padding "
            f"{around}: take a smaller kernel, or more padding",
        )
    if padding_mode != "zeros":
        require(padding_mode in MODES, f"padding_mode must be one of {', '.join(MODES)}; got {padding_mode!r}")
        x, around = padded(x, around, padding_mode), ((0, 0),) * k
    rotated = {"true_convolution": True} if true_convolution else {}
    return _conv(x, W, b, stride=step, padding=around, dilation=gap, groups=groups, **rotated)


def drawn(rng: np.random.Generator, dtype: Any, fan_in: int, *shape: int) -> Parameter:
    """A parameter drawn evenly from ±1/√fan_in, as PyTorch does."""
    bound = 1.0 / math.sqrt(fan_in)
    return Parameter(rng.uniform(-bound, bound, shape).astype(dtype or np.float64))


class Kernels(OfMaps):
    """What the modules share: kernels W and b, which the function takes beside its settings."""

    def _prepare(
        self, in_channels: int, out_channels: int, kernel_size: Lengths, stride: Lengths, dilation: Lengths, groups: int
    ) -> None:
        """Keep what all have, one length for each axis."""
        channels(type(self).__name__, in_channels, out_channels, groups)
        k = self.dimensions
        self.in_channels, self.out_channels, self.groups = in_channels, out_channels, groups
        self.kernel_size = spread(kernel_size, k, "kernel_size")
        self.stride, self.dilation = spread(stride, k, "stride"), spread(dilation, k, "dilation")

    def _draw(self, rows: int, columns: int, bias: bool, rng: Rng, dtype: Any) -> None:
        """Draw W, of `rows` kernels for as many of `columns` channels as a group has, and b."""
        rng = generator(rng)
        shape = (columns // self.groups, *self.kernel_size)
        self.W = drawn(rng, dtype, math.prod(shape), rows, *shape)
        self.b = drawn(rng, dtype, math.prod(shape), self.out_channels) if bias else None

    def forward(self, x: Any) -> Any:
        """Apply the function to the maps of x and the kernels."""
        images(x, self.dimensions, self.in_channels)
        return self.form(x, self.W, self.b, **self._settings())

    def extra_repr(self) -> str:
        """The constructor's arguments, for `repr`."""
        shown = ("kernel_size", "stride", "padding", "dilation", "groups")
        return f"{self.in_channels}, {self.out_channels}, " + ", ".join(f"{n}={getattr(self, n)!r}" for n in shown)


def channels(name: str, in_channels: int, out_channels: int, groups: int) -> None:
    """Require positive numbers of channels, divided by the groups."""
    numbers = (in_channels, out_channels, groups)
    if not all(isinstance(n, (int, np.integer)) and n >= 1 for n in numbers):
        raise ValueError(f"{name}: in_channels, out_channels and groups must be positive integers, got {numbers}")
    if in_channels % groups or out_channels % groups:
        raise ValueError(
            f"{name}: groups={groups} must divide in_channels={in_channels} and out_channels={out_channels}"
        )


class _Conv(Kernels):
    """Convolution of (N, C, *S); see `conv`. Parameters: W (M, C / groups, *K), b (M,)."""

    form = staticmethod(conv)
    settings = ("stride", "padding", "dilation", "groups", "padding_mode", "true_convolution")

    def __init__(
        self, in_channels: int, out_channels: int, kernel_size: Lengths,
        stride: Lengths = 1, padding: Padding = 0, dilation: Lengths = 1, groups: int = 1, bias: bool = True,
        padding_mode: str = "zeros",
        *, true_convolution: bool = False, rng: Rng = None, dtype: Any = None,
    ) -> None:  # fmt: skip
        self._prepare(in_channels, out_channels, kernel_size, stride, dilation, groups)
        self.padding, self.padding_mode, self.true_convolution = padding, padding_mode, true_convolution
        pairs(padding, self.kernel_size, self.stride, self.dilation)
        self._draw(out_channels, in_channels, bias, rng, dtype)


class Conv1d(_Conv, dimensions=1): ...


class Conv2d(_Conv, dimensions=2): ...


class Conv3d(_Conv, dimensions=3): ...
