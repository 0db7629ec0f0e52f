"""Blocks of separable convolutions: those of MobileNet, which are thin, and of Xception, which has nothing else."""

from __future__ import annotations

from itertools import pairwise
from typing import Any

from .block import Activation, activation_of, conv_norm, strided
from .container import Sequential
from .conv import Conv2d
from .conv_separable import SeparableConv2d
from .init import Rng
from .module import Module, named
from .normalization_batch import BatchNorm2d
from .pooling import MaxPool2d
from .spatial import images


class DepthwiseSeparable(Module):
    """y = f(BN(W₂ ∗ a)), a = f(BN(W₁ ∗ x)): each channel by itself, then across the channels at each point.

    The block of MobileNetV1. It takes 1/M + 1/K² of the multiplications of a convolution to M channels with a kernel
    of K × K, about a ninth.

    Shapes: x (N, C, H, W); y (N, M, ⌈H/stride⌉, ⌈W/stride⌉).
    Raises: ValueError for a stride, kernel or activation that it does not have; in a call for maps of a wrong shape.
    Source: Howard et al., MobileNets, CoRR 2017.

    Parameters
    ----------
    in_channels, out_channels : int
    stride : 1 or 2
        of conv1
    kernel_size : int
        K of conv1, odd: it is padded such that a stride of 1 keeps the size

    Attributes
    ----------
    conv1, conv2 : Conv2d, depthwise and pointwise, without b
    bn1, bn2 : BatchNorm2d

    Examples
    --------
    >>> import numpy as np, autograd_zoo as az
    >>> block = az.nn.DepthwiseSeparable(4, 6, stride=2)
    >>> block(np.ones((2, 4, 8, 8))).shape, sum(p.size for p in block.parameters())
    ((2, 6, 4, 4), 80)
    """

    def __init__(
        self, in_channels: int, out_channels: int,
        stride: int = 1, kernel_size: int = 3, activation: Activation = "relu",
        *, rng: Rng = None, dtype: Any = None,
    ) -> None:  # fmt: skip
        if kernel_size % 2 == 0:
            raise ValueError(f"DepthwiseSeparable: kernel_size must be odd, to be centred; got {kernel_size}")
        self.in_channels, self.out_channels = in_channels, out_channels
        self.stride = strided("DepthwiseSeparable", stride)
        self.activation = activation_of("DepthwiseSeparable", activation)
        C, M = in_channels, out_channels
        self.conv1, self.bn1 = conv_norm(C, C, kernel_size, stride, C, rng=rng, dtype=dtype)
        self.conv2, self.bn2 = conv_norm(C, M, rng=rng, dtype=dtype)

    def forward(self, x: Any) -> Any:
        """Convolve each channel of x, then mix the channels."""
        images(x, 2, self.in_channels)
        a = named(self.activation(self.bn1(self.conv1(x))), "a_1")
        return self.activation(self.bn2(self.conv2(a)))


class InvertedResidual(Module):
    """y = x + BN(W₃ ∗ a₂), a₂ = f(BN(W₂ ∗ a₁)), a₁ = f(BN(W₁ ∗ x)): wide inside, and linear where it is narrow.

    The block of MobileNetV2: W₁ expands the channels, W₂ is depthwise, and W₃ projects without an activation, which
    would lose what the few channels hold. x is added where y has its shape. With `expand_ratio` = 1 there is no W₁, and
    x stands for a₁.

    Shapes: x (N, inp, H, W); y (N, oup, ⌈H/stride⌉, ⌈W/stride⌉).
    Raises: ValueError for a stride or activation that it does not have; in a call for maps of a wrong shape.
    Source: Sandler et al., MobileNetV2, CVPR 2018.

    Parameters
    ----------
    inp, oup : int
        channels of x and y
    stride : 1 or 2
        of conv2
    expand_ratio : int
        channels inside, as a multiple of those of x
    activation : a function or its name ("relu6", "relu", "gelu" ...)
        f

    Attributes
    ----------
    conv1, conv2, conv3 : Conv2d, without b
    bn1, bn2, bn3 : BatchNorm2d

    Examples
    --------
    >>> import numpy as np, autograd_zoo as az
    >>> az.nn.InvertedResidual(4, 6, stride=2, expand_ratio=6)(np.ones((2, 4, 8, 8))).shape
    (2, 6, 4, 4)
    """

    def __init__(
        self, inp: int, oup: int,
        stride: int = 1, expand_ratio: int = 6, activation: Activation = "relu6",
        *, rng: Rng = None, dtype: Any = None,
    ) -> None:  # fmt: skip
        self.inp, self.oup, self.expand_ratio = inp, oup, expand_ratio
        self.stride = strided("InvertedResidual", stride)
        self.activation = activation_of("InvertedResidual", activation)
        inside = inp * expand_ratio
        if expand_ratio > 1:
            self.conv1, self.bn1 = conv_norm(inp, inside, rng=rng, dtype=dtype)
        self.conv2, self.bn2 = conv_norm(inside, inside, 3, stride, inside, rng=rng, dtype=dtype)
        self.conv3, self.bn3 = conv_norm(inside, oup, rng=rng, dtype=dtype)

    def forward(self, x: Any) -> Any:
        """Expand, filter each channel, project, and add x if that has the shape."""
        images(x, 2, self.inp)
        a = named(self.activation(self.bn1(self.conv1(x))), "a_1") if self.expand_ratio > 1 else x
        a = named(self.activation(self.bn2(self.conv2(a))), "a_2")
        y = self.bn3(self.conv3(a))
        return x + y if self.stride == 1 and self.inp == self.oup else y


