"""The three contractions behind every convolution: the gradients of one sum, Σ yₛᵢ x_{p,Ui+Di′} w_{s,p,i′}.

Given two of the large map x, the small map y and the kernel W, one function returns the third. A convolution goes
from large to small and a transposed convolution from small to large, so what is the forward pass of one is the
backward pass of the other. Shapes: x (..., C, n₁, ..., nₖ), W (M, C/groups, K₁, ..., Kₖ), y (..., M, o₁, ..., oₖ).
"""

import math
from collections.abc import Sequence

import numpy as np

from . import sliding
from .notation import Array, Maybe
from .windows import PerAxis, Windows, crop, met, offsets, pad, spatial


def correlate(x: Array, W: Array, w: Windows, groups: int, count: Sequence[int]) -> Array:
    """The small map, `count` long: yₛᵢ = Σ_p Σ_i′ x_{p,Ui+Di′} w_{s,p,i′}."""
    (M, C, *K), batch, k = W.shape, _batch(x, w), len(w.kernel)
    seen = sliding.windows(pad(x, w), w.kernel, w.stride, w.dilation)  # (..., groups · C, *O, *K)
    if seen.shape[-2 * k : -k] != tuple(count):
        seen = seen[..., *map(slice, count), *(slice(None),) * k]
    columns = np.transpose(seen, _exchanged(seen, k))
    columns = np.reshape(columns, (*batch, groups, C * math.prod(K), math.prod(count)))
    kernels = np.reshape(W, (groups, M // groups, C * math.prod(K)))
    return np.reshape(kernels @ columns, (*batch, M, *count))


def spread(y: Array, W: Array, w: Windows, groups: int, size: Sequence[int]) -> Array:
    """The large map, `size` long: x_{p,Ui+Di′} collects Σₛ w_{s,p,i′} yₛᵢ."""
    (M, C, *K), batch, count, k = W.shape, _batch(y, w), spatial(y, w), len(w.kernel)
    kernels = np.swapaxes(np.reshape(W, (groups, M // groups, C * math.prod(K))), -1, -2)
    columns = kernels @ np.reshape(y, (*batch, groups, M // groups, math.prod(count)))
    met = np.reshape(columns, (*batch, groups * C, *K, *count))
    met = np.transpose(met, _exchanged(met, k))  # (..., groups · C, *O, *K)
    full = [n + before + after for n, (before, after) in zip(size, w.padding, strict=True)]
    more = [n - c for n, c in zip(sliding.fitting(full, K, w.stride, w.dilation), count, strict=True)]
    if any(more):  # windows that lie behind those of y
        met = np.pad(met, ((0, 0),) * (len(batch) + 1) + tuple((0, n) for n in more) + ((0, 0),) * k)
    shape = (*batch, groups * C, *full)
    return crop(sliding.overlap_add(met, shape=shape, stride=w.stride, dilation=w.dilation), w)


def kernel(y: Array, x: Array, w: Windows, groups: int) -> Array:
    """The kernel, summed over the batch: w_{s,p,i′} = Σᵢ yₛᵢ x_{p,Ui+Di′}."""
    padded, flat, count = pad(x, w), _flat(y, w, groups), spatial(y, w)
    batch = tuple(range(len(_batch(x, w))))
    elements = [
        np.sum(flat @ np.swapaxes(_flat(met(padded, w, i, count), w, groups), -1, -2), axis=batch) for i in offsets(w)
    ]
    channels, by_group = np.shape(y)[-len(count) - 1], np.shape(elements[0])[-1]
    return np.reshape(np.stack(elements, axis=-1), (channels, by_group, *w.kernel))


def check_shapes(x: Array, W: Array, b: Maybe, groups: int, channels: int, outputs: int) -> None:
    """Raise a ValueError unless x has the channels and b the outputs that W speaks of, and W can be cut in groups."""
    k, what = W.ndim - 2, ""
    if groups < 1 or W.shape[0] % groups:
        what = f"the {W.shape[0]} kernels of W do not make {groups} groups of one size"
    elif x.ndim <= k or x.shape[-k - 1] != channels:
        what = f"x needs {channels} channels, and then {k} axes"
    elif b is not None and b.shape != (outputs,):
        what = f"b needs the shape {(outputs,)}"
    if what:
        shapes = f"x {x.shape}, W {W.shape}" + ("" if b is None else f", b {b.shape}")
        raise ValueError(f"{what}; got {shapes}, groups={groups}")


def transposed_size(x: Array, w: Windows, output_padding: PerAxis) -> tuple[int, ...]:
    """The size of which a convolution makes x's, or a ValueError if there is none."""
    extra = sliding.per_axis(output_padding, len(w.kernel), "output_padding", 0)
    if any(e >= max(s, d) for e, s, d in zip(extra, w.stride, w.dilation, strict=True)):
        raise ValueError(
            f"output_padding expects less than stride {w.stride} or dilation {w.dilation}, got {output_padding!r}"
        )
    size = tuple(
        (n - 1) * s + span + e - sum(sides)
        for n, s, span, e, sides in zip(spatial(x, w), w.stride, w.span, extra, w.padding, strict=True)
    )
    if min(size, default=1) < 1:
        raise ValueError(f"nothing is left of the result, size {size}: the padding {w.padding} takes all of it away")
    return size


def rotated(W: Array, rotate: bool | None) -> Array:
    """W with every kernel rotated by 180°, or as it is."""
    return np.flip(W, tuple(range(2, np.ndim(W)))) if rotate else W


def _batch(x: Array, w: Windows) -> tuple[int, ...]:
    batch: tuple[int, ...] = x.shape[: -len(w.kernel) - 1]
    return batch


def _exchanged(x: Array, k: int) -> tuple[int, ...]:
    """The axes of x, the last k of which change places with the k before them."""
    n = x.ndim
    return (*range(n - 2 * k), *range(n - k, n), *range(n - 2 * k, n - k))


def _flat(x: Array, w: Windows, groups: int) -> Array:
    """The map x as matrices, (..., groups, channels/groups, positions)."""
    channels = np.shape(x)[-len(w.kernel) - 1]
    return np.reshape(x, (*_batch(x, w), groups, channels // groups, math.prod(spatial(x, w))))
