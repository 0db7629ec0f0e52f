"""The networks by name: how each is built, how many parameters it has and who says so, and a small input."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, NamedTuple

import numpy as np
from numpy.random import Generator

from .. import nn
from .dense import densenet121
from .efficient import efficientnet_b0
from .inception import inception_v3
from .language import bert, gpt
from .mobile import mobilenet_v1, mobilenet_v2, shufflenet_v1, shufflenet_v2, xception
from .pictures import unet, vae
from .plain import alexnet, vgg16
from .residual import resnet18, resnet50, resnext50, se_resnet50, wide_resnet50
from .translation import seq2seq


class Network(NamedTuple):
    """A network that `list --models` and `draw` know."""

    build: Callable[[Generator], nn.Module]
    parameters: int
    """How many numbers are trained,"""
    source: str
    """... and where this number stands."""
    inputs: tuple[tuple[int, ...], ...]
    """The shapes of a small sample: images (N, C, H, W), or sequences (N, T) of tokens."""
    tokens: bool = False
    torchvision: str | None = None
    """What torchvision calls it."""
    training: bool = False
    """Whether it is drawn as it trains, for what there is in that mode alone."""

    @property
    def doc(self) -> str:
        """What it is, in a line."""
        return (self.build.__doc__ or "").partition("\n")[0]

    def sample(self, rng: Generator) -> tuple[Any, ...]:
        """A small input, for each argument of the forward pass."""
        if self.tokens:
            return tuple(rng.integers(0, 1000, shape) for shape in self.inputs)
        return tuple(rng.standard_normal(shape).astype(np.float32) for shape in self.inputs)


def _image(
    build: Callable[..., nn.Module], parameters: int, source: str = "", side: int = 64, theirs: str | None = None
) -> Network:
    """A classifier of images; without a source it is torchvision's, under this name."""
    theirs = None if source else theirs or build.__name__
    return Network(build, parameters, source or f"torchvision, {theirs}", ((2, 3, side, side),), torchvision=theirs)


_ROWS = (
    _image(alexnet, 61_100_840),
    _image(vgg16, 138_357_544, side=32),
    _image(resnet18, 11_689_512),
    _image(resnet50, 25_557_032),
    _image(resnext50, 25_028_904, theirs="resnext50_32x4d"),
    _image(wide_resnet50, 68_883_240, theirs="wide_resnet50_2"),
    _image(se_resnet50, 28_088_024, "Hu et al., 2018; pytorchcv, seresnet50"),
    _image(inception_v3, 27_161_264, side=75),
    _image(xception, 22_855_952, "Chollet, 2017, Table 3; Keras, Xception, what is trained"),
    _image(mobilenet_v1, 4_231_976, "Howard et al., 2017: 4.2 million; Keras, MobileNet, what is trained"),
    _image(mobilenet_v2, 3_504_872),
    _image(shufflenet_v1, 1_865_728, "Zhang et al., 2018; pytorchcv, shufflenet_g3_w1"),
    _image(shufflenet_v2, 2_278_604, theirs="shufflenet_v2_x1_0"),
    _image(densenet121, 7_978_856),
    _image(efficientnet_b0, 5_288_548),
    Network(seq2seq, 80_401_000, "Bahdanau et al., 2015, the sizes of Appendix A", ((2, 5), (2, 4)), tokens=True),
    Network(
        bert, 109_482_240, "Devlin et al., 2019: 110 million; transformers, bert-base-uncased", ((2, 8),), tokens=True
    ),
    Network(gpt, 124_439_808, "Radford et al., 2019; transformers, gpt2: 124 million", ((2, 8),), tokens=True),
    Network(unet, 31_030_658, "Ronneberger et al., 2015, the sizes of Figure 1", ((1, 1, 188, 188),)),
    Network(vae, 652_824, "Kingma and Welling, 2014; pytorch/examples, vae", ((2, 784),), training=True),
)
NETWORKS: dict[str, Network] = {row.build.__name__: row for row in _ROWS}
"""The networks, by the names of the functions that build them."""


def table() -> str:
    """The networks as a table in Markdown: what each is, how many parameters it has, and where the number stands."""
    rows = [f"| `{name}` | {n.doc} | {n.parameters:,} | {n.source} |" for name, n in NETWORKS.items()]
    return "\n".join(["| network | what it is | parameters | the number stands in |", "|---|---|---:|---|", *rows, ""])
