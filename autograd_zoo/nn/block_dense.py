"""Dense blocks, in which each layer sees what all layers before it gave, and the transitions between them. DenseNet."""

from __future__ import annotations

from typing import Any

import numpy as np

from .block import Activation, activation_of
from .conv import Conv2d
from .init import Rng
from .module import Module
from .normalization_batch import BatchNorm2d
from .pooling import AvgPool2d
from .regularization import Dropout
from .spatial import images


class DenseLayer(Module):
    """h = W₂ ∗ f(BN(W₁ ∗ f(BN(x)))), the kernels 1 × 1 and 3 × 3: one layer of a `DenseBlock`.

    Shapes: x (N, num_input_features, H, W); h (N, growth_rate, H, W).
    Raises: ValueError for numbers that are not positive, an unknown activation; in a call for maps of a wrong shape.
    Source: Huang et al., Densely Connected Convolutional Networks, CVPR 2017; names are torchvision's.

    Parameters
    ----------
    num_input_features : int
        channels of x
    growth_rate : int
        channels of h
    bn_size : int
        the 1 × 1 convolution gives bn_size · growth_rate channels
    drop_rate : float
        the probability that an element of h is dropped while training
    rng : numpy.random.Generator, optional
        draws the kernels, and what is dropped

    Attributes
    ----------
    norm1, norm2 : BatchNorm2d
    conv1, conv2 : Conv2d
    dropout : Dropout, or None for a drop_rate of 0

    Examples
    --------
    >>> import numpy as np, autograd_zoo as az
    >>> layer = az.nn.DenseLayer(8, 4, rng=np.random.default_rng(0))
    >>> layer(np.random.default_rng(1).standard_normal((2, 8, 5, 5))).shape
    (2, 4, 5, 5)
    """

    def __init__(
        self, num_input_features: int, growth_rate: int,
        bn_size: int = 4, drop_rate: float = 0.0, activation: Activation = "relu",
        *, rng: Rng = None, dtype: Any = None,
    ) -> None:  # fmt: skip
        width = bn_size * growth_rate
        self.activation = activation_of("DenseLayer", activation)
        self.norm1 = BatchNorm2d(num_input_features, dtype=dtype)
        self.conv1 = Conv2d(num_input_features, width, 1, bias=False, rng=rng, dtype=dtype)
        self.norm2 = BatchNorm2d(width, dtype=dtype)
        self.conv2 = Conv2d(width, growth_rate, 3, 1, 1, bias=False, rng=rng, dtype=dtype)
        self.dropout = Dropout(drop_rate, rng=rng) if drop_rate else None

    def forward(self, x: Any) -> Any:
        """Give `growth_rate` new channels for those of x."""
        z = self.conv1(self.activation(self.norm1(x)))
        h = self.conv2(self.activation(self.norm2(z)))
        return h if self.dropout is None else self.dropout(h)


class DenseBlock(Module):
    """y = [x, h₁, ..., h_L], h_l = H_l([x, h₁, ..., h_{l−1}]): each layer is connected with all layers before it.

    Shapes: x (N, C, H, W); y (N, C + num_layers · growth_rate, H, W).
    Raises: ValueError for numbers that are not positive, an unknown activation; in a call for maps of a wrong shape.
    Source: Huang et al., Densely Connected Convolutional Networks, CVPR 2017; names and arguments are torchvision's.

    Parameters
    ----------
    num_layers : int
        L
    num_input_features : int
        C
    bn_size, growth_rate : int
        of each layer, see `DenseLayer`
    drop_rate : float
    rng : numpy.random.Generator, optional
        draws the kernels, and what is dropped

    Attributes
    ----------
    denselayer1, denselayer2, ... : DenseLayer

    Examples
    --------
    >>> import numpy as np, autograd_zoo as az
    >>> block = az.nn.DenseBlock(3, 8, growth_rate=4, rng=np.random.default_rng(0))
    >>> block(np.random.default_rng(1).standard_normal((2, 8, 5, 5))).shape
    (2, 20, 5, 5)
    """

    def __init__(
        self, num_layers: int, num_input_features: int,
        bn_size: int = 4, growth_rate: int = 32, drop_rate: float = 0.0, activation: Activation = "relu",
        *, rng: Rng = None, dtype: Any = None,
    ) -> None:  # fmt: skip
        activation = activation_of("DenseBlock", activation)
        self.num_layers, self.num_input_features, self.growth_rate = num_layers, num_input_features, growth_rate
        for i, name in enumerate(self._names()):
            channels = num_input_features + i * growth_rate
            layer = DenseLayer(channels, growth_rate, bn_size, drop_rate, activation, rng=rng, dtype=dtype)
            setattr(self, name, layer)

    def forward(self, x: Any) -> Any:
        """Add the channels of one layer after the other to those of x."""
        images(x, 2, self.num_input_features)
        for name in self._names():
            x = np.concatenate([x, getattr(self, name)(x)], axis=1)
        return x

    def _names(self) -> list[str]:
        """The attributes that hold the layers."""
        return [f"denselayer{i + 1}" for i in range(self.num_layers)]


class Transition(Module):
    """y = the mean of each window of 2 × 2 of W ∗ f(BN(x)), the kernel 1 × 1: between two dense blocks.

    Shapes: x (N, num_input_features, H, W); y (N, num_output_features, H / 2, W / 2), rounded down.
    Raises: ValueError for numbers that are not positive, an unknown activation; in a call for maps of a wrong shape, or
    of one row.
    Source: Huang et al., Densely Connected Convolutional Networks, CVPR 2017; names and arguments are torchvision's.

    Parameters
    ----------
    num_input_features, num_output_features : int
        channels of x and y

    Attributes
    ----------
    norm : BatchNorm2d
    conv : Conv2d
    pool : AvgPool2d

    Examples
    --------
    >>> import numpy as np, autograd_zoo as az
    >>> block = az.nn.Transition(8, 4, rng=np.random.default_rng(0))
    >>> block(np.random.default_rng(1).standard_normal((2, 8, 4, 4))).shape
    (2, 4, 2, 2)
    """

    def __init__(
        self,
        num_input_features: int,
        num_output_features: int,
        activation: Activation = "relu",
        *,
        rng: Rng = None,
        dtype: Any = None,
    ) -> None:
        self.activation = activation_of("Transition", activation)
        self.norm = BatchNorm2d(num_input_features, dtype=dtype)
        self.conv = Conv2d(num_input_features, num_output_features, 1, bias=False, rng=rng, dtype=dtype)
        self.pool = AvgPool2d(2, 2)

    def forward(self, x: Any) -> Any:
        """Normalize and activate x, mix its channels, and halve its maps."""
        images(x, 2, self.norm.num_features)
        return self.pool(self.conv(self.activation(self.norm(x))))