class XceptionBlock(Module):
    """y = u + s, where u is x after ReLU, separable convolution and BN, several times, and s is x or BN(W ∗ x).

    The block of Xception. The skip connection s needs a convolution of 1 × 1 where y has other channels or, at strides
    of 2, a smaller size; there u is the maximum of 3 × 3 numbers besides.

    Shapes: x (N, in_filters, H, W); y (N, out_filters, ⌈H/strides⌉, ⌈W/strides⌉).
    Raises: ValueError for strides, reps or an activation that it does not have; in a call for maps of a wrong shape.
    Source: Chollet, Xception, CVPR 2017.

    Parameters
    ----------
    in_filters, out_filters : int
        channels of x and y
    reps : int
        how many separable convolutions
    strides : 1 or 2
        of the pooling and the skip connection
    start_with_relu : bool
        without it the first ReLU is left out
    grow_first : bool
        whether the first convolution of rep makes the channels of y, or the last one
    activation : a function or its name ("relu", "gelu", "tanh" ...)
        in place of ReLU

    Attributes
    ----------
    rep : Sequential of activations, SeparableConv2d and BatchNorm2d, and with strides = 2 a MaxPool2d at the end
    skip, skipbn : Conv2d without b and BatchNorm2d, or None

    Examples
    --------
    >>> import numpy as np, autograd_zoo as az
    >>> az.nn.XceptionBlock(4, 6, reps=2, strides=2)(np.ones((2, 4, 8, 8))).shape
    (2, 6, 4, 4)
    """

    def __init__(
        self, in_filters: int, out_filters: int,
        reps: int = 2, strides: int = 1, start_with_relu: bool = True, grow_first: bool = True,
        activation: Activation = "relu",
        *, rng: Rng = None, dtype: Any = None,
    ) -> None:  # fmt: skip
        self.in_filters, self.out_filters = C, M = in_filters, out_filters
        self.strides = strided("XceptionBlock", strides)
        f = activation_of("XceptionBlock", activation)
        channels = [C, *[M if grow_first else C] * (reps - 1), M]
        layers: list[Any] = []
        for before, after in pairwise(channels):
            conv = SeparableConv2d(before, after, 3, padding=1, bias=False, rng=rng, dtype=dtype)
            layers += [f, conv, BatchNorm2d(after, dtype=dtype)]
        if strides == 2:
            layers.append(MaxPool2d(3, 2, 1))
        self.rep = Sequential(*layers[not start_with_relu :])
        self.skip: Conv2d | None
        self.skipbn: BatchNorm2d | None
        self.skip, self.skipbn = None, None
        if strides == 2 or C != M:
            self.skip, self.skipbn = conv_norm(C, M, 1, strides, rng=rng, dtype=dtype)

    def forward(self, x: Any) -> Any:
        """Add the skip connection to what the separable convolutions make of x."""
        images(x, 2, self.in_filters)
        skip = x if self.skip is None or self.skipbn is None else self.skipbn(self.skip(x))
        return self.rep(x) + skip
