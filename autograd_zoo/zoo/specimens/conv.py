"""Specimens of the conv family."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np

from ... import nn
from ...engine.tensor import Array
from ..specimen import Specimen
from .inputs import numbers

CONV = (nn.Conv1d, nn.Conv2d, nn.Conv3d)
TRANSPOSE = (nn.ConvTranspose1d, nn.ConvTranspose2d, nn.ConvTranspose3d)
MAPS = {
    1: ((2, 4, 7), (1, 4, 6), (3, 4, 5), (1, 4, 9), (2, 4, 8)),
    2: ((2, 4, 5, 6), (1, 4, 5, 5), (1, 4, 6, 5), (2, 4, 5, 5), (1, 4, 7, 6)),
    3: ((1, 4, 5, 5, 5), (1, 4, 4, 5, 4), (1, 4, 4, 4, 5), (2, 4, 4, 4, 4), (1, 4, 5, 4, 4)),
}
LAYERS: tuple[dict[str, Any], ...] = (
    {},
    {"stride": 2, "padding": 1},
    {"dilation": 2, "padding": 2},
    {"stride": 2, "padding": 1, "dilation": 2},
)


def _kernels(k: int, kernels: int, channels: int) -> Callable[[np.random.Generator, Array], tuple[Array, ...]]:
    """W, of length 2 along each axis but the first, where it is 3, and b."""
    return lambda rng, x: (numbers(rng, (kernels, channels, 3, *(2,) * (k - 1))), numbers(rng, (4,)))


def _layer(classes: tuple[Any, ...], transposed: bool) -> Callable[..., Any]:
    """Call the module that has as many dimensions as W has spatial axes, with W and b as its parameters."""

    def run(x: Any, W: Any, b: Any, groups: int = 1, **params: Any) -> Any:
        M = W.shape[1] * groups if transposed else W.shape[0]
        layer: Any = classes[W.ndim - 3](x.shape[1], M, W.shape[2:], groups=groups, **params)
        layer.W, layer.b = W, b
        return layer(x)

    return run


def _separable(x: Any, w1: Any, w2: Any, b: Any, **params: Any) -> Any:
    layer: Any = nn.SeparableConv2d(x.shape[1], w2.shape[0], w1.shape[1:], **params)
    layer.w1, layer.w2, layer.b = w1, w2, b
    return layer(x)


def _conv(
    name: str,
    k: int,
    classes: tuple[Any, ...],
    channels: int,
    doc: str,
    form: str,
    variants: tuple[dict[str, Any], ...],
) -> Specimen:
    """The specimen of a layer over k axes, whose kernels see so many channels."""
    return Specimen(
        name=name,
        family="conv",
        doc=doc,
        form=form,
        run=_layer(classes, transposed=classes is TRANSPOSE),
        inputs=("x", "W", "b"),
        domain=numbers,
        others=_kernels(k, 4, channels),
        shapes=MAPS[k],
        variants=variants,
    )


SPECIMENS = (
    *(
        _conv(f"conv{k}d", k, CONV, 4, "y[s] = Σ_p x[p] * W[s, p] + b[s]", form="conv", variants=LAYERS[: 5 - k])
        for k in (1, 2, 3)
    ),
    _conv("grouped_conv", 2, CONV, 2, "two groups of channels", form="conv", variants=({"groups": 2},)),
    _conv("depthwise_conv", 2, CONV, 1, "as many groups as channels", form="conv", variants=({"groups": 4},)),
    _conv("true_convolution", 2, CONV, 4, "the kernel is rotated", form="conv", variants=({"true_convolution": True},)),
    *(
        _conv(f"conv_transpose{k}d", k, TRANSPOSE, 4, "the transpose of conv", form="conv_transpose", variants=layers)
        for k, layers in ((1, LAYERS[:3]), (2, ({"stride": 2, "padding": 1, "output_padding": 1},)), (3, ({},)))
    ),
    Specimen(
        name="separable_conv",
        family="conv",
        doc="o[p] = x[p] * w1[p], y[s] = Σ_p w2[s, p] o[p]",
        run=_separable,
        inputs=("x", "w1", "w2", "b"),
        domain=numbers,
        others=lambda rng, x: (numbers(rng, (4, 3, 2)), numbers(rng, (3, 4)), numbers(rng, (3,))),
        shapes=MAPS[2],
        variants=LAYERS[:3],
    ),
)
