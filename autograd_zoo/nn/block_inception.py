"""The Inception block: parallel paths of convolutions of several sizes over the same maps, put side by side."""

from __future__ import annotations

from typing import Any

import numpy as np

from .block import Activation, Conv2dNormActivation, activation_of
from .container import Sequential
from .init import Rng
from .module import Module
from .pooling import MaxPool2d
from .spatial import images

# For each factorization the kernels that stand for one of 3 × 3, and for one of 5 × 5.
FACTORIZATIONS: dict[str, tuple[tuple[tuple[int, int], ...], ...]] = {
    "none": (((3, 3),), ((5, 5),)),
    "3x3": (((3, 3),), ((3, 3), (3, 3))),
    "asymmetric": (((1, 3), (3, 1)), ((1, 5), (5, 1))),
}


class InceptionBlock(Module):
    """y = [p₁(x), p₂(x), p₃(x), p₄(max pool of x)]: four paths over the same maps, each a chain of f(BN(W ∗ ·)).

    p₁ and p₄ have a kernel of 1 × 1; p₂ and p₃ reduce the channels by a kernel of 1 × 1, and then see 3 × 3 and 5 × 5
    pixels. `factorization` says by which kernels: "none" has these two; "3x3" two of 3 × 3 in place of that of 5 × 5;
    "asymmetric" has 1 × n and n × 1 in place of each n × n. Maps keep their size.

    Shapes: x (N, in_channels, H, W); y (N, ch1x1 + ch3x3 + ch5x5 + pool_proj, H, W).
    Raises: ValueError for numbers that are not positive, an unknown activation or factorization; in a call for maps of
    a wrong shape.
    Source: Szegedy et al., Going Deeper with Convolutions, CVPR 2015; factorized: Szegedy et al., Rethinking the
    Inception Architecture for Computer Vision, CVPR 2016. Names and arguments are torchvision's.

    Parameters
    ----------
    in_channels : int
    ch1x1 : int
        channels that p₁ gives
    ch3x3red, ch3x3 : int
        channels that p₂ reduces to, and gives
    ch5x5red, ch5x5 : int
        the same for p₃
    pool_proj : int
        channels that p₄ gives
    factorization : "3x3" (default), "none" or "asymmetric"
    eps : float
        of the normalization, as in torchvision

    Attributes
    ----------
    branch1 : Conv2dNormActivation
    branch2, branch3 : Sequential of them
    branch4 : Sequential of MaxPool2d and one

    Examples
    --------
    >>> import numpy as np, autograd_zoo as az
    >>> block = az.nn.InceptionBlock(8, 4, 3, 6, 2, 3, 3, rng=np.random.default_rng(0))
    >>> block(np.random.default_rng(1).standard_normal((2, 8, 5, 5))).shape
    (2, 16, 5, 5)
    """

    def __init__(
        self, in_channels: int, ch1x1: int, ch3x3red: int, ch3x3: int, ch5x5red: int, ch5x5: int, pool_proj: int,
        factorization: str = "3x3", activation: Activation = "relu",
        *, eps: float = 1e-3, rng: Rng = None, dtype: Any = None,
    ) -> None:  # fmt: skip
        if factorization not in FACTORIZATIONS:
            raise ValueError(
                f"InceptionBlock: factorization must be one of {', '.join(FACTORIZATIONS)}; got {factorization!r}"
            )
        activation = activation_of("InceptionBlock", activation)
        self.in_channels, self.factorization = in_channels, factorization

        def unit(channels: int, out: int, size: tuple[int, int] = (1, 1)) -> Module:
            return Conv2dNormActivation(channels, out, size, activation=activation, eps=eps, rng=rng, dtype=dtype)

        def path(reduced: int, out: int, kernels: tuple[tuple[int, int], ...]) -> Module:
            first, *others = kernels
            return Sequential(
                unit(in_channels, reduced), unit(reduced, out, first), *(unit(out, out, size) for size in others)
            )

        threes, fives = FACTORIZATIONS[factorization]
        self.branch1 = unit(in_channels, ch1x1)
        self.branch2 = path(ch3x3red, ch3x3, threes)
        self.branch3 = path(ch5x5red, ch5x5, fives)
        self.branch4 = Sequential(MaxPool2d(3, 1, 1), unit(in_channels, pool_proj))

    def forward(self, x: Any) -> Any:
        """Put what the four paths make of x side by side."""
        images(x, 2, self.in_channels)
        return np.concatenate(
            [branch(x) for branch in (self.branch1, self.branch2, self.branch3, self.branch4)], axis=1
        )
