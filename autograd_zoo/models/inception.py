"""Inception-v3: blocks of parallel paths, whose kernels are factorized more the smaller the maps are."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.random import Generator

from .. import nn

# Paths of each block. A unit is "name channels kernel", at stride 2 with "/2" and without padding; "max/2" and "avg"
# are poolings of 3 × 3, and where a path ends in several units of one letter more (2a, 2b), they stand side by side.
BLOCKS = {
    "A": (
        "branch1x1 64 1",
        "branch5x5_1 48 1, branch5x5_2 64 5",
        "branch3x3dbl_1 64 1, branch3x3dbl_2 96 3, branch3x3dbl_3 96 3",
        "avg, branch_pool {} 1",
    ),
    "B": (
        "branch3x3 384 3/2",
        "branch3x3dbl_1 64 1, branch3x3dbl_2 96 3, branch3x3dbl_3 96 3/2",
        "max/2",
    ),
    "C": (
        "branch1x1 192 1",
        "branch7x7_1 {0} 1, branch7x7_2 {0} 1x7, branch7x7_3 192 7x1",
        "branch7x7dbl_1 {0} 1, branch7x7dbl_2 {0} 7x1, branch7x7dbl_3 {0} 1x7, branch7x7dbl_4 {0} 7x1, "
        "branch7x7dbl_5 192 1x7",
        "avg, branch_pool 192 1",
    ),
    "D": (
        "branch3x3_1 192 1, branch3x3_2 320 3/2",
        "branch7x7x3_1 192 1, branch7x7x3_2 192 1x7, branch7x7x3_3 192 7x1, branch7x7x3_4 192 3/2",
        "max/2",
    ),
    "E": (
        "branch1x1 320 1",
        "branch3x3_1 384 1, branch3x3_2a 384 1x3 | branch3x3_2b 384 3x1",
        "branch3x3dbl_1 448 1, branch3x3dbl_2 384 3, branch3x3dbl_3a 384 1x3 | branch3x3dbl_3b 384 3x1",
        "avg, branch_pool 192 1",
    ),
}
STAGES = (
    ("Mixed_5b", "A", 32), ("Mixed_5c", "A", 64), ("Mixed_5d", "A", 64), ("Mixed_6a", "B", 0), ("Mixed_6b", "C", 128),
    ("Mixed_6c", "C", 160), ("Mixed_6d", "C", 160), ("Mixed_6e", "C", 192), ("Mixed_7a", "D", 0), ("Mixed_7b", "E", 0),
    ("Mixed_7c", "E", 0),
)  # fmt: skip
"""The blocks, and the number that stands for {} in each."""
MIDDLE = "Mixed_6e"
STEM = (
    "Conv2d_1a_3x3 32 3/2, Conv2d_2a_3x3 32 3/1, Conv2d_2b_3x3 64 3, max/2, Conv2d_3b_1x1 80 1, "
    "Conv2d_4a_3x3 192 3/1, max/2"
)


class Paths(nn.Module):
    """y = [p₁(x), p₂(x), ...]: chains of convolutions, normalizations, ReLUs and poolings over the same maps.

    Parameters
    ----------
    channels : int
        of x
    paths : sequence of str
        what each is made of, as in `BLOCKS`

    Attributes
    ----------
    channels : int
        of y
    one for each unit, by its name : Conv2dNormActivation
    """

    def __init__(self, channels: int, *paths: str, rng: Generator, dtype: Any = np.float32) -> None:
        self.channels = 0
        self._paths = [[step.split(" | ") for step in path.split(", ")] for path in paths]
        for path in self._paths:
            before = channels
            for step in path:
                units = [unit.split() for unit in step]
                if len(units[0]) == 1:  # a pooling
                    continue
                for name, after, kernel in units:
                    size, _, stride = kernel.partition("/")
                    sides = [int(n) for n in size.split("x")]
                    both = (sides[0], sides[-1])
                    options = {"eps": 1e-3, "rng": rng, "dtype": dtype}
                    setattr(self, name, _unit(before, int(after), both, stride, options))
                before = sum(int(after) for _, after, _ in units)
            self.channels += before

    def forward(self, x: Any) -> Any:
        """Put what the paths make of x side by side."""
        ends = []
        for path in self._paths:
            y = x
            for step in path:
                parts = [self._step(unit.split()[0], y) for unit in step]
                y = parts[0] if len(parts) == 1 else np.concatenate(parts, axis=1)
            ends.append(y)
        return ends[0] if len(ends) == 1 else np.concatenate(ends, axis=1)

    def _step(self, name: str, x: Any) -> Any:
        if name == "avg":
            return nn.avg_pool(x, kernel_size=(3, 3), stride=1, padding=1)
        return nn.max_pool(x, kernel_size=(3, 3), stride=2) if name == "max/2" else getattr(self, name)(x)


def _unit(before: int, after: int, size: tuple[int, int], stride: str, options: dict[str, Any]) -> nn.Module:
    return nn.Conv2dNormActivation(before, after, size, int(stride or 1), 0 if stride else None, **options)


class InceptionAux(nn.Module):
    """The second classifier, on the maps in the middle, which is there for its gradient alone.

    Shapes: x (N, C, H, W), at least 17 × 17; y (N, classes).

    Parameters
    ----------
    channels, classes : int
    """

    def __init__(self, channels: int, classes: int, *, rng: Generator, dtype: Any = np.float32) -> None:
        options = {"eps": 1e-3, "rng": rng, "dtype": dtype}
        self.conv0 = _unit(channels, 128, (1, 1), "1", options)
        self.conv1 = _unit(128, 768, (5, 5), "1", options)
        self.fc = nn.Linear(768, classes, rng=rng, dtype=dtype)

    def forward(self, x: Any) -> Any:
        """Scores (N, classes)."""
        x = self.conv1(self.conv0(nn.avg_pool(x, kernel_size=(5, 5), stride=3)))
        return self.fc(nn.global_avg_pool(x))


class Inception(nn.Module):
    """The stem, eleven blocks of `Paths`, the mean of each map, and a linear layer; with a second classifier.

    Shapes: x (N, 3, H, W), at least 75 × 75, while it trains with `aux` 299 × 299; y (N, classes), and while it
    trains with `aux` a pair of such, of which the second is the other classifier's.
    Source: Szegedy et al., Rethinking the Inception Architecture for Computer Vision, CVPR 2016; names are
    torchvision's.

    Parameters
    ----------
    classes : int
    aux : bool
        whether there is a second classifier, on what Mixed_6e gives

    Attributes
    ----------
    stem : Paths
    Mixed_5b, Mixed_5c, ..., Mixed_7c : Paths
    AuxLogits : InceptionAux, or None
    dropout : Dropout
    fc : Linear
    """

    def __init__(self, *, classes: int = 1000, aux: bool = True, rng: Generator, dtype: Any = np.float32) -> None:
        self.stem = Paths(3, STEM, rng=rng, dtype=dtype)
        channels, middle = self.stem.channels, 0
        for name, block, number in STAGES:
            paths = Paths(channels, *(path.format(number) for path in BLOCKS[block]), rng=rng, dtype=dtype)
            setattr(self, name, paths)
            channels = paths.channels
            middle = channels if name == MIDDLE else middle
        self.AuxLogits = InceptionAux(middle, classes, rng=rng, dtype=dtype) if aux else None
        self.dropout = nn.Dropout(0.5, rng=rng)
        self.fc = nn.Linear(channels, classes, rng=rng, dtype=dtype)

    def forward(self, x: Any) -> Any:
        """Scores (N, classes), or a pair of them."""
        x, aux = self.stem(x), None
        for name, *_ in STAGES:
            x = getattr(self, name)(x)
            if name == MIDDLE and self.AuxLogits is not None and self.training:
                aux = self.AuxLogits(x)
        y = self.fc(self.dropout(nn.global_avg_pool(x)))
        return y if aux is None else (y, aux)


def inception_v3(rng: Generator, *, classes: int = 1000, aux: bool = True, dtype: Any = np.float32) -> Inception:
    """Inception-v3, of parallel paths with factorized kernels.

    While it trains it gives the scores of a second classifier too, unless `aux` is False.

    Shapes: x (N, 3, H, W), trained with 299 × 299; y (N, classes).
    Source: Szegedy et al., Rethinking the Inception Architecture for Computer Vision, CVPR 2016.
    """
    return Inception(classes=classes, aux=aux, rng=rng, dtype=dtype)
