"""The three contractions behind every convolution: the gradients of one sum, Σ yₛᵢ x_{p,Ui+Di′} w_{s,p,i′}.

Given two of the large map x, the small map y and the kernel W, one function returns the third. A convolution goes
from large to small and a transposed convolution from small to large, so what is the forward pass of one is the
backward pass of the other. Shapes: x (..., C, n₁, ..., nₖ), W (M, C/groups, K₁, ..., Kₖ), y (..., M, o₁, ..., oₖ).
"""

import math
from collections.abc import Sequence

import numpy as np

from .notation import Array
from .windows import Windows, crop, met, offsets, pad, spatial


def correlate(x: Array, W: Array, w: Windows, groups: int, count: Sequence[int]) -> Array:
    """The small map, `count` long: yₛᵢ = Σ_p Σ_i′ x_{p,Ui+Di′} w_{s,p,i′}."""
    padded, by_group = pad(x, w), _grouped(W, groups)
    total = sum(by_group[..., *i] @ _flat(met(padded, w, i, count), w, groups) for i in offsets(w))
    return np.reshape(total, (*_batch(x, w), len(W), *count))


def spread(y: Array, W: Array, w: Windows, groups: int, size: Sequence[int]) -> Array:
    """The large map, `size` long: x_{p,Ui+Di′} collects Σₛ w_{s,p,i′} yₛᵢ."""
    by_group, flat = np.swapaxes(_grouped(W, groups), 1, 2), _flat(y, w, groups)
    padded_size = (n + sum(sides) for n, sides in zip(size, w.padding, strict=True))
    shape = (*_batch(y, w), groups * np.shape(W)[1])
    padded = np.zeros((*shape, *padded_size), np.result_type(W, y))
    count = spatial(y, w)
    for i in offsets(w):
        met(padded, w, i, count)[...] += np.reshape(by_group[..., *i] @ flat, (*shape, *count))
    return crop(padded, w)


def kernel(y: Array, x: Array, w: Windows, groups: int) -> Array:
    """The kernel, summed over the batch: w_{s,p,i′} = Σᵢ yₛᵢ x_{p,Ui+Di′}."""
    padded, flat, count = pad(x, w), _flat(y, w, groups), spatial(y, w)
    batch = tuple(range(len(_batch(x, w))))
    elements = [
        np.sum(flat @ np.swapaxes(_flat(met(padded, w, i, count), w, groups), -1, -2), axis=batch) for i in offsets(w)
    ]
    channels, by_group = np.shape(y)[-len(count) - 1], np.shape(elements[0])[-1]
    return np.reshape(np.stack(elements, axis=-1), (channels, by_group, *w.kernel))


def _batch(x: Array, w: Windows) -> tuple[int, ...]:
    return np.shape(x)[: -len(w.kernel) - 1]


def _grouped(W: Array, groups: int) -> Array:
    """W as (groups, M/groups, C/groups, K₁, ..., Kₖ)."""
    M, *rest = np.shape(W)
    return np.reshape(W, (groups, M // groups, *rest))


def _flat(x: Array, w: Windows, groups: int) -> Array:
    """The map x as matrices, (..., groups, channels/groups, positions)."""
    channels = np.shape(x)[-len(w.kernel) - 1]
    return np.reshape(x, (*_batch(x, w), groups, channels // groups, math.prod(spatial(x, w))))
