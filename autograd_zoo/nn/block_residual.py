"""Residual blocks: what a stack of convolutions gives is added to what went in. ResNet, ResNeXt and WideResNet."""

from __future__ import annotations

from typing import Any

from .block import Activation, activation_of, conv_norm
from .container import Sequential
from .init import Rng
from .module import Module, named, positive
from .spatial import images


class _Residual(Module):
    """What residual blocks share: y = f(u + shortcut), u what the subclass's `_stack` makes of x."""

    expansion: int
    """How many channels come out for each of `planes`."""

    def __init__(
        self, inplanes: int, planes: int, stride: int, downsample: Module | None, activation: Activation, rng: Rng,
        dtype: Any,
    ) -> None:  # fmt: skip
        out = self.expansion * planes
        self.inplanes, self.planes, self.stride = inplanes, planes, stride
        self.activation = activation_of(type(self).__name__, activation)
        if downsample is None and (stride != 1 or inplanes != out):
            downsample = Sequential(*conv_norm(inplanes, out, 1, stride, rng=rng, dtype=dtype))
        self.downsample = downsample

    def forward(self, x: Any) -> Any:
        """Add what the stack makes of x to x, or to its projection, and activate."""
        images(x, 2, self.inplanes)
        u = self._stack(x)
        s = named(u + (x if self.downsample is None else self.downsample(x)), "s")
        return self.activation(s)

    def _stack(self, x: Any) -> Any:
        raise NotImplementedError


class BasicBlock(_Residual):
    """y = f(BN(W₂ ∗ a) + x), a = f(BN(W₁ ∗ x)), both kernels 3 × 3: the block of ResNet-18 and ResNet-34.

    Where the stride is 2, or the channels change, x is projected: BN(W_s ∗ x), with a kernel of 1 × 1.

    Shapes: x (N, inplanes, H, W); y (N, planes, H / stride, W / stride), rounded up.
    Raises: ValueError for numbers that are not positive, an unknown activation; in a call for maps of a wrong shape.
    Source: He et al., Deep Residual Learning for Image Recognition, CVPR 2016; names and arguments are torchvision's.

    Parameters
    ----------
    inplanes, planes : int
        channels of x, and of y
    stride : int
        of the first convolution
    downsample : Module, optional
        gives the shortcut instead; by default the identity, or a projection where the shapes of x and y differ

    Attributes
    ----------
    conv1, conv2 : Conv2d
    bn1, bn2 : BatchNorm2d
    downsample : Sequential of Conv2d and BatchNorm2d, or None

    Examples
    --------
    >>> import numpy as np, autograd_zoo as az
    >>> block = az.nn.BasicBlock(4, 8, stride=2, rng=np.random.default_rng(0))
    >>> block(np.random.default_rng(1).standard_normal((2, 4, 6, 6))).shape
    (2, 8, 3, 3)
    """

    expansion = 1

    def __init__(
        self, inplanes: int, planes: int,
        stride: int = 1, downsample: Module | None = None, activation: Activation = "relu",
        *, rng: Rng = None, dtype: Any = None,
    ) -> None:  # fmt: skip
        self.conv1, self.bn1 = conv_norm(inplanes, planes, 3, stride, rng=rng, dtype=dtype)
        self.conv2, self.bn2 = conv_norm(planes, planes, 3, rng=rng, dtype=dtype)
        super().__init__(inplanes, planes, stride, downsample, activation, rng, dtype)

    def _stack(self, x: Any) -> Any:
        a = named(self.activation(self.bn1(self.conv1(x))), "a")
        return self.bn2(self.conv2(a))


class Bottleneck(_Residual):
    """y = f(BN(W₃ ∗ a₂) + x), a₂ = f(BN(W₂ ∗ a₁)), a₁ = f(BN(W₁ ∗ x)), the kernels 1 × 1, 3 × 3 and 1 × 1.

    The 3 × 3 convolution, the expensive one, sees `planes` channels, and four times as many come out. That is the
    block of ResNet-50; with `groups` = 32 and `base_width` = 4 it is ResNeXt's, with `base_width` = 128 WideResNet's.

    Shapes: x (N, inplanes, H, W); y (N, 4 planes, H / stride, W / stride), rounded up.
    Raises: ValueError for numbers that are not positive, an unknown activation; in a call for maps of a wrong shape.
    Source: He et al., Deep Residual Learning for Image Recognition, CVPR 2016; Xie et al., Aggregated Residual
    Transformations for Deep Neural Networks, CVPR 2017; Zagoruyko and Komodakis, Wide Residual Networks, BMVC 2016.
    Names and arguments, and the place of the stride, are torchvision's.

    Parameters
    ----------
    inplanes, planes : int
        channels of x, and a quarter of those of y
    stride : int
        of the 3 × 3 convolution
    downsample : Module, optional
        gives the shortcut instead; by default the identity, or a projection where the shapes of x and y differ
    groups : int
        of the 3 × 3 convolution
    base_width : int
        the 3 × 3 convolution has planes · base_width / 64 channels, rounded down, for each group

    Attributes
    ----------
    conv1, conv2, conv3 : Conv2d
    bn1, bn2, bn3 : BatchNorm2d
    downsample : Sequential of Conv2d and BatchNorm2d, or None

    Examples
    --------
    >>> import numpy as np, autograd_zoo as az
    >>> block = az.nn.Bottleneck(16, 4, rng=np.random.default_rng(0))
    >>> block(np.random.default_rng(1).standard_normal((2, 16, 5, 5))).shape
    (2, 16, 5, 5)
    >>> az.nn.Bottleneck(256, 64, groups=32, base_width=4).conv2.W.shape
    (128, 4, 3, 3)
    """

    expansion = 4

    def __init__(
        self, inplanes: int, planes: int,
        stride: int = 1, downsample: Module | None = None, groups: int = 1, base_width: int = 64,
        activation: Activation = "relu",
        *, rng: Rng = None, dtype: Any = None,
    ) -> None:  # fmt: skip
        width = positive(
            f"Bottleneck: planes * base_width // 64, for planes={planes} and base_width={base_width}, ",
            planes * base_width // 64,
        )
        width, out = width * groups, planes * self.expansion
        self.conv1, self.bn1 = conv_norm(inplanes, width, rng=rng, dtype=dtype)
        self.conv2, self.bn2 = conv_norm(width, width, 3, stride, groups, rng=rng, dtype=dtype)
        self.conv3, self.bn3 = conv_norm(width, out, rng=rng, dtype=dtype)
        super().__init__(inplanes, planes, stride, downsample, activation, rng, dtype)

    def _stack(self, x: Any) -> Any:
        a_1 = named(self.activation(self.bn1(self.conv1(x))), "a_1")
        a_2 = named(self.activation(self.bn2(self.conv2(a_1))), "a_2")
        return self.bn3(self.conv3(a_2))
