"""Blocks of convolutional networks: the unit that they are made of, and Squeeze-and-Excitation."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np

from .activation import elu, gelu, leaky_relu, relu, relu6, selu, sigmoid, softplus, tanh
from .conv import Conv2d
from .init import Rng
from .linear import Linear
from .module import Module, named, positive
from .normalization_batch import BatchNorm2d
from .pooling import global_avg_pool
from .spatial import Lengths, images, spread

Activation = str | Callable[[Any], Any]

ACTIVATIONS: dict[str, Callable[[Any], Any]] = {
    f.__name__: f for f in (relu, relu6, leaky_relu, elu, selu, gelu, sigmoid, softplus, tanh)
}


def activation_of(what: str, activation: Activation, name: str = "activation") -> Callable[[Any], Any]:
    """The function of this name, or the function itself."""
    if isinstance(activation, str) and activation not in ACTIVATIONS:
        raise ValueError(f"{what}: {name} must be a function, or one of {', '.join(ACTIVATIONS)}; got {activation!r}")
    return ACTIVATIONS[activation] if isinstance(activation, str) else activation


def strided(what: str, stride: Any) -> int:
    """The stride of a block; a ValueError unless it is 1 or 2."""
    if positive(f"{what}: stride", stride) > 2:
        raise ValueError(f"{what}: stride must be 1 or 2, got {stride!r}: stack blocks to go down further")
    return int(stride)


def conv_norm(
    C: int, M: int, K: int = 1, stride: int = 1, groups: int = 1, *, rng: Rng = None, dtype: Any = None
) -> tuple[Conv2d, BatchNorm2d]:
    """A convolution of C channels to M without b, which keeps the size at stride 1, and the normalization after it."""
    conv = Conv2d(C, M, K, stride, K // 2, groups=groups, bias=False, rng=rng, dtype=dtype)
    return conv, BatchNorm2d(M, dtype=dtype)


class Conv2dNormActivation(Module):
    """y = f(u), u = BN(W ∗ x): a convolution without b, Batch Normalization, and an activation.

    Shapes: x (N, C, H, W); y (N, M, H', W'), as large as x at stride 1 for an odd kernel, unless a padding is given.
    Raises: ValueError for channels or groups that do not fit, an unknown activation; in a call for maps of a wrong
    shape.
    Source: Ioffe and Szegedy, Batch Normalization, ICML 2015; arguments are those of torchvision.

    Parameters
    ----------
    in_channels, out_channels : int
    kernel_size, stride : int, or one for each axis
    padding : int, one for each axis, or None for dilation (kernel_size − 1) / 2
    groups : int
    activation : a function, its name ("relu", "gelu", "tanh" ...), or None for y = u
    dilation : int, or one for each axis
    eps, momentum : float
        of the normalization

    Attributes
    ----------
    conv : Conv2d
    bn : BatchNorm2d

    Examples
    --------
    >>> import numpy as np, autograd_zoo as az
    >>> az.nn.Conv2dNormActivation(3, 8, stride=2)(np.random.default_rng(0).standard_normal((2, 3, 6, 6))).shape
    (2, 8, 3, 3)
    """

    def __init__(
        self, in_channels: int, out_channels: int,
        kernel_size: Lengths = 3, stride: Lengths = 1, padding: Lengths | None = None, groups: int = 1,
        activation: Activation | None = "relu", dilation: Lengths = 1,
        *, eps: float = 1e-5, momentum: float | None = 0.1, rng: Rng = None, dtype: Any = None,
    ) -> None:  # fmt: skip
        size, gap = spread(kernel_size, 2, "kernel_size"), spread(dilation, 2, "dilation")
        around = tuple(d * (k - 1) // 2 for k, d in zip(size, gap, strict=True)) if padding is None else padding
        self.conv = Conv2d(
            in_channels, out_channels, size, stride, around, gap, groups, bias=False, rng=rng, dtype=dtype
        )
        self.bn = BatchNorm2d(out_channels, eps, momentum, dtype=dtype)
        self.activation = None if activation is None else activation_of(type(self).__name__, activation)

    def forward(self, x: Any) -> Any:
        """Convolve x, normalize, and activate."""
        u = self.bn(self.conv(x))
        return u if self.activation is None else self.activation(u)


class SqueezeExcitation(Module):
    """y = s ⊙ x, s = σ(W₂ f(W₁ m + b₁) + b₂), m the mean of each map: a weight for each channel, seen from all.

    Shapes: x and y (N, C, H, W); m and s (N, C).
    Raises: ValueError for numbers of channels that are not positive, an unknown activation; in a call for maps of a
    wrong shape.
    Source: Hu et al., Squeeze-and-Excitation Networks, CVPR 2018; torchvision has 1x1 convolutions for fc1 and fc2.

    Parameters
    ----------
    input_channels : int
        C
    squeeze_channels : int
        the length of f(·), usually C / 16
    activation, scale_activation : a function or its name
        f and σ

    Attributes
    ----------
    fc1, fc2 : Linear

    Examples
    --------
    >>> import numpy as np, autograd_zoo as az
    >>> block = az.nn.SqueezeExcitation(8, 2, rng=np.random.default_rng(0))
    >>> block(np.ones((2, 8, 3, 3))).shape
    (2, 8, 3, 3)
    """

    def __init__(
        self,
        input_channels: int,
        squeeze_channels: int,
        activation: Activation = "relu",
        scale_activation: Activation = "sigmoid",
        *,
        rng: Rng = None,
        dtype: Any = None,
    ) -> None:
        self.input_channels = input_channels
        self.activation = activation_of("SqueezeExcitation", activation)
        self.scale_activation = activation_of("SqueezeExcitation", scale_activation, "scale_activation")
        self.fc1 = Linear(input_channels, squeeze_channels, rng=rng, dtype=dtype)
        self.fc2 = Linear(squeeze_channels, input_channels, rng=rng, dtype=dtype)

    def forward(self, x: Any) -> Any:
        """Scale each channel of x."""
        images(x, 2, self.input_channels)
        a = self.activation(self.fc1(named(global_avg_pool(x), "m")))
        s = named(self.scale_activation(self.fc2(a)), "s")
        return np.reshape(s, (*np.shape(s), 1, 1)) * x
