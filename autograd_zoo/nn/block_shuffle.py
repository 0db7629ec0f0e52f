"""Blocks of ShuffleNet: convolutions within groups of channels, and a shuffle that lets the groups see each other."""

from __future__ import annotations

from typing import Any

import numpy as np

from .. import closed_form as cf
from .block import Activation, activation_of, conv_norm, strided
from .container import Sequential
from .fusion import fused_by
from .init import Rng
from .module import Module, named, positive, require
from .pooling import AvgPool2d
from .spatial import images


@fused_by(cf.block.channel_shuffle_dx)
def _channel_shuffle(x: Any, *, groups: int) -> Any:
    N, C, *S = np.shape(x)
    return np.reshape(np.swapaxes(np.reshape(x, (N, groups, C // groups, *S)), 1, 2), np.shape(x))


def channel_shuffle(x: Any, *, groups: int) -> Any:
    """y[g i + j] = x[(C/g) j + i] for channel i of group j: from g groups one after the other, channels are dealt round

    Written as a transposition of the channels, laid out as a matrix of g × C/g. The inverse deals into C/g groups.

    Shapes: x and y (N, C, ...), C divisible by groups.
    Raises: ValueError for groups that do not divide the channels.
    Source: block.channel_shuffle.y, ours, after Zhang et al., ShuffleNet, CVPR 2018.

    >>> import numpy as np, autograd_zoo as az
    >>> az.nn.channel_shuffle(np.arange(6.0).reshape(1, 6), groups=2)
    array([[0., 3., 1., 4., 2., 5.]])
    """
    positive("channel_shuffle: groups", groups)
    require(
        np.ndim(x) > 1 and np.shape(x)[1] % groups == 0,
        f"channel_shuffle: x of shape {np.shape(x)} must be (N, C, ...), with channels C that groups={groups} divides",
    )
    return _channel_shuffle(x, groups=groups)


class ChannelShuffle(Module):
    """y[g i + j] = x[(C/g) j + i]: channels dealt round from `groups` groups; see `channel_shuffle`."""

    def __init__(self, groups: int) -> None:
        self.groups = groups

    def forward(self, x: Any) -> Any:
        """Shuffle the channels of x."""
        return channel_shuffle(x, groups=self.groups)


class ShuffleUnit(Module):
    """y = f(x + u₃), u₃ = BN(W₃ ∗ u₂), u₂ = BN(W₂ ∗ shuffle(f(BN(W₁ ∗ x)))): a bottleneck of grouped convolutions.

    The block of ShuffleNet: W₁ and W₃ are pointwise in groups, W₂ is depthwise, and the shuffle between them gives each
    group something of all others. At stride 2, y = f([pool(x), u₃]), and u₃ has the channels that pool(x), the mean of
    3 × 3 numbers, lacks.

    Shapes: x (N, in_channels, H, W); y (N, out_channels, ⌈H/stride⌉, ⌈W/stride⌉).
    Raises: ValueError for channels that do not fit each other or the groups, a stride or activation that it does not
    have; in a call for maps of a wrong shape.
    Source: Zhang et al., ShuffleNet, CVPR 2018.

    Parameters
    ----------
    in_channels, out_channels : int
        of x and y: equal with stride = 1, and more of y than of x with stride = 2
    groups : int
        of conv1 and conv3
    stride : 1 or 2
        of conv2 and the pooling
    mid_channels : int, optional
        channels between conv1 and conv3; by default a quarter of out_channels

    Attributes
    ----------
    conv1, conv2, conv3 : Conv2d, without b
    bn1, bn2, bn3 : BatchNorm2d
    pool : AvgPool2d, or None

    Examples
    --------
    >>> import numpy as np, autograd_zoo as az
    >>> az.nn.ShuffleUnit(4, 8, groups=2, stride=2)(np.ones((2, 4, 8, 8))).shape
    (2, 8, 4, 4)
    """

    def __init__(
        self, in_channels: int, out_channels: int,
        groups: int = 3, stride: int = 1, mid_channels: int | None = None, activation: Activation = "relu",
        *, rng: Rng = None, dtype: Any = None,
    ) -> None:  # fmt: skip
        inside = max(1, out_channels // 4) if mid_channels is None else mid_channels
        self.in_channels, self.out_channels = C, M = in_channels, out_channels
        self.groups = groups
        self.stride = strided("ShuffleUnit", stride)
        self.activation = activation_of("ShuffleUnit", activation)
        if stride == 1 and C != M:
            raise ValueError(
                f"ShuffleUnit: with stride=1 x is added, and out_channels={M} must be in_channels={C}; "
                "with stride=2 there can be more"
            )
        if stride == 2 and M <= C:
            raise ValueError(
                f"ShuffleUnit: with stride=2 x comes along, and out_channels={M} must be more than in_channels={C}"
            )
        added = M if stride == 1 else M - C
        if any(n % groups for n in (C, inside, added)):
            raise ValueError(
                f"ShuffleUnit: groups={groups} must divide in_channels={C}, mid_channels={inside} and the {added} "
                "channels of conv3, which are out_channels, with stride=2 without in_channels"
            )
        self.conv1, self.bn1 = conv_norm(C, inside, groups=groups, rng=rng, dtype=dtype)
        self.conv2, self.bn2 = conv_norm(inside, inside, 3, stride, inside, rng=rng, dtype=dtype)
        self.conv3, self.bn3 = conv_norm(inside, added, groups=groups, rng=rng, dtype=dtype)
        self.pool = AvgPool2d(3, 2, 1) if stride == 2 else None

    def forward(self, x: Any) -> Any:
        """Convolve within groups, shuffle, filter each channel, convolve within groups; add x, or join it."""
        images(x, 2, self.in_channels)
        a = named(self.activation(self.bn1(self.conv1(x))), "a_1")
        u = named(self.bn2(self.conv2(channel_shuffle(a, groups=self.groups))), "u_2")
        u = named(self.bn3(self.conv3(u)), "u_3")
        return self.activation(x + u if self.pool is None else np.concatenate([self.pool(x), u], axis=1))


class ShuffleUnitV2(Module):
    """y = shuffle([x′, a]), a = f(BN(W₃ ∗ BN(W₂ ∗ f(BN(W₁ ∗ x″))))), x = [x′, x″]: half of the channels go through.

    The block of ShuffleNetV2: W₁ and W₃ are pointwise, W₂ is depthwise. At stride 2 nothing is split, and in place of
    x′ there is what a depthwise and a pointwise convolution make of x.

    Shapes: x (N, inp, H, W); y (N, oup, ⌈H/stride⌉, ⌈W/stride⌉).
    Raises: ValueError for channels that do not fit, a stride or activation that it does not have; in a call for maps of
    a wrong shape.
    Source: Ma et al., ShuffleNet V2, ECCV 2018.

    Parameters
    ----------
    inp, oup : int
        channels of x and y: even, and with stride = 1 equal
    stride : 1 or 2
        of the depthwise convolutions
    activation : a function or its name ("relu", "gelu", "tanh" ...)
        after each pointwise convolution

    Attributes
    ----------
    branch1 : Sequential of a depthwise and a pointwise convolution, or with stride = 1 None
    branch2 : Sequential of a pointwise, a depthwise and a pointwise convolution
        all without b and followed by BatchNorm2d

    Examples
    --------
    >>> import numpy as np, autograd_zoo as az
    >>> az.nn.ShuffleUnitV2(4, 8, stride=2)(np.ones((2, 4, 8, 8))).shape
    (2, 8, 4, 4)
    """

    def __init__(
        self,
        inp: int,
        oup: int,
        stride: int = 1,
        activation: Activation = "relu",
        *,
        rng: Rng = None,
        dtype: Any = None,
    ) -> None:
        self.inp, self.oup = inp, oup
        self.stride = strided("ShuffleUnitV2", stride)
        f = activation_of("ShuffleUnitV2", activation)
        if oup % 2:
            raise ValueError(f"ShuffleUnitV2: oup={oup} must be even: each branch makes half of the channels")
        if stride == 1 and inp != oup:
            raise ValueError(
                f"ShuffleUnitV2: with stride=1 half of x goes through, and oup={oup} must be inp={inp}; "
                "with stride=2 it can differ"
            )
        half = oup // 2
        self.branch1: Sequential | None = None
        if stride == 2:
            self.branch1 = Sequential(
                *conv_norm(inp, inp, 3, stride, inp, rng=rng, dtype=dtype),
                *conv_norm(inp, half, rng=rng, dtype=dtype),
                f,
            )
        self.branch2 = Sequential(
            *conv_norm(inp if stride == 2 else half, half, rng=rng, dtype=dtype),
            f,
            *conv_norm(half, half, 3, stride, half, rng=rng, dtype=dtype),
            *conv_norm(half, half, rng=rng, dtype=dtype),
            f,
        )

    def forward(self, x: Any) -> Any:
        """Split the channels of x, convolve one half, join and shuffle; or convolve x twice, join and shuffle."""
        images(x, 2, self.inp)
        half = self.inp // 2
        x1, x2 = (x[:, :half], x[:, half:]) if self.branch1 is None else (self.branch1(x), x)
        return channel_shuffle(np.concatenate([x1, self.branch2(x2)], axis=1), groups=2)
